"""A single day that is closed by name, the whole of it or some hours, and since when anybody knew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core.calendar.hours import Spans, check
from core.calendar.instants import to_us

__all__ = ["Closing", "by_name", "check_closings", "closed_hours"]


@dataclass(frozen=True, slots=True)
class Closing:
    """One local date that is closed, or only some `hours` of it; None: the whole day.

    known: the instant at which it was declared; None: it was always known.
    """

    on: date
    name: str
    hours: Spans | None = None
    known: datetime | None = None

    @property
    def known_us(self) -> int | None:
        return None if self.known is None else to_us(self.known)


def check_closings(closings: Iterable[Closing], where: str) -> None:
    """Refuse closings that nobody can mean. Raises: ValueError for wrong hours, and for an instant without a zone."""
    for each in closings:
        check(each.hours or (), f"{where}, closed hours of {each.on.isoformat()}")
        _ = each.known_us


def closed_hours(breaks: Mapping[date, Spans], closings: Iterable[Closing]) -> dict[date, Spans]:
    """Return the closed hours of each date; those of several closings one after the other, in no order."""
    found = dict(breaks)
    for each in closings:
        if each.hours:
            found[each.on] = (*found.get(each.on, ()), *each.hours)
    return found


def by_name(holidays: Mapping[date, str], closings: Iterable[Closing], first: date) -> list[Closing]:
    """Return what is closed from a local date on, ascending; no hours of a day that is closed as a whole."""
    days = {on: Closing(on, name) for on, name in holidays.items()}
    hours: list[Closing] = []
    for each in closings:
        if each.hours is None:
            days[each.on] = each
        else:
            hours.append(each)
    found = (each for each in (*days.values(), *(each for each in hours if each.on not in days)) if each.on >= first)
    return sorted(found, key=lambda each: (each.on, each.hours or ()))
