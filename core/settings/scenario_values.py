"""Scenarios as values: what is asked of the engine or of a calendar, and which answers are right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from core.calendar import Calendar
from core.sla.history import Desk, History
from core.sla.policy import Rules

__all__ = ["Endpoints", "Expected", "Folder", "Landing", "Op", "Scenario", "TicketScenario", "TimeScenario", "Way"]


class Landing(StrEnum):
    """What is answered where open time is used up exactly as the desk closes."""

    CLOSING = "the closing time"
    OPENING = "the next opening"


class Endpoints(StrEnum):
    """How hours are read that begin or end in an hour which a change of the clocks skips or repeats."""

    INSTANTS = "the end points as instants"
    WALL = "the wall clock of every instant"


@dataclass(frozen=True, slots=True)
class Way:
    """One right answer. landing, endpoints: of which kind it is, where there are two; None: of both."""

    value: object
    landing: Landing | None = None
    endpoints: Endpoints | None = None


Expected: TypeAlias = Mapping[str, tuple[Way, ...]]
"""The right answers by key, as a file writes it; a value of None: it must not be there."""


class Op(StrEnum):
    ELAPSED = "elapsed"
    ADD = "add"
    IS_OPEN = "is_open"
    NEXT_OPEN = "next_open"


@dataclass(frozen=True, slots=True)
class _Case:
    """id: as it is written, else the number in its file. tolerance: in seconds, of instants and durations.

    file, line: where it stands; line 0: that was not looked for.
    """

    id: str
    title: str
    file: str
    tolerance: int


@dataclass(frozen=True, slots=True)
class TimeScenario(_Case):
    """One question to one calendar. end: of `elapsed`; seconds: of `add`."""

    calendar: Calendar
    op: Op
    at: datetime
    end: datetime | None
    seconds: int
    expected: Expected


@dataclass(frozen=True, slots=True)
class TicketScenario(_Case):
    """A ticket's life, and how its clocks stand at one moment.

    rules: each is judged by itself, for within an agreement the first policy that matches takes all.
    expected: by metric.
    """

    rules: tuple[Rules, ...]
    desk: Desk
    history: History
    now: datetime
    expected: Mapping[str, Expected]


Scenario: TypeAlias = TicketScenario | TimeScenario


@dataclass(frozen=True, slots=True)
class Folder:
    """What a scenario may name. calendars: as they are written, since holidays are resolved for a scenario's years."""

    rules: Rules
    calendars: Mapping[str, object] = field(default_factory=dict[str, object])
    connections: frozenset[str] = frozenset()

    def customers(self) -> frozenset[str]:
        """Return who is known to be somebody's customer."""
        by_field = (named for fields in self.rules.customer_fields.values() for named in fields.values())
        return frozenset(self.rules.customers.values()).union(*(named.values() for named in by_field))
