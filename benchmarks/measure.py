"""Medians of several runs, taken in turns so that a busy machine slows all of them alike; and tables of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

__all__ = ["Result", "Table", "Work", "medians", "rates"]

Work: TypeAlias = Callable[[int], None]
"""Does the work of one run, given its number from 0."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page. name: its mark there. head: the columns; all but the first hold numbers.

    lasting: so costly to measure that a smaller run of it does not replace it on the page.
    """

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    lasting: bool = False

    def markdown(self) -> str:
        """Return the table as the page shows it."""
        rule = ("---", *("---:" for _ in self.head[1:]))
        return "".join(f"| {' | '.join(row)} |\n" for row in (self.head, rule, *self.rows))


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table of rates. rate, bound: units a second.

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


def rates(name: str, measured: Sequence[Result]) -> Table:
    """Return results as a table."""
    head = ("What", "A second", "Beside it", "A second", "Time against it", "Clock")
    rows = [
        (
            each.what,
            f"{each.rate:,.0f} {each.unit}",
            each.bound_is,
            f"{each.bound:,.0f}",
            f"{each.ratio:.3g}",
            each.clock,
        )
        for each in measured
    ]
    return Table(name, head, rows)


def medians(works: Mapping[str, Work], runs: int, clock: Callable[[], float] = time.process_time) -> dict[str, float]:
    """Return the median seconds of each work over its runs; each has had one run before that nobody counts."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for run in range(runs + 1):
        for name, work in works.items():
            began = clock()
            work(run)
            seconds[name].append(clock() - began)
    return {name: median(each[1:]) for name, each in seconds.items()}
