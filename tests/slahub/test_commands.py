"""What a person does after the first cycle: look, change the rules, go live, prove."""

import sqlite3

import pytest


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (("status",), "connection  mode"),
        (("tickets",), "ticket  status"),
        (("clocks",), "ticket  policy"),
        (("connections", "list"), "connection  connector"),
        (("connectors",), "connector   usable"),
        (("config", "show"), "revision  applied"),
        (("config", "diff"), "0 changes against revision 1"),
        (("db", "status"), ""),
    ],
)
def test_a_command_speaks_on_stdout_alone_and_leaves_no_spaces_behind(
    loop, arguments: tuple[str, ...], first: str
) -> None:
    said = loop(*arguments)
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0].startswith(first)
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\x1b" not in said.out


def test_observe_mode_writes_nothing(loop) -> None:
    assert loop.cycle.status == 0
    assert [row["written"] for row in loop.cycle.rows] == [0] * len(loop.cycle.rows)
    assert loop("deliver").out.startswith("desk          deliver   nothing to do")


def test_a_ticket_is_told_in_names_and_normal_words(loop) -> None:
    key = max(loop("tickets", "--json").rows, key=lambda row: row["events"])["key"]
    said = loop("tickets", f"desk:{key}")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"desk:{key}  ")
    assert "(customer)" in said.out
    assert "public comment" in said.out
    assert "first response" in said.out


