"""The section `links`: which tickets of two helpdesks are the same work."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from core.settings.conditions_section import Names
from core.settings.plain import KeyPath, is_items, is_keys
from core.settings.positions import Problems
from core.settings.scalars import Section
from core.settings.translation import validated
from core.settings.words import Mistake, meant, nearest
from core.sla.policy import Link
from core.tickets import REMOTE_LINKS

__all__ = ["LinkSection", "links"]

CUSTOM = "field:"


def _by(value: object) -> object:
    if isinstance(value, str) and value != REMOTE_LINKS:
        hint = meant(value, [REMOTE_LINKS]) or f"write {{field: …}} or {REMOTE_LINKS}"
        raise Mistake(f"`{value}` joins no tickets", hint)
    return {"field": None} if value == REMOTE_LINKS else value


class BySection(Section):
    """field: a custom field, by its title or `field:<id>`; None: the links that the helpdesk itself keeps."""

    field: Annotated[str, Field(min_length=1)] | None


By: TypeAlias = Annotated[BySection, BeforeValidator(_by, json_schema_input_type=BySection | Literal["remote_links"])]


class LinkSection(Section):
    source: Annotated[str, Field(alias="from")]
    target: Annotated[str, Field(alias="to")]
    by: By
    counts: Literal["from", "to", "both"] = "both"


def links(raw: object, names: Names, problems: Problems) -> tuple[Link, ...]:
    """Return the links; mistakes go to `problems`."""
    if raw is not None and not is_items(raw):
        problems.add(("links",), "expected a list", "as in [{from: desk, to: eng, by: {field: Jira key}}]")
    found: dict[tuple[str, str, str], Link] = {}
    for index, one in enumerate(raw if is_items(raw) else ()):
        path: KeyPath = ("links", index)
        section = validated(LinkSection, one, path, problems)
        for key in ("from", "to"):
            name = one.get(key) if is_keys(one) else None
            if isinstance(name, str) and name not in names.connections:
                hint = nearest(name, sorted(names.connections))
                problems.add((*path, key), f"there is no connection `{name}`", hint)
        if section is None:
            continue
        if section.source == section.target:
            problems.add((*path, "to"), "`from` and `to` are one connection", "links join two helpdesks")
        field = section.by.field
        name = REMOTE_LINKS if field is None else f"{CUSTOM}{field.removeprefix(CUSTOM)}"
        link = Link(section.source, section.target, name, section.counts)
        if (link.source, link.target, link.field) in found:
            problems.add(path, "this link stands twice", "keep one of them")
        found[link.source, link.target, link.field] = link
    return tuple(found.values())
