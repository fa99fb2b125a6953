"""Why a calendar is closed: a stretch of time cut at its openings and closings, each closed piece with its reason."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.calendar import Calendar, Spans
from core.calendar.instants import SECOND, from_us, to_us

__all__ = ["Closure", "Piece", "pieces"]


class Closure(StrEnum):
    """hours: outside of the day's opening hours. day: a weekday without any. date: that date has hours of its own.

    named: a holiday, or a day or hours that are closed under a name.
    """

    HOURS = "hours"
    DAY = "day"
    DATE = "date"
    NAMED = "named"


class Piece(NamedTuple):
    """Start and end (half-open, microseconds). closed: None while open. name: under which it is closed."""

    start: int
    stop: int
    closed: Closure | None = None
    name: str = ""


def pieces(calendar: Calendar, start: int, stop: int) -> Iterator[Piece]:
    """Yield [start, stop) in pieces that are open, or closed for one reason; ascending, without gaps."""
    reached = start
    for opens, closes in calendar.spans_us(start, stop):
        yield from _closed(calendar, reached, opens)
        yield Piece(opens, closes)
        reached = closes
    yield from _closed(calendar, reached, stop)


def _closed(calendar: Calendar, start: int, stop: int) -> Iterator[Piece]:
    """Yield a closed stretch cut where the reason becomes another."""
    zone = ZoneInfo(calendar.timezone)
    held: Piece | None = None
    while start < stop:
        day = from_us(start).astimezone(zone).date()
        end = min(stop, _end_of(day, zone, start))
        piece = Piece(start, end, *_reason(calendar, day, start, end))
        if held is not None and held[2:] == piece[2:]:
            piece = piece._replace(start=held.start)
        elif held is not None:
            yield held
        held, start = piece, end
    if held is not None:
        yield held


def _end_of(day: date, zone: ZoneInfo, after: int) -> int:
    """Return when the next local date begins; an hour on where a clock change makes that hard to say."""
    try:
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    except OverflowError:
        return after + 3600 * SECOND
    found = [at for fold in (0, 1) if (at := to_us(midnight.replace(fold=fold))) > after]
    return min(found, default=after + 3600 * SECOND)


def _reason(calendar: Calendar, day: date, start: int, end: int) -> tuple[Closure, str]:
    """Say why it is closed within a local date."""
    for closing in calendar.closings:
        if closing.on == day and (closing.hours is None or _meets(calendar, closing.hours, start, end)):
            return Closure.NAMED, closing.name
    if day in calendar.holidays:
        return Closure.NAMED, calendar.holidays[day]
    if day in calendar.shifts or day in calendar.breaks:
        return Closure.DATE, ""
    return (Closure.HOURS if calendar.usual_hours(day) else Closure.DAY), ""


def _meets(calendar: Calendar, hours: Spans, start: int, end: int) -> bool:
    """Tell whether some of these hours of a day lie in a stretch within it."""
    zone = ZoneInfo(calendar.timezone)
    opens, last = (from_us(at).astimezone(zone).time() for at in (start, end - 1))
    first, final = (at.hour * 3600 + at.minute * 60 + at.second for at in (opens, last))
    return any(begin <= final and first < stop for begin, stop in hours)
