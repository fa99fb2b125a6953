"""Mistakes in the configuration: one clear error with file, line and the nearest valid word, and nothing is changed."""

from collections.abc import Sequence
from pathlib import Path

import certifi
import pytest

from connectors.zendesk.emulator import KNOWN
from core.store import schema

OFFICE = 'weekly: {mon-fri: ["08:00-12:00", "13:00-17:00"]}'

# What is written instead of what; the line it stands in; what the error must name.
MISTAKES = [
    ("an unknown section", "policies:", "polices:", 13, "polices", "`policies`"),
    ("a mistyped key", "backfill:", "backfil:", 9, "connections.desk.backfil", "`backfill`"),
    ("a key of another section", "budget: 100%", "targets: 1h", 8, "connections.desk.targets", "unknown key"),
    ("an unknown connector", "zendesk", "zendesc", 5, "connections.desk.connector", "`zendesk`"),
    ("a bad zone", "Europe/Berlin", "Europe/Berlni", 12, "calendars.office.timezone", "`Europe/Berlin`"),
    ("overlapping hours", '"13:00-17:00"', '"11:00-17:00"', 12, "weekly.mon-fri[2]", "overlaps"),
    ("hours that are none", '"13:00-17:00"', '"13:00-25:00"', 12, "weekly.mon-fri[2]", "25:00"),
    ("a target of zero", "{other: 1h}", "{other: 0h}", 17, "first_response.targets.other", "more than zero"),
    ("a target in days", "{other: 40h}", "{other: 5d}", 18, "resolution.targets.other", "working_days"),
    ("a target without a unit", "{other: 1h}", "{other: 60}", 17, "first_response.targets.other", "no unit"),
    ("an unknown status", "waiting/customer", "waiting/custmer", 18, "resolution.pause_in", "`waiting/customer`"),
    ("an unknown calendar", "calendar: office", "calendar: offic", 15, "calendar", "`office`"),
    ("an unknown metric", "first_response:", "first_respnse:", 17, "metrics.first_respnse", "`first_response`"),
    ("a missing secret", "file:token", "file:tokn", 7, "connections.desk.auth.api_token", "no file behind file:tokn"),
    ("a missing variable", '"file:token"', '"${SLAHUB_NOBODY}"', 7, "auth.api_token", "SLAHUB_NOBODY is not set"),
    ("a secret in the open", "file:token", "hunter2-hunter2", 7, "auth.api_token", "must not stand"),
    ("a name that stands twice", "policies:", "calendars: {}\npolicies:", 13, "calendars", "stands twice"),
]


@pytest.mark.parametrize("arguments", [("check",), ("config", "apply"), ("run", "--once"), ("sync", "desk")])
@pytest.mark.parametrize(
    ("good", "bad", "line", "key", "hint"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES]
)
def test_a_mistake_is_told_once_where_it_stands_and_changes_nothing(
    command, hub_file: Path, files, arguments: Sequence[str], good: str, bad: str, line: int, key: str, hint: str
) -> None:
    text = hub_file.read_text()
    assert text.count(good) >= 1
    hub_file.write_text(text.replace(good, bad, 1))
    before = files(hub_file.parent)
    said = command("--config", hub_file.parent, *arguments)
    assert said.status == 2
    (error,) = said.err.splitlines()
    assert error.startswith(f"error: {hub_file}:{line}: ")
    assert key in error
    assert hint in error
    assert said.out == ""
    assert files(hub_file.parent) == before


