"""A ticket's clocks beside those of its source: every promise of either side once, and how they compare."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from core.calendar.instants import to_us
from core.sla.causes import Cause, Part
from core.sla.ledger import Ledger
from core.sla.marks import Effect
from core.sla.pairing import Life, near, paired
from core.sla.policy import Agreement, MetricKind, Reopen, Rules
from core.sla.theirs import Theirs
from core.sla.verdict import State
from core.sla.weighing import Sight, Weighed, ended, unseen, weigh

__all__ = ["Beside", "Pairs", "beside", "pairs_of", "timed"]

Pairs: TypeAlias = Mapping[str, tuple[tuple[Agreement | None, str], ...]]
"""By the source's word in lower case, the metrics that time the same, and of which agreement where that is said."""

_ORDER: Final = (Agreement.SLA, Agreement.OLA, Agreement.VENDOR, Agreement.GOAL)


@dataclass(frozen=True, slots=True)
class Beside:
    """One promise; at least one side has it. native_metric: the source's word for it."""

    native_metric: str
    ours: Ledger | None
    theirs: Theirs | None
    weighed: Weighed

    @property
    def cause(self) -> Cause | None:
        return self.weighed.parts[0].cause if self.weighed.parts else None

    @property
    def start(self) -> int | None:
        """Return since when it goes, by the source where that has it; microseconds."""
        if self.theirs is not None:
            return self.theirs.start
        return _life(self.ours).start if self.ours is not None else None


def pairs_of(words: Mapping[str, Iterable[str]]) -> Pairs:
    """Return what a mapping says of native metrics; of two spellings of one word the later one counts."""
    found: dict[str, tuple[tuple[Agreement | None, str], ...]] = {}
    for word, names in words.items():
        parts = (name.rpartition("/") for name in names)
        found[word.casefold()] = tuple((Agreement(before) if slash else None, name) for before, slash, name in parts)
    return found


def timed(pairs: Pairs, rules: Rules) -> frozenset[str]:
    """Return the words of which at least one metric is timed by a policy."""
    there = {(policy.agreement, name) for policy in rules.policies for name in policy.metrics}
    names = {name for _, name in there}
    return frozenset(
        word
        for word, wanted in pairs.items()
        if any(name in names if agreement is None else (agreement, name) in there for agreement, name in wanted)
    )


def beside(ledgers: Sequence[Ledger], clocks: Sequence[Theirs], pairs: Pairs, sight: Sight) -> list[Beside]:
    """Return every promise of a ticket, by the source's word, then by start.

    ledgers, clocks: all of the ticket. pairs: words that are not in it are left out.
    """
    found: list[Beside] = []
    for word in dict.fromkeys(each.metric for each in clocks):
        wanted = pairs.get(word.casefold())
        if wanted:
            found += _of_word(word, _ours(ledgers, wanted), [each for each in clocks if each.metric == word], sight)
    return found


def _ours(ledgers: Sequence[Ledger], wanted: Sequence[tuple[Agreement | None, str]]) -> list[Ledger]:
    """Return our clocks of these metrics under the first agreement that has any, by start."""
    rank = {name: place for place, (_, name) in enumerate(wanted)}
    for agreement in _ORDER:
        names = {name for of, name in wanted if of in (None, agreement)}
        found = [one for one in ledgers if one.clock.agreement is agreement and one.clock.id.metric in names]
        if found:
            return sorted(found, key=lambda one: (_life(one).start, rank[one.clock.id.metric], one.clock.cycle))
    return []


def _of_word(word: str, ours: Sequence[Ledger], clocks: Sequence[Theirs], sight: Sight) -> list[Beside]:
    unknown = next((one for one in ours if one.clock.state is State.UNKNOWN), None)
    if unknown is not None:
        # What nobody can say of one is true of all that begin with the same history.
        return [Beside(word, unknown, each, weigh(unknown, each, sight)) for each in clocks if each.target is not None]
    found: list[Beside] = []
    lives = [Life(each.start, each.ended) for each in clocks]
    for i, j in paired([_life(one) for one in ours], lives):
        mine, other = None if i is None else ours[i], None if j is None else clocks[j]
        if mine is not None and other is not None and other.target is not None:
            found.append(Beside(word, mine, other, weigh(mine, other, sight)))
        elif mine is not None:
            found.append(Beside(word, mine, None, _without_theirs(mine, other, clocks, ours, sight)))
        elif other is not None and other.target is not None:
            found.append(Beside(word, None, other, _without_ours(other, ours, sight)))
    return found


def _without_theirs(
    mine: Ledger, other: Theirs | None, clocks: Sequence[Theirs], ours: Sequence[Ledger], sight: Sight
) -> Weighed:
    """Say why the source promises nothing where we do. other: its clock, which only measures."""
    start = _life(mine).start
    if other is not None:
        return _alone(Cause.NO_PROMISE)
    if unseen(start, sight.theirs):
        return _alone(Cause.NOT_CONFIRMED, decided=False)
    going = any(each.start < start and (each.ended is None or each.ended > start) for each in clocks)
    return _alone(Cause.REOPENED if going and _begins_anew(mine, ours) else Cause.ANOTHER_CYCLE)


def _without_ours(other: Theirs, ours: Sequence[Ledger], sight: Sight) -> Weighed:
    """Say why we promise nothing where the source does."""
    if unseen(other.start, sight.ours):
        return _alone(Cause.NOT_CONFIRMED, decided=False)
    if not ours:
        return _alone(Cause.NO_CLOCK)
    return _alone(Cause.REOPENED if any(_reopened(one, other.start) for one in ours) else Cause.ANOTHER_CYCLE)


def _begins_anew(one: Ledger, ours: Sequence[Ledger]) -> bool:
    """Tell whether a clock of ours is there because the ticket was reopened, and not in the place of another one."""
    if any(each.clock.state is State.CANCELLED and ended(each) == _life(one).start for each in ours):
        return False
    metric = None if one.derivation is None else one.derivation.metric
    if metric is None or metric.reopen is not Reopen.RESTART:
        return False
    return metric.kind in (MetricKind.RESOLUTION, MetricKind.STATUS_TIME) and one.clock.cycle > 1


def _reopened(one: Ledger, at: int) -> bool:
    """Tell whether a clock of ours went on at an instant because the ticket was reopened then."""
    marks = one.derivation.marks if one.derivation is not None else ()
    return any(Effect.REOPENED in mark.effects and near(to_us(mark.at), at) for mark in marks)


def _alone(cause: Cause, *, decided: bool = True) -> Weighed:
    return Weighed(None, None, agrees=False if decided else None, parts=(Part(cause),))


def _life(one: Ledger | None) -> Life:
    started = None if one is None else one.clock.started_at
    return Life(0, None) if one is None or started is None else Life(to_us(started), ended(one))
