"""A scenario's own calendar: one of the configuration's, and besides it dates as the vectors write them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from pydantic import Field

from core.calendar import Calendar, Spans
from core.settings.calendar_section import calendar
from core.settings.duration import DAY
from core.settings.moved import Moved
from core.settings.plain import KeyPath, is_items, is_keys
from core.settings.positions import Problems
from core.settings.scalars import Date, ManyHours, Section
from core.settings.translation import validated

__all__ = ["scenario_calendar"]

DATED = ("weekly", "shifts", "breaks")

OPEN_ONCE = {"date": "1971-06-16", "hours": "00:00-24:00"}
"""The configuration refuses a calendar that never opens. To a scenario it is one like any other: this is put in, and
taken out."""


class _Dates(Section):
    holidays: tuple[Date, ...] = ()
    shifts: dict[Date, ManyHours] = Field(default_factory=dict[date, Spans])
    breaks: dict[Date, ManyHours] = Field(default_factory=dict[date, Spans])


def scenario_calendar(name: str, raw: object, place: KeyPath, years: range, problems: Problems) -> Calendar | None:
    """Return one calendar; None when it has mistakes, which are then in `problems`.

    years: for which a rule of holidays is resolved.
    """
    if not is_keys(raw):
        problems.add(
            place, "expected a calendar", 'as in {timezone: Europe/Berlin, weekly: {mon-fri: ["09:00-17:00"]}}'
        )
        return None
    before = problems.count()
    known = {key: _in_words(part) if key in DATED else part for key, part in raw.items()}
    dates: dict[str, object] = {key: known.pop(key) for key in ("shifts", "breaks") if key in known}
    holidays = known.get("holidays")
    if is_items(holidays) and all(isinstance(each, str) for each in holidays):
        dates["holidays"] = known.pop("holidays")
    never = not _opens(known)
    if never:
        known["also_open"] = [OPEN_ONCE]
    found = calendar(name, known, years, Moved(problems, {("calendars", name): place}))
    section = validated(_Dates, dates, place, problems)
    if found is None or section is None or problems.count() > before:
        return None
    return _with_dates(replace(found, shifts={}) if never else found, section, place, problems)


def _in_words(days: object) -> object:
    return {day: _hours(part) for day, part in days.items()} if is_keys(days) else days


def _hours(hours: object) -> object:
    """Return hours with each pair `["09:00", "17:00"]` in the words of the configuration."""
    if not is_items(hours):
        return hours
    return [f"{each[0]}-{each[1]}" if is_items(each) and len(each) == 2 else each for each in hours]


def _opens(raw: Mapping[str, object]) -> bool:
    weekly = raw.get("weekly")
    some = any(part != [] for part in weekly.values()) if is_keys(weekly) else weekly is not None
    return some or "also_open" in raw or "versions" in raw


def _with_dates(found: Calendar, section: _Dates, place: KeyPath, problems: Problems) -> Calendar | None:
    before = problems.count()
    shifts = {on: _spans(hours, (*place, "shifts", on.isoformat()), problems) for on, hours in section.shifts.items()}
    breaks = defaultdict[date, list[tuple[int, int]]](list)
    for on, spans in (*found.breaks.items(), *section.breaks.items()):
        breaks[on] += _spans(spans, (*place, "breaks", on.isoformat()), problems)
    if problems.count() > before:
        return None
    try:
        return replace(
            found,
            holidays={**found.holidays, **dict.fromkeys(section.holidays, "holiday")},
            shifts={**found.shifts, **shifts},
            breaks={on: _joined(spans) for on, spans in breaks.items()},
        )
    except ValueError as exc:
        problems.add(place, str(exc))
        return None


def _spans(hours: Spans, place: KeyPath, problems: Problems) -> Spans:
    for index, (start, end) in enumerate(hours):
        if 0 < end < start:
            text, hint = "these hours end before they start", "a single day's hours end at 24:00 at the latest"
            problems.add((*place, index), text, hint)
    return tuple((start, end or DAY) for start, end in hours)


def _joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return the same time in order and without overlaps: what is cut out twice is cut out once."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)
