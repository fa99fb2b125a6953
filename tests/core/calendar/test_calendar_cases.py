"""Tables of cases whose answers a person can check with a wall calendar."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.calendar import Calendar, Spans, always

HOUR = 3600
DAY_LONG: Spans = ((0, 24 * HOUR),)
CLOSED: Spans = ()
OFFICE: Spans = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 18 * HOUR))


def at(text: str, zone: str = "UTC") -> datetime:
    """Return the instant of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def us(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def every_day(hours: Spans, zone: str = "Europe/Berlin") -> Calendar:
    return Calendar(name="desk", timezone=zone, weekly=(hours,) * 7)


@pytest.fixture(scope="module")
def office() -> Calendar:
    """Open Monday to Thursday 8-12 and 13-18, Friday 8-16, in Berlin."""
    return Calendar(
        name="office",
        timezone="Europe/Berlin",
        weekly=(OFFICE, OFFICE, OFFICE, OFFICE, ((8 * HOUR, 16 * HOUR),), CLOSED, CLOSED),
        holidays={date(2024, 3, 29): "Good Friday", date(2024, 4, 1): "Easter Monday", date(2024, 5, 4): "a Saturday"},
        shifts={date(2024, 6, 8): ((9 * HOUR, 12 * HOUR),), date(2024, 3, 29): OFFICE, date(2024, 6, 12): CLOSED},
        breaks={date(2024, 6, 5): ((10 * HOUR, 14 * HOUR),), date(2024, 6, 6): DAY_LONG},
    )


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param("2024-06-03", 9, id="an ordinary Monday"),
        pytest.param("2024-06-07", 8, id="an ordinary Friday"),
        pytest.param("2024-06-09", 0, id="a Sunday has no hours"),
        pytest.param("2024-06-08", 3, id="a shift opens a Saturday"),
        pytest.param("2024-06-12", 0, id="an empty shift closes a Wednesday"),
        pytest.param("2024-06-05", 6, id="a break is cut out of both spans it touches"),
        pytest.param("2024-06-06", 0, id="a break over the whole day leaves nothing"),
        pytest.param("2024-03-29", 0, id="a holiday wins over a shift"),
        pytest.param("2024-04-01", 0, id="a holiday closes a Monday"),
        pytest.param("2024-05-04", 0, id="a holiday on a closed day changes nothing"),
        pytest.param("2024-02-29", 9, id="the leap day is a Thursday like any other"),
    ],
)
def test_the_rules_of_a_date_give_its_open_hours(office: Calendar, day: str, hours: float) -> None:
    start = at(day, "Europe/Berlin")

    assert office.elapsed(start, start + timedelta(days=1)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        pytest.param("Europe/Berlin", "2024-03-31", 23, id="spring forward"),
        pytest.param("Europe/Berlin", "2024-10-27", 25, id="fall back"),
        pytest.param("Australia/Lord_Howe", "2024-04-07", 24.5, id="half an hour back"),
        pytest.param("Australia/Lord_Howe", "2024-10-06", 23.5, id="half an hour forward"),
        pytest.param("America/Sao_Paulo", "2018-11-04", 23, id="midnight is skipped"),
        pytest.param("America/Havana", "2024-11-03", 25, id="the hour after midnight is repeated"),
        pytest.param("America/St_Johns", "2006-10-29", 24 + 1 / 60, id="its first minute twice"),
        pytest.param("America/Nuuk", "2024-03-30", 23, id="the last hour of a day is skipped"),
        pytest.param("Antarctica/Troll", "2024-03-31", 22, id="two hours forward"),
        pytest.param("Pacific/Apia", "2011-12-30", 0, id="a date that never was"),
        pytest.param("Pacific/Apia", "2011-12-31", 24, id="the date after it"),
        pytest.param("Europe/Berlin", "2080-03-31", 23, id="a change that only the zone's rule foretells"),
    ],
)
def test_a_day_of_a_clock_change_is_as_long_as_it_really_is(zone: str, day: str, hours: float) -> None:
    only = date.fromisoformat(day)
    calendar = Calendar(name="one day", timezone=zone, weekly=(CLOSED,) * 7, shifts={only: DAY_LONG})
    noon = at(f"{day}T12:00")

    assert calendar.elapsed(noon - timedelta(days=4), noon + timedelta(days=4)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("hours", "day", "stretches"),
    [
        pytest.param((2, 3), "2024-03-31", [], id="a skipped hour never opens"),
        pytest.param((2.5, 4), "2024-03-31", [("01:00", "02:00")], id="opening inside the skipped hour"),
        pytest.param((0, 2.5), "2024-03-31", [("23:00", "01:00")], id="closing inside the skipped hour"),
        pytest.param((2, 3), "2024-10-27", [("00:00", "02:00")], id="a repeated hour is open twice, in one stretch"),
        pytest.param(
            (2.5, 3), "2024-10-27", [("00:30", "01:00"), ("01:30", "02:00")], id="half of it, in two stretches"
        ),
        pytest.param((0, 2.5), "2024-10-27", [("22:00", "00:30"), ("01:00", "01:30")], id="closing inside it"),
    ],
)
def test_hours_that_end_in_a_clock_change_follow_the_wall_clock(
    hours: tuple[float, float], day: str, stretches: list[tuple[str, str]]
) -> None:
    opens, closes = hours
    calendar = every_day(((int(opens * HOUR), int(closes * HOUR)),))
    start = at(day, "Europe/Berlin")
    found = calendar.spans(start, at(f"{day}T23:00", "Europe/Berlin"))

    assert [(f"{opening:%H:%M}", f"{closing:%H:%M}") for opening, closing in found] == stretches


