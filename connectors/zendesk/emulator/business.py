"""Open time of a schedule, day by day: what the desk's own SLA clock counts when a target is in business hours."""

import functools
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.zendesk.emulator.agreements import Schedule

__all__ = ["after", "counted"]

_MINUTES, _SECONDS = 1440, 86400  # of a day
_DAYS = 5 * 366  # after which a schedule that never opens is given up
_EPOCH = date(1970, 1, 1)
Span = tuple[int, int]


def counted(schedule: Schedule | None, start: int, end: int) -> int:
    """Return the open seconds in [start, end); without a schedule every second is open."""
    if schedule is None:
        return end - start
    total = 0
    for opens, closes in _open(schedule, start):
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return total


def after(schedule: Schedule | None, start: int, seconds: int) -> int | None:
    """Return the earliest instant at which so many seconds were open since `start`; None: never."""
    if schedule is None:
        return start + seconds
    if seconds <= 0:
        return start
    left = seconds
    for opens, closes in _open(schedule, start):
        first = max(opens, start)
        if closes - first >= left:
            return first + left
        left -= closes - first
    return None


def _open(schedule: Schedule, start: int) -> Iterator[Span]:
    """Yield the open spans that end after `start`, in order."""
    known = _known(schedule)
    first = start // _SECONDS - 1
    for day in range(first, first + _DAYS):
        spans = known.get(day)
        if spans is None:
            spans = known[day] = _spans(schedule, day)
        for span in spans:
            if span[1] > start:
                yield span


@functools.lru_cache(maxsize=64)
def _known(_: Schedule) -> dict[int, tuple[Span, ...]]:
    """Return the days of a schedule that were looked at before; it grows with use."""
    return {}


def _spans(schedule: Schedule, number: int) -> tuple[Span, ...]:
    """Return the open spans that begin on one local day, counted from 1970-01-01."""
    day = _EPOCH + timedelta(days=number)
    if any(holiday.start <= day.isoformat() <= holiday.end for holiday in schedule.holidays):
        return ()
    begin, zone = (day.weekday() + 1) % 7 * _MINUTES, ZoneInfo(schedule.zone[1])
    cut = [(max(opens, begin) - begin, min(closes, begin + _MINUTES) - begin) for opens, closes in schedule.intervals]
    return tuple((_instant(day, opens, zone), _instant(day, closes, zone)) for opens, closes in cut if opens < closes)


def _instant(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return a local time of day as an instant; the clock's own jumps are left to the zone."""
    days, minute = divmod(minute, _MINUTES)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), zone)
    return int(local.timestamp())
