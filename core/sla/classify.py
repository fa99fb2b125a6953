"""From a ticket's rows to one clock's integers: the last place that knows fields and statuses."""

from collections.abc import Sequence
from typing import Final

from core.sla.plans import AWAY, ENTERS, HIDDEN, Plan
from core.sla.program import Combination, Program
from core.sla.run import ENDS, GONE, MAYBE, PAUSES, UNMATCHED
from core.sla.timeline import Timeline

__all__ = ["masks"]

_OF_A_STATUS: Final = ENTERS - 1


def masks(program: Program, plan: Plan, rows: Timeline) -> list[int]:
    """Return one entry of the automaton's bits for each row."""
    index, views = plan.index, rows.views
    found = [view.bits[index] for view in views]
    if plan.enters:
        _enter(found, rows)
    for row, edges in rows.happened:
        if edges & HIDDEN:
            found[row] = GONE
            continue
        if edges & AWAY:
            found[row] |= PAUSES
        if edges & plan.ends:
            found[row] |= ENDS
        elif edges & plan.maybe:
            found[row] |= MAYBE
    if plan.metric.start == "attached":
        for row, combination in enumerate(_matching(program, plan, rows)):
            if plan.owner not in combination.owners:
                found[row] |= UNMATCHED
    return found


def _matching(program: Program, plan: Plan, rows: Timeline) -> Sequence[Combination]:
    """Return the values that each row is matched by: its own; by the match of now with the priority of now."""
    if plan.policy.match == "completion":
        return rows.combinations
    priority = rows.combinations[-1].facts.values.get("priority")
    return [
        one if one.foreign else program.combination({**one.facts.values, "priority": priority})
        for one in rows.combinations
    ]


def _enter(found: list[int], rows: Timeline) -> None:
    """End the clock in the rows that bring the ticket into a status; a ticket created in it has not entered it."""
    before = rows.views[0].status
    for row, view in enumerate(rows.views):
        if found[row] & ENTERS:
            found[row] &= _OF_A_STATUS
            if before != view.status:
                found[row] |= ENDS
        before = view.status
