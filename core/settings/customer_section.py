"""The section `customers`: who is who over several helpdesks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from core.settings.conditions_section import NOTHING, Names
from core.settings.plain import KeyPath, entry, is_keys
from core.settings.positions import Problems
from core.settings.scalars import Section, Texts
from core.settings.translation import validated
from core.settings.words import nearest

__all__ = ["WHOLE", "CustomerSection", "Customers", "customers"]

WHOLE = "*"
"""Stands for every organisation of a connection."""

CUSTOM = "field:"
ORGANISATION, PROJECT = "organisation", "project"

Words: TypeAlias = Annotated[Texts, Field(min_length=1)]


class Organisations(Section):
    """Which tickets of one connection a customer's are. field: a custom field, by its title or `field:<id>`."""

    organisations: Words | None = None
    projects: Words | None = None
    field: Annotated[str, Field(min_length=1)] | None = None
    values: Words | None = None


def _form(value: object) -> str:
    return "some" if is_keys(value) or isinstance(value, Organisations) else "all"


class CustomerSection(Section):
    name: str = ""
    found: dict[
        str,
        Annotated[Annotated[Organisations, Tag("some")] | Annotated[Literal["all"], Tag("all")], Discriminator(_form)],
    ] = Field(alias="is", min_length=1)


@dataclass(frozen=True, slots=True)
class Customers:
    """Which customer is meant. organisations: by (connection, id or lower-case name), `*` for a whole connection.

    fields: by connection, then field, then a value's id or lower-case name.
    """

    organisations: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    fields: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict[str, dict[str, dict[str, str]]])


def customers(given: Mapping[str, object], names: Names, problems: Problems) -> Customers:
    """Return who is who; mistakes go to `problems`."""
    found: dict[tuple[str, str, str], str] = {}
    for name, raw in given.items():
        path: KeyPath = ("customers", name)
        if name == NOTHING:
            problems.add(path, f"`{NOTHING}` cannot name a customer: it means that there is none")
        named = entry(raw, "is")
        for connection in named if is_keys(named) else ():
            if connection not in names.connections:
                text = f"there is no connection `{connection}`"
                problems.add((*path, "is", connection), text, nearest(connection, sorted(names.connections)))
        section = validated(CustomerSection, raw, path, problems)
        for connection, part in section.found.items() if section else ():
            place = (*path, "is", connection)
            for kind, word in _words(part, place, problems):
                other = found.get((connection, kind, word.lower()))
                if other is not None and other != name:
                    what = f"the whole of {connection}" if word == WHOLE else f"`{word}` of {connection}"
                    problems.add(place, f"{what} is the customer {other} already")
                found[connection, kind, word] = found[connection, kind, word.lower()] = name
    return _by_kind(found)


def _words(part: Organisations | str, place: KeyPath, problems: Problems) -> Iterator[tuple[str, str]]:
    """Yield each field and value that means the customer."""
    if isinstance(part, str):
        yield ORGANISATION, WHOLE
        return
    if (part.field is None) != (part.values is None):
        problems.add(place, "`field` and `values` belong together", "as in {field: Customer, values: [ACME]}")
    if part == Organisations():
        text = "this names none of its tickets"
        problems.add(place, text, "write organisations, projects, field with values, or `all` in place of keys")
    yield from ((ORGANISATION, word) for word in part.organisations or ())
    yield from ((PROJECT, word) for word in part.projects or ())
    if part.field is not None:
        name = part.field if part.field.startswith(CUSTOM) else f"{CUSTOM}{part.field}"
        yield from ((name, word) for word in part.values or ())


def _by_kind(found: Mapping[tuple[str, str, str], str]) -> Customers:
    """Return the words by what they are; custom fields go before projects."""
    sorted_out = Customers()
    for (connection, kind, word), name in sorted(found.items(), key=lambda each: each[0][1] == PROJECT):
        if kind == ORGANISATION:
            sorted_out.organisations[connection, word] = name
        else:
            sorted_out.fields.setdefault(connection, {}).setdefault(kind, {})[word] = name
    return sorted_out
