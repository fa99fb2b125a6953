"""ServiceNow's schedules as calendars: every way in which an entry comes again, read by a second, slower reading."""

import calendar as months
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import SuggestedCalendar, SuggestedHoliday, Suggestion
from connectors.servicenow.schedules import Schedules
from connectors.servicenow.zones import ALIASES, iana
from core.calendar import Calendar
from core.settings import Offer, configuration, read_folder, suggested_files

TODAY = date(2026, 3, 10)
ONE = timedelta(days=1)
BERLIN = "Europe/Berlin"
REPEATABLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)

Read = Callable[[SuggestedCalendar], Calendar]


@pytest.fixture
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Writes a calendar as `init --from` does, and reads it as every command does."""

    def read(found: SuggestedCalendar) -> Calendar:
        folder: Path = tmp_path_factory.mktemp("folder")
        (folder / "hub.yaml").write_text("connections: {}\n")
        for file in suggested_files(Suggestion("ServiceNow", (found,)), "snow"):
            (folder / file.name).write_text(file.text, "utf-8")
        draft = read_folder(folder)
        offers: dict[str, Offer] = {}
        read = configuration(draft.content, offers, revision=1, applied_at=datetime(2026, 3, 10, tzinfo=UTC))
        (calendar,) = (each for name, each in read.rules.calendars.items() if name != "always")
        return calendar

    return read


def span(repeats: str = "weekdays", start: str = "20230102T080000", end: str = "20230102T170000", **more: str) -> Any:
    return {
        "sys_id": "s", "schedule": "desk", "name": "Hours", "type": "", "start_date_time": start,
        "end_date_time": end, "all_day": "false", "repeat_type": repeats, "repeat_count": "1", "repeat_until": "",
        "days_of_week": "", "monthly_type": "dom", "yearly_type": "doy", "float_day": "1", "float_week": "1",
        "month": "1", "override": "", **more,
    }  # fmt: skip


def closed(name: str, start: str, repeats: str = "yearly", until: str = "", **more: str) -> Any:
    last = until or start
    return span(
        repeats, f"{start}T000000", f"{last}T235959", name=name, type="exclude", all_day="true", **more
    )  # fmt: skip


def schedules(*spans: Any, zone: str = BERLIN, more: Mapping[str, Any] | None = None, **rows: Any) -> Schedules:
    every = [{"sys_id": "desk", "name": "Desk", "time_zone": zone, **(more or {})}, *rows.get("others", ())]
    return Schedules(every, spans, rows.get("children", ()), TODAY)


def calendar(*spans: Any, **more: Any) -> SuggestedCalendar:
    return schedules(*spans, **more).calendar("desk")


def opened(found: Calendar, first: date, days: int = 1) -> list[str]:
    """Return the open hours of some local days."""
    zone = ZoneInfo(found.timezone)
    begin = datetime(first.year, first.month, first.day, tzinfo=zone)
    spans = found.spans(begin.astimezone(UTC), (begin + timedelta(days=days)).astimezone(UTC))
    return [f"{at.astimezone(zone):%a %H:%M}-{to.astimezone(zone):%H:%M}" for at, to in spans]


# The week.


@pytest.mark.parametrize(
    ("entry", "days"),
    [
        (span("weekdays"), "mon tue wed thu fri"),
        (span("weekends"), "sat sun"),
        (span("weekMWF"), "mon wed fri"),
        (span("weekTT"), "tue thu"),
        (span("daily"), "mon tue wed thu fri sat sun"),
        (span("weekly"), "mon"),
        (span("weekly", days_of_week="6"), "sat"),
        (span("weekly", days_of_week="12345"), "mon tue wed thu fri"),
        (span("specific", days_of_week="1,2,3,6,7"), "mon tue wed sat sun"),
    ],
    ids=lambda each: each if isinstance(each, str) else each["repeat_type"] + each["days_of_week"],
)
def test_what_comes_each_week_is_the_week_with_monday_as_its_day_1(entry: Any, days: str) -> None:
    found = calendar(entry)
    names = [months.day_abbr[start // 1440].lower() for start, _ in found.spans]
    assert (" ".join(names), found.holidays, found.hours, found.remarks) == (days, (), (), ())


@pytest.mark.parametrize(
    "start_and_end",
    [("20230102T080000", "20230102T170000"), ("20230102T070000Z", "20230102T160000Z"),
     ("20230703T060000Z", "20230703T150000Z")],
)  # fmt: skip
def test_both_forms_of_a_time_are_the_same_hours_in_summer_and_winter(start_and_end: Any, read: Read) -> None:
    found = read(calendar(span("weekdays", *start_and_end)))
    first = date(2026, 7, 6)
    assert opened(found, first) == ["Mon 08:00-17:00"]
    assert opened(found, date(2026, 12, 7)) == ["Mon 08:00-17:00"]
    assert opened(found, first + 5 * ONE, 2) == []


def test_nights_go_on_into_the_next_day(read: Read) -> None:
    night = span("specific", "20230102T220000", "20230103T060000", days_of_week="1,2,3,4", repeat_until="00000000")
    found = read(calendar(night, zone="US/Eastern"))
    assert found.timezone == "America/New_York"
    assert opened(found, date(2026, 3, 9), 2) == ["Mon 22:00-06:00", "Tue 22:00-00:00"]
    assert opened(found, date(2026, 3, 13)) == ["Fri 00:00-06:00"]


def test_the_night_before_the_first_date_that_is_looked_at_is_a_night_like_others() -> None:
    assert calendar(span("daily", "20230102T220000", "20230103T060000")).hours == ()


@pytest.mark.parametrize("end", ["20230102T235959", "20230103T000000"])
def test_a_day_ends_with_its_last_second(end: str) -> None:
    assert calendar(span("daily", "20230102T000000", end)).spans == ((0, 7 * 1440),)


def test_on_days_on_which_the_clocks_change_the_hours_of_the_wall_clock_hold(read: Read) -> None:
    found = read(calendar(span("daily", "20230102T000000", "20230102T060000")))
    assert found.elapsed(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)) == timedelta(
        hours=5
    )
    assert found.elapsed(datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)) == timedelta(
        hours=7
    )


def test_a_break_that_comes_each_week_is_cut_out_of_the_week() -> None:
    lunch = span("daily", "20230102T120000", "20230102T130000", type="exclude")
    found = calendar(span(), lunch)
    assert found.spans[:2] == ((480, 720), (780, 1020))
    assert (found.holidays, found.hours) == ((), ())


def test_other_hours_from_a_date_on_are_a_version_of_the_week(read: Read) -> None:
    before = span("weekdays", "20190107T080000", "20190107T120000", repeat_until="20260331")
    after = span("weekdays", "20260401T090000", "20260401T180000")
    found = read(calendar(before, after))
    assert opened(found, date(2026, 3, 31), 2) == ["Tue 08:00-12:00", "Wed 09:00-18:00"]


def test_an_entry_that_has_ended_long_ago_is_gone() -> None:
    ended = span("weekly", "20190107T180000", "20190107T200000", days_of_week="12345", repeat_until="20191231")
    assert calendar(span(), ended).spans == calendar(span()).spans
    assert calendar(ended).remarks == ("This schedule is open at no time of the week.",)
    for never in ("", "00000000", "20400101"):
        assert len(calendar(span(repeat_until=never)).spans) == 5


def test_hours_that_have_only_just_begun_hold_for_the_past_as_well(read: Read) -> None:
    found = calendar(span(start="20260302T080000", end="20260302T170000"), closed("New Year", "20120101"))
    assert found.remarks[0] == "Its hours begin on 2026-03-02; here they hold before that, too."
    assert (found.versions, len(found.spans)) == ((), 5)
    assert [each.first.year for each in found.holidays] == [2024, 2025, 2026, 2027, 2029]


# Single days and holidays.


@pytest.mark.parametrize(
    ("entry", "dates"),
    [
        (closed("New Year", "20120101"), "2024-01-01 2025-01-01 2026-01-01 2027-01-01 2029-01-01"),
        (
            closed("Memorial Day", "20120528", yearly_type="float", float_day="2", float_week="last", month="5"),
            "2024-05-27 2025-05-26 2026-05-25 2027-05-31 2028-05-29 2029-05-28",
        ),
        (
            closed("Thanksgiving", "20121122", yearly_type="float", float_day="5", float_week="4", month="11"),
            "2024-11-28 2025-11-27 2026-11-26 2027-11-25 2028-11-23 2029-11-22",
        ),
        (
            closed("Labor Day", "20120903", yearly_type="float", float_day="2", float_week="1", month="9"),
            "2024-09-02 2025-09-01 2026-09-07 2027-09-06 2028-09-04 2029-09-03",
        ),
        (closed("Leap day", "20240229"), "2024-02-29 2028-02-29"),
        (closed("Every other year", "20240610", repeat_count="2"), "2024-06-10 2026-06-10"),
        (closed("Once", "20260430", "NULL_OVERRIDE"), "2026-04-30"),
        (closed("Once", "20260430", "does_not_repeat"), "2026-04-30"),
        (closed("Once", "20260430", ""), "2026-04-30"),
        (closed("The last two", "20270331", "monthly", monthly_type="ldom", repeat_until="20270430"),
         "2027-03-31 2027-04-30"),
        (closed("31st", "20270131", "monthly", repeat_until="20270531"), "2027-03-31 2027-05-31"),
        (closed("Second Tuesdays", "20260714", "monthly", monthly_type="nth", repeat_until="20260930"),
         "2026-07-14 2026-08-11 2026-09-08"),
        (closed("Every 3 months", "20260105", "monthly", repeat_count="3", repeat_until="20261006"),
         "2026-01-05 2026-10-05"),
        (closed("Every 10 days", "20260105", "daily", repeat_count="10", repeat_until="20260220"),
         "2026-01-05 2026-01-15 2026-02-04"),
        (closed("Fortnight", "20260105", "weekly", days_of_week="15", repeat_count="2", repeat_until="20260123"),
         "2026-01-05 2026-01-09 2026-01-19 2026-01-23"),
        (closed("Long weekend", "20260430", "", until="20260504"), "2026-04-30 2026-05-04"),
    ],
    ids=lambda each: "" if isinstance(each, str) else each["name"],
)  # fmt: skip
def test_dates_that_follow_another_rule_are_worked_out_for_years(entry: Any, dates: str) -> None:
    days = [each.first for each in calendar(span(), entry).holidays]
    assert " ".join(map(str, days)) == dates


def test_days_of_one_name_that_follow_one_another_are_one_holiday() -> None:
    found = calendar(span("daily"), closed("Works holiday", "20260803", "", until="20260816"))
    assert found.holidays == (SuggestedHoliday("Works holiday", date(2026, 8, 3), date(2026, 8, 16)),)


def test_half_a_day_off_and_a_saturday_at_work_are_days_with_hours_of_their_own(read: Read) -> None:
    eve = span("yearly", "20201224T120000", "20201224T235959", type="exclude", name="Christmas Eve")
    extra = span("", "20261219T090000", "20261219T130000", name="Stock-taking")
    found = calendar(span(), eve, extra)
    assert [(each.name, each.on, each.spans) for each in found.hours if each.on.year == 2026] == [
        ("Stock-taking", date(2026, 12, 19), ((540, 780),)),
        ("Christmas Eve", date(2026, 12, 24), ((480, 720),)),
    ]
    assert found.remarks == ("Dates after 2029-12-31: its rules go on, and here they are worked out until then.",)
    assert opened(read(found), date(2026, 12, 24)) == ["Thu 08:00-12:00"]
    assert opened(read(found), date(2026, 12, 19)) == ["Sat 09:00-13:00"]


def test_every_other_week_is_told_date_by_date(read: Read) -> None:
    found = read(calendar(span(), span("weekly", "20260307T100000", "20260307T120000", repeat_count="2")))
    saturdays = [date(2026, 3, 7) + week * 7 * ONE for week in range(4)]
    assert [bool(opened(found, day)) for day in saturdays] == [True, False, True, False]


# Schedules made of others.

HOLIDAYS = {"sys_id": "free", "name": "Holidays", "time_zone": ""}
NEW_YEAR = {**closed("New Year", "20120101"), "schedule": "free"}


def child(kind: str = "include", other: str = "free") -> Any:
    return {"sys_id": "c", "schedule": "desk", "child_schedule": other, "type": kind}


def test_a_child_schedule_brings_its_holidays_along() -> None:
    found = calendar(span(), NEW_YEAR, others=[HOLIDAYS], children=[child()])
    assert {each.name for each in found.holidays} == {"New Year"}
    assert found.usable


def test_a_child_schedule_that_is_excluded_closes_by_its_own_hours() -> None:
    stock = {**span("", "20260601T000000", "20260601T235959", name="Stock-taking"), "schedule": "free"}
    found = calendar(span(), stock, others=[HOLIDAYS],
                     children=[child("exclude")])  # fmt: skip
    assert found.holidays == (SuggestedHoliday("Stock-taking", date(2026, 6, 1), date(2026, 6, 1)),)


def test_a_parent_brings_its_hours_along() -> None:
    of_parent = {**span("weekends"), "schedule": "base"}
    found = calendar(span(), of_parent, others=[{"sys_id": "base", "name": "Base"}], more={"parent": "base"})
    assert len(found.spans) == 7


def test_schedules_that_belong_to_each_other_do_not_go_round_for_ever() -> None:
    found = calendar(span(), others=[{**HOLIDAYS, "parent": "desk"}], children=[child()])
    assert len(found.spans) == 5


def test_a_schedule_that_only_closes_others_is_known_as_such() -> None:
    found = schedules(span(), NEW_YEAR, others=[HOLIDAYS], children=[child()])
    assert (found.only_closes("free"), found.only_closes("desk")) == (True, False)


@pytest.mark.parametrize(
    ("more", "remark"),
    [
        (
            {"others": [{**HOLIDAYS, "time_zone": "Asia/Tokyo"}]},
            "Holidays is part of it and goes by another time zone.",
        ),
        ({"others": []}, "A schedule that is part of it is gone, or may not be read."),
        ({"children": [child("maybe")]}, "Holidays is part of it in a way that is not known: 'maybe'."),
        ({"children": [child("exclude")]}, "Holidays closes it, and is closed at times itself."),
    ],
)
def test_parts_that_are_not_understood_leave_the_calendar_unusable(more: Any, remark: str) -> None:
    found = calendar(span(), NEW_YEAR, **{"others": [HOLIDAYS], "children": [child()], **more})
    assert (found.remarks[0], found.usable) == (remark, False)


# What is not known is told, and never round the clock.


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"repeat_type": "lunar"}, "it comes again by a rule that is not known: 'lunar'"),
        (
            {"repeat_type": "monthly", "monthly_type": "lwdom"},
            "it comes each month by a rule that is not known: 'lwdom'",
        ),
        (
            {"repeat_type": "yearly", "yearly_type": "easter"},
            "it comes each year by a rule that is not known: 'easter'",
        ),
        (
            {"repeat_type": "yearly", "yearly_type": "float", "float_week": "5"},
            "it comes on weekday '1' of week '5' in month '1'",
        ),
        ({"repeat_type": "specific"}, "its weekdays are ''"),
        ({"repeat_type": "weekly", "days_of_week": "0"}, "its weekdays are '0'"),
        ({"repeat_until": "some day"}, "it comes until 'some day', which is no date"),
        ({"start_date_time": "2026-01-05 08:00:00"}, "'2026-01-05 08:00:00' is not a time of a schedule"),
        ({"end_date_time": "20261305T080000"}, "'20261305T080000' is not a time of a schedule"),
        ({"end_date_time": "20230101T080000"}, "it goes from 2023-01-02 08:00 to 2023-01-01 08:00"),
        ({"start_date_time": "20230102T080030"}, "it begins or ends within a minute: 08:00:30 to 17:00:00"),
        ({"override": "e1"}, "it overrides another entry"),
    ],
)  # fmt: skip
def test_an_entry_that_is_not_understood_leaves_the_calendar_unusable(odd: dict[str, str], why: str) -> None:
    found = calendar(span(), {**span(), **odd, "name": "Odd"})
    assert found.remarks == (f"Its entry 'Odd' cannot be read: {why}.",)
    assert not found.usable
    assert len(found.spans) == 5, "what is known of it is shown"


def test_a_floating_schedule_takes_the_zone_that_is_asked_for() -> None:
    found = schedules(span(), zone="floating")
    bare = found.calendar("desk")
    assert (bare.zone, bare.usable) == ("", False)
    assert bare.remarks[0].startswith("It has no time zone: its hours are those of whoever asks.")
    asked = found.calendar("desk", "US/Pacific")
    assert (asked.id, asked.title, asked.zone, asked.usable) == (
        "desk@US/Pacific", "Desk, US/Pacific", "America/Los_Angeles", True,
    )  # fmt: skip


def test_an_instant_without_a_zone_is_not_guessed_at() -> None:
    found = calendar(span("weekdays", "20230102T070000Z", "20230102T160000Z"), zone="Mars/Olympus")
    assert found.remarks == (
        "ServiceNow's time zone 'Mars/Olympus' is not known: fill in its IANA name, as in Europe/Berlin.",
        "Its entry 'Hours' cannot be read: '20230102T070000Z' is an instant, and the schedule has no time zone that is "
        "known.",
        "This schedule is open at no time of the week.",
    )


def test_hours_without_any_weekly_rule_are_told_and_not_used() -> None:
    found = calendar(span("daily", repeat_count="2", start="20240101T080000", end="20240101T170000"))
    assert not found.usable
    assert "It follows no weekly rule: 1096 dates until 2029-12-31 have hours of their own." in found.remarks


@pytest.mark.parametrize("name", ALIASES)
def test_every_alias_leads_to_a_zone_that_there_is(name: str) -> None:
    assert iana(name) in available_timezones()


def test_names_that_are_zones_stay_and_others_are_not_guessed() -> None:
    assert (iana("Europe/Berlin"), iana("EST"), iana("Somewhere"), iana("")) == ("Europe/Berlin", "EST", "", "")


# A second reading, minute by minute.


def is_open(rows: list[Any], day: date, minute: int) -> bool:
    """Tell by the rules of the rows alone whether a minute is open."""
    told = [row for row in rows if any(starts(row, day - back * ONE, minute + back * 1440) for back in range(4))]
    return bool(told) and not any(row["type"] == "exclude" for row in told)


def starts(row: Any, day: date, minute: int) -> bool:
    """Tell whether an entry begins on a day and lasts over a minute that many minutes after that day's midnight."""
    begin, end = (datetime.fromisoformat(row[f"{edge}_date_time"]) for edge in ("start", "end"))
    from_minute = begin.hour * 60 + begin.minute
    lasts = round((end - begin).total_seconds() / 60 + 0.01)
    if not from_minute <= minute < from_minute + lasts:
        return False
    first, every, gone = begin.date(), int(row["repeat_count"]), (day - begin.date()).days
    if gone < 0 or (row["repeat_until"] and f"{day:%Y%m%d}" > row["repeat_until"]):
        return False
    weeks = (day - timedelta(days=day.isoweekday()) - (first - timedelta(days=first.isoweekday()))).days // 7
    apart = (day.year - first.year) * 12 + day.month - first.month
    last = months.monthrange(day.year, day.month)[1]
    match row["repeat_type"]:
        case "":
            return gone == 0
        case "daily":
            return gone % every == 0
        case "weekly" | "specific":
            return str(day.isoweekday()) in row["days_of_week"] and weeks % every == 0
        case "weekdays":
            return day.isoweekday() < 6 and weeks % every == 0
        case "monthly" if row["monthly_type"] == "ldom":
            return day.day == last and apart % every == 0
        case "monthly" if row["monthly_type"] == "nth":
            same = day.isoweekday() == first.isoweekday() and (day.day + 6) // 7 == (first.day + 6) // 7
            return same and apart % every == 0
        case "monthly":
            return day.day == first.day and apart % every == 0
        case "yearly" if row["yearly_type"] == "float":
            week = row["float_week"]
            nth = day.day + 7 > last if week == "last" else (day.day + 6) // 7 == int(week)
            sunday_first = str(day.isoweekday() % 7 + 1)
            whole = (day.year - first.year) % every == 0
            return whole and nth and sunday_first == row["float_day"] and day.month == int(row["month"])
        case _:
            return (day.month, day.day) == (first.month, first.day) and (day.year - first.year) % every == 0


