"""The automaton: rows of integers in, cycles of counted and uncounted stretches out.

It knows no field, no helpdesk and no calendar. Instants are microseconds since 1970 UTC.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

__all__ = [
    "BEGINS",
    "CANCELLED",
    "CANCELS",
    "ENDED",
    "ENDS",
    "EXCLUDING",
    "GONE",
    "INCLUDING",
    "MAYBE",
    "MOVES",
    "PAUSED",
    "PAUSES",
    "RENEWS",
    "RESTART",
    "RUNNING",
    "STOPPED",
    "STOPS",
    "UNCLEAR",
    "UNKNOWN",
    "UNMATCHED",
    "VOID",
    "Cycle",
    "Piece",
    "Stretch",
    "Traced",
    "run",
    "trace",
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
BEGINS: Final = 128
"""Something in this row starts a cycle of a recurring clock, unless one is open."""
CANCELS: Final = 256
"""Ends an open cycle without result, and keeps one from beginning in this row."""
RENEWS: Final = 512
"""Ends an open cycle without result, and starts the next one in its place."""
MOVES: Final = 1024
"""An open cycle starts here instead of where it has started."""

EXCLUDING: Final = 0
INCLUDING: Final = 1
RESTART: Final = 2

OVER: Final = -1
WAITING: Final = 0
RUNNING: Final = 1
PAUSED: Final = 2
STOPPED: Final = 3
CANCELLED: Final = 4
UNKNOWN: Final = 5
ENDED: Final = 6
VOID: Final = 7
_MOVED: Final = 8

_AFRESH: Final = RENEWS | MOVES
_BARRED: Final = CANCELS | GONE

Stretch: TypeAlias = tuple[int, int, bool, int]
"""Start and end (half-open), whether it counts or is a pause, and the row that holds in it."""

Piece: TypeAlias = tuple[int, int, bool]
"""A stretch as rows: the one that holds in it, the one that ends it, whether it counts."""

Traced: TypeAlias = tuple[int, int, int, int, int, int]
"""A cycle: first and last row, state, its first piece and the one after its last, the row that might have ended it."""


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


def run(at: Sequence[int], masks: Sequence[int], now: int, reopen: int, *, recurs: bool = False) -> list[Cycle]:
    """Return the cycles of one clock, in order; all but the last are over.

    at: ascending, may repeat; none after `now`. masks: bits as above, one entry for each row.
    recurs: cycles start where something begins them, and others follow; else the one clock starts as soon as it can.
    """
    pieces, traced = _remembered(tuple(masks), reopen, recurs)
    marks = (*at, now)
    stretches = [(marks[start], marks[stop], counts, start) for start, stop, counts in pieces]
    return [
        Cycle(first, last, state, stretches[begin:end], None if maybe < 0 else marks[maybe])
        for first, last, state, begin, end, maybe in traced
    ]


def trace(masks: Sequence[int], reopen: int, recurs: bool) -> tuple[list[Piece], list[Traced]]:
    """Return every piece, and the cycles as places among them; of integers alone, so that it can be compiled.

    A piece that goes on to the judged instant ends with the row after the last.
    """
    pieces: list[Piece] = []
    cycles: list[Traced] = []
    state = WAITING
    first = last = held = begin = end = 0
    maybe = -1
    for row, mask in enumerate(masks):
        if not mask and (state == RUNNING or (recurs and state == WAITING)):
            continue
        wanted = _wanted(state, mask, reopen, recurs)
        if wanted != state:
            again = state == STOPPED and (reopen == RESTART or wanted == WAITING)
            if state != WAITING:
                pieces.append((held, row, state == RUNNING or (state == STOPPED and reopen == INCLUDING)))
            if again:
                cycles.append((first, last, STOPPED, begin, end, maybe))
            if again or state == WAITING:
                first, begin, maybe = row, len(pieces), -1
            state, last, held, end = wanted, row, row, len(pieces)
        if state >= ENDED:
            if state != _MOVED:
                cycles.append((first, row, state, begin, end, maybe))
            state = _following(state, mask, recurs)
            if state == OVER:
                break
            first, begin, maybe = row, end, -1
        if mask & MAYBE and maybe < 0 and RUNNING <= state <= PAUSED:
            maybe = row
    if RUNNING <= state <= PAUSED:
        pieces.append((held, len(masks), state == RUNNING))
        end = len(pieces)
    if state > WAITING:
        cycles.append((first, last, state, begin, end, maybe))
    return pieces, cycles


@lru_cache(maxsize=1 << 15)
def _remembered(masks: tuple[int, ...], reopen: int, recurs: bool) -> tuple[list[Piece], list[Traced]]:
    # Tickets differ in their instants more than in what happens to them: most lives have been seen before.
    return trace(masks, reopen, recurs)


def _wanted(state: int, mask: int, reopen: int, recurs: bool) -> int:
    """Return the state that a row leads to. Ending beats everything, stopping beats pausing."""
    if state in (OVER, UNKNOWN):
        return state
    if mask & UNMATCHED:
        return STOPPED if state == STOPPED else WAITING
    if state == WAITING and recurs:
        return _level(mask) if mask & BEGINS and not mask & _BARRED else WAITING
    if state == STOPPED and recurs and mask & ENDS:
        return WAITING
    if state == STOPPED and (mask & (STOPS | GONE) or (mask & UNCLEAR and reopen == RESTART)):
        return STOPPED
    return _leading(state, mask)


def _leading(state: int, mask: int) -> int:
    if mask & ENDS and not (state == CANCELLED and mask & GONE):
        return ENDED
    if mask & CANCELS:
        return VOID
    level = _level(mask)
    if mask & _AFRESH and RUNNING <= state <= PAUSED and RUNNING <= level <= PAUSED:
        return VOID if mask & RENEWS else _MOVED
    return level


def _following(state: int, mask: int, recurs: bool) -> int:
    """Return the state that comes after the end of a cycle, in the same row."""
    if state == _MOVED or (state == VOID and mask & RENEWS and not mask & CANCELS):
        return _level(mask)
    if not recurs:
        return OVER
    return _level(mask) if mask & BEGINS and not mask & _BARRED else WAITING


def _level(mask: int) -> int:
    if mask & UNCLEAR:
        return UNKNOWN
    if mask & STOPS:
        return STOPPED
    if mask & GONE:
        return CANCELLED
    return PAUSED if mask & PAUSES else RUNNING
