"""Clocks read from the automaton's cycles: which of them exist, and how each stands."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from core.calendar import Calendar
from core.calendar.instants import SECOND, from_us
from core.sla.classify import masks
from core.sla.count import Counted, count
from core.sla.plans import Plan
from core.sla.policy import Agreement
from core.sla.program import Program, Term
from core.sla.run import CANCELLED, ENDED, PAUSED, RUNNING, STOPPED, UNKNOWN, Cycle, run
from core.sla.timeline import Timeline
from core.sla.verdict import CREATED, Clock, ClockId, Standing, State

__all__ = ["Found", "clock_of", "find", "unread"]

_STATES: Final = {
    RUNNING: State.RUNNING,
    PAUSED: State.PAUSED,
    STOPPED: State.COMPLETED,
    ENDED: State.COMPLETED,
    CANCELLED: State.CANCELLED,
    UNKNOWN: State.UNKNOWN,
}

_NEVER: Final = 1000 * 366 * 86_400 * SECOND
"""A target that no calendar reaches."""


class Found(NamedTuple):
    """A clock that exists, before it is measured. number: its cycle, from 1."""

    plan: Plan
    number: int
    cycle: Cycle
    term: Term


def find(program: Program, rows: Timeline, now: int) -> list[Found]:
    """Return the clocks of the policies in force: at its completion for a completed clock, else at `now`.

    There is one clock for each agreement, metric and cycle; when two policies claim it, the one that
    completed it first has it.
    """
    owners = {owner for combination in rows.combinations for owner in combination.owners}
    kept: dict[tuple[Agreement, str, int], Found] = {}
    for owner in sorted(owners):
        for plan in program.by_owner[owner]:
            for found in _cycles(program, plan, rows, now):
                key = (plan.policy.agreement, plan.name, found.number)
                if key not in kept or _rank(found, rows) < _rank(kept[key], rows):
                    kept[key] = found
    return list(kept.values())


def _cycles(program: Program, plan: Plan, rows: Timeline, now: int) -> Iterator[Found]:
    every_row = plan.metric.calendar_change == "segment"
    for number, cycle in enumerate(run(rows.at, masks(plan, rows), now, plan.reopen, every_row), start=1):
        deciding = rows.combinations[cycle.last if cycle.state in (STOPPED, ENDED) else -1]
        if plan.owner in deciding.owners:
            term = program.term(plan, deciding)
            if term.seconds is not None or term.working_days is not None or term.unmapped is not None:
                yield Found(plan, number, cycle, term)


def _rank(found: Found, rows: Timeline) -> tuple[bool, int]:
    completed = found.cycle.state in (STOPPED, ENDED)
    return not completed, rows.at[found.cycle.last]


def clock_of(found: Found, program: Program, rows: Timeline, now: int, horizon: int | None) -> Clock:
    """Return the clock as it stands. horizon: everything before it is known; None: nothing is sure."""
    plan, cycle, term = found.plan, found.cycle, found.term
    if term.unmapped is not None or cycle.state == UNKNOWN:
        return _unknown(found, program, rows.ids[cycle.first], _not_mapped(found, rows))
    completed = cycle.state in (STOPPED, ENDED)
    started = rows.at[cycle.first]
    end = rows.at[cycle.last] if completed or cycle.state == CANCELLED else now
    target, not_before = _target(term, started)
    at_due = plan.metric.breach == "at"
    counted = count(
        cycle.stretches,
        _calendars(found, program, rows),
        end,
        target,
        wall=plan.metric.pause_accounting == "wall_clock",
        at_due=at_due,
        not_before=not_before,
    )
    due = counted.due if counted.breached or cycle.state not in (PAUSED, CANCELLED) else None
    standing, next_check = _standing(found, counted, now, target, at_due)
    used = counted.used // SECOND
    return Clock(
        id=ClockId(plan.policy.name, plan.name, rows.ids[cycle.first]),
        cycle=found.number,
        revision=program.rules.revision,
        agreement=plan.policy.agreement,
        calendar=term.calendar.name,
        state=_STATES[cycle.state],
        standing=standing,
        confirmed=_confirmed(counted, horizon, end if completed else None, at_due),
        started_at=rows.instants[cycle.first],
        completed_at=rows.instants[cycle.last] if completed else None,
        due_at=None if due is None else from_us(due),
        target_seconds=target // SECOND,
        elapsed_seconds=max(used, 0),
        remaining_seconds=target // SECOND - used,
        paused_seconds=counted.paused // SECOND,
        paused_wall_seconds=counted.paused_wall // SECOND,
        breached=counted.breached,
        breached_at=from_us(due) if counted.breached and due is not None else None,
        next_check_at=None if next_check is None else from_us(next_check),
        reason="the ticket is cancelled or no longer there" if cycle.state == CANCELLED else "",
    )


def unread(program: Program, rows: Timeline) -> list[Clock]:
    """Return the clocks of the policies in force now, unknown because the ticket's history has a gap."""
    combination = rows.combinations[-1]
    clocks: list[Clock] = []
    for owner in combination.owners:
        for plan in program.by_owner[owner]:
            term = program.term(plan, combination)
            if term.seconds is not None or term.working_days is not None or term.unmapped is not None:
                found = Found(plan, 1, Cycle(0, 0, UNKNOWN, [], None), term)
                clocks.append(_unknown(found, program, CREATED, "history not read back to the ticket's creation yet"))
    return clocks


