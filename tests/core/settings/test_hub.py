"""The process's own section, and the check of all secrets."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import (
    Draft,
    Offer,
    SecretRef,
    Secrets,
    check_secrets,
    configuration,
    exposed_secrets,
    hub_settings,
    read_folder,
)

Read = Callable[..., Draft]
TWO = """\
hub: {key: "file:key"}
connections:
  desk:  # ours
    connector: zendesk
    url: https://acme.zendesk.com
    auth:
      method: api_token
      email: a@b.c
      api_token: "${SLAHUB_DESK}"
  eng:
    connector: zendesk
    url: https://eng.zendesk.com
    auth: {method: oauth_client, client_id: a, client_secret: "file:eng"}
    hints: {secret: "file:hints"}
"""


def test_what_is_left_out_lies_in_the_folder(draft: Read, tmp_path: Path) -> None:
    found = hub_settings(draft("policies: []"))
    assert found.database == f"sqlite:///{tmp_path.resolve()}/slahub.db"
    assert found.secrets == tmp_path.resolve() / "secrets"
    assert (found.key, found.http) == (None, "127.0.0.1:8321")


def test_a_relative_folder_becomes_absolute(draft: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft("hub: {database: sqlite:///data/a.db?x=1, secrets: /etc/secrets}")
    monkeypatch.chdir(tmp_path.parent)
    found = hub_settings(read_folder(Path(tmp_path.name)))
    assert found.database == f"sqlite:///{tmp_path.resolve()}/data/a.db?x=1"
    assert found.secrets == Path("/etc/secrets")


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("sqlite:////var/lib/a.db", "sqlite:////var/lib/a.db"),
        ("postgresql+psycopg://me@host/db", "postgresql+psycopg://me@host/db"),
        ("postgresql://host/db", "postgresql+psycopg://host/db"),
        ("postgres://me:@/db?host=/run/pg", "postgresql+psycopg://me:@/db?host=/run/pg"),
    ],
)
def test_other_databases_are_taken_as_they_are(draft: Read, written: str, used: str) -> None:
    assert hub_settings(draft(f"hub: {{database: '{written}', key: 'file:key'}}")).database == used


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("databse: x", "hub.databse", "did you mean `database`"),
        ("database: mysql://a", "hub.database", "expected sqlite:///slahub.db"),
        ("database: slahub.db", "hub.database", "expected sqlite:///slahub.db"),
        ("database: 'sqlite://'", "hub.database", "name of a file"),
        ("database: 'sqlite:///:memory:'", "hub.database", "name of a file"),
        ("database: 'postgresql://me:hunter2@host/db'", "hub.database", "PGPASSFILE"),
        ("database: 'postgresql://host/db?user=me&password=hunter2'", "hub.database", "PGPASSFILE"),
        ("database: 'postgresql://host/db?ssl%70assword=hunter2'", "hub.database", "PGPASSFILE"),
        ("database: 'postgresql://me:hunter2@[host/db'", "hub.database", "expected sqlite:///slahub.db"),
        ("database: 'postgresql://host:99999/db'", "hub.database", "expected sqlite:///slahub.db"),
        ("database: '${SLAHUB_DB}'", "hub.database", "not allowed here"),
        ("http: '8321'", "hub.http", "not an address"),
        ("http: 'localhost:99999'", "hub.http", "not an address"),
        ("key: hunter2", "hub.key", "must not stand in the configuration"),
    ],
)
def test_mistakes_are_told_with_their_place(draft: Read, text: str, key: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        hub_settings(draft(f"hub:\n  {text}\n"))
    found = [problem for problem in caught.value.problems if says in str(problem)]
    assert [(problem.key, problem.line) for problem in found] == [(key, 2)]
    assert "hunter2" not in str(caught.value)


def test_every_secret_that_leads_nowhere_is_told_with_its_line(draft: Read, offers: Mapping[str, Offer]) -> None:
    found = draft(TWO)
    read = configuration(found.content, offers, revision=1, applied_at=datetime(2026, 5, 4, tzinfo=UTC))
    secrets = Secrets(hub_settings(found).secrets, {})
    with pytest.raises(SettingsError) as caught:
        check_secrets(found, read, secrets)
    assert [(each.line, each.key) for each in caught.value.problems] == [
        (1, "hub.key"),
        (9, "connections.desk.auth.api_token"),
        (13, "connections.eng.auth.client_secret"),
        (14, "connections.eng.hints.secret"),
    ]


def test_secrets_that_are_there_pass_and_open_files_are_warned_of(draft: Read, offers: Mapping[str, Offer]) -> None:
    found = draft(TWO)
    read = configuration(found.content, offers, revision=1, applied_at=datetime(2026, 5, 4, tzinfo=UTC))
    secrets = Secrets(hub_settings(found).secrets, {"SLAHUB_DESK": "x"})
    secrets.folder.mkdir()
    for name, mode in (("key", 0o600), ("eng", 0o644), ("hints", 0o604)):
        (secrets.folder / name).write_text("x", "utf-8")
        (secrets.folder / name).chmod(mode)
    check_secrets(found, read, secrets)
    exposed = [each.key for each in exposed_secrets(found, read, secrets)]
    assert exposed == ["connections.eng.auth.client_secret", "connections.eng.hints.secret"]


def test_a_settings_object_shows_references_and_no_secret(draft: Read, offers: Mapping[str, Offer]) -> None:
    read = configuration(draft(TWO).content, offers, revision=1, applied_at=datetime(2026, 5, 4, tzinfo=UTC))
    assert SecretRef("file:eng").text in repr(read)
