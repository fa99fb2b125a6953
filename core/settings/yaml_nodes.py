"""A YAML file as nodes that know their line; the one place that speaks with the YAML library's parser."""

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from core.settings.words import Mistake

__all__ = ["Items", "Keys", "Node", "Scalar", "compose"]

TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"
KNOWN = frozenset(f"{TAG}{name}" for name in ("null", "bool", "int", "float", "str", "timestamp"))

LARGEST = 2**63 - 1
"""What a database takes. A number in hexadecimal may be one that nobody can write in decimals."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """text: as it is written. value: as YAML reads it, dates as text. wrong: why it cannot be read."""

    line: int
    text: str
    value: bool | int | float | str | None
    wrong: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """pairs: as they stand, keys that stand twice included. merged: the values of `<<`."""

    line: int
    pairs: list[tuple["Node", "Node"]] = field(default_factory=list["tuple[Node, Node]"])
    merged: list["Node"] = field(default_factory=list["Node"])


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    line: int
    items: list["Node"] = field(default_factory=list["Node"])


Node: TypeAlias = Scalar | Keys | Items


def compose(text: str) -> Node | None:
    """Return the root of one YAML document; None for an empty one. An anchor's uses share its node.

    Raises: Mistake, `at` holding the line, for a text that is not YAML, or in which two things have one anchor.
    """
    yaml = YAML(typ="safe", pure=True)
    # The library's nodes carry no types; nothing of them leaves this module.
    untyped: Any = yaml
    # It would say so on its own, in its own words, and go on.
    untyped.composer.warn_double_anchors = False
    try:
        root: Any = untyped.compose(text)
        return None if root is None else _node(root, untyped.constructor, {}, {})
    except MarkedYAMLError as exc:
        said: Any = exc
        mark = said.problem_mark or said.context_mark
        line = 1 if mark is None else int(mark.line) + 1
        raise Mistake(f"this is not YAML: {said.problem or said.context}", at=(line,)) from exc
    except ReaderError as exc:
        found: Any = exc
        line = text.count("\n", 0, int(found.position)) + 1
        raise Mistake(
            f"this is not YAML: the character 0x{int(found.character):02x} must not stand here", at=(line,)
        ) from exc
    except YAMLError as exc:
        raise Mistake(f"this is not YAML: {' '.join(str(exc).split())}", at=(1,)) from exc
    except RecursionError as exc:
        raise Mistake("this is nested too deep to be read", at=(1,)) from exc


def _node(raw: Any, constructor: Any, seen: dict[int, Node], named: dict[str, Any]) -> Node:
    if id(raw) in seen:
        return seen[id(raw)]
    line = int(raw.start_mark.line) + 1
    if raw.anchor is not None and (first := named.setdefault(str(raw.anchor), raw)) is not raw:
        before = int(first.start_mark.line) + 1
        raise Mistake(f"the anchor `{raw.anchor}` stands twice, first in line {before}", at=(line,))
    if raw.id == "mapping":
        keys = Keys(line)
        seen[id(raw)] = keys
        for key, value in raw.value:
            node = _node(value, constructor, seen, named)
            if str(key.tag) == MERGE:
                keys.merged.extend(node.items if isinstance(node, Items) else [node])
            else:
                keys.pairs.append((_node(key, constructor, seen, named), node))
        return keys
    if raw.id == "sequence":
        items = Items(line)
        seen[id(raw)] = items
        items.items.extend(_node(item, constructor, seen, named) for item in raw.value)
        return items
    return _scalar(raw, line, constructor)


def _scalar(raw: Any, line: int, constructor: Any) -> Scalar:
    text = str(raw.value)
    if any("\ud800" <= each <= "\udfff" for each in text):
        return Scalar(line, "", None, "half a character, which no text holds")
    if str(raw.tag) not in KNOWN:
        return Scalar(line, text, None, f"the tag {raw.tag} is not known")
    try:
        value: object = constructor.construct_object(raw)
    except (ValueError, YAMLError):
        # A date that no calendar has, 2026-02-30: whoever wants a date says so, with every other mistake.
        return Scalar(line, text, text)
    if isinstance(value, date):
        return Scalar(line, text, value.isoformat())
    if (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, int) and abs(value) > LARGEST):
        return Scalar(line, text, None, f"`{text[:40]}` is not a number that can be used")
    return Scalar(line, text, value if isinstance(value, bool | int | float | str) else None)
