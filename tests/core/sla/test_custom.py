"""Custom metrics: clocks that are moved by conditions."""

from typing import Any

from core.sla.conditions import All, Changed, Condition, Empty, Happened, HasTag, In, Not
from core.sla.policy import Metric, MetricKind, Target, Turns
from core.sla.verdict import State

HOUR = 3600


def cycles(world: Any, story: Any, now: str, start: Condition, stop: Condition, **more: Any) -> list[Any]:
    metric = Metric(MetricKind.CUSTOM, {None: Target(seconds=HOUR)}, turns=Turns(start, stop, **more))
    return list(world.judge(story, world.rules(world.policy(metrics={"it": metric})), now).clocks)


def lives(clocks: list[Any]) -> list[tuple[str, str, str, str | None]]:
    return [
        (each.id.started_by, each.state, f"{each.started_at:%H:%M}", each.completed_at and f"{each.completed_at:%H:%M}")
        for each in clocks
    ]


ESCALATED = HasTag(frozenset({"escalated"}))
RESOLVED = In("status", frozenset({"resolved"}))


def test_a_clock_starts_whenever_its_condition_becomes_true_and_stops_with_the_other(world: Any) -> None:
    story = world.story().then("10:00", tags=("escalated",)).then("10:30", priority="high")
    story.then("11:00", status="solved").then("12:00", tags=(), status="open").then("13:00", tags=("escalated",))
    assert lives(cycles(world, story, "13:30", ESCALATED, RESOLVED)) == [
        ("e1", "completed", "10:00", "11:00"),
        ("e5", "running", "13:00", None),
    ]


def test_a_condition_that_stays_true_starts_no_second_cycle(world: Any) -> None:
    story = world.story(tags=("escalated",)).says("10:00", "ann").says("11:00", "ann")
    stop = Happened(frozenset({"agent_public_comment"}))
    assert lives(cycles(world, story, "12:00", ESCALATED, stop)) == [("created", "completed", "09:00", "10:00")]


def test_each_comment_counts_as_one_of_its_own(world: Any) -> None:
    story = world.story().says("10:00", "cat").says("10:30", "ann").says("11:00", "cat").says("11:10", "cat")
    start, stop = Happened(frozenset({"customer_public_comment"})), Happened(frozenset({"agent_public_comment"}))
    assert lives(cycles(world, story, "11:30", start, stop)) == [
        ("e1", "completed", "10:00", "10:30"),
        ("e3", "running", "11:00", None),
    ]


def test_a_change_to_a_value_is_told_from_having_it(world: Any) -> None:
    story = world.story(team="3").then("10:00", team="4").then("10:30", priority="high").then("11:00", team="3")
    found = cycles(world, story, "11:30", Changed("team", frozenset({"network"})), RESOLVED)
    assert lives(found) == [("e3", "running", "11:00", None)]
    found = cycles(world, story, "11:30", Changed("team"), RESOLVED)
    assert lives(found) == [("e1", "running", "10:00", None)]


def test_stopping_beats_starting_and_pausing_in_the_same_event(world: Any) -> None:
    story = world.story().then("10:00", tags=("escalated",), status="solved")
    assert cycles(world, story, "11:00", ESCALATED, RESOLVED) == []
    story = world.story(tags=("escalated",)).then("10:00", status="solved", assignee=None)
    (only,) = cycles(world, story, "11:00", ESCALATED, RESOLVED, pause=Empty("assignee"))
    assert (only.state, only.elapsed_seconds, only.paused_seconds) == (State.COMPLETED, 0, HOUR)


def test_a_pause_stands_still_while_it_is_true(world: Any) -> None:
    story = world.story().then("10:00", assignee="ann").then("10:30", assignee=None).then("11:30", assignee="bob")
    (only,) = cycles(world, story, "11:45", Happened(frozenset({"created"})), RESOLVED, pause=Empty("assignee"))
    assert (only.elapsed_seconds, only.paused_seconds) == (2700, 7200)


def test_a_reset_ends_a_cycle_without_result_and_starts_the_next(world: Any) -> None:
    story = world.story().then("10:00", team="4").says("10:30", "ann")
    stop = Happened(frozenset({"agent_public_comment"}))
    found = cycles(world, story, "11:00", Happened(frozenset({"created"})), stop, reset=Changed("team"))
    assert lives(found) == [("created", "cancelled", "09:00", None), ("e1", "completed", "10:00", "10:30")]
    assert found[0].reason == "one of its conditions ended it without result"


def test_a_cancelled_cycle_has_no_result_and_another_may_follow(world: Any) -> None:
    start, cancel = All((ESCALATED, Not(In("priority", frozenset({"low"}))))), In("priority", frozenset({"low"}))
    story = world.story(tags=("escalated",)).then("10:00", priority="low").then("11:00", priority="high")
    found = cycles(world, story, "11:30", start, RESOLVED, cancel=cancel)
    assert lives(found) == [("created", "cancelled", "09:00", None), ("e2", "running", "11:00", None)]


def test_a_comment_of_somebody_unknown_leaves_the_result_unconfirmed(world: Any) -> None:
    story = world.story().says("09:30", "who")
    stop = Happened(frozenset({"agent_public_comment"}))
    (only,) = cycles(world, story, "11:00", Happened(frozenset({"created"})), stop)
    assert (only.breached, only.confirmed) == (True, False)
