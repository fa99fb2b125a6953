"""The key `holidays` of a calendar: rules, iCalendar files and dates; resolved once, then locked into a revision."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Discriminator, Tag, ValidationError

from core.settings.holiday_dates import HolidayRule, holiday_dates
from core.settings.ical_dates import ical_dates
from core.settings.ical_files import FILE, OURS
from core.settings.plain import KeyPath, is_items, is_keys
from core.settings.positions import Positions, Problems
from core.settings.revision import LOCKED, RESOLVED, YEARS
from core.settings.scalars import Date, Section, as_list
from core.settings.words import Mistake

__all__ = ["Day", "HolidayFile", "Holidays", "as_day", "lock", "resolved_dates", "unlocked", "years_around"]


AROUND = 3
"""How many years before and after the present one are resolved."""


class Day(Section):
    date: Date
    name: str = ""


class HolidayFile(Section):
    ical: str
    # What the file holds, or why it could not be read and what to do; the hub writes them, nobody else.
    text: str | None = None
    unread: tuple[str, str] = ("nobody has read this file", "only a folder brings its files along")


def as_day(value: object) -> object:
    """Return a bare date as an entry that has one."""
    return value if is_keys(value) else {"date": value}


def _kind(value: object) -> str:
    if isinstance(value, Section):
        return type(value).__name__
    if not is_keys(value) or value.keys() & {"date", "name"}:
        return Day.__name__
    return HolidayFile.__name__ if FILE in value else HolidayRule.__name__


Source: TypeAlias = Annotated[
    Annotated[HolidayRule, Tag(HolidayRule.__name__)]
    | Annotated[HolidayFile, Tag(HolidayFile.__name__)]
    | Annotated[Day, BeforeValidator(as_day, json_schema_input_type=Day | Date), Tag(Day.__name__)],
    Discriminator(_kind),
]
Holidays: TypeAlias = Annotated[
    tuple[Source, ...], BeforeValidator(as_list, json_schema_input_type=tuple[Source, ...] | Source)
]


class _OfCalendar(Section):
    holidays: Holidays = ()


def years_around(year: int) -> range:
    """Return the years that a configuration of `year` resolves."""
    return range(year - AROUND, year + AROUND + 1)


def resolved_dates(sources: Iterable[Source], years: range, path: KeyPath, problems: Problems) -> dict[date, str]:
    """Return the dates of all rules and files with their names; where two have one date, that of the first.

    path: of the key `holidays`.
    """
    found: dict[date, str] = {}
    for index, source in enumerate(sources):
        here = (*path, index)
        dates: Mapping[date, str] = {}
        if isinstance(source, HolidayRule):
            dates = holiday_dates(source, years, here, problems)
        elif isinstance(source, HolidayFile):
            dates = _of_file(source, years, here, problems)
        found = {**dates, **found}
    return found


def _of_file(source: HolidayFile, years: range, path: KeyPath, problems: Problems) -> Mapping[date, str]:
    if source.text is None:
        problems.add((*path, FILE), *source.unread)
        return {}
    try:
        return ical_dates(source.text, years)
    except Mistake as mistake:
        problems.add((*path, FILE), f"{source.ical}: {mistake.text}", mistake.hint)
        return {}


def lock(content: Mapping[str, object], year: int) -> dict[str, object]:
    """Return `content` with the dates of each rule and file written out, so that a revision is whole and never changes.

    year: the present one; resolved are three years before and after it. Calendars with mistakes stay as they are.
    """
    calendars = content.get("calendars")
    if not is_keys(calendars):
        return dict(content)
    return {**content, "calendars": {name: _locked(part, years_around(year)) for name, part in calendars.items()}}


def unlocked(content: Mapping[str, object]) -> dict[str, object]:
    """Return a revision's content as the folder said it, so that its rules can be asked again."""
    calendars = content.get("calendars")
    if not is_keys(calendars):
        return dict(content)
    written = {
        name: {key: value for key, value in part.items() if key not in LOCKED} if is_keys(part) else part
        for name, part in calendars.items()
    }
    return {**content, "calendars": written}


def _locked(entry: object, years: range) -> object:
    raw = entry.get("holidays") if is_keys(entry) else None
    if not is_keys(entry) or raw is None:
        return entry
    problems = Problems(entry, Positions())
    try:
        sources = _OfCalendar.model_validate({"holidays": raw}).holidays
        dates = resolved_dates(sources, years, ("holidays",), problems)
    except ValidationError:
        return entry
    if problems.count() or all(isinstance(source, Day) for source in sources):
        return entry
    resolved = [{"date": on.isoformat(), "name": dates[on]} for on in sorted(dates)]
    named = [_as_written(one) for one in raw] if is_items(raw) else _as_written(raw)
    return {**entry, "holidays": named, RESOLVED: resolved, YEARS: [years[0], years[-1]]}


def _as_written(source: object) -> object:
    return {key: part for key, part in source.items() if key not in OURS} if is_keys(source) else source
