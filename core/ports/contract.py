"""Reading a helpdesk: streams, lanes, pages, and what the hub lends a connector for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, Protocol, runtime_checkable

from core.ports.purpose import Purpose
from core.tickets import Record, SourceMapping

__all__ = [
    "CENSUS",
    "CONTRACT",
    "PICTURES",
    "SCOPE",
    "Census",
    "Checkpoint",
    "Connector",
    "Coverage",
    "Elsewhere",
    "Fetches",
    "Lane",
    "LaneKind",
    "Meter",
    "Now",
    "Page",
    "Probe",
    "Scoped",
    "SetAside",
    "Stop",
    "Stream",
    "TakesCensus",
    "TellsLinks",
    "Vault",
]

CONTRACT = 0

SCOPE: Final = "scope"
"""The name of the stream that lists the tickets in scope, where a source can say that only by a search."""


CENSUS: Final = "census"
"""What a census has observed is kept under this name: no stream of a connector is called so."""


PICTURES: Final = "pictures"
"""What is seen by comparing a ticket's pictures is kept under this name: no stream of a connector is called so."""


class Now(Protocol):
    """Supplies the present instant, aware UTC."""

    def __call__(self) -> datetime: ...


class Stop(Protocol):
    """Says whether bounded work should end at the next safe place."""

    def reached(self) -> bool: ...
    def wait(self, seconds: float) -> bool:
        """Wait at most so long; return true as soon as the stop is reached."""
        ...


class Meter(Protocol):
    """What the transport of one connection has measured."""

    def skew(self) -> timedelta:
        """Source clock less host clock; zero while that is within the measuring error."""
        ...

    def calls(self) -> int:
        """Calls made since the process began, retries included."""
        ...

    def allowance(self) -> tuple[int, int]:
        """Calls used and allowed in the present window of the bucket that is nearest to its end."""
        ...

    def on(self, purpose: Purpose) -> AbstractContextManager[None]:
        """Have the calls that this thread makes inside the block be for `purpose`."""
        ...


class Vault(Protocol):
    """Keeps what the hub itself obtained for one connection (tokens), sealed."""

    def read(self, name: str) -> str | None: ...
    def renew(self, name: str, renewed: Callable[[str | None], str]) -> str:
        """Return and keep `renewed(current)`; one caller at a time over all processes."""
        ...


class LaneKind(StrEnum):
    LIVE = "live"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Stream:
    """What is read with its own cursor: `tickets`, `ticket_events`, `people`.

    carries_history: its events feed the clocks; its `settled_until` bounds the horizon.
    every: None means the connection's own rhythm.
    once: only a backfill reads it, before the backfills of the other streams (open tickets first).
    timeless: what it tells has no age (people, organisations): its backfill reads all there is, however
        far back tickets are read.
    whole: each pull gives the full list again (a catalogue); it has no backfill lane.
    """

    name: str
    carries_history: bool = False
    every: timedelta | None = None
    once: bool = False
    whole: bool = False
    timeless: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """One stream of one connection, read live or as backfill."""

    connection: str
    stream: str
    kind: LaneKind


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the next pull of one stream resumes. Only the connector that made it reads `cursor`."""

    cursor: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class Coverage:
    """All events of `ticket_id` in `stream` with `since` <= instant < `until` are in this page.

    Stored events of that stretch that the page does not hold are withdrawn. `since` None: from the
    ticket's beginning.
    """

    ticket_id: str
    stream: str
    until: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that could not be read: what it was, why, and the SHA-256 of its payload."""

    stream: str
    source_id: str
    reason: str
    payload_hash: str


