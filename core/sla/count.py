"""Stretches measured in calendars: time used, the due instant, whether it passed. Microseconds throughout."""

from collections.abc import Sequence
from typing import NamedTuple

from core.calendar import Calendar
from core.sla.run import Stretch

__all__ = ["Counted", "count"]


class Counted(NamedTuple):
    """used: clock time; below zero where pauses are owed by the wall clock outside opening hours.

    left_from: where the last counted stretch begins, and the time used before it.
    due: when the target is used up, in the past or as a forecast; None: never.
    """

    used: int
    paused: int
    paused_wall: int
    left_from: tuple[int, int]
    due: int | None
    breached: bool


def count(
    stretches: Sequence[Stretch],
    open_times: Sequence[int],
    calendars: Sequence[Calendar],
    end: int,
    target: int,
    *,
    wall: bool,
    at_due: bool,
    not_before: int,
) -> Counted:
    """Measure a clock from its start to `end` (its completion, or the judged instant).

    open_times: that of each stretch. calendars: one for each stretch, and a last one for what comes after them.
    wall: pauses move the due instant by their length on the wall, not by the open time in them.
    at_due: the due instant itself is already a breach.
    not_before: the due instant is never earlier than this (targets in working days).
    """
    used = paused = paused_wall = 0
    due: int | None = None
    left_from = (end, 0)
    for (start, stop, counted, _), open_time, calendar in zip(stretches, open_times, calendars, strict=False):
        if counted:
            left_from = (start, used)
            if due is None and used + open_time >= target:
                due = _reached(calendar, (start, stop), target - used, not_before, at_due=at_due)
            used += open_time
        else:
            paused += open_time
            paused_wall += stop - start
            if wall:
                used += open_time - (stop - start)
    if due is not None:
        return Counted(used, paused, paused_wall, left_from, due, True)
    if not stretches or stretches[-1][1] != end or not stretches[-1][2]:
        left_from = (end, used)
    forecast = calendars[-1].add_us(left_from[0], max(target - left_from[1], 0))
    due = None if forecast is None else max(forecast, not_before)
    return Counted(used, paused, paused_wall, left_from, due, False)


def _reached(calendar: Calendar, within: tuple[int, int], left: int, not_before: int, *, at_due: bool) -> int | None:
    """Return the due instant if the clock, running in this stretch, was in breach by its end."""
    start, stop = within
    due = calendar.add_us(start, max(left, 0))
    if due is None:
        return None
    due = max(due, not_before)
    return due if due < stop or (at_due and due == stop) else None
