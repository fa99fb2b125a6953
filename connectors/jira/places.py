"""Where each slot stands on a ticket, which its project decides, and what is shown there. Pure."""

from collections.abc import Mapping

from connectors import Slot, fields_of, flag, perhaps
from connectors.jira.fields import Layout
from connectors.jira.own import FieldKind, OwnField
from connectors.jira.shapes import identifier, plain

__all__ = ["NEEDED", "own_of_property", "own_values", "places", "property_of"]

NEEDED = ("project",)
"""The fields besides the hub's own without which nobody can tell where a slot stands."""

VERSION = 1
"""Of what stands in the issue property."""


def places(layout: Layout, project: str, *, team: bool) -> dict[Slot, OwnField]:
    """Return where each slot stands on tickets of a project; one that has no place there is left out.

    team: the project is team-managed. Of the site's fields it has none; its own are made in its settings.
    """
    local = layout.local.get(project, {})
    found: dict[Slot, OwnField] = {}
    for slot in layout.slots:
        own = layout.own.get(slot)
        if slot in local:
            found[slot] = local[slot]
        elif own is not None and (own.entry or not team):
            found[slot] = own
        elif team and layout.entries:
            found[slot] = OwnField(slot, str(slot), f"{layout.entries}: {slot}", FieldKind.ENTRY)
    return found


def own_values(raw: Mapping[str, object], layout: Layout) -> dict[Slot, str | None]:
    """Return what an issue shows in each slot that the answer tells of. raw: the issue, with its project."""
    if not layout.slots:
        return {}
    fields, properties = fields_of(raw.get("fields"), "fields"), raw.get("properties")
    project = perhaps(fields.get("project"))
    team = flag(project, "simplified", default=False)
    there = places(layout, identifier(project) if project else "", team=team)
    entries = own_of_property(perhaps(properties).get(layout.entries))
    told = {slot: place.read(fields[place.id]) for slot, place in there.items() if place.id in fields}
    if isinstance(properties, dict):
        told |= {slot: entries.get(slot) for slot, place in there.items() if place.entry}
    return told


def own_of_property(raw: object) -> dict[Slot, str]:
    """Return what stands in the issue property for each slot; one that is empty is left out."""
    found = ((slot, plain(perhaps(raw).get(str(slot)))) for slot in Slot)
    return {slot: word for slot, word in found if isinstance(word, str)}


def property_of(words: Mapping[Slot, str | None]) -> dict[str, object]:
    """Return what is put into the issue property."""
    return {"version": VERSION, **{str(slot): word for slot, word in words.items() if word is not None}}
