"""What scripts read: the promised keys, instants with Z, whole seconds, absent instead of null."""

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest

ALWAYS = {
    "tickets": "connection id key url kind phase wait_on priority source_status requester created_at updated_at "
    "presence settled_until events",
    "clocks": "connection key policy revision agreement metric cycle state confirmed breached paused_seconds headline",
    "status": "connection mode state last_success_at lag_seconds settled_until tickets set_aside parked unmapped "
    "calls_used calls_allowed findings",
}
SOMETIMES = {
    "tickets": "source_priority assignee team organisation customer resolved_at requester_name team_name "
    "organisation_name",
    "clocks": "standing started_at completed_at due_at target_seconds elapsed_seconds remaining_seconds breached_at "
    "next_check_at",
    "status": "",
}
RUN = "flow connection read stored evaluated changed written calls seconds"


def _wrong(row: dict[str, object]) -> list[str]:
    """Return the keys of a row whose values no script should have to understand."""
    wrong = [key for key, value in row.items() if value is None]
    instant = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    wrong += [
        key for key, value in row.items() if key.endswith(("_at", "_until")) and not instant.fullmatch(str(value))
    ]
    return wrong + [key for key, value in row.items() if "seconds" in key and type(value) is not int]


@pytest.mark.parametrize("command", ["tickets", "clocks", "status"])
def test_a_list_has_the_promised_keys_on_each_line(loop, command: str) -> None:
    said = loop(command, "--json")
    assert (said.status, said.err) == (0, "")
    assert said.rows
    assert [_wrong(row) for row in said.rows if _wrong(row)] == []
    lacking = [set(ALWAYS[command].split()) - row.keys() for row in said.rows]
    assert [keys for keys in lacking if keys] == []


@pytest.mark.parametrize("command", ["tickets", "clocks"])
def test_a_key_that_does_not_always_apply_is_absent_on_some_lines_only(loop, command: str) -> None:
    rows = loop(command, "--json").rows
    seen = {key for row in rows for key in row}
    expected = set(SOMETIMES[command].split()) - {"customer"}
    assert expected - seen == set()


def test_a_cycle_tells_of_each_flow(loop) -> None:
    assert (loop.cycle.status, loop.cycle.err) == (0, "")
    assert [set(RUN.split()) - row.keys() for row in loop.cycle.rows] == [set()] * len(loop.cycle.rows)
    assert {"sync", "backfill", "evaluate"} <= {row["flow"] for row in loop.cycle.rows}
    assert {row["connection"] for row in loop.cycle.rows} == {"desk"}
    assert [_wrong(row) for row in loop.cycle.rows if _wrong(row)] == []
    totals = {row["flow"]: row for row in loop.cycle.rows}
    assert totals["evaluate"]["evaluated"] == len(loop("tickets", "--json").rows)


def test_a_ticket_has_its_history_and_the_names_of_its_people(loop) -> None:
    tickets = loop("tickets", "--json").rows
    chosen = max(tickets, key=lambda row: row["events"])
    (row,) = loop("tickets", f"desk:{chosen['key']}", "--json").rows
    history = row.pop("history")
    assert {type(row.pop(key)) for key in ("links", "ratings", "native_clocks")} == {list}
    assert row == chosen
    assert len(history) == row["events"]
    assert [step["at"] for step in history] == sorted(step["at"] for step in history)
    assert {"at", "id", "side", "changes"} <= history[0].keys()
    assert {"field", "to", "source_to"} <= history[0]["changes"][0].keys()
    assert history[0]["comment"].keys() == {"public", "automated"}
    assert {step["side"] for step in history} <= {"agent", "customer", "system", "integration"}
    assert row["requester_name"] != row["requester"]
    people = [each for each in tickets if "team" in each]
    assert people
    assert all("team_name" in each for each in people)


def test_a_running_clock_goes_on_between_two_looks_at_the_database(loop) -> None:
    running = [row for row in loop("clocks", "--json").rows if row["state"] == "running" and row["target_seconds"]]
    assert running
    sums = {row["elapsed_seconds"] + row["remaining_seconds"] - row["target_seconds"] for row in running}
    assert sums == {0}


