"""The desk's triggers: their effects stand in the audit of the action that fired them."""

from typing import cast

from connectors.zendesk.emulator.change import Sheet, write_attributes
from connectors.zendesk.emulator.records import Comment, Doc, Person, Via, Wishes

__all__ = ["fire"]


def _rule(number: int, title: str) -> Via:
    return Via("rule", "trigger", (26155621683000 + number, title))


_RECEIVED = _rule(1, "Notify requester of received request")
_UPDATED = _rule(2, "Notify requester and CCs of comment update")
_ASSIGNED = _rule(3, "Notify assignee of assignment")
_VIP = _rule(4, "Raise priority for VIP customers")
_URGENT = _rule(5, "Route urgent tickets to Escalations")
_BREACHED = _rule(6, "Tell the duty officer about breaches")


def fire(sheet: Sheet, comment: Comment | None, *, created: bool) -> None:
    """Add to an audit that is still open what the triggers make of it."""
    ticket, world = sheet.ticket, sheet.world
    author = world.people.get(sheet.author_id)
    changed = {event.field for event in sheet.events if event.kind == "Change"}
    if created:
        organisation = world.organisations.get(ticket.organization_id or 0)
        if ticket.priority is None and organisation is not None and "vip" in organisation.tags:
            write_attributes(sheet, {"priority": "high"}, _VIP)
        if ticket.priority == "urgent" and ticket.group_id is None:
            group = next(one.id for one in world.groups.values() if one.name == "Escalations")
            sheet.change(Wishes(attributes={"group_id": group}, add_tags=("escalated",)), _URGENT)
        if author is not None and not author.is_staff and ticket.is_public:
            _notify(sheet, _RECEIVED, ticket.requester_id, "[Request received] {{ticket.title}}")
    elif comment is not None and comment.public and _is_staff(world.people.get(comment.author_id)):
        _notify(sheet, _UPDATED, ticket.requester_id, "[{{ticket.account}}] Re: {{ticket.title}}")
    if "assignee_id" in changed and ticket.assignee_id not in (None, sheet.author_id):
        _notify(sheet, _ASSIGNED, ticket.assignee_id, "[{{ticket.account}}] Assignment: {{ticket.title}}")
    if "tags" in changed and "sla_breached" in ticket.tags and not _had(sheet, "sla_breached"):
        officer = next(one.id for one in world.people.values() if one.role == "admin")
        _notify(sheet, _BREACHED, officer, "Breached: {{ticket.title}}")


def _is_staff(person: Person | None) -> bool:
    return person is not None and person.is_staff


def _had(sheet: Sheet, tag: str) -> bool:
    before = next(event.previous for event in sheet.events if event.field == "tags")
    return before is not None and tag in cast("list[str]", before)


def _notify(sheet: Sheet, rule: Via, recipient: int | None, subject: str) -> None:
    mail: Doc = {"subject": subject, "body": "Ticket {{ticket.id}}.", "recipients": [recipient] if recipient else []}
    sheet.add("Notification", value=mail, via=rule)
