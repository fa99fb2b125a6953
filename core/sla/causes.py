"""Why two due times of one promise differ: what one follows from is put into the other, part by part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from core.calendar import Calendar
from core.calendar.instants import SECOND, to_us
from core.sla.course import Course, Pause, within
from core.sla.ledger import Ledger
from core.sla.lines import Why
from core.sla.pairing import MINUTE, near
from core.sla.policy import ALWAYS
from core.sla.supposed import ROUND_THE_CLOCK, Hint, one_day_more, otherwise
from core.sla.theirs import Theirs

__all__ = ["Aimed", "Cause", "Part", "Reckoned", "Step", "aimed", "reckon", "resolved_at", "steps_between", "used"]


class Cause(StrEnum):
    """Why ours and theirs are not the same.

    reopened: one side goes on with its clock after the ticket is reopened, the other one begins anew.
    another_cycle: only one side counts a clock here. no_clock: ours have none; no_promise: theirs have none.
    missing_history, unmapped_value: nobody can say how ours stands. not_confirmed_yet: what makes the difference
    lies where one side does not know all yet. still_ongoing, not_stated: there is nothing to compare, yet or at all.
    """

    START = "start"
    TARGET = "target"
    PRIORITY = "priority_at_another_time"
    PAUSE = "pause"
    PAUSE_OR_CALENDAR = "pause_or_calendar"
    CALENDAR = "calendar"
    END = "end"
    REOPENED = "reopened"
    ANOTHER_CYCLE = "another_cycle"
    NO_CLOCK = "no_clock"
    NO_PROMISE = "no_promise"
    MISSING_HISTORY = "missing_history"
    UNMAPPED = "unmapped_value"
    NOT_CONFIRMED = "not_confirmed_yet"
    ONGOING = "still_ongoing"
    NOT_STATED = "not_stated"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Part:
    """One cause, and by how many seconds our due time is later because of it; None: it cannot be put into a figure."""

    cause: Cause
    seconds: int | None = None
    hints: tuple[Hint, ...] = ()


class Reckoned(NamedTuple):
    """What the source's clock seems to have gone by besides its start and target.

    owed: pauses move the due instant by their length on the wall.
    pausing: the cause of other pauses; rest: of what neither pauses nor hours explain.
    """

    pauses: tuple[Pause, ...]
    owed: bool
    hours: tuple[tuple[int, Calendar], ...]
    hints: tuple[Hint, ...] = ()
    pausing: Cause = Cause.PAUSE
    rest: Cause = Cause.UNEXPLAINED


class Step(NamedTuple):
    """A course with one more part of theirs, and the cause which that part stands for."""

    cause: Cause
    course: Course
    hints: tuple[Hint, ...] = ()


def used(course: Course, other: Theirs) -> int | None:
    """Return what a course has used when the source last told; in whole minutes where it speaks in those."""
    if other.elapsed is None:
        return None
    at, told = other.elapsed
    if other.paused and other.ended is None and course.pauses and course.pauses[-1][1] is None:
        at = max(at, course.pauses[-1][0])  # what it told as it paused still holds
    found = course.used(at)
    return found // MINUTE * MINUTE if told % MINUTE == 0 else found


class Aimed(NamedTuple):
    """Our course with their start and target. cause: of another target; hints: who would have had it with us."""

    course: Course
    cause: Cause
    hints: tuple[Hint, ...]


def aimed(course: Course, ledger: Ledger, other: Theirs) -> Aimed:
    """Put their start and target into our course; a target of ours for something else brings its hours with it."""
    begun = replace(course, start=other.start)
    one = ledger.derivation
    if one is None or other.target is None or other.target == begun.allowed():
        return Aimed(begun, Cause.TARGET, ())
    theirs = other.target // SECOND
    having = {key: target for key, target in one.metric.targets.items() if target.seconds == theirs}
    hints = tuple(Hint("priority", "other" if key is None else str(key)) for key in having)
    then = [mark for mark in one.marks if mark.seconds == theirs]
    known = bool(hints) and one.target.seconds is not None and one.target.seconds * SECOND in other.other_targets
    cause = Cause.PRIORITY if known or then else Cause.TARGET
    name = then[-1].calendar if then else next((target.calendar for target in having.values()), None)
    hours = None if name is None else ROUND_THE_CLOCK if name == ALWAYS else one.rules.calendars.get(name)
    changed = hours is not None and hours.name != course.hours[-1][1].name
    return Aimed(
        replace(
            begun,
            target=other.target,
            working_days=None,
            hours=((other.start, hours),) if hours is not None and changed else course.hours,
        ),
        cause,
        hints,
    )


def steps_between(
    course: Course, found: Aimed, ledger: Ledger, other: Theirs, ended: int | None, reckoned: Reckoned
) -> list[Step]:
    """Return the courses that lead from ours to theirs, each with one part more of theirs; the last is all theirs.

    ended: when ours ended.
    """
    last = min((at for at in (ended, other.ended) if at is not None), default=None)
    ending = Cause.REOPENED if other.ended is not None and resolved_at(ledger, other.ended) else Cause.END
    cut = replace(found.course, pauses=within(course.pauses, last))
    paused = replace(cut, pauses=within(reckoned.pauses, last), owed=reckoned.owed)
    whole = replace(paused, pauses=reckoned.pauses)
    both = reckoned.pausing is Cause.PAUSE_OR_CALENDAR
    return [
        Step(Cause.START, replace(course, start=other.start)),
        Step(found.cause, found.course, found.hints),
        Step(ending, cut),
        Step(reckoned.pausing, paused, reckoned.hints if both else ()),
        Step(ending, whole),
        Step(Cause.CALENDAR, replace(whole, hours=reckoned.hours), reckoned.hints),
    ]


def resolved_at(ledger: Ledger, at: int) -> bool:
    """Tell whether a clock of ours was only stopped at an instant, to go on when the ticket was reopened."""
    one = ledger.derivation
    return one is not None and any(
        line.why is Why.RESOLVED and not line.forecast and near(to_us(line.start), at) for line in one.lines
    )


def reckon(course: Course, other: Theirs, calendars: Mapping[str, Calendar], *, told: bool) -> Reckoned:
    """Return by which pauses and hours theirs comes to its figures, as far as that can be told.

    course: ours, with their start and target. told: the source tells of pauses, so that there are no others.
    """
    if told:
        return _by_hours(replace(course, pauses=other.pauses), other, calendars)
    return _by_both(course, other, calendars)


def _by_hours(course: Course, other: Theirs, calendars: Mapping[str, Calendar]) -> Reckoned:
    """Try our hours and others; and, where our pauses move due times by their length on the wall, that they do not."""
    plain = replace(course, owed=False)
    if other.business is False:
        always = ((course.start, ROUND_THE_CLOCK),)
        return Reckoned(course.pauses, False, always, (Hint("always"),))
    for each in (course, plain):
        if _fits(each, other, both=False):
            return Reckoned(each.pauses, each.owed, each.hours)
    found = _hours(plain, other, calendars, both=False)
    if not found:
        return Reckoned(course.pauses, False, course.hours, rest=Cause.CALENDAR)
    return Reckoned(course.pauses, False, ((course.start, found[0][1]),), _hints(found))


def _by_both(course: Course, other: Theirs, calendars: Mapping[str, Calendar]) -> Reckoned:
    """Try what is simplest first: our pauses and none, our hours and others; all their figures have to come out."""
    ours, hours = course.pauses, course.hours
    plain, unpaused = replace(course, owed=False), replace(course, pauses=(), owed=False)
    for each in (course, plain):
        if _fits(each, other):
            return Reckoned(ours, each.owed, hours)
    paused = _hours(plain, other, calendars)
    if ours and _fits(unpaused, other):
        both = Cause.PAUSE_OR_CALENDAR if paused else Cause.PAUSE
        return Reckoned((), False, hours, _hints(paused), pausing=both)
    if paused:
        return Reckoned(ours, False, ((course.start, paused[0][1]),), _hints(paused))
    neither = _hours(unpaused, other, calendars) if ours else []
    if neither:
        return Reckoned((), False, ((course.start, neither[0][1]),), _hints(neither))
    return Reckoned(ours, course.owed, hours, rest=_left_open(unpaused, other))


def _left_open(unpaused: Course, other: Theirs) -> Cause:
    """Return what can be said where neither known pauses nor known hours lead to their figures."""
    if other.elapsed is None:
        return Cause.PAUSE_OR_CALENDAR
    at, told = other.elapsed
    most = used(unpaused, other) or 0
    if told > most + MINUTE:
        return Cause.CALENDAR  # they counted while our hours are closed
    left = None if other.target is None else other.target - told
    if other.due is None or left is None or left <= 0:
        return Cause.PAUSE_OR_CALENDAR
    ahead = unpaused.hours[-1][1].add_us(at, left)
    # What is left is used up by hours alone: pauses lie before.
    return Cause.PAUSE if ahead is not None and near(ahead, other.due) else Cause.CALENDAR


def _hours(
    course: Course, other: Theirs, calendars: Mapping[str, Calendar], *, both: bool = True
) -> list[tuple[Hint, Calendar]]:
    """Return the other hours by which a course comes to their figures."""
    own, start = course.hours[-1][1], course.start
    ends = [at for at in (other.due, course.due(), other.elapsed and other.elapsed[0]) if at is not None]
    end = max(start, *ends) if ends else start
    tried = otherwise(own, calendars, start, end, business=other.business)
    found = [each for each in tried if _fits(replace(course, hours=((start, each[1]),)), other, both=both)]
    if found:
        return found
    days = one_day_more(own, start, end)
    closed = [each for each in days if _fits(replace(course, hours=((start, each[1]),)), other, both=both)]
    return closed if len(closed) < 2 else [(Hint("closed"), closed[0][1])]


def _hints(found: Sequence[tuple[Hint, Calendar]]) -> tuple[Hint, ...]:
    return tuple(hint for hint, _ in found[:3])


def _fits(course: Course, other: Theirs, *, both: bool = True) -> bool:
    """Tell whether a course comes to their figures: the due instant, and what was used.

    both: else what was used only counts where no due instant is stated.
    """
    if other.due is not None:
        due = course.due()
        if due is None or not near(due, other.due):
            return False
        if not both:
            return True
    found = used(course, other)
    return other.elapsed is None or (found is not None and near(found, other.elapsed[1]))
