"""The automaton: rows of integers in, cycles of counted and uncounted stretches out.

It knows no field, no helpdesk and no calendar. Instants are microseconds since 1970 UTC.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

__all__ = [
    "CANCELLED",
    "ENDED",
    "ENDS",
    "EXCLUDING",
    "GONE",
    "INCLUDING",
    "MAYBE",
    "PAUSED",
    "PAUSES",
    "RESTART",
    "RUNNING",
    "STOPPED",
    "STOPS",
    "UNCLEAR",
    "UNKNOWN",
    "UNMATCHED",
    "Cycle",
    "Stretch",
    "run",
]

PAUSES: Final = 1
"""The clock stands still from this row on."""
STOPS: Final = 2
"""The clock is completed while this is set; leaving it is a reopening."""
GONE: Final = 4
"""The ticket is cancelled, deleted or out of sight while this is set."""
UNCLEAR: Final = 8
"""Nobody can say what the clock does from this row on."""
UNMATCHED: Final = 16
"""The clock's start condition does not hold."""
ENDS: Final = 32
"""Something in this row completes the clock for good."""
MAYBE: Final = 64
"""Something in this row might complete the clock; it is not known yet."""

EXCLUDING: Final = 0
INCLUDING: Final = 1
RESTART: Final = 2

WAITING: Final = 0
RUNNING: Final = 1
PAUSED: Final = 2
STOPPED: Final = 3
CANCELLED: Final = 4
ENDED: Final = 5
UNKNOWN: Final = 6

Stretch: TypeAlias = tuple[int, int, bool, int]
"""Start and end (half-open), whether it counts or is a pause, and the row that holds in it."""


class Cycle(NamedTuple):
    """One clock's life. The last stretch of a running or paused one ends at the judged instant.

    first, last: the rows that started it and brought it into `state`.
    maybe: the instant of the first row that might have completed it; None: there is none.
    """

    first: int
    last: int
    state: int
    stretches: list[Stretch]
    maybe: int | None


def run(at: Sequence[int], masks: Sequence[int], now: int, reopen: int, every_row: bool) -> list[Cycle]:
    """Return the cycles of one clock, in order; all but the last are completed.

    at: ascending, may repeat; none after `now`. masks: bits as above, one entry for each row.
    every_row: begin a stretch at every row, so that each can be measured by a calendar of its own.
    """
    cycles: list[Cycle] = []
    stretches: list[Stretch] = []
    gap: list[Stretch] = []
    maybe: int | None = None
    state, first, last, since, held = WAITING, 0, 0, 0, 0
    for row, mask in enumerate(masks):
        wanted = _wanted(state, mask, reopen) if mask else RUNNING
        instant = at[row]
        if wanted != state or (every_row and RUNNING <= state <= STOPPED):
            if state == WAITING:
                first, stretches, maybe = row, [], None
            elif state != STOPPED:
                stretches.append((since, instant, state == RUNNING, held))
            else:
                gap.append((since, instant, reopen == INCLUDING, held))
                if wanted != STOPPED and reopen == RESTART:
                    cycles.append(Cycle(first, last, STOPPED, stretches, maybe))
                    first, stretches, maybe = row, [], None
                elif wanted != STOPPED:
                    stretches += gap
            if wanted != state:
                last, gap = row, []
            state, since, held = wanted, instant, row
            if state >= ENDED:
                break
        if mask & MAYBE and maybe is None and RUNNING <= state <= PAUSED:
            maybe = instant
    if RUNNING <= state <= PAUSED:
        stretches.append((since, now, state == RUNNING, held))
    if state != WAITING:
        cycles.append(Cycle(first, last, state, stretches, maybe))
    return cycles


def _wanted(state: int, mask: int, reopen: int) -> int:
    """Return the state that a row with some bit leads to. Ending beats everything, stopping beats pausing."""
    if mask & UNMATCHED:
        return STOPPED if state == STOPPED else WAITING
    if state == STOPPED and (mask & (STOPS | GONE) or (mask & UNCLEAR and reopen == RESTART)):
        return STOPPED
    if mask & ENDS and not (state == CANCELLED and mask & GONE):
        return ENDED
    return _level(mask)


def _level(mask: int) -> int:
    if mask & UNCLEAR:
        return UNKNOWN
    if mask & STOPS:
        return STOPPED
    if mask & GONE:
        return CANCELLED
    return PAUSED if mask & PAUSES else RUNNING
