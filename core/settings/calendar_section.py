"""The section `calendars`: zones, weekly hours, holidays, single days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from core.calendar import Calendar, Closing, Spans, Week, span_text
from core.settings.duration import DAY
from core.settings.holidays_section import Day, Holidays, as_day, resolved_dates
from core.settings.plain import KeyPath, entry
from core.settings.positions import Problems
from core.settings.scalars import Date, DateOrTime, Hours, ManyHours, Section, TimeZone
from core.settings.translation import validated
from core.settings.words import Mistake, nearest

__all__ = ["CalendarSection", "calendar"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

OPENING = ("weekly", "versions", "also_open")
"""Keys that open a calendar."""

Given: TypeAlias = tuple[tuple[int, int], KeyPath]
"""Hours of one day, and the key that gave them."""


class ClosedDay(Day):
    hours: ManyHours | None = None
    # Since when it is known; a time without a zone is one of the calendar's own.
    declared: DateOrTime | None = None


class OpenDay(Day):
    hours: ManyHours


class Version(Section):
    since: Date = Field(alias="from")
    weekly: dict[str, ManyHours]


class CalendarSection(Section):
    timezone: TimeZone
    weekly: dict[str, ManyHours] = Field(default_factory=dict)
    versions: tuple[Version, ...] = ()
    holidays: Holidays = ()
    also_closed: tuple[Annotated[ClosedDay, BeforeValidator(as_day, json_schema_input_type=ClosedDay | Date)], ...] = ()
    also_open: tuple[OpenDay, ...] = ()
    # The dates of holiday rules and files as a revision keeps them, of these years, the first and the last; the hub
    # writes them, nobody else.
    resolved: tuple[Day, ...] | None = None
    resolved_years: tuple[int, int] | None = None


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
    versions = tuple(_versions(section.versions, (*path, "versions"), problems))
    holidays = _holidays(section, years, path, problems)
    closings = tuple(_closings(section, holidays, (*path, "also_closed"), problems))
    closed = holidays | {each.on: each.name for each in closings if each.hours is None and each.known is None}
    shifts = _shifts(section.also_open, closed, (*path, "also_open"), problems)
    opens = any(any(week) for week in (weekly, *(week for _, week in versions))) or any(shifts.values())
    # Hours with mistakes say nothing; keys that are not there do.
    if not opens and (problems.count() == before or not any(entry(raw, key) for key in OPENING)):
        problems.add((*path, "weekly"), "this calendar never opens", 'write mon-fri: ["08:00-17:00"]')
    if problems.count() > before:
        return None
    try:
        found = Calendar(name, section.timezone, weekly, holidays, shifts, closings=closings, versions=versions)
    except ValueError as exc:
        problems.add(path, str(exc))
        return None
    _refuse_skipped(found, section, path, problems)
    return found


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


def _weekly(hours: Mapping[str, Hours], path: KeyPath, problems: Problems) -> Week:
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


def _versions(versions: Iterable[Version], path: KeyPath, problems: Problems) -> Iterator[tuple[date, Week]]:
    before: date | None = None
    for index, version in enumerate(versions):
        since, here = version.since, (*path, index)
        if before is not None and since <= before:
            text = f"{since} stands twice" if since == before else f"{since} stands after {before}"
            problems.add((*here, "from"), text, "each version begins later than the one before it")
        yield since, _weekly(version.weekly, (*here, "weekly"), problems)
        before = since


def _ordered(given: Iterable[Given], when: str, problems: Problems, told: set[KeyPath]) -> Spans:
    """Return the hours of one day in order; overlapping ones are a problem, once for each place.

    told: the places that are problems already; hours of `mon-fri` overlap on five days.
    """
    spans: list[tuple[int, int]] = []
    for (start, end), place in sorted(given, key=lambda one: one[0]):
        if spans and start < spans[-1][1] and place not in told:
            told.add(place)
            problems.add(place, f"{span_text((start, end))} overlaps {span_text(spans[-1])} {when}")
        spans.append((start, end))
    return tuple(spans)


def _holidays(section: CalendarSection, years: range, path: KeyPath, problems: Problems) -> dict[date, str]:
    place = (*path, "holidays")
    if section.resolved is not None:
        found = {day.date: day.name for day in section.resolved}
    else:
        found = resolved_dates(section.holidays, years, place, problems)
    listed = set[date]()
    for index, day in enumerate(section.holidays):
        if not isinstance(day, Day):
            continue
        if day.date in listed:
            problems.add((*place, index), f"{day.date} stands twice", "name each date once")
        listed.add(day.date)
        found[day.date] = day.name or found.get(day.date) or "holiday"
    return found


def _closings(
    section: CalendarSection, holidays: Mapping[date, str], path: KeyPath, problems: Problems
) -> Iterator[Closing]:
    """Yield the single days and hours that are closed; those of one entry over midnight as two."""
    zone = ZoneInfo(section.timezone)
    whole = dict[date, ClosedDay]()
    given = defaultdict[date, list[Given]](list)
    for index, day in enumerate(section.also_closed):
        place, known = (*path, index), _instant(day.declared, zone)
        name = day.name or holidays.get(day.date) or "closed"
        if day.hours is None:
            if day.date in whole:
                problems.add(place, f"{day.date} stands twice", "name each day once")
            whole[day.date] = day
            yield Closing(day.date, name, None, known)
        hours = defaultdict[date, list[tuple[int, int]]](list)
        for start, end in day.hours or ():
            hours[day.date].append((start, end if start < end else DAY))
            if 0 < end < start:
                hours[day.date + timedelta(days=1)].append((0, end))
        for on, spans in hours.items():
            given[on] += [(span, place) for span in spans]
            yield Closing(on, name, tuple(sorted(spans)), known)
    for on, taken in given.items():
        _ordered(taken, f"on {on}", problems, set())
        if on in whole and whole[on].declared is None:
            text = f"{on} is closed all day, so these hours have no effect"
            problems.add(taken[0][1], text, "take one of the two out")


def _instant(declared: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return the instant, of a date its local beginning."""
    if declared is None:
        return None
    at = declared if isinstance(declared, datetime) else datetime.combine(declared, time())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _refuse_skipped(found: Calendar, section: CalendarSection, path: KeyPath, problems: Problems) -> None:
    """Tell of each date that the wall clock of this zone never showed."""
    for key, days in (
        ("holidays", section.holidays),
        ("also_closed", section.also_closed),
        ("also_open", section.also_open),
    ):
        for index, day in enumerate(days):
            if isinstance(day, Day) and not found.has_date(day.date):
                text = f"there was no {day.date} in {section.timezone}: its clocks went past that day"
                problems.add((*path, key, index), text, "take the date out, or correct `timezone`")


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
                text = f"{span_text((start, end))} ends before it starts"
                problems.add((*path, index, "hours", place), text, "a single day's hours end at 24:00 at the latest")
            given[day.date].append(((start, max(start, end)), (*path, index)))
    return {on: _ordered(spans, f"on {on}", problems, set()) for on, spans in given.items()}
