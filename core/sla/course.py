"""What a due time follows from, as values that can be exchanged one by one: start, target, pauses, hours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from core.calendar import Calendar
from core.calendar.instants import SECOND, to_us
from core.sla.clocks import NEVER
from core.sla.count import Counted, count
from core.sla.ledger import Derivation, Ledger
from core.sla.lines import Line
from core.sla.run import Stretch
from core.sla.verdict import Clock, State

__all__ = ["Course", "Pause", "course_of", "within"]

Pause: TypeAlias = tuple[int, int | None]
"""From when until when (half-open, microseconds) a clock stands still; without an end: it still does."""

Held: TypeAlias = tuple[int, Calendar]
"""A calendar, and from when on it holds."""


@dataclass(frozen=True, slots=True)
class Course:
    """A clock's life without its reasons. Instants and amounts are microseconds.

    target: open time; None where `working_days` say it. pauses: ascending, disjoint.
    hours: the calendars in the order in which they hold; the first one before its instant, too.
    owed: pauses before the due instant move it by their length on the wall. at_due: that instant is late already.
    """

    start: int
    target: int | None
    pauses: tuple[Pause, ...]
    hours: tuple[Held, ...]
    working_days: int | None = None
    owed: bool = False
    at_due: bool = False

    def due(self) -> int | None:
        """Return when the target is or was used up; None while it stands still before that, or where it never is."""
        paused = self.pauses[-1][0] if self.pauses and self.pauses[-1][1] is None else None
        if paused is not None:
            found = self._counted(max(paused, self.start))
            return found.due if found.breached_at is not None else None
        bounds = [self.start, *(stop for _, stop in self.pauses if stop is not None), self.hours[-1][0]]
        return self._counted(max(bounds)).due

    def used(self, until: int) -> int:
        """Return how much of the clock's time had passed at an instant."""
        return self._counted(max(until, self.start)).used

    def allowed(self) -> int:
        """Return the target as open time."""
        return self._target()[0]

    def calendar_at(self, at: int) -> Calendar:
        """Return the calendar that holds at an instant."""
        return next((calendar for since, calendar in reversed(self.hours) if since <= at), self.hours[0][1])

    def _target(self) -> tuple[int, int]:
        """Return the target, and the instant before which it is never due."""
        if self.target is not None or self.working_days is None:
            return NEVER if self.target is None else self.target, self.start
        calendar = self.hours[-1][1]
        due = calendar.add_working_days_us(self.start, self.working_days)
        return (NEVER, self.start) if due is None else (calendar.elapsed_us(self.start, due), due)

    def _counted(self, end: int) -> Counted:
        target, not_before = self._target()
        stretches = list(self._stretches(end))
        calendars = [self.calendar_at(start) for start, _, _, _ in stretches]
        times = [
            calendar.elapsed_us(start, stop) for (start, stop, _, _), calendar in zip(stretches, calendars, strict=True)
        ]
        return count(
            stretches,
            times,
            [*calendars, self.hours[-1][1]],
            end,
            target,
            wall=self.owed,
            at_due=self.at_due,
            not_before=not_before,
        )

    def _stretches(self, end: int) -> Iterator[Stretch]:
        reached = self.start
        for since, until in self.pauses:
            stop = end if until is None else min(until, end)
            if stop <= reached:
                continue
            begin = max(since, reached)
            if begin >= end:
                break
            yield from self._cut(reached, begin, counted=True)
            yield from self._cut(begin, stop, counted=False)
            reached = stop
        yield from self._cut(reached, end, counted=True)

    def _cut(self, start: int, stop: int, *, counted: bool) -> Iterator[Stretch]:
        """Yield a stretch cut wherever another calendar begins to hold."""
        if start < stop:
            bounds = [start, *(since for since, _ in self.hours[1:] if start < since < stop), stop]
            for begin, end in pairwise(bounds):
                yield begin, end, counted, 0


def within(pauses: Sequence[Pause], cut: int | None) -> tuple[Pause, ...]:
    """Return what lies of the pauses before an instant; all of them without one."""
    if cut is None:
        return tuple(pauses)
    return tuple((since, cut if until is None else min(until, cut)) for since, until in pauses if since < cut)


def course_of(ledger: Ledger) -> Course | None:
    """Return the course that a clock of ours has taken; None where nobody can say how it stands."""
    one, clock = ledger.derivation, ledger.clock
    if one is None or clock.started_at is None:
        return None
    past = [line for line in one.lines if not line.forecast]
    target = one.target.seconds
    return Course(
        start=to_us(clock.started_at),
        target=None if target is None else target * SECOND,
        pauses=_pauses(past, one, clock),
        hours=_hours(past, one),
        working_days=one.target.working_days,
        owed=one.metric.pause_accounting == "wall_clock",
        at_due=one.metric.breach == "at",
    )


def _pauses(past: Sequence[Line], one: Derivation, clock: Clock) -> tuple[Pause, ...]:
    found: list[tuple[int, int]] = []
    for line in past:
        if not line.counted:
            start, stop = to_us(line.start), to_us(line.stop)
            if found and found[-1][1] == start:
                start = found.pop()[0]
            found.append((start, stop))
    if clock.state is not State.PAUSED:
        return tuple(found)
    if found and not past[-1].counted:
        return (*found[:-1], (found[-1][0], None))
    # It has been standing still for no time at all.
    return (*found, (to_us(one.marks[-1].at), None))


def _hours(past: Sequence[Line], one: Derivation) -> tuple[Held, ...]:
    found: list[Held] = []
    for line in past:
        if not found or found[-1][1].name != line.calendar:
            found.append((to_us(line.start), one.calendars[line.calendar]))
    last = one.calendars[one.grounds[-1].name]
    if not found:
        return ((to_us(one.marks[0].at), last),)
    if found[-1][1] is not last:
        found.append((to_us(past[-1].stop), last))
    return tuple(found)
