"""Measuring the source's clock from whole seconds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors import Skew
from connectors.buckets import http_date

START = datetime(2026, 5, 11, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

calls = st.lists(
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20
)  # microseconds: since the last call, on the way there, on the way back


def hear(skew: Skew, at: datetime, there: timedelta, back: timedelta, true: timedelta) -> datetime:
    date = (at + there + true).replace(microsecond=0)
    skew.heard(at, at + there + back, date)
    return at + there + back


@given(st.integers(-(10**10), 10**10), calls)
def test_the_value_is_within_half_the_tightest_bounds_of_the_truth(
    true: int, calls: list[tuple[int, int, int]]
) -> None:
    skew, at, tightest = Skew(), START, timedelta.max
    for gap, there, back in calls:
        at = hear(skew, at + us(gap), us(there), us(back), us(true))
        tightest = min(tightest, SECOND + us(there) + us(back))
        value = skew.value()
        assert abs(value - us(true)) < tightest if value == timedelta(0) else abs(value - us(true)) <= tightest / 2


@given(calls)
def test_no_skew_is_ever_seen_where_there_is_none(calls: list[tuple[int, int, int]]) -> None:
    skew, at = Skew(), START
    for gap, there, back in calls:
        at = hear(skew, at + us(gap), us(there), us(back), timedelta(0))
        assert skew.value() == timedelta(0)


@given(st.integers(2 * 10**6, 10**10), calls)
def test_a_clock_that_moved_is_followed_from_the_first_answer_on(moved: int, calls: list[tuple[int, int, int]]) -> None:
    skew, at = Skew(), START
    for gap, there, back in calls:
        at = hear(skew, at + us(gap), us(there), us(back), timedelta(0))
    hear(skew, at, us(10), us(10), us(moved))
    assert abs(skew.value() - us(moved)) <= SECOND


def test_several_answers_are_better_than_one() -> None:
    skew, true = Skew(), timedelta(seconds=42.95)
    for tenth in range(10):
        hear(skew, START + tenth * timedelta(seconds=0.1), us(1), us(1), true)
    assert abs(skew.value() - true) <= timedelta(seconds=0.06)


def test_before_any_answer_and_after_a_clock_set_back_meanwhile_it_is_zero() -> None:
    skew = Skew()
    assert skew.value() == timedelta(0)
    skew.heard(START, START - SECOND, START + timedelta(hours=1))
    assert skew.value() == timedelta(0)


def us(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


def test_what_was_measured_before_holds_until_the_first_answer() -> None:
    skew = Skew(timedelta(minutes=9))
    assert skew.value() == timedelta(minutes=9)
    skew.heard(START, START, START)
    assert skew.value() == timedelta()


def test_a_date_at_the_end_of_time_is_none() -> None:
    assert http_date("Fri, 31 Dec 9999 23:59:59 GMT") is None
