"""Wrong usage: status 2, what is wrong and the nearest valid word, never a traceback, nothing made."""

from pathlib import Path

import pytest

from slahub.cli import app


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["staus"], "Did you mean 'status'?"),
        (["conections", "list"], "Did you mean 'connections'"),
        (["config", "aply"], "Did you mean 'apply'?"),
        (["db", "stat"], "Did you mean 'status'?"),
        (["run", "--onc"], "--once"),
        (["clocks", "--jason"], "--json"),
        (["demo", "--tickets", "many"], "--tickets"),
        (["demo", "--tickets", "0"], "--tickets"),
        (["connections", "live"], "Missing argument 'name'"),
        (["db", "rebuild"], "--into"),
        (["--log-level", "loud", "status"], "write one of: debug, info, warning, error"),
        (["status", "now"], "unexpected extra argument"),
    ],
)
def test_a_word_that_is_none_is_answered_with_the_nearest(command, arguments: list[str], told: str) -> None:
    said = command(*arguments)
    assert said.status == 2
    assert told in said.err
    assert said.out == ""
    assert "python -m" not in said.err


@pytest.mark.parametrize(
    "arguments",
    [("sync", "dsk"), ("connections", "live", "dsk"), ("connections", "release", "dsk"), ("sync", "desk", "dsk")],
)
def test_an_unknown_connection_is_told_before_anything_is_made(
    command, hub_file: Path, files, arguments: tuple[str, ...]
) -> None:
    before = files(hub_file.parent)
    said = command("--config", hub_file.parent, *arguments)
    assert (said.status, said.out) == (2, "")
    assert said.err == "error: no connection is called `dsk` (did you mean `desk`?)\n"
    assert files(hub_file.parent) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("tickets", "dsk:7"), "did you mean `desk`?"),
        (("tickets", "desk"), "write CONNECTION:KEY"),
        (("tickets", "desk:4711000"), "has no ticket 4711000"),
        (("tickets", "--connection", "dsk"), "did you mean `desk`?"),
        (("clocks", "--connection", "other"), "there is desk"),
        (("evaluate", "dsk"), "did you mean `desk`?"),
        (("deliver", "dsk"), "did you mean `desk`?"),
        (("config", "show", "--revision", "9"), "the newest is 1"),
        (("db", "rebuild", "--into", "again.db"), "sqlite:////"),
        (("db", "rebuild", "--into", "postgresql://me:hunter2@host/db"), "PGPASSFILE"),
        (("db", "rebuild", "--into", "sqlite:////no/such/folder/again.db"), "no folder"),
    ],
)
def test_a_name_that_is_none_is_answered_with_what_there_is(loop, arguments: tuple[str, ...], told: str) -> None:
    said = loop(*arguments)
    assert (said.status, said.out) == (2, "")
    (error,) = said.err.splitlines()
    assert error.startswith("error: ")
    assert told in error
    assert "hunter2" not in error


@pytest.mark.parametrize("arguments", [("tickets",), ("clocks",), ("evaluate",), ("deliver",), ("config", "show")])
def test_what_needs_a_database_says_so_and_makes_none(
    command, hub_file: Path, files, arguments: tuple[str, ...]
) -> None:
    before = files(hub_file.parent)
    said = command("--config", hub_file.parent, *arguments)
    assert (said.status, said.out) == (2, "")
    assert "nothing is in force yet; 'slahub run'" in said.err
    assert files(hub_file.parent) == before


@pytest.mark.parametrize("group", ["", "config", "connections", "db"])
def test_help_names_every_command_with_what_it_does(command, group: str) -> None:
    said = command(*([group] if group else []), "--help")
    assert said.status == 0
    shown = said.out[said.out.index("Commands:") :].splitlines()[1:]
    names = [line.split()[0] for line in shown if line.startswith("  ") and line[2] != " "]
    groups = {each.name: each.typer_instance for each in app.registered_groups}
    of = groups[group] if group else app
    commands = [each.name or each.callback.__name__ for each in of.registered_commands if each.callback]
    assert sorted(names) == sorted([*commands, *([] if group else groups)])
    assert [line for line in shown if line.rstrip().endswith("...")] == []
