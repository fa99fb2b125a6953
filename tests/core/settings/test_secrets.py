"""References to secrets: what is one, what it leads to, and that no value is ever shown."""

import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from core.errors import SettingsError
from core.settings import SecretRef, Secrets
from core.settings.words import Mistake

SECRET = "hunter2-correct-horse"


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    folder = tmp_path / "secrets"
    folder.mkdir()
    return Secrets(folder, {"SLAHUB_DESK": SECRET, "SLAHUB_EMPTY": "", "HOME": "/root"})


def test_a_variable_is_resolved(secrets: Secrets) -> None:
    assert secrets.resolve(SecretRef("${SLAHUB_DESK}")) == SECRET


@pytest.mark.parametrize(
    ("stored", "read"), [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), ("a\n\n", "a\n"), (" a ", " a ")]
)
def test_one_trailing_newline_of_a_file_is_cut(secrets: Secrets, stored: str, read: str) -> None:
    (secrets.folder / "desk").write_bytes(stored.encode())
    assert secrets.resolve(SecretRef("file:desk")) == read


def test_a_file_may_lie_in_a_folder_of_the_secrets_folder(secrets: Secrets) -> None:
    (secrets.folder / "desk").mkdir()
    (secrets.folder / "desk" / "token.txt").write_text(SECRET)
    assert secrets.resolve(SecretRef("file:desk/token.txt")) == SECRET


def test_a_link_within_the_secrets_folder_is_followed(secrets: Secrets) -> None:
    (secrets.folder / "..data").mkdir()
    (secrets.folder / "..data" / "desk").write_text(SECRET)
    (secrets.folder / "desk").symlink_to("..data/desk")
    assert secrets.resolve(SecretRef("file:desk")) == SECRET


def test_a_link_out_of_the_secrets_folder_is_refused(secrets: Secrets) -> None:
    outside = secrets.folder.parent / "outside"
    outside.write_text(SECRET)
    (secrets.folder / "desk").symlink_to(outside)
    with pytest.raises(SettingsError, match="leads out of the secrets folder"):
        secrets.resolve(SecretRef("file:desk"))


@pytest.mark.parametrize(
    "text", ["file:../outside", "file:/etc/passwd", "file:a/../../b", "file:", "file:.", "file:a//b"]
)
def test_a_file_is_named_by_its_path_below_the_secrets_folder(text: str) -> None:
    with pytest.raises(Mistake, match="below the secrets folder"):
        SecretRef(text)


def test_a_foreign_variable_is_refused_with_the_name_to_use() -> None:
    with pytest.raises(Mistake) as caught:
        SecretRef("${JIRA_TOKEN}")
    assert "${SLAHUB_JIRA_TOKEN}" in caught.value.hint


@given(st.text(max_size=40).filter(lambda text: not text.startswith(("file:", "${SLAHUB_"))))
def test_a_secret_in_clear_text_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Mistake) as caught:
        SecretRef(text)
    assert len(text) < 4 or text not in f"{caught.value}{caught.value.hint}" or text.startswith("${")


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("${SLAHUB_MISSING}", "SLAHUB_MISSING is not set"),
        ("${SLAHUB_EMPTY}", "SLAHUB_EMPTY is not set"),
        ("file:missing", "no file behind file:missing"),
        ("file:empty", "file:empty is empty"),
        ("file:folder", "cannot be read"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named_with_its_key(secrets: Secrets, reference: str, says: str) -> None:
    (secrets.folder / "empty").write_text("\n")
    (secrets.folder / "folder").mkdir()
    with pytest.raises(SettingsError, match=says) as caught:
        secrets.resolve(SecretRef(reference), "connections.desk.auth.token")
    assert caught.value.problems[0].key == "connections.desk.auth.token"


def test_a_file_that_is_not_text_does_not_leak_its_bytes(secrets: Secrets) -> None:
    (secrets.folder / "desk").write_bytes(SECRET.encode() + b"\xff")
    with pytest.raises(SettingsError, match="is not text") as caught:
        secrets.resolve(SecretRef("file:desk"))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None


def test_nothing_shows_a_value(secrets: Secrets) -> None:
    ref = SecretRef("${SLAHUB_DESK}")
    secrets.resolve(ref)
    assert SECRET not in f"{secrets!r}{secrets}{ref!r}{ref}"


class Holder(BaseModel):
    token: SecretRef


def test_a_settings_type_takes_references_only() -> None:
    assert Holder.model_validate({"token": "file:desk"}).token == SecretRef("file:desk")
    assert Holder(token=SecretRef("file:desk")).model_dump_json() == '{"token":"file:desk"}'
    with pytest.raises(ValueError, match="must not stand in the configuration"):
        Holder.model_validate({"token": SECRET})
    with pytest.raises(ValueError, match="expected a reference"):
        Holder.model_validate({"token": 12345})


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_file_that_everybody_can_read_is_warned_of(secrets: Secrets, mode: int, warned: bool) -> None:
    path = secrets.folder / "desk"
    path.write_text(SECRET)
    path.chmod(mode)
    assert bool(secrets.exposed(SecretRef("file:desk"))) is warned


def test_a_missing_file_or_a_variable_is_not_exposed(secrets: Secrets) -> None:
    assert not secrets.exposed(SecretRef("file:missing"))
    assert not secrets.exposed(SecretRef("${SLAHUB_DESK}"))
