"""A ledger's lines as people read them: nights and weekends taken together, long runs of them folded."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from core.calendar import Calendar
from core.calendar.instants import SECOND
from core.sla.closures import Closure
from core.sla.ledger import Derivation
from core.sla.lines import Line, Why
from core.tickets import Status

__all__ = ["Closing", "Row", "folded", "seconds_of"]

Closing: TypeAlias = Literal["night", "weekend", "day", "break", "hours"]
"""What a closing is that has no name: overnight, Saturday and Sunday, another day without hours, between two openings
of one day, hours of that date alone."""


_ORDER: Final[tuple[Closing, ...]] = ("break", "night", "weekend", "day", "hours")
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that are read as one. Amounts are seconds, down to the microsecond.

    open: it holds open time. closings: the closings within it, by kind. named: names of those within it.
    elapsed: what it adds to the clock's time. paused: open time in it that does not count. length: on the wall.
    late: it lies after the due instant. row: the event that brought it about.
    """

    start: datetime
    stop: datetime
    counted: bool
    why: Why
    status: Status | None
    open: bool
    closings: tuple[tuple[Closing, int], ...]
    named: tuple[str, ...]
    elapsed: float
    paused: float
    total: float
    forecast: bool
    late: bool
    row: int

    @property
    def length(self) -> float:
        return (self.stop - self.start).total_seconds()


def seconds_of(amount: int) -> float:
    """Return microseconds as seconds: whole ones as such."""
    return amount // SECOND if amount % SECOND == 0 else amount / SECOND


def folded(one: Derivation, due: datetime | None, longest: int) -> list[Row]:
    """Return the rows of a ledger in order; they cover what its lines cover.

    longest: how many rows a stretch without an event may have before all between its first and its last are one.
        1: each is one row. A pause always is, and so is what would have come after the end of a clock.
    """
    over = one.ending == "met"
    found: list[Row] = []
    for _, group in groupby(one.lines, key=lambda line: _run(line, due)):
        each = list(group)
        parts = [list(part) for _, part in groupby(each, key=lambda line: line.closed is None)]
        if longest == 1 or not each[0].counted or (over and each[0].forecast):
            parts = [each]
        elif len(parts) > longest:
            parts = [parts[0], [line for part in parts[1:-1] for line in part], parts[-1]]
        late = due is not None and each[0].start >= due
        found += [_row(part, one.calendars, late=late) for part in parts]
    return found


def _run(line: Line, due: datetime | None) -> tuple[object, ...]:
    """Return what has to be the same for lines to be read as one."""
    return line.counted, line.why, line.status, line.forecast, due is not None and line.start >= due


def _row(lines: Sequence[Line], calendars: Mapping[str, Calendar], *, late: bool) -> Row:
    first, last = lines[0], lines[-1]
    closed = [list(part) for shut, part in groupby(lines, key=lambda line: line.closed is not None) if shut]
    kinds = Counter[Closing](kind for each in closed for kind in _kinds(each, calendars))
    return Row(
        start=first.start,
        stop=last.stop,
        counted=first.counted,
        why=first.why,
        status=first.status,
        open=any(line.closed is None for line in lines),
        closings=tuple((kind, kinds[kind]) for kind in _ORDER if kinds[kind]),
        named=tuple(dict.fromkeys(line.name for line in lines if line.closed is Closure.NAMED)),
        elapsed=seconds_of(sum(line.elapsed for line in lines)),
        paused=seconds_of(sum(line.paused for line in lines)),
        total=seconds_of(last.total),
        forecast=first.forecast,
        late=late,
        row=first.row,
    )


def _kinds(closing: Sequence[Line], calendars: Mapping[str, Calendar]) -> Iterator[Closing]:
    """Yield what one closing is: a weekend with the nights around it is a weekend."""
    zone = ZoneInfo(calendars[closing[0].calendar].timezone)
    whole = [line for line in closing if line.closed is Closure.DAY]
    if whole:
        for line in whole:
            weekend = line.start.astimezone(zone).weekday() >= _SATURDAY
            yield "weekend" if weekend else "day"
    elif any(line.closed is Closure.DATE for line in closing):
        yield "hours"
    elif not any(line.closed is Closure.NAMED for line in closing):
        start, stop = (at.astimezone(zone) for at in (closing[0].start, closing[-1].stop))
        yield "break" if start.date() == stop.date() else "night"
