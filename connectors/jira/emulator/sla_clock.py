"""The site's own SLA clock: the cycles that follow from what was done to one issue. Instants are epoch ms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.jira.emulator.hours import ALWAYS, Hours, after, counted, is_open

__all__ = ["Cycle", "Goal", "Metric", "Moment", "Reading", "read"]


@dataclass(frozen=True, slots=True)
class Goal:
    length: int  # milliseconds of open time
    hours: Hours = ALWAYS


@dataclass(frozen=True, slots=True)
class Metric:
    """When one clock starts, pauses and stops.

    id: as the API names it. stop_on_answer: an agent's public word ends it, and it never starts again; else it
    ends with the resolution, and begins anew when that is taken back.
    pause_in: names of statuses in which it does not count.
    goals: by priority id; `other` for those that are not named.
    """

    id: str
    name: str
    field_id: str
    stop_on_answer: bool
    pause_in: frozenset[str]
    goals: Mapping[str, Goal]
    other: Goal

    def goal(self, priority: str | None) -> Goal:
        return self.goals.get(priority or "", self.other)


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds of an issue from `at` on, and whether an agent answered in public at that instant."""

    at: int
    status: str
    priority: str | None
    resolved: bool
    answered: bool = False


@dataclass(slots=True)
class Cycle:
    """One run of a clock. `stop` None: it goes on; `since` None: it is paused."""

    start: int
    goal: Goal
    since: int | None
    stop: int | None = None
    spans: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def pause(self, at: int) -> None:
        if self.since is not None:
            self.spans.append((self.since, at))
            self.since = None

    def elapsed(self, now: int) -> int:
        """Return the open milliseconds that count until `now`, or until it stopped."""
        running = [] if self.since is None else [(self.since, now)]
        return sum(counted(self.goal.hours, start, end) for start, end in self.spans + running)

    def breach(self) -> int | None:
        """Return when the goal was or will be used up; None while the clock is paused before that."""
        left = self.goal.length
        for start, end in self.spans:
            part = counted(self.goal.hours, start, end)
            if part >= left:
                return after(self.goal.hours, start, left)
            left -= part
        begun = self.stop if self.since is None else self.since
        return None if begun is None else after(self.goal.hours, begun, left)

    def breached(self, now: int) -> bool:
        return self.elapsed(now) > self.goal.length

    def within_hours(self, now: int) -> bool:
        return is_open(self.goal.hours, now)


@dataclass(frozen=True, slots=True)
class Reading:
    """All cycles of one metric; at most one is ongoing."""

    metric: Metric
    completed: tuple[Cycle, ...]
    ongoing: Cycle | None


def read(metric: Metric, moments: Iterable[Moment]) -> Reading:
    """Return the cycles of one metric.

    moments: ascending, the first being the creation. Stop beats pause beats start where several fall together.
    A change of priority gives the running cycle its new goal, and what has elapsed stays.
    """
    done = list[Cycle]()
    running: Cycle | None = None
    for one in moments:
        stops = one.resolved or (metric.stop_on_answer and one.answered)
        if running is None and not stops and (not done or not metric.stop_on_answer):
            running = Cycle(one.at, metric.goal(one.priority), one.at)
        if running is None:
            continue
        running.goal = metric.goal(one.priority)
        if stops:
            running.pause(one.at)
            running.stop = one.at
            done.append(running)
            running = None
        elif one.status in metric.pause_in:
            running.pause(one.at)
        elif running.since is None:
            running.since = one.at
    return Reading(metric, tuple(done), running)
