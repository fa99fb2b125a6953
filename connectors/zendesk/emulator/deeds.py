"""What people and the desk itself do with tickets, at the desk's present moment. Callers hold the world's lock."""

from connectors.zendesk.emulator.beside import Rating
from connectors.zendesk.emulator.change import Sheet, note_status
from connectors.zendesk.emulator.records import (
    RATING_IDS,
    SYSTEM,
    WEB,
    Audit,
    Draft,
    Ticket,
    Via,
    Wishes,
)
from connectors.zendesk.emulator.triggers import fire
from connectors.zendesk.emulator.world import World

__all__ = [
    "create",
    "delete",
    "hide_comment",
    "merge",
    "offer_rating",
    "rate",
    "rename_organisation",
    "reply",
    "restore",
    "scrub",
    "system_update",
    "update",
]

_WAKES = ("pending", "hold", "solved")


def create(world: World, author_id: int, requester_id: int, draft: Draft, wishes: Wishes, *, via: Via = WEB) -> Ticket:
    """Make a ticket with its first audit. `wishes.attributes` are its initial values."""
    now = world.now()
    requester = world.people[requester_id]
    asked = dict(wishes.attributes)
    custom = asked.pop("custom_status_id", None)
    status = str(asked.pop("status", None) or "new")
    if isinstance(custom, int) and custom in world.statuses:
        status = world.statuses[custom].category
    asked.pop("requester_id", None)
    if asked.get("assignee_id") is not None and status == "new":
        status, custom = "open", None
    state = "solved" if status == "closed" else status
    ticket = Ticket(
        id=world.next_ticket_id(),
        created_at=now,
        updated_at=now,
        generated=now,
        via=via,
        subject=str(asked.pop("subject", "")),
        description=draft.body,
        requester_id=requester_id,
        submitter_id=author_id,
        brand_id=next(one.id for one in world.brands.values() if one.default),
        ticket_form_id=next(one.id for one in world.forms.values() if one.default),
        status=status,
        custom_status_id=custom if isinstance(custom, int) else world.default_status(state).id,
        organization_id=requester.organization_id,
    )
    assignee = asked.get("assignee_id")
    if isinstance(assignee, int) and asked.get("group_id") is None:
        asked["group_id"] = world.people[assignee].default_group_id
    for name, value in asked.items():
        if value is not None:
            setattr(ticket, name, value)
    sheet = Sheet(world, ticket, author_id, via)
    ticket.is_public = draft.public is not False
    comment = sheet.say(draft)
    ticket.is_public = comment.public
    sheet.write_creation(wishes)
    fire(sheet, comment, created=True)
    note_status(world, ticket)
    sheet.commit()
    return ticket


def update(world: World, ticket: Ticket, author_id: int, wishes: Wishes, via: Via = WEB) -> Audit | None:
    """Save a ticket; None when nothing changed. The triggers run on what did."""
    sheet = Sheet(world, ticket, author_id, via)
    comment = None if wishes.comment is None else sheet.say(wishes.comment)
    author = world.people.get(comment.author_id) if comment is not None else None
    customer_wrote = author is not None and not author.is_staff
    if customer_wrote and ticket.status in _WAKES and not {"status", "custom_status_id"} & wishes.attributes.keys():
        wishes.attributes["status"] = "open"
    sheet.change(wishes)
    if not sheet.events:
        return None
    fire(sheet, comment, created=False)
    return sheet.commit()


def reply(world: World, ticket: Ticket, author_id: int, draft: Draft, via: Via, **attributes: object) -> Ticket:
    """Comment on a ticket and return it; on a closed one a customer opens a follow-up, which is returned instead."""
    if ticket.status != "closed":
        update(world, ticket, author_id, Wishes(attributes=attributes, comment=draft), via)
        return ticket
    follow_up = create(
        world,
        author_id,
        ticket.requester_id or author_id,
        draft,
        Wishes(attributes={"subject": f"Re: {ticket.subject}"}),
        via=Via(via.channel, "follow_up", ticket_ids=(ticket.id,)),
    )
    ticket.followup_ids.append(follow_up.id)
    system_update(world, ticket)
    return follow_up


