"""Zones: the stretches of constant offset, and the open stretches that a wall clock in such a zone shows."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from core.calendar.hours import DAY, Spans
from core.calendar.instants import EPOCH

__all__ = ["FIRST", "LAST", "load", "open_stretches"]

_MARGIN = timedelta(days=2)
FIRST = int((datetime.min.replace(tzinfo=UTC) + _MARGIN - EPOCH).total_seconds())
LAST = int((datetime.max.replace(tzinfo=UTC, microsecond=0) - _MARGIN - EPOCH).total_seconds())
"""Seconds since 1970 between which every zone can tell its local time; outside nothing is open."""

_EPOCH_ORDINAL = EPOCH.toordinal()


def load(name: str, where: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises: ValueError naming the nearest known zone. `localtime` is refused: it changes with the host.
    """
    try:
        if name != "localtime":
            return ZoneInfo(name)
        cause = None
    except (KeyError, ValueError, OSError) as exc:
        cause = exc
    known = {zone.lower(): zone for zone in available_timezones()}
    near = get_close_matches(name.strip().lower(), known, n=1)
    hint = f"did you mean {known[near[0]]}?" if near else "use an IANA name such as Europe/Berlin"
    raise ValueError(f"{where}: unknown time zone {name!r}; {hint}") from cause


def open_stretches(zone: ZoneInfo, hours: Callable[[date], Spans], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of [start, end) in which the wall clock shows a time within the hours of its date.

    Seconds since 1970 UTC; ascending, disjoint, touching ones not merged.
    """
    for begin, until, offset in _constant_offsets(zone, max(start, FIRST), min(end, LAST)):
        for day in range((begin + offset) // DAY, (until - 1 + offset) // DAY + 1):
            midnight = day * DAY - offset
            for opens, closes in hours(date.fromordinal(_EPOCH_ORDINAL + day)):
                low, high = max(midnight + opens, begin), min(midnight + closes, until)
                if low < high:
                    yield low, high


def _constant_offsets(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, seconds ahead of UTC) covering [start, end), ascending.

    One look a day is enough: no zone has ever changed its offset twice within three days.
    """
    if start >= end:
        return
    begin, offset = start, _offset(zone, start)
    for seen in range(start, end, DAY):
        then = min(seen + DAY, end)
        new = _offset(zone, then)
        if new != offset:
            change = _change(zone, seen, then, offset)
            yield begin, change, offset
            begin, offset = change, new
    if begin < end:
        yield begin, end, offset


def _change(zone: ZoneInfo, seen: int, then: int, offset: int) -> int:
    """Return the first second in (seen, then] whose offset is another."""
    later = range(seen + 1, then + 1)
    return later[bisect_left(later, True, key=lambda at: _offset(zone, at) != offset)]


def _offset(zone: ZoneInfo, at: int) -> int:
    ahead = (EPOCH + timedelta(seconds=at)).astimezone(zone).utcoffset()
    return ahead.days * DAY + ahead.seconds if ahead is not None else 0
