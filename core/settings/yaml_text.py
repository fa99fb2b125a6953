"""YAML as a person writes it, line by line, so that each comment stands beside what it is about."""

import io
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from core.settings.plain import is_items, is_keys

__all__ = ["comment", "commented", "lines_of", "plain"]

WIDTH = 110
FEW = 8
"""A list of more entries than this stands on lines of its own."""


def plain(text: str) -> str:
    """Return a text from elsewhere on one line, without what a terminal or YAML would take for a sign to itself."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def comment(text: str, indent: int) -> list[str]:
    """Return a text as lines of comment."""
    before = " " * indent + "# "
    return textwrap.wrap(
        plain(text), WIDTH, initial_indent=before, subsequent_indent=before, break_long_words=False
    ) or [before.rstrip()]


def commented(lines: Iterable[str], indent: int) -> list[str]:
    """Return lines of YAML switched off: without the mark they are what they were."""
    before = " " * indent
    return [f"{before}# {line.removeprefix(before)}".rstrip() for line in lines]


def lines_of(content: Mapping[str, object], indent: int) -> list[str]:
    """Return the lines of some keys; the innermost lists and keys stand on one line while they are few and short."""
    # The library's writer carries no types; nothing of it leaves this function.
    yaml: Any = YAML()
    yaml.width = 1 << 30
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(_styled(content, top=True), text)
    return [" " * indent + line for line in text.getvalue().splitlines()]


def _styled(value: object, *, top: bool = False) -> object:
    if is_keys(value):
        keys: Any = CommentedMap()
        for name, part in value.items():
            keys[name] = _styled(part)
        flat = not top and not any(is_keys(part) or is_items(part) for part in value.values())
        if flat and len(value) <= FEW and sum(len(f"{name}: {part}, ") for name, part in value.items()) <= WIDTH:
            keys.fa.set_flow_style()
        return keys
    if is_items(value):
        items: Any = CommentedSeq(_styled(part) for part in value)
        if not any(is_keys(part) or is_items(part) for part in value) and len(value) <= FEW:
            items.fa.set_flow_style()
        return items
    return value
