"""Trying a revision on a ticket says what judging it by that revision would, in what is compared."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.sla.compare import Held, Outcome, held
from core.sla.policy import Agreement, AtRisk, Reopen, Target
from core.sla.tried import tried
from core.tickets import Phase
from tests.core.sla.lives import GRID, HOUR, end, lives, reopens, rules, starts, tell

QUARTER = AtRisk(share=0.25, at_most=None, at_least=None)


def expected(world: Any, history: Any, given_rules: Any, now: Any) -> list[Held]:
    thresholds = {policy.name: policy.at_risk for policy in given_rules.policies}
    clocks = world.judge(history, given_rules, now).clocks
    return sorted(held(clock, thresholds[clock.id.policy]) for clock in clocks)


def plain(one: Held) -> tuple[Any, ...]:
    return tuple(str(part) if part is not None else "" for part in one)


@settings(max_examples=200)
@given(starts, lives, reopens, st.integers(0, 400), st.booleans())
def test_a_tried_ticket_is_a_judged_one(
    world: Any, start: int, life: list[Any], reopen: Reopen, wait: int, whole: bool
) -> None:
    story, given_rules = tell(world, start, life), rules(world, reopen)
    now = end(story) + wait * GRID
    history = story.history(**({} if whole else {"whole_since": None}))
    found = tried(history, world.desk, given_rules, now)
    judged = world.judge(history, given_rules, now)
    assert sorted(found.clocks, key=plain) == sorted(expected(world, history, given_rules, now), key=plain)
    assert (found.phase, found.customer, found.team) == (
        judged.normal.status.phase,
        judged.normal.customer,
        judged.normal.team,
    )


def test_what_is_held_of_a_clock(world: Any) -> None:
    metrics = {"resolution": world.resolution(4 * HOUR)}
    given_rules = world.rules(
        world.policy(metrics=metrics, at_risk=QUARTER, agreement=Agreement.GOAL), customers={("acme", "*"): "x"}
    )
    found = tried(world.story(team="3").history(), world.desk, given_rules, world.at("12:30"))
    due = int(world.at("13:00").timestamp()) * 1_000_000
    assert found.clocks == [
        Held("goal", "resolution", "created", "gold", Outcome.OPEN, due, 4 * HOUR, HOUR // 2),
    ]
    assert (found.phase, found.customer, found.team) == (Phase.OPEN, "x", "3")
    (late,) = tried(world.story().history(), world.desk, given_rules, world.at("14:00")).clocks
    assert (late.outcome, late.at_risk) == (Outcome.BREACHED, HOUR)
    (over,) = tried(
        world.story().then("10:00", status="void").history(), world.desk, given_rules, world.at("14:00")
    ).clocks
    assert (over.outcome, over.due) == (Outcome.CANCELLED, None)
    (unread,) = tried(world.story().history(whole_since=None), world.desk, given_rules, world.at("14:00")).clocks
    assert unread == Held("goal", "resolution", "created", "gold", Outcome.UNKNOWN, None, 4 * HOUR, 0)


def test_a_target_that_is_never_used_up_is_none(world: Any) -> None:
    days = {"resolution": world.resolution(targets={None: Target(working_days=3)})}
    closed = replace(
        world.rules(world.policy(metrics=days)), calendars={"office": replace(world.office, weekly=((),) * 7)}
    )
    (clock,) = tried(world.story().history(), world.desk, closed, world.at("10:00")).clocks
    assert (clock.due, clock.target, clock.at_risk) == (None, None, 0)


def test_a_status_that_nobody_mapped_leaves_the_clock_unknown(world: Any) -> None:
    given_rules = world.rules(world.policy(metrics={"resolution": world.resolution(4 * HOUR)}))
    history = world.story().then("10:00", status="in orbit").history()
    assert tried(history, world.desk, given_rules, world.at("11:00")).clocks == [
        Held("sla", "resolution", "created", "gold", Outcome.UNKNOWN, None, 4 * HOUR, 0)
    ]
