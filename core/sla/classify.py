"""From a ticket's rows to one clock's integers: the last place that knows fields and statuses."""

from collections.abc import Sequence
from typing import Final

from core.sla.custom import turn
from core.sla.plans import AWAY, ENTERS, HIDDEN, Plan
from core.sla.policy import Agreement, Change, MetricKind
from core.sla.program import Combination, Program
from core.sla.run import BEGINS, CANCELS, ENDS, GONE, MAYBE, MOVES, PAUSES, RENEWS, UNMATCHED
from core.sla.stretches import bound
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
        if edges & plan.hears:
            found[row] |= _happening(plan, edges)
    if plan.recurs:
        _recur(program, plan, rows, found)
    for name in plan.renewing:
        _renew(name, rows, found)
    if plan.policy.agreement is Agreement.OLA:
        bound(plan, rows, found)
    else:
        _attach(program, plan, rows, found)
    return found


def _attach(program: Program, plan: Plan, rows: Timeline, found: list[int]) -> None:
    """Keep the clock from running in the rows in which its policy does not have the ticket, as far as that counts."""
    if plan.metric.start == "attached":
        for row, combination in enumerate(_matching(program, plan, rows)):
            if plan.owner not in combination.owners:
                found[row] |= UNMATCHED
    elif plan.policy.on_change.policy is Change.RESTART:
        for row, combination in enumerate(rows.combinations):
            if _has_another(program, plan, combination):
                found[row] |= UNMATCHED


def _happening(plan: Plan, edges: int) -> int:
    """Return the bits of what has happened. A reply in the same event as a question answers it."""
    if plan.metric.kind is MetricKind.CUSTOM:
        return MAYBE if edges & plan.maybe else 0
    if edges & plan.ends:
        return ENDS | BEGINS if edges & plan.begins & plan.ends else ENDS
    found = BEGINS if edges & plan.begins else 0
    if edges & plan.moves:
        found |= MOVES
    if edges & plan.cancels:
        found |= CANCELS
    return found | MAYBE if edges & plan.maybe else found


def _recur(program: Program, plan: Plan, rows: Timeline, found: list[int]) -> None:
    metric = plan.metric
    if metric.kind is MetricKind.CUSTOM:
        turn(program, plan, rows, found)
    elif metric.kind is MetricKind.PERIODIC_UPDATE and metric.from_creation:
        found[0] |= BEGINS
    elif metric.kind is MetricKind.NEXT_RESPONSE and not metric.count_initial:
        first = next((row for row, mask in enumerate(found) if mask & ENDS), len(found))
        for row in range(first):
            found[row] &= ~(BEGINS | MOVES)


def _renew(name: str, rows: Timeline, found: list[int]) -> None:
    """Start the clock anew in the rows in which this field has changed."""
    before = rows.combinations[0].facts.values.get(name)
    for row, combination in enumerate(rows.combinations):
        value = combination.facts.values.get(name)
        if value != before:
            found[row] |= RENEWS
        before = value


def _has_another(program: Program, plan: Plan, combination: Combination) -> bool:
    policies = (program.rules.policies[owner] for owner in combination.owners)
    mine = plan.policy
    return any(one.agreement is mine.agreement and one.name != mine.name for one in policies)


def _matching(program: Program, plan: Plan, rows: Timeline) -> Sequence[Combination]:
    """Return the values that each row is matched by: its own; by the match of now with the priority of now."""
    if plan.policy.match == "completion":
        return rows.combinations
    priority = rows.combinations[-1].facts.values.get("priority")
    return [
        one if one.foreign else program.combination({**one.facts.values, "priority": priority}, one.era)
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
