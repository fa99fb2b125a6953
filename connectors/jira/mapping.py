"""Jira's records as the hub's: tickets, people, names, ratings. Pure: no client, no clock.

What happened to a ticket is read in `events`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from connectors import (
    Label,
    NativeClock,
    Organisation,
    Person,
    Rating,
    SourceValue,
    Team,
    Ticket,
    Unreadable,
    fields_of,
    flag,
    perhaps,
    several,
    text,
)
from connectors.jira.fields import Layout
from connectors.jira.native_clocks import statements
from connectors.jira.places import own_values
from connectors.jira.shapes import identifier, instant, millis, moment, person_of, plain
from connectors.jira.values import FIELDS, shown

__all__ = [
    "BASE",
    "clocks",
    "custom",
    "label",
    "labels",
    "names",
    "option_labels",
    "organisation",
    "organisations",
    "person",
    "rating",
    "status_label",
    "ticket",
]

BASE: Final = (*FIELDS, "created", "updated", "creator")
"""The fields without which no picture of an issue is whole."""


NAMED = {key: FIELDS[key] for key in ("status", "priority", "issuetype", "project", "resolution")}


def ticket(raw: object, layout: Layout, site: str) -> Ticket:
    """Return an issue as a search or another answer shows it; `version` is when it was changed last."""
    row = fields_of(raw, "issue")
    fields = fields_of(row.get("fields"), "fields")
    updated = instant(fields, "updated")
    values: dict[str, SourceValue] = {name: shown(key, fields.get(key)) for key, name in FIELDS.items()}
    values["team"] = values["project"]
    values["organisation"] = _organisation(fields, layout)
    values["participants"] = _participants(fields, layout)
    values["form"] = _request_type(fields, layout)
    values |= {word: shown(key, fields.get(key), layout.every.get(key)) for key, word in layout.words.items()}
    for field_id in layout.followed:
        if (kept := shown(field_id, fields.get(field_id), layout.every[field_id])) is not None:
            values[custom(field_id)] = kept
    key = text(row, "key")
    if not key:
        raise Unreadable("an issue without a key")
    return Ticket(
        id=identifier(row),
        key=key,
        url=f"{site}/browse/{key}",
        created_at=instant(fields, "created"),
        updated_at=updated,
        version=millis(updated),
        values=values,
        own={str(slot): word for slot, word in own_values(row, layout).items()},
    )


def custom(field_id: str) -> str:
    """Return the name under which a custom field is followed."""
    return f"field:{field_id}"


def person(raw: object) -> Person:
    """Return a user, as an issue or a comment shows one. Data Center says of nobody what they are."""
    row = fields_of(raw, "user")
    who = person_of(row)
    if who is None:
        raise Unreadable("a user without an id")
    return Person(
        who, text(row, "displayName"), text(row, "accountType") or "user", active=flag(row, "active", default=True)
    )


def organisation(raw: object) -> Organisation:
    """Return an organisation of a service desk."""
    row = fields_of(raw, "organisation")
    return Organisation(identifier(row), text(row, "name"))


def organisations(raw: object, layout: Layout) -> Iterator[Organisation]:
    """Yield the organisations that an issue is shared with."""
    fields = perhaps(perhaps(raw).get("fields"))
    for each in (each for key in layout.organisations for each in several(fields.get(key))):
        found = perhaps(each)
        if isinstance(ident := plain(found.get("id")), str) and isinstance(name := found.get("name"), str):
            yield Organisation(ident, name)


def status_label(raw: object) -> Label:
    """Return a status: what agents read, and which of Jira's four categories it belongs to."""
    row = fields_of(raw, "status")
    return Label("status", identifier(row), text(row, "name"), str(perhaps(row.get("statusCategory")).get("key") or ""))


def label(field: str) -> Callable[[object], Label]:
    """Return a reader of things that have an id and a name."""

    def read(raw: object) -> Label:
        row = fields_of(raw, field)
        return Label(field, identifier(row), text(row, "name"))

    return read


def names(raw: object, layout: Layout) -> Iterator[Label | Team | Organisation]:
    """Yield the names of everything that an issue shows."""
    yield from labels(raw, layout)
    yield from option_labels(raw, layout)
    yield from organisations(raw, layout)


def labels(raw: object, layout: Layout) -> Iterator[Label | Team]:
    """Yield the names of what an issue shows in Jira's own fields."""
    fields = perhaps(perhaps(raw).get("fields"))
    for key, field in NAMED.items():
        found = perhaps(fields.get(key))
        # A project is called by its key: that is what people write, and what no two of them share.
        called = found.get("key" if field == "project" else "name")
        if isinstance(ident := plain(found.get("id")), str) and isinstance(called, str):
            yield Label(field, ident, called, str(perhaps(found.get("statusCategory")).get("key") or ""))
            if field == "project" and layout.projects_are_teams and isinstance(name := found.get("name"), str):
                yield Team(ident, name)


def option_labels(raw: object, layout: Layout) -> Iterator[Label | Team]:
    """Yield the names of the options that an issue shows in its custom fields, and of the team it is with."""
    fields = perhaps(perhaps(raw).get("fields"))
    for field_id in (*layout.followed, *layout.words):
        found = fields.get(field_id)
        for each in several(found) or [found]:
            option = perhaps(each)
            ident, word = plain(option.get("id")), option.get("value", option.get("name"))
            if not (isinstance(ident, str) and isinstance(word, str) and word):
                continue
            if field_id in layout.followed:
                yield Label(custom(field_id), ident, word)
            if field_id in layout.words:
                name = layout.words[field_id]
                yield Team(ident, word) if name == "team" else Label(name, ident, word)


def rating(raw: object, layout: Layout) -> Rating | None:
    """Return how satisfied the requester was; what they wrote about it is left out. None: nobody was asked, or said."""
    row = fields_of(raw, "issue")
    fields = fields_of(row.get("fields"), "fields")
    for field_id in layout.rating:
        score = plain(perhaps(fields.get(field_id)).get("rating"))
        if isinstance(score, str):
            at = next((found for each in layout.rated if (found := moment(fields.get(each))) is not None), None)
            return Rating(
                id=identifier(row),
                ticket_id=identifier(row),
                score=score,
                at=at or instant(fields, "updated"),
                requester=person_of(fields.get("reporter")),
                assignee=person_of(fields.get("assignee")),
            )
    return None


def clocks(raw: object, layout: Layout) -> tuple[NativeClock, ...]:
    """Return what Jira Service Management itself says of this issue's SLAs."""
    row = fields_of(raw, "issue")
    fields = fields_of(row.get("fields"), "fields")
    found = (statements(identifier(row), fields.get(field_id)) for field_id in layout.slas)
    return tuple(clock for each in found for clock in each)


def _organisation(fields: Mapping[str, object], layout: Layout) -> SourceValue:
    found = {word for key in layout.organisations for word in _several(shown(key, fields.get(key)))}
    return next(iter(found)) if len(found) == 1 else tuple(sorted(found)) or None


def _participants(fields: Mapping[str, object], layout: Layout) -> SourceValue:
    found = {who for key in layout.participants for each in several(fields.get(key)) if (who := person_of(each))}
    return tuple(sorted(found)) or None


def _request_type(fields: Mapping[str, object], layout: Layout) -> SourceValue:
    for key in layout.request_type:
        kept = plain(perhaps(perhaps(fields.get(key)).get("requestType")).get("id"))
        if kept is not None:
            return kept
    return None


def _several(value: SourceValue) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value or ()
