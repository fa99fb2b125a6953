"""Open time as prefix sums: one block of days, built once, asked by bisection."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.calendar.hours import DAY
from core.calendar.instants import SECOND

__all__ = ["BLOCK", "Block", "summed"]

BLOCK = 400 * DAY * SECOND
"""Microseconds in a block. A little over a year, so that most questions stay inside one or two."""


@dataclass(frozen=True, slots=True)
class Block:
    """The open stretches of one block, in microseconds since 1970; ascending, none touching the next.

    before: open time in the block before each stretch. total: open time of the whole block.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    def until(self, at: int) -> int:
        """Return the open time between the block's beginning and `at`, which lies in the block."""
        last = bisect_right(self.starts, at) - 1
        if last < 0:
            return 0
        end = self.ends[last]
        return self.before[last] + (at if at < end else end) - self.starts[last]

    def between(self, at: Sequence[int]) -> list[int]:
        """Return the open time between each instant and the next; ascending, all in the block."""
        starts, ends, before = self.starts, self.ends, self.before
        found: list[int] = []
        passed: int | None = None
        for each in at:
            last = bisect_right(starts, each) - 1
            if last < 0:
                now = 0
            else:
                end = ends[last]
                now = before[last] + (each if each < end else end) - starts[last]
            if passed is not None:
                found.append(now - passed)
            passed = now
        return found

    def reach(self, amount: int) -> int:
        """Return the earliest instant with this open time of the block behind it; 0 < amount <= total."""
        last = bisect_left(self.before, amount) - 1
        return self.starts[last] + amount - self.before[last]

    def next_open(self, at: int) -> int | None:
        """Return `at` if open, else the next opening within the block."""
        following = bisect_right(self.starts, at)
        if following and at < self.ends[following - 1]:
            return at
        return self.starts[following] if following < len(self.starts) else None


def summed(stretches: Iterable[tuple[int, int]]) -> Block:
    """Return the block of these open stretches; seconds, ascending, disjoint, may touch."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in stretches:
        if ends and ends[-1] == start * SECOND:
            ends[-1] = end * SECOND
        else:
            starts.append(start * SECOND)
            ends.append(end * SECOND)
    before: list[int] = []
    total = 0
    for start, end in zip(starts, ends, strict=True):
        before.append(total)
        total += end - start
    return Block(tuple(starts), tuple(ends), tuple(before), total)