def test_spans_over_midnight_are_one_stretch() -> None:
    night = every_day(((0, 6 * HOUR), (22 * HOUR, 24 * HOUR)), "UTC")

    assert list(night.spans(at("2024-02-28T12:00"), at("2024-03-01T01:00"))) == [
        (at("2024-02-28T22:00"), at("2024-02-29T06:00")),
        (at("2024-02-29T22:00"), at("2024-03-01T01:00")),
    ]
    assert night.add(at("2024-02-28T23:00"), timedelta(hours=2)) == at("2024-02-29T01:00")
    assert night.is_open(at("2024-02-29T00:00"))


def test_touching_spans_are_one_stretch() -> None:
    calendar = every_day(((8 * HOUR, 12 * HOUR), (12 * HOUR, 17 * HOUR)), "UTC")

    assert list(calendar.spans(at("2024-02-29"), at("2024-03-01"))) == [
        (at("2024-02-29T08:00"), at("2024-02-29T17:00"))
    ]


def test_open_round_the_clock_in_another_zone_is_one_stretch_over_many_years() -> None:
    almost = Calendar(
        name="almost", timezone="Europe/Berlin", weekly=(DAY_LONG,) * 7, holidays={date(1960, 1, 1): "long ago"}
    )
    start, end = at("1970-01-01"), at("2050-01-01")

    assert list(almost.spans(start, end)) == [(start, end)]
    assert almost.elapsed(start, end) == end - start
    assert almost.add(start, end - start) == end


@pytest.mark.parametrize(
    ("moment", "is_open", "next_open"),
    [
        ("2024-06-03T07:59:59.999999", False, "2024-06-03T08:00"),
        ("2024-06-03T08:00", True, "2024-06-03T08:00"),
        ("2024-06-03T11:59:59.999999", True, "2024-06-03T11:59:59.999999"),
        ("2024-06-03T12:00", False, "2024-06-03T13:00"),
        ("2024-06-03T18:00", False, "2024-06-04T08:00"),
        ("2024-06-07T16:00", False, "2024-06-08T09:00"),
        ("2024-03-28T18:00", False, "2024-04-02T08:00"),
    ],
)
def test_a_desk_is_open_from_its_opening_to_just_before_its_closing(
    office: Calendar, moment: str, is_open: bool, next_open: str
) -> None:
    instant = at(moment, "Europe/Berlin")

    assert office.is_open(instant) is is_open
    assert office.next_open(instant) == at(next_open, "Europe/Berlin")


