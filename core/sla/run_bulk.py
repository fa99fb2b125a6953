"""The automaton compiled: the same functions by Numba, over whole histories at once; never in the daemon."""

from types import FunctionType, ModuleType
from typing import Any, TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

from core.sla import run as plain

__all__ = ["Integers", "run_bulk"]

Integers: TypeAlias = NDArray[np.int64]


def _compiled(module: ModuleType, *names: str) -> dict[str, Any]:
    """Return a module's globals with these functions compiled, each calling the compiled ones before it."""
    world = dict(vars(module))
    for name in names:
        function = FunctionType(world[name].__code__, world, name)
        world[name] = numba.njit(function)
    return world


_trace: Any = _compiled(plain, "_level", "_leading", "_wanted", "_following", "trace")["trace"]


def _every(
    at: Integers, masks: Integers, bounds: Integers, now: int, reopen: int, recurs: bool
) -> tuple[Integers, Integers]:
    # A clock begins, ends or starts anew in a row: there are no more stretches or cycles than twice as many.
    most = 2 * len(at) + len(bounds)
    stretches = np.empty((most, 5), dtype=np.int64)
    cycles = np.empty((most, 7), dtype=np.int64)
    told = lives = 0
    for clock in range(len(bounds) - 1):
        first, last, begun = bounds[clock], bounds[clock + 1], told
        pieces, traced = _trace(masks[first:last], reopen, recurs)
        for row, stop, counts in pieces:
            end = now if first + stop == last else at[first + stop]
            stretches[told] = (clock, at[first + row], end, int(counts), row)
            told += 1
        for start, end, state, begin, finish, maybe in traced:
            cycles[lives] = (clock, start, end, state, begun + begin, begun + finish, maybe)
            lives += 1
    return stretches[:told], cycles[:lives]


_compiled_every: Any = numba.njit(_every)


def run_bulk(
    at: Integers, masks: Integers, bounds: Integers, now: int, reopen: int, *, recurs: bool = False
) -> tuple[Integers, Integers]:
    """Return what `run` says of many clocks of one kind.

    at, masks: the rows of all clocks, one after the other. bounds: where each begins, and the end of the last.
    Returns: stretches (clock, start, end, counts, row) and cycles (clock, first, last, state, its first stretch, the
        one after its last, the row that might have ended it), both in order; a row counts from its clock's first one.
    """
    found: tuple[Integers, Integers] = _compiled_every(at, masks, bounds, now, reopen, recurs)
    return found
