"""Open time between many instants at once."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import Calendar, always
from core.calendar.instants import SECOND

DAY = 86_400
OFFICE = Calendar("office", "Europe/Berlin", (((9 * 3600, 12 * 3600), (13 * 3600, 17 * 3600)),) * 5 + ((),) * 2)
instants = st.lists(st.integers(-3 * DAY, 1500 * DAY).map(lambda second: second * SECOND), max_size=6).map(sorted)


@pytest.mark.parametrize("calendar", [OFFICE, always()], ids=lambda each: each.name)
@given(at=instants)
def test_it_is_the_open_time_of_each_pair_of_neighbours(calendar: Calendar, at: list[int]) -> None:
    pairs = pairwise(at)
    assert calendar.elapsed_each_us(at) == [calendar.elapsed_us(start, end) for start, end in pairs]


@given(days=st.lists(st.integers(0, 399 * DAY), min_size=2, max_size=8).map(sorted))
def test_it_is_the_same_within_one_year(days: list[int]) -> None:
    at = [(400 * DAY * 50 + second) * SECOND for second in days]
    pairs = pairwise(at)
    assert OFFICE.elapsed_each_us(at) == [OFFICE.elapsed_us(start, end) for start, end in pairs]
