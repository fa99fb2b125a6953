"""A course is enough to derive a clock's due time and what it used: the same as the engine's, for random lives."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import always
from core.calendar.instants import SECOND, to_us
from core.sla.course import Course, course_of, within
from core.sla.ledger import explained
from core.sla.verdict import State
from core.tickets import OnLeave
from tests.core.sla.test_ledger_properties import (
    STARTS,
    STEP,
    changes,
    gaps,
    lives,
    odd,
    rules,
    switches,
    targets,
    tell,
)

HOUR = 3600 * SECOND


@settings(max_examples=300)
@given(st.sampled_from(STARTS), odd, lives, switches, targets, gaps, st.sampled_from(OnLeave), changes)
def test_a_course_has_the_due_time_and_the_used_time_of_its_clock(
    world: Any,
    start: datetime,
    moved: timedelta,
    life: Any,
    switched: Any,
    allowed: Any,
    wait: int,
    on_leave: OnLeave,
    change: Any,
) -> None:
    story, last = tell(world, start + timedelta(hours=7) + moved, life)
    desk = replace(world.desk, mapping=replace(world.mapping, on_leave=on_leave))
    now = last + wait * STEP
    for ledger in explained(story.history(), desk, rules(world, switched, allowed, change), now):
        course, clock = course_of(ledger), ledger.clock
        assert course is not None
        if clock.state is not State.CANCELLED:
            assert course.due() == (None if clock.due_at is None else to_us(clock.due_at))
            assert course.used(to_us(clock.completed_at or now)) // SECOND == clock.elapsed_seconds
            assert course.allowed() // SECOND == clock.target_seconds


def course(*pauses: Any, target: int = 4) -> Course:
    hours = ((0, always()),)
    told = tuple((since * HOUR, None if until is None else until * HOUR) for since, until in pauses)
    return Course(10 * HOUR, target * HOUR, told, hours)


def test_a_pause_that_goes_on_leaves_no_due_time_unless_it_came_after_it() -> None:
    assert course((12, None)).due() is None
    assert course((15, None)).due() == 14 * HOUR
    assert course((12, 13), (20, None)).due() == 15 * HOUR


def test_pauses_from_before_the_start_do_not_count() -> None:
    assert course((5, 9), (9, 11)).due() == 15 * HOUR
    assert course((5, 9), (9, 11)).used(12 * HOUR) == HOUR
    assert course().used(9 * HOUR) == 0


def test_pauses_are_cut_off_at_an_instant() -> None:
    told = ((10, 12), (13, 20), (30, None))
    assert within(told, None) == told
    assert within(told, 15) == ((10, 12), (13, 15))
    assert within(told, 31) == ((10, 12), (13, 20), (30, 31))