@dataclass(frozen=True, slots=True)
class Page:
    """One commit's worth of one stream.

    settled_until: the source instant before which (exclusive) nothing new can appear in this stream.
    total: how many records this lane has in all, where the source says so (progress only).
    left_out: of a fetch, the ids that the source's limits kept it from asking about, and `after` how long they
        may be asked about again.
    outside: of the tickets that the page names, those known to be out of the connection's scope at present, whatever
        else they are; None where the connection has no scope. Stale answers do no harm: a ticket that has once been
        shown inside is kept, and of one that has not, the store remembers that its events were left out.
    hidden: of a fetch, tickets that it does not show although they are there: this user may not read them.
    inside: all tickets in scope as of `settled_until`, by the source's own search; of the stream `scope` alone.
    """

    records: tuple[Record, ...]
    checkpoint: Checkpoint
    settled_until: datetime | None = None
    complete: tuple[Coverage, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    total: int | None = None
    left_out: tuple[str, ...] = ()
    after: timedelta | None = None
    outside: frozenset[str] | None = None
    inside: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Probe:
    """What a connection turns out to be.

    instance: identity of the account, the same for ever; a clone of it differs.
    actor: the user id under which the hub acts.
    problems: what is missing for the configured work (rights, fields), one sentence each.
    notes: what this account does not have, and the work does without, one sentence each.
    """

    instance: str
    account: str
    actor: str | None = None
    zone: str = "UTC"
    rights: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Connector(Protocol):
    """Reads one helpdesk. Raises only branches of `SourceError`.

    Resuming from any page's checkpoint loses nothing; repeats are allowed. Checkpoints compare
    "greater or equal". `pull` is lazy, holds at most two pages, and ends when it has caught up.
    """

    name: ClassVar[str]
    mapping: ClassVar[SourceMapping]

    def probe(self) -> Probe: ...
    def streams(self) -> Sequence[Stream]: ...
    def start(self, stream: str, at: datetime | None) -> Checkpoint:
        """Everything changed at or after `at`; None: all there is."""
        ...

    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]: ...


@runtime_checkable
class Fetches(Protocol):
    """Can be asked about single tickets directly, without the export's delay."""

    def fetch(self, ids: Sequence[str]) -> Page:
        """Return tickets, all their events, the people in them, and their coverage.

        ids: source ids, at most 100. A ticket that no longer exists comes as a `Ticket` of another
        presence where the source tells, else not at all. One that was not asked about, because the limits
        ended before, is named as left out, and one that cannot be read is set aside under its id. The
        checkpoint of the page means nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Census:
    """Which tickets a source lists in one part of itself, such as a project; given only once it is whole.

    part: its name for people. The part is made of the tickets whose `values[field]` is `value`.
    ids: the source id of every ticket in the part that has changed since the asked instant and is in the connection's
        scope; those out of it may be among them. One that was created, changed or moved after `as_of` may be missing.
        None: the part itself is not shown any more (the right to see it is lost, it is archived or gone).
    as_of: in the source's time, less the lag of the index that was asked.
    changed: when each of these tickets changed last, where the list tells: one whose change no page has brought, since
        nobody was shown it at the time, is asked for.
    archived: whether archived tickets are listed like all others; else none is missed, and one that is listed is back.
    """

    part: str
    field: str
    value: str
    ids: frozenset[str] | None
    as_of: datetime
    changed: Mapping[str, datetime] = dataclass_field(default_factory=dict[str, datetime])
    archived: bool = False


@runtime_checkable
class TakesCensus(Protocol):
    """Can list all ids there are: what was deleted or hidden leaves no other trace. Needs `Fetches` beside it."""

    def census(self, since: datetime | None) -> Iterator[Census]:
        """Return each part that the source shows and the scope holds, once; lazily, one part in memory.

        A part that is in scope and is not named, in a census that ends well, is taken for one that is not shown. No
        ticket is lost by being missing from a list: each is asked for by its id before anything is believed of it.
        So ids that cannot be listed for certain must raise: an empty answer means that nothing is there.

        since: where the reading of the past began: tickets that have not changed since then were never asked for and
            are not to be listed. None: all there is.
        Raises: SourceError.
        """
        ...


@runtime_checkable
class Scoped(Protocol):
    """A connector's settings, where they can have the connection read a part of its helpdesk only."""

    def scope_fields(self) -> Mapping[str, frozenset[str]]:
        """Return what `SourceMapping.scope` is made of; a search in the source's own language is no part of it."""
        ...


@runtime_checkable
class TellsLinks(Protocol):
    """Knows which tickets elsewhere its helpdesk itself links a ticket with, and tells it as `remote_links`."""

    def tells_links(self) -> bool:
        """Say whether it is set to tell them: there are sources at which that takes calls of its own."""
        ...


@runtime_checkable
class Elsewhere(Protocol):
    """A connector's settings, where its credentials may also go to hosts other than its url's."""

    def elsewhere(self) -> Sequence[str]:
        """Return those hosts, as far as an admin chooses them and not the vendor."""
        ...
