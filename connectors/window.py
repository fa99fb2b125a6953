"""One limit of a source as it stands: a sliding window over the calls of each purpose."""

import heapq
import math
from collections import deque
from dataclasses import dataclass, field

from connectors.buckets import Bucket, Told, whole
from connectors.shares import Shares
from core.ports import Purpose

__all__ = ["Window"]

RESERVE = 0.1  # of a limit is left to the others when they use much of it


@dataclass(slots=True)
class Window:
    """One bucket as it stands. `spent`: when calls of each purpose were made, ascending; `last`: the latest ever.

    remaining, ours: what the source said last is left, and how many calls were ours when it did.
    """

    bucket: Bucket
    share: float
    published: bool
    total: int
    span: float
    closed_until: float = -math.inf
    remaining: int | None = None
    ours: int = 0
    spent: dict[Purpose, deque[float]] = field(default_factory=dict[Purpose, deque[float]])
    last: dict[Purpose, float] = field(default_factory=dict[Purpose, float])

    def allowed(self) -> int:
        return max(1, int(self.total * self.share + 1e-9))

    def used(self, now: float) -> int:
        self._forget(now)
        return sum(len(times) for times in self.spent.values())

    def ready(self, purpose: Purpose, part: float, shares: Shares, now: float) -> float:
        """Return the instant from which one more call for `purpose` is inside the limit and takes from nobody."""
        self._forget(now)
        return max(self.closed_until, self._within(purpose, part), self._room(purpose, shares))

    def _within(self, purpose: Purpose, part: float) -> float:
        """Return the instant from which one more call is inside the purpose's own part."""
        mine = self.allowed() * part
        if part >= 1:
            return -math.inf
        if mine < 1:  # one call in a longer stretch
            return self.last.get(purpose, -math.inf) + self.span / mine
        times = self.spent.get(purpose, ())
        return times[-int(mine)] + self.span if len(times) >= int(mine) else -math.inf

    def _room(self, purpose: Purpose, shares: Shares) -> float:
        """Return the instant from which one more call leaves to each more urgent purpose what is kept for it."""
        kept = {
            each: calls
            for each, calls in shares.kept_from(purpose, self.allowed()).items()
            if whole(self.bucket) or each in self.last
        }
        counts = {each: len(self.spent.get(each, ())) for each in {*kept, *self.spent}}
        over = sum(max(count, kept.get(each, 0)) for each, count in counts.items()) - self.allowed() + 1
        if over <= 0:
            return -math.inf
        for at, each in heapq.merge(*([(at, each) for at in times] for each, times in self.spent.items())):
            counts[each] -= 1
            over -= counts[each] >= kept.get(each, 0)
            if over <= 0:
                return at + self.span
        return math.inf

    def spend(self, purpose: Purpose, now: float) -> None:
        self._forget(now)
        self.spent.setdefault(purpose, deque()).append(now)
        self.last[purpose] = now

    def _forget(self, now: float) -> None:
        for times in self.spent.values():
            while times and times[0] + self.span <= now:
                times.popleft()

    def learn(self, told: Told, now: float) -> None:
        """Take over the source's count, and step back when others have left little of it."""
        if told.total:
            self.total = told.total
        if told.remaining is not None:
            self.remaining, self.ours = told.remaining, self.used(now)
        if told.remaining is not None and told.remaining <= int(self.total * min(RESERVE, 1 - self.share)):
            self.close(now + (self.span if told.resets is None else told.resets))

    def close(self, until: float) -> None:
        self.closed_until = max(self.closed_until, until)
