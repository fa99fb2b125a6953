"""Which clocks exist: the automaton's cycles under the policies in force."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.sla.classify import masks
from core.sla.plans import Plan
from core.sla.policy import Agreement
from core.sla.program import Combination, Program, Term
from core.sla.run import ENDED, STOPPED, UNKNOWN, VOID, Cycle, run
from core.sla.stretches import last_of
from core.sla.timeline import Timeline

__all__ = ["Found", "believed_at", "find", "find_unread", "renewed", "target_by"]

_COMPLETED: Final = (STOPPED, ENDED)
_OVER: Final = (*_COMPLETED, VOID)


class Found(NamedTuple):
    """A clock that exists, before it is measured. number: its cycle, from 1.

    kept: its policy had it when it was completed, so that no other can have it.
    """

    plan: Plan
    number: int
    cycle: Cycle
    term: Term
    completed: bool
    kept: bool = False


def find(program: Program, rows: Timeline, now: int) -> list[Found]:
    """Return the clocks of the policies in force: at its completion for a completed clock, else at `now`.

    A completed clock that no policy of the agreement had at its completion belongs to the one in force now. There
    is one clock for each agreement, metric and cycle; when two policies claim it, the one that had it when it was
    completed goes first, then the one that completed it first.
    """
    found = [
        each for owner in rows.owners for plan in program.by_owner[owner] for each in _cycles(program, plan, rows, now)
    ]
    if len(rows.owners) == 1:
        return found
    kept: dict[tuple[Agreement, str, str, int], Found] = {}
    for each in found:
        policy = each.plan.policy
        # Teams do not take clocks from each other: each has its own.
        key = (policy.agreement, policy.name if policy.agreement is Agreement.OLA else "", each.plan.name, each.number)
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
    owner, combinations = plan.owner, rows.combinations
    internal = plan.policy.agreement is Agreement.OLA
    found: list[Found] = []
    cycles = run(rows.at, masks(program, plan, rows), now, plan.reopen, recurs=plan.recurs)
    for number, cycle in enumerate(cycles, start=1):
        completed = cycle.state in _COMPLETED
        over = cycle.state in _OVER
        deciding = combinations[-1]
        if over:
            deciding = last_of(plan, combinations, cycle.first, cycle.last) if internal else combinations[cycle.last]
        kept = over and owner in deciding.owners and (internal or plan.policy.match == "completion")
        if kept or (owner in combinations[-1].owners and (not over or _free(program, plan, deciding))):
            values = target_by(program, plan, deciding, combinations[cycle.first], renewed(plan, cycle, combinations))
            term = _term(program, plan, values)
            if term is not None:
                if term.calendar.declared_us:
                    term = term._replace(calendar=term.calendar.known_at(believed_at(cycle, rows, now)))
                found.append(Found(plan, number, cycle, term, completed, kept))
    return found


def believed_at(cycle: Cycle, rows: Timeline, now: int) -> int:
    """Return the instant whose knowledge of the calendars counts: a day declared later leaves what is over alone."""
    return rows.at[cycle.last] if cycle.state in _OVER else now


def renewed(plan: Plan, cycle: Cycle, combinations: Sequence[Combination]) -> Combination | None:
    """Return the values that a clock had until a change of them ended it without result; None for any other clock."""
    if cycle.state != VOID or not plan.renewing:
        return None
    return combinations[max(cycle.first, cycle.last - 1)]


def target_by(
    program: Program, plan: Plan, deciding: Combination, first: Combination, until: Combination | None = None
) -> Combination:
    """Return the values by which target and calendar are chosen: some stay as they were when the clock started.

    until: those before a change that has ended the clock; what begins in its place has the new ones.
    """
    held = {name: first.facts.values.get(name) for name in plan.keeping}
    if until is not None:
        held |= {name: until.facts.values.get(name) for name in plan.renewing}
    return program.combination({**deciding.facts.values, **held}, deciding.era) if held else deciding


def _free(program: Program, plan: Plan, completing: Combination) -> bool:
    """Tell whether a policy that matches now may have a clock that was completed with these values."""
    if plan.policy.match == "now":
        return True
    had = (program.rules.policies[owner] for owner in completing.owners)
    return not any(one.agreement is plan.policy.agreement and one.match == "completion" for one in had)


def _term(program: Program, plan: Plan, combination: Combination) -> Term | None:
    """Return what is allowed; None when the metric has no target for this priority, so that there is no clock."""
    term = program.term(plan, combination)
    return None if term.seconds is None and term.working_days is None and term.unmapped is None else term


def _rank(found: Found, rows: Timeline) -> tuple[bool, bool, int]:
    return not found.kept, not found.completed, rows.at[found.cycle.last]
