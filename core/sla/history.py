"""What the engine is given of one ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.tickets import Event, SourceMapping, Ticket

__all__ = ["LINKED_STREAM", "Desk", "History", "Linked", "RoleSpan"]

LINKED_STREAM = "linked"
"""Of the events that a ticket has because of others that it is linked with: no source has sent them."""


@dataclass(frozen=True, slots=True)
class RoleSpan:
    """From `since` on (None: always) the person had this role at the source."""

    since: datetime | None
    role: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What is the same for all tickets of one connection.

    people: role spans by actor id, ascending; the first one reaches back to the beginning.
    labels: names people see, by (field, source value), for `organisation team brand form …`.
    """

    connection: str
    mapping: SourceMapping
    people: Mapping[str, tuple[RoleSpan, ...]] = field(default_factory=dict[str, tuple[RoleSpan, ...]])
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])


@dataclass(frozen=True, slots=True)
class Linked:
    """What is known of the linked tickets whose events a history holds, too.

    horizon: the least of theirs. gap: why nobody can say what they were like; nothing where it is known.
    closing: the gap closes by itself, with the past that is still being read.
    """

    horizon: datetime | None
    gap: str = ""
    closing: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """One ticket's snapshot and its events in total order, withdrawn ones left out.

    horizon: the instant before which (exclusive) its history is known to be whole; None: unknown.
    whole_since: since when its history is whole; None: not at all yet.
    gaps: the fields whose history is whole only since later than its beginning, and since when; `COMMENTS` for what was
        written on it.
    linked: what its clocks by `linked.*` fields rest on besides; None: nothing.
    """

    ticket: Ticket
    events: tuple[Event, ...]
    horizon: datetime | None
    whole_since: datetime | None
    linked: Linked | None = None
    gaps: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
