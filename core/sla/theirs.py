"""A clock of the source's own as a ledger: when it ran, what was allowed, when it was due, out of single statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.calendar.instants import SECOND, to_us
from core.sla.course import Pause
from core.sla.native import by_number, by_time
from core.tickets import NativeClock, Says

__all__ = ["Theirs", "theirs"]


@dataclass(frozen=True, slots=True)
class Theirs:
    """One clock of the source. Instants and amounts are microseconds; None is what it does not state.

    metric: the source's word. paused: it stands still, or did when it ended.
    started: when it began; begun: the first that is known of it, where that is not stated.
    pauses: those that are stated, ascending; one that goes on has no end.
    target: the last one; or an earlier one, by which the due instant that stands was stated: what is late stays late.
    aimed: since when that target holds. other_targets: the others.
    business: whether these are hours of the source's schedule.
    due: also of a clock that ended in time, where it was stated until then.
    elapsed: at which instant it had used how much, as last stated.
    """

    metric: str
    cycle: int
    policy: str | None
    started: int | None
    begun: int
    ended: int | None
    paused: bool
    pauses: tuple[Pause, ...]
    target: int | None
    aimed: int
    other_targets: frozenset[int]
    business: bool | None
    due: int | None
    elapsed: tuple[int, int] | None

    @property
    def start(self) -> int:
        return self.begun if self.started is None else self.started


def theirs(statements: Iterable[NativeClock]) -> list[Theirs]:
    """Return the clocks that one ticket's statements tell of, by start.

    statements: in any order, withdrawn ones too: a due instant that was taken back because the clock ended in time is
        still the one to compare.
    """
    clocks: defaultdict[tuple[str, int], list[NativeClock]] = defaultdict(list)
    for each in statements:
        clocks[each.metric, each.cycle].append(each)
    found = [
        _one(metric, cycle, sorted(said, key=by_time))
        for (metric, cycle), said in clocks.items()
        if any(not each.withdrawn for each in said)
    ]
    return sorted(found, key=lambda each: (each.start, each.metric, each.cycle))


def _one(metric: str, cycle: int, said: Sequence[NativeClock]) -> Theirs:
    held = [each for each in said if not each.withdrawn]
    ended = next((to_us(each.at) for each in held if each.says is Says.COMPLETED), None)
    pauses, paused = _pauses(held, ended)
    due = _due(said, over=ended is not None and not paused)
    targets = sorted(
        (each for each in held if each.says is Says.TARGET and each.seconds is not None),
        key=by_time,
    )
    target = _target(targets, due)
    business = None if target is None else target.business
    spent = [each for each in held if each.says is Says.ELAPSED and each.business == business]
    last = spent[-1] if spent else None
    begun = to_us(held[0].at)
    return Theirs(
        metric=metric,
        cycle=cycle,
        policy=None if target is None else target.policy,
        started=next((to_us(each.at) for each in held if each.says is Says.STARTED), None),
        begun=begun,
        ended=ended,
        paused=paused,
        pauses=pauses,
        target=None if target is None else _amount(target),
        aimed=begun if target is None else to_us(target.at),
        other_targets=frozenset(_amount(each) for each in targets if each is not target),
        business=business,
        due=None if due is None else to_us(due.at),
        elapsed=None if last is None else (to_us(last.at), _amount(last)),
    )


def _amount(said: NativeClock) -> int:
    return (said.seconds or 0) * SECOND


def _target(targets: Sequence[NativeClock], due: NativeClock | None) -> NativeClock | None:
    """Return the target by which the due instant was stated; without one, the last."""
    before = [each for each in targets if due is not None and by_number(each) < by_number(due)]
    return next(reversed(before or targets), None)


def _pauses(held: Sequence[NativeClock], ended: int | None) -> tuple[tuple[Pause, ...], bool]:
    """Return the pauses, and whether the last one went on until the end, or goes on."""
    found: list[Pause] = []
    since: int | None = None
    for each in held:
        if each.says is Says.PAUSED and since is None:
            since = to_us(each.at)
        elif each.says is Says.STARTED and since is not None:
            found.append((since, to_us(each.at)))
            since = None
    if since is None:
        return tuple(found), False
    found.append((since, ended))
    return tuple(found), True


def _due(said: Sequence[NativeClock], *, over: bool) -> NativeClock | None:
    """Return the due instant that holds, or of a clock that was over while it ran, the one that held until then."""
    stated = sorted((each for each in said if each.says is Says.DUE), key=by_number)
    kept = [each for each in stated if not each.withdrawn]
    return next(reversed(kept or (stated if over else [])), None)
