"""A save as the API takes it: what is allowed, what is refused with 422, what is dropped with a warning."""

import json
from collections.abc import Mapping

from connectors.zendesk.emulator.answers import Refusal, as_doc, as_docs, as_int, record_invalid
from connectors.zendesk.emulator.records import STATUSES, Doc, Draft, Person, Ticket, Wishes
from connectors.zendesk.emulator.shapes import IDS
from connectors.zendesk.emulator.values import DROPPED, accepted, normal_tags
from connectors.zendesk.emulator.world import World

__all__ = ["check_open", "check_stamp", "closed_ticket", "outdated", "warning", "wishes_of"]

_CHOICES = {
    "status": STATUSES[:6],
    "priority": ("low", "normal", "high", "urgent"),
    "type": ("problem", "incident", "question", "task"),
}
_TEXTS = ("subject", "external_id", "due_at")
_HANDLED = frozenset(
    {
        "tags",
        "additional_tags",
        "remove_tags",
        "custom_fields",
        "fields",
        "comment",
        "safe_update",
        "updated_stamp",
        "requester",
        "description",
        "via",
        "submitter_id",
    }
)


def closed_ticket() -> Refusal:
    return record_invalid("status", "Status: closed prevents ticket update")


def outdated() -> Refusal:
    return Refusal(
        409,
        {
            "error": "UpdateConflict",
            "description": "Safe Update prevented the update due to outdated ticket data. "
            "Please fetch the latest ticket data and try again.",
        },
    )


def check_open(ticket: Ticket) -> None:
    """Raises: Refusal (422) for a closed ticket, whatever is asked."""
    if ticket.status == "closed":
        raise closed_ticket()


def check_stamp(body: Doc, updated_at: str) -> None:
    """Raises: Refusal (409) for a safe update whose stamp is older, 422 for one without a stamp."""
    if body.get("safe_update") not in (True, "true"):
        return
    stamp = body.get("updated_stamp")
    if not isinstance(stamp, str) or not stamp:
        raise record_invalid("base", "updated_stamp is required for a safe update")
    if stamp < updated_at:
        raise outdated()


def warning(dropped: list[str]) -> dict[str, str]:
    """Return the header that names keys which were not taken."""
    if not dropped:
        return {}
    return {
        "x-zendesk-api-warn": f"Removed restricted keys {json.dumps(dropped)} from parameters according to whitelist"
    }


def wishes_of(world: World, body: Doc, caller: Person) -> tuple[Wishes, list[str]]:
    """Return what a `ticket` object asks for, and the keys that are not taken.

    Raises: Refusal (422) for a value that the desk rejects; an unknown dropdown option is not one of them.
    """
    wishes, dropped = Wishes(), list[str]()
    for name, value in body.items():
        if name in _CHOICES:
            wishes.attributes[name] = _choice(name, value)
        elif name in IDS:
            wishes.attributes[name] = _reference(world, name, value)
        elif name in _TEXTS:
            wishes.attributes[name] = None if value in (None, "") else str(value)
        elif name not in _HANDLED:
            dropped.append(name)
    if "tags" in body:
        wishes.tags = normal_tags(body["tags"])
    wishes.add_tags = tuple(normal_tags(body.get("additional_tags")))
    wishes.remove_tags = tuple(normal_tags(body.get("remove_tags")))
    for line in [*as_docs(body.get("fields")), *as_docs(body.get("custom_fields"))]:
        field = world.fields.get(as_int(line.get("id")) or 0)
        if field is not None and field.custom and field.active:
            value = accepted(field, line.get("value"))
            if value is not DROPPED:
                wishes.values[field.id] = value
    wishes.comment = _comment(world, body.get("comment"), caller)
    return wishes, dropped


def _choice(name: str, value: object) -> str | None:
    if value in (None, "") and name != "status":
        return None
    if not isinstance(value, str) or value not in _CHOICES[name]:
        raise record_invalid(name, f"{name.title()}: {value} is not valid", error="InvalidValue")
    return value


def _reference(world: World, name: str, value: object) -> int | None:
    if value in (None, ""):
        return None
    number = as_int(value)
    places: dict[str, Mapping[int, object]] = {
        "requester_id": world.people,
        "assignee_id": world.people,
        "group_id": world.groups,
        "organization_id": world.organisations,
        "brand_id": world.brands,
        "ticket_form_id": world.forms,
        "custom_status_id": world.statuses,
        "problem_id": world.tickets,
    }
    known = number in places[name]
    if known and name == "assignee_id":
        known = world.people[number or 0].is_staff
    if not known:
        label = name.removesuffix("_id").replace("_", " ").capitalize()
        raise record_invalid(name.removesuffix("_id"), f"{label}: is invalid", error="InvalidValue")
    return number


def _comment(world: World, value: object, caller: Person) -> Draft | None:
    body = as_doc(value)
    text = body.get("body") or body.get("html_body")
    if not isinstance(text, str) or not text.strip():
        return None
    public = body.get("public")
    author = as_int(body.get("author_id"))
    if author is not None and author not in world.people:
        raise record_invalid("author", "Author: is invalid", error="InvalidValue")
    return Draft(text, public if isinstance(public, bool) else None, author or caller.id)
