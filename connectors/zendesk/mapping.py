"""Zendesk's records as the hub's: tickets, people, names. Pure: no client, no clock.

What happened to a ticket is read in `events`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from connectors import (
    Kind,
    Label,
    Organisation,
    Person,
    Phase,
    Presence,
    Priority,
    Rating,
    Record,
    SetAside,
    Side,
    Slot,
    SourceMapping,
    SourceValue,
    Status,
    Team,
    Ticket,
    Unreadable,
    WaitOn,
    fields_of,
    flag,
    perhaps,
    readable,
    rows,
    text,
)
from connectors.zendesk.fields import Layout
from connectors.zendesk.shapes import epoch, identifier, instant, moment, value

__all__ = [
    "FIELDS",
    "MAPPING",
    "MERGED",
    "Read",
    "custom",
    "each",
    "gone",
    "label",
    "latest",
    "organisation",
    "own",
    "person",
    "rating",
    "status_label",
    "team",
    "ticket",
    "version",
    "version_at",
    "without",
]

FIELDS: Mapping[str, str] = {
    "status": "status",
    "custom_status_id": "custom_status",
    "priority": "priority",
    "type": "kind",
    "requester_id": "requester",
    "assignee_id": "assignee",
    "group_id": "team",
    "organization_id": "organisation",
    "brand_id": "brand",
    "ticket_form_id": "form",
    "tags": "tags",
}
"""Zendesk's name -> ours, of all fields that are followed. Subject and description are texts: left out."""

MAPPING = SourceMapping(
    status={
        ("status", "new"): Status(Phase.NEW),
        ("status", "open"): Status(Phase.OPEN),
        ("status", "pending"): Status(Phase.WAITING, WaitOn.CUSTOMER),
        ("status", "hold"): Status(Phase.WAITING, WaitOn.VENDOR),
        ("status", "solved"): Status(Phase.RESOLVED),
        ("status", "closed"): Status(Phase.CLOSED),
        ("status", "deleted"): Status(Phase.CANCELLED),
    },
    status_fields=("custom_status", "status"),
    priority={"urgent": Priority.CRITICAL, "high": Priority.HIGH, "normal": Priority.NORMAL, "low": Priority.LOW},
    kind={"incident": Kind.INCIDENT, "question": Kind.QUESTION, "problem": Kind.PROBLEM, "task": Kind.TASK},
    sides={"agent": Side.AGENT, "admin": Side.AGENT, "end-user": Side.CUSTOMER},
    system=frozenset({"-1"}),
    native_metrics={
        "reply_time": ("first_response", "next_response"),  # the first one, and those after it
        "periodic_update_time": ("periodic_update",),
        "pausable_update_time": ("pausable_update",),
        "requester_wait_time": ("requester_wait",),
        "agent_work_time": ("agent_work",),
        "resolution_time": ("resolution",),
        "group_ownership_time": ("ola/resolution",),
    },
)

LONGEST_LAG = 2**24
"""Seconds (half a year): all that 64 bits have room for below the time itself."""

MERGED = "closed_by_merge"
"""The tag of a ticket that was merged into another one."""

ARCHIVED_AFTER = timedelta(days=120)

RATED = ("requester_id", "assignee_id", "group_id")

WORD = 100
"""No word of Zendesk's is longer; what is kept has a bound."""

Read: TypeAlias = Callable[[Sequence[object]], tuple[tuple[Record, ...], tuple[SetAside, ...]]]
"""What makes records of the rows of one answer, and sets aside those that it cannot read."""


def each(stream: str, read: Callable[[object], Record | None]) -> Read:
    """Return what reads rows one by one."""
    return lambda raw: readable(stream, raw, read)


def ticket(raw: object, layout: Layout, site: str, seen: datetime | None = None) -> Ticket:
    """Return a ticket as the export or another answer gives it. seen: when, where it is not the export's."""
    row = fields_of(raw, "ticket")
    source_id, via = identifier(row, "id"), row.get("via")
    values = {name: value(row.get(key)) for key, name in FIELDS.items()}
    values["tags"] = without(values["tags"], layout.tags)
    # Events carry no channel in a form that audits and exports share: it is a fact of the ticket alone.
    values["channel"] = value(via if isinstance(via, str) else perhaps(via).get("channel"))
    pairs = _custom_values(row)
    for field_id, found in pairs:
        if field_id not in layout.ids and (kept := value(found)) is not None:
            values[custom(field_id)] = kept
    return Ticket(
        id=source_id,
        key=source_id,
        url=f"{site}/agent/tickets/{source_id}",
        created_at=instant(row, "created_at"),
        updated_at=instant(row, "updated_at"),
        version=version(row),
        values=values,
        own={str(slot): shown for slot, shown in _own(pairs, layout).items()},
        presence=_presence(row, values, seen),
    )


def version(row: Mapping[str, object]) -> int:
    """Return a number that orders pictures of one ticket, exported and direct ones alike.

    Only the export has a true `generated_timestamp`; it is never before `updated_at`, and what moves
    it alone (archiving, a renamed relation) changes nothing that is kept here. So a direct picture
    with a later `updated_at` holds more than an older export, and one with an equal or earlier one
    holds nothing more. Within one second the export wins: it is a minute old and has the whole
    second, while a direct answer may have been given in the midst of it. Of two exports with one
    `generated_timestamp` the one with the later `updated_at` wins.
    """
    updated = round(instant(row, "updated_at").timestamp())
    generated = moment(row.get("generated_timestamp") or 0)
    if generated is None:
        raise Unreadable("'generated_timestamp' is not a time")
    latest = max(generated, updated)
    return _version(latest, exported=bool(generated)) - min(latest - updated, LONGEST_LAG - 1)