def test_adding_nothing_is_the_start_itself_even_when_closed(office: Calendar) -> None:
    sunday = at("2024-06-09T12:00", "Europe/Berlin")

    assert office.add(sunday, timedelta(0)) == sunday


def test_forty_hours_over_easter_and_a_clock_change(office: Calendar) -> None:
    start = at("2024-03-27T16:00", "Europe/Berlin")

    assert office.add(start, timedelta(hours=40)) == at("2024-04-05T10:00", "Europe/Berlin")


def test_answers_are_in_utc_and_questions_in_any_zone(office: Calendar) -> None:
    tokyo = datetime(2024, 6, 3, 17, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    due = office.add(tokyo, timedelta(hours=1))

    assert due == at("2024-06-03T09:00")
    assert due is not None
    assert due.tzinfo is UTC
    assert {instant.tzinfo for span in office.spans(tokyo, tokyo + timedelta(days=1)) for instant in span} == {UTC}


def test_the_second_pass_of_a_repeated_hour_is_another_instant() -> None:
    calendar = every_day(DAY_LONG)
    first = datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))

    assert calendar.elapsed(first, first.replace(fold=1)) == timedelta(hours=1)


def test_a_zone_whose_offset_is_no_whole_minute_is_exact_to_the_second() -> None:
    monrovia = every_day(((9 * HOUR, 17 * HOUR),), "Africa/Monrovia")

    assert monrovia.next_open(at("1971-01-01T00:00")) == at("1971-01-01T09:44:30")


@pytest.mark.parametrize("year", [1, 1850, 1970, 2050, 2400, 9998])
def test_any_year_can_be_asked(year: int) -> None:
    utc = every_day(((9 * HOUR, 17 * HOUR),), "UTC")
    start = datetime(year, 6, 1, tzinfo=UTC)

    assert utc.elapsed(start, start + timedelta(days=3)) == timedelta(hours=24)
    assert utc.next_open(start) == start.replace(hour=9)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_ends_of_time_can_be_asked(zone: str) -> None:
    calendar = every_day(((9 * HOUR, 17 * HOUR),), zone)
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    assert calendar.next_open(last) is None
    assert calendar.add(last, timedelta(hours=1)) is None
    assert calendar.add_working_days_us(us(at("9999-12-20T00:00")), 30) is None
    assert calendar.next_open(first) is not None
    assert calendar.elapsed(last - timedelta(days=30), last) > timedelta(days=9)


CLOSED_FOREVER = (
    Calendar(name="never", timezone="Europe/Berlin", weekly=(CLOSED,) * 7),
    Calendar(name="empty shift", timezone="Europe/Berlin", weekly=(CLOSED,) * 7, shifts={date(2030, 1, 1): CLOSED}),
    Calendar(
        name="shift on a holiday",
        timezone="Europe/Berlin",
        weekly=(CLOSED,) * 7,
        shifts={date(2030, 1, 1): OFFICE},
        holidays={date(2030, 1, 1): "New Year"},
    ),
    Calendar(name="over", timezone="Europe/Berlin", weekly=(CLOSED,) * 7, shifts={date(2020, 1, 1): OFFICE}),
)


@pytest.mark.parametrize("calendar", CLOSED_FOREVER, ids=[calendar.name for calendar in CLOSED_FOREVER])
def test_a_calendar_that_never_opens_again_says_so(calendar: Calendar) -> None:
    now, end = at("2024-06-03T12:00"), datetime.max.replace(tzinfo=UTC)

    assert calendar.next_open(now) is None
    assert calendar.add(now, timedelta(seconds=1)) is None
    assert calendar.add_working_days_us(us(now), 1) is None
    assert calendar.elapsed(now, end) == timedelta(0)
    assert list(calendar.spans(now, end)) == []
    assert not calendar.is_open(now)


