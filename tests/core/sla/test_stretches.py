"""Operational agreements: clocks of the owning teams, and whose time a clock has used."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar.instants import to_us
from core.sla.conditions import In
from core.sla.found import find
from core.sla.parts import parts
from core.sla.policy import Agreement, Metric, MetricKind, Target
from core.sla.program import program
from core.sla.timeline import timeline
from core.sla.verdict import Clock, State
from core.tickets import Priority

HOUR = 3600


def ola(world: Any, *teams: str, **metrics: Any) -> Any:
    return world.policy(
        "-".join(teams) or "all",
        metrics=metrics or {"resolution": world.resolution()},
        agreement=Agreement.OLA,
        when=In("team", frozenset(teams)) if teams else In("kind", frozenset({"incident"})),
    )


def told(clocks: tuple[Clock, ...]) -> list[tuple[str, str | None, str, int]]:
    found = sorted(clocks, key=lambda clock: (clock.started_at or clock.completed_at, clock.id))
    return [(clock.id.policy, clock.team, clock.state, clock.elapsed_seconds) for clock in found]


def handed_around(world: Any) -> Any:
    story = world.story(team=None).then("09:30", team="network").then("10:30", team="platform")
    return story.then("11:00", team=None).then("11:15", team="network").then("12:00", status="solved")


def test_each_owning_team_has_a_clock_of_its_own_for_each_stretch(world: Any) -> None:
    rules = world.rules(ola(world, "network"), ola(world, "platform"))
    assert told(world.judge(handed_around(world), rules, "13:00").clocks) == [
        ("network", "network", "completed", HOUR),
        ("platform", "platform", "completed", HOUR // 2),
        ("network", "network", "completed", 2700),
    ]


def test_one_agreement_for_several_teams_tells_them_apart_too(world: Any) -> None:
    found = world.judge(handed_around(world), world.rules(ola(world)), "13:00").clocks
    assert [(team, used) for _, team, _, used in told(found)] == [
        ("network", HOUR),
        ("platform", HOUR // 2),
        ("network", 2700),
    ]


def test_the_clock_of_a_team_goes_on_when_the_ticket_comes_back_from_resolved(world: Any) -> None:
    story = world.story(team="network").then("10:00", status="solved").then("11:00", status="open")
    (clock,) = world.judge(story, world.rules(ola(world)), "11:30").clocks
    assert (clock.state, clock.elapsed_seconds) == (State.RUNNING, 5400)


def test_a_ticket_reopened_for_another_team_leaves_the_first_one_its_result(world: Any) -> None:
    story = world.story(team="network").then("10:00", status="solved").then("10:30", team="platform")
    story.then("11:00", status="open")
    assert told(world.judge(story, world.rules(ola(world)), "11:30").clocks) == [
        ("all", "network", "completed", HOUR),
        ("all", "platform", "running", HOUR // 2),
    ]


def test_a_reply_that_a_team_owed_when_it_handed_the_ticket_on_has_no_result(world: Any) -> None:
    rules = world.rules(ola(world, first_response=world.first_response(stop_on=frozenset({"assign"}))))
    story = world.story(team="network").then("09:30", team="platform").then("10:00", assignee="ann")
    first, second = world.judge(story, rules, "11:00").clocks
    assert (first.state, first.reason, first.team) == (State.CANCELLED, "handed on to another team", "network")
    assert (second.state, second.elapsed_seconds, second.team) == (State.COMPLETED, HOUR // 2, "platform")


def test_an_answer_once_given_is_not_owed_again_in_the_same_stretch(world: Any) -> None:
    rules = world.rules(ola(world, first_response=world.first_response()))
    story = world.story(team="network").says("09:30", "ann").then("10:00", priority="high")
    assert told(world.judge(story, rules, "11:00").clocks) == [("all", "network", "completed", HOUR // 2)]


def test_questions_count_for_the_team_that_has_the_ticket(world: Any) -> None:
    metric = Metric(MetricKind.NEXT_RESPONSE, {None: Target(seconds=HOUR)}, count_initial=True)
    story = world.story(team=None).says("09:10", "cat").then("09:30", team="network").says("10:00", "cat")
    story.then("10:30", team="platform").says("10:40", "cat")
    assert told(world.judge(story, world.rules(ola(world, next=metric)), "11:00").clocks) == [
        ("all", "network", "cancelled", HOUR // 2),
        ("all", "platform", "running", 1200),
    ]


def test_the_part_of_a_team_is_judged_by_what_the_ticket_was_when_it_had_it(world: Any) -> None:
    targets = {Priority.CRITICAL: Target(seconds=HOUR // 2), None: Target(seconds=4 * HOUR)}
    rules = world.rules(ola(world, resolution=world.resolution(targets=targets)))
    story = world.story(team="network").then("10:00", team="platform", priority="urgent")
    first, second = world.judge(story, rules, "11:00").clocks
    assert (first.team, first.target_seconds, first.breached) == ("network", 4 * HOUR, False)
    assert (second.team, second.target_seconds, second.breached) == ("platform", HOUR // 2, True)


def test_a_new_revision_leaves_the_parts_of_several_teams_that_were_over(world: Any) -> None:
    old = world.rules(ola(world, "network"), ola(world, "platform"))
    new = replace(old, revision=2, applied_at=world.at("14:00"))
    found = world.judge(handed_around(world), (old, new), "15:00").clocks
    assert told(found) == told(world.judge(handed_around(world), old, "15:00").clocks)
    assert {clock.revision for clock in found} == {1}


statuses = st.sampled_from(["open", "pending", "hold", "solved"])
teams = st.sampled_from(["network", "platform", None])
lives = st.lists(st.tuples(st.integers(0, 400), st.one_of(statuses, teams)), max_size=10)


@settings(max_examples=300)
@given(lives, st.integers(0, 2000), st.sampled_from(["calendar", "wall_clock"]), st.sampled_from(["latest", "segment"]))
def test_the_shares_of_the_teams_add_up_to_the_clock_to_the_second(
    world: Any, life: list[Any], wait: int, accounting: str, change: str
) -> None:
    story, minute = world.story(team="network"), 0
    for later, what in life:
        minute += later
        changes = {"team": what} if what in {"network", "platform", None} else {"status": what}
        story.then(f"{minute // 60 + 9}:{minute % 60}:{(minute * 7) % 60}.{minute % 9}", **changes)
    now = world.at(f"{(minute + wait) // 60 + 10}:00")
    metrics = {"resolution": world.resolution(pause_accounting=accounting, calendar_change=change)}
    rules = world.rules(world.policy(metrics=metrics), ola(world))
    ready = program(world.desk, rules)
    rows = timeline(story.history(), world.desk, ready, now)
    (clock,) = [each for each in world.judge(story, rules, now).clocks if each.agreement is Agreement.SLA]
    (found,) = [each for each in find(ready, rows, to_us(now)) if each.plan.policy.agreement is Agreement.SLA]
    shares = parts(found, ready, rows, to_us(now))
    assert sum(share.seconds for share in shares) == clock.elapsed_seconds
    assert all(one.end == two.start and one.team != two.team for one, two in pairwise(shares))
    owned = [(to_us(story.created), "network")]
    owned += [(to_us(event.at), one.after) for event in story.events for one in event.changes if one.field == "team"]
    for share in shares:
        assert share.team == [team for at, team in owned if at <= share.start][-1]
    if shares:
        assert shares[0].start == to_us(story.created)
        assert shares[-1].end == to_us(clock.completed_at or now)
