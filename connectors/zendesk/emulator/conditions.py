"""Filters of SLA policies and views, held against what is known of a ticket."""

from collections.abc import Iterable, Mapping
from typing import cast

from connectors.zendesk.emulator.agreements import Condition
from connectors.zendesk.emulator.records import STATUSES, Ticket

__all__ = ["Picture", "matches", "picture_of"]

Picture = Mapping[str, object]
"""A ticket's attributes by name, `current_tags`, and custom values as `custom_fields_{id}`."""

_ORDER: Mapping[str, tuple[str, ...]] = {"status": STATUSES, "priority": ("", "low", "normal", "high", "urgent")}
_NAMES = (
    "status",
    "priority",
    "type",
    "organization_id",
    "group_id",
    "assignee_id",
    "requester_id",
    "brand_id",
    "ticket_form_id",
    "custom_status_id",
)


def picture_of(ticket: Ticket) -> dict[str, object]:
    """Return the ticket as it is now."""
    named: dict[str, object] = {name: getattr(ticket, name) for name in _NAMES}
    custom = {f"custom_fields_{number}": value for number, value in ticket.values.items()}
    return {**named, **custom, "current_tags": ticket.tags}


def matches(picture: Picture, every: Iterable[Condition], some: Iterable[Condition]) -> bool:
    """Return whether all of `every` hold, and one of `some` if there is any."""
    some = list(some)
    return all(_holds(picture, one) for one in every) and (not some or any(_holds(picture, one) for one in some))


def _holds(picture: Picture, condition: Condition) -> bool:
    tags = condition.field == "current_tags"
    has, wanted = _words(picture.get(condition.field), tags), _words(condition.value, tags)
    if condition.operator in ("less_than", "greater_than"):
        order = _ORDER.get(condition.field, ())
        left, right = _rank(order, has), _rank(order, wanted)
        if left is None or right is None:
            return False
        return left < right if condition.operator == "less_than" else left > right
    if condition.operator in ("present", "not_present"):
        return bool(has) is (condition.operator == "present")
    found = bool(set(has) & set(wanted)) if wanted else not has
    return not found if condition.operator in ("is_not", "not_includes") else found


def _rank(order: tuple[str, ...], words: list[str]) -> int | None:
    word = words[0] if words else ""
    return order.index(word) if word in order else None


def _words(value: object, tags: bool) -> list[str]:
    """Return what a value consists of, as text: ids may be written as numbers or as strings, tags in one string."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return [str(one) for one in cast("list[object]", value)]
    if isinstance(value, bool):
        return [str(value).lower()]
    return str(value).split() if tags else [str(value)]
