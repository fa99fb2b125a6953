"""Everything that happened at the desk, as plain data: what a store that read it all has to end equal to."""

from connectors.emulation import iso
from connectors.zendesk.emulator.directory import group_doc, organisation_doc, user_doc
from connectors.zendesk.emulator.metric_docs import metric_event_doc
from connectors.zendesk.emulator.ratings import rating_doc
from connectors.zendesk.emulator.records import Doc, Ticket
from connectors.zendesk.emulator.shapes import audit_doc, ticket_docs
from connectors.zendesk.emulator.world import World

__all__ = ["presence", "truth"]


def presence(ticket: Ticket) -> str:
    """Return where a ticket is: `present`, `archived`, `trashed`, `deleted` (for good), or `merged` into another."""
    if ticket.scrubbed:
        return "deleted"
    if ticket.status == "deleted":
        return "trashed"
    if ticket.merged:
        return "merged"
    return "archived" if ticket.archived else "present"


def truth(world: World) -> Doc:
    """Return tickets with their audits and presence, ratings, metric events, people, organisations and groups.

    Nothing is held back, late, paged or left out: deleted tickets are there, and metric events that were taken
    back, marked `deleted`.
    """
    now = world.now()
    tickets = list(world.tickets.values())
    docs = ticket_docs(world, tickets, "", exported=True)
    return {
        "now": iso(now),
        "tickets": [
            {"ticket": doc, "presence": presence(one), "audits": [audit_doc(audit) for audit in one.audits]}
            for one, doc in zip(tickets, docs, strict=True)
        ],
        "satisfaction_ratings": [rating_doc(one, "") for one in world.ratings.values()],
        "metric_events": [metric_event_doc(one, now) for one in world.metrics.all()],
        "users": [user_doc(one, "") for one in world.people.values()],
        "organizations": [organisation_doc(one, "", exported=True) for one in world.organisations.values()],
        "groups": [group_doc(one, "") for one in world.groups.values()],
    }
