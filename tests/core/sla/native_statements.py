"""What a source would state of a clock that is just like one of ours, the way Zendesk tells it or the way Jira does."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from core.calendar.instants import SECOND, from_us, to_us
from core.sla.course import course_of
from core.sla.ledger import Ledger
from core.sla.verdict import State
from core.tickets import NativeClock, Says

WORD = "theirs"


def stated(
    ledgers: Iterable[Ledger], now: datetime, *, pauses: bool = True, word: str = WORD, **more: Any
) -> list[NativeClock]:
    """Return the statements about these clocks, one cycle each. pauses: told as such; else only by what was used."""
    return [
        NativeClock(f"{number:04}", "1", word, cycle, says, at, seconds, withdrawn=withdrawn, **more)
        for cycle, ledger in enumerate(ledgers, start=1)
        for number, (says, at, seconds, withdrawn) in zip(
            count(cycle * 100), _said(ledger, now, pauses=pauses), strict=False
        )
    ]


def _said(ledger: Ledger, now: datetime, *, pauses: bool) -> Iterator[tuple[Says, datetime, int | None, bool]]:
    clock, course = ledger.clock, course_of(ledger)
    assert course is not None
    assert clock.started_at is not None
    yield Says.STARTED, clock.started_at, None, False
    if clock.target_seconds is not None:
        yield Says.TARGET, clock.started_at, clock.target_seconds, False
    for since, until in course.pauses if pauses else ():
        yield Says.PAUSED, from_us(since), None, False
        if until is not None and (clock.completed_at is None or until < to_us(clock.completed_at)):
            yield Says.STARTED, from_us(until), None, False
    if clock.due_at is not None:
        ended_in_time = pauses and clock.state is State.COMPLETED and not clock.breached
        yield Says.DUE, clock.due_at, None, ended_in_time
    if clock.completed_at is not None:
        yield Says.COMPLETED, clock.completed_at, None, False
    if clock.completed_at is not None or clock.state is State.PAUSED:
        at = clock.completed_at or now
        yield Says.ELAPSED, at, course.used(to_us(at)) // SECOND, False