def test_one_change_of_the_rules_is_shown_applied_and_shown_again(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    file.write_text(file.read_text().replace("{other: 1h}", "{other: 2h}"))
    change = "policies.standard.metrics.first_response.targets.other: 1h -> 2h"
    differs = fresh("config", "diff")
    assert (differs.status, differs.out.splitlines()) == (1, [change, "1 change against revision 1"])
    assert "the folder differs from revision 1 in 1 place: slahub config diff" in fresh("status").out
    applied = fresh("config", "apply", "--note", "two hours", "--author", "ana")
    assert (applied.status, applied.out.splitlines()) == (0, [change, "revision 2 is in force, 1 change"])
    assert fresh("config", "apply").out == "Nothing to do: the folder says what is in force.\n"
    shown = fresh("config", "show").out
    assert "ana   two hours" in shown
    assert "targets: {other: 2h}" in shown
    (row,) = fresh("config", "show", "--revision", "1", "--json").rows
    assert row["content"]["policies"][0]["metrics"]["first_response"]["targets"] == {"other": "1h"}


@pytest.mark.parametrize(
    ("bad", "state", "says"),
    [
        ("Mars", "invalid", "the folder has 1 mistake and cannot be put into force: slahub check"),
        ("Europe/Vienna", "differs", "the folder differs from revision 1 in 1 place: slahub config diff"),
    ],
)
def test_a_draft_that_is_not_in_force_is_a_finding(fresh, bad: str, state: str, says: str) -> None:
    file = fresh.folder / "hub.yaml"
    before = file.read_text()
    assert [row["draft"] for row in fresh("status", "--json").rows] == ["same"]
    file.write_text(before.replace("Europe/Berlin", bad))
    once = fresh("run", "--once")
    assert (once.status, once.err) == (0, f"! {says}\n")
    with sqlite3.connect(fresh.folder / "hub.db") as database:
        found = database.execute("SELECT connection, code, text FROM finding WHERE ended_at IS NULL").fetchall()
    database.close()
    assert ("", "draft", says) in found
    status = fresh("status")
    assert (status.status, status.err) == (0, "")
    assert says in status.out
    assert [row["draft"] for row in fresh("status", "--json").rows] == [state]
    file.write_text(before)
    assert fresh("run", "--once").err == ""
    assert [row["draft"] for row in fresh("status", "--json").rows] == ["same"]


def test_applying_the_draft_ends_the_finding(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    file.write_text(file.read_text().replace("Europe/Berlin", "Europe/Vienna"))
    fresh("evaluate")
    assert fresh("config", "apply").status == 0
    with sqlite3.connect(fresh.folder / "hub.db") as database:
        assert database.execute("SELECT code FROM finding WHERE ended_at IS NULL AND connection = ''").fetchall() == []
    database.close()


def test_status_says_how_much_of_the_past_is_read(fresh) -> None:
    with sqlite3.connect(fresh.folder / "hub.db") as database:
        database.execute(
            "UPDATE lane SET finished_at = NULL, total = NULL, start_at = until_at - 8000000, "
            "settled_until = until_at - 2000000 WHERE kind = 'backfill'"
        )
    database.close()
    assert "75 % read" in fresh("status").out


def test_a_key_that_means_everything_is_shown_as_it_is_written(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    (shown,) = fresh("config", "show", "--json").rows
    assert shown["content"]["connections"]["desk"]["backfill"] == {"since": None}
    file.write_text(file.read_text().replace("since: null", "since: 13 months"))
    (row,) = fresh("config", "diff", "--json").rows
    assert (row["path"], row["from"], row["to"]) == ("connections.desk.backfill.since", None, "13 months")
    file.write_text(file.read_text().replace("{since: 13 months}", "{open_first: true}"))
    gone, new = sorted(fresh("config", "diff", "--json").rows, key=lambda each: "to" in each)
    assert (gone["from"], "to" in gone) == (None, False)
    assert (new["to"], "from" in new) == (True, False)


def test_going_live_says_what_it_takes_asks_and_keeps_the_comments(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    fresh("evaluate")
    asked = fresh("connections", "live", "desk")
    assert asked.status == 1
    assert "the first round writes " in asked.out
    assert "Nobody is here to ask; nothing was changed." in asked.out
    assert "mode" not in file.read_text()
    done = fresh("connections", "live", "desk", "--yes")
    assert (done.status, done.err) == (0, "")
    assert "revision 2 is in force" in done.out
    text = file.read_text()
    assert "    mode: live\n" in text
    assert text.startswith("# the hub of a test\n")
    assert "desk:  # the only one" in text
    assert fresh("config", "diff").status == 0
    (row,) = fresh("connections", "list", "--json").rows
    assert row["mode"] == "live"
    assert fresh("connections", "live", "desk").out == "desk is live already\n"


def test_going_live_takes_no_other_change_with_it(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    file.write_text(file.read_text().replace("{other: 1h}", "{other: 2h}"))
    before = file.read_text()
    said = fresh("connections", "live", "desk", "--yes")
    assert said.status == 2
    assert "policies.standard.metrics.first_response.targets.other" in said.err
    assert file.read_text() == before
    assert len(fresh("config", "show").out.split("# revision 1")) == 2


@pytest.mark.parametrize("other", ["{<<: *d}", "*d"])
def test_going_live_lets_no_other_connection_write(fresh, other: str) -> None:
    file = fresh.folder / "hub.yaml"
    text = file.read_text().replace("desk:  # the only one", "desk: &d")
    file.write_text(text.replace("calendars:", f"  other: {other}\ncalendars:"))
    assert fresh("config", "apply").status == 0
    fresh("run", "--once")
    before = file.read_text()
    said = fresh("connections", "live", "desk", "--yes")
    assert (said.status, said.out) == (2, "")
    assert "connections.other.mode" in said.err
    assert file.read_text() == before
    assert {row["mode"] for row in fresh("connections", "list", "--json").rows} == {"observe"}
    assert fresh("config", "diff").status == 0


def test_a_rebuild_believes_the_same_and_refuses_a_full_database(fresh) -> None:
    into = f"sqlite:///{fresh.folder / 'again.db'}"
    said = fresh("db", "rebuild", "--into", into)
    assert (said.status, said.err) == (0, "")
    assert "both believe the same" in said.out
    again = fresh("db", "rebuild", "--into", into)
    assert again.status == 2
    assert "is not empty" in again.err


def test_a_database_of_another_version_is_refused_with_what_to_do(fresh) -> None:
    with sqlite3.connect(fresh.folder / "hub.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for arguments in (("status",), ("tickets",), ("run", "--once"), ("db", "migrate")):
        said = fresh(*arguments)
        assert said.status == 2
        assert "newer slahub" in said.err
    assert fresh("db", "status").status == 1


def test_a_source_out_of_reach_is_told_once_and_shown(call, hub_file) -> None:
    hub_file.write_text(hub_file.read_text().replace("https://desk.example.com", "http://127.0.0.1:9"))
    said = call(hub_file.parent, "run", "--once")
    assert said.status == 1
    (complaint,) = said.err.splitlines()
    assert complaint.startswith("desk: unreachable")
    status = call(hub_file.parent, "status")
    assert status.status == 1
    assert "unreachable" in status.out
    assert status.err.startswith("! desk: ")


def test_a_reader_who_has_seen_enough_is_no_mistake(loop, tmp_path) -> None:
    import subprocess
    import sys

    line = f"{sys.executable} -m slahub --config {loop.folder} clocks --json | head -n 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_a_part_of_the_past_is_restated_visibly(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    file.write_text(file.read_text().replace("{other: 1h}", "{other: 1m}"))
    before = {(row["key"], row["metric"], row["cycle"]): row for row in fresh("clocks", "--json").rows}
    over = [row for row in before.values() if row["state"] == "completed" and row["metric"] == "first_response"]
    middle = sorted(row["completed_at"] for row in over)[len(over) // 2]
    said = fresh("config", "apply", "--restate", "--since", middle, "--policy", "standard")
    assert said.status == 0
    assert said.out.splitlines()[-1].startswith("It restates all clocks that were over since ")
    assert fresh("evaluate").status == 0
    after = {(row["key"], row["metric"], row["cycle"]): row for row in fresh("clocks", "--json").rows}
    for row in over:
        expected = 2 if row["completed_at"] >= middle else 1
        assert after[row["key"], "first_response", row["cycle"]]["revision"] == expected
    with sqlite3.connect(fresh.folder / "hub.db") as database:
        told = "SELECT count(*) FROM verdict WHERE revision = 2 AND state = 'completed'"
        assert database.execute(told).fetchone()[0] >= len(over) // 2
    shown = fresh("config", "show").out
    assert "restates" in shown.splitlines()[0]
    assert "of policy standard" in shown
    (row,) = fresh("config", "show", "--json").rows
    assert row["restates"] == {"since": middle, "policies": ["standard"]}
    again = fresh("config", "apply", "--restate", "--json").rows
    assert again == [{"revision": 3, "changes": 0, "restates": {}}]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--since", "2026-01-01"), "--since: says which finished clocks are judged again (add --restate)"),
        (("--restate", "--since", "May"), "--since: `May` is not a date (write 2026-01-31, or"),
        (("--restate", "--since", "2999-01-01"), "--since: 2999-01-01 is yet to come"),
        (("--restate", "--policy", "standart"), "--policy: no policy is called `standart` (did you mean `standard`?)"),
        (("--restate", "--customer", "x"), "--customer: no customer is called `x` (there is none)"),
        (("--restate", "--calendar", "x"), "--calendar: no calendar is called `x` (there is always, office)"),
    ],
)
def test_what_cannot_be_restated_is_refused(fresh, arguments: tuple[str, ...], told: str) -> None:
    said = fresh("config", "apply", *arguments)
    assert (said.status, said.out) == (2, "")
    assert told in said.err
    assert len(fresh("config", "show").out.split("# revision 1")[0].splitlines()) == 2
