"""What a helpdesk tells us, in one shape for all of them, and the normal words it is mapped to.

Records carry the source's own values; normal values exist only behind a `SourceMapping`, which is
applied at replay. All instants are aware UTC datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

__all__ = [
    "Change",
    "Comment",
    "Event",
    "Kind",
    "Label",
    "Organisation",
    "Person",
    "Phase",
    "Presence",
    "Priority",
    "Record",
    "Side",
    "SourceMapping",
    "SourceValue",
    "Status",
    "Team",
    "Ticket",
    "WaitOn",
]

SourceValue: TypeAlias = str | tuple[str, ...] | None
"""A field's value as the source names it: an id or word, several of them sorted (tags), or nothing."""


class Phase(StrEnum):
    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class WaitOn(StrEnum):
    CUSTOMER = "customer"
    VENDOR = "vendor"
    INTERNAL = "internal"
    NONE = "none"


class Priority(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"
    PLANNING = "planning"
    NONE = "none"


class Kind(StrEnum):
    INCIDENT = "incident"
    REQUEST = "request"
    QUESTION = "question"
    PROBLEM = "problem"
    CHANGE = "change"
    TASK = "task"
    NONE = "none"


class Side(StrEnum):
    """Whose side an author is on. `UNKNOWN`: nothing is stored about this person yet."""

    AGENT = "agent"
    CUSTOMER = "customer"
    SYSTEM = "system"
    INTEGRATION = "integration"
    UNKNOWN = "unknown"


class Presence(StrEnum):
    PRESENT = "present"
    ARCHIVED = "archived"
    TRASHED = "trashed"
    MERGED = "merged"
    DELETED = "deleted"
    FORBIDDEN = "forbidden"
    OUT_OF_SCOPE = "out_of_scope"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True, order=True)
class Status:
    """A phase and, while it is `waiting`, what is waited for. Written `waiting/customer`, `open`."""

    phase: Phase
    wait_on: WaitOn = WaitOn.NONE

    def __str__(self) -> str:
        return str(self.phase) if self.wait_on is WaitOn.NONE else f"{self.phase}/{self.wait_on}"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one event. `before` is the source's word for it, else None for unknown or empty.

    field: `status custom_status priority kind requester assignee team organisation brand form
        channel tags`, or `field:<source id>` for a custom one.
    initial: the value at creation: there was nothing before it.
    """

    field: str
    before: SourceValue
    after: SourceValue
    initial: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """What is kept of a comment: never its text."""

    id: str
    author: str | None
    public: bool
    automated: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One action at the source, whole: its field changes and comments.

    Identity is (connection, stream, id). Total order is (at, order, stream, id); `order` is the
    source's own sequence number (0 where it has none).
    latest: for observed events, the latest instant at which the action can have happened.
    """

    ticket_id: str
    stream: str
    id: str
    at: datetime
    order: int
    actor: str | None
    changes: tuple[Change, ...] = ()
    comments: tuple[Comment, ...] = ()
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """The source's present picture of a ticket; a cache beside its events.

    version: grows with every change at the source (digits compare as numbers); an older picture
        never replaces a newer one.
    values: the followed fields, named as in `Change.field`.
    own: what stands in the hub's own fields, by slot name, in the hub's words (the source's text as it
        is where it is none of them); a slot that the source does not know is absent.
    """

    id: str
    key: str
    url: str
    created_at: datetime
    updated_at: datetime
    version: int
    values: Mapping[str, SourceValue] = field(default_factory=dict[str, SourceValue])
    own: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True)
class Person:
    """A person at the source; `role` is the source's word, valid from `since` on.

    since: None for always, as far as no dated role is known of the person.
    """

    id: str
    name: str
    role: str
    since: datetime | None = None
    organisation: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Organisation:
    id: str
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """The name people see for a source value; `category` is the source's own class of it, if any."""

    field: str
    value: str
    text: str
    category: str = ""


Record: TypeAlias = Ticket | Event | Person | Organisation | Team | Label


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """How one connection's source values read in normal words. Applied at replay, never at storing.

    status: by (field, source value); `status_fields` says which field is asked first. A value of a
        field that is not listed falls through to the next field; one that no field knows is unknown.
    sides: by the source's role word.
    system: actor ids that are the source's own automation.
    own: actor ids under which the hub itself writes.
    """

    status: Mapping[tuple[str, str], Status] = field(default_factory=dict[tuple[str, str], Status])
    status_fields: tuple[str, ...] = ("status",)
    priority: Mapping[str, Priority] = field(default_factory=dict[str, Priority])
    kind: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    sides: Mapping[str, Side] = field(default_factory=dict[str, Side])
    system: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
