"""Which clock of ours is which of the source's: by when they start, in order, whatever their numbers are."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.calendar.instants import SECOND

__all__ = ["MINUTE", "Life", "Paired", "near", "paired"]

MINUTE: Final = 60 * SECOND
_NEVER: Final = 1 << 62


class Life(NamedTuple):
    """From when to when a clock goes, microseconds; without an end: it still does."""

    start: int
    end: int | None


class Paired(NamedTuple):
    """Places in the two lists; None: the other side has no such clock."""

    ours: int | None
    theirs: int | None


def near(one: int, other: int) -> bool:
    """Tell whether two instants or amounts (microseconds) are the same to the minute."""
    return abs(one - other) <= MINUTE


def paired(ours: Sequence[Life], theirs: Sequence[Life]) -> list[Paired]:
    """Return every clock of both sides once, by start, together with its partner where it has one.

    ours, theirs: ascending by start. Clocks are partners only if their lives meet, unless they are the only ones; those
    that start nearest to each other find each other first, of these those that end nearest, and no two pairs cross.
    """
    only = len(ours) == len(theirs) == 1
    near = sorted(
        (abs(one.start - other.start), _apart(one.end, other.end), i, j)
        for i, one in enumerate(ours)
        for j, other in enumerate(theirs)
        if only or _meet(one, other)
    )
    taken: list[tuple[int, int]] = []
    for _, _, i, j in near:
        if all(i != a and j != b and (i < a) == (j < b) for a, b in taken):
            taken.append((i, j))
    found = [Paired(i, j) for i, j in taken]
    found += [Paired(i, None) for i in set(range(len(ours))) - {i for i, _ in taken}]
    found += [Paired(None, j) for j in set(range(len(theirs))) - {j for _, j in taken}]

    def start(one: Paired) -> tuple[int, int, int]:
        first = theirs[one.theirs or 0].start if one.ours is None else ours[one.ours].start
        return first, -1 if one.ours is None else one.ours, -1 if one.theirs is None else one.theirs

    return sorted(found, key=start)


def _apart(one: int | None, other: int | None) -> int:
    if one is None or other is None:
        return 0 if one is other else _NEVER
    return abs(one - other)


def _meet(one: Life, other: Life) -> bool:
    """Tell whether two lives have an instant in common, to the minute."""
    begins = max(one.start, other.start)
    return all(each.end is None or each.end + MINUTE >= begins for each in (one, other))