@pytest.mark.parametrize("to", ['"file:on-call"', '["${SLAHUB_ALERTS}", "file:on-call"]', '\n    - "file:on-call"'])
@pytest.mark.parametrize("arguments", [("check",), ("config", "apply"), ("run", "--once"), ("alerts", "test")])
def test_an_address_of_no_service_is_told_where_its_reference_stands_and_never_shown(
    command, hub_file: Path, files, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], to: str
) -> None:
    monkeypatch.setenv("SLAHUB_ALERTS", "jsons://ops.example/hook")
    address = "nosuch://correct-horse@ops.example"
    (hub_file.parent / "secrets" / "on-call").write_text(address)
    (hub_file.parent / "secrets" / "on-call").chmod(0o600)
    text = f"{hub_file.read_text()}alerts:\n  to: {to}\n"
    hub_file.write_text(text)
    line = next(at for at, each in enumerate(text.splitlines(), 1) if "file:on-call" in each)
    key = "alerts.to[2]" if "SLAHUB_ALERTS" in to else "alerts.to[1]" if "- " in to else "alerts.to"
    before = files(hub_file.parent)
    said = command("--config", hub_file.parent, *arguments)
    assert said.status == 2
    (error,) = said.err.splitlines()
    assert error.startswith(f"error: {hub_file}:{line}: {key}: the address behind file:on-call is none of a service")
    assert "correct-horse" not in said.out + said.err
    assert files(hub_file.parent) == before


def test_all_mistakes_are_told_at_once(command, hub_file: Path) -> None:
    text = hub_file.read_text()
    hub_file.write_text(text.replace("zendesk", "zendesc").replace("Europe/Berlin", "Mars").replace("40h", "0h"))
    said = command("--config", hub_file.parent, "check", "--offline")
    assert said.status == 2
    assert [line.split(": ")[1].rsplit(":")[-1] for line in said.err.splitlines()] == ["5", "12", "18"]


def test_a_secret_in_the_open_is_not_shown(command, hub_file: Path) -> None:
    hub_file.write_text(hub_file.read_text().replace("file:token", "hunter2-hunter2"))
    said = command("--config", hub_file.parent, "check", "--offline")
    assert "hunter2" not in said.out + said.err


def test_a_file_that_is_no_yaml_is_told_with_its_line(command, hub_file: Path) -> None:
    hub_file.write_text("hub: {database: [\n")
    said = command("--config", hub_file.parent, "check")
    assert said.status == 2
    assert said.err.startswith(f"error: {hub_file}:")


def test_a_missing_secret_puts_nothing_into_force(call, hub_file: Path) -> None:
    assert call(hub_file.parent, "db", "migrate").status == 0
    (hub_file.parent / "secrets" / "token").unlink()
    for arguments in (("run", "--once"), ("sync", "desk"), ("config", "apply")):
        said = call(hub_file.parent, *arguments)
        assert (said.status, said.out) == (2, "")
        assert "no file behind file:token" in said.err
    assert "nothing is in force yet" in call(hub_file.parent, "config", "show").err


def test_a_mistake_leaves_an_empty_file_empty(call, hub_file: Path) -> None:
    (hub_file.parent / "hub.db").touch()
    hub_file.write_text(hub_file.read_text().replace("Europe/Berlin", "Mars"))
    assert call(hub_file.parent, "run", "--once").status == 2
    assert (hub_file.parent / "hub.db").stat().st_size == 0


@pytest.mark.parametrize(("good", "bad"), [("Europe/Berlin", "Mars"), ("file:token", "file:tokn")])
def test_a_mistake_makes_no_table_in_an_empty_postgresql(
    call, hub_file: Path, postgresql_stores, good: str, bad: str
) -> None:
    store = postgresql_stores(empty=True)
    url = store.url.render_as_string(hide_password=False)
    hub_file.write_text(hub_file.read_text().replace("sqlite:///hub.db", url).replace(good, bad))
    assert call(hub_file.parent, "run", "--once").status == 2
    assert schema.state(store).age is schema.SchemaAge.EMPTY


DOORS = [
    ("budget: 100%", "ca: gone.pem", 8, "connections.desk.ca", "gone.pem"),
    ("budget: 100%", "ca: hub.yaml", 8, "connections.desk.ca", "PEM file"),
    ("budget: 100%", 'headers: {X-Greeting: "Grüße"}', 8, "connections.desk.headers", "X-Greeting"),
    ("budget: 100%", 'headers: {X-Two: "one\\ntwo"}', 8, "connections.desk.headers", "X-Two"),
    ("budget: 100%", 'headers: {"X Space": one}', 8, "connections.desk.headers", "X Space"),
    ("desk.example.com", "desk.example.com:99999", 6, "connections.desk.url", "expected `https://host`"),
]


