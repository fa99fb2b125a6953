"""How many clocks of a source agree with ours, and why the others do not: sums that add up over tickets."""

from collections import Counter
from dataclasses import dataclass, field

from core.sla.causes import Cause
from core.sla.parity import Beside

__all__ = ["SAMPLES", "Agreeing"]

SAMPLES = 5
"""Tickets that are named for each cause."""


@dataclass(slots=True)
class Agreeing:
    """What became of the clocks of one of the source's metrics.

    clocks: those with a target; causes: of those that do not agree. undecided: how many cannot be told yet, or at all.
    only_theirs: how many of them we have no clock for; only_ours: clocks of ours besides.
    """

    clocks: int = 0
    within_minute: int = 0
    undecided: int = 0
    only_theirs: int = 0
    only_ours: int = 0
    causes: Counter[Cause] = field(default_factory=Counter[Cause])
    samples: dict[Cause, list[str]] = field(default_factory=dict[Cause, list[str]])

    @property
    def share(self) -> float | None:
        """Return the share of theirs that agree within a minute among those of which it can be told; 0..1."""
        decided = self.clocks - self.undecided
        return self.within_minute / decided if decided else None

    def add(self, key: str, one: Beside) -> None:
        """Count a clock. key: of its ticket."""
        if one.theirs is None:
            self.only_ours += 1
            return
        self.clocks += 1
        self.within_minute += one.weighed.agrees is True
        self.undecided += one.weighed.agrees is None
        self.only_theirs += one.ours is None
        if one.cause is None:
            return
        self.causes[one.cause] += 1
        named = self.samples.setdefault(one.cause, [])
        if len(named) < SAMPLES and key not in named:
            named.append(key)
