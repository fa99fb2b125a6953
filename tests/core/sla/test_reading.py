"""Durations read some time after the judgement: the same as judging then."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.sla.policy import Target
from core.sla.reading import Durations, later
from core.sla.verdict import Clock, State

MINUTE = 60
STATUSES = ("open", "pending", "hold", "solved", "void")


def durations(clock: Clock) -> Durations:
    return Durations(clock.elapsed_seconds, clock.remaining_seconds, clock.paused_seconds)


LATE = {"target": 30, "change": "latest", "breach": "after", "calendar": "office", "waits": (10, 900)}


@example(life=[(45, "pending")], accounting="wall_clock", **LATE)
@example(life=[(20, "pending")], accounting="wall_clock", **LATE)
@example(life=[(20, "pending"), (240, "open")], accounting="wall_clock", **LATE)
@given(
    life=st.lists(st.tuples(st.integers(0, 900), st.sampled_from(STATUSES)), max_size=6),
    target=st.one_of(st.integers(1, 1200), st.just(10**9)),
    accounting=st.sampled_from(["calendar", "wall_clock"]),
    change=st.sampled_from(["latest", "segment"]),
    breach=st.sampled_from(["after", "at"]),
    calendar=st.sampled_from(["office", "always"]),
    waits=st.tuples(st.integers(0, 2000), st.integers(0, 4000)),
)
def test_reading_a_clock_later_is_judging_it_then(
    world: Any,
    life: list[tuple[int, str]],
    target: int,
    accounting: str,
    change: str,
    breach: str,
    calendar: str,
    waits: tuple[int, int],
) -> None:
    metric = world.resolution(
        target * MINUTE, pause_accounting=accounting, calendar_change=change, breach=breach, clock="calendar"
    )
    rules = world.rules(world.policy(metrics={"resolution": metric}, calendar=calendar))
    at = world.at("16:00")
    story = world.story(at)
    for minutes, status in life:
        at += timedelta(minutes=minutes)
        story.then(at, status=status)
    judged_at = at + timedelta(minutes=waits[0])
    now = judged_at + timedelta(minutes=waits[1])
    judged, expected = world.clock(story, rules, judged_at), world.clock(story, rules, now)
    hours = world.office if judged.calendar == "office" else world.always
    read = later(durations(judged), judged.state, metric, hours, judged_at, now, breached=judged.breached)
    assert read == durations(expected)
    assert read.remaining is None or read.elapsed + read.remaining == judged.target_seconds


@pytest.mark.parametrize("status", ["open", "pending", "solved", "void"])
def test_before_the_judgement_nothing_is_taken_back(world: Any, status: str) -> None:
    clock = world.clock(world.story().then("09:30", status=status), None, "10:00")
    metric = world.resolution()
    read = later(
        durations(clock), clock.state, metric, world.office, world.at("10:00"), world.at("09:40"), breached=False
    )
    assert read == durations(clock)


def test_a_target_that_never_ends_has_nothing_remaining(world: Any) -> None:
    metric = world.resolution(targets={None: Target(working_days=10**6)})
    clock = world.clock(world.story(), world.rules(world.policy(metrics={"resolution": metric})), "10:00")
    read = later(
        durations(clock), State.RUNNING, metric, world.office, world.at("10:00"), world.at("11:00"), breached=False
    )
    assert read == Durations(7200, None, 0)
