"""Corners that breaking the engine on purpose has shown: each would change what somebody is told."""

from dataclasses import replace
from typing import Any

from core.sla.conditions import In
from core.sla.history import RoleSpan
from core.sla.implied import holds_wherever
from core.sla.ledger import explained
from core.sla.matching import source_fields
from core.sla.native import read
from core.sla.policy import Change, OnChange, Target
from core.sla.reading import Durations, later
from core.sla.sides import side
from core.sla.tally import Tallies
from core.sla.verdict import Standing, State
from core.tickets import NativeClock, Priority, Says, Side

HOUR = 3600


def test_a_note_of_an_integration_or_of_the_source_answers_nothing(world: Any) -> None:
    story = world.story().says("09:30", "hub", public=False).says("09:40", "-1", public=False).says("09:50", "hub")
    (clock,) = [one for one in world.judge(story, now="09:55").clocks if one.id.metric == "first_response"]
    assert clock.state is State.RUNNING


def test_the_first_role_of_a_person_reaches_back_to_the_beginning(world: Any) -> None:
    people = {"new": (RoleSpan(world.at("12:00"), "agent"),)}
    assert side(replace(world.desk, people=people), "new", world.at("09:00"), None) == (Side.AGENT, None)


def test_a_condition_on_the_status_reads_every_field_that_tells_of_it(world: Any) -> None:
    mapping = replace(world.mapping, status_fields=("custom_status", "status"))
    for word in ("status", "phase", "wait_on"):
        assert source_fields(word, mapping) == {"custom_status", "status"}


def test_words_that_differ_in_their_letters_case_mean_the_same_tickets() -> None:
    one, other = (In("team", frozenset({word})) for word in ("Network", "network"))
    assert holds_wherever(one, other)
    assert not holds_wherever(one, In("team", frozenset({"network", "platform"})))


def test_a_resolved_ticket_whose_beginning_was_not_read_has_no_instant_of_resolution(world: Any) -> None:
    solved = world.story(status="solved")
    assert world.judge(solved.history(whole_since=None)).normal.resolved_at is None
    assert world.judge(solved).normal.resolved_at == world.at("09:00")
    later_on = world.story().then("09:30", status="solved")
    assert world.judge(later_on.history(whole_since=None)).normal.resolved_at == world.at("09:30")


def test_a_policy_that_keeps_its_tickets_lets_them_go_when_its_text_ends(world: Any) -> None:
    kept = world.policy("gold", when=In("priority", frozenset({"critical"})), on_change=OnChange(policy=Change.KEEP))
    rules = world.rules(replace(kept, until=world.at("12:00")), world.policy("plain"))
    story = world.story(priority="urgent").then("10:00", priority="low")
    before = world.judge(story, rules, "11:30")
    assert ({clock.id.policy for clock in before.clocks}, before.next_check_at) == ({"gold"}, world.at("12:00"))
    assert {clock.id.policy for clock in world.judge(story, rules, "13:00").clocks} == {"plain"}


def test_a_clock_is_at_risk_since_its_threshold_with_pauses_by_the_wall_clock_too(world: Any) -> None:
    metrics = {"resolution": world.resolution(4 * HOUR, pause_accounting="wall_clock")}
    rules = world.rules(world.policy(metrics=metrics))
    story = world.story("16:00").then("16:30", status="pending").then("Tue 09:00", status="open")
    at = world.judge(story, rules, "Wed 09:00").next_check_at
    # The pause moves the due time by sixteen and a half hours of open time, from Mon 16:00 on.
    assert at == world.at("Thu 11:30")
    assert world.clock(story, rules, "Wed 09:00").standing is Standing.ON_TRACK
    risky = world.clock(story, rules, "Thu 12:00")
    assert (risky.standing, risky.since, risky.due_at) == (Standing.AT_RISK, at, world.at("Thu 12:30"))


def test_a_first_revision_governs_what_was_over_before_it_came(world: Any) -> None:
    given = [world.rules(revision=number, applied_at=at) for number, at in ((1, "12:00"), (2, "14:00"))]
    story = world.story().then("10:00", status="solved")
    (clock,) = [one for one in world.judge(story, given, "15:00").clocks if one.id.metric == "resolution"]
    assert (clock.revision, clock.completed_at) == (1, world.at("10:00"))


def test_durations_stay_whole_seconds_when_they_are_read_later(world: Any) -> None:
    judged = Durations(60, 3540, 0)
    metric, since, now = world.resolution(HOUR), world.at("09:01"), world.at("09:02:30.9")
    read_later = later(judged, State.RUNNING, metric, world.office, since, now, breached=False)
    assert (read_later.elapsed, read_later.remaining, read_later.paused) == (150, 3450, 0)
    assert all(type(part) is int for part in (read_later.elapsed, read_later.remaining, read_later.paused))


def test_a_native_clock_is_completed_by_its_last_move(world: Any) -> None:
    moves = (Says.STARTED, Says.PAUSED, Says.STARTED, Says.PAUSED, Says.STARTED, Says.COMPLETED)
    said = [
        NativeClock(str(number), "1", "reply_time", 1, says, world.at(f"{9 + number}:00"))
        for number, says in enumerate(moves)
    ]
    (reading,) = read(said, world.at("18:00"))
    assert (reading.state, reading.completed_at) == ("completed", world.at("14:00"))


def test_a_ledger_says_which_target_brought_its_calendar(world: Any) -> None:
    targets = {Priority.CRITICAL: Target(seconds=HOUR, calendar="always"), None: Target(seconds=4 * HOUR)}
    rules = world.rules(world.policy(metrics={"resolution": world.resolution(targets=targets)}))

    def chosen(priority: str) -> list[tuple[str, str]]:
        history = world.story(priority=priority).history()
        (found,) = explained(history, world.desk, (rules,), world.at("10:00"))
        return [(each.name, each.chosen) for each in found.derivation.grounds]

    assert chosen("urgent") == [("always", "target")]
    assert chosen("low") == [("office", "fixed")]


def test_an_empty_tally_has_a_total() -> None:
    assert (Tallies().total.tickets, Tallies().total.before()) == (0, 0)
