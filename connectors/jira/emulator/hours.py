"""Open time of a business calendar, day by day: what the site's own SLA clocks count. Instants are epoch ms."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["ALWAYS", "Hours", "after", "counted", "is_open"]

_DAY_MS = 86_400_000
_DAYS = 5 * 366  # after which a calendar that never opens is given up
_EPOCH = date(1970, 1, 1)
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """Working days and hours in a zone.

    spans: (weekday, opens, closes) with Monday as 0 and minutes of the local day; none at all: always open.
    """

    zone: str = "UTC"
    spans: tuple[tuple[int, int, int], ...] = ()
    holidays: frozenset[date] = frozenset()


ALWAYS = Hours()


def counted(hours: Hours, start: int, end: int) -> int:
    """Return the open milliseconds in [start, end)."""
    if not hours.spans:
        return max(0, end - start)
    total = 0
    for opens, closes in _open(hours, start):
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return total


def after(hours: Hours, start: int, length: int) -> int | None:
    """Return the earliest instant at which so many milliseconds were open since `start`; None: never."""
    if not hours.spans or length <= 0:
        return start + max(0, length)
    left = length
    for opens, closes in _open(hours, start):
        first = max(opens, start)
        if closes - first >= left:
            return first + left
        left -= closes - first
    return None


def is_open(hours: Hours, at: int) -> bool:
    return not hours.spans or counted(hours, at, at + 1) == 1


def _open(hours: Hours, start: int) -> Iterator[Span]:
    """Yield the open spans that end after `start`, in order."""
    first = start // _DAY_MS - 1
    for number in range(first, first + _DAYS):
        for span in _spans(hours, number):
            if span[1] > start:
                yield span


@functools.lru_cache(maxsize=8192)
def _spans(hours: Hours, number: int) -> tuple[Span, ...]:
    """Return the open spans of one local day, counted from 1970-01-01."""
    day = _EPOCH + timedelta(days=number)
    if day in hours.holidays:
        return ()
    zone = ZoneInfo(hours.zone)
    return tuple(
        (_instant(day, opens, zone), _instant(day, closes, zone))
        for weekday, opens, closes in hours.spans
        if weekday == day.weekday()
    )


def _instant(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return a local time of day as an instant; the clock's own jumps are left to the zone."""
    days, minute = divmod(minute, 1440)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), zone)
    return int(local.timestamp()) * 1000
