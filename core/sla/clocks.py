"""Clocks read from the automaton's cycles: how each stands, since when, until when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from core.calendar import Calendar
from core.calendar.instants import SECOND, from_us
from core.sla.count import Counted, count
from core.sla.found import Found, believed_at
from core.sla.plans import Plan
from core.sla.policy import Agreement, MetricKind
from core.sla.program import Program, Term
from core.sla.run import CANCELLED, CANCELS, ENDED, PAUSED, RUNNING, STOPPED, UNKNOWN, VOID, Stretch
from core.sla.timeline import Timeline
from core.sla.verdict import Clock, ClockId, Standing, State
from core.sla.words import spoken
from core.tickets import Presence, SourceValue

__all__ = ["NEVER", "Measured", "by_row", "clock_of", "id_of", "measured", "stretches_of", "unknown_clock"]

_STATES: Final = {
    RUNNING: State.RUNNING,
    PAUSED: State.PAUSED,
    STOPPED: State.COMPLETED,
    ENDED: State.COMPLETED,
    CANCELLED: State.CANCELLED,
    VOID: State.CANCELLED,
}
_LEFT: Final[Mapping[SourceValue, str]] = {
    Presence.DELETED: "the ticket was deleted",
    Presence.FORBIDDEN: "the helpdesk does not show the ticket to the hub any more",
}
_WITHOUT_RESULT: Final = (CANCELLED, VOID)
_NO_FORECAST: Final = (PAUSED, CANCELLED, VOID)
NEVER: Final = 1000 * 366 * 86_400 * SECOND
"""A target that no calendar reaches."""


class Measured(NamedTuple):
    """A clock in microseconds, before it is put into words. end: its last instant, or the judged one.

    due: None where there is none to be told: while it is paused before that, or when it ended without result.
    """

    end: int
    target: int
    counted: Counted
    due: int | None


def measured(found: Found, program: Program, rows: Timeline, now: int) -> Measured | None:
    """Return a clock's figures; None when nobody can say how it stands."""
    plan, cycle = found.plan, found.cycle
    if found.term.unmapped is not None or cycle.state == UNKNOWN:
        return None
    end = now if cycle.state in (RUNNING, PAUSED) else rows.at[cycle.last]
    target, not_before = _target(found.term, rows.at[cycle.first])
    stretches, open_times, calendars = stretches_of(found, program, rows, now)
    counted = count(
        stretches,
        open_times,
        calendars,
        end,
        target,
        wall=plan.metric.pause_accounting == "wall_clock",
        at_due=plan.metric.breach == "at",
        not_before=not_before,
    )
    told = counted.breached_at is not None or cycle.state not in _NO_FORECAST
    return Measured(end, target, counted, counted.due if told else None)


