"""The names that an account knows, and option tags that fields contend for. Pure."""

from collections.abc import Mapping, Sequence

from connectors import KnownNames, Label, Remark, Slot, flag, perhaps, several, text
from connectors.zendesk.fields import Layout
from connectors.zendesk.mapping import MAPPING, custom

__all__ = ["FIXED", "clashes", "custom_fields", "defaults", "named"]

FIXED: Mapping[str, KnownNames] = {
    "priority": KnownNames({word: word for word in MAPPING.priority}),
    "kind": KnownNames({word: word for word in MAPPING.kind}),
    "role": KnownNames({word: word for word in MAPPING.sides}),
    "status": KnownNames({word: word for field, word in MAPPING.status if field == "status"}),
}
"""Words of Zendesk itself, the same in every account."""

CHOICES = frozenset({"tagger", "multiselect"})


def named(raw: Sequence[object], *, key: str = "name", whole: bool = True) -> KnownNames:
    """Return names by id; what has been deleted is none of them."""
    found = [each for each in map(perhaps, raw) if each.get("id") and not flag(each, "deleted", default=False)]
    return KnownNames({str(each["id"]): text(each, key) for each in found}, whole)


def defaults(raw: Sequence[object]) -> list[str]:
    """Return the ids of the custom statuses that a ticket has where nobody chose among those of its category."""
    return [str(each["id"]) for each in map(perhaps, raw) if each.get("id") and flag(each, "default", default=False)]


def custom_fields(raw: Sequence[object], layout: Layout) -> dict[str, KnownNames]:
    """Return the active custom fields under `field`, and the options of those that have some under the field's own.

    Zendesk's own fields cannot be removed; neither they nor the hub's own are followed.
    """
    active = [
        each
        for each in map(perhaps, raw)
        if each.get("id") and flag(each, "active", default=True) and flag(each, "removable", default=True)
        if str(each["id"]) not in layout.ids
    ]
    found = {Label.FIELD: KnownNames({str(each["id"]): text(each, "title") for each in active})}
    for each in active:
        if each.get("type") in CHOICES:
            options = [perhaps(option) for option in several(each.get("custom_field_options"))]
            found[custom(str(each["id"]))] = KnownNames({text(one, "value"): text(one, "name") for one in options})
        elif each.get("type") == "checkbox":
            found[custom(str(each["id"]))] = KnownNames({"true": "true", "false": "false"})
    return found


def clashes(raw: Sequence[object], layout: Layout) -> tuple[Remark, ...]:
    """Return what is to be said of tags that the hub's own drop-down shares with another field."""
    state = layout.fields.get(Slot.STATE)
    found: list[Remark] = []
    for each in map(perhaps, raw):
        if str(each.get("id")) in layout.ids or not flag(each, "active", default=True):
            continue
        options = [text(perhaps(option), "value") for option in several(each.get("custom_field_options"))]
        shared = sorted({*options, text(each, "tag")} & layout.tags)
        if shared and state is not None:
            what = f"the tag '{shared[0]}' is an option of '{state.title}' and of '{text(each, 'title')}': "
            advice = f"give the options of '{state.title}' tags of their own, such as sla_{shared[0]}"
            found.append(Remark("tag_clash", f"{what}who sets one sets the other", advice, ("write_back", "state")))
    return tuple(found)
