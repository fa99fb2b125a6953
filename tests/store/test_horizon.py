from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.horizon import horizon

START = datetime(2026, 5, 11, tzinfo=UTC)
LAST = 15


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("covered", "expected"),
    [
        ([], None),
        ([(None, 10)], 10),
        ([(5, 10)], 10),
        ([(6, 10)], None),
        ([(None, 10), (10, 12)], 12),
        ([(None, 10), (11, 12)], 10),
        ([(11, 20), (8, 11), (0, 9)], 20),
        ([(5, 5)], 5),
        ([(None, 3)], 3),
        ([(None, 3), (4, 9)], 9),
        ([(None, 3), (6, 9)], 3),
    ],
)
def test_the_horizon_is_the_end_of_what_is_covered_from_the_creation_on(
    covered: list[tuple[int | None, int]], expected: int | None
) -> None:
    stretches = [(None if since is None else at(since), at(until)) for since, until in covered]
    assert horizon(at(5), stretches) == (None if expected is None else at(expected))


STRETCHES = st.lists(
    st.tuples(st.none() | st.integers(0, LAST), st.integers(0, LAST)).filter(lambda each: (each[0] or 0) <= each[1])
)


@given(created=st.integers(0, LAST), covered=STRETCHES)
def test_the_horizon_agrees_with_walking_minute_by_minute(created: int, covered: list[tuple[int | None, int]]) -> None:
    def holds(minute: int) -> bool:
        return any((since is None or since <= minute) and minute < until for since, until in covered)

    beginnings = [until for since, until in covered if since is None or since <= created]
    expected: int | None = None
    if beginnings:
        expected = max(beginnings)
        while holds(expected):
            expected += 1
    stretches = [(None if since is None else at(since), at(until)) for since, until in covered]
    assert horizon(at(created), stretches) == (None if expected is None else at(expected))
