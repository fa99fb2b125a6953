"""What a clock's due time follows from: its rules with their reasons, its events, its stretches, to the microsecond."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from core.calendar import Calendar
from core.calendar.instants import SECOND, from_us, to_us
from core.sla.clocks import clock_of, measured
from core.sla.found import Found, believed_at, find
from core.sla.gaps import unsaid
from core.sla.grounds import (
    CalendarGround,
    Passed,
    PolicyGround,
    TargetGround,
    calendar_ground,
    deciding,
    passed_by,
    policy_ground,
    target_of,
)
from core.sla.history import Desk, History
from core.sla.joint import judge
from core.sla.lines import Line, Spell, Why, lines, spells
from core.sla.marks import Mark, marks
from core.sla.parts import Part, parts
from core.sla.policy import Metric, Rules
from core.sla.program import Program, program
from core.sla.timeline import Timeline, timeline
from core.sla.verdict import Clock, State

__all__ = ["Derivation", "Ending", "Ledger", "Unknown", "Unpromised", "explained", "unpromised"]

Ending: TypeAlias = Literal["reached", "forecast", "met", "paused", "ended", "never"]
"""How a due instant follows: the target was used up then; it will be if nothing else happens; it would have been, had
the clock not been completed before; there is none while a clock is paused; none since it ended without result; the
calendar never has that much open time."""

Unknown: TypeAlias = Literal["history", "gap", "linked", "mapping"]
"""What is missing: the ticket's beginning, a part of its past that the helpdesk's log does not tell, the beginning of
one that it is linked with, or the meaning of a value."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one clock came to stand as it does. The lines cover its life without gap or overlap, then what lies ahead.

    rules: the revision that governs it; newest: because it is the newest, else because it was when the clock ended.
    metric: every switch that it goes by. grounds: of each calendar that was used.
    calendars: by name; all that lines name.
    allowed: microseconds of open time; None: more than the calendar ever has.
    not_before: the due instant is no earlier than this, whatever was used (targets in working days).
    shares: whose time it has used, team by team.
    maybe: the first comment that might have completed it, whose author is not known yet.
    """

    rules: Rules
    newest: bool
    policy: PolicyGround
    target: TargetGround
    metric: Metric
    grounds: tuple[CalendarGround, ...]
    calendars: Mapping[str, Calendar]
    allowed: int | None
    not_before: datetime | None
    ending: Ending
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    maybe: datetime | None
    shares: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A clock, and its derivation; or what is missing to have one. label: what people call its policy."""

    clock: Clock
    label: str
    derivation: Derivation | None
    unknown: Unknown | None = None


def explained(history: History, desk: Desk, rules: Sequence[Rules], now: datetime) -> tuple[Ledger, ...]:
    """Return the ledger of each clock that `judge` finds, in its order; the arguments are those of `judge`."""
    judgement = judge(history, desk, rules, now)
    now = max(now, history.ticket.created_at)
    applied = [one for one in rules if one.applied_at <= now] or list(rules[:1])
    # Of two texts with one number the later one is meant, as everywhere.
    governing = {one.revision: one for one in applied}
    read: dict[int, _Reading] = {}
    found: list[Ledger] = []
    for clock in judgement.clocks:
        one = governing[clock.revision]
        if clock.state is State.UNKNOWN:
            label = next((each.label for each in one.policies if each.name == clock.id.policy), "")
            found.append(Ledger(clock, label, None, _missing(history, clock)))
            continue
        if one.revision not in read:
            read[one.revision] = _Reading(history, desk, one, now, newest=one is applied[-1])
        derivation = read[one.revision].derivation(clock)
        found.append(Ledger(clock, derivation.policy.label, derivation))
    return tuple(found)


def _missing(history: History, clock: Clock) -> Unknown:
    if history.whole_since is None or history.whole_since > history.ticket.created_at:
        return "history"
    if any(clock.reason == unsaid({name: at}, frozenset({name})) for name, at in history.gaps.items()):
        return "gap"
    return "linked" if history.linked is not None and history.linked.gap == clock.reason else "mapping"


@dataclass(frozen=True, slots=True)
class Unpromised:
    """Why a ticket has no clock. owners: the policies that have it; passed: those that do not mean it."""

    owners: tuple[str, ...]
    passed: tuple[Passed, ...]
    outside: bool


def unpromised(history: History, desk: Desk, rules: Sequence[Rules], now: datetime) -> Unpromised:
    """Return why a ticket without clocks has none under the newest revision; the arguments are those of `judge`."""
    now = max(now, history.ticket.created_at)
    newest = ([one for one in rules if one.applied_at <= now] or list(rules[:1]))[-1]
    ready = program(desk, newest)
    rows = timeline(history, desk, ready, now)
    combination = rows.combinations[-1]
    owners = tuple(ready.rules.policies[owner].name for owner in combination.owners)
    return Unpromised(owners, passed_by(ready, combination), outside=combination.foreign)


