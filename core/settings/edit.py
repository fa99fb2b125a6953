"""Changing one word of the folder as a person would: comments and order stay as they are."""

import io
import os
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from core.errors import Problem, SettingsError
from core.settings.draft import Draft
from core.settings.values import Mode

__all__ = ["set_mode"]


def set_mode(draft: Draft, connection: str, mode: Mode) -> Path:
    """Write `connections.<connection>.mode` into the file that defines it; return that file.

    Raises: SettingsError when the folder does not define the connection.
    """
    place = draft.positions.find(("connections", connection))
    if place is None or connection not in _names(draft):
        raise SettingsError(Problem(f"the folder does not define {connection!r}", key="connections"))
    path = Path(place.file)
    # The library's round trip carries no types; nothing of it leaves this function.
    yaml: Any = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    content: Any = yaml.load(path.read_text("utf-8"))
    content["connections"][connection]["mode"] = str(mode)
    text = io.StringIO()
    yaml.dump(content, text)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text.getvalue(), "utf-8")
    os.replace(new, path)
    return path


def _names(draft: Draft) -> set[str]:
    section = draft.content.get("connections")
    return set(section) if isinstance(section, dict) else set()
