"""The secret that a helpdesk signs its hints with, from the folder to the open connection."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.flows.stop import StopSignal
from core.ports import Hint
from core.store import hints
from core.telemetry import clean_text
from slahub.bootstrap import Opening

FOLDER = """
hub: {database: "sqlite:///hub.db"}
connections:
  desk:
    connector: zendesk
    url: https://desk.example.com
    auth: {method: api_token, email: hub@example.com, api_token: "file:token"}
    hints: {secret: "file:hints"}
"""
SECRET = "long-and-random"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hub.yaml").write_text(FOLDER)
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "token").write_text("token")
    return tmp_path


def test_the_secret_is_read_for_the_connection_and_shown_nowhere(folder: Path) -> None:
    (folder / "secrets" / "hints").write_text(f"{SECRET}\n")
    hub = Opening(folder, StopSignal()).hub()
    source = hub.source("desk")
    assert source.hint_secret == SECRET
    assert SECRET not in repr(source)
    assert SECRET not in clean_text(f"signed with {SECRET}")
    hub.store.close()


def test_a_secret_that_is_not_there_is_named_with_its_line(folder: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Opening(folder, StopSignal()).hub()
    (problem,) = caught.value.problems
    assert (problem.key, problem.line) == ("connections.desk.hints.secret", 8)


def test_status_says_whether_hints_arrive(fresh) -> None:
    file = fresh.folder / "hub.yaml"
    assert "hint" not in fresh("status").out
    (fresh.folder / "secrets" / "hints").write_text(SECRET)
    file.write_text(
        file.read_text().replace("    budget: 100%\n", '    budget: 100%\n    hints: {secret: "file:hints"}\n')
    )
    assert fresh("config", "apply").status == 0
    assert "desk: no hint has come within 1d; it is read every 2m all the same\n" in fresh("status").out
    (row,) = fresh("status", "--json").rows
    assert "last_hint_at" not in row
    with Opening(fresh.folder, StopSignal()).hub().store.unit() as tx:
        at = datetime.now(UTC) - timedelta(minutes=3)
        hints.note(tx, 1, [Hint("7", None, "changed", "a"), Hint("8", None, "changed", "b")], at, at)
    assert "desk: the last hint came 3m ago, 2 hints to be followed\n" in fresh("status").out
    (row,) = fresh("status", "--json").rows
    assert row["last_hint_at"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    assert "hints" not in row
