"""What is told of calendars before they count: closed days ahead, odd ones, and dates that are locked and now other."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from core.flows.calendar_findings import of_calendars, of_locked_holidays
from core.flows.configure import compared
from core.flows.finding import Finding, Level, Places
from core.settings import canonical, configuration, lock, read_folder
from core.store.revisions import RevisionRow

NOW = datetime(2026, 12, 23, 23, 30, tzinfo=UTC)
OFFICE = """\
calendars:
  office:
    timezone: Europe/Berlin
    weekly: {mon-fri: "08:00-17:00"}
    HERE
"""

Told = Callable[..., list[Finding]]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Return a function that writes one calendar and returns what is found of it, of some codes."""

    def found(keys: str, *codes: str, text: str = OFFICE) -> list[Finding]:
        (tmp_path / "hub.yaml").write_text(text.replace("HERE\n", dedent(keys).replace("\n", "\n    ")))
        draft = read_folder(tmp_path)
        read = configuration(draft.content, {}, revision=1, applied_at=NOW, positions=draft.positions)
        return [each for each in of_calendars(read, {}, Places(draft), NOW) if each.code in codes]

    return found


def test_the_next_ten_closed_days_are_told_by_name(told: Told) -> None:
    (found,) = told(
        """\
        holidays: [2026-12-23, {date: 2026-12-25, name: Christmas}, {date: 2026-12-26, name: Boxing Day}, 2027-01-06]
        also_closed:
          - {date: 2026-12-24, hours: ["08:00-09:00", "12:00-24:00"], name: Christmas Eve}
          - {date: 2026-12-31, hours: "22:00-06:00", name: Night}
          - {date: 2027-01-01, declared: 2026-12-30}
          - 2027-02-02
          - 2027-02-03
          - 2027-02-04
          - 2027-02-05
          - 2027-02-08
        """,
        "closed_days",
    )
    assert (found.level, found.key, found.details["calendar"]) == (Level.GOOD, "calendars.office", "office")
    days = found.details["days"]
    assert isinstance(days, list)
    assert days[:3] == [
        {
            "date": "2026-12-24",
            "weekday": "Thu",
            "name": "Christmas Eve",
            "hours": ["08:00-09:00", "12:00-24:00"],
            "open_else": True,
        },
        {"date": "2026-12-25", "weekday": "Fri", "name": "Christmas", "hours": None, "open_else": True},
        {"date": "2026-12-26", "weekday": "Sat", "name": "Boxing Day", "hours": None, "open_else": False},
    ]
    assert [day["date"][5:] for day in days] == [
        *("12-24", "12-25", "12-26", "12-31", "01-01", "01-06", "02-02", "02-03", "02-04", "02-05"),
    ]
    assert found.what.startswith("calendar `office` is closed next on 2026-12-24 Christmas Eve, 2026-12-25 Christmas,")


def test_a_calendar_that_nothing_closes_says_so(told: Told) -> None:
    (found,) = told("", "closed_days")
    assert (found.what, found.details["days"]) == ("calendar `office` closes on no day", [])
    assert len(told("", "no_holidays")) == 1
    assert told("also_closed: [2027-12-25]", "no_holidays") == []
    assert len(told("also_closed: [{date: 2027-12-25, hours: '08:00-09:00'}]", "no_holidays")) == 1


def test_a_calendar_that_closes_for_good_is_told_now_and_ahead(told: Told) -> None:
    assert told("", "never_open") == []
    (ahead,) = told("versions: [{from: 2029-01-01, weekly: {}}]", "never_open")
    assert (ahead.level, ahead.key) == (Level.NOTE, "calendars.office.versions[1]")
    assert ahead.what == "calendar `office` closes for good on 2029-01-01, so its clocks stand still from then on"
    (now,) = told("versions: [{from: 2026-01-01, weekly: {}}]", "never_open")
    assert (now.level, now.what) == (
        Level.PROBLEM,
        "calendar `office` never opens again, so its clocks stand still for ever",
    )
    late = "versions: [{from: 2026-01-01, weekly: {}}, {from: 2030-01-01, weekly: {mon: '08:00-09:00'}}]"
    assert told(late, "never_open") == []
    once = "versions: [{from: 2029-01-01, weekly: {}}]\nalso_open: [{date: 2029-05-02, hours: '08:00-09:00'}]"
    assert told(once, "never_open") == []


def test_a_day_that_was_over_when_it_was_declared_closed_is_a_note(told: Told) -> None:
    assert told("also_closed: [{date: 2026-11-18, declared: 2026-11-18 17:00}]", "declared_late") == []
    (found,) = told("also_closed: [{date: 2026-11-18, hours: '08:00-09:00', declared: 2027-11-16}]", "declared_late")
    assert (found.level, found.line) == (Level.NOTE, 5)
    assert "2026-11-18 was over when it was declared closed, on 2027-11-16" in found.what


TWO = """\
calendars:
  office: {timezone: Europe/Berlin, weekly: {mon-fri: "08:00-17:00"}, holidays: [{country: DE}, 2026-12-24]}
  shop.city: {timezone: Europe/Berlin, weekly: {mon-sat: "08:00-20:00"}, holidays: {country: DE}}
  plain: {timezone: Europe/Berlin, weekly: {mon-fri: "08:00-17:00"}, holidays: {ical: days.ics}}
"""


def test_dates_that_are_locked_and_now_other_are_told_and_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text(TWO)
    (tmp_path / "days.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261102\nSUMMARY:Fair\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    draft = read_folder(tmp_path)
    newest = RevisionRow(3, NOW, "ana", "", canonical(lock(draft.content, NOW.year)), "", restates=False)
    assert list(of_locked_holidays(newest, Places(draft), NOW)) == []
    assert compared(draft.content, newest, {}, NOW).state == "same"

    content = json.loads(newest.content)
    for day in content["calendars"]["shop.city"]["resolved"]:
        day["date"] = day["date"].replace("2026-10-03", "2026-10-05")
    older = replace(newest, content=canonical(content))
    (found,) = of_locked_holidays(older, Places(draft), NOW)
    assert (found.code, found.level, found.key) == ("holidays_differ", Level.NOTE, "calendars.shop.city.holidays")
    assert found.what == (
        "calendar `shop.city` goes by the dates in revision 3: holidays differ,"
        " [2026-10-05 German Unity Day] -> [2026-10-03 German Unity Day]"
    )
    assert found.details["locked"] == ["2026-10-05 German Unity Day"]
    standing = compared(draft.content, older, {}, NOW)
    assert (standing.state, standing.text) == (
        "differs",
        "what the folder's holidays stand for differs from revision 3 in 1 place: slahub config diff",
    )
