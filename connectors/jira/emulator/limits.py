"""Call limits, counted in the host's real time: bursts, writes to one issue, points of an app, a server's buckets."""

import math
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from connectors.emulation import Refusal

__all__ = ["BURST", "PER_ISSUE", "POINTS", "Limiter"]

BURST = 350  # calls that one endpoint takes at once
_RATES = {"GET": 100.0, "POST": 100.0, "PUT": 50.0, "DELETE": 50.0}  # and then so many a second
PER_ISSUE = ((20, 2.0), (100, 30.0))  # writes in seconds
POINTS = 65_000  # an hour, of an OAuth app
_HOUR = 3600.0
_SERVER, _FILL, _INTERVAL = 50, 10, 5.0  # Data Center: a bucket for each user


@dataclass(slots=True)
class _Bucket:
    """Tokens that fill up again by themselves."""

    size: float
    rate: float  # a second
    left: float
    at: float
    closed_until: float = 0.0

    def fill(self, now: float) -> None:
        self.left = min(self.size, self.left + (now - self.at) * self.rate)
        self.at = now

    def wait(self) -> int:
        """Return the whole seconds until there is a token."""
        return max(1, math.ceil((1 - self.left) / self.rate))


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


class Limiter:
    """Counts calls of one site. Hold the world's lock.

    cloud: else a server's one limit for each user.
    wall: the time that `X-RateLimit-Reset` is written in, epoch seconds.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
        *,
        cloud: bool = True,
        on: bool = True,
    ) -> None:
        self.cloud, self.on = cloud, on
        self.burst, self.rate = BURST, 1.0  # rate: a factor on the calls a second
        self.points = POINTS
        self.reason = "jira-quota-global-based"
        self.told_late = False  # near exhaustion the headers are off, as was seen
        self._monotonic, self._wall = monotonic, wall
        self._buckets: dict[Hashable, _Bucket] = {}
        self._writes: dict[str, deque[float]] = {}
        self._quota = _Window(0.0)

    def take(self, method: str, endpoint: str, caller: str, *, app: bool, issue: str | None = None) -> dict[str, str]:
        """Count one call and return the headers that tell what is left.

        endpoint: its path template; app: whether the caller is an OAuth app, which alone has points.
        issue: the id of the issue that the call writes to.
        Raises: Refusal (429).
        """
        if not self.cloud:
            return self._take_server(caller)
        now = self._monotonic()
        bucket = self._bucket((method, endpoint), self.burst, _RATES.get(method, 50.0) * self.rate, now)
        if not self.on:
            return self._headers(bucket)
        if app and self._window(now).used >= self.points:
            raise self._quota_used(now)
        if bucket.left < 1 or now < bucket.closed_until:
            # Who comes back before the time is up waits longer.
            bucket.closed_until = now + bucket.wait()
            raise self._refused("jira-burst-based", bucket.wait(), self.burst)
        if issue is not None:
            self._take_write(issue, now)
        bucket.left -= 1
        return self._headers(bucket) | (self._quota_headers(now) if app else {})

    def spend_points(self, points: int) -> None:
        """Take points for what a call of an app touched."""
        self._window(self._monotonic()).used += points

    def drain(self, method: str, endpoint: str) -> None:
        """Use an endpoint's burst up, as another integration would."""
        now = self._monotonic()
        self._bucket((method, endpoint), self.burst, _RATES.get(method, 50.0) * self.rate, now).left = 0

    def _take_write(self, issue: str, now: float) -> None:
        times = self._writes.setdefault(issue, deque(maxlen=PER_ISSUE[-1][0]))
        for most, seconds in PER_ISSUE:
            if len(times) >= most and now - times[-most] < seconds:
                wait = math.ceil(seconds - (now - times[-most]))
                raise self._refused("jira-per-issue-on-write", max(1, wait), self.burst)
        times.append(now)

    def _take_server(self, caller: str) -> dict[str, str]:
        now = self._monotonic()
        bucket = self._bucket(("user", caller), _SERVER, _FILL / _INTERVAL, now)
        if not self.on:
            return {}
        told = {
            "X-RateLimit-Limit": str(_SERVER),
            "X-RateLimit-Interval-Seconds": f"{_INTERVAL:.0f}",
            "X-RateLimit-FillRate": str(_FILL),
        }
        if bucket.left < 1:
            waits = {"X-RateLimit-Remaining": "0", "Retry-After": str(bucket.wait())}
            raise Refusal(429, {"message": "Rate limit exceeded."}, {**told, **waits})
        bucket.left -= 1
        return {**told, "X-RateLimit-Remaining": str(int(bucket.left)), "Retry-After": "0"}

    def _bucket(self, key: Hashable, size: float, rate: float, now: float) -> _Bucket:
        found = self._buckets.get(key)
        if found is None or (found.size, found.rate) != (size, rate):
            found = self._buckets[key] = _Bucket(size, rate, size, now)
        found.fill(now)
        return found

    def _window(self, now: float) -> _Window:
        if self._quota.ends <= now:
            self._quota = _Window(now + _HOUR)
        return self._quota

    def _headers(self, bucket: _Bucket) -> dict[str, str]:
        left = int(bucket.left)
        told = {"X-RateLimit-Limit": str(self.burst), "X-RateLimit-Remaining": str(left)}
        return told | ({"X-RateLimit-NearLimit": "true"} if left < self.burst * 0.2 else {})

    def _quota_headers(self, now: float) -> dict[str, str]:
        window = self._window(now)
        left, ends = max(0, self.points - window.used), math.ceil(window.ends - now)
        told = {"Beta-RateLimit": f'"global-app-quota";r={left};t={-60 if self.told_late else ends}'}
        if not self.told_late:
            told["Beta-RateLimit-Policy"] = f'"global-app-quota";q={self.points};w=3600'
        return told

    def _quota_used(self, now: float) -> Refusal:
        wait = max(1, math.ceil(self._window(now).ends - now))
        refused = self._refused(self.reason, wait, self.points)
        # The hour's end is told without its seconds.
        reset = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(self._wall() + wait))
        headers = {**refused.answer.headers, "X-RateLimit-Reset": reset, **self._quota_headers(now)}
        return Refusal(429, refused.answer.body, headers)

    def _refused(self, reason: str, wait: int, limit: int) -> Refusal:
        headers = {
            "Retry-After": str(wait),
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._wall() + wait)),
            "X-RateLimit-NearLimit": "true",
            "RateLimit-Reason": reason,
        }
        return Refusal(429, {"errorMessages": ["Rate limit exceeded."], "errors": {}}, headers)
