"""Values as issues show them and as their changelogs tell them, in the one form that both agree on. Pure."""

import re
from collections.abc import Mapping

from connectors import SourceValue, perhaps, several
from connectors.jira.fields import Field, FieldKind
from connectors.jira.shapes import LONGEST, moment, person_of, plain, spoken

__all__ = ["FIELDS", "SKIPPED", "listed", "named", "shown", "told"]

FIELDS: Mapping[str, str] = {
    "status": "status",
    "priority": "priority",
    "issuetype": "kind",
    "project": "project",
    "resolution": "resolution",
    "assignee": "assignee",
    "reporter": "requester",
    "labels": "tags",
}
"""Jira's name -> ours, of its own fields that are followed. Texts are left out."""

PEOPLE = frozenset({"assignee", "reporter"})

BY_ID = frozenset({"status", "priority", "issuetype", "project", "resolution"})

SKIPPED = frozenset({"summary", "description", "environment", "comment", "workflow", "rank", "attachment", "key"})
"""What a changelog tells besides, in small letters."""

NUMBERS = re.compile(r"\d{1,18}")

USERS = frozenset({"userpicker", "multiuserpicker"})


def shown(field_id: str, raw: object, known: Field | None = None) -> SourceValue:
    """Return a field's value as an issue shows it. known: of a custom field."""
    parts = perhaps(raw)
    if field_id in PEOPLE or (known is not None and known.kind in USERS and parts):
        return person_of(raw)
    if known is not None and known.kind in {FieldKind.DATETIME, FieldKind.DATE}:
        at = moment(raw)
        return spoken(at) if at is not None else plain(raw)
    if listing := several(raw):
        found = {word for each in listing if isinstance(word := shown(field_id, each, known), str)}
        return tuple(sorted(found)) or None
    return named(parts) if parts else plain(raw)


def named(raw: object) -> SourceValue:
    """Return what an object stands for: its id, else its name or value."""
    found = perhaps(raw)
    for key in ("id", "accountId", "key", "value", "name"):
        word = plain(found.get(key))
        if word is not None:
            return word
    return None


def told(field_id: str, ident: object, words: object, known: Field | None = None) -> SourceValue:
    """Return a value as an item of a changelog tells it. ident: its `from` or `to`; words: the text of that time."""
    text = words[:LONGEST] if isinstance(words, str) and words else None
    given = ident if isinstance(ident, str) and ident else None
    if field_id in BY_ID:
        found: SourceValue = given if given is not None and NUMBERS.fullmatch(given) else None
    elif field_id in PEOPLE:
        found = given
    elif field_id == "labels":
        found = tuple(sorted(set((text or "").split()))) or None
    else:
        found = _custom(known.kind if known is not None else "", given, text)
    return found


def _custom(kind: str, given: str | None, text: str | None) -> SourceValue:
    if kind in {FieldKind.DATETIME, FieldKind.DATE}:
        at = moment(given) or moment(text)
        return spoken(at) if at is not None else given or text
    if kind.startswith("multi") or kind == "labels":
        parts = listed(given) if given is not None else tuple(sorted(set((text or "").replace(",", " ").split())))
        return parts or None
    return _number(given or text) if kind == "float" else given or text


def listed(text: str | None) -> tuple[str, ...]:
    """Return the ids in a text such as `[10501, 10502]`, sorted."""
    return tuple(sorted(set(NUMBERS.findall(text or ""))))


def _number(text: str | None) -> SourceValue:
    try:
        return plain(float(text)) if text else None
    except ValueError:
        return text
