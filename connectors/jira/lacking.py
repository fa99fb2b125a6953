"""Why an issue does not take what it is to show, and what to do about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors import Slot
from connectors.jira.edits import Edit
from connectors.jira.fields import Layout
from connectors.jira.options import Offer, meant
from connectors.jira.whereabouts import Whereabouts

__all__ = ["Lack", "lacking", "nowhere", "respelt"]


@dataclass(frozen=True, slots=True)
class Lack:
    """always: whatever the value, on every issue of this kind."""

    why: str
    always: bool


def nowhere(slot: Slot, layout: Layout, where: Whereabouts) -> str:
    """Say why a slot has no place on tickets of a project."""
    if where.team:
        return _team_managed(where)
    problems = [each for each in layout.problems if each.startswith(f"write_back.{slot}:")]
    if problems:
        return problems[0]
    if any(slot in some for some in layout.local.values()):
        return f"write_back.{slot}: only other projects have this field, each for itself; run `slahub provision`"
    return f"write_back.{slot}: no field is named for it"


def respelt(edit: Edit, offer: Offer) -> Edit | None:
    """Return the edit with its options spelt as they are there; None where that changes nothing."""
    better = dict(edit.values)
    for slot, word in edit.chosen.items():
        key = edit.places[slot].id
        option = meant(slot, word, offer.get(key, ()))
        if option is not None:
            better[key] = {"value": option.value}
    return None if better == edit.values else edit.holding(better)


def lacking(edit: Edit, wrong: Mapping[Slot, str], offer: Offer) -> dict[Slot, Lack]:
    """Return what a project lacks for each slot that an issue has not taken. offer: what its edit form has."""
    found: dict[Slot, Lack] = {}
    for slot, said in wrong.items():
        place = edit.places[slot]
        word = edit.chosen.get(slot)
        if place.id in offer and word is not None and meant(slot, word, offer[place.id]) is None:
            why = f"'{place.title}' has no option '{word}' in {edit.where.words}; run `slahub provision`, or add it"
            found[slot] = Lack(why, always=False)
        elif place.id in offer:
            found[slot] = Lack(f"'{place.title}' was not taken ({said})", always=False)
        elif edit.where.team:
            found[slot] = Lack(_team_managed(edit.where), always=True)
        else:
            why = (
                f"'{place.title}' is not on the edit screen of {edit.where.words}, or has no context for it; "
                f"run `slahub provision`, or put it there ({said})"
            )
            found[slot] = Lack(why, always=True)
    return found


def _team_managed(where: Whereabouts) -> str:
    """Return the same for every field: one sentence says it of all."""
    return (
        f"{where.words} is team-managed and has none of the site's fields: make fields of the same names in the "
        "project's own settings, or have the values in an issue property (`property:` in the connection)"
    )
