"""A source that goes down is logged once, and once when it is back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Outage"]


@dataclass(frozen=True, slots=True)
class Outage:
    """How one source stands: up, or down since an instant. A value; each look at the source makes the next one."""

    since: datetime | None = None

    def down(self, at: datetime) -> tuple["Outage", bool]:
        """Return how it stands after a failure at `at`, and whether that is news."""
        return (self, False) if self.since is not None else (Outage(at), True)

    def up(self, at: datetime) -> tuple["Outage", timedelta | None]:
        """Return how it stands after a success at `at`, and how long it had been down if that is news."""
        return (self, None) if self.since is None else (Outage(), max(at - self.since, timedelta(0)))
