"""What the engine says of one ticket: its clocks, its normal values, when to look again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.sla.policy import Agreement
from core.tickets import Kind, Priority, SourceValue, Status

__all__ = ["CREATED", "Clock", "ClockId", "Headline", "Judgement", "Normal", "Standing", "State"]

CREATED = "created"
"""`started_by` of a clock that starts with the ticket."""


class State(StrEnum):
    INACTIVE = "inactive"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    MET = "met"


class Headline(StrEnum):
    """The words of the state field on a ticket."""

    ON_TRACK = "on track"
    AT_RISK = "at risk"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class ClockId:
    """Identity of a clock on its ticket; `started_by` is a source event id, or `created`."""

    policy: str
    metric: str
    started_by: str


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as it stands at the judged instant. Durations are whole seconds of its calendar's time.

    standing: None while inactive, cancelled or unknown.
    confirmed: nothing that may still arrive can change the standing.
    due_at: absent while paused before the deadline, and when inactive.
    breached_at: since when it is breached: the due instant, or when it went on after a pause that began with
        nothing left.
    elapsed_seconds: clock time used; below zero where pauses are owed by the wall clock.
    remaining_seconds: target less elapsed, always; negative after a breach.
    next_check_at: the earliest instant at which state or standing change without a new event.
    reason: why it is cancelled or unknown.
    since: since when state and standing are so, in the source's time; None while unknown.
    team: of an OLA, whose stretch it times.
    """

    id: ClockId
    cycle: int
    revision: int
    agreement: Agreement
    calendar: str
    state: State
    standing: Standing | None
    confirmed: bool
    started_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None
    target_seconds: int | None
    elapsed_seconds: int
    remaining_seconds: int | None
    paused_seconds: int
    paused_wall_seconds: int
    breached: bool
    breached_at: datetime | None
    next_check_at: datetime | None = None
    reason: str = ""
    since: datetime | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Normal:
    """The ticket's present values in normal words, and the source values they come from."""

    status: Status
    priority: Priority
    kind: Kind
    customer: str | None
    requester: str | None
    assignee: str | None
    team: str | None
    organisation: str | None
    resolved_at: datetime | None
    source_status: SourceValue
    source_priority: SourceValue


@dataclass(frozen=True, slots=True)
class Judgement:
    """headline: the clock that the ticket's fields show, out of `clocks`.

    clocks: ordered by (agreement, policy, metric, cycle).
    unmapped: (field, source value) pairs that the mapping does not know.
    pending_since: the earliest event whose author is not known yet; nothing after it is confirmed.
    inside: the ticket is in its connection's scope, or was and is kept.
    """

    clocks: tuple[Clock, ...]
    headline: Clock | None
    normal: Normal
    next_check_at: datetime | None
    unmapped: tuple[tuple[str, str], ...] = ()
    pending_since: datetime | None = None
    inside: bool = True
