"""What is promised, as values: policies, metrics, targets. Names and words are those of the vectors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from core.calendar import Calendar
from core.sla.conditions import All, Condition
from core.tickets import Phase, Priority, WaitOn

__all__ = [
    "ALWAYS",
    "Agreement",
    "AtRisk",
    "CalendarChoice",
    "Change",
    "Link",
    "Metric",
    "MetricKind",
    "OnChange",
    "Policy",
    "Reopen",
    "Restating",
    "Rules",
    "StatusPattern",
    "StopOn",
    "Target",
    "Turns",
]

ALWAYS = "always"
"""Name of the built-in calendar that is open round the clock."""


class Agreement(StrEnum):
    SLA = "sla"
    OLA = "ola"
    VENDOR = "vendor"
    GOAL = "goal"


class MetricKind(StrEnum):
    """How a clock starts and ends. Requester wait and agent work are status times, each of its own statuses."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    PERIODIC_UPDATE = "periodic_update"
    RESOLUTION = "resolution"
    STATUS_TIME = "status_time"
    CUSTOM = "custom"


class Reopen(StrEnum):
    CONTINUE_EXCLUDING = "continue_excluding"
    CONTINUE_INCLUDING = "continue_including"
    RESTART = "restart"


class Change(StrEnum):
    """What a clock does when something it goes by changes under it.

    carry_over: it goes on as if the new value had always been there; the default.
    keep: the old value stays with it until its end. restart: it ends without result, and starts anew.
    """

    CARRY_OVER = "carry_over"
    KEEP = "keep"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class OnChange:
    """What a change does to the clocks of a policy.

    policy: `keep` belongs to the policy that has the ticket, `restart` to the one that takes it over.
    """

    priority: Change = Change.CARRY_OVER
    organisation: Change = Change.CARRY_OVER
    policy: Change = Change.CARRY_OVER


@dataclass(frozen=True, slots=True, order=True)
class StatusPattern:
    """`waiting` matches every wait, `waiting/customer` one of them, `resolved` that phase."""

    phase: Phase
    wait_on: WaitOn | None = None


StopOn: TypeAlias = Literal["agent_public_comment", "agent_private_comment", "assign"] | StatusPattern
"""What ends a first response: a comment of an agent, an assignment, or entering a status."""