def _target(term: Term, started: int) -> tuple[int, int]:
    """Return the target in microseconds of open time, and the instant before which it is never due."""
    if term.seconds is not None:
        return term.seconds * SECOND, started
    due = term.calendar.add_working_days_us(started, term.working_days or 0)
    if due is None:
        return _NEVER, started
    return term.calendar.elapsed_us(started, due), due


def _calendars(found: Found, program: Program, rows: Timeline) -> list[Calendar]:
    stretches = found.cycle.stretches
    if found.plan.metric.calendar_change == "latest":
        return [found.term.calendar] * (len(stretches) + 1)
    combinations = rows.combinations
    return [*(program.term(found.plan, combinations[row]).calendar for _, _, _, row in stretches), found.term.calendar]


def _standing(
    found: Found, counted: Counted, now: int, target: int, at_due: bool
) -> tuple[Standing | None, int | None]:
    """Return the standing, and when it changes by itself."""
    state = found.cycle.state
    if state == CANCELLED:
        return None, None
    if counted.breached:
        return Standing.BREACHED, None
    if state in (STOPPED, ENDED):
        return Standing.MET, None
    threshold = found.plan.policy.at_risk.threshold(target // SECOND) * SECOND
    at_risk = target - counted.used <= threshold
    standing = Standing.AT_RISK if at_risk else Standing.ON_TRACK
    if state == PAUSED or counted.due is None:
        return standing, None
    if at_risk:
        return standing, counted.due if at_due else counted.due + 1
    since, used = counted.left_from
    return standing, found.term.calendar.add_us(since, target - threshold - used)


def _confirmed(counted: Counted, horizon: int | None, completed: int | None, at_due: bool) -> bool:
    """Tell whether no event that may still turn up before the horizon can change the standing."""
    if counted.breached and counted.due is not None:
        return horizon is not None and (horizon > counted.due or (at_due and horizon == counted.due))
    return completed is None or (horizon is not None and horizon > completed)


def _not_mapped(found: Found, rows: Timeline) -> str:
    unmapped = found.term.unmapped
    if unmapped is None or found.cycle.state == UNKNOWN:
        unmapped = rows.views[found.cycle.last].unmapped
    if unmapped is None:
        return "the source names no status"
    return f"{unmapped[0]} {unmapped[1]} has no meaning in the mapping yet"


def _unknown(found: Found, program: Program, started_by: str, reason: str) -> Clock:
    return Clock(
        id=ClockId(found.plan.policy.name, found.plan.name, started_by),
        cycle=found.number,
        revision=program.rules.revision,
        agreement=found.plan.policy.agreement,
        calendar=found.term.calendar.name,
        state=State.UNKNOWN,
        standing=None,
        confirmed=False,
        started_at=None,
        completed_at=None,
        due_at=None,
        target_seconds=found.term.seconds,
        elapsed_seconds=0,
        remaining_seconds=None,
        paused_seconds=0,
        paused_wall_seconds=0,
        breached=False,
        breached_at=None,
        reason=reason,
    )
