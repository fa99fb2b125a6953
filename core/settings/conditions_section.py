"""`when` of a policy: keys are joined by and, the values of a key by or, `not` negates."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic.json_schema import JsonSchemaValue

from core.settings.plain import KeyPath, is_items, is_keys
from core.settings.positions import Problems
from core.settings.scalars import STATUS_WORDS, VECTOR_WORDS, as_list
from core.settings.words import key_hint, nearest
from core.sla.conditions import All, Any, Condition, Empty, HasTag, In, Not
from core.tickets import Kind, Priority

__all__ = ["FIELDS", "NOTHING", "WHEN", "Names", "condition", "is_field"]

FREE = ("team", "organisation", "brand", "form", "channel", "requester", "assignee")
NORMAL: dict[str, tuple[str, ...]] = {
    "kind": tuple(Kind),
    "priority": tuple(Priority),
    "status": STATUS_WORDS,
}
FIELDS = ("connection", "customer", *NORMAL, *FREE)
"""What a calendar may be chosen by; custom fields come as `field:<source id>`."""

KEYS = (*FIELDS, "tags", "any", "not")
NOTHING = "none"
"""The value that means an empty field."""


TEXT = {"type": ["string", "integer"]}
WORDS = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}
WHEN: JsonSchemaValue = {
    "type": "object",
    "properties": {**dict.fromkeys((*FIELDS, "tags"), WORDS), "any": {"type": "array"}, "not": {"type": "object"}},
    "patternProperties": {"^field:.+": WORDS},
    "additionalProperties": False,
}
"""The shape of a condition, for editors."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a configuration defines, whether their entries are right or not."""

    connections: frozenset[str]
    customers: frozenset[str]
    calendars: frozenset[str]


def is_field(key: str) -> bool:
    """Tell whether a condition may read this field."""
    return key in FIELDS or (key.startswith("field:") and len(key) > len("field:"))


def condition(raw: object, path: KeyPath, names: Names, problems: Problems) -> Condition:
    """Return the condition of a mapping of fields; mistakes go to `problems`."""
    if not is_keys(raw):
        problems.add(path, "expected fields with values", "as in {priority: [critical, high]}")
        return All()
    parts = [_part(key, value, (*path, key), names, problems) for key, value in raw.items()]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _part(key: str, value: object, path: KeyPath, names: Names, problems: Problems) -> Condition:
    if key == "not":
        if is_keys(value) and not value:
            problems.add(path, "without a field it matches nothing", "as in {not: {status: [closed]}}")
        return Not(condition(value, path, names, problems))
    if key == "any":
        choices = value if is_items(value) else [value]
        if not choices:
            problems.add(path, "no choice at all matches nothing", "leave the key out, or name at least one")
        return Any(tuple(condition(one, (*path, index), names, problems) for index, one in enumerate(choices)))
    if key != "tags" and not is_field(key):
        problems.add(path, *key_hint(key, KEYS))
        return All()
    words = _words(value, path, problems)
    if key == "tags":
        return HasTag(frozenset(words))
    known: dict[str, frozenset[str]] = {"connection": names.connections, "customer": names.customers}
    if key in NORMAL:
        _check(words, NORMAL[key], f"is not a {key}", path, problems)
    elif key in known:
        valid = (*sorted(known[key]), *([NOTHING] if key == "customer" else []))
        _check(words, valid, f"is not one of the {key}s", path, problems)
    normal: Callable[[str], str] = _status if key == "status" else str
    values = frozenset(normal(word) for word in words if key in NORMAL or word != NOTHING)
    chosen: list[Condition] = [In(key, values)] if values else []
    if key not in NORMAL and NOTHING in words:
        chosen.append(Empty(key))
    return chosen[0] if len(chosen) == 1 else Any(tuple(chosen))


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
