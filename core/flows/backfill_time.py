"""How long reading the past takes inside the part of the limits that it may use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from core.ports import Allowance, Work
from core.settings import Backfill, Connection

__all__ = ["Lasts", "lasts"]

HOUR = timedelta(hours=1)
BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Lasts:
    """One limit: so many calls, at so many an hour."""

    limit: str
    calls: int
    an_hour: float

    @property
    def time(self) -> timedelta:
        """How long the limit stretches the reading."""
        return timedelta(hours=self.calls / self.an_hour)


def lasts(work: Sequence[Work], limits: Sequence[Allowance], connection: Connection) -> list[Lasts]:
    """Return what each limit means for the backfill, the one that takes longest first."""
    part, budget = _part(connection.backfill), connection.budget
    share = 1.0 if budget.share is None else min(budget.share, 1.0)
    known = {each.name: each for each in limits}
    found: list[Lasts] = []
    for each in work:
        limit = known.get(each.limit)
        if limit is not None and each.calls:
            ours = max(1, int(limit.allowed * share + 1e-9))
            found.append(Lasts(each.limit, each.calls, ours * part * (HOUR / limit.per)))
    most = max((each.calls for each in work), default=0)
    if most and budget.calls and budget.per:
        found.append(Lasts(BUDGET, most, budget.calls * part * (HOUR / budget.per)))
    return sorted(found, key=lambda each: -each.time)


def _part(backfill: Backfill) -> float:
    """Return which part of the connection's calls the backfill has over a whole day."""
    inside = 0.0 if backfill.hours is None else _length(*backfill.hours) / timedelta(days=1)
    return backfill.share_in_hours * inside + backfill.share * (1 - inside)


def _length(start: time, end: time) -> timedelta:
    length = timedelta(hours=end.hour - start.hour, minutes=end.minute - start.minute)
    return length if length > timedelta() else length + timedelta(days=1)
