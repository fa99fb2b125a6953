"""The section `calendars`: zones, weekly hours, holidays, single days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Discriminator, Field, Tag

from core.calendar import Calendar, Spans
from core.settings.duration import DAY
from core.settings.holiday_dates import HolidayRule, holiday_dates
from core.settings.plain import KeyPath, entry, is_items, is_keys
from core.settings.positions import Problems
from core.settings.scalars import Date, Hours, ManyHours, Section, TimeZone
from core.settings.translation import validated
from core.settings.words import Mistake, nearest

__all__ = ["CalendarSection", "calendar"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Given = tuple[tuple[int, int], KeyPath]
"""Hours of one day, and the key that gave them."""


def _day(value: object) -> object:
    return value if is_keys(value) else {"date": value}


def _form(value: object) -> str:
    return "dates" if is_items(value) else "rule"


class Day(Section):
    date: Date
    name: str = ""


class ClosedDay(Day):
    hours: ManyHours | None = None


class OpenDay(Day):
    hours: ManyHours


class CalendarSection(Section):
    timezone: TimeZone
    weekly: dict[str, ManyHours] = Field(default_factory=dict)
    holidays: Annotated[
        Annotated[HolidayRule, Tag("rule")]
        | Annotated[tuple[Annotated[Day, BeforeValidator(_day, json_schema_input_type=Day | Date)], ...], Tag("dates")],
        Discriminator(_form),
    ] = ()
    also_closed: tuple[Annotated[ClosedDay, BeforeValidator(_day, json_schema_input_type=ClosedDay | Date)], ...] = ()
    also_open: tuple[OpenDay, ...] = ()
    # The dates of the holiday rule, as a revision keeps them; the hub writes it, nobody else.
    resolved: tuple[Day, ...] | None = None


def calendar(name: str, raw: object, years: range, problems: Problems) -> Calendar | None:
    """Return one calendar; None when it has mistakes, which are then in `problems`.

    years: for which the holiday rule is resolved, unless its dates are locked in.
    """
    path: KeyPath = ("calendars", name)
    before = problems.count()
    section = validated(CalendarSection, raw, path, problems, instead={"timezone": "UTC"})
    if section is None:
        return None
    weekly = _weekly(section.weekly, (*path, "weekly"), problems)
    holidays = _holidays(section, years, path, problems)
    shifts = _shifts(section.also_open, holidays, (*path, "also_open"), problems)
    breaks = _breaks(section.also_closed, (*path, "also_closed"), problems)
    opens = any(weekly) or any(shifts.values())
    # Hours with mistakes say nothing; keys that are not there do.
    if not opens and (problems.count() == before or not (entry(raw, "weekly") or entry(raw, "also_open"))):
        problems.add((*path, "weekly"), "this calendar never opens", 'write mon-fri: ["08:00-17:00"]')
    if problems.count() > before:
        return None
    try:
        return Calendar(name, section.timezone, weekly, holidays, shifts, breaks)
    except ValueError as exc:
        problems.add(path, str(exc))
        return None


def _days(key: str) -> list[int]:
    """Return the weekdays, 0 for Monday, of `mon-thu`, `mon,wed` or `fri-mon`."""
    found: list[int] = []
    for part in key.lower().split(","):
        words = [word.strip() for word in part.split("-")]
        for word in words:
            if word not in DAYS:
                raise Mistake(f"`{word}` is not a weekday", nearest(word[:3], DAYS))
        if len(words) > 2:
            raise Mistake(f"`{part.strip()}` is not a range of weekdays", "write mon-fri or mon,wed")
        first, last = DAYS.index(words[0]), DAYS.index(words[-1])
        found += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return found


def _weekly(hours: Mapping[str, Hours], path: KeyPath, problems: Problems) -> tuple[Spans, ...]:
    given = defaultdict[int, list[Given]](list)
    keys: dict[int, str] = {}
    for key, spans in hours.items():
        try:
            days = _days(key)
        except Mistake as mistake:
            problems.add((*path, key), mistake.text, mistake.hint)
            continue
        for day in days:
            if day in keys:
                problems.add((*path, key), f"{DAYS[day]} stands twice, in `{keys[day]}` too", "name each day once")
            keys[day] = key
            for index, (start, end) in enumerate(spans):
                place = (*path, key, index)
                given[day].append(((start, end if start < end else DAY), place))
                if 0 < end < start:
                    given[(day + 1) % 7].append(((0, end), place))
    told = set[KeyPath]()
    return tuple(_ordered(given[day], f"on {DAYS[day]}", problems, told) for day in range(7))


def _ordered(given: Iterable[Given], when: str, problems: Problems, told: set[KeyPath]) -> Spans:
    """Return the hours of one day in order; overlapping ones are a problem, once for each place.

    told: the places that are problems already; hours of `mon-fri` overlap on five days.
    """
    spans: list[tuple[int, int]] = []
    for (start, end), place in sorted(given, key=lambda one: one[0]):
        if spans and start < spans[-1][1] and place not in told:
            told.add(place)
            problems.add(place, f"{_clock((start, end))} overlaps {_clock(spans[-1])} {when}")
        spans.append((start, end))
    return tuple(spans)


def _clock(span: tuple[int, int]) -> str:
    return "-".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in span)


def _holidays(section: CalendarSection, years: range, path: KeyPath, problems: Problems) -> dict[date, str]:
    found: dict[date, str] = {}
    place = (*path, "holidays")
    if isinstance(section.holidays, HolidayRule):
        if section.resolved is not None:
            found.update((day.date, day.name) for day in section.resolved)
        else:
            found.update(holiday_dates(section.holidays, years, place, problems))
    else:
        for index, day in enumerate(section.holidays):
            if day.date in found:
                problems.add((*place, index), f"{day.date} stands twice")
            found[day.date] = day.name or "holiday"
    for day in section.also_closed:
        if day.hours is None:
            found[day.date] = day.name or found.get(day.date) or "closed"
    return found


def _shifts(
    days: Iterable[OpenDay], holidays: Mapping[date, str], path: KeyPath, problems: Problems
) -> dict[date, Spans]:
    given = defaultdict[date, list[Given]](list)
    for index, day in enumerate(days):
        if day.date in holidays:
            text = f"{day.date} is closed ({holidays[day.date]}), so these hours would have no effect"
            problems.add((*path, index), text, "take the date out there first; for a holiday, under holidays.except")
        for place, (start, end) in enumerate(day.hours):
            if end < start:
                text = f"{_clock((start, end))} ends before it starts"
                problems.add((*path, index, "hours", place), text, "a single day's hours end at 24:00 at the latest")
            given[day.date].append(((start, max(start, end)), (*path, index)))
    return {on: _ordered(spans, f"on {on}", problems, set()) for on, spans in given.items()}


def _breaks(days: Iterable[ClosedDay], path: KeyPath, problems: Problems) -> dict[date, Spans]:
    given = defaultdict[date, list[Given]](list)
    for index, day in enumerate(days):
        for start, end in day.hours or ():
            given[day.date].append(((start, end if start < end else DAY), (*path, index)))
            if 0 < end < start:
                given[day.date + timedelta(days=1)].append(((0, end), (*path, index)))
    return {on: _ordered(spans, f"on {on}", problems, set()) for on, spans in given.items()}