def test_the_single_shift_of_a_closed_calendar_is_found_from_far_away() -> None:
    once = Calendar(name="once", timezone="Asia/Tokyo", weekly=(CLOSED,) * 7, shifts={date(2050, 1, 1): OFFICE})
    start, opening = at("1970-01-01"), at("2050-01-01T08:00", "Asia/Tokyo")

    assert once.next_open(start) == opening
    assert once.add(start, timedelta(hours=9)) == at("2050-01-01T18:00", "Asia/Tokyo")
    assert once.add(start, timedelta(hours=9, microseconds=1)) is None
    assert once.elapsed(start, datetime.max.replace(tzinfo=UTC)) == timedelta(hours=9)
    assert once.add_working_days_us(us(start), 1) == us(at("2050-01-01T09:00", "Asia/Tokyo"))


def test_always_is_open_round_the_clock() -> None:
    calendar = always()
    start, end = at("2024-03-30T12:00"), at("2024-11-30T12:00:00.000001")

    assert calendar.elapsed(start, end) == end - start
    assert calendar.elapsed(end, start) == timedelta(0)
    assert calendar.add(start, end - start) == end
    assert calendar.add(end, timedelta.max) is None
    assert calendar.is_open(start)
    assert calendar.next_open(end) == end
    assert list(calendar.spans(start, end)) == [(start, end)]
    assert list(calendar.spans(end, start)) == []
    assert calendar.add_working_days_us(us(start), 3) == us(at("2024-04-02T12:00"))


@pytest.mark.parametrize("calendar", [always(), every_day(OFFICE)], ids=["always", "office"])
def test_a_search_gives_up_after_two_hundred_years_however_much_is_open(calendar: Calendar) -> None:
    now, year = at("2024-06-03T12:00"), calendar.elapsed(at("2024-01-01"), at("2025-01-01"))

    assert calendar.add(now, 199 * year) is not None
    assert calendar.add_us(us(now), 203 * year // timedelta(microseconds=1)) is None
    assert calendar.add_us(us(now), 10**12 * 1_000_000) is None
    assert calendar.add_us(us(at("9999-12-20T12:00")), 30 * year // timedelta(microseconds=1)) is None


def test_equal_calendars_are_equal_whatever_they_were_asked() -> None:
    asked, fresh = every_day(OFFICE), every_day(OFFICE)
    asked.next_open(at("2024-01-01"))

    assert asked == fresh
    assert hash(asked) == hash(fresh)
    assert repr(asked) == repr(fresh)
    assert asked != every_day(OFFICE, "Europe/Paris")


def test_a_copied_calendar_gives_the_same_answers(office: Calendar) -> None:
    start, end = at("2024-03-01"), at("2024-07-01")
    expected = office.elapsed(start, end)

    assert pickle.loads(pickle.dumps(office)).elapsed(start, end) == expected
    assert copy.deepcopy(office).elapsed(start, end) == expected


def test_changing_the_callers_mapping_later_changes_nothing() -> None:
    holidays = {date(2024, 6, 3): "closed"}
    calendar = Calendar(name="desk", timezone="UTC", weekly=(OFFICE,) * 7, holidays=holidays)
    holidays.clear()

    assert calendar.next_open(at("2024-06-03")) == at("2024-06-04T08:00")


def test_threads_that_share_a_fresh_calendar_agree() -> None:
    shared = every_day(OFFICE)
    starts = [at("1990-01-01") + timedelta(days=61 * step) for step in range(60)]

    def ask(start: datetime) -> tuple[datetime | None, timedelta]:
        return shared.add(start, timedelta(hours=40)), shared.elapsed(start, start + timedelta(days=900))

    expected = [
        (every.add(start, timedelta(hours=40)), every.elapsed(start, start + timedelta(days=900)))
        for every in [every_day(OFFICE)]
        for start in starts
    ]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, starts)) == expected
