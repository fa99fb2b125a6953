"""One save at the desk: what is asked, what really changes, and the audit about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.zendesk.emulator.records import (
    AUTOMATION,
    SYSTEM,
    WEB,
    Audit,
    Comment,
    Doc,
    Draft,
    Event,
    Ticket,
    Via,
    Wishes,
)
from connectors.zendesk.emulator.values import tags_and_values
from connectors.zendesk.emulator.world import World

__all__ = ["Sheet", "archive", "note_status", "write_attributes"]

_CREATED_WITH = (
    "subject",
    "requester_id",
    "priority",
    "type",
    "status",
    "organization_id",
    "brand_id",
    "ticket_form_id",
    "custom_status_id",
    "group_id",
    "assignee_id",
)
_ONLY_WHEN_SET = frozenset({"group_id", "assignee_id"})


@dataclass(slots=True)
class Sheet:
    """An audit being written. Nothing is seen by the exports before `commit`."""

    world: World
    ticket: Ticket
    author_id: int
    via: Via = WEB
    events: list[Event] = field(default_factory=list[Event])
    audit_id: int = 0

    def __post_init__(self) -> None:
        self.audit_id = self.world.next_audit_id

    def add(
        self, kind: str, name: str = "", value: object = None, previous: object = None, via: Via | None = None
    ) -> None:
        self.events.append(Event(self.audit_id + 4 * (len(self.events) + 1), kind, name, value, previous, via))

    def say(self, draft: Draft) -> Comment:
        """Write a comment into the audit."""
        public = draft.public
        if public is None:
            public = _began_public(self.ticket)
        author = self.world.people.get(draft.author_id or self.author_id)
        if author is not None and author.light:
            public = False
        comment = Comment(
            id=self.audit_id + 4 * (len(self.events) + 1),
            audit_id=self.audit_id,
            author_id=draft.author_id or self.author_id,
            body=draft.body,
            public=public,
            was_public=public,
            via=draft.via or self.via,
            created_at=self.world.now(),
            by_staff=author is not None and author.is_staff,
            is_reply=public and author is not None and author.is_staff and author.id != self.ticket.requester_id,
        )
        self.events.append(Event(comment.id, "Comment", comment=comment))
        self.ticket.is_public = self.ticket.is_public or public
        return comment

    def change(self, wishes: Wishes, via: Via | None = None) -> None:
        """Write what differs from the ticket, and change the ticket. `via` is the rule that did it, if one did."""
        write_attributes(self, _completed(self.world, self.ticket, wishes.attributes), via)
        if wishes.tags is None and not (wishes.values or wishes.add_tags or wishes.remove_tags):
            return
        tags, values = _followed(self, wishes)
        for field_id, value in values.items():
            before = self.ticket.values.get(field_id)
            if value != before and (value, before) not in ((False, None), (None, False)):
                self.add("Change", str(field_id), value, before, via)
                self.ticket.values[field_id] = value
        if tags != self.ticket.tags:
            self.add("Change", "tags", tags, self.ticket.tags, via)
            self.ticket.tags = tags

    def write_creation(self, wishes: Wishes) -> None:
        """Write a `Create` line for each initial value of a new ticket."""
        ticket = self.ticket
        for name in _CREATED_WITH:
            value: object = getattr(ticket, name)
            if value is not None or name not in _ONLY_WHEN_SET:
                self.add("Create", name, value)
        tags, values = _followed(self, wishes)
        ticket.tags = tags
        if tags:
            self.add("Create", "tags", tags)
        for field_id, value in values.items():
            if value is not None and value is not False:
                self.add("Create", str(field_id), value)
                ticket.values[field_id] = value

    def commit(self) -> Audit | None:
        """Close the audit; None when nothing happened."""
        if not self.events:
            return None
        audit = Audit(self.audit_id, self.ticket.id, self.world.now(), self.author_id, self.via, self.events)
        self.world.commit(self.ticket, audit)
        return audit


def write_attributes(sheet: Sheet, attributes: Mapping[str, object], via: Via | None = None) -> None:
    """Set attributes that differ, each with its line, and keep what depends on the status."""
    ticket, world = sheet.ticket, sheet.world
    for name, value in attributes.items():
        before: object = getattr(ticket, name)
        if before == value:
            continue
        sheet.add("Change", name, value, before, via)
        setattr(ticket, name, value)
        if name == "status" and value != "deleted":
            note_status(world, ticket)


def _began_public(ticket: Ticket) -> bool:
    """Return whether the first comment is public, which is what a comment without `public` inherits."""
    lines = (event.comment for audit in ticket.audits for event in audit.events)
    return next((comment.public for comment in lines if comment is not None), ticket.is_public)


def _followed(sheet: Sheet, wishes: Wishes) -> tuple[list[str], dict[int, object]]:
    return tags_and_values(
        sheet.ticket,
        sheet.world.fields,
        wishes.values,
        wishes.tags,
        added=wishes.add_tags,
        removed=wishes.remove_tags,
    )


def _completed(world: World, ticket: Ticket, asked: Mapping[str, object]) -> Doc:
    """Return the attributes with what follows from them: status and custom status, open when assigned."""
    wanted = dict(asked)
    custom = wanted.get("custom_status_id")
    if isinstance(custom, int) and custom in world.statuses:
        wanted["status"] = world.statuses[custom].category
    assignee = wanted.get("assignee_id")
    if isinstance(assignee, int):
        person = world.people.get(assignee)
        if ticket.group_id is None and "group_id" not in wanted and person is not None:
            wanted = {"group_id": person.default_group_id, **wanted}
        if ticket.status == "new" and wanted.get("status", "new") == "new":
            wanted["status"] = "open"
            wanted.pop("custom_status_id", None)
    requester = wanted.get("requester_id")
    if isinstance(requester, int) and requester != ticket.requester_id and "organization_id" not in wanted:
        wanted["organization_id"] = world.people[requester].organization_id
    status = wanted.pop("status", None)
    custom = wanted.pop("custom_status_id", None)
    if isinstance(status, str):
        wanted["status"] = status
        if isinstance(custom, int) and world.statuses[custom].category == status:
            wanted["custom_status_id"] = custom
        elif status != ticket.status and status not in ("closed", "deleted") and ticket.status != "deleted":
            wanted["custom_status_id"] = world.default_status(status).id
    return wanted


def archive(world: World, ticket: Ticket) -> None:
    """Take a closed ticket off the lists; only `generated_timestamp` tells of it."""
    if ticket.status == "closed" and not ticket.archived:
        ticket.archived = True
        world.touch(ticket, world.now())


def note_status(world: World, ticket: Ticket) -> None:
    """Keep since when a ticket is solved or closed; solved ones close by the desk's hourly automation."""
    now = world.now()
    ticket.solved_at = now if ticket.status == "solved" else ticket.solved_at if ticket.status == "closed" else None
    ticket.closed_at = now if ticket.status == "closed" else None
    if ticket.status == "closed":
        world.later(now + world.archive_after, lambda: archive(world, ticket))
    if ticket.status != "solved":
        return

    def close() -> None:
        if ticket.status == "solved" and ticket.solved_at == now:
            sheet = Sheet(world, ticket, SYSTEM, AUTOMATION)
            write_attributes(sheet, {"status": "closed"})
            sheet.commit()

    world.later(-(-(now + world.close_after) // 3600) * 3600 + 240, close)