class _Reading:
    """One ticket replayed under one revision."""

    def __init__(self, history: History, desk: Desk, rules: Rules, now: datetime, *, newest: bool) -> None:
        self._history, self._desk, self._rules, self._newest = history, desk, rules, newest
        self._now = to_us(now)
        self._program: Program = program(desk, rules)
        self._rows: Timeline = timeline(history, desk, self._program, now)
        self._found = [
            (clock_of(each, self._program, self._rows, self._now, None), each)
            for each in find(self._program, self._rows, self._now)
        ]

    def derivation(self, clock: Clock) -> Derivation:
        """Return how the clock came to stand as it does."""
        found = next(each for other, each in self._found if (other.id, other.cycle) == (clock.id, clock.cycle))
        program, rows, term = self._program, self._rows, found.term
        past = self._past(found, clock)
        ahead = self._ahead(found, clock)
        cuts = [to_us(at) for at in (clock.due_at, clock.breached_at) if at is not None]
        allowed, not_before = _allowed(found, rows)
        used = {each.calendar.name: each.calendar for each in (*past, *ahead)} | {term.calendar.name: term.calendar}
        return Derivation(
            rules=self._rules,
            newest=self._newest,
            policy=policy_ground(found, program, rows),
            target=target_of(found, program, rows),
            metric=found.plan.metric,
            grounds=self._grounds(found, past),
            calendars=used,
            allowed=allowed,
            not_before=not_before,
            ending=_ending(clock),
            marks=marks(found, program, rows, past, self._history, self._desk),
            lines=tuple(lines((*past, *ahead), cuts)),
            shares=parts(found, program, rows, self._now),
            maybe=None if found.cycle.maybe is None else from_us(found.cycle.maybe),
        )

    def _past(self, found: Found, clock: Clock) -> list[Spell]:
        """Return the clock's life, each spell with its calendar and whether it is owed by the wall clock."""
        metric, combinations, term = found.plan.metric, self._rows.combinations, self._program.term

        known = believed_at(found.cycle, self._rows, self._now)

        def calendar(row: int) -> Calendar:
            if metric.calendar_change == "segment":
                return term(found.plan, combinations[row]).calendar.known_at(known)
            return found.term.calendar

        late = None if clock.breached_at is None else to_us(clock.breached_at)
        wall = metric.pause_accounting == "wall_clock"
        return [
            each._replace(owed=wall and not each.counted and (late is None or each.start < late))
            for each in spells(found.cycle.stretches, calendar, metric, self._rows)
        ]

    def _ahead(self, found: Found, clock: Clock) -> list[Spell]:
        """Return what comes until the due instant if nothing else happens, or would have come."""
        figures = measured(found, self._program, self._rows, self._now)
        end = self._now if figures is None else figures.end
        due = None if clock.due_at is None else to_us(clock.due_at)
        if due is None or due <= end:
            return []
        return [Spell(end, due, True, found.cycle.last, Why.RUNNING, None, found.term.calendar, forecast=True)]

    def _grounds(self, found: Found, past: Sequence[Spell]) -> tuple[CalendarGround, ...]:
        """Return why each calendar was chosen, in the order in which they came to be used; the last one last."""
        program, rows = self._program, self._rows
        grounds: dict[str, CalendarGround] = {}
        if found.plan.metric.calendar_change == "segment":
            for spell in past:
                combination = rows.combinations[spell.row]
                term = program.term(found.plan, combination)
                grounds.setdefault(term.calendar.name, calendar_ground(found, term, combination))
        last = calendar_ground(found, found.term, deciding(found, program, rows))
        grounds.pop(last.name, None)
        return (*grounds.values(), last)


def _allowed(found: Found, rows: Timeline) -> tuple[int | None, datetime | None]:
    """Return the target as open time, and the instant before which it is not due."""
    term, start = found.term, rows.at[found.cycle.first]
    if term.seconds is not None:
        return term.seconds * SECOND, None
    due = term.calendar.add_working_days_us(start, term.working_days or 0)
    return (None, None) if due is None else (term.calendar.elapsed_us(start, due), from_us(due))


def _ending(clock: Clock) -> Ending:
    if clock.breached:
        return "reached"
    if clock.due_at is not None:
        return "met" if clock.state is State.COMPLETED else "forecast"
    if clock.state is State.PAUSED:
        return "paused"
    return "ended" if clock.state is State.CANCELLED else "never"
