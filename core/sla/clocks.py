"""Clocks read from the automaton's cycles: how each stands, since when, until when."""

from datetime import datetime
from typing import Final

from core.calendar import Calendar
from core.calendar.instants import SECOND, from_us
from core.sla.count import Counted, count
from core.sla.found import Found
from core.sla.program import Program, Term
from core.sla.run import CANCELLED, ENDED, PAUSED, RUNNING, STOPPED, UNKNOWN
from core.sla.timeline import Timeline
from core.sla.verdict import Clock, ClockId, Standing, State

__all__ = ["clock_of", "unknown_clock"]

_STATES: Final = {
    RUNNING: State.RUNNING,
    PAUSED: State.PAUSED,
    STOPPED: State.COMPLETED,
    ENDED: State.COMPLETED,
    CANCELLED: State.CANCELLED,
}
_NEVER: Final = 1000 * 366 * 86_400 * SECOND
"""A target that no calendar reaches."""


def clock_of(found: Found, program: Program, rows: Timeline, now: int, horizon: int | None) -> Clock:
    """Return the clock as it stands. horizon: everything before it is known; None: nothing is sure."""
    plan, cycle, completed = found.plan, found.cycle, found.completed
    if found.term.unmapped is not None or cycle.state == UNKNOWN:
        return unknown_clock(found, program, rows, _not_mapped(found, rows))
    end = rows.at[cycle.last] if completed or cycle.state == CANCELLED else now
    target, not_before = _target(found.term, rows.at[cycle.first])
    at_due = plan.metric.breach == "at"
    open_times, calendars = _measured(found, program, rows)
    counted = count(
        cycle.stretches,
        open_times,
        calendars,
        end,
        target,
        wall=plan.metric.pause_accounting == "wall_clock",
        at_due=at_due,
        not_before=not_before,
    )
    breached = counted.breached_at is not None
    due = counted.due if breached or cycle.state not in (PAUSED, CANCELLED) else None
    standing, next_check = _standing(found, counted, target, at_due)
    used = counted.used // SECOND
    allowed = None if target == _NEVER else target // SECOND
    return Clock(
        id=_id(found, rows),
        cycle=found.number,
        revision=program.rules.revision,
        agreement=plan.policy.agreement,
        calendar=found.term.calendar.name,
        state=_STATES[cycle.state],
        standing=standing,
        confirmed=_confirmed(counted, horizon, end if completed else None, at_due),
        started_at=rows.instants[cycle.first],
        completed_at=rows.instants[cycle.last] if completed else None,
        due_at=_instant(due),
        target_seconds=allowed,
        elapsed_seconds=used,
        remaining_seconds=None if allowed is None else allowed - used,
        paused_seconds=counted.paused // SECOND,
        paused_wall_seconds=counted.paused_wall // SECOND,
        breached=breached,
        breached_at=_instant(counted.breached_at),
        next_check_at=_instant(next_check),
        reason=_ended(cycle.last, rows) if cycle.state == CANCELLED else "",
    )


def _ended(row: int, rows: Timeline) -> str:
    if rows.left is not None and row >= rows.left:
        return "the ticket has left the scope of its connection"
    return "the ticket is cancelled or no longer there"


def _instant(at: int | None) -> datetime | None:
    return None if at is None else from_us(at)


def unknown_clock(found: Found, program: Program, rows: Timeline, reason: str) -> Clock:
    """Return a clock of which nobody can say how it stands."""
    return Clock(
        id=_id(found, rows),
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


def _id(found: Found, rows: Timeline) -> ClockId:
    plan, row = found.plan, found.cycle.first
    return plan.created if row == 0 else ClockId(plan.policy.name, plan.name, rows.ids[row])


def _target(term: Term, started: int) -> tuple[int, int]:
    """Return the target in microseconds of open time, and the instant before which it is never due."""
    if term.seconds is not None:
        return term.seconds * SECOND, started
    due = term.calendar.add_working_days_us(started, term.working_days or 0)
    if due is None:
        return _NEVER, started
    return term.calendar.elapsed_us(started, due), due


def _measured(found: Found, program: Program, rows: Timeline) -> tuple[list[int], list[Calendar]]:
    """Return the open time of each stretch, and the calendars: one for each, and one for what comes after them."""
    stretches, last = found.cycle.stretches, found.term.calendar
    if found.plan.metric.calendar_change == "latest":
        # Each stretch begins where the one before it ends.
        bounds = [start for start, _, _, _ in stretches]
        bounds += [stop for _, stop, _, _ in stretches[-1:]]
        return last.elapsed_each_us(bounds), [last] * (len(stretches) + 1)
    combinations = rows.combinations
    calendars = [program.term(found.plan, combinations[row]).calendar for _, _, _, row in stretches]
    open_times = [
        calendar.elapsed_us(start, stop) for (start, stop, _, _), calendar in zip(stretches, calendars, strict=True)
    ]
    return open_times, [*calendars, last]


def _standing(found: Found, counted: Counted, target: int, at_due: bool) -> tuple[Standing | None, int | None]:
    """Return the standing, and when it changes by itself."""
    state = found.cycle.state
    if state == CANCELLED:
        return None, None
    if counted.breached_at is not None:
        return Standing.BREACHED, None
    if found.completed:
        return Standing.MET, None
    threshold = found.plan.policy.at_risk.threshold(target // SECOND) * SECOND
    # A pause changes nothing by itself, though the wall clock may give time back in it.
    at_risk = target - counted.ran <= threshold
    standing = Standing.AT_RISK if at_risk else Standing.ON_TRACK
    since, used = counted.left_from
    if state == PAUSED or (at_risk and counted.due is None):
        return standing, None
    if at_risk and counted.due is not None:
        # A clock that goes on with nothing left may have been due before: it is late from here on.
        late = max(counted.due, since)
        return standing, late if at_due else late + 1
    return standing, found.term.calendar.add_us(since, target - threshold - used)


def _confirmed(counted: Counted, horizon: int | None, completed: int | None, at_due: bool) -> bool:
    """Tell whether no event that may still turn up before the horizon can change the standing."""
    since = counted.breached_at
    if since is not None:
        return horizon is not None and (horizon > since or (at_due and horizon == since))
    return completed is None or (horizon is not None and horizon > completed)


def _not_mapped(found: Found, rows: Timeline) -> str:
    unmapped = found.term.unmapped
    if unmapped is None or found.cycle.state == UNKNOWN:
        unmapped = next(iter(rows.views[found.cycle.last].unmapped), None)
    if unmapped is None:
        return "the source names no status"
    return f"{unmapped[0]} {unmapped[1]} has no meaning in the mapping yet"
