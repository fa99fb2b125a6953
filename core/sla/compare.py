"""Two judgements of one ticket beside each other: which clocks end otherwise, move, come or go."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from core.calendar.instants import to_us
from core.sla.policy import Agreement, AtRisk
from core.sla.verdict import Clock, State

__all__ = ["Change", "Held", "Outcome", "Pair", "at_risk_seconds", "held", "outcome_of", "pairs"]


class Outcome(StrEnum):
    """How a clock counts. open: neither over nor breached; breached: whether over or not."""

    MET = "met"
    BREACHED = "breached"
    OPEN = "open"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Change(StrEnum):
    """What becomes of a clock, the first that applies.

    otherwise: it ends, stands or counts otherwise, but is breached on neither side. moved: another due time or
    target. reassigned: the same, by another policy.
    """

    APPEARS = "appears"
    VANISHES = "vanishes"
    NEWLY_BREACHED = "newly_breached"
    NO_LONGER_BREACHED = "no_longer_breached"
    OTHERWISE = "otherwise"
    MOVED = "moved"
    REASSIGNED = "reassigned"
    SAME = "same"


class Held(NamedTuple):
    """What counts of a clock in a comparison.

    due: microseconds. target, at_risk: seconds of its calendar's time; at_risk: how long it stood at risk so far.
    """

    # The first three say which promise it is, the first four which clock.
    agreement: str
    metric: str
    started_by: str
    policy: str
    outcome: Outcome
    due: int | None
    target: int | None
    at_risk: int


class Pair(NamedTuple):
    """One promise on both sides; at least one of them has it."""

    before: Held | None
    after: Held | None
    change: Change


_OUTCOMES = {
    "running": Outcome.OPEN,
    "paused": Outcome.OPEN,
    "completed": Outcome.MET,
    "cancelled": Outcome.CANCELLED,
}


def outcome_of(state: str, *, breached: bool) -> Outcome:
    """Return how a clock in this state counts; a cancelled one is over without result, whatever it was before."""
    found = _OUTCOMES.get(state, Outcome.UNKNOWN)
    return Outcome.BREACHED if breached and found in (Outcome.OPEN, Outcome.MET) else found


def at_risk_seconds(threshold: AtRisk, elapsed: int, target: int | None) -> int:
    """Return how much of the clock's time passed while no more than the threshold was left, and it was not late.

    elapsed, target: seconds of the clock's time. None: a target that is never used up.
    """
    if target is None:
        return 0
    left = threshold.threshold(target)
    return max(0, min(elapsed, target) - (target - left))


def held(clock: Clock, threshold: AtRisk) -> Held:
    """Return what counts of a clock. threshold: that of its policy."""
    counted = outcome_of(clock.state, breached=clock.breached)
    unknown = clock.state is State.UNKNOWN
    return Held(
        clock.agreement,
        clock.id.metric,
        clock.id.started_by,
        clock.id.policy,
        counted,
        None if clock.due_at is None else to_us(clock.due_at),
        clock.target_seconds,
        0 if unknown else at_risk_seconds(threshold, clock.elapsed_seconds, clock.target_seconds),
    )


def pairs(before: Iterable[Held], after: Sequence[Held]) -> list[Pair]:
    """Return every promise that either side has, those of `after` first.

    It is the same one by its agreement, its metric and the event that started it, whichever policy has it; teams do
    not take over each other's.
    """
    old = {one[:4]: one for one in before}
    partners = [old.pop(one[:4], None) for one in after]
    left: defaultdict[tuple[str, str, str], list[Held]] = defaultdict(list)
    for one in old.values() if None in partners else ():
        if one.agreement != Agreement.OLA:
            left[one[:3]].append(one)
    found: list[Pair] = []
    for one, same in zip(after, partners, strict=True):
        others = left.get(one[:3]) if same is None else None
        partner = old.pop(others.pop(0)[:4]) if others else same
        found.append(Pair(partner, one, Change.APPEARS if partner is None else _change(partner, one)))
    found += [Pair(one, None, Change.VANISHES) for one in old.values()]
    return found


def _change(old: Held, new: Held) -> Change:
    if old.outcome is not new.outcome:
        if new.outcome is Outcome.BREACHED:
            return Change.NEWLY_BREACHED
        return Change.NO_LONGER_BREACHED if old.outcome is Outcome.BREACHED else Change.OTHERWISE
    if old.due != new.due or old.target != new.target:
        return Change.MOVED
    return Change.SAME if old.policy == new.policy else Change.REASSIGNED
