"""What a helpdesk already says about hours, promises and words, as a beginning for the hub's own configuration.

A suggestion promises nothing that its source does not promise: what cannot be said exactly in the hub's
words is left out, and a remark beside it says what it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from core.tickets import Priority, SourceMapping

__all__ = [
    "Clause",
    "Holding",
    "MetricName",
    "SuggestedCalendar",
    "SuggestedChoice",
    "SuggestedHoliday",
    "SuggestedHours",
    "SuggestedMetric",
    "SuggestedPolicy",
    "SuggestedTarget",
    "SuggestedTurns",
    "SuggestedWord",
    "Suggestion",
    "SuggestionSection",
    "Suggests",
]

SuggestionSection: TypeAlias = Literal["calendars", "policies", "mapping"]


@dataclass(frozen=True, slots=True)
class SuggestedHoliday:
    """Local dates, both of them closed."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SuggestedHours:
    """Open minutes of one local date in place of the weekly ones: half-open, ascending, disjoint, at least one."""

    name: str
    on: date
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SuggestedCalendar:
    """Weekly hours and holidays.

    zone: IANA name; empty where the source's own name for it is not known.
    spans: open minutes since Monday 00:00 local time, half-open, each at most a week long; they may overlap,
        and one may go on beyond the week's end.
    hours: dates with hours of their own, none of them a holiday.
    versions: other weekly hours from a local date on, ascending.
    doubtful: some of its hours could not be read.
    remarks: what could not be carried over.
    """

    id: str
    title: str
    zone: str
    spans: tuple[tuple[int, int], ...]
    holidays: tuple[SuggestedHoliday, ...] = ()
    remarks: tuple[str, ...] = ()
    hours: tuple[SuggestedHours, ...] = ()
    versions: tuple[tuple[date, tuple[tuple[int, int], ...]], ...] = ()
    doubtful: bool = False

    @property
    def usable(self) -> bool:
        """Whether hours can be counted in it; one that cannot is shown, and nothing may refer to it."""
        opens = bool(self.spans or any(spans for _, spans in self.versions))
        return bool(self.zone) and opens and not self.doubtful


@dataclass(frozen=True, slots=True)
class Holding:
    """A field has one of these values, or none of them when `negated`.

    field: as in `when` of a policy. values: as written there; None is the empty field.
    """

    field: str
    values: tuple[str | None, ...]
    negated: bool = False


Clause: TypeAlias = tuple[Holding, ...]
"""At least one of these holds."""


@dataclass(frozen=True, slots=True)
class SuggestedChoice:
    """One calendar for each value of a field. by: ids of calendars by value; other: that of all other values."""

    id: str
    field: str
    by: Mapping[str, str]
    other: str


@dataclass(frozen=True, slots=True)
class SuggestedTarget:
    """calendar: the id of a usable calendar, or of a choice; None: round the clock.

    A withheld policy may name one that is not usable yet. All targets of a policy have one choice among them at most.
    """

    priority: Priority
    seconds: int
    calendar: str | None = None


MetricName: TypeAlias = Literal[
    "first_response",
    "next_response",
    "periodic_update",
    "pausable_update",
    "requester_wait",
    "agent_work",
    "resolution",
]


@dataclass(frozen=True, slots=True)
class SuggestedTurns:
    """What moves a clock by conditions: of each of them every clause holds, and without clauses it never does.

    name: of the metric, none of the usual ones.
    """

    name: str
    start: tuple[Clause, ...]
    stop: tuple[Clause, ...]
    pause: tuple[Clause, ...] = ()
    cancel: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class SuggestedMetric:
    """One metric of a policy, its words those of the configuration; what is empty keeps its default there.

    turns: it is moved by these, as a custom metric of another name, and no other key of its kind counts.
    notes: what it is at the source. remarks: what could not be carried over.
    """

    name: MetricName
    targets: tuple[SuggestedTarget, ...]
    start: str = ""
    stop_on: tuple[str, ...] = ()
    pause_in: tuple[str, ...] = ()
    run_in: tuple[str, ...] = ()
    end_in: tuple[str, ...] = ()
    stop_in: tuple[str, ...] = ()
    reopen: str = ""
    turns: SuggestedTurns | None = None
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuggestedPolicy:
    """A promise, in the order in which the source looks for the first that matches.

    when: every clause holds; those of the connection itself are left out.
    metrics: none of them: no promise, and no later policy of the agreement either.
    on_change: what a change of the priority or of the policy does to its clocks.
    withheld: `when` means more tickets than the source's policy, or its clocks are not exactly like that: its metrics
        are shown and promise nothing.
    """

    id: str
    title: str
    agreement: Literal["sla", "ola", "vendor"] = "sla"
    when: tuple[Clause, ...] = ()
    metrics: tuple[SuggestedMetric, ...] = ()
    withheld: bool = False
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    on_change: Mapping[Literal["priority", "policy"], str] = field(
        default_factory=dict[Literal["priority", "policy"], str]
    )


@dataclass(frozen=True, slots=True)
class SuggestedWord:
    """A word of the source and the hub's for it.

    part: the key of `mapping`. source: the key below it. label: what people see at the source.
    name: what it is called there, for an id that nobody knows by heart: it is written under its name then.
    """

    part: Literal["status", "priority", "kind", "sides"]
    source: str
    word: str
    label: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Everything that a source suggests.

    source: its name, for people. remarks: what concerns a whole section.
    """

    source: str
    calendars: tuple[SuggestedCalendar, ...] = ()
    policies: tuple[SuggestedPolicy, ...] = ()
    words: tuple[SuggestedWord, ...] = ()
    remarks: Mapping[SuggestionSection, tuple[str, ...]] = field(
        default_factory=dict["SuggestionSection", tuple[str, ...]]
    )
    choices: tuple[SuggestedChoice, ...] = ()


@runtime_checkable
class Suggests(Protocol):
    """Can say which calendars, policies and words its helpdesk has already."""

    def suggest(self, mapping: SourceMapping) -> Suggestion:
        """Read what there is and translate it. What the account's plan or role lacks is a remark.

        mapping: the connection's words, in which statuses, priorities and kinds are said.
        Raises: SourceError.
        """
        ...
