"""Stops calls to a source that does not answer, and lets one through now and then to see whether it does again."""

import threading
import time
from collections.abc import Callable

__all__ = ["AFTER", "FIRST_PAUSE", "LONGEST_PAUSE", "Breaker"]

AFTER = 12
"""Failures in a row: three calls with all their attempts, so that an address that always fails stops no other."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 120.0
"""Seconds between two trial calls: doubled each time. A source that is back is noticed two minutes later at most."""

LEASE = 120.0
"""Seconds after which a trial call that nobody has heard of any more is followed by another."""


class Breaker:
    """Whether one connection's source is called at all, shared by all its threads and lanes. Safe in threads.

    now: seconds by a clock that nobody sets.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._until: float | None = None
        self._trier: int | None = None

    def wait(self) -> float:
        """Return the seconds for which no call may be made; 0.0 lets the asking thread make one, and tell of it."""
        with self._lock:
            if self._until is None:
                return 0.0
            now = self._now()
            if now < self._until:
                return self._until - now
            self._until, self._trier = now + LEASE, threading.get_ident()
            return 0.0

    def untried(self) -> None:
        """Note that the call which this thread was to make has not been made: another may be the trial."""
        with self._lock:
            if self._trier == threading.get_ident():
                self._until, self._trier = self._now(), None

    def answered(self) -> None:
        """Note that the source has answered, whatever it said: calls go on."""
        with self._lock:
            self._failures, self._pause, self._until, self._trier = 0, FIRST_PAUSE, None, None

    def stopped(self) -> bool:
        """Say whether no calls are made but trials."""
        with self._lock:
            return self._until is not None

    def failed(self) -> None:
        """Note that a call got no sensible answer."""
        with self._lock:
            self._failures += 1
            if self._until is None:
                if self._failures >= AFTER:
                    self._until = self._now() + self._pause
            elif self._trier == threading.get_ident():
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
                self._until, self._trier = self._now() + self._pause, None
