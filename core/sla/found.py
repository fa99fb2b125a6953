"""Which clocks exist: the automaton's cycles under the policies in force."""

from typing import Final, NamedTuple

from core.sla.classify import masks
from core.sla.plans import Plan
from core.sla.policy import Agreement
from core.sla.program import Combination, Program, Term
from core.sla.run import ENDED, STOPPED, UNKNOWN, Cycle, run
from core.sla.timeline import Timeline

__all__ = ["Found", "find", "find_unread"]

_COMPLETED: Final = (STOPPED, ENDED)


class Found(NamedTuple):
    """A clock that exists, before it is measured. number: its cycle, from 1."""

    plan: Plan
    number: int
    cycle: Cycle
    term: Term
    completed: bool


def find(program: Program, rows: Timeline, now: int) -> list[Found]:
    """Return the clocks of the policies in force: at its completion for a completed clock, else at `now`.

    There is one clock for each agreement, metric and cycle; when two policies claim it, the one that
    completed it first has it.
    """
    found = [
        each for owner in rows.owners for plan in program.by_owner[owner] for each in _cycles(program, plan, rows, now)
    ]
    if len(rows.owners) == 1:
        return found
    kept: dict[tuple[Agreement, str, int], Found] = {}
    for each in found:
        key = (each.plan.policy.agreement, each.plan.name, each.number)
        if key not in kept or _rank(each, rows) < _rank(kept[key], rows):
            kept[key] = each
    return list(kept.values())


def find_unread(program: Program, rows: Timeline) -> list[Found]:
    """Return the clocks of the policies in force now, of which nothing more is known."""
    combination = rows.combinations[-1]
    return [
        Found(plan, 1, Cycle(0, 0, UNKNOWN, [], None), term, completed=False)
        for owner in combination.owners
        for plan in program.by_owner[owner]
        if (term := _term(program, plan, combination)) is not None
    ]


def _cycles(program: Program, plan: Plan, rows: Timeline, now: int) -> list[Found]:
    every_row = plan.metric.calendar_change == "segment"
    combinations = rows.combinations
    found: list[Found] = []
    for number, cycle in enumerate(run(rows.at, masks(plan, rows), now, plan.reopen, every_row), start=1):
        completed = cycle.state in _COMPLETED
        deciding = combinations[cycle.last if completed else -1]
        if plan.owner in deciding.owners:
            term = _term(program, plan, deciding)
            if term is not None:
                found.append(Found(plan, number, cycle, term, completed))
    return found


def _term(program: Program, plan: Plan, combination: Combination) -> Term | None:
    """Return what is allowed; None when the metric has no target for this priority, so that there is no clock."""
    term = program.term(plan, combination)
    return None if term.seconds is None and term.working_days is None and term.unmapped is None else term


def _rank(found: Found, rows: Timeline) -> tuple[bool, int]:
    return not found.completed, rows.at[found.cycle.last]
