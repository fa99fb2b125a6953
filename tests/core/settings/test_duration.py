"""Durations: what they mean, what is refused, and that writing and reading agree."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings.duration import format_seconds, open_seconds, wall_time, working_days
from core.settings.words import Mistake


@given(st.integers(min_value=1, max_value=10**9))
def test_open_time_reads_back_what_was_written(seconds: int) -> None:
    assert open_seconds(format_seconds(seconds)) == seconds


@given(st.integers(min_value=1, max_value=10**9))
def test_wall_time_reads_back_what_was_written_in_days(seconds: int) -> None:
    assert wall_time(format_seconds(seconds, days=True)) == timedelta(seconds=seconds)


@given(st.text(max_size=12))
def test_any_text_is_a_positive_duration_or_a_mistake(text: str) -> None:
    with suppress(Mistake):
        assert wall_time(text) > timedelta(0)


@pytest.mark.parametrize("text", ["877000h", "101 years", "1" + "0" * 5000 + "h"])
def test_nothing_lasts_longer_than_a_hundred_years(text: str) -> None:
    with pytest.raises(Mistake, match="longer than anything"):
        wall_time(text)


@pytest.mark.parametrize("text", ["877000h", "1" + "0" * 5000 + "m"])
def test_no_target_is_longer_than_a_hundred_years(text: str) -> None:
    with pytest.raises(Mistake, match="longer than anything"):
        open_seconds(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("1h30m", 5400), ("1h 30m", 5400), ("45s", 45), ("40h", 144_000), (" 2 h ", 7200)],
)
def test_open_time_is_hours_minutes_seconds(text: str, seconds: int) -> None:
    assert open_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("13 months", 396),
        ("1 month", 31),
        ("1 year", 366),
        ("2 weeks", 14),
        ("7d", 7),
        ("36h", 1.5),
    ],
)
def test_wall_time_knows_days_and_rounds_months_up_to_whole_days(text: str, days: float) -> None:
    assert wall_time(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["3 working_days", "3_working_days", "3 working days"])
def test_working_days_are_counted_not_measured(text: str) -> None:
    assert working_days(text) == 3


def test_a_single_working_day_is_singular() -> None:
    assert working_days("1 working_day") == 1


def test_other_durations_are_no_working_days() -> None:
    assert working_days("3d") is None


def test_a_day_of_open_time_is_asked_back() -> None:
    with pytest.raises(Mistake, match="which day is meant") as caught:
        open_seconds("2d")
    assert "2 working_days" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0m", "no time at all"),
        ("5 minits", "is not a unit"),
        ("1h1h", "twice"),
        ("1m1minute", "twice"),
        ("soon", "not a duration"),
        ("-5m", "not a duration"),
        (30, "has no unit"),
        (True, "not a duration"),
        (None, "not a duration"),
        ("99999999999999 years", "longer than anything"),
    ],
)
def test_what_is_no_duration_is_refused(text: object, says: str) -> None:
    with pytest.raises(Mistake, match=says):
        wall_time(text)


def test_no_working_days_are_refused() -> None:
    with pytest.raises(Mistake, match="no time at all"):
        working_days("0 working_days")
