"""Which steps of time are open, asked of the zone's wall clock one by one."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY = 86400
BLOCK = 4 * 3600
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def spoken(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def open_day(calendar: Mapping[str, Any], day: date, step: int) -> bytearray:
    """Return one byte for each step of a local date's wall clock: 1 where the calendar is open."""
    steps = bytearray(DAY // step)
    if day.isoformat() in calendar["holidays"]:
        return steps
    spans = calendar["shifts"].get(day.isoformat(), calendar["weekly"].get(WEEK[day.weekday()], []))
    for mark, found in ((1, spans), (0, calendar["breaks"].get(day.isoformat(), []))):
        for start, end in found:
            for at in range(spoken(start) // step, spoken(end) // step):
                steps[at] = mark
    return steps


def open_steps(calendar: Mapping[str, Any], first: int, last: int, step: int) -> bytearray:
    """Return one byte for each step between two instants: 1 where the wall clock shows open hours."""
    zone = ZoneInfo(calendar["timezone"])
    days: dict[int, bytearray] = {}

    def offset(at: int) -> int:
        shift = datetime.fromtimestamp(at, zone).utcoffset()
        assert shift is not None
        return int(shift.total_seconds())

    def day(number: int) -> bytearray:
        if number not in days:
            days[number] = open_day(calendar, date(1970, 1, 1) + timedelta(days=number), step)
        return days[number]

    steps = bytearray()
    for at in range(first, last, BLOCK):
        until = min(at + BLOCK, last)
        shift = offset(at)
        if shift == offset(until - step):
            wall = at + shift
            while wall < until + shift:
                midnight = wall // DAY * DAY
                end = min(until + shift, midnight + DAY)
                steps += day(wall // DAY)[(wall - midnight) // step : (end - midnight) // step]
                wall = end
        else:  # the clocks change in here
            for one in range(at, until, step):
                wall = one + offset(one)
                steps.append(day(wall // DAY)[wall % DAY // step])
    return steps