@st.composite
def entries(draw: st.DrawFn) -> Any:
    first = date(2025, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
    start, lasts = draw(st.integers(0, 95)) * 15, draw(st.integers(1, 160)) * 15
    begin = datetime.combine(first, time()) + timedelta(minutes=start)
    repeats = draw(st.sampled_from(("", "daily", "weekly", "specific", "weekdays", "monthly", "yearly")))
    return span(
        repeats,
        f"{begin:%Y%m%dT%H%M%S}",
        f"{begin + timedelta(minutes=lasts):%Y%m%dT%H%M%S}",
        type=draw(st.sampled_from(("", "exclude"))),
        repeat_count=str(draw(st.sampled_from((1, 1, 1, 2, 3)))),
        repeat_until=draw(st.sampled_from(("", "", "20260915"))),
        days_of_week="".join(sorted(draw(st.sets(st.sampled_from("1234567"), min_size=1)))),
        monthly_type=draw(st.sampled_from(("dom", "nth", "ldom"))),
        yearly_type=draw(st.sampled_from(("doy", "float"))),
        float_day=draw(st.sampled_from("1234567")),
        float_week=draw(st.sampled_from(("1", "2", "4", "last"))),
        month=str(draw(st.integers(1, 12))),
    )


@REPEATABLE
@given(st.lists(entries(), min_size=1, max_size=4), st.integers(0, 1000))
def test_the_calendar_is_open_in_the_minutes_in_which_the_entries_are(read: Read, drawn: list[Any], at: int) -> None:
    found = calendar(span(), *drawn, zone="UTC")
    if not found.usable:
        assert any("no weekly rule" in remark or "no time of the week" in remark for remark in found.remarks)
        return
    rows = [span(), *drawn]
    shown = read(found)
    for day in (date(2025, 2, 1) + timedelta(days=at + step) for step in range(9)):
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        spans = shown.spans(begin, begin + ONE)
        minutes = {
            minute
            for opens, closes in spans
            for minute in range(
                round((opens - begin).total_seconds()) // 60, round((closes - begin).total_seconds()) // 60
            )
        }
        assert minutes == {minute for minute in range(1440) if is_open(rows, day, minute)}, day
