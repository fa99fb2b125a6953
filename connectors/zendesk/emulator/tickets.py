"""Reading tickets: lists, single ones, their audits, comments and tags, and what was deleted."""

from collections.abc import Sequence

from connectors.emulation import iso
from connectors.zendesk.emulator.answers import Answer, Call, as_docs, as_int, not_found
from connectors.zendesk.emulator.auth import forbidden
from connectors.zendesk.emulator.directory import user_doc
from connectors.zendesk.emulator.paging import bad_page, many_ids, page, wants_cursor
from connectors.zendesk.emulator.records import STATUSES, SYSTEM, Audit, Comment, Doc, Ticket
from connectors.zendesk.emulator.shapes import audit_doc, comment_doc, ticket_doc, ticket_docs
from connectors.zendesk.emulator.sideloads import embedded, sideloads
from connectors.zendesk.emulator.world import World

__all__ = ["audits", "comments", "count", "deleted", "listed", "one_audit", "show", "show_many", "tags", "the_ticket"]


def the_ticket(world: World, call: Call) -> Ticket:
    """Return the ticket that the path names. Raises: Refusal: 404, or 403 for one that the caller may not see."""
    ticket = world.find_ticket(call.ids[0])
    if ticket is None:
        raise not_found()
    if not call.caller.sees(ticket):
        raise forbidden()
    return ticket


def listed(world: World, call: Call) -> Answer:
    """Answer `/tickets`: neither archived nor deleted ones."""
    tickets = _seen(world, call)
    order, descending = _order(call)
    sign = -1 if descending else 1

    def key(ticket: Ticket) -> tuple[int, int]:
        first = {
            "id": ticket.id,
            "updated_at": ticket.updated_at,
            "created_at": ticket.created_at,
            "status": STATUSES.index(ticket.status),
        }[order]
        return (sign * first, sign * ticket.id)

    if order != "id" or descending:
        tickets.sort(key=key)

    def render(some: Sequence[Ticket]) -> list[Doc]:
        return ticket_docs(world, some, call.base)

    body = page(call, "tickets", tickets, key, render, order=order)
    if "include" in call.query:
        shown = [world.tickets[as_int(doc["id"]) or 0] for doc in as_docs(body["tickets"])]
        body |= sideloads(world, call, shown)
    return Answer(body)


def _seen(world: World, call: Call) -> list[Ticket]:
    return [one for one in world.listed() if call.caller.sees(one)]


def _order(call: Call) -> tuple[str, bool]:
    """Return what to sort by. `sort` belongs to cursor pages, `sort_by` to offset pages; each ignores the other."""
    if not wants_cursor(call):
        by = call.query.get("sort_by", "id")
        known = by if by in ("id", "updated_at", "created_at", "status") else "id"
        return known, call.query.get("sort_order", "asc") == "desc"
    sort = call.query.get("sort", "id")
    name = sort.removeprefix("-")
    if name not in ("id", "updated_at", "status"):
        raise bad_page(f"sort is not valid: {sort}")
    return name, sort.startswith("-")


def count(world: World, call: Call) -> Answer:
    return Answer({"count": {"value": len(_seen(world, call)), "refreshed_at": iso(world.now())}})


def show(world: World, call: Call) -> Answer:
    ticket = the_ticket(world, call)
    (doc,) = embedded(world, call, [ticket_doc(world, ticket, call.base)])
    return Answer({"ticket": doc, **sideloads(world, call, [ticket])})


def show_many(world: World, call: Call) -> Answer:
    """Answer `/tickets/show_many?ids=`; unknown, deleted and hidden ones are left out without a word."""
    there = [ticket for one in many_ids(call) if (ticket := world.find_ticket(one)) is not None]
    found = [ticket for ticket in there if call.caller.sees(ticket)]
    docs = ticket_docs(world, found, call.base)
    return Answer(
        {
            "tickets": docs,
            "count": len(docs),
            "next_page": None,
            "previous_page": None,
            **sideloads(world, call, found),
        }
    )


def audits(world: World, call: Call) -> Answer:
    """Answer `/tickets/{id}/audits`, oldest first unless `sort_order=desc`."""
    found = list(the_ticket(world, call).audits)
    wanted = set(call.query.getlist("filter_events[]"))
    if wanted:
        found = [one for one in found if any(event.kind in wanted for event in one.events)]
    descending = call.query.get("sort_order") == "desc" or call.query.get("sort", "").startswith("-")
    sign = -1 if descending else 1
    if descending:
        found.reverse()

    def key(audit: Audit) -> tuple[int, int]:
        return (sign * audit.created_at, sign * audit.id)

    return Answer(
        page(call, "audits", found, key, lambda some: [audit_doc(one) for one in some], order="created_at,id")
    )


def one_audit(world: World, call: Call) -> Answer:
    for audit in the_ticket(world, call).audits:
        if audit.id == call.ids[1]:
            return Answer({"audit": audit_doc(audit)})
    raise not_found()


def comments(world: World, call: Call) -> Answer:
    """Answer `/tickets/{id}/comments`; the first is the description."""
    lines = [event.comment for audit in the_ticket(world, call).audits for event in audit.events]
    found = [comment for comment in lines if comment is not None]
    descending = call.query.get("sort", "").startswith("-") or call.query.get("sort_order") == "desc"
    sign = -1 if descending else 1
    if descending:
        found.reverse()

    def key(comment: Comment) -> tuple[int, int]:
        return (sign * comment.created_at, sign * comment.id)

    body = page(call, "comments", found, key, lambda some: [comment_doc(one) for one in some], order="created_at,id")
    if "users" in call.query.get("include", "").split(","):
        authors = sorted({one.author_id for one in found} & world.people.keys())
        body["users"] = [user_doc(world.people[one], call.base) for one in authors]
    return Answer(body)


def tags(world: World, call: Call) -> Answer:
    return Answer({"tags": the_ticket(world, call).tags})


def deleted(world: World, call: Call) -> Answer:
    """Answer `/deleted_tickets`: those of the last 30 days that are not scrubbed."""
    since = world.now() - 30 * 86400
    found = [
        one
        for one in world.tickets.values()
        if one.deleted_at is not None and one.deleted_at >= since and not one.scrubbed and call.caller.sees(one)
    ]
    return Answer(
        page(call, "deleted_tickets", found, lambda one: (one.id, 0), lambda some: [_gone(world, one) for one in some])
    )


def _gone(world: World, ticket: Ticket) -> Doc:
    by = world.people.get(ticket.deleted_by)
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "description": ticket.description,
        "actor": {"id": ticket.deleted_by, "name": by.name if by is not None else "System"},
        "deleted_at": iso(ticket.deleted_at or SYSTEM),
        "previous_state": ticket.state_before_deletion,
    }
