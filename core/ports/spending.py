"""The calls of all processes that work on one connection, counted in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Bound", "Spending"]


@dataclass(frozen=True, slots=True)
class Bound:
    """At most so many calls in any stretch of `span` seconds. name: of the limit, one of the connection's."""

    name: str
    calls: int
    span: float


class Spending(Protocol):
    """Counts calls against bounds; what was counted outlives the process that made the call."""

    def take(self, bounds: Sequence[Bound]) -> float:
        """Count one call against all bounds and return 0.0; or count nothing, and return the seconds to wait."""
        ...

    def note(self, bounds: Sequence[Bound]) -> None:
        """Count one call that was made without asking."""
        ...

    def totals(self) -> Mapping[str, int]:
        """Return how many calls the source has said that each of its limits allows, where it has."""
        ...

    def told(self, name: str, calls: int) -> None:
        """Keep that the source has said so of a limit."""
        ...