def _since(
    found: Found, program: Program, rows: Timeline, now: int, figures: Measured, standing: Standing | None
) -> int:
    """Return since when the clock is in its state and standing, in the source's time."""
    entered = rows.at[found.cycle.last]
    if figures.counted.breached_at is not None:
        return max(entered, figures.counted.breached_at)
    if standing is not Standing.AT_RISK:
        return entered
    threshold = found.plan.policy.at_risk.threshold(figures.target // SECOND) * SECOND
    stretches, open_times, calendars = stretches_of(found, program, rows, now)
    wall = found.plan.metric.pause_accounting == "wall_clock"
    begun, left = rows.at[found.cycle.first], max(figures.target - threshold, 0)
    counted = count(stretches, open_times, calendars, now, left, wall=wall, at_due=True, not_before=begun)
    return entered if counted.breached_at is None else max(entered, counted.breached_at)


def clock_of(found: Found, program: Program, rows: Timeline, now: int, horizon: int | None) -> Clock:
    """Return the clock as it stands. horizon: everything before it is known; None: nothing is sure."""
    plan, cycle, completed = found.plan, found.cycle, found.completed
    figures = measured(found, program, rows, now)
    if figures is None:
        return unknown_clock(found, program, rows, _not_mapped(found, program, rows))
    end, target, counted, due = figures
    at_due = plan.metric.breach == "at"
    standing, next_check = _standing(found, counted, target, at_due)
    used = counted.used // SECOND
    allowed = None if target == NEVER else target // SECOND
    return Clock(
        id=id_of(found, rows),
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
        breached=counted.breached_at is not None,
        breached_at=_instant(counted.breached_at),
        next_check_at=_instant(next_check),
        reason=_ended(found, rows) if cycle.state in _WITHOUT_RESULT else "",
        since=from_us(_since(found, program, rows, now, figures, standing)),
        team=_team(found, rows),
    )


def _ended(found: Found, rows: Timeline) -> str:
    row, plan = found.cycle.last, found.plan
    if found.cycle.state == VOID:
        return _voided(plan, rows, row)
    if rows.left is not None and row >= rows.left:
        return _LEFT.get(rows.values.get("presence"), "the ticket has left the scope of its connection")
    return "the ticket is cancelled or no longer there"


def _voided(plan: Plan, rows: Timeline, row: int) -> str:
    before, after = rows.combinations[row - 1].facts.values, rows.combinations[row].facts.values
    for name in plan.renewing:
        if before.get(name) != after.get(name):
            return f"started anew: the {name} has changed"
    if plan.policy.agreement is Agreement.OLA and before.get("team") != after.get("team"):
        return "handed on to another team"
    if plan.metric.kind is MetricKind.CUSTOM:
        return "one of its conditions ended it without result"
    if rows.views[row].bits[plan.index] & CANCELS:
        return f"the ticket is {rows.views[row].status}"
    return "the customer has written"


def _instant(at: int | None) -> datetime | None:
    return None if at is None else from_us(at)


def unknown_clock(found: Found, program: Program, rows: Timeline, reason: str) -> Clock:
    """Return a clock of which nobody can say how it stands."""
    return Clock(
        id=id_of(found, rows),
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
        team=_team(found, rows),
    )


def _team(found: Found, rows: Timeline) -> str | None:
    return rows.combinations[found.cycle.first].team if found.plan.policy.agreement is Agreement.OLA else None


def id_of(found: Found, rows: Timeline) -> ClockId:
    """Return by what a clock is known, whatever becomes of it."""
    plan, row = found.plan, found.cycle.first
    return plan.created if row == 0 else ClockId(plan.policy.name, plan.name, rows.ids[row])


def _target(term: Term, started: int) -> tuple[int, int]:
    """Return the target in microseconds of open time, and the instant before which it is never due."""
    if term.seconds is not None:
        return term.seconds * SECOND, started
    due = term.calendar.add_working_days_us(started, term.working_days or 0)
    if due is None:
        return NEVER, started
    return term.calendar.elapsed_us(started, due), due


def stretches_of(
    found: Found, program: Program, rows: Timeline, now: int
) -> tuple[Sequence[Stretch], list[int], Sequence[Calendar]]:
    """Return the stretches, the open time of each, and the calendars: one for each, and one for what comes after."""
    stretches, last = found.cycle.stretches, found.term.calendar
    if found.plan.metric.calendar_change == "latest":
        # Each stretch begins where the one before it ends.
        bounds = [start for start, _, _, _ in stretches]
        bounds += [stop for _, stop, _, _ in stretches[-1:]]
        return stretches, last.elapsed_each_us(bounds), [last] * (len(stretches) + 1)
    parts = list(by_row(stretches, rows.at))
    known = believed_at(found.cycle, rows, now)
    calendars = [program.term(found.plan, rows.combinations[row]).calendar.known_at(known) for _, _, _, row in parts]
    open_times = [
        calendar.elapsed_us(start, stop) for (start, stop, _, _), calendar in zip(parts, calendars, strict=True)
    ]
    return parts, open_times, [*calendars, last]


def by_row(stretches: Sequence[Stretch], at: Sequence[int]) -> Iterator[Stretch]:
    """Yield the stretches cut at each row within them: in every row another calendar may hold."""
    for begun, stop, counted, held in stretches:
        start, row = begun, held
        while row + 1 < len(at) and at[row + 1] < stop:
            yield start, at[row + 1], counted, row
            start, row = at[row + 1], row + 1
        yield start, stop, counted, row


def _standing(found: Found, counted: Counted, target: int, at_due: bool) -> tuple[Standing | None, int | None]:
    """Return the standing, and when it changes by itself."""
    state = found.cycle.state
    if state in _WITHOUT_RESULT:
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


def _not_mapped(found: Found, program: Program, rows: Timeline) -> str:
    unmapped = found.term.unmapped
    if unmapped is None or found.cycle.state == UNKNOWN:
        unmapped = next(iter(rows.views[found.cycle.last].unmapped), None)
    if unmapped is None:
        return "the source names no status"
    return f"{spoken(*unmapped, program.labels)} has no meaning in the mapping yet"
