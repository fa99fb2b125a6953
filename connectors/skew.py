"""Measures how far the source's clock is from the host's, from answers that say the time in whole seconds."""

import threading
from datetime import datetime, timedelta

__all__ = ["Skew"]

ZERO = timedelta(0)
TICK = timedelta(seconds=1)


class Skew:
    """Source clock less host clock. Each answer bounds it; the bounds of successive answers are intersected.

    known: what it was when last measured; it holds until the first answer.
    """

    def __init__(self, known: timedelta = ZERO) -> None:
        self._lock = threading.Lock()
        self._known = known
        self._bounds: tuple[timedelta, timedelta] | None = None

    def heard(self, sent: datetime, received: datetime, date: datetime) -> None:
        """Learn from one answer.

        sent, received: host instants around it. date: the source's instant, cut to the whole second.
        """
        if received < sent:  # the host's clock was set back meanwhile: this says nothing
            return
        low, high = date - received, date + TICK - sent
        with self._lock:
            if self._bounds is not None:
                narrowed = max(low, self._bounds[0]), min(high, self._bounds[1])
                if narrowed[0] < narrowed[1]:
                    low, high = narrowed
                # else one of the clocks has moved: what was known before is void
            self._bounds = low, high

    def value(self) -> timedelta:
        """Return the skew: zero while that is possible, else the middle of what is."""
        with self._lock:
            if self._bounds is None:
                return self._known
            if self._bounds[0] <= ZERO < self._bounds[1]:
                return ZERO
            return (self._bounds[0] + self._bounds[1]) / 2