def version_at(second: int) -> int:
    """Return the version of what is known of a ticket's state after a whole second, as of the export's picture."""
    return _version(second, exported=True)


def _version(second: int, *, exported: bool) -> int:
    return (2 * second + exported) * LONGEST_LAG


def own(row: Mapping[str, object], layout: Layout) -> dict[Slot, str | None]:
    """Return what stands in the hub's own fields, in its words; a field the ticket lacks is absent."""
    return _own(_custom_values(row), layout)


def _own(pairs: Iterable[tuple[str, object]], layout: Layout) -> dict[Slot, str | None]:
    found = dict(pairs)
    shown: dict[Slot, str | None] = {}
    for slot, field in layout.fields.items():
        if field.id in found:
            kept = value(found[field.id])
            shown[slot] = field.read(kept) if isinstance(kept, str) else None
    return shown


def custom(field_id: str) -> str:
    """Return the name under which a custom field is followed."""
    return f"field:{field_id}"


def without(tags: SourceValue, ours: frozenset[str]) -> SourceValue:
    """Return tags less the ones that our own dropdown put there; None when none are left."""
    if isinstance(tags, str):
        tags = tuple(sorted(tags.split()))
    return None if tags is None else tuple(tag for tag in tags if tag not in ours) or None


def person(raw: object) -> Person:
    """Return a user. The role is known since the last change of the user: it may be part of it."""
    row = fields_of(raw, "user")
    employer = row.get("organization_id")
    return Person(
        id=identifier(row, "id"),
        name=text(row, "name"),
        role=text(row, "role"),
        since=instant(row, "updated_at"),
        organisation=None if employer is None else str(employer),
        active=flag(row, "active", default=True),
    )


def gone(source_id: str) -> Person:
    """Return the person that an id stands for when Zendesk no longer knows it; a role known before stays."""
    return Person(id=source_id, name="", role="deleted", active=False)


def organisation(raw: object) -> Organisation:
    """Return an organisation; the export keeps deleted ones."""
    row = fields_of(raw, "organisation")
    return Organisation(identifier(row, "id"), text(row, "name"), active=row.get("deleted_at") is None)


def team(raw: object) -> Team:
    """Return a group; the list keeps deleted ones."""
    row = fields_of(raw, "group")
    return Team(identifier(row, "id"), text(row, "name"), active=not flag(row, "deleted", default=False))


def status_label(raw: object) -> Label:
    """Return a custom status: what agents read, and which of Zendesk's own statuses it belongs to."""
    row = fields_of(raw, "custom status")
    return Label("custom_status", identifier(row, "id"), text(row, "agent_label"), text(row, "status_category"))


def rating(raw: object) -> Rating:
    """Return how satisfied somebody was; what they wrote about it is left out."""
    row = fields_of(raw, "rating")
    people = {key: None if row.get(key) is None else identifier(row, key) for key in RATED}
    return Rating(
        id=identifier(row, "id"),
        ticket_id=identifier(row, "ticket_id"),
        score=text(row, "score")[:WORD],
        at=instant(row, "updated_at"),
        requester=people["requester_id"],
        assignee=people["assignee_id"],
        team=people["group_id"],
    )


def label(field: str) -> Callable[[object], Label]:
    """Return a reader of things that have an id and a name."""

    def read(raw: object) -> Label:
        row = fields_of(raw, field)
        return Label(field, identifier(row, "id"), text(row, "name"))

    return read


def latest(raw: Sequence[object], key: str) -> int | None:
    """Return the latest time, in seconds since 1970 under `key`, of the records that have one."""
    found = [moment(perhaps(row).get(key)) for row in raw]
    return max((each for each in found if each is not None), default=None)


def _custom_values(row: Mapping[str, object]) -> list[tuple[str, object]]:
    if row.get("custom_fields") is None:
        return []
    pairs = [fields_of(each, "custom field") for each in rows(row, "custom_fields")]
    return [(identifier(pair, "id"), pair.get("value")) for pair in pairs]


def _presence(row: Mapping[str, object], values: Mapping[str, SourceValue], seen: datetime | None) -> Presence:
    if values["status"] == "deleted":
        # A scrubbed ticket has lost its people; before that it can be restored for thirty days.
        return Presence.TRASHED if values["requester"] is not None else Presence.DELETED
    tags = values["tags"]
    if values["status"] == "closed" and isinstance(tags, tuple) and MERGED in tags:
        follows = perhaps(perhaps(row.get("via")).get("source")).get("rel") == "follow_up"
        # A follow-up inherits its forerunner's tags without having been merged itself.
        if not follows:
            return Presence.MERGED
    generated = moment(row.get("generated_timestamp"))
    at = epoch(generated) if generated else seen
    old = at is not None and at - instant(row, "updated_at") >= ARCHIVED_AFTER
    # No answer says of a ticket that it is archived, but after this time every closed one is.
    return Presence.ARCHIVED if old and values["status"] == "closed" else Presence.PRESENT
