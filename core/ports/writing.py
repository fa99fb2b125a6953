"""Showing values on tickets: what a slot is, what is to be shown, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

__all__ = [
    "BoundsJobs",
    "Bundles",
    "Delivery",
    "FieldName",
    "FieldUpdate",
    "Outcome",
    "Slot",
    "SourceVersion",
    "Value",
    "Withholds",
    "WritesBack",
]

SourceVersion: TypeAlias = str
"""The source's own mark of a ticket's state, for optimistic checks (an etag, an update time)."""

Value: TypeAlias = str
"""What a slot shows, in the hub's words; instants as ISO-8601 UTC to the second, `2026-05-11T18:00:00Z`; days as
`2026-05-11`, local ones."""


class Slot(StrEnum):
    """What the hub shows on a ticket."""

    DUE = "due"
    STATE = "state"
    METRIC = "metric"
    POLICY = "policy"
    BREACHED_AT = "breached_at"
    DUE_DAY = "due_day"


@dataclass(frozen=True, slots=True)
class FieldName:
    """One of the helpdesk's fields, by the title people see, or pinned by its id.

    With both, the id was recorded for this title: it is asked first, whatever the field is called by now.
    """

    title: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class FieldUpdate:
    """What one ticket shall show. `seen` is its version at our last look; None in a field clears it."""

    ticket_id: str
    fields: Mapping[Slot, Value | None]
    seen: SourceVersion | None = None


class Outcome(StrEnum):
    SHOWN = "shown"
    PENDING = "pending"
    CONFLICT = "conflict"
    REFUSED = "refused"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one update: shown, pending (in `job`), conflict, refused (never again) or retry.

    shown: the slots' values as read back, where the answer carried them.
    refused: slots that the ticket does not take, by why not, where it does show the others.
    """

    ticket_id: str
    outcome: Outcome
    shown: Mapping[Slot, Value | None] = field(default_factory=dict[Slot, Value | None])
    version: SourceVersion | None = None
    reason: str = ""
    job: str = ""
    refused: Mapping[Slot, str] = field(default_factory=dict[Slot, str])


@runtime_checkable
class WritesBack(Protocol):
    """Can show values on tickets. Touches the configured fields and nothing else, never a comment."""

    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        """Write at most 100 updates, each ticket once; deliveries come in any order."""
        ...

    def settle(self, jobs: Sequence[str]) -> Iterator[Delivery]:
        """Ask once about pending jobs. A job that is still running yields nothing."""
        ...


@runtime_checkable
class BoundsJobs(Protocol):
    """Writes back through jobs of which the source takes only so many at a time."""

    def most_jobs(self) -> int:
        """Return in how many jobs updates may be pending at once, at least one; each call of `write_back` makes one."""
        ...


@runtime_checkable
class Bundles(Protocol):
    """Writes back several tickets with one call, and learns at once what became of each."""

    def bundle(self) -> int:
        """Return about how many tickets go with one call."""
        ...


@runtime_checkable
class Withholds(Protocol):
    """Writes back, and can be set up so that it writes nothing, whatever the connection's mode."""

    def withheld(self) -> str:
        """Return why nothing may be written there, for an admin to read; empty where it may."""
        ...
