"""Changing one word of the folder as a person would: everything else stays as it is, byte by byte."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from core.errors import Problem, SettingsError
from core.settings.draft import Draft, read_folder
from core.settings.plain import entry
from core.settings.positions import Place
from core.settings.revision import differences
from core.settings.values import Mode

__all__ = ["Edit", "with_mode"]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file that is not made yet. draft: what the folder says with it."""

    path: Path
    before: str
    after: str
    draft: Draft

    def write(self) -> None:
        self._put(self.after)

    def undo(self) -> None:
        self._put(self.before)

    def _put(self, text: str) -> None:
        """Replace the file at once, its rights kept; where it is a link, what it leads to."""
        path = self.path.resolve()
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, "utf-8", newline="")
        shutil.copymode(path, new)
        os.replace(new, path)


def with_mode(draft: Draft, connection: str, mode: Mode) -> Edit:
    """Return the edit that sets `connections.<connection>.mode`, and nothing else, where the connection is defined.

    Raises: SettingsError when the folder does not define the connection, or shares its text with others.
    """
    path = ("connections", connection)
    place = draft.positions.find(path)
    section = draft.content.get("connections")
    if place is None or not isinstance(section, dict) or connection not in section:
        raise SettingsError(Problem(f"the folder does not define {connection!r}", key="connections"))
    file = Path(place.file)
    with file.open(encoding="utf-8", newline="") as opened:
        before = opened.read()
    if entry(section[connection], "mode") == mode:
        return Edit(file, before, before, draft)
    after = _edited(before, connection, mode)
    try:
        new = read_folder(draft.folder, instead={file: after})
    except SettingsError as exc:
        raise _shared(place, connection, mode, ()) from exc
    changed = [each.path for each in differences(draft.content, new.content)]
    if changed != [".".join((*path, "mode"))] or new.hub != draft.hub:
        others = [each for each in changed if each != ".".join((*path, "mode"))]
        raise _shared(place, connection, mode, others)
    return Edit(file, before, after, new)


def _shared(place: Place, connection: str, mode: Mode, others: Sequence[str]) -> SettingsError:
    more = f" without changing {', '.join(others)}" if others else ""
    hint = f"write the mode of each by hand, run 'slahub config apply', and try again; mode: {mode} belongs here"
    text = f"cannot be set here{more}"
    return SettingsError(Problem(text, place.file, place.line, f"connections.{connection}.mode", hint))


def _edited(text: str, connection: str, mode: Mode) -> str:
    """Return the text with the mode in it; unchanged where no place for it is found."""
    # The library's nodes carry no types; nothing of them leaves these functions.
    untyped: Any = YAML(typ="safe", pure=True)
    keys: Any = _under(_under(untyped.compose(text), "connections"), connection)
    if keys is None or keys.id != "mapping" or not keys.value:
        return text
    own = _under(keys, "mode")
    if own is not None:
        return f"{text[: own.start_mark.index]}{mode}{text[own.end_mark.index :]}"
    first: Any = keys.value[0][0].start_mark
    if keys.flow_style:
        return f"{text[: first.index]}mode: {mode}, {text[first.index :]}"
    kind = _under(keys, "connector")
    end = "\r\n" if "\r\n" in text else "\n"
    indent = " " * int(first.column)
    if kind is None:
        return f"{text[: first.index]}mode: {mode}{end}{indent}{text[first.index :]}"
    line = text.find("\n", kind.end_mark.index) + 1
    head, tail = (text[:line], text[line:]) if line else (text + end, "")
    return f"{head}{indent}mode: {mode}{end}{tail}"


def _under(node: Any, key: str) -> Any:
    """Return the node under a key that a mapping itself has, not by a merge; None where there is none."""
    pairs: list[Any] = node.value if node is not None and node.id == "mapping" else []
    return next((value for name, value in pairs if name.id == "scalar" and name.value == key), None)
