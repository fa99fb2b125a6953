"""From an empty place to a folder that is sound."""

from pathlib import Path

import pytest


def test_the_starter_folder_lacks_nothing_but_the_secret(
    command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLAHUB_DESK_SECRET", raising=False)
    made = command("init")
    assert (made.status, made.err) == (0, "")
    assert "Next: put your helpdesk into config/connections.yaml, then run 'slahub check'." in made.out
    missing = command("check", "--offline")
    assert missing.status == 2
    (error,) = missing.err.splitlines()
    assert error.startswith("error: config/connections.yaml:9: connections.desk.auth.client_secret: ")
    assert "the variable SLAHUB_DESK_SECRET is not set" in error
    assert "set it where slahub runs, or write file:name" in error
    monkeypatch.setenv("SLAHUB_DESK_SECRET", "secret")
    sound = command("check", "--offline")
    assert (sound.status, sound.err) == (0, "")
    assert "The folder config is sound: 1 connection, 1 calendar, 2 policies." in sound.out
    assert "desk: zendesk, mode observe, asked every 2m" in sound.out


def test_init_never_writes_over_a_file(command, tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text("mine")
    said = command("init", tmp_path)
    assert said.status == 2
    assert f"{tmp_path / 'policies.yaml'}: is there already" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["policies.yaml"]


def test_init_says_why_it_cannot_write(command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = command("init", tmp_path / "file" / "config")
    assert said.status == 2
    (error,) = said.err.splitlines()
    assert "Not a directory" in error


def test_the_folder_may_come_from_the_environment(command, hub_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLAHUB_CONFIG", str(hub_file.parent))
    assert command("check", "--offline").status == 0


def test_a_secret_that_every_user_can_read_is_a_warning(command, hub_file: Path) -> None:
    (hub_file.parent / "secrets" / "token").chmod(0o644)
    said = command("--config", hub_file.parent, "check", "--offline")
    assert said.status == 0
    assert said.err.startswith(f"warning: {hub_file}:7: connections.desk.auth.api_token: every user")
    assert "chmod 600" in said.err


def test_status_before_the_first_run_shows_the_draft_and_makes_nothing(command, hub_file: Path, files) -> None:
    before = files(hub_file.parent)
    said = command("--config", hub_file.parent, "status", "--json")
    (row,) = said.rows
    assert said.status == 0
    assert (row["connection"], row["mode"], row["state"], row["tickets"]) == ("desk", "observe", "new", 0)
    assert "nothing is in force yet" in command("--config", hub_file.parent, "status").out
    assert command("--config", hub_file.parent, "db", "status").status == 1
    assert command("--config", hub_file.parent, "config", "diff").status == 1
    assert command("--config", hub_file.parent, "connections", "list").status == 0
    assert files(hub_file.parent) == before
