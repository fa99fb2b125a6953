"""A clock of ours beside the source's own: by how much they differ, and which cause has which share in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple, TypeAlias

from core.calendar import Calendar
from core.calendar.instants import SECOND, to_us
from core.sla.causes import Cause, Part, aimed, reckon, resolved_at, steps_between, used
from core.sla.course import Course, Pause, course_of
from core.sla.ledger import Ledger, Unknown
from core.sla.marks import Effect
from core.sla.pairing import MINUTE, near
from core.sla.supposed import Hint
from core.sla.theirs import Theirs
from core.sla.verdict import State

__all__ = ["Sight", "Weighed", "ended", "unseen", "weigh"]

By: TypeAlias = Literal["due", "left"]
"""What is compared: the due instants; or, where the source states none, what is left of the targets."""

_UNKNOWN: Final[dict[Unknown, Cause]] = {
    "history": Cause.MISSING_HISTORY,
    "gap": Cause.MISSING_HISTORY,
    "linked": Cause.MISSING_HISTORY,
    "mapping": Cause.UNMAPPED,
}
_BY_EVENTS: Final = frozenset({Cause.PAUSE, Cause.END, Cause.REOPENED, Cause.PAUSE_OR_CALENDAR})
_TARGETS: Final = frozenset({Cause.TARGET, Cause.PRIORITY})
_NEVER: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Sight:
    """How much is known on either side. Instants are microseconds.

    ours: the instant before which the ticket's history is whole; theirs: up to which the source's statements have come;
    None: nothing is. pauses: the source tells when its clocks stand still. calendars: those of the rules in force.
    """

    ours: int | None
    theirs: int | None
    pauses: bool
    calendars: Mapping[str, Calendar] = field(default_factory=dict[str, Calendar])


@dataclass(frozen=True, slots=True)
class Weighed:
    """What came out.

    ours: our due instant, also that of a clock that ended without result, until it did.
    difference: seconds by which our due time is later. agrees: to the minute; None: that cannot be told.
    parts: the causes, the greatest first; to the minute, they add up to the difference. None where they agree.
    """

    by: By | None
    difference: int | None
    agrees: bool | None
    parts: tuple[Part, ...] = ()
    ours: int | None = None


class _Parting(NamedTuple):
    """The first instant at which one clock does what the other does not. ours: it is ours that does something."""

    at: int
    ours: bool
    ending: bool


def weigh(ledger: Ledger, other: Theirs, sight: Sight) -> Weighed:
    """Compare a clock of ours with one of theirs that has a target.

    ledger: without a derivation it can only be told whether the due instants agree.
    """
    due = ledger.clock.due_at
    if due is not None and other.due is not None and near(to_us(due), other.due):
        return Weighed("due", _seconds(to_us(due) - other.due), agrees=True, ours=to_us(due))
    course = course_of(ledger)
    if course is None:
        return Weighed(None, None, agrees=False, parts=(Part(_UNKNOWN[ledger.unknown or "history"]),))
    mine = course.due()
    if mine is None and other.due is not None and other.ended is None and not sight.pauses:
        return _perhaps_paused(course, ledger, other, sight)
    by = _by(mine, other)
    parting = _parting(course, ledger, other)
    own = None if by is None else _figure(course, other, by, mine)
    their = None if by is None else _their(other, by)
    if by is None or own is None or their is None:
        return _unlike(mine, ledger, other, parting, sight)
    difference = own - their
    if abs(difference) <= MINUTE:
        return Weighed(by, _seconds(difference), agrees=True, ours=mine)
    parts = _parts(course, ledger, other, by, own, their, sight)
    unsure = _unconfirmed(parts[0].cause, course, ledger, other, parting, sight)
    before = (Part(Cause.NOT_CONFIRMED),) if unsure else ()
    if other.started is None and not unsure:
        before = (Part(Cause.MISSING_HISTORY),)
    return Weighed(by, _seconds(difference), agrees=None if unsure else False, parts=(*before, *parts), ours=mine)


def _perhaps_paused(course: Course, ledger: Ledger, other: Theirs, sight: Sight) -> Weighed:
    """Compare ours, which stands still, with one that may do so too: a source that tells of no pauses only stops to
    state a due instant, and what it stated before is still there.
    """
    until_then = replace(course, pauses=course.pauses[:-1])
    held = until_then.due()
    if held is None or other.due is None or near(held, other.due):
        return Weighed(None, None, agrees=None, parts=(Part(Cause.ONGOING),))
    parts = _parts(until_then, ledger, other, "due", held, other.due, sight)
    return Weighed("due", _seconds(held - other.due), agrees=False, parts=parts, ours=held)


def ended(ledger: Ledger) -> int | None:
    """Return when a clock of ours was over, with a result or without."""
    clock = ledger.clock
    if clock.completed_at is not None:
        return to_us(clock.completed_at)
    return to_us(clock.since) if clock.state is State.CANCELLED and clock.since is not None else None


def unseen(at: int, until: int | None) -> bool:
    """Tell whether an instant lies where a side does not know all yet."""
    return until is None or at >= until


def _by(mine: int | None, other: Theirs) -> By | None:
    if other.due is not None:
        return None if mine is None else "due"
    # A clock that stands still on one side alone is told by that, however much is left.
    return "left" if other.elapsed is not None and (other.ended is not None or mine is None) else None


def _figure(course: Course, other: Theirs, by: By, due: int | None) -> int | None:
    if by == "due":
        return due
    spent = used(course, other)
    return None if spent is None else course.allowed() - spent


def _their(other: Theirs, by: By) -> int | None:
    if by == "due":
        return other.due
    return None if other.elapsed is None or other.target is None else other.target - other.elapsed[1]


def _seconds(amount: int) -> int:
    return round(amount / SECOND)


def _parts(
    course: Course, ledger: Ledger, other: Theirs, by: By, own: int, their: int, sight: Sight
) -> tuple[Part, ...]:
    """Return what each cause adds to the difference, by exchanging one part after the other."""
    aim = aimed(course, ledger, other)
    found = reckon(aim.course, other, sight.calendars, told=sight.pauses)
    shares: dict[Cause, int | None] = {}
    hints: dict[Cause, tuple[Hint, ...]] = {}
    before: int | None = own
    for step in steps_between(course, aim, ledger, other, ended(ledger), found):
        after = _figure(step.course, other, by, step.course.due())
        if step.hints:
            hints[step.cause] = step.hints
        if after is None or before is None:
            if after is not before:
                shares[step.cause] = None
        elif after != before:
            share = shares.get(step.cause, 0)
            shares[step.cause] = None if share is None else share + before - after
        before = after
    if before is None:
        shares[found.rest] = None
    elif not near(before, their):
        share = shares.get(found.rest, 0)
        shares[found.rest] = None if share is None else share + before - their
    parts = [
        Part(cause, None if share is None else _seconds(share), hints.get(cause, ()))
        for cause, share in shares.items()
        if share is None or abs(share) >= SECOND
    ]
    parts = parts or [Part(found.rest, _seconds(own - their))]
    return tuple(sorted(parts, key=lambda part: -_NEVER if part.seconds is None else -abs(part.seconds)))


def _unlike(mine: int | None, ledger: Ledger, other: Theirs, parting: _Parting | None, sight: Sight) -> Weighed:
    """Say why only one side has a due time, or neither."""
    over = ledger.clock.state is State.CANCELLED and other.ended is None
    if other.due is None and (mine is None or over):
        # Where ours is over without result, and theirs is due no more, nothing is due on either side.
        cause = Cause.NOT_STATED if over or other.ended is not None else Cause.ONGOING
        return Weighed(None, None, agrees=None, parts=(Part(cause),), ours=mine)
    cause = _lacking(mine, ledger, other, parting, sight)
    late = parting is not None and unseen(parting.at, sight.theirs if parting.ours else sight.ours)
    if late and cause in _BY_EVENTS:
        return Weighed(None, None, agrees=None, parts=(Part(Cause.NOT_CONFIRMED), Part(cause)), ours=mine)
    return Weighed(None, None, agrees=False, parts=(Part(cause),), ours=mine)


def _lacking(mine: int | None, ledger: Ledger, other: Theirs, parting: _Parting | None, sight: Sight) -> Cause:
    if other.due is None and other.ended is None and not other.paused and sight.pauses:
        return Cause.NO_PROMISE  # it runs and is due at no time: they have taken the target back
    if parting is not None and (sight.pauses or parting.ending):
        reopened = other.ended is not None and resolved_at(ledger, other.ended)
        return Cause.REOPENED if parting.ending and reopened else Cause.END if parting.ending else Cause.PAUSE
    if other.ended is not None:
        return Cause.NOT_STATED
    derivation = ledger.derivation
    never = mine is None and derivation is not None and derivation.ending == "never"
    return Cause.CALENDAR if never else Cause.PAUSE


def _unconfirmed(
    cause: Cause, course: Course, ledger: Ledger, other: Theirs, parting: _Parting | None, sight: Sight
) -> bool:
    """Tell whether what makes the difference lies where one side does not know all yet."""
    if cause is Cause.START:
        return unseen(other.start, sight.ours) or unseen(course.start, sight.theirs)
    if cause in _TARGETS:
        derivation = ledger.derivation
        changed = [mark.at for mark in derivation.marks if Effect.TARGET in mark.effects] if derivation else []
        since = max(map(to_us, changed), default=course.start)
        return unseen(other.aimed, sight.ours) or unseen(since, sight.theirs)
    if cause in _BY_EVENTS and parting is not None:
        return unseen(parting.at, sight.theirs if parting.ours else sight.ours)
    return False


def _parting(course: Course, ledger: Ledger, other: Theirs) -> _Parting | None:
    """Return where the two clocks first part, and for more than a minute."""
    begin = max(course.start, other.start)
    sides = ((course.pauses, ended(ledger)), (other.pauses, other.ended))
    ours, theirs = (sorted({at for at in _edges(*side) if at > begin}) for side in sides)
    bounds = sorted({begin, *ours, *theirs})
    for at, following in zip(bounds, [*bounds[1:], _NEVER], strict=True):
        states = [_state(*side, at) for side in sides]
        if states[0] != states[1] and following - at > MINUTE:
            return _Parting(at, at in ours, ending="ended" in states)
    return None


def _edges(pauses: Iterable[Pause], end: int | None) -> Iterable[int]:
    yield from (at for pause in pauses for at in pause if at is not None)
    if end is not None:
        yield end


def _state(pauses: Iterable[Pause], end: int | None, at: int) -> Literal["ended", "paused", "running"]:
    if end is not None and end <= at:
        return "ended"
    return "paused" if any(since <= at and (until is None or at < until) for since, until in pauses) else "running"
