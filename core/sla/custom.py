"""Custom clocks: what their conditions make of each row."""

from typing import Final

from core.sla.conditions import Condition, Happening
from core.sla.matching import Facts, Moment, matches
from core.sla.plans import HAPPENINGS, Plan
from core.sla.policy import Turns
from core.sla.program import Combination, Program, Turned
from core.sla.run import BEGINS, CANCELS, ENDS, PAUSES, RENEWS
from core.sla.timeline import Timeline

__all__ = ["turn"]

_NO_TURNED: Final = Turned(None, 0)


def turn(program: Program, plan: Plan, rows: Timeline, found: list[int]) -> None:
    """Add to each row what the conditions of a custom clock say of it.

    They are asked once for each way from one combination of values to the next with the same happenings.
    """
    turns = plan.metric.turns
    if turns is None:
        return
    happened = dict(rows.happened)
    before: Combination | None = None
    for row, combination in enumerate(rows.combinations):
        edges = happened.get(row, 0) & plan.hears
        key = (plan.index, id(before), edges)
        known = combination.turned.get(key, _NO_TURNED)
        if known is _NO_TURNED or known.before is not before:
            facts = None if before is None else before.facts
            known = combination.turned[key] = Turned(before, _bits(turns, combination.facts, facts, edges))
        found[row] |= known.bits
        before = combination


def _bits(turns: Turns, facts: Facts, before: Facts | None, edges: int) -> int:
    words: list[Happening] = [word for word, bit in HAPPENINGS.items() if edges & bit]
    if before is None:
        words.append("created")
    moment = Moment(before, frozenset(words))

    def now(condition: Condition | None) -> bool:
        return condition is not None and matches(condition, facts, moment)

    bits = PAUSES if now(turns.pause) else 0
    if now(turns.stop):
        return bits | ENDS
    if now(turns.cancel):
        return bits | CANCELS
    if now(turns.reset):
        bits |= RENEWS
    if now(turns.start) and (before is None or not matches(turns.start, before)):
        bits |= BEGINS
    return bits
