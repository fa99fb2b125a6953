"""Which share of the clocks of the past each candidate target would have kept."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["PERCENT", "Candidate", "Spread", "rounded_up", "spread"]

_MINUTE: Final = 60
_HOUR: Final = 3600

STEPS: Final = (
    *(minutes * _MINUTE for minutes in (5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 4, 8, 16, 24, 40, 80, 120, 160, 240, 320, 480)),
)
"""Targets that people use, in seconds of open time: from minutes to a quarter of a year of forty hours a week."""

PERCENT: Final = (80, 90, 95)
"""Shares for which the least target is looked for."""

_GRAIN: Final = ((_HOUR, 5 * _MINUTE), (4 * _HOUR, 15 * _MINUTE), (8 * _HOUR, 30 * _MINUTE), (40 * _HOUR, _HOUR))
"""Up to how long a target is told how finely; beyond, in half days of four hours."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target and what it would have come to.

    met: finished in time. missed: finished late, or still going and late already. undecided: going, in time so far.
    """

    seconds: int
    met: int
    missed: int
    undecided: int

    @property
    def attained(self) -> float | None:
        """The share, 0 to 1, of those that are decided; None: none is."""
        return self.met / (self.met + self.missed) if self.met + self.missed else None


@dataclass(frozen=True, slots=True)
class Spread:
    """How long clocks took. finished, going: how many.

    candidates: ascending; from the last step that none was finished within to the first that all were.
    enough: by percent, the least target in sensible steps that at least so many of the decided clocks would have kept;
        absent where no target would have.
    """

    finished: int
    going: int
    candidates: Sequence[Candidate]
    enough: dict[int, Candidate]


def spread(finished: Iterable[int], going: Iterable[int] = ()) -> Spread:
    """Return what each candidate target would have come to.

    finished, going: seconds of open time that each clock took, or has taken so far, in any order.
    """
    over, running = sorted(finished), sorted(going)
    steps = [_candidate(over, running, seconds) for seconds in STEPS]
    first = max((at for at, one in enumerate(steps) if not one.met), default=0)
    last = next((at for at, one in enumerate(steps) if one.met == len(over)), len(steps) - 1)
    enough: dict[int, Candidate] = {}
    for percent in PERCENT:
        found = _enough(over, running, percent)
        if found is not None:
            enough[percent] = found
    return Spread(len(over), len(running), steps[min(first, last) : last + 1], enough)


def rounded_up(seconds: int) -> int:
    """Return the next target that a person would write down."""
    grain = next((grain for limit, grain in _GRAIN if seconds <= limit), 4 * _HOUR)
    return max(-(-seconds // grain), 1) * grain


def _candidate(over: Sequence[int], running: Sequence[int], seconds: int) -> Candidate:
    met, undecided = bisect_right(over, seconds), bisect_right(running, seconds)
    return Candidate(seconds, met, len(over) - met + len(running) - undecided, undecided)


def _enough(over: Sequence[int], running: Sequence[int], percent: int) -> Candidate | None:
    """Return the least target: the share only grows with the target, so that the times that were taken are searched."""
    low, high = 0, len(over)
    while low < high:
        middle = (low + high) // 2
        if _keeps(_candidate(over, running, over[middle]), percent):
            high = middle
        else:
            low = middle + 1
    return _candidate(over, running, rounded_up(over[low])) if low < len(over) else None


def _keeps(one: Candidate, percent: int) -> bool:
    return one.met * 100 >= percent * (one.met + one.missed)
