"""What a change of priority, organisation or policy does to a clock; texts of a policy by date."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from core.calendar.closing import Closing
from core.sla.conditions import In
from core.sla.ledger import explained
from core.sla.policy import CalendarChoice, Change, OnChange, Target
from core.sla.verdict import State
from core.tickets import Priority

HOUR = 3600


def has(field: str, *values: str) -> In:
    return In(field, frozenset(values))


def resolution(world: Any, **more: Any) -> Any:
    targets = {Priority.CRITICAL: Target(seconds=2 * HOUR), None: Target(seconds=6 * HOUR)}
    return {"resolution": world.resolution(targets=targets, **more)}


def by_priority(world: Any, does: Change) -> Any:
    return world.rules(world.policy(metrics=resolution(world), on_change=OnChange(priority=does)))


def test_a_clock_carries_its_time_over_to_the_new_priority_unless_told_otherwise(world: Any) -> None:
    story = world.story().then("10:00", priority="urgent")
    clock = world.clock(story, by_priority(world, Change.CARRY_OVER), "10:30")
    assert (clock.started_at, clock.due_at) == (world.at("09:00"), world.at("11:00"))


def test_a_clock_may_keep_the_target_of_its_first_priority(world: Any) -> None:
    story = world.story().then("10:00", priority="urgent")
    clock = world.clock(story, by_priority(world, Change.KEEP), "10:30")
    assert (clock.target_seconds, clock.due_at) == (6 * HOUR, world.at("15:00"))


def test_a_clock_may_start_anew_with_the_new_priority(world: Any) -> None:
    story = world.story().then("10:00", priority="urgent").then("10:10", tags=("x",))
    first, second = world.judge(story, by_priority(world, Change.RESTART), "10:30").clocks
    assert (first.state, first.reason) == (State.CANCELLED, "started anew: the priority has changed")
    assert (second.id.started_by, second.due_at) == ("e1", world.at("12:00"))


def test_a_clock_that_its_priority_ended_keeps_the_target_that_it_had(world: Any) -> None:
    story = world.story().then("16:00", priority="urgent")
    rules = by_priority(world, Change.RESTART)
    old, new = world.judge(story, rules, "16:30").clocks
    assert (old.target_seconds, old.due_at, old.breached_at) == (6 * HOUR, world.at("15:00"), world.at("15:00"))
    assert new.target_seconds == 2 * HOUR
    found = explained(story.history(), world.desk, (rules,), world.at("16:30"))
    (before, _) = [ledger.derivation for ledger in found]
    assert before is not None
    assert before.target.seconds == 6 * HOUR
    assert [mark.seconds for mark in before.marks] == [6 * HOUR, 6 * HOUR]


def test_a_clock_that_its_priority_ended_is_there_though_the_new_priority_has_no_target(world: Any) -> None:
    targets = {Priority.NORMAL: Target(seconds=HOUR)}
    metrics = {"resolution": world.resolution(targets=targets)}
    rules = world.rules(world.policy(metrics=metrics, on_change=OnChange(priority=Change.RESTART)))
    (clock,) = world.judge(world.story().then("09:30", priority="urgent"), rules, "10:30").clocks
    assert (clock.state, clock.target_seconds, clock.elapsed_seconds) == (State.CANCELLED, HOUR, HOUR // 2)


def test_a_change_in_the_event_that_resolves_starts_nothing_anew(world: Any) -> None:
    story = world.story().then("10:00", priority="urgent", status="solved")
    (clock,) = world.judge(story, by_priority(world, Change.RESTART), "10:30").clocks
    assert (clock.state, clock.elapsed_seconds) == (State.COMPLETED, HOUR)


def two(world: Any, field: str = "priority", gold: str = "critical", **does: Change) -> Any:
    change = OnChange(**does)
    return world.rules(
        world.policy("gold", when=has(field, gold), metrics=resolution(world), on_change=change),
        world.policy("plain", metrics=resolution(world), on_change=change),
    )


@pytest.mark.parametrize(
    ("does", "policy", "started"),
    [(Change.CARRY_OVER, "gold", "09:00"), (Change.KEEP, "plain", "09:00"), (Change.RESTART, "gold", "10:00")],
)
def test_what_a_new_policy_does_is_a_setting(world: Any, does: Change, policy: str, started: str) -> None:
    story = world.story().then("10:00", priority="urgent")
    (clock,) = world.judge(story, two(world, policy=does), "10:30").clocks
    assert (clock.id.policy, clock.started_at) == (policy, world.at(started))


def test_the_first_policy_of_a_ticket_counts_from_its_creation_though_it_comes_later(world: Any) -> None:
    only = world.policy(
        "gold",
        when=has("priority", "critical"),
        metrics=resolution(world),
        on_change=OnChange(policy=Change.RESTART),
    )
    (clock,) = world.judge(world.story().then("10:00", priority="urgent"), world.rules(only), "10:30").clocks
    assert clock.started_at == world.at("09:00")


def test_an_organisation_may_be_kept_for_policy_target_and_calendar(world: Any) -> None:
    rules = two(world, "organisation", "acme", organisation=Change.KEEP)
    story = world.story().then("10:00", organisation="8")
    assert [clock.id.policy for clock in world.judge(story, rules, "10:30").clocks] == ["gold"]
    rules = two(world, "organisation", "acme")
    assert [clock.id.policy for clock in world.judge(story, rules, "10:30").clocks] == ["plain"]
    kept = world.policy(
        metrics=resolution(world),
        calendar=CalendarChoice("always", "organisation", {"acme": "office"}),
        on_change=OnChange(organisation=Change.KEEP),
    )
    assert world.clock(story, world.rules(kept), "10:30").calendar == "office"
    assert world.clock(story, world.rules(replace(kept, on_change=OnChange())), "10:30").calendar == "always"


def dated(world: Any, since: str) -> Any:
    """Targets are halved from an instant on."""
    before = world.policy(metrics={"resolution": world.resolution(4 * HOUR)})
    after = replace(before, metrics={"resolution": world.resolution(2 * HOUR)}, since=world.at(since))
    return world.rules(replace(before, until=world.at(since)), after)


def test_a_running_clock_takes_the_text_of_its_day_and_is_looked_at_when_that_comes(world: Any) -> None:
    story, rules = world.story(), dated(world, "10:00")
    judgement = world.judge(story, rules, "09:30")
    assert (judgement.clocks[0].target_seconds, judgement.next_check_at) == (4 * HOUR, world.at("10:00"))
    (clock,) = world.judge(story, rules, "10:00").clocks
    assert (clock.target_seconds, clock.id.started_by, clock.due_at) == (2 * HOUR, "created", world.at("11:00"))


def test_a_completed_clock_keeps_the_text_that_held_at_its_completion(world: Any) -> None:
    story, rules = world.story().then("09:30", status="solved"), dated(world, "10:00")
    judgement = world.judge(story, rules, "Tue 09:00")
    assert [(clock.target_seconds, clock.completed_at) for clock in judgement.clocks] == [(4 * HOUR, world.at("09:30"))]
    assert judgement.next_check_at is None


def test_a_ticket_created_at_the_very_instant_has_the_new_text(world: Any) -> None:
    (clock,) = world.judge(world.story("10:00"), dated(world, "10:00"), "10:00").clocks
    assert clock.target_seconds == 2 * HOUR


def test_a_text_that_promises_for_the_first_time_starts_what_waits_to_be_attached(world: Any) -> None:
    metrics = {"resolution": world.resolution(4 * HOUR, start="attached")}
    rules = world.rules(world.policy(metrics=metrics, since=world.at("10:00")))
    (clock,) = world.judge(world.story(), rules, "11:00").clocks
    assert (clock.id.started_by, clock.started_at) == ("since 2024-05-06T10:00:00Z", world.at("10:00"))
    assert world.judge(world.story(), rules, "09:30").clocks == ()


def closing(world: Any, day: str, declared: str) -> Any:
    on = world.at(day)
    shut = Closing(on.date(), "Works meeting", known=world.at(declared))
    return world.rules(
        world.policy(metrics={"resolution": world.resolution(9 * HOUR)}),
        calendars={"office": replace(world.office, closings=(shut,))},
    )


def test_a_day_that_is_declared_closed_moves_what_runs_once_it_is_known(world: Any) -> None:
    story, rules = world.story("12:00"), closing(world, "Tue 00:00", "Tue 08:00")
    judgement = world.judge(story, rules, "13:00")
    assert (judgement.clocks[0].due_at, judgement.next_check_at) == (world.at("Tue 13:00"), world.at("Tue 08:00"))
    assert world.clock(story, rules, "Tue 08:00").due_at == world.at("Wed 13:00")


def test_a_day_that_is_declared_late_leaves_what_was_over_as_it_was(world: Any) -> None:
    rules = closing(world, "Tue 00:00", "Wed 08:00")
    late = world.story("12:00").then("Tue 16:00", status="solved")
    clock = world.clock(late, rules, "Thu 09:00")
    assert (clock.breached, clock.elapsed_seconds) == (True, 12 * HOUR)
    running = world.clock(world.story("12:00"), rules, "Tue 16:00")
    assert (running.breached, running.due_at) == (True, world.at("Tue 13:00"))
    running = world.clock(world.story("12:00"), rules, "Wed 09:00")
    assert (running.breached, running.due_at) == (False, world.at("Wed 13:00"))


def test_a_metric_is_looked_up_in_the_text_of_its_day_else_in_the_newest_that_has_it(world: Any) -> None:
    rules = dated(world, "10:00")
    before, after = (policy.metrics["resolution"] for policy in rules.policies)
    assert rules.metric("gold", "resolution", world.at("09:59")) is before
    assert rules.metric("gold", "resolution", world.at("10:00")) is after
    assert rules.metric("gold", "resolution") is after
    assert rules.metric("gold", "first_response", world.at("09:00")) is None
    assert rules.metric("other", "resolution", world.at("09:00")) is None
    only = replace(rules, policies=(rules.policies[0],))
    assert only.metric("gold", "resolution", world.at("11:00")) is before


def test_a_ticket_goes_through_each_text_of_its_life_though_nothing_happens_to_it(world: Any) -> None:
    first = world.policy(metrics={"resolution": world.resolution(4 * HOUR)})
    hours = {"10:00": 6, "11:00": 8, "12:00": 2}
    since = [*hours, None]
    later = [
        replace(
            first,
            metrics={"resolution": world.resolution(hours[start] * HOUR)},
            since=world.at(start),
            until=None if end is None else world.at(end),
        )
        for start, end in pairwise(since)
    ]
    rules = world.rules(replace(first, until=world.at("10:00")), *later)
    seen = [world.clock(world.story(), rules, at).target_seconds for at in ("09:30", "10:30", "11:30", "12:30")]
    assert seen == [4 * HOUR, 6 * HOUR, 8 * HOUR, 2 * HOUR]
    moved = world.story().says("11:30", "ann").then("12:30", priority="high")
    assert world.clock(moved, rules, "13:00").target_seconds == 2 * HOUR
    assert world.judge(world.story(), rules, "11:30").next_check_at == world.at("12:00")
    solved = world.story().then("11:30", status="solved")
    assert world.clock(solved, rules, "13:00").target_seconds == 8 * HOUR


def test_a_resolved_ticket_waits_for_no_text_and_an_open_one_does(world: Any) -> None:
    solved = world.story().then("09:15", status="solved")
    assert world.judge(solved, dated(world, "10:00"), "09:30").next_check_at is None
    assert world.judge(world.story(), dated(world, "10:00"), "09:30").next_check_at == world.at("10:00")


def test_what_was_completed_stays_completed_once_while_its_policy_comes_and_goes(world: Any) -> None:
    metrics = {"resolution": world.resolution(start="attached")}
    rules = world.rules(world.policy("gold", when=has("priority", "critical"), metrics=metrics))
    story = world.story(priority="urgent").then("10:00", status="solved")
    story.then("11:00", priority="low").then("12:00", priority="urgent")
    (clock,) = world.judge(story, rules, "13:00").clocks
    assert (clock.id.started_by, clock.completed_at, clock.cycle) == ("created", world.at("10:00"), 1)
