"""Holidays out of iCalendar files: which days they close, how they are locked in, what is told of a wrong file."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import Problem, SettingsError
from core.settings import (
    Configuration,
    Offer,
    canonical,
    configuration,
    describe,
    differences,
    lock,
    parse,
    read_folder,
)
from core.settings.ical_dates import ical_dates
from core.settings.words import Mistake

YEARS = range(2023, 2030)
YAML = """\
calendars:
  office:
    timezone: Europe/Berlin
    weekly: {mon-fri: "08:00-17:00"}
    holidays: {ical: days/holidays.ics}
"""


def event(*lines: str, uid: str = "one") -> str:
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"))


def file(*events: str) -> str:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", *events, "END:VCALENDAR", ""))


CHRISTMAS = event("DTSTART;VALUE=DATE:20101225", "RRULE:FREQ=YEARLY", "SUMMARY:Christmas")


def days(*events: str) -> dict[str, str]:
    return {on.isoformat(): name for on, name in ical_dates(file(*events), YEARS).items()}


def test_an_event_closes_its_day_by_name() -> None:
    assert days(event("DTSTART;VALUE=DATE:20261224", "SUMMARY:Works meeting\\, all sites")) == {
        "2026-12-24": "Works meeting, all sites"
    }


@pytest.mark.parametrize("end", ["DTEND;VALUE=DATE:20270102", "DURATION:P9D"])
def test_an_event_of_several_days_closes_each_of_them(end: str) -> None:
    found = days(event("DTSTART;VALUE=DATE:20261224", end, "SUMMARY:Holidays"))
    assert list(found) == [f"2026-12-{day}" for day in range(24, 32)] + ["2027-01-01"]


def test_a_recurring_event_is_followed_through_the_years() -> None:
    assert list(days(CHRISTMAS)) == [f"{year}-12-25" for year in YEARS]
    thanksgiving = event("DTSTART;VALUE=DATE:20101125", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "SUMMARY:T")
    assert [on for on in days(thanksgiving) if on[:4] in {"2025", "2026"}] == ["2025-11-27", "2026-11-26"]
    twice = event(
        "DTSTART;VALUE=DATE:20251224", "DTEND;VALUE=DATE:20251226", "RRULE:FREQ=YEARLY;UNTIL=20261231", "SUMMARY:T"
    )
    assert list(days(twice)) == ["2025-12-24", "2025-12-25", "2026-12-24", "2026-12-25"]


def test_days_that_are_taken_out_added_moved_or_cancelled_are_so() -> None:
    series = event(
        "DTSTART;VALUE=DATE:20101225",
        "RRULE:FREQ=YEARLY",
        "EXDATE;VALUE=DATE:20241225",
        "RDATE;VALUE=DATE:20240701",
        "SUMMARY:Christmas",
    )
    moved = event("RECURRENCE-ID;VALUE=DATE:20261225", "DTSTART;VALUE=DATE:20261228", "SUMMARY:Christmas, later")
    off = event("RECURRENCE-ID;VALUE=DATE:20271225", "DTSTART;VALUE=DATE:20271225", "STATUS:CANCELLED", "SUMMARY:C")
    found = days(series, moved, off)
    assert list(found) == ["2023-12-25", "2024-07-01", "2025-12-25", "2026-12-28", "2028-12-25", "2029-12-25"]
    assert found["2026-12-28"] == "Christmas, later"


def test_only_days_of_the_resolved_years_count() -> None:
    found = days(event("DTSTART;VALUE=DATE:20221230", "DTEND;VALUE=DATE:20230103", "SUMMARY:New Year"))
    assert list(found) == ["2023-01-01", "2023-01-02"]


def test_two_events_of_one_day_are_both_named() -> None:
    one, same = event("DTSTART;VALUE=DATE:20260501", "SUMMARY:May Day"), event("DTSTART;VALUE=DATE:20260501")
    other = event("DTSTART;VALUE=DATE:20260501", "SUMMARY:Labour Day", uid="two")
    assert days(one, other, one)["2026-05-01"] == "Labour Day; May Day"
    assert days(same)["2026-05-01"] == "holiday"


def test_events_with_a_time_of_day_close_nothing() -> None:
    party = event("DTSTART:20261223T150000Z", "DTEND:20261223T170000Z", "SUMMARY:Party", uid="two")
    elsewhere = event("DTSTART;TZID=Nowhere/Here:20261223T150000", "SUMMARY:Party", uid="three")
    assert days(CHRISTMAS, party, elsewhere) == days(CHRISTMAS)


def test_a_file_as_other_programs_write_it_is_read() -> None:
    odd = event(
        "DTSTART;VALUE=DATE:20261225",
        "SUMMARY;LANGUAGE=de:Erster",
        "  Weihnachtstag",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
        "BEGIN:VALARM",
        "TRIGGER:-PT15M",
        "ACTION:DISPLAY",
        "END:VALARM",
    ).replace("UID:one\r\n", "")
    text = "\ufeff" + (file(odd) + file(CHRISTMAS)).replace("\r\n", "\n")
    assert ical_dates(text, range(2026, 2027)) == {date(2026, 12, 25): "Christmas; Erster Weihnachtstag"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is not an iCalendar file"),
        ("hello", "it is not an iCalendar file"),
        ("<html>\n</html>", "it is not an iCalendar file"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "it is not an iCalendar file"),
        (CHRISTMAS, "it is not an iCalendar file"),
        (file(event("DTSTART;VALUE=DATE,TIME:20261224")), "it is not an iCalendar file: a line of it is not as"),
        (file(), "there is no event of whole days in it"),
        (file(event("DTSTART:20261223T150000Z", "SUMMARY:Party")), "there is no event of whole days in it"),
        (file(event("SUMMARY:Fair")), "the event `Fair` has no days: No DTSTART given."),
        (file(event("DTSTART;VALUE=DATE:2026", "SUMMARY:Fair")), "the event `Fair` has a DTSTART that cannot be read"),
        (
            file(event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261220", "SUMMARY:Fair")),
            "the event `Fair` ends on 2026-12-20, before it begins on 2026-12-24",
        ),
        (file(event("DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=SOMETIMES")), "an event without a name has a RRULE"),
        (file(event("DTSTART;VALUE=DATE:20261224", "RRULE:INTERVAL=2")), "cannot recur as it says"),
        (file(event("DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=SECONDLY")), "cannot recur as it says"),
        (file(event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:99991231")), "its days cannot be worked out"),
    ],
)
def test_a_file_that_nobody_can_mean_is_told(text: str, says: str) -> None:
    with pytest.raises(Mistake) as caught:
        ical_dates(text, YEARS)
    assert says in caught.value.text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "slahub.yaml").write_text(YAML, "utf-8")
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "holidays.ics").write_text(file(CHRISTMAS), "utf-8")
    return tmp_path


def told(folder: Path, offers: Mapping[str, Offer]) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        read(folder, offers)
    return list(caught.value.problems)


def read(folder: Path, offers: Mapping[str, Offer]) -> Configuration:
    draft = read_folder(folder)
    now = datetime(2026, 5, 4, tzinfo=UTC)
    return configuration(draft.content, offers, revision=1, applied_at=now, positions=draft.positions)


def test_a_calendar_is_closed_on_the_days_of_its_file(folder: Path, offers: Mapping[str, Offer]) -> None:
    found = read(folder, offers).rules.calendars["office"].holidays
    assert found == {date(year, 12, 25): "Christmas" for year in YEARS}


def test_a_file_may_stand_beside_rules_and_dates(folder: Path, offers: Mapping[str, Offer]) -> None:
    text = YAML.replace("{ical: days/holidays.ics}", "[{country: JP}, {ical: days/holidays.ics}, 2026-12-24]")
    (folder / "slahub.yaml").write_text(text, "utf-8")
    found = read(folder, offers).rules.calendars["office"].holidays
    assert [on.day for on in sorted(found) if on > date(2026, 12, 1) and on.year == 2026] == [24, 25]
    assert found[date(2026, 11, 3)] == "Culture Day"


def test_a_revision_is_whole_without_the_file(folder: Path, offers: Mapping[str, Offer]) -> None:
    locked: Any = parse(canonical(lock(read_folder(folder).content, 2026)))
    office = locked["calendars"]["office"]
    assert office["holidays"] == {"ical": "days/holidays.ics"}
    assert office["resolved"][0] == {"date": "2023-12-25", "name": "Christmas"}
    assert office["resolved_years"] == [2023, 2029]
    later = configuration(locked, offers, revision=7, applied_at=datetime(2040, 1, 1, tzinfo=UTC))
    assert later.rules.calendars["office"].holidays == {date(year, 12, 25): "Christmas" for year in YEARS}


def test_another_file_is_a_difference_with_the_days_that_go_and_come(folder: Path) -> None:
    def changed(text: str, year: int = 2026) -> str:
        before = lock(read_folder(folder).content, 2026)
        (folder / "days" / "holidays.ics").write_text(text, "utf-8")
        return describe(differences(before, lock(read_folder(folder).content, year)))

    fair = event("DTSTART;VALUE=DATE:20270301", "SUMMARY:Fair", uid="two")
    assert changed(file(CHRISTMAS, fair)) == "calendars.office.resolved: holidays differ, [] -> [2027-03-01 Fair]"
    assert changed(file(fair, CHRISTMAS), 2027) == ""
    moved = fair.replace("20270301", "20280301")
    assert changed(file(CHRISTMAS, moved)) == (
        "calendars.office.resolved: holidays differ, [2027-03-01 Fair] -> [2028-03-01 Fair]"
    )


def test_what_is_wrong_with_a_file_is_told_where_it_is_named(folder: Path, offers: Mapping[str, Offer]) -> None:
    (folder / "days" / "holidays.ics").write_text("hello", "utf-8")
    (problem,) = told(folder, offers)
    assert (Path(problem.file).name, problem.line, problem.key) == ("slahub.yaml", 5, "calendars.office.holidays.ical")
    assert problem.text.startswith("days/holidays.ics: it is not an iCalendar file")
    assert lock(read_folder(folder).content, 2026) == read_folder(folder).content


def test_a_file_that_cannot_be_read_is_a_mistake_of_the_draft(
    folder: Path, offers: Mapping[str, Offer], tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = folder / "days" / "holidays.ics"
    name.write_bytes(b"\xff\xfe")
    assert [each.text for each in told(folder, offers)] == ["`days/holidays.ics` is not UTF-8 text"]
    name.unlink()
    name.mkdir()
    assert [each.key for each in told(folder, offers)] == ["calendars.office.holidays.ical"]
    name.rmdir()
    outside = tmp_path_factory.mktemp("outside") / "holidays.ics"
    outside.write_text(file(CHRISTMAS), "utf-8")
    name.symlink_to(outside)
    (problem,) = told(folder, offers)
    assert "leads out of the folder" in problem.text
    (folder / "slahub.yaml").write_text(YAML.replace("days/holidays.ics", '"a\\0.ics"'), "utf-8")
    (problem,) = told(folder, offers)
    assert "is not the name of a file" in problem.text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("RRULE:FREQ=DAILY;INTERVAL=0",), "INTERVAL of less than 1"),
        (("DURATION:P999999999D",), "has no days"),
        (("SEQUENCE:CANCELLED",), "SEQUENCE that cannot be read"),
        (("RRULE:FREQ=DAILY", "DURATION:P9999D"), "more than 100000 days"),
    ],
)
def test_an_event_that_nobody_could_work_out_is_refused(lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(Mistake, match=said):
        days(event("DTSTART;VALUE=DATE:20260101", *lines))


def test_days_since_the_beginning_of_time_are_not_worked_out() -> None:
    with pytest.raises(Mistake, match="more than 100000 days"):
        days(event("DTSTART;VALUE=DATE:00010101", "RRULE:FREQ=DAILY"))
