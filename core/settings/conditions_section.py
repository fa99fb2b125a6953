"""Conditions as data: keys are joined by and, the values of a key by or, `not` negates.

`when` of a policy asks about a ticket as it stands; what moves a custom metric may ask about one event, too.
"""

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic.json_schema import JsonSchemaValue

from core.settings.plain import KeyPath, is_items, is_keys
from core.settings.positions import Problems
from core.settings.scalars import STATUS_WORDS, VECTOR_WORDS, as_list
from core.settings.words import key_hint, nearest
from core.sla.conditions import All, Any, Changed, Condition, Empty, Happened, Happening, HasTag, In, Not
from core.sla.leaning import LINKED
from core.tickets import Kind, Priority

__all__ = ["FIELDS", "MOMENT", "NOTHING", "WHEN", "Names", "condition", "is_field"]

FREE = (
    "team",
    "organisation",
    "brand",
    "form",
    "channel",
    "requester",
    "assignee",
    "service",
    "project",
    "table",
    "requester_site",
)
NORMAL: dict[str, tuple[str, ...]] = {
    "kind": tuple(Kind),
    "priority": tuple(Priority),
    "status": STATUS_WORDS,
}
OF_LINKED = ("key", "status", "priority", "kind", "team", "assignee")
FIELDS = ("connection", "customer", *NORMAL, *FREE, *(f"{LINKED}{name}" for name in OF_LINKED))
"""What a calendar may be chosen by; custom fields come as `field:<source id>`."""

KEYS = (*FIELDS, "tags", "all", "any", "not")
OF_AN_EVENT = ("changed", "on")
"""Keys that hold in one event and no longer."""

HAPPENINGS: tuple[Happening, ...] = typing.get_args(Happening)
NOTHING = "none"
"""The value that means an empty field."""


TEXT = {"type": ["string", "integer"]}
WORDS = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}
FIELD_WORDS = {
    "type": "object",
    "properties": dict.fromkeys((*FIELDS, "tags"), WORDS),
    "patternProperties": {"^field:.+": WORDS},
    "additionalProperties": False,
}
WHEN: JsonSchemaValue = {
    **FIELD_WORDS,
    "properties": {
        **dict.fromkeys((*FIELDS, "tags"), WORDS),
        **{key: {"type": "array"} for key in ("all", "any")},
        "not": {"type": "object"},
    },
}
"""The shape of a condition on a ticket, for editors."""

ON = {"type": "string", "enum": list(HAPPENINGS)}
MOMENT: JsonSchemaValue = {
    **WHEN,
    "properties": {
        **WHEN["properties"],
        "changed": {"anyOf": [FIELD_WORDS, *WORDS["anyOf"]]},
        "on": {"anyOf": [ON, {"type": "array", "items": ON, "minItems": 1}]},
    },
}
"""The same with what may be asked about one event."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a configuration defines, whether their entries are right or not.

    zones: those of the calendars, as far as they are known. links: whether tickets are linked at all.
    """

    connections: frozenset[str]
    customers: frozenset[str]
    calendars: frozenset[str]
    zones: Mapping[str, str] = field(default_factory=dict[str, str])
    links: bool = True


def is_field(key: str) -> bool:
    """Tell whether a condition may read this field."""
    return key in FIELDS or (key.startswith("field:") and len(key) > len("field:"))


def condition(raw: object, path: KeyPath, names: Names, problems: Problems, *, moments: bool = False) -> Condition:
    """Return the condition of a mapping of fields; mistakes go to `problems`.

    moments: it may also ask what changes and what happens in one event.
    """
    return _Reading(names, problems, moments).condition(raw, path)


