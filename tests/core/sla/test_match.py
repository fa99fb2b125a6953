"""When it is asked which policy a ticket has: at a clock's completion, or now."""

from typing import Any

import pytest

from core.sla.conditions import All, HasTag, In
from core.sla.policy import Agreement, Target
from core.sla.verdict import Standing, State
from core.tickets import Priority

HOUR = 3600


def has(field: str, *values: str) -> In:
    return In(field, frozenset(values))


def rules(world: Any, match: str, metric: Any = None, *more: Any, when: Any = None) -> Any:
    """A policy for critical tickets with one resolution clock, and more policies after it."""
    metrics = {"resolution": metric or world.resolution()}
    first = world.policy("gold", when=when or has("priority", "critical"), metrics=metrics, match=match)
    return world.rules(first, *more)


def names(judgement: Any) -> list[str]:
    return [clock.id.policy for clock in judgement.clocks]


@pytest.mark.parametrize(("match", "kept"), [("completion", ["gold"]), ("now", [])])
def test_a_completed_clock_is_kept_or_not_when_its_policy_matches_no_more(
    world: Any, match: str, kept: list[str]
) -> None:
    story = world.story(priority="urgent").then("10:00", status="solved").then("11:00", priority="low")
    assert names(world.judge(story, rules(world, match), "10:30")) == ["gold"]
    assert names(world.judge(story, rules(world, match), "11:00")) == kept


@pytest.mark.parametrize("match", ["completion", "now"])
def test_a_clock_that_nobody_had_at_its_completion_has_the_policy_of_now(world: Any, match: str) -> None:
    metric = world.resolution(targets={Priority.CRITICAL: Target(seconds=60), None: Target(seconds=2 * HOUR)})
    story = world.story().then("10:00", status="solved").then("11:00", priority="urgent")
    assert names(world.judge(story, rules(world, match, metric), "10:30")) == []
    clock = world.clock(story, rules(world, match, metric), "11:30")
    # The target is still that of the priority at the completion.
    assert (clock.id.policy, clock.completed_at, clock.standing) == ("gold", world.at("10:00"), Standing.MET)


def test_a_policy_without_metrics_had_the_clock_at_its_completion(world: Any) -> None:
    none = world.policy("none", metrics={})
    story = world.story().then("10:00", status="solved").then("11:00", priority="urgent")
    assert names(world.judge(story, rules(world, "completion", None, none), "11:30")) == []
    assert names(world.judge(story, rules(world, "now", None, none), "11:30")) == ["gold"]


def test_another_agreement_has_nothing_to_do_with_it(world: Any) -> None:
    team = world.policy("team", metrics={"resolution": world.resolution()}, agreement=Agreement.VENDOR)
    story = world.story().then("10:00", status="solved").then("11:00", priority="urgent")
    assert names(world.judge(story, rules(world, "completion", None, team), "11:30")) == ["gold", "team"]


def test_who_had_the_clock_at_its_completion_goes_before_who_matches_now(world: Any) -> None:
    early = world.resolution(stop_in=world.patterns("waiting/vendor", "resolved"))
    silver = world.policy("silver", when=has("priority", "low"), metrics={"resolution": world.resolution()})
    story = (
        world.story()
        .then("10:00", status="hold")
        .then("11:00", priority="low")
        .then("12:00", status="solved")
        .then("13:00", priority="urgent")
    )
    for match in ("completion", "now"):
        assert names(world.judge(story, rules(world, match, early, silver), "14:00")) == ["silver"]
    gone = world.policy("silver", when=has("priority", "low"), metrics=silver.metrics, match="now")
    assert names(world.judge(story, rules(world, "now", early, gone), "14:00")) == ["gold"]


def test_a_policy_that_is_matched_now_alone_kept_nothing_at_a_completion(world: Any) -> None:
    silver = world.policy("silver", metrics={"resolution": world.resolution()})
    story = world.story(priority="urgent").then("10:00", status="solved").then("11:00", priority="low")
    assert names(world.judge(story, rules(world, "now", None, silver), "11:30")) == ["silver"]


def test_a_running_clock_has_the_policy_of_now_either_way(world: Any) -> None:
    story = world.story(priority="urgent").then("10:00", priority="low")
    for match in ("completion", "now"):
        assert names(world.judge(story, rules(world, match), "11:00")) == []


@pytest.mark.parametrize(("match", "started"), [("completion", "12:00"), ("now", "10:00")])
def test_a_priority_that_comes_and_goes_moves_the_start_or_not(world: Any, match: str, started: str) -> None:
    given = rules(
        world,
        match,
        world.resolution(start="attached"),
        when=All((has("priority", "critical"), HasTag(frozenset({"vip"})))),
    )
    story = world.story(priority="low").then("10:00", tags=("vip",)).then("12:00", priority="urgent")
    assert world.judge(story, given, "11:00").clocks == ()
    clock = world.clock(story, given, "12:30")
    assert (clock.started_at, clock.state) == (world.at(started), State.RUNNING)


def test_by_the_match_of_now_a_clock_still_waits_to_be_attached(world: Any) -> None:
    metric = world.resolution(start="attached")
    given = rules(world, "now", metric, when=HasTag(frozenset({"vip"})))
    story = world.story().then("10:00", tags=("vip",)).then("11:00", tags=()).then("12:00", tags=("vip",))
    assert world.judge(story, given, "11:30").clocks == ()
    assert world.clock(story, given, "12:30").started_at == world.at("12:00")
