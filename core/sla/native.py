"""The source's own clocks as people read them, out of its single statements: to show, and to compare with ours."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from core.tickets import NativeClock, Says

__all__ = ["NativeReading", "by_number", "by_time", "read"]

NativeState: TypeAlias = Literal["running", "paused", "completed"]

_STATES: dict[Says, NativeState] = {
    Says.STARTED: "running",
    Says.PAUSED: "paused",
    Says.COMPLETED: "completed",
}


@dataclass(frozen=True, slots=True)
class NativeReading:
    """One clock of the source. Absent is what the source does not state: a clock without a target is only a measure.

    target_seconds, elapsed_seconds: hours of the source's schedule where `business`, else all hours; the
        source tells what has elapsed when the clock pauses or ends, and in whole minutes.
    breached_at: when the target was used up, where that was before the completion and before now.
    """

    metric: str
    cycle: int
    state: NativeState
    policy: str | None = None
    target_seconds: int | None = None
    business: bool | None = None
    started_at: datetime | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None
    breached_at: datetime | None = None
    elapsed_seconds: int | None = None

    @property
    def breached(self) -> bool:
        return self.breached_at is not None


def read(statements: Iterable[NativeClock], now: datetime) -> tuple[NativeReading, ...]:
    """Return the clocks of one ticket, by start.

    statements: all about this ticket in any order, withdrawn ones too.
    now: the source's time; due instants are stated in advance, so one that lies ahead is no breach.
    """
    clocks: defaultdict[tuple[str, int], list[NativeClock]] = defaultdict(list)
    for each in statements:
        if not each.withdrawn:
            clocks[each.metric, each.cycle].append(each)
    found = [_reading(metric, cycle, sorted(said, key=by_time), now) for (metric, cycle), said in clocks.items()]
    return tuple(sorted(found, key=lambda each: (each.started_at or now, each.metric, each.cycle)))


def _reading(metric: str, cycle: int, said: Sequence[NativeClock], now: datetime) -> NativeReading:
    by_kind: defaultdict[Says, list[NativeClock]] = defaultdict(list)
    for each in said:
        by_kind[each.says].append(each)
    moves = [each for each in said if each.says in _STATES]
    state = _STATES[moves[-1].says] if moves else "running"
    completed_at = moves[-1].at if state == "completed" else None
    # What is stated of a clock that stands still is the due instant from before.
    until = now if state == "running" else moves[-1].at
    target = by_kind[Says.TARGET][-1] if by_kind[Says.TARGET] else None
    passed = [each.at for each in by_kind[Says.DUE] if each.at <= until]
    spent = [each for each in by_kind[Says.ELAPSED] if each.business == (target.business if target else False)]
    return NativeReading(
        metric=metric,
        cycle=cycle,
        state=state,
        policy=target.policy if target else None,
        target_seconds=target.seconds if target else None,
        business=target.business if target else None,
        started_at=min((each.at for each in by_kind[Says.STARTED]), default=None),
        # The one that was stated last holds: a new target moves it, and a due instant that has passed stays stated.
        due_at=max(by_kind[Says.DUE], key=by_number).at if by_kind[Says.DUE] else None,
        completed_at=completed_at,
        breached_at=min(passed, default=None),
        elapsed_seconds=spent[-1].seconds if spent else None,
    )


def by_time(said: NativeClock) -> tuple[datetime, tuple[int, str]]:
    """Return what orders statements by when they hold from."""
    return said.at, by_number(said)


def by_number(said: NativeClock) -> tuple[int, str]:
    """Return what orders ids as numbers where they are: the longer one is the greater."""
    return len(said.id), said.id
