"""One open connection, and what the flows share: how time passes there, what a run brings home."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from core.ports import Connector, Consent, Meter, Now, Withholds
from core.settings import Connection
from core.sla import words
from core.store import Tx, histories, revisions
from core.store.veiled import CLEAR, Veil
from core.telemetry import Metrics
from core.tickets import SourceMapping

__all__ = ["Done", "Progress", "Read", "Source", "mapping_of", "meanings"]


@dataclass(frozen=True, slots=True)
class Done:
    """What one run of a flow did; `reason` when it ended early."""

    flow: str
    connection: str
    read: int = 0
    stored: int = 0
    evaluated: int = 0
    changed: int = 0
    written: int = 0
    calls: int = 0
    seconds: float = 0.0
    reason: str = ""

    def __add__(self, other: "Done") -> "Done":
        return replace(
            self,
            read=self.read + other.read,
            stored=self.stored + other.stored,
            evaluated=self.evaluated + other.evaluated,
            changed=self.changed + other.changed,
            written=self.written + other.written,
            calls=self.calls + other.calls,
            seconds=self.seconds + other.seconds,
            reason=self.reason or other.reason,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a lane is: records read, of how many where the source says so, and up to which instant."""

    connection: str
    stream: str
    read: int
    total: int | None
    since: datetime | None
    until: datetime | None
    settled_until: datetime | None
    finished: bool

    @property
    def share(self) -> float | None:
        """Return how much of the lane is read, 0..1; None where neither its records nor its time can be measured."""
        if self.finished:
            return 1.0
        if self.total:
            return min(1.0, self.read / self.total)
        if self.since is None or self.until is None or self.settled_until is None or self.until <= self.since:
            return None
        return min(1.0, max(0.0, (self.settled_until - self.since) / (self.until - self.since)))


@dataclass(frozen=True)
class Source:
    """One configured connection, opened: the same connector once for live work, once for the backfill.

    Both draw on the same limits; the backfill has its part of them. id: the connection's row.
    barred: says why no call may be made now, or nothing. consent: in whose name it works, where that takes one.
    revision: the one that says how it is configured; None where there is none to be replaced by another.
    ticks: seconds by a clock that nobody sets. rests: until when, by that one, this process leaves a kind of
    work alone. failing: lanes that fail, and why. hint_secret: what the source signs its hints with.
    veil: how people are stored. metrics: what is counted in this process.
    """

    settings: Connection
    id: int
    connector: Connector
    backfill: Connector
    meter: Meter
    host_now: Now
    revision: int | None = None
    report: Callable[[Progress], None] = field(default=lambda _: None)
    ticks: Callable[[], float] = time.monotonic
    rests: dict[str, float] = field(default_factory=dict[str, float], repr=False, compare=False)
    barred: Callable[[], str] = field(default=lambda: "", repr=False, compare=False)
    consent: Callable[[], Consent | None] = field(default=lambda: None, repr=False, compare=False)
    failing: dict[str, str] = field(default_factory=dict[str, str], repr=False, compare=False)
    hint_secret: str = field(default="", repr=False, compare=False)
    veil: Veil = CLEAR
    metrics: Metrics = field(default_factory=Metrics, repr=False, compare=False)

    def resting(self, what: str) -> bool:
        """Say whether this process is to leave `what` alone for now."""
        until = self.rests.get(what)
        return until is not None and self.ticks() < until

    def rest(self, what: str, pause: timedelta) -> None:
        """Leave `what` alone for so long, in this process."""
        self.rests[what] = self.ticks() + pause.total_seconds()

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def withheld(self) -> str:
        """Return why nothing may be written to the source, whatever its mode; empty where it may."""
        return self.connector.withheld() if isinstance(self.connector, Withholds) else ""

    def replaced(self, tx: Tx) -> bool:
        """Say whether a newer revision is in force: what was asked for by this one is not stored any more.

        A slot may stand for another of the helpdesk's fields by now. Who knows the newer one asks again.
        """
        return self.revision is not None and revisions.last(tx) > self.revision

    def now(self) -> datetime:
        """Return the present instant by the source's clock."""
        return self.host_now() + self.meter.skew()

    @property
    def mapping(self) -> SourceMapping:
        """Return the connector's mapping with the configured one laid over it; words may be names (see `meanings`)."""
        return self._mapping

    @cached_property
    def _mapping(self) -> SourceMapping:
        return mapping_of(self.settings, self.connector.mapping)


class Read(Protocol):
    """What it takes of a connection to read its tickets' history as stored; none of it calls the source."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def mapping(self) -> SourceMapping: ...


def mapping_of(settings: Connection, base: SourceMapping) -> SourceMapping:
    """Return the connector's mapping `base` with the configured one laid over it.

    The user under which the hub writes is not taken for an integration by itself: in a small shop
    it is a person's account, and the hub never comments.
    """
    mine = settings.mapping
    return SourceMapping(
        status={**base.status, **mine.status},
        status_fields=base.status_fields,
        priority={**base.priority, **mine.priority},
        kind={**base.kind, **mine.kind},
        categories=base.categories,
        configured=mine.configured,
        sides={**base.sides, **mine.sides},
        system=base.system | mine.system,
        own=base.own | mine.own,
        scope=mine.scope,
        on_leave=mine.on_leave,
        native_metrics={**base.native_metrics, **mine.native_metrics},
    )


def meanings(tx: Tx, connection_id: int, mapping: SourceMapping) -> SourceMapping:
    """Return the mapping with the values behind its names, as the source's words are called at present.

    Returns: the same object as long as neither has changed.
    """
    return words.resolved(mapping, histories.words(tx, connection_id, words.fields(mapping)))