def delete(world: World, ticket: Ticket, author_id: int) -> None:
    before = ticket.status
    update(world, ticket, author_id, Wishes(attributes={"status": "deleted"}))
    ticket.state_before_deletion = before
    ticket.deleted_at, ticket.deleted_by = world.now(), author_id


def restore(world: World, ticket: Ticket, author_id: int) -> None:
    """Bring a deleted ticket back with the status that it had."""
    update(world, ticket, author_id, Wishes(attributes={"status": ticket.state_before_deletion or "open"}))
    ticket.deleted_at = None


def scrub(world: World, ticket: Ticket) -> None:
    """Delete a deleted ticket for good: text and people are gone, and no audit tells of it."""
    ticket.scrubbed = True
    ticket.subject = ticket.description = "SCRUBBED"
    ticket.requester_id = ticket.submitter_id = ticket.assignee_id = ticket.organization_id = None
    ticket.tags, ticket.values = [], {}
    system_update(world, ticket)


def merge(world: World, source: Ticket, target: Ticket, author_id: int) -> None:
    """Close `source` with the tag `closed_by_merge`, and tell both tickets."""
    into = Via("web", "merge", ticket_ids=(target.id,))
    text = f"This request was closed and merged into request #{target.id} “{target.subject}”."
    closing = Wishes(
        attributes={"status": "closed"},
        add_tags=("closed_by_merge",),
        comment=Draft(text, public=False, via=into),
    )
    update(world, source, author_id, closing)
    source.merged = True
    from_ = Via("web", "merge", ticket_ids=(source.id,))
    text = f"Request #{source.id} “{source.subject}” was closed and merged into this request."
    update(world, target, author_id, Wishes(comment=Draft(text, public=False, via=from_)))


def system_update(world: World, ticket: Ticket) -> None:
    """Re-index a ticket: only `generated_timestamp` moves."""
    world.touch(ticket, world.now())


def rename_organisation(world: World, organisation_id: int, name: str) -> None:
    """Rename, and re-index each of its tickets in the same second."""
    organisation = world.organisations[organisation_id]
    organisation.name, organisation.updated_at = name, world.now()
    for ticket in world.tickets.values():
        if ticket.organization_id == organisation_id:
            system_update(world, ticket)


def offer_rating(world: World, ticket: Ticket) -> None:
    rule = Via("rule", "automation", (26155621683009, "Request customer satisfaction rating"))
    _score(world, ticket, SYSTEM, "offered", rule)


def rate(world: World, ticket: Ticket, score: str, comment: str | None = None) -> None:
    _score(world, ticket, ticket.requester_id or SYSTEM, score, WEB, comment)


def _score(world: World, ticket: Ticket, author_id: int, score: str, via: Via, comment: str | None = None) -> None:
    now, number = world.now(), RATING_IDS + ticket.id
    made = world.ratings[number].created_at if number in world.ratings else now
    world.ratings[number] = Rating(
        number, ticket.id, ticket.requester_id, ticket.assignee_id, ticket.group_id, score, made, now, comment
    )
    sheet = Sheet(world, ticket, author_id, via)
    sheet.add("SatisfactionRating", "satisfaction_score", score, None if ticket.score == "unoffered" else ticket.score)
    ticket.score = score
    sheet.commit()


def hide_comment(world: World, ticket: Ticket, author_id: int, comment_id: int) -> None:
    """Make a public comment private: an audit tells, the event export is not rewritten."""
    found = next(
        event.comment
        for audit in ticket.audits
        for event in audit.events
        if event.comment is not None and event.comment.id == comment_id
    )
    found.public = False
    sheet = Sheet(world, ticket, author_id)
    sheet.add("CommentPrivacyChange", "comment_id", comment_id)
    sheet.commit()
