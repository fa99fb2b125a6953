"""Deleted tickets as Zendesk's list of them tells: they lie there for thirty days, and may come back. Pure."""

from connectors import Absence, Change, Event, Presence, fields_of, perhaps
from connectors.zendesk import events, mapping
from connectors.zendesk.shapes import identifier, instant, value

__all__ = ["RESOURCE", "deletion", "trashed"]

RESOURCE = "deleted_tickets"

LAST = 2**62
"""No audit has this number: a deletion is the last that happens to a ticket in its second."""


def trashed(raw: object) -> Absence:
    """Return that a ticket lies in the trash."""
    row = fields_of(raw, "deleted ticket")
    at = instant(row, "deleted_at")
    version = mapping.version_at(int(at.timestamp()))
    return Absence(identifier(row, "id"), Presence.TRASHED, version, at, {"status": "deleted"})


def deletion(raw: object) -> Event:
    """Return what happened to a ticket in the trash.

    Nobody is shown its audits any more. Once it is restored they tell of the deletion by themselves, under
    the audit's own id, and this event is withdrawn.
    """
    row = fields_of(raw, "deleted ticket")
    ticket_id, at = identifier(row, "id"), instant(row, "deleted_at")
    actor = perhaps(row.get("actor"))
    return Event(
        ticket_id=ticket_id,
        stream=events.STREAM,
        id=f"deleted:{ticket_id}:{int(at.timestamp())}",
        at=at,
        order=LAST,
        actor=None if actor.get("id") is None else identifier(actor, "id"),
        changes=(Change("status", value(row.get("previous_state")), "deleted"),),
    )
