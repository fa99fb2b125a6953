"""The events that a clock went by, each with what it did to the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.sla.found import Found
from core.sla.grounds import term_in
from core.sla.history import Desk, History
from core.sla.lines import Spell, Why
from core.sla.program import Program, Term
from core.sla.run import PAUSED, RUNNING
from core.sla.steps import Step, steps
from core.sla.timeline import Timeline
from core.tickets import Status

__all__ = ["Effect", "Mark", "marks"]


class Effect(StrEnum):
    """stopped: it would be over if nothing more came; reopened: something did. Target and calendar are the new ones."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    REOPENED = "reopened"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    TARGET = "target"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Mark:
    """One event, and what it did. row: of the timeline.

    at: as it counts: an event from before the ticket's creation counts as of the creation.
    id: the source event; `created`; of a date since which another text of a policy holds, `since` and that date;
        empty for what was seen without an event that tells of it. step: the event, where it is one.
    status, seconds, working_days, calendar: what holds after it.
    """

    row: int
    at: datetime
    id: str
    step: Step | None
    effects: tuple[Effect, ...]
    status: Status
    seconds: int | None
    working_days: int | None
    calendar: str


def marks(
    found: Found, program: Program, rows: Timeline, each: Sequence[Spell], history: History, desk: Desk
) -> tuple[Mark, ...]:
    """Return the events from the clock's start to its end that did something to it.

    each: the spells of its life, without what lies ahead.
    """
    effects = _turns(found, each)
    past = _steps(history, desk, rows)
    made: list[Mark] = []
    going_on = found.cycle.state in (RUNNING, PAUSED)
    before = term_in(found, program, rows, found.cycle.first)
    for row in range(found.cycle.first, len(rows.at) if going_on else found.cycle.last + 1):
        term = term_in(found, program, rows, row)
        did = effects.get(row, []) + _changes(before, term)
        before = term
        if did:
            made.append(
                Mark(
                    row=row,
                    at=rows.instants[row],
                    id=rows.ids[row],
                    step=past.get(row),
                    effects=tuple(did),
                    status=rows.views[row].status,
                    seconds=term.seconds,
                    working_days=term.working_days,
                    calendar=term.calendar.name,
                )
            )
    return tuple(made)


def _turns(found: Found, each: Sequence[Spell]) -> dict[int, list[Effect]]:
    """Return by row how the clock went over from one thing to another."""
    effects: dict[int, list[Effect]] = {found.cycle.first: [Effect.STARTED]}
    before: tuple[Why, Status | None] = (Why.RUNNING, None)
    for spell in each:
        now = (spell.why, spell.status)
        if now != before:
            did = effects.setdefault(spell.row, [])
            if before[0] is Why.RESOLVED and spell.why is not Why.RESOLVED:
                did.append(Effect.REOPENED)
            if spell.why is Why.RESOLVED:
                did.append(Effect.STOPPED)
            elif spell.why is not Why.RUNNING:
                did.append(Effect.PAUSED)
            elif not did:
                did.append(Effect.RESUMED)
            before = now
    if found.completed:
        effects.setdefault(found.cycle.last, []).append(Effect.COMPLETED)
    elif found.cycle.state not in (RUNNING, PAUSED):
        effects.setdefault(found.cycle.last, []).append(Effect.CANCELLED)
    return effects


def _changes(before: Term, after: Term) -> list[Effect]:
    found: list[Effect] = []
    if (before.seconds, before.working_days) != (after.seconds, after.working_days):
        found.append(Effect.TARGET)
    if before.calendar.name != after.calendar.name:
        found.append(Effect.CALENDAR)
    return found


def _steps(history: History, desk: Desk, rows: Timeline) -> dict[int, Step]:
    """Return the event of each row that has one. Rows follow the events, and leave out those that change nothing."""
    found: dict[int, Step] = {}
    following = 1
    for step in steps(history, desk):
        at = max(step.event.at, rows.instants[0])
        same = (
            row
            for row in range(following, len(rows.ids))
            if rows.ids[row] == step.event.id and rows.instants[row] == at
        )
        row = next(same, None)
        if row is not None:
            found[row] = step
            following = row + 1
    return found
