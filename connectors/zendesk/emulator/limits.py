"""Call limits, counted in the host's real time: the account's, and those of single endpoints."""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from connectors.zendesk.emulator.answers import Refusal

__all__ = ["PLANS", "Limiter"]

PLANS: Mapping[str, int] = {
    "essential": 10,
    "team": 200,
    "growth": 400,
    "professional": 400,
    "enterprise": 700,
    "enterprise_plus": 2500,
}
# name -> (calls a minute, with the High Volume add-on)
_BUCKETS: Mapping[str, tuple[int, int]] = {
    "incremental-exports": (10, 30),
    "incremental-exports-cursor": (20, 60),
    "tickets-update": (100, 300),
    "tickets-index": (20_000, 100_000),
    "deleted-tickets-index": (10, 10),
    "search-index": (2500, 2500),
    "search-export": (100, 100),
    "delete-ticket": (400, 400),
}
UNREACHED = 100_000
"""Of each limit, where none is to stop anybody."""

_WORDS = {
    "incremental-exports": "incremental export ",
    "incremental-exports-cursor": "incremental export ",
}


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


class Limiter:
    """Counts calls in windows that begin with their first call. Hold the world's lock."""

    def __init__(self, plan: str, monotonic: Callable[[], float], *, on: bool = True) -> None:
        self.plan = plan
        self.on = on
        self.high_volume = False
        self.sandbox = False
        self.account: int | None = None  # instead of the plan's number
        self._monotonic = monotonic
        self._windows: dict[Hashable, _Window] = {}

    def limit(self, bucket: str) -> int:
        """Return how many calls a minute the bucket allows now. Raises: KeyError for an unknown bucket or plan."""
        if not self.on:
            return UNREACHED
        if bucket == "account":
            return self.account or (2500 if self.high_volume else PLANS[self.plan])
        if bucket == "tickets-update" and self.sandbox:
            return 100 if self.high_volume else 20
        return _BUCKETS[bucket][self.high_volume]

    def take(self, bucket: str | None, pair: Hashable = None) -> dict[str, str]:
        """Count one call and return the headers that tell what is left.

        pair: (user, ticket) of a single ticket update, which has a limit of its own.
        Raises: Refusal (429) with `Retry-After`; a refused call is not counted.
        """
        windows = [("account", self._window("account", 60), self.limit("account"))]
        if bucket is not None:
            windows.append((bucket, self._window(bucket, 60), self.limit(bucket)))
        if pair is not None:
            windows.append(("", self._window(pair, 600), 30))
        if self.on:
            for name, window, limit in windows:
                if window.used >= limit:
                    raise self._refused(name, window, bucket)
            for _, window, _ in windows:
                window.used += 1
        return self._headers(bucket)

    def spend(self, bucket: str, calls: int) -> None:
        """Use calls up, as another integration of the same account would."""
        self.limit(bucket)
        self._window(bucket, 60).used += calls

    def _window(self, name: Hashable, length: float) -> _Window:
        now = self._monotonic()
        window = self._windows.get(name)
        if window is None or window.ends <= now:
            window = self._windows[name] = _Window(now + length)
        return window

    def _resets(self, window: _Window) -> int:
        return max(1, math.ceil(window.ends - self._monotonic()))

    def _left(self, name: str) -> tuple[int, int, int]:
        """Return limit, remaining and seconds to the reset of one bucket."""
        window, limit = self._window(name, 60), self.limit(name)
        return limit, max(0, limit - window.used) if self.on else limit - 1, self._resets(window)

    def _headers(self, bucket: str | None) -> dict[str, str]:
        limit, left, resets = self._left("account")
        headers = {
            "x-rate-limit": str(limit),
            "ratelimit-limit": str(limit),
            "x-rate-limit-remaining": str(left),
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(resets),
        }
        if bucket is not None:
            limit, left, resets = self._left(bucket)
            headers[f"zendesk-ratelimit-{bucket}"] = f"total={limit}; remaining={left}; resets={resets}"
        return headers

    def _refused(self, name: str, window: _Window, bucket: str | None) -> Refusal:
        description = f"Number of allowed {_WORDS.get(name, '')}API requests per minute exceeded"
        headers = {**self._headers(bucket), "Retry-After": str(self._resets(window))}
        return Refusal(429, {"error": "APIRateLimitExceeded", "description": description}, headers)
