"""Stretches measured in calendars: time used, the due instant, whether it passed. Microseconds throughout."""

from collections.abc import Sequence
from typing import NamedTuple

from core.calendar import Calendar
from core.sla.run import Stretch

__all__ = ["Counted", "count", "spent"]


class Counted(NamedTuple):
    """used: clock time; below zero where pauses are owed by the wall clock outside opening hours.

    ran: the time used when it last ran: as now, or when the pause that it is in began.
    left_from: since when it has been running at the end, and the time used before that; the end if it was not.
    due: when the target is used up, in the past or as a forecast; None: never.
    breached_at: since when it is in breach: since it was due, or since it goes on after being paused at that instant.
    """

    used: int
    ran: int
    paused: int
    paused_wall: int
    left_from: tuple[int, int]
    due: int | None
    breached_at: int | None


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
    wall: pauses before the due instant move it by their length on the wall, not by the open time in them.
    at_due: the due instant itself is already a breach.
    not_before: the due instant is never earlier than this (targets in working days).
    """
    used = ran = paused = paused_wall = 0
    due: int | None = None
    breached_at: int | None = None
    left_from = (end, 0)
    for index, (start, stop, counted, _) in enumerate(stretches):
        open_time = open_times[index]
        if counted:
            left_from = (start, used)
            if due is None and used + open_time >= target:
                reached = _due(stretches, open_times, calendars, index, start, target - used, not_before)
                since = None if reached is None else max(reached, start)
                if since is not None and (since < stop or (at_due and since == stop)):
                    due, breached_at = reached, since
            used += open_time
            ran = used
        else:
            paused += open_time
            paused_wall += stop - start
            used += spent(open_time, stop - start, counted=False, owed=wall and due is None)
    if breached_at is None:
        index = len(stretches) - 1
        if index < 0 or not stretches[index][2] or calendars[index] is not calendars[-1]:
            left_from, index = (end, used), index + 1
        since, before = left_from
        due = _due(stretches, open_times, calendars, index, since, target - before, not_before)
    return Counted(used, ran, paused, paused_wall, left_from, due, breached_at)


def spent(open_time: int, length: int, *, counted: bool, owed: bool) -> int:
    """Return the clock time that a stretch takes. owed: a pause moves the due instant by its whole length."""
    if counted:
        return open_time
    return open_time - length if owed else 0


def _due(
    stretches: Sequence[Stretch],
    open_times: Sequence[int],
    calendars: Sequence[Calendar],
    index: int,
    since: int,
    left: int,
    not_before: int,
) -> int | None:
    """Return when a clock that runs from `since` on, where the stretch `index` begins, has used up what is left.

    With nothing left that is `since`, or the last closing time before it: the earliest instant after which
    nothing was open.
    """
    due: int | None = since
    if left > 0:
        due = calendars[index].add_us(since, left)
    else:
        for before in range(index - 1, -1, -1):
            due = calendars[before].add_us(stretches[before][0], open_times[before])
            if open_times[before]:
                break
    return None if due is None else max(due, not_before)
