"""A clock's life as lines: each with whether it counted, why, and what the clock showed after it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from core.calendar import Calendar
from core.calendar.instants import from_us
from core.sla.closures import Closure, pieces
from core.sla.count import spent
from core.sla.plans import AWAY, HIDDEN
from core.sla.policy import Metric, MetricKind, StatusPattern
from core.sla.run import Stretch
from core.sla.timeline import Timeline
from core.tickets import Phase, Status

__all__ = ["Line", "Spell", "Why", "lines", "spells"]


class Why(StrEnum):
    """What a clock does in a stretch, and by what.

    status: it stands still in this status. condition: its pause condition holds. gone: the ticket itself is not there.
    """

    RUNNING = "running"
    STATUS = "status"
    CONDITION = "condition"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    OUT_OF_SCOPE = "out_of_scope"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of a clock's life, half-open. Amounts are microseconds.

    counted: open time counts here; only `resolved` may be counted or not. status: the ticket's; None while it runs.
    closed: why the calendar is closed; None while it is open. name: under which it is.
    row: the event that brought it about, as a row of the timeline.
    elapsed: what it adds to the clock's time; below zero where a pause is owed by the wall clock.
    paused: open time in a pause. total: the clock's time after it.
    forecast: it lies ahead: what comes if nothing else happens; or, of a clock that was met, what would have come.
    """

    start: datetime
    stop: datetime
    counted: bool
    why: Why
    status: Status | None
    calendar: str
    closed: Closure | None
    name: str
    elapsed: int
    paused: int
    total: int
    row: int
    forecast: bool = False


class Spell(NamedTuple):
    """A stretch in which one thing holds; microseconds.

    row: with which it began. status: None while it runs. owed: a pause that takes its whole length, open or not.
    """

    start: int
    stop: int
    counted: bool
    row: int
    why: Why
    status: Status | None
    calendar: Calendar
    owed: bool = False
    forecast: bool = False


def spells(
    stretches: Sequence[Stretch], calendar: Callable[[int], Calendar], metric: Metric, rows: Timeline
) -> Iterator[Spell]:
    """Yield the stretches cut wherever the reason becomes another, and joined where only its event does.

    Several events of one instant leave spells without length.
    calendar: that of a row.
    """
    edges = dict[int, int]()
    for row, happened in rows.happened:
        edges[row] = edges.get(row, 0) | happened
    held: Spell | None = None
    for spell in _cut(stretches, calendar, metric, rows, edges):
        if held is not None and held[2:3] + held[4:] == spell[2:3] + spell[4:] and held.stop == spell.start:
            held = held._replace(stop=spell.stop)
            continue
        if held is not None:
            yield held
        held = spell
    if held is not None:
        yield held


def _cut(
    stretches: Sequence[Stretch],
    calendar: Callable[[int], Calendar],
    metric: Metric,
    rows: Timeline,
    edges: dict[int, int],
) -> Iterator[Spell]:
    for start, stop, counted, first in stretches:
        held = [row for row in range(first, len(rows.at)) if row == first or start <= rows.at[row] < stop]
        bounds = [start, *(rows.at[row] for row in held[1:]), stop]
        for row, (begin, end) in zip(held, pairwise(bounds), strict=True):
            status = rows.views[row].status
            why = _why(metric, status, edges.get(row, 0), counted)
            yield Spell(begin, end, counted, row, why, None if why is Why.RUNNING else status, calendar(row))


def _why(metric: Metric, status: Status, edges: int, counted: bool) -> Why:
    if _among(status, metric.stop_in):
        return Why.RESOLVED
    if counted:
        return Why.RUNNING
    if edges & HIDDEN:
        return Why.GONE
    if edges & AWAY and not _among(status, metric.pause_in):
        return Why.OUT_OF_SCOPE
    if status.phase is Phase.CANCELLED and not _among(status, metric.pause_in):
        return Why.CANCELLED
    return Why.CONDITION if metric.kind is MetricKind.CUSTOM else Why.STATUS


def _among(status: Status, patterns: Iterable[StatusPattern]) -> bool:
    return any(each.phase is status.phase and each.wait_on in (None, status.wait_on) for each in patterns)


def lines(each: Iterable[Spell], cuts: Iterable[int]) -> Iterator[Line]:
    """Yield the lines of these spells with their running total.

    cuts: instants at which a line ends in any case, such as the due instant.
    """
    total = 0
    inside = sorted(set(cuts))
    for spell in each:
        bounds = [spell.start, *(at for at in inside if spell.start < at < spell.stop), spell.stop]
        for begin, end in pairwise(bounds):
            for start, stop, closed, name in pieces(spell.calendar, begin, end):
                open_time = 0 if closed is not None else stop - start
                elapsed = spent(open_time, stop - start, counted=spell.counted, owed=spell.owed)
                total += elapsed
                yield Line(
                    start=from_us(start),
                    stop=from_us(stop),
                    counted=spell.counted,
                    why=spell.why,
                    status=spell.status,
                    calendar=spell.calendar.name,
                    closed=closed,
                    name=name,
                    elapsed=elapsed,
                    paused=0 if spell.counted else open_time,
                    total=total,
                    row=spell.row,
                    forecast=spell.forecast,
                )
