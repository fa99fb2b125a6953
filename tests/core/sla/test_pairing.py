"""Clocks of two sides find each other by when they start."""

import pytest

from core.calendar import Calendar, always
from core.calendar.instants import SECOND
from core.sla.pairing import Life, paired
from core.sla.supposed import Hint, otherwise

MINUTE = 60 * SECOND


def lives(*each: tuple[int, int | None]) -> list[Life]:
    return [Life(start * MINUTE, None if end is None else end * MINUTE) for start, end in each]


@pytest.mark.parametrize(
    ("ours", "theirs", "pairs"),
    [
        ([(0, 9)], [(0, 9)], [(0, 0)]),
        ([(0, 9), (20, None)], [(20, None)], [(0, None), (1, 0)]),
        ([(20, 30)], [(0, 9), (20, None)], [(None, 0), (0, 1)]),
        # The nearest first, however many there are.
        ([(5, 50)], [(0, 40), (6, 45)], [(None, 0), (0, 1)]),
        # Not over each other: the nearest pair leaves the others on their sides.
        ([(0, 90), (50, 90)], [(49, 90), (60, 90)], [(0, None), (1, 0), (None, 1)]),
        ([(10, 90), (50, 90)], [(0, 90), (8, 90)], [(None, 0), (0, 1), (1, None)]),
        # They have to be going at the same time, but for a minute; unless there is no other.
        ([(0, 9), (30, 40)], [(11, 20), (30, 40)], [(0, None), (None, 0), (1, 1)]),
        ([(0, 9), (30, 40)], [(10, 20), (30, 40)], [(0, 0), (1, 1)]),
        ([(0, 9)], [(11, 20)], [(0, 0)]),
        # Of those that start together, the ones that end together.
        ([(0, 9), (0, 50)], [(0, 50)], [(0, None), (1, 0)]),
        ([(0, 50)], [(0, 9), (0, 50)], [(None, 0), (0, 1)]),
        ([(0, None)], [(0, 9), (0, None)], [(None, 0), (0, 1)]),
        ([], [(0, None)], [(None, 0)]),
        ([(0, None)], [], [(0, None)]),
    ],
)
def test_clocks_find_each_other_by_their_start_in_order(ours, theirs, pairs) -> None:
    assert [tuple(each) for each in paired(lives(*ours), lives(*theirs))] == pairs


def test_hours_that_the_source_rules_out_are_not_tried() -> None:
    week = (((9 * 3600, 17 * 3600),),) * 5 + ((), ())
    own, other = Calendar("own", "UTC", week), Calendar("other", "Asia/Tokyo", week)

    def tried(business: bool | None) -> list[Hint]:
        found = otherwise(own, {"own": own, "other": other, "always": always()}, 0, MINUTE, business=business)
        return [hint for hint, _ in found]

    known = [Hint("calendar", "other"), Hint("zone", "Asia/Tokyo")]
    assert tried(business=True) == known
    assert tried(business=False) == [Hint("always")]
    assert tried(business=None) == [*known, Hint("always")]
