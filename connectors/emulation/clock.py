"""The emulated desk's own clock: host time plus an offset that only the stage hand moves, and only forward."""

import functools
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

__all__ = ["WorldClock", "iso"]


@functools.lru_cache(maxsize=65536)
def iso(at: int) -> str:
    """Return epoch seconds as the API writes them: `2024-09-06T18:52:11Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


class WorldClock:
    """Time inside the desk, in epoch seconds."""

    def __init__(self, host: Callable[[], float], start: float | None) -> None:
        self._host = host
        self._offset = 0.0 if start is None else start - host()
        self._pinned: float | None = None

    def exact(self) -> float:
        """Return the desk's time with its fraction, for what the API does not show (jobs, tokens)."""
        return self._host() + self._offset if self._pinned is None else self._pinned

    def now(self) -> int:
        """Return the desk's time in the whole seconds that the API shows."""
        return int(self.exact())

    def advance(self, seconds: float) -> None:
        """Move forward. Raises: ValueError for a step back, which no desk ever takes."""
        if seconds < 0:
            raise ValueError(f"time moves forward only, got {seconds} seconds")
        if self._pinned is None:
            self._offset += seconds
        else:
            self._pinned += seconds

    def hold(self) -> None:
        """Stand still until `release`; `advance` still moves."""
        self._pinned = self.exact()

    def release(self) -> None:
        """Run with the host again, from where the clock stands."""
        if self._pinned is not None:
            self._offset = self._pinned - self._host()
            self._pinned = None

    @contextmanager
    def at(self, instant: float) -> Generator[None]:
        """Play one moment of the past: inside the block the clock shows `instant`. Hold the world's lock."""
        before = self._pinned
        self._pinned = instant
        try:
            yield
        finally:
            self._pinned = before
