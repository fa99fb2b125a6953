"""What `include=` adds to a page of tickets; it covers the page only."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from connectors.emulation import iso
from connectors.zendesk.emulator.answers import Call, as_int
from connectors.zendesk.emulator.directory import brand_doc, group_doc, organisation_doc, user_doc
from connectors.zendesk.emulator.metric_docs import metric_events_of
from connectors.zendesk.emulator.records import Doc, Ticket
from connectors.zendesk.emulator.world import World

__all__ = ["embedded", "sideloads"]


def sideloads(world: World, call: Call, tickets: Sequence[Ticket]) -> Doc:
    """Return the sideloaded lists that the call asks for; unknown names are ignored."""
    asked = set(call.query.get("include", "").split(","))
    base = call.base
    loaded: Doc = {}
    if "users" in asked:
        ids = {one for ticket in tickets for one in (ticket.requester_id, ticket.submitter_id, ticket.assignee_id)}
        loaded["users"] = [user_doc(world.people[one], base) for one in _known(ids, world.people)]
    if "groups" in asked:
        ids = {ticket.group_id for ticket in tickets}
        loaded["groups"] = [group_doc(world.groups[one], base) for one in _known(ids, world.groups)]
    if "organizations" in asked:
        ids = {ticket.organization_id for ticket in tickets}
        found = _known(ids, world.organisations)
        loaded["organizations"] = [organisation_doc(world.organisations[one], base) for one in found]
    if "brands" in asked:
        forms = list(world.forms)
        ids = {ticket.brand_id for ticket in tickets}
        loaded["brands"] = [brand_doc(world.brands[one], base, forms) for one in _known(ids, world.brands)]
    if "metric_sets" in asked:
        loaded["metric_sets"] = [_metric_set(world, one, base) for one in tickets]
    return loaded


def embedded(world: World, call: Call, docs: list[Doc]) -> list[Doc]:
    """Return tickets with what an `include` puts into them: their metric events."""
    if "metric_events" not in call.query.get("include", "").split(","):
        return docs
    return [{**doc, "metric_events": metric_events_of(world, as_int(doc["id"]) or 0)} for doc in docs]


def _known(ids: AbstractSet[int | None], there: Mapping[int, object]) -> list[int]:
    return sorted(one for one in ids if one is not None and one in there)


def _metric_set(world: World, ticket: Ticket, base: str) -> Doc:
    """Return the desk's own measures of a ticket, in calendar time alone."""
    lines = [(audit, event) for audit in ticket.audits for event in audit.events]
    statuses = [(audit.created_at, event.value) for audit, event in lines if event.field == "status"]
    replies = [
        event.comment.created_at
        for _, event in lines
        if event.comment is not None and event.comment.public and _is_staff(world, event.comment.author_id)
    ]
    comments = [event.comment.created_at for _, event in lines if event.comment is not None]
    assigned = [audit.created_at for audit, event in lines if event.field == "assignee_id" and event.value is not None]
    first_reply = next((at for at in replies if at > ticket.created_at), None)
    solved = [at for at, value in statuses if value == "solved"]
    spent = {"new": 0, "open": 0, "pending": 0, "hold": 0}
    for (at, value), (until, _) in zip(statuses, [*statuses[1:], (world.now(), None)], strict=True):
        if isinstance(value, str) and value in spent:
            spent[value] += until - at
    number = 33_000_000_000_000 + ticket.id
    return {
        "url": f"{base}/api/v2/ticket_metrics/{number}.json",
        "id": number,
        "ticket_id": ticket.id,
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "group_stations": sum(1 for _, event in lines if event.field == "group_id" and event.value is not None),
        "assignee_stations": len(assigned),
        "reopens": sum(1 for _, event in lines if event.previous == "solved" and event.value in ("open", "pending")),
        "replies": len(replies),
        "assignee_updated_at": _iso(replies[-1] if replies else None),
        "requester_updated_at": iso(ticket.created_at),
        "status_updated_at": _iso(statuses[-1][0] if statuses else None),
        "initially_assigned_at": _iso(assigned[0] if assigned else None),
        "assigned_at": _iso(assigned[-1] if assigned else None),
        "solved_at": _iso(solved[-1] if solved else None),
        "latest_comment_added_at": _iso(comments[-1] if comments else None),
        "reply_time_in_minutes": _minutes(None if first_reply is None else first_reply - ticket.created_at),
        "reply_time_in_seconds": {"calendar": None if first_reply is None else first_reply - ticket.created_at},
        "first_resolution_time_in_minutes": _minutes(solved[0] - ticket.created_at if solved else None),
        "full_resolution_time_in_minutes": _minutes(solved[-1] - ticket.created_at if solved else None),
        "agent_wait_time_in_minutes": _minutes(spent["pending"]),
        "requester_wait_time_in_minutes": _minutes(spent["new"] + spent["open"] + spent["hold"]),
        "on_hold_time_in_minutes": _minutes(spent["hold"]),
        "custom_status_updated_at": _iso(statuses[-1][0] if statuses else None),
    }


def _is_staff(world: World, author_id: int) -> bool:
    person = world.people.get(author_id)
    return person is not None and person.is_staff


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _minutes(seconds: int | None) -> Doc:
    whole = None if seconds is None else seconds // 60
    return {"calendar": whole, "business": whole}
