"""Keeps one connection inside its part of the source's call limits: sliding windows, one for each published limit."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from connectors.buckets import LONGEST, Bucket, number, retry_after, said, spelling, whole
from connectors.shares import Shares
from connectors.window import Window
from core.ports import Allowance, Bound, Purpose, Spending

__all__ = ["Limits"]

UNPUBLISHED = (600, timedelta(hours=1))  # where the source says nothing
CLOSED = 10.0  # seconds, after a 429 that names none
SHORTEST = 1.0  # seconds: sources are seen asking for none at all
HOUR = timedelta(hours=1)
STEP = 0.001  # seconds: no shorter wait is asked for, so that waiting always ends


class Limits:
    """What one connection may call, shared by all its threads and lanes.

    A call takes from every bucket that matches. Ours is `share` of each bucket's calls, at least one in
    its window (None: all of it); `rate` bounds all calls together besides. `shares` says what of it is whose; without
    any each call is as good as another. `spending` counts the calls of other processes, too. Safe in threads.
    Where answers name one of several hourly limits (`X-RateLimit-Rule`), each has a bucket of its own: calls like those
    that it was named for take from it, and no more from what may be asked of a source that says nothing.
    """

    def __init__(
        self,
        buckets: Sequence[Bucket],
        *,
        share: float | None = 0.25,
        rate: tuple[int, timedelta] | None = None,
        shares: Shares | None = None,
        spending: Spending | None = None,
        now: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = lambda: secrets.randbelow(1000) / 1000,
    ) -> None:
        self._now = now
        self._chance = chance
        self._shares = shares or Shares({})
        self._spending = spending
        self._lock = threading.Lock()
        self.share = 1.0 if share is None else min(share, 1.0)
        known = spending.totals() if spending is not None else dict[str, int]()
        self._windows = [
            Window(each, self.share, True, known.get(each.name, each.calls), each.per.total_seconds())
            for each in buckets
        ]
        self._bounded = False
        self._usual: Window | None = None
        self._rules = dict[str, Window]()
        self._ruled = dict[tuple[str, str], str]()
        if rate is not None:
            self._bound(rate)
        elif not any(whole(each) for each in buckets):
            self.unpublished()

    def unpublished(self) -> None:
        """Stay below what may be asked of a source that says nothing of its limits, unless a rate was given."""
        with self._lock:
            if not self._bounded:
                self._bound(UNPUBLISHED)
                self._usual = self._windows[-1]

    def _bound(self, rate: tuple[int, timedelta]) -> None:
        budget = Bucket("budget", *rate)
        self._windows.append(Window(budget, 1.0, False, budget.calls, budget.per.total_seconds()))
        self._bounded = True

    def take(self, method: str, path: str, purpose: Purpose = Purpose.LIVE, *, part: float = 1.0) -> float:
        """Take one call and return 0.0, or return the seconds to wait until it could be taken.

        part: of what is ours that this purpose may have at most.
        """
        if not 0 < part <= 1:
            raise ValueError(f"part must be above 0 and at most 1, got {part}")
        with self._lock:
            now = self._now()
            windows = list(self._matching(method, path))
            wait = max(window.ready(purpose, part, self._shares, now) for window in windows) - now
            if wait <= 0 and self._spending is not None:
                wait = self._spending.take([_bound(window) for window in windows])
            if wait > 0:
                return max(wait, STEP)
            for window in windows:
                window.spend(purpose, now)
            return 0.0

    def spend(self, method: str, path: str, purpose: Purpose = Purpose.LIVE) -> None:
        """Count a call that was made without asking."""
        with self._lock:
            now = self._now()
            windows = list(self._matching(method, path))
            if self._spending is not None:
                self._spending.note([_bound(window) for window in windows])
            for window in windows:
                window.spend(purpose, now)

    def heard(self, method: str, path: str, headers: Mapping[str, str], status: int) -> None:
        """Learn from an answer: its totals replace the defaults, and `Retry-After` closes the buckets concerned."""
        plain = {spelling(name): value for name, value in headers.items()}
        with self._lock:
            now = self._now()
            self._note(method, path, plain, status, now)
            windows = list(self._matching(method, path))
            left = dict[str, int | None]()
            for window in windows:
                if window.published:
                    told = said(window.bucket, plain)
                    if self._spending is not None and told.total and told.total != window.total:
                        self._spending.told(window.bucket.name, told.total)
                    window.learn(told, now)
                    left[window.bucket.name] = told.remaining
            wait = retry_after(plain)
            if status < 400 or (wait is None and status != 429):
                return
            if wait is None and left and all(left.values()):  # refused by a limit that is none of these
                return
            wait = min(max(CLOSED if wait is None else wait, SHORTEST), LONGEST)
            until = now + wait * (1 + 0.1 * self._chance())
            used_up = {name for name, remaining in left.items() if remaining == 0}
            unsure = {name for name, remaining in left.items() if remaining is None}
            concerned = (used_up or unsure) if status == 429 else set[str]()  # any other answer means the whole source
            if not concerned:
                windows += self._rules.values()
            for window in windows:
                if not concerned or window.bucket.name in concerned:
                    window.close(until)

    def closed(self, method: str, path: str) -> float:
        """Return the seconds for which the source has asked to get no such call; 0.0 for none."""
        with self._lock:
            until = max(window.closed_until for window in self._matching(method, path))
            return max(0.0, until - self._now())

    def usage(self) -> tuple[int, int]:
        """Return calls used and allowed in the present window of the bucket that is nearest to its end."""
        with self._lock:
            now = self._now()
            counts = [(window.used(now), window.allowed()) for window in (*self._windows, *self._rules.values())]
        return max(counts, key=lambda count: (count[0] / count[1], -count[1]))

    def told(self) -> tuple[Allowance, ...]:
        """Return the source's limits as its answers told them last, published ones where they said nothing."""
        with self._lock:
            return tuple(
                Allowance(each.bucket.name, each.total, each.bucket.per, each.remaining, each.ours)
                for each in (*self._windows, *self._rules.values())
                if each.published
            )

    def _matching(self, method: str, path: str) -> Iterator[Window]:
        rule = self._ruled.get(alike(method, path))
        for window in self._windows:
            if window.bucket.matches(method, path) and not (rule and window is self._usual):
                yield window
        if rule:
            yield self._rules[rule]

    def _note(self, method: str, path: str, headers: Mapping[str, str], status: int, now: float) -> None:
        """Take note of the limit that an answer names. headers: names as `spelling` gives them."""
        rule, total = headers.get("ratelimit-rule", ""), number(headers.get("ratelimit-limit"))
        if rule and total:
            if rule not in self._rules:
                bucket = Bucket(f"rule {rule}", total, HOUR)
                self._rules[rule] = Window(bucket, self.share, True, total, HOUR.total_seconds())
                self._rules[rule].spend(Purpose.LIVE, now)
                if self._spending is not None:
                    self._spending.note([_bound(self._rules[rule])])
            self._ruled[alike(method, path)] = rule
        elif status < 400 or status == 429:
            self._ruled.pop(alike(method, path), None)


def alike(method: str, path: str) -> tuple[str, str]:
    """Return what calls have in common that come under one rule: `/api/now/v2/table/incident`, whatever the record."""
    return method, "/".join(path.split("/")[:6])


def _bound(window: Window) -> Bound:
    return Bound(window.bucket.name, window.allowed(), window.span)
