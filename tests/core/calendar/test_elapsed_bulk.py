"""Open time between many pairs of instants at once, against the calendar's own answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import Calendar, always
from core.calendar.elapsed_bulk import OpenTime
from core.calendar.instants import SECOND

DAY = 86_400
SPAN = 1500 * DAY
OFFICE = Calendar("office", "Europe/Berlin", (((9 * 3600, 12 * 3600), (13 * 3600, 17 * 3600)),) * 5 + ((),) * 2)
NEVER = Calendar("never", "UTC", ((),) * 7)
CALENDARS = (OFFICE, always(), NEVER)
SUMMED = {each.name: OpenTime(each, -SPAN * SECOND, SPAN * SECOND) for each in CALENDARS}
instants = st.integers(-SPAN * SECOND, SPAN * SECOND) | st.integers(-SPAN // 3600, SPAN // 3600).map(
    lambda hour: hour * 3600 * SECOND
)


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda each: each.name)
@given(pairs=st.lists(st.tuples(instants, instants), max_size=8))
def test_it_is_what_the_calendar_says_of_each_pair(calendar: Calendar, pairs: list[tuple[int, int]]) -> None:
    start, end = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    expected = [calendar.elapsed_us(*pair) for pair in pairs]
    assert SUMMED[calendar.name].elapsed(start, end).tolist() == expected


def test_an_instant_beyond_what_was_summed_up_is_refused() -> None:
    inside, outside = np.array([0]), np.array([SPAN * SECOND + 1])
    with pytest.raises(ValueError, match="outside"):
        SUMMED["office"].elapsed(inside, outside)