@pytest.mark.parametrize("arguments", [("check", "--offline"), ("config", "apply"), ("run", "--once")])
@pytest.mark.parametrize(("good", "bad", "line", "key", "hint"), DOORS, ids=[each[1] for each in DOORS])
def test_what_no_call_could_be_made_with_is_told_before_it_is_applied(
    command, hub_file: Path, files, arguments: Sequence[str], good: str, bad: str, line: int, key: str, hint: str
) -> None:
    hub_file.write_text(hub_file.read_text().replace(good, bad))
    before = files(hub_file.parent)
    said = command("--config", hub_file.parent, *arguments)
    assert (said.status, said.out) == (2, "")
    (error,) = said.err.splitlines()
    assert error.startswith(f"error: {hub_file}:{line}: {key}: ")
    assert hint in error
    assert files(hub_file.parent) == before


def test_authorities_that_are_gone_are_told_with_their_connection(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    authorities = fresh.folder / "own.pem"
    authorities.write_text(Path(certifi.where()).read_text())
    file.write_text(file.read_text().replace("budget: 100%", "ca: own.pem"))
    assert fresh("config", "apply").status == 0
    authorities.unlink()
    said = fresh("run", "--once")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"error: {file}:8: connections.desk.ca: ")


def test_a_folder_without_configuration_is_told_with_what_to_do(command, tmp_path: Path) -> None:
    said = command("--config", tmp_path, "run", "--once")
    assert (said.status, said.out) == (2, "")
    assert str(tmp_path) in said.err
    assert "slahub init" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_bad_draft_leaves_the_revision_in_force(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    file.write_text(file.read_text().replace("{other: 1h}", "{other: 0h}"))
    refused = fresh("config", "apply")
    assert refused.status == 2
    shown = fresh("config", "show", "--json")
    assert [row["revision"] for row in shown.rows] == [1]
    # The past goes on being shown while the draft is being repaired.
    assert fresh("status").status == 0


@pytest.mark.parametrize(
    ("database", "told"),
    [
        ("postgresql+psycopg://nobody@127.0.0.1:9/none", "onnection refused"),
        ("sqlite:///nowhere/hub.db", "its folder is missing"),
        ("mysql://x/y", "sqlite:///slahub.db"),
    ],
)
def test_a_database_out_of_reach_is_told_in_one_sentence(call, hub_file: Path, database: str, told: str) -> None:
    hub_file.write_text(hub_file.read_text().replace("sqlite:///hub.db", database))
    said = call(hub_file.parent, "run", "--once")
    assert said.status == 2
    (error,) = said.err.splitlines()
    assert error.startswith("error: ")
    assert told in error


def test_a_file_that_is_no_database_is_told_and_left_alone(call, hub_file: Path) -> None:
    other = hub_file.parent / "hub.db"
    other.write_text("shopping list: milk, bread, something long enough to be looked at as a page of a database")
    said = call(hub_file.parent, "status")
    assert said.status == 2
    assert "not a database" in said.err
    assert other.read_text().startswith("shopping list")


def test_no_error_shows_the_secret_that_was_refused(loop, call, tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    (folder / "secrets").mkdir(parents=True)
    (folder / "secrets" / "token").write_text("a-token-nobody-knows")
    (folder / "hub.yaml").write_text((loop.folder / "hub.yaml").read_text())
    said = call(folder, "run", "--once")
    assert said.status == 1
    assert "refused" in said.err
    assert "connections.desk.auth" in said.err
    assert "a-token-nobody-knows" not in said.out + said.err
    assert KNOWN.api_token not in said.out + said.err
    (row,) = call(folder, "status", "--json").rows
    assert row["state"] == "refused"
