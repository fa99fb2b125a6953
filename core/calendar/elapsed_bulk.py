"""Open time between many pairs of instants at once, with NumPy: for whole histories, never for the daemon's clocks."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.calendar.calendar import Calendar

__all__ = ["Instants", "OpenTime"]

Instants: TypeAlias = NDArray[np.int64]
"""Microseconds, since 1970 UTC or of a duration."""


class OpenTime:
    """A calendar's open stretches between two instants as arrays; made once, asked as often as one likes.

    first, last: microseconds since 1970 UTC, between which all instants lie that will be asked about.
    """

    def __init__(self, calendar: Calendar, first: int, last: int) -> None:
        stretches = list(calendar.spans_us(first, last))
        # One before all the others, so that every instant comes after the opening of some stretch.
        opened, closed = ([each[side] for each in stretches] for side in (0, 1))
        self._opened: Instants = np.array([first, *opened], dtype=np.int64)
        self._length: Instants = np.array([first, *closed], dtype=np.int64) - self._opened
        self._before: Instants = np.cumsum(self._length) - self._length
        self._first, self._last = first, last

    def elapsed(self, start: Instants, end: Instants) -> Instants:
        """Return the open microseconds in each [start, end); 0 where `end` is not after `start`.

        Raises: ValueError for instants outside of what this was made for.
        """
        passed: Instants = np.maximum(self._until(end) - self._until(start), 0)
        return passed

    def _until(self, at: Instants) -> Instants:
        """Return the open time between the first instant and each of these."""
        if at.size and not (self._first <= at.min() and at.max() <= self._last):
            raise ValueError("an instant lies outside of the time for which open time was summed up")
        last = np.searchsorted(self._opened, at, side="right") - 1
        passed: Instants = self._before[last] + np.minimum(at - self._opened[last], self._length[last])
        return passed
