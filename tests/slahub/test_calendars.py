"""Calendars as people see them: the closed days ahead, and dates that are other than what is in force."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

PLAIN = """office: {timezone: Europe/Berlin, weekly: {mon-fri: ["08:00-12:00", "13:00-17:00"]}}"""


def event(name: str, day: date) -> str:
    return f"BEGIN:VEVENT\nUID:{name}\nDTSTART;VALUE=DATE:{day:%Y%m%d}\nSUMMARY:{name}\nEND:VEVENT\n"


def write_days(folder: Path, *days: tuple[str, date]) -> None:
    events = "".join(event(name, day) for name, day in days)
    (folder / "days.ics").write_text(f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")


def test_check_shows_the_next_ten_closed_days_of_each_calendar(hub_file: Path, call: Any) -> None:
    first = datetime.now(UTC).date() + timedelta(days=10)
    first += timedelta(days=-first.weekday())
    write_days(hub_file.parent, *((f"Day {number}", first + timedelta(days=7 * number)) for number in range(1, 15)))
    keys = f'holidays: {{ical: days.ics}}, also_closed: [{{date: {first}, hours: "12:00-24:00", name: Half a day}}'
    keys += f", {{date: {first + timedelta(days=6)}, name: Sunday}}]"
    hub_file.write_text(hub_file.read_text().replace(PLAIN, f"{PLAIN[:-1]}, {keys}}}\n  bare: {PLAIN[8:]}"))
    said = call(hub_file.parent, "check", "--offline")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    begin = lines.index("the next closed days of each calendar, by name")
    assert lines[begin + 1].split() == ["calendar", "day", "closed", "name"]
    assert lines[begin + 2].split(maxsplit=4) == ["office", "Mon", str(first), "12:00-24:00", "Half a day"]
    sunday = first + timedelta(days=6)
    assert lines[begin + 3].split(maxsplit=4) == [
        *("Sun", str(sunday), "all", "day"),
        "Sunday (no hours on that day anyway)",
    ]
    assert [line.split(maxsplit=4)[4] for line in lines[begin + 4 :]] == [f"Day {number}" for number in range(1, 9)]
    rows = [row for row in call(hub_file.parent, "check", "--offline", "--json").rows if row["code"] == "closed_days"]
    assert [(row["calendar"], len(row["days"])) for row in rows] == [("office", 10), ("bare", 0)]
    assert rows[0]["days"][0] == {
        "date": str(first),
        "weekday": "Mon",
        "name": "Half a day",
        "hours": ["12:00-24:00"],
        "open_else": True,
    }


def test_a_newer_library_that_names_other_days_is_told_and_changes_nothing(fresh: Any) -> None:
    file = fresh.folder / "hub.yaml"
    file.write_text(file.read_text().replace(PLAIN, f"{PLAIN[:-1]}, holidays: {{country: DE}}}}"))
    applied = fresh("config", "apply")
    assert "calendars.office.resolved: new, " in applied.out
    assert not [row for row in fresh("check", "--json").rows if row["code"] == "holidays_differ"]
    year = datetime.now(UTC).year
    # As if the library that resolved them had known another day.
    with closing(sqlite3.connect(fresh.folder / "hub.db")) as database, database:
        database.execute("UPDATE revision SET content = replace(content, ?, ?)", (f"{year}-10-03", f"{year}-10-05"))
    change = f"[{year}-10-05 German Unity Day] -> [{year}-10-03 German Unity Day]"
    said = fresh("check")
    assert said.status == 0
    assert f"calendar `office` goes by the dates in revision 2: holidays differ, {change}" in said.out
    assert "what the folder's holidays stand for differs from revision 2 in 1 place" in fresh("status").out
    assert fresh("config", "diff").out.startswith(f"calendars.office.resolved: holidays differ, {change}")
    assert f"calendars.office.resolved: holidays differ, {change}" in fresh("config", "apply").out
    assert "0 changes against revision 3" in fresh("config", "diff").out


def test_another_file_of_holidays_is_a_draft_until_it_is_applied(fresh: Any) -> None:
    file, day = fresh.folder / "hub.yaml", datetime.now(UTC).date()
    write_days(fresh.folder, ("Fair", day))
    file.write_text(file.read_text().replace(PLAIN, f"{PLAIN[:-1]}, holidays: {{ical: days.ics}}}}"))
    assert f"new, [{day} Fair]" in fresh("config", "apply").out
    assert [row["draft"] for row in fresh("status", "--json").rows] == ["same"]
    write_days(fresh.folder, ("Fair", day), ("Works meeting", day + timedelta(days=1)))
    once = fresh("run", "--once")
    assert "what the folder's holidays stand for differs from revision 2" in once.err
    assert [row["draft"] for row in fresh("status", "--json").rows] == ["differs"]
    (fresh.folder / "days.ics").unlink()
    gone = fresh("run", "--once")
    assert (gone.status, gone.err) == (
        0,
        "! the folder has 1 mistake and cannot be put into force: slahub check\n",
    )
    assert "calendars.office.holidays.ical: there is no file `days.ics`" in fresh("check").err
