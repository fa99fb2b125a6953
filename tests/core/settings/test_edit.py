"""Setting a mode in the folder as a person would: one word, nothing else, and nothing where more would change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import Draft, Mode, read_folder, with_mode

Read = Callable[..., Draft]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "connections:\n  desk:  # ours\n    connector: zendesk # yes\n    url: here\n",
            "connections:\n  desk:  # ours\n    connector: zendesk # yes\n    mode: live\n    url: here\n",
        ),
        (
            "connections:\n  desk:\n    connector: zendesk",
            "connections:\n  desk:\n    connector: zendesk\n    mode: live\n",
        ),
        ("connections: {desk: {connector: zendesk}}\n", "connections: {desk: {mode: live, connector: zendesk}}\n"),
        (
            "connections:\n  desk:\n    mode:   observe   # still\n    connector: zendesk\n",
            "connections:\n  desk:\n    mode:   live   # still\n    connector: zendesk\n",
        ),
        ("connections: {desk: {mode: 'pilot', a: [ 1 ]}}", "connections: {desk: {mode: live, a: [ 1 ]}}"),
        (
            "connections:\r\n  desk:\r\n    connector: zendesk\r\n    a: 1\r\n",
            "connections:\r\n  desk:\r\n    connector: zendesk\r\n    mode: live\r\n    a: 1\r\n",
        ),
        (
            "connections:\n  b: &b\n    connector: zendesk\n  desk:\n    <<: *b\n    a:\n      - 1\n",
            "connections:\n  b: &b\n    connector: zendesk\n  desk:\n    mode: live\n    <<: *b\n    a:\n      - 1\n",
        ),
    ],
)
def test_one_word_is_written_and_nothing_else(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "hub.yaml"
    file.write_bytes(before.encode())
    file.chmod(0o640)
    edit = with_mode(read_folder(tmp_path), "desk", Mode.LIVE)
    assert file.read_bytes().decode() == before
    edit.write()
    assert file.read_bytes().decode() == after
    assert file.stat().st_mode & 0o777 == 0o640
    assert edit.draft.content == read_folder(tmp_path).content
    edit.undo()
    assert file.read_bytes().decode() == before


@pytest.mark.parametrize(
    "text",
    [
        "connections:\n  desk: &d {connector: zendesk}\n  other:\n    <<: *d\n    url: b\n",
        "connections:\n  desk: &d {connector: zendesk}\n  other: *d\n",
        "connections:\n  other: &d {connector: zendesk}\n  desk: *d\n",
        "connections:\n  other: {mode: &m observe}\n  desk: {mode: *m}\n",
        "connections:\n  desk: {mode: &m observe}\n  other: {mode: *m}\n",
    ],
)
def test_a_mode_that_others_share_is_left_to_a_person(draft: Read, text: str) -> None:
    found = draft(text)
    with pytest.raises(SettingsError, match="by hand") as caught:
        with_mode(found, "desk", Mode.LIVE)
    (problem,) = caught.value.problems
    assert problem.key == "connections.desk.mode"
    assert problem.file.endswith("slahub.yaml")


def test_a_connection_that_has_a_mode_of_its_own_may_share_the_rest(draft: Read) -> None:
    text = "connections:\n  desk: &d {connector: zendesk}\n  other:\n    <<: *d\n    mode: observe\n"
    edit = with_mode(draft(text), "desk", Mode.LIVE)
    assert edit.draft.content["connections"] == {
        "desk": {"connector": "zendesk", "mode": "live"},
        "other": {"connector": "zendesk", "mode": "observe"},
    }


def test_a_connection_that_the_folder_does_not_define_is_told(draft: Read) -> None:
    with pytest.raises(SettingsError, match="does not define"):
        with_mode(draft("connections: {desk: {}}"), "gone", Mode.LIVE)
