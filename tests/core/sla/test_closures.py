"""Why a calendar is closed, in zones whose days are not like others."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from core.calendar import Calendar
from core.calendar.instants import to_us
from core.sla.closures import Closure, pieces

NINE_TO_FIVE = ((9 * 3600, 17 * 3600),)


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
        ("Pacific/Kwajalein", date(1969, 9, 30)),  # a day that was twice
        ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight skipped
        ("America/Havana", date(2024, 11, 3)),  # an hour after midnight repeated
        ("Asia/Beirut", date(2024, 10, 27)),  # midnight repeated
        ("Australia/Lord_Howe", date(2024, 4, 7)),  # half an hour
    ],
)
def test_pieces_leave_nothing_out_where_clocks_change(zone: str, around: date) -> None:
    calendar = Calendar("odd", zone, (NINE_TO_FIVE,) * 7, holidays={around: "Odd day"})
    start = to_us(datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=3))
    stop = start + 6 * 86_400_000_000
    found = list(pieces(calendar, start, stop))
    assert (found[0].start, found[-1].stop) == (start, stop)
    assert all(before.stop == after.start for before, after in pairwise(found))
    assert all(before[2:] != after[2:] for before, after in pairwise(found))
    assert sum(each.stop - each.start for each in found if each.closed is None) == calendar.elapsed_us(start, stop)
    named = [each for each in found if each.closed is Closure.NAMED]
    assert len(named) == (0 if zone == "Pacific/Apia" else 1)


def test_a_calendar_that_never_opens_is_closed_in_one_piece() -> None:
    never = Calendar("never", "UTC", ((),) * 7)
    assert list(pieces(never, 0, 30 * 86_400_000_000)) == [(0, 30 * 86_400_000_000, Closure.DAY, "")]


def test_no_time_has_no_pieces() -> None:
    assert list(pieces(Calendar("office", "UTC", (NINE_TO_FIVE,) * 7), 5, 5)) == []
