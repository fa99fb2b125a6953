"""The section `customers`: who is who over several helpdesks."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from core.settings.conditions_section import NOTHING, Names
from core.settings.plain import entry, is_keys
from core.settings.positions import Problems
from core.settings.scalars import Section, Texts
from core.settings.translation import validated
from core.settings.words import nearest

__all__ = ["WHOLE", "CustomerSection", "customers"]

WHOLE = "*"
"""Stands for every organisation of a connection."""


class Organisations(Section):
    organisations: Annotated[Texts, Field(min_length=1)]


def _form(value: object) -> str:
    return "some" if is_keys(value) or isinstance(value, Organisations) else "all"


class CustomerSection(Section):
    name: str = ""
    found: dict[
        str,
        Annotated[Annotated[Organisations, Tag("some")] | Annotated[Literal["all"], Tag("all")], Discriminator(_form)],
    ] = Field(alias="is", min_length=1)


def customers(given: Mapping[str, object], names: Names, problems: Problems) -> dict[tuple[str, str], str]:
    """Return the customer of each (connection, organisation id or lower-case name); `*` for a whole connection."""
    found: dict[tuple[str, str], str] = {}
    for name, raw in given.items():
        path = ("customers", name)
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
            words = part.organisations if isinstance(part, Organisations) else (WHOLE,)
            for word in words:
                other = found.get((connection, word.lower()))
                if other is not None and other != name:
                    what = f"the whole of {connection}" if word == WHOLE else f"`{word}` of {connection}"
                    problems.add(place, f"{what} is the customer {other} already")
                found[connection, word] = found[connection, word.lower()] = name
    return found
