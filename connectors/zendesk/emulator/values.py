"""Custom field values: what each field type accepts, and the tie between tags and dropdowns or checkboxes."""

import re
from collections.abc import Mapping
from datetime import date
from typing import cast

from connectors.zendesk.emulator.answers import Refusal, record_invalid
from connectors.zendesk.emulator.records import Ticket, TicketField

__all__ = ["DROPPED", "accepted", "normal_tags", "tags_and_values", "unset"]

DROPPED = object()  # stands for "the desk takes no notice of this value, and says nothing"

_FIELD_TYPES = {
    "date": "FieldDate",
    "integer": "FieldInteger",
    "decimal": "FieldDecimal",
    "regexp": "FieldRegexp",
    "text": "FieldText",
    "textarea": "FieldTextarea",
    "tagger": "FieldTagger",
}


def unset(field: TicketField) -> object:
    """Return what the API shows for a field without a value."""
    return False if field.type == "checkbox" else None


def normal_tags(tags: object) -> list[str]:
    """Return tags as the desk keeps them: lower case, no spaces, once each, sorted."""
    words = tags.split() if isinstance(tags, str) else cast("list[object]", tags) if isinstance(tags, list) else []
    return sorted({str(word).strip().lower().replace(" ", "_") for word in words if str(word).strip()})


def _badly_formatted(field: TicketField) -> Refusal:
    return record_invalid(
        "base",
        f"{field.title}: is not properly formatted",
        error=None,
        ticket_field_id=field.id,
        ticket_field_type=_FIELD_TYPES.get(field.type, "FieldText"),
    )


def accepted(field: TicketField, value: object) -> object:
    """Return the value as the desk stores it, or DROPPED.

    Raises: Refusal (422) for a malformed date, number or pattern; never for an unknown dropdown option.
    """
    if value is None or value == "":
        return unset(field)
    if field.type == "tagger":
        known = {option.value for option in field.options}
        return value if isinstance(value, str) and value in known else DROPPED
    if field.type == "multiselect":
        known = {option.value for option in field.options}
        given = cast("list[object]", value) if isinstance(value, list) else []
        chosen = [one for one in given if isinstance(one, str) and one in known]
        return chosen or DROPPED
    if field.type == "checkbox":
        return value in (True, "true", "1", 1)
    text = str(value)
    if field.type == "date":
        try:
            day = date.fromisoformat(text).isoformat()
        except ValueError:
            day = ""
        # Other ways to write a day, such as 20260511, are none here.
        if day != text:
            raise _badly_formatted(field)
        return text
    pattern = {"integer": r"-?\d+", "decimal": r"-?\d+(\.\d+)?", "regexp": field.regexp or ".*"}.get(field.type)
    if pattern is not None and re.fullmatch(pattern, text) is None:
        raise _badly_formatted(field)
    return text


def tags_and_values(
    ticket: Ticket,
    fields: Mapping[int, TicketField],
    values: Mapping[int, object],
    tags: list[str] | None,
    *,
    added: tuple[str, ...],
    removed: tuple[str, ...],
) -> tuple[list[str], dict[int, object]]:
    """Return the tags and the custom values after a save, each having followed the other.

    A dropdown that is set brings its option's tag; a tag that goes away clears its dropdown; replacing all
    tags therefore clears every dropdown whose tag was not repeated. A value in the same save wins.
    """
    now = dict(ticket.values)
    words = set(ticket.tags if tags is None else tags) | set(added)
    words -= set(removed)
    tags_given = tags is not None or added or removed
    if tags_given:
        for field in fields.values():
            if field.id not in values:
                _follow_tags(field, words, now)
    for field_id, value in values.items():
        field = fields[field_id]
        words -= _tags_of(field, ticket.values.get(field_id))
        words -= _tags_of(field, now.get(field_id))
        words |= _tags_of(field, value)
        now[field_id] = value
    return sorted(words), now


def _tags_of(field: TicketField, value: object) -> set[str]:
    if field.type == "tagger":
        return {value} if isinstance(value, str) else set()
    if field.type == "multiselect":
        return {str(one) for one in cast("list[object]", value)} if isinstance(value, list) else set()
    return {field.tag} if field.type == "checkbox" and field.tag and value is True else set()


def _follow_tags(field: TicketField, words: set[str], now: dict[int, object]) -> None:
    if field.type == "checkbox" and field.tag:
        now[field.id] = field.tag in words
    elif field.type == "tagger":
        present = [option.value for option in field.options if option.value in words]
        if now.get(field.id) not in present:
            now[field.id] = present[0] if present else None
