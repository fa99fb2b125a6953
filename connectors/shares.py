"""Who may have how much of a connection's calls: what is kept for the urgent, and what the others get at most."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.ports import Purpose

__all__ = ["CENSUS_PART", "SHARES", "Shares"]

URGENCY = tuple(Purpose)
"""Most urgent first, as they are declared."""

CENSUS_PART = 0.1


@dataclass(frozen=True, slots=True)
class Shares:
    """Which part of a limit is kept for a purpose while it does not use it; those less urgent leave it alone.

    All else is lent to whoever asks first, and the more urgent may also borrow what is kept for the less urgent: writes
    may have everything. So a purpose that has used less than is kept for it waits for nobody less urgent.
    """

    kept: Mapping[Purpose, float]

    def kept_from(self, purpose: Purpose, allowed: int) -> Mapping[Purpose, int]:
        """Return how many of `allowed` calls each more urgent purpose has for itself, together fewer than all.

        Of very few calls each gets one, the more urgent first, so that one is left for those who come last.
        """
        calls: dict[Purpose, int] = {}
        left = allowed - 1
        for each in URGENCY[: URGENCY.index(purpose)]:
            part = self.kept.get(each, 0.0)
            mine = min(left, max(1, int(allowed * part))) if part else 0
            left -= mine
            if mine:
                calls[each] = mine
        return calls


SHARES = Shares({Purpose.WRITES: 0.2, Purpose.HINTS: 0.1})