WEEK = 7 * 86_400
OPEN_A_WEEK = 40 * 3600


def test_clocks_by_the_wall_clock_are_read_as_of_now(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    text = file.read_text().replace("other: 40h}", "other: 4000h}, pause_accounting: wall_clock")
    file.write_text(text.replace("pause_in: [", "pause_in: [new, "))
    assert fresh("config", "apply").status == 0
    assert fresh("evaluate").status == 0
    before = _unfinished(fresh)
    with closing(sqlite3.connect(fresh.folder / "hub.db")) as database, database:
        database.execute("UPDATE clock SET judged_at = judged_at - ?", (WEEK * 1_000_000,))
    grown = {
        row["state"]: row["remaining_seconds"] - before[key]["remaining_seconds"]
        for key, row in _unfinished(fresh).items()
    }
    # A week in which the clocks change has an hour more or less.
    assert grown == pytest.approx({"paused": WEEK - OPEN_A_WEEK, "running": -OPEN_A_WEEK}, abs=3700)


def _unfinished(loop) -> dict[object, dict[str, Any]]:
    """Return the resolution clocks that run or are paused, by ticket; target less elapsed is what remains."""
    rows = [row for row in loop("clocks", "--json").rows if row["state"] in {"running", "paused"}]
    assert {row["elapsed_seconds"] + row["remaining_seconds"] - row["target_seconds"] for row in rows} == {0}
    return {row["key"]: row for row in rows if row["metric"] == "resolution"}


def test_everything_else_that_prints_has_json_too(loop) -> None:
    assert loop("connections", "list", "--json").rows[0]["account"]
    known = {row["connector"]: row for row in loop("connectors", "--json").rows}
    assert known.keys() == {"jira", "servicenow", "zendesk"}
    assert all(row["usable"] for row in known.values())
    # ServiceNow publishes none: an instance has its own, or none.
    assert [name for name, row in known.items() if not row["limits"]] == ["servicenow"]
    (shown,) = loop("config", "show", "--json").rows
    assert shown["revision"] == 1
    assert shown["content"]["policies"][0]["name"] == "standard"
    assert loop("config", "diff", "--json").rows == []
    (database,) = loop("db", "status", "--json").rows
    assert (database["age"], database["current"]) == ("current", database["head"])
    (migrated,) = loop("db", "migrate", "--json").rows
    assert (migrated["from"], migrated["to"]) == (database["head"], database["head"])
    (released,) = loop("connections", "release", "desk", "--json").rows
    assert released == {"connection": "desk", "held": 0, "parked": 0, "released": False}
    (trusted,) = loop("connections", "trust", "desk", "--json").rows
    assert (trusted["connection"], trusted["trusted"], trusted["from"]) == ("desk", True, trusted["to"])
    checked = {row["code"]: row for row in loop("check", "--json").rows}
    assert checked["account"]["reached"]
    assert {row["level"] for row in checked.values()} == {"good", "note"}
    assert checked["coverage"]["policy"] == "standard"


def test_a_first_folder_is_told_file_by_file(command, tmp_path) -> None:
    rows = command("init", tmp_path / "new", "--json").rows
    assert [row["file"] for row in rows] == sorted(str(path) for path in (tmp_path / "new").iterdir())


def test_going_live_is_told_in_one_line_asked_or_not(fresh) -> None:
    asked = fresh("connections", "live", "desk", "--json")
    (row,) = asked.rows
    assert (asked.status, row["connection"], row["live"]) == (1, "desk", False)
    assert {"tickets", "calls", "minutes"} <= row.keys()
    done = fresh("connections", "live", "desk", "--yes", "--json")
    assert (done.status, done.err) == (0, "")
    assert done.rows == [{**row, "live": True, "revision": 2}]
    assert fresh("connections", "live", "desk", "--json").rows == [{"connection": "desk", "live": True}]


def test_a_rebuild_is_told_in_one_line(fresh) -> None:
    (row,) = fresh("db", "rebuild", "--into", f"sqlite:///{fresh.folder / 'again.db'}", "--json").rows
    assert row["same"] is True
    assert row["database"] == row["rebuilt"]
