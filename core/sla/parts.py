"""Whose time a clock has used: its stretches cut where the ticket goes from team to team."""

from collections.abc import Iterator
from typing import NamedTuple

from core.calendar.instants import SECOND
from core.sla.clocks import by_row, measured, stretches_of
from core.sla.count import spent
from core.sla.found import Found
from core.sla.program import Program
from core.sla.timeline import Timeline

__all__ = ["Part", "parts"]


class Part(NamedTuple):
    """A team's share of a clock. team: None for time that nobody owned, which is unattributed.

    Who owns a ticket is read where some policy asks for it: with an operational agreement it always is.

    start, end: microseconds since 1970 UTC, half-open. seconds: clock time; below zero where a pause is owed by the
        wall clock, as in the clock itself.
    """

    team: str | None
    start: int
    end: int
    seconds: int


def parts(found: Found, program: Program, rows: Timeline, now: int) -> tuple[Part, ...]:
    """Return the shares in the order of time, one for each time that a team has the ticket.

    They add up to the clock's elapsed seconds, and cover its life without a gap. Nothing for a clock without a life, or
    of which nobody can say how it stands.
    """
    shares: list[Part] = []
    used = told = 0
    for team, start, end, time in _pieces(found, program, rows, now):
        begun = start
        if shares and shares[-1].team == team:
            begun = shares[-1].start
            told -= shares.pop().seconds
        used += time
        # Whole seconds up to here less those of the shares before: what is rounded off goes to the next one.
        shares.append(Part(team, begun, end, used // SECOND - told))
        told = used // SECOND
    return tuple(shares)


def _pieces(found: Found, program: Program, rows: Timeline, now: int) -> Iterator[tuple[str | None, int, int, int]]:
    """Yield team, start, end and clock time in microseconds of what lies between two rows."""
    figures = measured(found, program, rows, now)
    if figures is None:
        return
    wall, breached_at = found.plan.metric.pause_accounting == "wall_clock", figures.counted.breached_at
    stretches, _, calendars = stretches_of(found, program, rows, now)
    for stretch, calendar in zip(stretches, calendars, strict=False):
        for start, end, counted, row in by_row([stretch], rows.at):
            if start == end:
                continue
            owed = wall and (breached_at is None or stretch[0] < breached_at)
            time = spent(calendar.elapsed_us(start, end), end - start, counted=counted, owed=owed)
            yield rows.combinations[row].team, start, end, time
