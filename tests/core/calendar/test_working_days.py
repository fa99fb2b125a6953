"""Targets in working days: the same local time on the third next open day, or that day's closing time if earlier."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.calendar import Calendar, Spans, always

HOUR = 3600
DAY_LONG: Spans = ((0, 24 * HOUR),)
CLOSED: Spans = ()
OFFICE: Spans = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 18 * HOUR))
FRIDAY: Spans = ((8 * HOUR, 16 * HOUR),)
BERLIN = "Europe/Berlin"


def us(local: str, zone: str = BERLIN, fold: int = 0) -> int:
    """Return the instant of a local time in microseconds."""
    instant = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def office() -> Calendar:
    return Calendar(
        name="office",
        timezone=BERLIN,
        weekly=(OFFICE, OFFICE, OFFICE, OFFICE, FRIDAY, CLOSED, CLOSED),
        holidays={date(2024, 3, 29): "Good Friday", date(2024, 4, 1): "Easter Monday"},
        shifts={date(2024, 6, 15): ((9 * HOUR, 12 * HOUR),)},
        breaks={date(2024, 7, 2): DAY_LONG, date(2024, 7, 3): ((17 * HOUR, 18 * HOUR),)},
    )


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        pytest.param("2024-06-03T10:00", 0, "2024-06-03T10:00", id="no days are the start itself"),
        pytest.param("2024-06-03T10:00", 1, "2024-06-04T10:00", id="Monday to Tuesday"),
        pytest.param("2024-06-03T10:00", 3, "2024-06-06T10:00", id="Monday to Thursday"),
        pytest.param("2024-06-04T17:00", 3, "2024-06-07T16:00", id="Friday closes earlier"),
        pytest.param("2024-06-06T10:00:00.000001", 3, "2024-06-11T10:00:00.000001", id="over a weekend"),
        pytest.param("2024-06-08T11:00", 3, "2024-06-12T11:00", id="from a Saturday"),
        pytest.param("2024-06-03T12:30", 3, "2024-06-06T12:30", id="into the lunch hour"),
        pytest.param("2024-06-03T06:00", 3, "2024-06-06T06:00", id="before opening stays before opening"),
        pytest.param("2024-06-03T22:00", 3, "2024-06-06T18:00", id="after hours ends at closing time"),
        pytest.param("2024-06-03T18:00", 3, "2024-06-06T18:00", id="from closing time to closing time"),
        pytest.param("2024-06-03T00:00", 3, "2024-06-06T00:00", id="from midnight"),
        pytest.param("2024-03-27T10:00", 3, "2024-04-03T10:00", id="over Easter and a clock change"),
        pytest.param("2024-06-13T15:00", 2, "2024-06-15T12:00", id="a Saturday shift is a working day"),
        pytest.param("2024-07-01T09:00", 1, "2024-07-03T09:00", id="a day that breaks close is none"),
        pytest.param("2024-07-01T17:30", 1, "2024-07-03T17:00", id="a break at the end brings closing forward"),
        pytest.param("2024-02-28T10:00", 1, "2024-02-29T10:00", id="to the leap day"),
        pytest.param("2024-02-29T10:00", 1, "2024-03-01T10:00", id="from the leap day"),
    ],
)
def test_working_days_end_at_the_same_local_time_or_at_closing(start: str, days: int, due: str) -> None:
    assert office().add_working_days_us(us(start), days) == us(due)


def test_the_local_date_decides_which_day_is_next() -> None:
    tokyo = Calendar(name="tokyo", timezone="Asia/Tokyo", weekly=(OFFICE,) * 7)
    just_after_midnight = us("2024-06-04T00:30", "Asia/Tokyo")

    assert tokyo.add_working_days_us(just_after_midnight, 1) == us("2024-06-05T00:30", "Asia/Tokyo")


def test_a_skipped_date_is_no_working_day() -> None:
    apia = Calendar(name="apia", timezone="Pacific/Apia", weekly=(OFFICE,) * 5 + (CLOSED,) * 2)

    assert apia.add_working_days_us(us("2011-12-29T10:00", "Pacific/Apia"), 1) == us("2012-01-02T10:00", "Pacific/Apia")


@pytest.mark.parametrize(
    ("start", "fold", "due"),
    [
        pytest.param("2024-03-30T02:30", 0, "2024-03-31T03:30", id="a skipped time moves on with the clock"),
        pytest.param("2024-10-26T02:30", 0, "2024-10-27T02:30", id="a repeated time is its first pass"),
        pytest.param("2024-10-27T02:30", 1, "2024-10-28T02:30", id="from a second pass"),
    ],
)
def test_working_days_over_a_clock_change(start: str, fold: int, due: str) -> None:
    round_the_clock = Calendar(name="day and night", timezone=BERLIN, weekly=(DAY_LONG,) * 7)

    assert round_the_clock.add_working_days_us(us(start, fold=fold), 1) == us(due)


def test_a_second_pass_is_not_carried_over_to_another_years_repeated_hour() -> None:
    once = Calendar(name="once", timezone=BERLIN, weekly=(CLOSED,) * 7, shifts={date(2025, 10, 26): DAY_LONG})

    assert once.add_working_days_us(us("2024-10-27T02:30", fold=1), 1) == us("2025-10-26T02:30")


def test_a_day_whose_only_hour_is_skipped_is_no_working_day() -> None:
    sundays = Calendar(name="sundays", timezone=BERLIN, weekly=(CLOSED,) * 6 + (((2 * HOUR, 3 * HOUR),),))

    assert sundays.add_working_days_us(us("2024-03-30T10:00"), 1) == us("2024-04-07T03:00")


def test_hours_until_midnight_close_when_the_next_day_begins() -> None:
    evenings = Calendar(name="evenings", timezone=BERLIN, weekly=(((18 * HOUR, 24 * HOUR),),) * 7)

    assert evenings.add_working_days_us(us("2024-06-03T23:59:59"), 1) == us("2024-06-04T23:59:59")


def test_round_the_clock_every_day_is_a_working_day() -> None:
    assert always().add_working_days_us(us("2024-06-07T10:00"), 3) == us("2024-06-10T10:00")


def test_more_working_days_than_will_ever_come_have_no_end() -> None:
    over = Calendar(
        name="over", timezone=BERLIN, weekly=(CLOSED,) * 7, shifts={date(2024, 6, day): OFFICE for day in (4, 5)}
    )

    assert over.add_working_days_us(us("2024-06-03T10:00"), 2) == us("2024-06-05T10:00")
    assert over.add_working_days_us(us("2024-06-03T10:00"), 3) is None


def test_negative_working_days_are_refused() -> None:
    with pytest.raises(ValueError, match="negative number of working days: -1"):
        office().add_working_days_us(us("2024-06-03T10:00"), -1)
