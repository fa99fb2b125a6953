"""What a clock's durations are some time after it was judged, while no event has come in between."""

from dataclasses import dataclass
from datetime import datetime

from core.calendar import Calendar
from core.calendar.instants import SECOND, to_us
from core.sla.count import spent
from core.sla.policy import Metric
from core.sla.verdict import State

__all__ = ["Durations", "later"]


@dataclass(frozen=True, slots=True)
class Durations:
    """Whole seconds, as of a clock. remaining: target less elapsed, always; None without a target that can end."""

    elapsed: int
    remaining: int | None
    paused: int


def later(
    judged: Durations,
    state: State,
    metric: Metric,
    calendar: Calendar,
    since: datetime,
    now: datetime,
    *,
    breached: bool,
) -> Durations:
    """Return the durations at `now` of a clock that was judged at `since`; what judging at `now` would give.

    Each judgement rounds down to whole seconds, so the two may lie one second apart.
    calendar: that of the clock. Before `since`, and in states in which no time passes, they stay as they are.
    """
    if state not in (State.RUNNING, State.PAUSED) or now <= since:
        return judged
    start, end = to_us(since), to_us(now)
    open_time, counted = calendar.elapsed_us(start, end), state is State.RUNNING
    owed = metric.pause_accounting == "wall_clock" and not breached
    passed = spent(open_time, end - start, counted=counted, owed=owed) // SECOND
    return Durations(
        elapsed=judged.elapsed + passed,
        remaining=None if judged.remaining is None else judged.remaining - passed,
        paused=judged.paused if counted else judged.paused + open_time // SECOND,
    )
