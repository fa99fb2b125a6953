"""Calendars and questions that nobody can mean are refused with a sentence for people."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from core.calendar import Calendar, Spans

HOUR = 3600
CLOSED: Spans = ()
OFFICE: Spans = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 18 * HOUR))


@pytest.mark.parametrize(
    ("monday", "sentence"),
    [
        (((9 * HOUR, 12 * HOUR), (11 * HOUR, 17 * HOUR)), "11:00-17:00 overlaps 09:00-12:00"),
        (((9 * HOUR, 17 * HOUR), (10 * HOUR, 11 * HOUR)), "10:00-11:00 overlaps 09:00-17:00"),
        (((9 * HOUR, 17 * HOUR), (9 * HOUR, 17 * HOUR)), "09:00-17:00 overlaps 09:00-17:00"),
        (((13 * HOUR, 17 * HOUR), (8 * HOUR, 12 * HOUR)), "08:00-12:00 stands after 13:00-17:00"),
        (((17 * HOUR, 9 * HOUR),), "17:00-09:00 ends before it starts"),
        (((22 * HOUR, 6 * HOUR),), "two spans, 22:00-24:00 on this day and 00:00-06:00 on the next"),
        (((9 * HOUR, 9 * HOUR),), "09:00-09:00 is empty"),
        (((20 * HOUR, 25 * HOUR),), "20:00-25:00 lies outside the day"),
        (((-1, 9 * HOUR),), "-00:00:01-09:00 lies outside the day"),
    ],
)
def test_hours_that_nobody_can_mean_are_refused(monday: Spans, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^calendar office, Monday: .*{re.escape(sentence)}"):
        Calendar(name="office", timezone="UTC", weekly=(monday, *(CLOSED,) * 6))


def test_a_mistake_in_the_hours_of_a_date_names_the_date() -> None:
    wrong: Spans = ((12 * HOUR, 9 * HOUR),)

    with pytest.raises(ValueError, match=r"^calendar office, hours of 2024-12-24: 12:00-09:00 ends before"):
        Calendar(name="office", timezone="UTC", weekly=(OFFICE,) * 7, shifts={date(2024, 12, 24): wrong})
    with pytest.raises(ValueError, match=r"^calendar office, breaks of 2024-12-24: 12:00-09:00 ends before"):
        Calendar(name="office", timezone="UTC", weekly=(OFFICE,) * 7, breaks={date(2024, 12, 24): wrong})


def test_a_week_needs_seven_days() -> None:
    with pytest.raises(ValueError, match="seven days, Monday first; there are 5"):
        Calendar(name="office", timezone="UTC", weekly=(OFFICE,) * 5)


@pytest.mark.parametrize(
    ("zone", "sentence"),
    [
        ("Europe/Berlni", "unknown time zone 'Europe/Berlni'; did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Europe/Berlin ", "did you mean Europe/Berlin?"),
        ("Europe", "unknown time zone 'Europe'"),
        ("", "use an IANA name such as Europe/Berlin"),
        ("../../etc/passwd", "unknown time zone"),
        ("/etc/localtime", "unknown time zone"),
        ("a\0b", "unknown time zone"),
        ("x" * 300, "use an IANA name such as Europe/Berlin"),
        ("localtime", "unknown time zone"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_name(zone: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^calendar office: .*{re.escape(sentence)}"):
        Calendar(name="office", timezone=zone, weekly=(OFFICE,) * 7)


def test_an_instant_without_a_zone_is_refused() -> None:
    office = Calendar(name="office", timezone="UTC", weekly=(OFFICE,) * 7)
    naive, aware = datetime.fromisoformat("2024-06-03T12:00"), datetime(2024, 6, 3, 12, tzinfo=UTC)
    questions = (
        lambda: office.elapsed(naive, aware),
        lambda: office.elapsed(aware, naive),
        lambda: office.add(naive, timedelta(hours=1)),
        lambda: office.is_open(naive),
        lambda: office.next_open(naive),
        lambda: office.spans(naive, aware),
    )

    for question in questions:
        with pytest.raises(ValueError, match="2024-06-03T12:00:00 has no time zone"):
            question()


def test_a_negative_amount_is_refused() -> None:
    office = Calendar(name="office", timezone="UTC", weekly=(OFFICE,) * 7)

    with pytest.raises(ValueError, match="cannot add a negative amount"):
        office.add(datetime(2024, 6, 3, tzinfo=UTC), timedelta(seconds=-1))
