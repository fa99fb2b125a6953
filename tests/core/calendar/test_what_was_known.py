"""Weeks that change on a date, and closings that nobody knew before they were declared."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.calendar import Calendar, Closing, Spans, Week
from core.calendar.instants import to_us

H = 3600
OFFICE: Spans = ((8 * H, 12 * H), (13 * H, 18 * H))
WEEK: Week = (*(OFFICE,) * 5, (), ())
LONG: Week = (*(((7 * H, 20 * H),),) * 6, ())
NEVER: Week = ((),) * 7
HOUR = timedelta(hours=1)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def office(*closings: Closing, versions: tuple[tuple[date, Week], ...] = (), **more: dict[date, str]) -> Calendar:
    return Calendar("office", "Europe/Berlin", WEEK, closings=closings, versions=versions, **more)


def open_on(calendar: Calendar, day: str) -> timedelta:
    start = berlin(day)
    return calendar.elapsed(start, start + timedelta(days=1))


def test_a_local_date_has_the_hours_of_the_newest_week_that_has_begun() -> None:
    calendar = office(versions=((date(2027, 1, 4), LONG), (date(2027, 2, 1), NEVER)))
    opened = [open_on(calendar, day) for day in ("2027-01-02", "2027-01-01", "2027-01-04", "2027-01-09", "2027-02-01")]
    assert opened == [0 * HOUR, 9 * HOUR, 13 * HOUR, 13 * HOUR, 0 * HOUR]


def test_the_new_week_begins_at_midnight_of_the_calendars_own_zone() -> None:
    round_the_clock: Week = (((0, 24 * H),),) * 7
    calendar = office(versions=((date(2027, 1, 2), round_the_clock),))
    assert calendar.next_open(berlin("2027-01-01T18:00")) == datetime(2027, 1, 1, 23, tzinfo=UTC)


def test_hours_over_midnight_end_with_the_week_that_they_belong_to() -> None:
    night: Week = (((0, 6 * H), (22 * H, 24 * H)),) * 7
    calendar = Calendar("night", "UTC", night, versions=((date(2027, 1, 1), NEVER),))
    closing = datetime(2027, 1, 1, tzinfo=UTC)
    assert calendar.elapsed(closing - 2 * HOUR, closing + 8 * HOUR) == 2 * HOUR
    assert calendar.next_open(closing) is None


def test_holidays_and_special_hours_are_common_to_all_weeks() -> None:
    calendar = Calendar(
        "office",
        "Europe/Berlin",
        WEEK,
        holidays={date(2027, 1, 6): "Epiphany"},
        shifts={date(2027, 1, 10): ((9 * H, 10 * H),)},
        breaks={date(2027, 1, 7): ((7 * H, 10 * H),)},
        versions=((date(2027, 1, 4), LONG),),
    )
    assert [open_on(calendar, f"2027-01-{day:02}") / HOUR for day in (5, 6, 7, 10)] == [13, 0, 10, 1]


def test_a_calendar_that_opens_only_with_a_later_week_is_searched_from_there() -> None:
    calendar = Calendar("later", "UTC", NEVER, versions=((date(2150, 1, 1), WEEK),))
    assert calendar.next_open(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2150, 1, 1, 8, tzinfo=UTC)
    assert calendar.add(datetime(2026, 1, 1, tzinfo=UTC), HOUR) == datetime(2150, 1, 1, 9, tzinfo=UTC)
    start = to_us(datetime(2026, 1, 1, tzinfo=UTC))
    assert calendar.add_working_days_us(start, 1) == to_us(datetime(2150, 1, 1, 0, tzinfo=UTC))


def test_round_the_clock_is_so_only_with_every_week() -> None:
    calendar = Calendar("a", "UTC", (((0, 24 * H),),) * 7, versions=((date(2027, 1, 1), WEEK),))
    assert not calendar.is_open(datetime(2027, 1, 1, tzinfo=UTC))
    strike = datetime(2026, 5, 4, tzinfo=UTC)
    for hours in (None, ((0, H),)):
        day = Closing(strike.date(), "strike", hours)
        assert not Calendar("a", "UTC", (((0, 24 * H),),) * 7, closings=(day,)).is_open(strike)


@pytest.mark.parametrize(
    ("versions", "sentence"),
    [
        ([(date(2027, 1, 1), WEEK), (date(2026, 1, 1), WEEK)], "2026-01-01 stands after the one from 2027-01-01"),
        ([(date(2027, 1, 1), WEEK), (date(2027, 1, 1), WEEK)], "2027-01-01 stands after the one from 2027-01-01"),
        ([(date(2027, 1, 1), WEEK[:5])], "hours from 2027-01-01 need seven days"),
        ([(date(2027, 1, 1), (((9 * H, 8 * H),), *WEEK[1:]))], "Monday from 2027-01-01: 09:00-08:00 ends before"),
    ],
)
def test_weeks_that_nobody_can_mean_are_refused(versions: list[tuple[date, Week]], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^calendar office.*{re.escape(sentence)}"):
        office(versions=tuple(versions))


def test_a_closing_with_wrong_hours_or_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="closed hours of 2026-12-24: 12:00-08:00 ends before"):
        office(Closing(date(2026, 12, 24), "x", ((12 * H, 8 * H),)))
    with pytest.raises(ValueError, match="has no time zone"):
        office(Closing(date(2026, 12, 24), "x", known=datetime.fromisoformat("2026-12-01")))


STORM = Closing(date(2026, 11, 18), "Storm", ((12 * H, 24 * H),), berlin("2026-11-18T11:00"))
MOURNING = Closing(date(2026, 11, 20), "Day of mourning", None, berlin("2026-11-19T00:00"))
PARTY = Closing(date(2026, 12, 23), "Party", ((16 * H, 18 * H),))


def test_the_calendar_itself_knows_everything() -> None:
    calendar = office(STORM, MOURNING, PARTY)
    assert [open_on(calendar, day) / HOUR for day in ("2026-11-18", "2026-11-20", "2026-12-23")] == [4, 0, 7]


def test_what_is_declared_later_was_not_believed_before() -> None:
    calendar = office(STORM, MOURNING, PARTY)
    morning = calendar.known_at(to_us(berlin("2026-11-18T10:59:59")))
    assert [open_on(morning, day) / HOUR for day in ("2026-11-18", "2026-11-20", "2026-12-23")] == [9, 9, 7]
    noon = calendar.known_at(to_us(berlin("2026-11-18T11:00")))
    assert [open_on(noon, day) / HOUR for day in ("2026-11-18", "2026-11-20", "2026-12-23")] == [4, 9, 7]


def test_one_belief_is_one_object() -> None:
    calendar = office(STORM, MOURNING, PARTY)
    first, second = calendar.declared_us
    assert (first, second) == (to_us(berlin("2026-11-18T11:00")), to_us(berlin("2026-11-19T00:00")))
    assert calendar.known_at(0) is calendar.known_at(first - 1)
    assert calendar.known_at(first) is calendar.known_at(second - 1)
    assert calendar.known_at(0) is not calendar.known_at(first)
    assert calendar.known_at(second) is calendar
    assert calendar.known_at(first).declared_us == (first,)
    assert calendar.known_at(first).known_at(first) is calendar.known_at(first)
    plain = office(PARTY)
    assert plain.declared_us == ()
    assert plain.known_at(-(10**18)) is plain


def test_a_holiday_that_is_declared_besides_was_closed_before_too() -> None:
    calendar = office(MOURNING, holidays={MOURNING.on: "Fair"})
    assert not open_on(calendar.known_at(0), "2026-11-20")
    assert [each.name for each in calendar.closed_from(MOURNING.on)] == ["Day of mourning"]
    assert [each.name for each in calendar.known_at(0).closed_from(MOURNING.on)] == ["Fair"]


def test_what_is_closed_by_name_comes_in_the_order_of_the_days() -> None:
    new_year, fair = date(2027, 1, 1), date(2026, 11, 20)
    morning = Closing(date(2026, 12, 23), "Delivery", ((8 * H, 9 * H),))
    lost = Closing(fair, "no more to close", ((8 * H, 9 * H),))
    calendar = office(PARTY, STORM, morning, lost, holidays={new_year: "New Year", fair: "Fair"})
    assert [(each.on, each.name) for each in calendar.closed_from(date(2026, 11, 19))] == [
        (fair, "Fair"),
        (PARTY.on, "Delivery"),
        (PARTY.on, "Party"),
        (new_year, "New Year"),
    ]
    assert calendar.usual_hours(PARTY.on) == OFFICE


def test_a_date_that_the_zone_skips_never_happens() -> None:
    apia = Calendar("apia", "Pacific/Apia", WEEK)
    assert [apia.has_date(date(2011, 12, day)) for day in (29, 30, 31)] == [True, False, True]


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana")
ANCHORS = (date(2011, 12, 30), date(2024, 3, 31), date(2024, 11, 3), date(2026, 12, 31))
EDGES = st.lists(st.integers(0, 24 * 4), min_size=2, max_size=4, unique=True).map(sorted)
HOURS = st.one_of(
    st.just(()),
    st.just(((0, 24 * H),)),
    EDGES.map(lambda edges: tuple((a * 900, b * 900) for a, b in zip(edges[::2], edges[1::2], strict=False))),
)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """Draw a calendar with changes around one date, and an instant up to four days before it."""
    anchor = draw(st.sampled_from(ANCHORS))
    near = st.integers(-3, 3).map(lambda days: anchor + timedelta(days=days))
    midnight = datetime(anchor.year, anchor.month, anchor.day, tzinfo=UTC)
    known = st.none() | st.integers(-96, 96).map(lambda hours: midnight + hours * HOUR)
    names = st.sampled_from(["a", "b"])
    calendar = Calendar(
        "drawn",
        draw(st.sampled_from(ZONES)),
        draw(st.tuples(*[HOURS] * 7)),
        holidays=draw(st.dictionaries(near, names, max_size=1)),
        shifts=draw(st.dictionaries(near, HOURS, max_size=2)),
        breaks=draw(st.dictionaries(near, HOURS, max_size=1)),
        closings=tuple(draw(st.lists(st.builds(Closing, near, names, st.none() | HOURS, known), max_size=4))),
        versions=tuple(sorted(draw(st.dictionaries(near, st.tuples(*[HOURS] * 7), max_size=3)).items())),
    )
    return calendar, midnight - draw(st.integers(0, 96)) * HOUR


def is_open(calendar: Calendar, at: datetime, believed: datetime) -> bool:
    """Tell what the wall clock says, from the words of the documentation alone."""
    local = at.astimezone(ZoneInfo(calendar.timezone))
    day, second = local.date(), local.hour * H + local.minute * 60
    week = calendar.weekly
    for start, later in calendar.versions:
        week = later if start <= day else week
    hours = calendar.shifts[day] if day in calendar.shifts else week[day.weekday()]
    closed: list[tuple[int, int]] = [*calendar.breaks.get(day, ())]
    for each in calendar.closings:
        if each.on == day and (each.known is None or each.known <= believed):
            closed += ((0, 24 * H),) if each.hours is None else each.hours
    within = any(start <= second < end for start, end in hours)
    return within and day not in calendar.holidays and not any(start <= second < end for start, end in closed)


@settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(drawn(), st.integers(-100, 100))
def test_every_belief_is_open_as_a_walk_in_quarters_of_an_hour_says(
    found: tuple[Calendar, datetime], hours: int
) -> None:
    calendar, start = found
    quarter = HOUR / 4
    times = [start + step * quarter for step in range(6 * 24 * 4)]
    believed = start + hours * HOUR
    then = calendar.known_at(to_us(believed))
    walked = [is_open(calendar, at, believed) for at in times]
    assert [then.is_open(at) for at in times] == walked
    assert then.elapsed(times[0], times[-1]) == sum(walked[:-1]) * quarter
    assert then.declared_us == tuple(at for at in calendar.declared_us if at <= to_us(believed))
    latest = datetime.max.replace(tzinfo=UTC)
    assert [calendar.is_open(at) for at in times] == [is_open(calendar, at, latest) for at in times]
