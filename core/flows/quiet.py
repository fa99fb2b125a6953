"""How long nothing happens in a helpdesk as a rule, hour of the week by hour of the week, and whether it is too long.

Only busy hours count: those in which something happened in three of four weeks. A gap over a night or a weekend is as
long as the busy hours in it. What is usual for an hour is the longest gap that touched it, week by week, and of the
four weeks the middle: a holiday among them changes little.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from statistics import median_low

__all__ = ["LEAST", "WEEKS", "Usual", "silence", "usual"]

WEEKS = 4
BUSY = 3
"""In so many of them something happened in an hour that counts as a busy one."""

ENOUGH = 200
"""Fewer instants say nothing of what is usual."""

TIMES = 3
LEAST = timedelta(minutes=30)
"""No shorter silence is told, however busy the desk is."""

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
LONGEST = timedelta(weeks=2)
"""How far back a silence is measured."""


@dataclass(frozen=True, slots=True)
class Usual:
    """gaps: the usual longest gap, in busy time, by hour of the week: 0 is Monday from 0:00, in `zone`."""

    gaps: Mapping[int, timedelta]
    zone: tzinfo


def usual(instants: Sequence[datetime], until: datetime, zone: tzinfo) -> Usual | None:
    """Return what is usual in the four weeks before `until`; None where they say too little.

    instants: when something happened, ascending. zone: by whose clock people work.
    """
    begin = until - WEEKS * WEEK
    within = [at for at in instants if begin <= at < until]
    if len(within) < ENOUGH or within[0] > begin + WEEK:
        return None
    seen: dict[int, set[int]] = {}
    for at in within:
        seen.setdefault(_hour(at, zone), set()).add((at - begin) // WEEK)
    busy = {hour for hour, weeks in seen.items() if len(weeks) >= BUSY}
    longest: dict[tuple[int, int], timedelta] = {}
    for before, after in pairwise(within):
        touched = list(_busy(before, after, busy, zone))
        length = sum((part for _, _, part in touched), timedelta())
        for hour, at, _ in touched:
            key = hour, (at - begin) // WEEK
            longest[key] = max(length, longest.get(key, timedelta()))
    by_hour: dict[int, list[timedelta]] = {}
    for (hour, _), length in longest.items():
        by_hour.setdefault(hour, []).append(length)
    return Usual({hour: median_low(each) for hour, each in by_hour.items() if len(each) >= BUSY}, zone)


def silence(
    known: Usual, last: datetime, until: datetime, is_open: Callable[[datetime], bool]
) -> tuple[timedelta, timedelta] | None:
    """Return how long nothing has happened, and how long that is usually; None where it is not too long.

    last: when something happened last; until: up to when that is known. is_open: whether people work then, by the
    calendars: what is closed by name counts as little as a night.
    """
    now = _hour(until, known.zone)
    if now not in known.gaps or not is_open(until):
        return None
    parts = _busy(max(last, until - LONGEST), until, known.gaps.keys(), known.zone)
    length = sum((part for _, at, part in parts if is_open(at)), timedelta())
    gap = known.gaps[now]
    return (length, gap) if length > max(TIMES * gap, LEAST) else None


def _busy(
    begin: datetime, end: datetime, busy: Container[int], zone: tzinfo
) -> Iterator[tuple[int, datetime, timedelta]]:
    """Yield the busy hours that a stretch touches: which of the week, from when on, and how long."""
    at = begin
    while at < end:
        following = min(end, at - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond) + HOUR)
        hour = _hour(at, zone)
        if hour in busy:
            yield hour, at, following - at
        at = following


def _hour(at: datetime, zone: tzinfo) -> int:
    local = at.astimezone(zone)
    return local.weekday() * 24 + local.hour
