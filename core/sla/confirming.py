"""Which breaches hold whatever else turns up: those that follow from what was before the horizon alone."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from core.sla.clocks import id_of, measured
from core.sla.found import find
from core.sla.program import Program
from core.sla.timeline import Timeline
from core.sla.verdict import Clock, ClockId

__all__ = ["confirmed_alone"]


def confirmed_alone(clocks: Sequence[Clock], program: Program, rows: Timeline, horizon: int | None) -> list[Clock]:
    """Return the clocks; breaches that need an event from behind the horizon are not confirmed.

    A raised priority makes a clock due in the past. As long as something from before that event may turn up, that
    clock may have been over by then.
    """
    if horizon is None or not rows.at or rows.at[-1] < horizon:
        return [*clocks]
    if not any(clock.confirmed and clock.breached for clock in clocks):
        return [*clocks]
    held = _held(program, rows, horizon)
    return [
        replace(clock, confirmed=False) if clock.confirmed and clock.breached and clock.id not in held else clock
        for clock in clocks
    ]


def _held(program: Program, rows: Timeline, horizon: int) -> frozenset[ClockId]:
    """Return the clocks that are in breach at the horizon."""
    known = bisect_left(rows.at, horizon)
    if not known:
        return frozenset()
    part = rows._replace(
        at=rows.at[:known],
        instants=rows.instants[:known],
        views=rows.views[:known],
        combinations=rows.combinations[:known],
        ids=rows.ids[:known],
        happened=[(row, bits) for row, bits in rows.happened if row < known],
        left=None if rows.left is None or rows.left >= known else rows.left,
    )
    figures = ((found, measured(found, program, part, horizon)) for found in find(program, part, horizon))
    return frozenset(
        id_of(found, part)
        for found, measures in figures
        if measures is not None and measures.counted.breached_at is not None
    )