@dataclass(frozen=True, slots=True)
class Target:
    """Time allowed: either `seconds` of open time, or `working_days`; exactly one is set.

    calendar: overrules the policy's calendar; None: the policy's.
    """

    seconds: int | None = None
    working_days: int | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A clock is at risk when this little open time is left.

    share: part of the target, 0..1; at_most and at_least: bounds in seconds of open time.
    """

    share: float = 0.25
    at_most: int | None = 4 * 3600
    at_least: int | None = 600

    def threshold(self, target_seconds: int) -> int:
        """Return the open seconds left at which the standing turns to at risk; below the target."""
        left = int(target_seconds * self.share)
        if self.at_most is not None:
            left = min(left, self.at_most)
        if self.at_least is not None:
            left = max(left, self.at_least)
        return min(left, target_seconds - 1) if target_seconds > 1 else 0


@dataclass(frozen=True, slots=True)
class Turns:
    """What moves a custom clock; a part that is None never does. Stopping beats pausing, pausing beats starting.

    start: a cycle begins when this becomes true while none is open. pause: it stands still while this is true.
    stop: it is completed. cancel: it ends without result. reset: it ends without result and starts anew.
    """

    start: Condition
    stop: Condition
    pause: Condition | None = None
    cancel: Condition | None = None
    reset: Condition | None = None

    def conditions(self) -> Iterator[Condition]:
        """Yield each part that there is."""
        yield from (each for each in (self.start, self.stop, self.pause, self.cancel, self.reset) if each is not None)


@dataclass(frozen=True, slots=True)
class Metric:
    """What one clock times. `targets` None is the key `other`: every priority that is not named.

    clock: `calendar`, or `always` for round the clock.
    run_in: of a status time, the statuses in which it runs. end_in: of the reply kinds, those that end a cycle
        without result. turns: of a custom clock, what moves it.
    anchor: whether the oldest or the newest unanswered comment starts a next response.
    count_initial: whether comments before the first public reply start one, too.
    customer_cancels, from_creation: of a periodic update, whether a customer's comment ends a cycle without result,
        and whether the first one begins with the ticket.
    breach: `after` the due instant, or `at` it.
    """

    kind: MetricKind
    targets: Mapping[Priority | None, Target]
    clock: Literal["calendar", "always"] = "calendar"
    start: Literal["created", "attached"] = "created"
    stop_on: frozenset[StopOn] = frozenset()
    stop_in: frozenset[StatusPattern] = frozenset()
    pause_in: frozenset[StatusPattern] = frozenset()
    run_in: frozenset[StatusPattern] = frozenset()
    end_in: frozenset[StatusPattern] = frozenset()
    turns: Turns | None = None
    anchor: Literal["oldest", "newest"] = "oldest"
    count_initial: bool = False
    customer_cancels: bool = False
    from_creation: bool = False
    reopen: Reopen = Reopen.CONTINUE_EXCLUDING
    pause_accounting: Literal["calendar", "wall_clock"] = "calendar"
    calendar_change: Literal["latest", "segment"] = "latest"
    breach: Literal["after", "at"] = "after"


@dataclass(frozen=True, slots=True)
class CalendarChoice:
    """One calendar by name, or a map over a field's values (id or name) with a default."""

    default: str
    by: str | None = None
    map: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Policy:
    """Metrics for the tickets that `when` means. `metrics` empty: `sla: none`, an outcome.

    since, until: the source's instants, half-open, in which this text holds; several of one name follow each other.
    match: whether a completed clock asks `when` of the ticket as it was at its `completion`, and so keeps its values
        for ever, or as it is `now`, like all others; then attached clocks take no notice of former priorities.
    """

    name: str
    metrics: Mapping[str, Metric]
    calendar: CalendarChoice = CalendarChoice(ALWAYS)
    agreement: Agreement = Agreement.SLA
    when: Condition = All()
    at_risk: AtRisk = AtRisk()
    label: str = ""
    match: Literal["completion", "now"] = "completion"
    on_change: OnChange = OnChange()
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether this text is the one that holds at an instant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def conditions(self) -> Iterator[Condition]:
        """Yield every condition of the policy: its own, and those that move its custom clocks."""
        yield self.when
        for metric in self.metrics.values():
            if metric.turns is not None:
                yield from metric.turns.conditions()


@dataclass(frozen=True, slots=True)
class Link:
    """Joins tickets of two connections that are the same work.

    field: of the source connection, which holds the other ticket's key or URL: a custom one, or `remote_links`.
    counts: the clocks of which of the two.
    """

    source: str
    target: str
    field: str
    counts: Literal["from", "to", "both"] = "both"


@dataclass(frozen=True, slots=True)
class Restating:
    """Which of the clocks that were over before a revision it governs all the same.

    since: those that were completed at or after this instant; None: whenever. policies, calendars, customers: those of
    these names; empty: all. A clock has the names that either its own revision or the restating one gives it.
    """

    since: datetime | None = None
    policies: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether nothing stays as it was judged."""
        return self == Restating()


@dataclass(frozen=True, slots=True)
class Rules:
    """One revision as the engine sees it.

    policies: in order; the first match within an agreement wins.
    customers: by (connection, organisation id or lower-case name) -> customer; the organisation
        `*` means the whole connection.
    customer_fields: by connection, then field: which customer a value's id or lower-case name means.
    applied_at: since when the hub believes this text. restates: it also governs these clocks that were over before it.
    """

    revision: int
    applied_at: datetime
    policies: tuple[Policy, ...]
    calendars: Mapping[str, Calendar]
    customers: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    restates: Restating | None = None
    customer_fields: Mapping[str, Mapping[str, Mapping[str, str]]] = field(
        default_factory=dict[str, Mapping[str, Mapping[str, str]]]
    )
    links: tuple[Link, ...] = ()

    def metric(self, policy: str, name: str, at: datetime | None = None) -> Metric | None:
        """Return a metric by the names that its clocks carry; None when it is not in this revision.

        at: by which of the policy's texts, where that one has it; else by the newest that does.
        """
        texts = [one for one in self.policies if one.name == policy and name in one.metrics]
        held = [one for one in texts if at is not None and one.holds(at)]
        return (held or texts)[-1].metrics[name] if texts else None
