"""A clock's life drawn to scale: what each cell of a line stands for, and where its marks are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from core.sla.ledger import Derivation
from core.sla.lines import Line, Why

__all__ = ["Shade", "Strip", "shade", "shade_of", "strip"]


class Shade(StrEnum):
    """What a piece of the line looks like. ahead: it would count, and has not come."""

    RUNNING = "running"
    LATE = "late"
    PAUSED = "paused"
    RESOLVED = "resolved"
    CLOSED = "closed"
    AHEAD = "ahead"


_NEARLY: Final = 0.8


class Stands(Protocol):
    """A line, or a row of lines that are read as one."""

    @property
    def counted(self) -> bool: ...
    @property
    def why(self) -> Why: ...
    @property
    def forecast(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Strip:
    """The cells of a line from `start` to `stop`."""

    start: datetime
    stop: datetime
    cells: tuple[Shade, ...]

    def place(self, at: datetime) -> int:
        """Return the cell in which an instant lies; the last one for what comes after."""
        share = (at - self.start) / (self.stop - self.start)
        return max(0, min(len(self.cells) - 1, int(share * len(self.cells))))


def shade(line: Line, due: datetime | None) -> Shade:
    """Return what a line looks like."""
    return shade_of(line, open_=line.closed is None, late=due is not None and line.start >= due)


def shade_of(what: Stands, *, open_: bool, late: bool) -> Shade:
    """Return what a line or a row of the ledger looks like."""
    if not what.counted:
        return Shade.RESOLVED if what.why is Why.RESOLVED else Shade.PAUSED
    if not open_:
        return Shade.CLOSED
    if what.forecast:
        return Shade.AHEAD
    return Shade.LATE if late else Shade.RUNNING


def strip(one: Derivation, due: datetime | None, width: int) -> Strip | None:
    """Return the line in so many cells, each of what fills most of it; None for a clock without length."""
    if not one.lines:
        return None
    start, stop = one.lines[0].start, one.lines[-1].stop
    step = (stop - start) / width
    cells: list[Shade] = []
    first = 0
    for cell in range(width):
        begin, end = start + cell * step, start + (cell + 1) * step
        while first + 1 < len(one.lines) and one.lines[first].stop <= begin:
            first += 1
        cells.append(_most(one.lines, first, begin, end, due))
    return Strip(start, stop, tuple(cells))


def _most(lines: Sequence[Line], first: int, begin: datetime, end: datetime, due: datetime | None) -> Shade:
    """Return the shade that fills most of a cell; it is closed only where nearly all of it is.

    Where a cell is as long as a day, the nights would hide what counts otherwise.
    """
    lengths: dict[Shade, float] = {}
    for line in lines[first:]:
        if line.start >= end:
            break
        overlap = (min(line.stop, end) - max(line.start, begin)).total_seconds()
        kind = shade(line, due)
        lengths[kind] = lengths.get(kind, 0.0) + max(overlap, 0.0)
    open_ = {kind: length for kind, length in lengths.items() if kind is not Shade.CLOSED and length > 0}
    if not open_ or lengths.get(Shade.CLOSED, 0.0) > _NEARLY * sum(lengths.values()):
        return Shade.CLOSED
    return max(open_, key=lambda kind: open_[kind])
