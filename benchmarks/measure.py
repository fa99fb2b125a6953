"""Medians of several runs, taken in turns so that a busy machine slows all of them alike."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

__all__ = ["Result", "Work", "medians"]

Work: TypeAlias = Callable[[int], None]
"""Does the work of one run, given its number from 0."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. rate, bound: units a second.

    bound_is: what was measured beside it. clock: `cpu` of this process, or `wall` where another one works too.
    """

    what: str
    unit: str
    rate: float
    bound_is: str
    bound: float
    clock: str = "cpu"

    @property
    def ratio(self) -> float:
        """How many times the bound's time it takes; below one: it is the quicker of the two."""
        return self.bound / self.rate


def medians(works: Mapping[str, Work], runs: int, clock: Callable[[], float] = time.process_time) -> dict[str, float]:
    """Return the median seconds of each work over its runs; each has had one run before that nobody counts."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for run in range(runs + 1):
        for name, work in works.items():
            began = clock()
            work(run)
            seconds[name].append(clock() - began)
    return {name: median(each[1:]) for name, each in seconds.items()}
