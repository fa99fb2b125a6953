"""Scenarios run: what the engine and the calendars answer, against what is expected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.calendar.instants import from_us, to_us
from core.settings.scenario_values import Endpoints, Expected, Landing, Op, Scenario, TicketScenario, TimeScenario, Way
from core.sla import judge
from core.sla.found import find
from core.sla.policy import Agreement
from core.sla.program import program
from core.sla.timeline import timeline
from core.sla.verdict import Clock, State

__all__ = ["Difference", "Outcome", "Pause", "clocks", "pauses", "run"]

NOTHING: Mapping[str, object] = {
    "state": "inactive",
    "cycles": 0,
    "cycles_breached": 0,
    "elapsed_seconds": 0,
    "paused_seconds": 0,
    "paused_wall_seconds": 0,
    "breached": False,
}
"""What there is to say of a metric without a clock."""


@dataclass(frozen=True, slots=True)
class Difference:
    """metric: empty for a question to a calendar. expected, got: None for nothing. why: of a right answer that is
    of another kind than those before it.
    """

    metric: str
    key: str
    expected: object
    got: object
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """clocks: the one that each metric with a difference was judged by, where there is one."""

    scenario: Scenario
    differences: tuple[Difference, ...]
    clocks: Mapping[str, Clock]

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class Pause:
    """status: that of the ticket in it."""

    since: datetime
    until: datetime
    status: str


class _Habit:
    """Which of two kinds of answers is given: one program must always give the same."""

    def __init__(self) -> None:
        self._landing: Landing | None = None
        self._endpoints: Endpoints | None = None

    def difference(self, metric: str, key: str, ways: Sequence[Way], got: object, tolerance: int) -> Difference | None:
        """Return what is different; None for a right answer, whose kind the later ones must have too."""
        right = [way for way in ways if _same(way.value, got, tolerance)]
        usual = [way for way in right if self._usual(way)]
        if not usual:
            way = next((way for way in ways if self._usual(way)), ways[0])
            why = f"{_kind(right[0])}, where it was {_kind(way)} before" if right else ""
            return Difference(metric, key, way.value, got, why)
        if len(usual) == 1:
            self._landing = self._landing or usual[0].landing
            self._endpoints = self._endpoints or usual[0].endpoints
        return None

    def _usual(self, way: Way) -> bool:
        landing = self._landing is None or way.landing in (None, self._landing)
        return landing and (self._endpoints is None or way.endpoints in (None, self._endpoints))


def _kind(way: Way) -> str:
    return " by ".join(part for part in (way.landing, way.endpoints) if part)


def _same(wanted: object, got: object, tolerance: int) -> bool:
    if isinstance(wanted, datetime) and isinstance(got, datetime):
        return abs(got - wanted) <= timedelta(seconds=tolerance)
    if type(wanted) is int and type(got) is int:
        return abs(got - wanted) <= tolerance
    return wanted == got


def run(scenarios: Iterable[Scenario]) -> Iterator[Outcome]:
    """Yield what comes of each scenario, in their order."""
    habit = _Habit()
    for scenario in scenarios:
        if isinstance(scenario, TimeScenario):
            got = dict.fromkeys(scenario.expected, _answer(scenario))
            yield Outcome(scenario, tuple(_compared("", scenario.expected, got, scenario.tolerance, habit)), {})
        else:
            yield _judged(scenario, habit)


def _compared(
    metric: str, expected: Expected, got: Mapping[str, object], tolerance: int, habit: _Habit
) -> Iterator[Difference]:
    for key, ways in expected.items():
        # What is counted is exact; instants and durations may be a little different.
        allowed = tolerance if not key.startswith("cycles") else 0
        found = habit.difference(metric, key, ways, got.get(key), allowed)
        if found is not None:
            yield found


def _answer(asked: TimeScenario) -> object:
    match asked.op:
        case Op.ELAPSED:
            return int(asked.calendar.elapsed(asked.at, asked.end or asked.at).total_seconds())
        case Op.ADD:
            return asked.calendar.add(asked.at, timedelta(seconds=asked.seconds))
        case Op.IS_OPEN:
            return asked.calendar.is_open(asked.at)
        case Op.NEXT_OPEN:
            return asked.calendar.next_open(asked.at)


def _judged(scenario: TicketScenario, habit: _Habit) -> Outcome:
    every = list(clocks(scenario))
    differences = list[Difference]()
    last = dict[str, Clock]()
    for metric, expected in scenario.expected.items():
        mine = _of_one_agreement([clock for clock in every if clock.id.metric == metric], expected)
        found = list(_compared(metric, expected, _values(mine), scenario.tolerance, habit))
        differences += found
        if found and mine:
            last[metric] = mine[-1]
    return Outcome(scenario, tuple(differences), last)


def clocks(scenario: TicketScenario) -> Iterator[Clock]:
    """Yield the clocks as they stand, of each metric in their order; before the ticket there is none."""
    if scenario.now < scenario.history.ticket.created_at:
        return
    for rules in scenario.rules:
        yield from judge(scenario.history, scenario.desk, [rules], scenario.now).clocks


def _of_one_agreement(clocks: Sequence[Clock], expected: Expected) -> Sequence[Clock]:
    """Return the clocks of the agreement that is meant: that of the expected policy, else the first that has any."""
    (wanted, *_) = (way.value for way in expected.get("policy", (Way(None),)))
    for agreement in (clock.agreement for clock in clocks if clock.id.policy == wanted):
        return [clock for clock in clocks if clock.agreement is agreement]
    for agreement in Agreement:
        mine = [clock for clock in clocks if clock.agreement is agreement]
        if mine:
            return sorted(mine, key=lambda clock: clock.cycle)
    return []


def _values(clocks: Sequence[Clock]) -> Mapping[str, object]:
    """Return what is to be said of a metric: of its last clock, and how many there are."""
    if not clocks:
        return NOTHING
    clock = clocks[-1]
    return {
        "state": str(State.INACTIVE if clock.state is State.CANCELLED else clock.state),
        "started_at": clock.started_at,
        "completed_at": clock.completed_at,
        "target_seconds": clock.target_seconds,
        "due_at": clock.due_at,
        "elapsed_seconds": clock.elapsed_seconds,
        "remaining_seconds": clock.remaining_seconds,
        "breached": clock.breached,
        "paused_seconds": clock.paused_seconds,
        "paused_wall_seconds": clock.paused_wall_seconds,
        "cycles": len(clocks),
        "cycles_breached": sum(one.breached for one in clocks),
        "policy": clock.id.policy,
        "calendar": clock.calendar,
    }


def pauses(scenario: TicketScenario, clock: Clock) -> Iterator[Pause]:
    """Yield where one of its clocks stood still, in order."""
    for rules in scenario.rules:
        ready = program(scenario.desk, rules)
        rows = timeline(scenario.history, scenario.desk, ready, scenario.now)
        for found in find(ready, rows, to_us(scenario.now)):
            mine = (found.plan.policy.name, found.plan.name, found.number)
            if mine == (clock.id.policy, clock.id.metric, clock.cycle):
                for start, stop, counted, row in found.cycle.stretches:
                    if not counted:
                        yield Pause(from_us(start), from_us(stop), str(rows.views[row].status))
