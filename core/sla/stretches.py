"""Operational agreements: a clock for each stretch in which a team owns the ticket."""

from collections.abc import Sequence

from core.sla.plans import Plan
from core.sla.policy import MetricKind
from core.sla.program import Combination
from core.sla.run import BEGINS, CANCELS, ENDS, MOVES, RENEWS, STOPS
from core.sla.timeline import Timeline

__all__ = ["bound", "last_of"]

_DONE_BY_HANDING_ON = frozenset({MetricKind.RESOLUTION, MetricKind.STATUS_TIME})
_BY_THEMSELVES = frozenset({MetricKind.FIRST_RESPONSE, *_DONE_BY_HANDING_ON})


def bound(plan: Plan, rows: Timeline, found: list[int]) -> None:
    """Begin a clock where a team takes the ticket over, and end it where it hands it on.

    Handing on completes the team's part of the work; a reply that it still owed is owed no more, without result.
    """
    metric = plan.metric
    had: str | None = None
    stopped = False
    before: Combination | None = None
    has: str | None = None
    for row, combination in enumerate(rows.combinations):
        if combination is not before:
            has = combination.team if plan.owner in combination.owners else None
            before = combination
        mask = found[row]
        if has is None:
            mask &= ~(BEGINS | MOVES)
        elif metric.kind in _BY_THEMSELVES and not mask & STOPS and (has != had or stopped):
            mask |= BEGINS
        if had is not None and has != had:
            mask |= _handing_on(metric.kind, taken=has is not None)
        found[row], had, stopped = mask, has, bool(mask & STOPS)


def _handing_on(kind: MetricKind, *, taken: bool) -> int:
    if kind in _DONE_BY_HANDING_ON:
        return ENDS
    return RENEWS if taken and kind is MetricKind.FIRST_RESPONSE else CANCELS


def last_of(plan: Plan, combinations: Sequence[Combination], first: int, last: int) -> Combination:
    """Return the values that decide on a clock that is over: those with which the team had it."""
    combination = combinations[last]
    if plan.owner in combination.owners and combination.team == combinations[first].team:
        return combination
    return combinations[max(first, last - 1)]
