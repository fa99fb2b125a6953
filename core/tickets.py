"""What a helpdesk tells us, in one shape for all of them, and the normal words it is mapped to.

Records carry the source's own values; normal values exist only behind a `SourceMapping`, which is
applied at replay. All instants are aware UTC datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

__all__ = [
    "COMMENTS",
    "REMOTE_LINKS",
    "Absence",
    "Change",
    "Comment",
    "Event",
    "Kind",
    "Label",
    "NativeClock",
    "OnLeave",
    "Organisation",
    "Outage",
    "OutageKind",
    "OutageWithdrawn",
    "Person",
    "Phase",
    "Presence",
    "Priority",
    "Rating",
    "Record",
    "Says",
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

REMOTE_LINKS: Final = "remote_links"
"""The field of a ticket that holds which tickets elsewhere its helpdesk itself links it with."""


COMMENTS: Final = "comments"
"""What is written on a ticket, where the source does not tell all of it."""


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


class OnLeave(StrEnum):
    """What becomes of a ticket's clocks when it leaves the scope of its connection."""

    END = "end"
    PAUSE = "pause"
    KEEP = "keep"


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

    field: `status custom_status priority kind requester participants assignee team organisation brand form
        channel tags`, `field:<source id>` for a custom one, `merged_into` where the source says it, `presence`
        where it was observed that the ticket came into the connection's scope (`present`), left it
        (`out_of_scope`), or is not shown any more (`deleted`, `forbidden`), `remote_links` where the helpdesk keeps
        links to tickets elsewhere: their addresses or keys, sorted in a tuple, None where there are none. Where its
        log does not tell of them, they stand in `Ticket.values` alone, and count as if they had been there from the
        beginning.
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
    gaps: Mapping[str, datetime | None] = field(default_factory=dict[str, datetime | None])


@dataclass(frozen=True, slots=True)
class Absence:
    """What a source still tells of a ticket that it shows no more; nothing of it counts for a ticket never seen.

    version: among those of the ticket's pictures. values: the fields that are different since the last one.
    """

    ticket_id: str
    presence: Presence
    version: int
    updated_at: datetime
    values: Mapping[str, SourceValue] = field(default_factory=dict[str, SourceValue])


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
    """The name people see for a source value; `category` is the source's own class of it, if any.

    Labels of `FIELD` are the titles of custom fields by id. A page with any of them has all that there are;
    one of the category `INACTIVE` is not in use, and nothing is found by its title.
    text: empty where nobody says it: a name that is known stays, and the value is shown as it is where none is.
    former: names that it had before, the latest first. The hub remembers those that it has seen; a source whose
        history tells older ones may say them too.
    """

    FIELD: ClassVar[str] = "field"
    INACTIVE: ClassVar[str] = "inactive"

    field: str
    value: str
    text: str
    category: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """How satisfied the requester of a ticket was; what they wrote about it is not kept.

    score: the source's word. at: when it was last set; an older one never replaces a newer one.
    requester, assignee, team: as they were when it was asked for.
    """

    id: str
    ticket_id: str
    score: str
    at: datetime
    requester: str | None = None
    assignee: str | None = None
    team: str | None = None


class Says(StrEnum):
    """What a source states of a clock of its own."""

    STARTED = "started"
    PAUSED = "paused"
    COMPLETED = "completed"
    TARGET = "target"
    DUE = "due"
    ELAPSED = "elapsed"


@dataclass(frozen=True, slots=True)
class NativeClock:
    """One statement of the source about one of its own clocks.

    metric: the source's word; cycle: its number for the clock among those of one metric.
    at: when it holds from, or for `due` the instant, which may lie in the future.
    seconds: what is allowed (`target`) or was used (`elapsed`); of `paused`, how long it had stood still before, which
        only a source says that keeps no list of pauses: no earlier one is stated, nor when this one ends.
    business: whether these are hours of the source's schedule, or all hours. policy: its name at the source.
    withdrawn: the source has taken the statement back, and does not state it again.
    """

    id: str
    ticket_id: str
    metric: str
    cycle: int
    says: Says
    at: datetime
    seconds: int | None = None
    business: bool | None = None
    policy: str | None = None
    withdrawn: bool = False


class OutageKind(StrEnum):
    """Planned ones and degradations are told apart: a contract may count them otherwise."""

    OUTAGE = "outage"
    DEGRADATION = "degradation"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which services could not be used, or not as they should.

    ended_at: None while it lasts. services: ids of what was not to be used; tickets: ids of those about it. Sorted.
    """

    id: str
    kind: OutageKind
    began_at: datetime
    ended_at: datetime | None
    services: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutageWithdrawn:
    """The source has an outage no more, since `at`."""

    id: str
    at: datetime


Record: TypeAlias = (
    Ticket | Absence | Event | Person | Organisation | Team | Label | Rating | NativeClock | Outage | OutageWithdrawn
)


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """How one connection's source values read in normal words. Applied at replay, never at storing.

    A word of `status`, `priority` and `kind` is a source value or the name that people see for it (`Label.text`,
    whatever its case): `("status", "10010")` and `("status", "waiting for customer")` are two ways to say one thing.
    `core.sla.words.resolved` finds the values behind the names.

    status: by (field, word); `status_fields` says which field is asked first. A value of a
        field that is not listed falls through to the next field; one that no field knows is unknown.
    priority, kind: by word; "" is a ticket without a value.
    categories: what a status means that has no word of its own, by `Label.category`.
    configured: the words, by field (`priority` and `kind` are fields, too), that an administrator has written:
        whether they are values or names, they go before those that the connector brings.
    by_category: the statuses, by field and value, that mean no more than their category. Only `resolved` knows them.
    sides: by the source's role word.
    system: actor ids that are the source's own automation.
    own: actor ids under which the hub itself writes.
    scope: the fields by which a ticket is in the connection's scope, each with the values (ids, or the names people
        see) of which it has to have one. Empty: every ticket is.
    native_metrics: by the source's word for one of its own clocks, whatever the case, the metrics of policies that time
        the same, `resolution` or `ola/resolution`; none of them: there is nothing to compare it with.
    """

    status: Mapping[tuple[str, str], Status] = field(default_factory=dict[tuple[str, str], Status])
    status_fields: tuple[str, ...] = ("status",)
    priority: Mapping[str, Priority] = field(default_factory=dict[str, Priority])
    kind: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    categories: Mapping[str, Status] = field(default_factory=dict[str, Status])
    configured: frozenset[tuple[str, str]] = frozenset()
    by_category: frozenset[tuple[str, str]] = frozenset()
    sides: Mapping[str, Side] = field(default_factory=dict[str, Side])
    system: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    scope: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    on_leave: OnLeave = OnLeave.END
    native_metrics: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
