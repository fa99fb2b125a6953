"""A ticket that leaves its connection's scope, and comes back: to the second, by each of the three ways."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.sla.conditions import In
from core.sla.coverage import cover
from core.sla.policy import Agreement
from core.sla.verdict import Standing, State
from core.tickets import OnLeave, Presence

LABELS = {("brand", "31"): "Acme", ("team", "3"): "Network", ("organisation", "7"): "ACME"}
LEFT = "the ticket has left the scope of its connection"


@pytest.fixture
def scoped(world):
    """Give a maker of desks whose scope is a brand, unless other fields are told."""

    def make(on_leave: OnLeave = OnLeave.END, **fields: str):
        wanted = {name: frozenset({value}) for name, value in (fields or {"brand": "acme"}).items()}
        return replace(world.desk, mapping=replace(world.mapping, scope=wanted, on_leave=on_leave), labels=LABELS)

    return make


def of(judgement, metric: str = "resolution"):
    return [clock for clock in judgement.clocks if clock.id.metric == metric]


def test_a_ticket_that_was_never_inside_has_no_clocks_and_is_known_to_be_outside(world, scoped) -> None:
    story = world.story(brand="32").then("09:30", status="pending")
    for on_leave in OnLeave:
        found = world.judge(story, desk=scoped(on_leave))
        assert (found.clocks, found.inside, found.headline) == ((), False, None)


def test_a_scope_takes_names_whatever_their_case_and_ids(world, scoped) -> None:
    story = world.story(brand="31", team="3")
    for fields in ({"brand": "ACME"}, {"brand": "31"}, {"team": "network"}, {"brand": "31", "team": "3"}):
        assert world.judge(story, desk=scoped(**fields)).inside
    assert not world.judge(story, desk=scoped(brand="31", team="4")).inside
    assert not world.judge(world.story(brand="31", team=None), desk=scoped(team="network")).inside


def test_leaving_cancels_what_runs_at_the_instant_of_the_event_and_leaves_what_is_completed(world, scoped) -> None:
    story = world.story(brand="31").says("09:20", "ann").then("09:31:07", brand="32").then("09:40", status="solved")
    found = world.judge(story, desk=scoped(), now="Tue 12:00")
    (response,), (resolution,) = of(found, "first_response"), of(found)
    assert (response.state, response.standing) == (State.COMPLETED, Standing.MET)
    assert (resolution.state, resolution.standing, resolution.reason) == (State.CANCELLED, None, LEFT)
    assert resolution.elapsed_seconds == 31 * 60 + 7
    assert (found.next_check_at, found.inside) == (None, False)


def test_coming_back_revives_nothing_and_begins_nothing(world, scoped) -> None:
    story = world.story(brand="31").then("09:30", brand="32").then("10:00", brand="31").says("10:10", "ann")
    found = world.judge(story.then("10:20", status="solved").then("10:30", status="open"), desk=scoped(), now="12:00")
    assert {(clock.state, clock.reason, clock.cycle) for clock in found.clocks} == {(State.CANCELLED, LEFT, 1)}
    assert found.inside


def test_outside_clocks_stand_still_until_the_ticket_is_back(world, scoped) -> None:
    desk = scoped(OnLeave.PAUSE)
    story = world.story(brand="31").then("09:30", brand="32")
    (away,) = of(world.judge(story, desk=desk, now="11:00"))
    assert (away.state, away.elapsed_seconds, away.due_at) == (State.PAUSED, 30 * 60, None)
    back = world.judge(story.then("11:00", brand="31"), desk=desk, now="12:00")
    (again,) = of(back)
    assert (again.state, again.elapsed_seconds, again.paused_seconds) == (State.RUNNING, 90 * 60, 90 * 60)
    assert (again.due_at, back.inside) == (world.at("14:30"), True)


def test_outside_a_reply_and_a_solution_still_complete_clocks_that_stand_still(world, scoped) -> None:
    story = world.story(brand="31").then("09:30", brand="32").says("12:00", "ann").then("12:30", status="solved")
    found = world.judge(story, desk=scoped(OnLeave.PAUSE), now="13:00")
    assert [(clock.state, clock.standing, clock.elapsed_seconds) for clock in found.clocks] == [
        (State.COMPLETED, Standing.MET, 1800)
    ] * 2


def test_a_kept_ticket_is_judged_as_if_it_were_still_inside(world, scoped) -> None:
    story = world.story(brand="31").then("09:30", brand="32")
    found = world.judge(story, desk=scoped(OnLeave.KEEP), now="11:00")
    (resolution,) = of(found)
    assert (resolution.state, resolution.elapsed_seconds, found.inside) == (State.RUNNING, 2 * 3600, True)


def test_a_ticket_that_comes_in_is_measured_from_its_creation_or_from_then(world, scoped) -> None:
    story = world.story(brand="32").then("10:00", brand="31")
    attached = world.rules(world.policy(metrics={"resolution": world.resolution(start="attached")}))
    created = world.rules(world.policy(metrics={"resolution": world.resolution()}))
    for on_leave, rules, elapsed in (
        (OnLeave.END, created, 2 * 3600),
        (OnLeave.KEEP, created, 2 * 3600),
        (OnLeave.PAUSE, created, 3600),
        (OnLeave.END, attached, 3600),
        (OnLeave.PAUSE, attached, 3600),
    ):
        (clock,) = of(world.judge(story, rules, desk=scoped(on_leave), now="11:00"))
        assert (clock.state, clock.elapsed_seconds) == (State.RUNNING, elapsed)


def test_the_policy_under_which_a_ticket_left_keeps_its_clocks(world, scoped) -> None:
    mine = world.policy("mine", when=In("brand", frozenset({"31"})))
    other = world.policy("other")
    rules = world.rules(mine, other)
    story = world.story(brand="31").then("09:30", brand="32", priority="urgent")
    for on_leave, state in ((OnLeave.END, State.CANCELLED), (OnLeave.PAUSE, State.PAUSED)):
        found = world.judge(story, rules, desk=scoped(on_leave), now="11:00")
        assert {(clock.id.policy, clock.state) for clock in found.clocks} == {("mine", state)}
        assert found.normal.source_priority == "urgent"


def test_a_clock_that_starts_with_its_policy_does_not_start_outside_whatever_the_priority(world, scoped) -> None:
    policy = world.policy(match="now", metrics={"resolution": world.resolution(start="attached")})
    story = world.story(brand="32", priority="low").then("10:00", brand="31", priority="high")
    (clock,) = of(world.judge(story, world.rules(policy), desk=scoped(), now="11:00"))
    assert (clock.started_at, clock.elapsed_seconds) == (world.at("10:00"), 3600)


def test_what_a_search_no_longer_finds_leaves_at_the_observed_instant(world, scoped) -> None:
    desk = scoped(OnLeave.END, brand="31")
    story = world.story(brand="31")
    story.values["presence"] = "present"
    story.then("09:45", actor=None, presence="out_of_scope")
    del story.values["presence"]
    found = world.judge(story.history(presence=Presence.OUT_OF_SCOPE), desk=desk, now="11:00")
    assert {(clock.state, clock.elapsed_seconds) for clock in found.clocks} == {(State.CANCELLED, 45 * 60)}


def test_a_picture_outside_counts_before_the_event_that_tells_of_it_has_come(world, scoped) -> None:
    story = world.story(brand="31").then("09:20", status="pending").then("09:40", status="open")
    history = story.history(presence=Presence.OUT_OF_SCOPE)
    states = {OnLeave.END: State.CANCELLED, OnLeave.PAUSE: State.PAUSED, OnLeave.KEEP: State.RUNNING}
    for on_leave, state in states.items():
        found = world.judge(history, desk=scoped(on_leave), now="10:00")
        (clock,) = of(found)
        assert (clock.state, found.inside) == (state, on_leave is OnLeave.KEEP)
        assert clock.reason == (LEFT if on_leave is OnLeave.END else "")


def test_a_deleted_ticket_is_gone_wherever_it_was(world, scoped) -> None:
    story = world.story(brand="31").then("09:30", brand="32")
    history = story.history(presence=Presence.TRASHED, updated_at=world.at("09:50"))
    for on_leave in (OnLeave.PAUSE, OnLeave.KEEP):
        (clock,) = of(world.judge(history, desk=scoped(on_leave), now="10:00"))
        assert (clock.state, clock.reason) == (State.CANCELLED, "the ticket is cancelled or no longer there")


@pytest.mark.parametrize(
    ("on_leave", "presence", "state", "reason"),
    [
        (OnLeave.END, "deleted", State.CANCELLED, "the ticket was deleted"),
        (OnLeave.PAUSE, "deleted", State.CANCELLED, "the ticket was deleted"),
        (OnLeave.KEEP, "deleted", State.CANCELLED, "the ticket was deleted"),
        (OnLeave.END, "forbidden", State.CANCELLED, "the helpdesk does not show the ticket to the hub any more"),
        (OnLeave.PAUSE, "forbidden", State.PAUSED, ""),
        (OnLeave.KEEP, "forbidden", State.CANCELLED, "the helpdesk does not show the ticket to the hub any more"),
    ],
)
def test_a_ticket_that_nobody_shows_any_more_is_followed_up_to_where_it_was_last_seen(
    world, scoped, on_leave, presence, state, reason
) -> None:
    story = world.story(brand="31", presence="present").then("09:45", actor=None, presence=presence)
    history = story.history(presence=Presence(presence))
    for desk in (scoped(on_leave), replace(world.desk, mapping=replace(world.mapping, on_leave=on_leave))):
        found = world.judge(history, desk=desk, now="18:00")
        clocks = {(clock.state, clock.reason, clock.elapsed_seconds, clock.standing) for clock in of(found)}
        standing = Standing.ON_TRACK if state is State.PAUSED else None
        assert (clocks, found.inside) == ({(state, reason, 45 * 60, standing)}, False)


def test_a_forbidden_ticket_that_turns_out_to_be_deleted_waits_no_longer(world, scoped) -> None:
    story = world.story(brand="31", presence="present").then("09:45", actor=None, presence="forbidden")
    story.then("11:00", actor=None, presence="deleted")
    (clock,) = of(world.judge(story.history(presence=Presence.DELETED), desk=scoped(OnLeave.PAUSE), now="18:00"))
    assert (clock.state, clock.reason, clock.elapsed_seconds) == (State.CANCELLED, "the ticket was deleted", 45 * 60)


def test_a_history_that_is_not_whole_has_unknown_clocks_inside_and_none_outside(world, scoped) -> None:
    inside = world.judge(world.story(brand="31").history(whole_since=None), desk=scoped())
    assert {clock.state for clock in inside.clocks} == {State.UNKNOWN}
    assert world.judge(world.story(brand="32").history(whole_since=None), desk=scoped()).clocks == ()


def test_tickets_outside_are_none_that_policies_have_to_cover(world, scoped) -> None:
    tickets = [world.story(brand=brand).history(key=brand).ticket for brand in ("31", "32", "31")]
    found = cover(tickets, scoped(), world.rules(world.policy(when=In("brand", frozenset({"32"})))))
    assert (found.tickets, found.uncovered.samples) == (2, ["31", "31"])


moves = st.lists(
    st.tuples(
        st.integers(1, 90),
        st.sampled_from(("31", "32", "33")),
        st.sampled_from(("open", "pending", "solved")),
        st.sampled_from((None, "ann", "cat")),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=moves, on_leave=st.sampled_from(OnLeave))
def test_a_scope_changes_nothing_of_a_ticket_that_stays_inside(world, scoped, moves, on_leave) -> None:
    story, minute = world.story(brand="31"), 0
    for length, _, status, author in moves:
        minute += length
        at = f"{9 + minute // 60}:{minute % 60:02}"
        if author is None:
            story.then(at, status=status)
        else:
            story.says(at, author, status=status)
    rules = world.rules(world.policy("s"), world.policy("o", agreement=Agreement.OLA))
    plain = world.judge(story, rules, now="23:00")
    assert world.judge(story, rules, desk=scoped(on_leave), now="23:00") == plain


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=moves)
def test_time_outside_never_counts_and_time_inside_always_does(world, scoped, moves) -> None:
    story, minute, inside = world.story(brand="31"), 0, 0
    brand, ended = "31", None
    for length, to, _, _ in moves:
        minute += length
        inside += length if brand == "31" else 0
        if ended is None and brand == "31" and to != "31":
            ended = inside
        brand = to
        story.then(f"{9 + minute // 60}:{minute % 60:02}", brand=to)
    rules = world.rules(world.policy(calendar="always", metrics={"resolution": world.resolution()}))
    now = f"{9 + minute // 60}:{minute % 60:02}"
    (stood,) = of(world.judge(story, rules, desk=scoped(OnLeave.PAUSE), now=now))
    assert stood.elapsed_seconds == inside * 60
    (cut,) = of(world.judge(story, rules, desk=scoped(OnLeave.END), now=now))
    assert cut.elapsed_seconds == (inside if ended is None else ended) * 60
