"""Hours that somebody else may count in: ours otherwise configured, each with what it takes to get there."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from core.calendar import Calendar, Closing, always
from core.calendar.instants import from_us
from core.sla.policy import ALWAYS

__all__ = ["ROUND_THE_CLOCK", "Hint", "Otherwise", "one_day_more", "otherwise"]

ROUND_THE_CLOCK: Final = always()

_MOST: Final = 40
"""Days that are tried one by one: beyond that nobody is told anything by it."""

Otherwise: TypeAlias = Literal["always", "calendar", "zone", "open", "no_holidays", "closed", "priority"]


class Hint(NamedTuple):
    """What the other side's figure follows from, to the minute.

    always: all hours count. calendar: another one of ours. zone: the same hours there. open: on a day that ours is
    closed on, by its name. no_holidays: on every such day. closed: on a date that ours is open on; no name: one of
    several. priority: the target that ours has for it.
    """

    kind: Otherwise
    name: str = ""


def otherwise(
    own: Calendar, others: Mapping[str, Calendar], start: int, end: int, *, business: bool | None
) -> Iterator[tuple[Hint, Calendar]]:
    """Yield other hours than `own`, those first that differ least.

    start, end: microseconds; of the closed days only those between the two are tried.
    business: False: they are all hours; True: they are not; None: nobody says.
    """
    if business is not False:
        yield from _open_days(own, start, end)
        yield from ((Hint("calendar", name), each) for name, each in others.items() if each != own and name != ALWAYS)
        zones = sorted({"UTC", *(each.timezone for each in others.values())} - {own.timezone})
        yield from ((Hint("zone", zone), _in_zone(own, zone)) for zone in zones)
    if business is not True:
        yield Hint("always"), ROUND_THE_CLOCK


def _open_days(own: Calendar, start: int, end: int) -> Iterator[tuple[Hint, Calendar]]:
    zone = ZoneInfo(own.timezone)
    first, last = (from_us(at).astimezone(zone).date() for at in (start, end))
    closed = [each for each in own.closed_from(first) if each.on <= last]
    for each in closed[:_MOST]:
        yield Hint("open", each.name), _without(own, each.on)
    if len(closed) > 1:
        yield Hint("no_holidays"), _without(own, None)


def one_day_more(own: Calendar, start: int, end: int) -> Iterator[tuple[Hint, Calendar]]:
    """Yield `own` with one day closed, for each day between two instants on which it is open."""
    zone = ZoneInfo(own.timezone)
    opened = (from_us(begin).astimezone(zone).date() for begin, _ in own.spans_us(start, end))
    days = dict.fromkeys(opened)
    # A span may go over midnight, and every day of it may be the one.
    days.update(dict.fromkeys(from_us(stop - 1).astimezone(zone).date() for _, stop in own.spans_us(start, end)))
    for day in islice(sorted(days), _MOST):
        yield Hint("closed", day.isoformat()), _closed(own, day)


@lru_cache(maxsize=256)
def _without(own: Calendar, day: date | None) -> Calendar:
    """Return a calendar that is open on one of its closed days, or on all."""
    return replace(
        own,
        holidays={} if day is None else {on: name for on, name in own.holidays.items() if on != day},
        closings=() if day is None else tuple(each for each in own.closings if each.on != day),
    )


@lru_cache(maxsize=256)
def _closed(own: Calendar, day: date) -> Calendar:
    return replace(own, closings=(*own.closings, Closing(day, "")))


@lru_cache(maxsize=64)
def _in_zone(own: Calendar, zone: str) -> Calendar:
    return replace(own, timezone=zone)
