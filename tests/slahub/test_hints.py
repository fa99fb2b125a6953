"""The secret that a helpdesk signs its hints with, from the folder to the open connection."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.flows.stop import StopSignal
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