@dataclass(frozen=True, slots=True)
class _Reading:
    names: Names
    problems: Problems
    moments: bool

    def condition(self, raw: object, path: KeyPath) -> Condition:
        if not is_keys(raw):
            self.problems.add(path, "expected fields with values", "as in {priority: [critical, high]}")
            return All()
        parts = [self._part(key, value, (*path, key)) for key, value in raw.items()]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self, key: str, value: object, path: KeyPath) -> Condition:
        if key == "not":
            if is_keys(value) and not value:
                self.problems.add(path, "without a field it matches nothing", "as in {not: {status: [closed]}}")
            return Not(self.condition(value, path))
        if key in ("any", "all"):
            return (Any if key == "any" else All)(tuple(self._several(value, path)))
        if key in OF_AN_EVENT:
            return self._of_an_event(key, value, path)
        if key != "tags" and not is_field(key):
            self.problems.add(path, *key_hint(key, (*KEYS, *OF_AN_EVENT) if self.moments else KEYS))
            return All()
        self._linked(key, path)
        words = _words(value, path, self.problems)
        return HasTag(frozenset(words)) if key == "tags" else self._holds(key, words, path)

    def _linked(self, key: str, path: KeyPath) -> None:
        if key.startswith(LINKED) and not self.names.links:
            hint = "as in links: [{from: desk, to: eng, by: {field: Engineering ticket}}]"
            self.problems.add(path, f"`{key}` is empty on every ticket: there is no section `links`", hint)

    def _several(self, value: object, path: KeyPath) -> Iterator[Condition]:
        choices = value if is_items(value) else [value]
        if not choices:
            text = "no choice at all matches nothing" if path[-1] == "any" else "nothing stands in it"
            self.problems.add(path, text, "leave the key out, or name at least one")
        return (self.condition(one, (*path, index)) for index, one in enumerate(choices))

    def _holds(self, key: str, words: list[str], path: KeyPath) -> Condition:
        values, empty = self._values(key, words, path)
        chosen: list[Condition] = [In(key, values)] if values else []
        if empty:
            chosen.append(Empty(key))
        return chosen[0] if len(chosen) == 1 else Any(tuple(chosen))

    def _values(self, key: str, words: list[str], path: KeyPath) -> tuple[frozenset[str], bool]:
        """Return the words that a field may have, and whether it may be empty."""
        known: dict[str, frozenset[str]] = {"connection": self.names.connections, "customer": self.names.customers}
        plain = key.removeprefix(LINKED)
        if plain in NORMAL:
            # A ticket always has a status, a priority and a kind, if only `none`; a linked one may be missing.
            valid = NORMAL[key] if key in NORMAL else (*NORMAL[plain], NOTHING)
            _check(words, valid, f"is not a {plain}", path, self.problems)
        elif key in known:
            valid = (*sorted(known[key]), *([NOTHING] if key == "customer" else []))
            _check(words, valid, f"is not one of the {key}s", path, self.problems)
        normal: Callable[[str], str] = _status if plain == "status" else str
        values = frozenset(normal(word) for word in words if NOTHING in NORMAL.get(plain, ()) or word != NOTHING)
        return values, key not in NORMAL and NOTHING in words

    def _of_an_event(self, key: str, value: object, path: KeyPath) -> Condition:
        if not self.moments:
            text = f"`{key}` speaks of one event, and a policy is for tickets as they stand"
            self.problems.add(path, text, "name the value, as in {status: [open]}; custom metrics take this key")
            return All()
        if key == "on":
            words = _words(value, path, self.problems)
            _check(words, HAPPENINGS, "is nothing that happens", path, self.problems)
            return Happened(frozenset(each for each in HAPPENINGS if each in words))
        if is_keys(value):
            if not value:
                self.problems.add(path, "no field at all never changes", "as in {changed: {status: [open]}}")
            parts = [self._changed_to(name, words, (*path, name)) for name, words in value.items()]
            return parts[0] if len(parts) == 1 else All(tuple(parts))
        fields = _words(value, path, self.problems)
        for index, name in enumerate(fields):
            if not _changes(name):
                hint = nearest(name, (*FIELDS, "tags"))
                self.problems.add((*path, index), f"`{name}` is not a field of a ticket", hint)
            self._linked(name, (*path, index))
        found = [Changed(name) for name in fields]
        return found[0] if len(found) == 1 else Any(tuple(found))

    def _changed_to(self, key: str, value: object, path: KeyPath) -> Condition:
        if not _changes(key):
            self.problems.add(path, *key_hint(key, (*FIELDS, "tags")))
            return All()
        self._linked(key, path)
        values, empty = self._values(key, _words(value, path, self.problems), path)
        chosen: list[Condition] = [Changed(key, values)] if values else []
        if empty:
            chosen.append(All((Changed(key), Empty(key))))
        return chosen[0] if len(chosen) == 1 else Any(tuple(chosen))


def _changes(key: str) -> bool:
    return key == "tags" or is_field(key)


def _words(value: object, path: KeyPath, problems: Problems) -> list[str]:
    words: list[str] = []
    values = as_list(value)
    for index, word in enumerate(values if is_items(values) else ()):
        if isinstance(word, str | int) and not isinstance(word, bool):
            words.append(str(word))
        else:
            at = (*path, index) if is_items(value) else path
            problems.add(at, "expected a word", f"write `{NOTHING}` for an empty field" if word is None else "")
    if is_items(value) and not value:
        problems.add(path, "no value at all matches nothing", "leave the key out, or name at least one")
    return words


def _check(words: list[str], valid: tuple[str, ...], text: str, path: KeyPath, problems: Problems) -> None:
    for index, word in enumerate(words):
        if word not in valid:
            problems.add((*path, index), f"`{word}` {text}", nearest(word, valid))


def _status(word: str) -> str:
    pattern = VECTOR_WORDS.get(word)
    if pattern is None:
        return word
    return f"{pattern.phase}/{pattern.wait_on}" if pattern.wait_on else str(pattern.phase)
