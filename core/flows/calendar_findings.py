"""What is to be said of calendars: when they are closed next, what is odd about them, what is locked and now other."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.calendar import Calendar, Closing, span_text
from core.flows.finding import Finding, Level, Places
from core.settings import Configuration, Content, KeyPath, differences, lock, parse, unlocked
from core.settings.revision import RESOLVED
from core.sla.policy import ALWAYS
from core.store.revisions import RevisionRow

__all__ = ["CLOSED_DAYS", "closed_days", "of_calendars", "of_locked_holidays"]

CLOSED_DAYS = "closed_days"
"""Code of the finding that lists the next closed days of a calendar."""

SHOWN_DAYS = 10
HALF_A_YEAR = timedelta(days=182)


def of_calendars(read: Configuration, zones: Mapping[str, str], places: Places, now: datetime) -> Iterator[Finding]:
    """Yield what is odd about calendars. zones: of the accounts, by connection, as far as they are known."""
    for name, calendar in read.rules.calendars.items():
        if name == ALWAYS:
            continue
        path: KeyPath = ("calendars", name)
        yield _closed_days(calendar, path, places, now)
        yield from _never_open(calendar, path, places, now)
        yield from _told_late(calendar, path, places)
        year = now.astimezone(ZoneInfo(calendar.timezone)).year + 1
        if not any(day.on.year == year for day in calendar.closed_from(date(year, 1, 1)) if day.hours is None):
            what = f"calendar `{name}` has no holiday in {year}"
            do = "add the dates, or a rule such as holidays: {country: DE}; nothing where people work on every day"
            yield places.finding("no_holidays", Level.NOTE, what, do, path=(*path, "holidays"))
        others = sorted({zone for zone in zones.values() if not _same(zone, calendar, now)})
        if zones and len(others) == len(set(zones.values())):
            what = f"calendar `{name}` counts in {calendar.timezone}, the account is in {' and '.join(others)}"
            do = "correct `timezone`, unless these hours are meant for another place"
            yield places.finding("other_zone", Level.NOTE, what, do, path=(*path, "timezone"))


def closed_days(calendar: Calendar, now: datetime) -> list[Closing]:
    """Return the next days that are closed by name, from today on by the calendar's own clock."""
    return calendar.closed_from(now.astimezone(ZoneInfo(calendar.timezone)).date())[:SHOWN_DAYS]


def _closed_days(calendar: Calendar, path: KeyPath, places: Places, now: datetime) -> Finding:
    """Return them for scripts; `hours` are those that are closed, absent where the whole day is."""
    days = [
        {
            "date": each.on.isoformat(),
            "weekday": f"{each.on:%a}",
            "name": each.name,
            "hours": [span_text(span) for span in each.hours] if each.hours is not None else None,
            "open_else": bool(calendar.usual_hours(each.on)),
        }
        for each in closed_days(calendar, now)
    ]
    listed = ", ".join(f"{day['date']} {day['name']}" for day in days)
    what = (
        f"calendar `{calendar.name}` is closed next on {listed}"
        if days
        else f"calendar `{calendar.name}` closes on no day"
    )
    return places.finding(CLOSED_DAYS, Level.GOOD, what, path=path, calendar=calendar.name, days=days)


def _never_open(calendar: Calendar, path: KeyPath, places: Places, now: datetime) -> Iterator[Finding]:
    do = "give it weekly hours"
    if calendar.next_open(now) is None:
        what = f"calendar `{calendar.name}` never opens again, so its clocks stand still for ever"
        yield places.finding("never_open", Level.PROBLEM, what, do, path=(*path, "weekly"))
        return
    since = calendar.versions[-1][0] if calendar.versions else None
    if since is not None and not any(calendar.versions[-1][1]):
        last = datetime.combine(since, time(), tzinfo=ZoneInfo(calendar.timezone))
        if calendar.next_open(max(now, last)) is None:
            what = f"calendar `{calendar.name}` closes for good on {since}, so its clocks stand still from then on"
            place = (*path, "versions", len(calendar.versions) - 1)
            yield places.finding("never_open", Level.NOTE, what, do, path=place)


def _told_late(calendar: Calendar, path: KeyPath, places: Places) -> Iterator[Finding]:
    """Yield the days that were over when they were declared closed: meant at times, and at times a wrong year."""
    told = set[date]()
    for each in calendar.closings:
        declared = each.known and each.known.astimezone(ZoneInfo(calendar.timezone)).date()
        if declared and declared > each.on and each.on not in told:
            told.add(each.on)
            what = f"calendar `{calendar.name}`: {each.on} was over when it was declared closed, on {declared}"
            do = "clocks that had ended by then keep their verdict; correct `declared` if that is not meant"
            place = (*path, "also_closed")
            yield places.finding("declared_late", Level.NOTE, what, do, path=place, date=each.on.isoformat())


def _same(zone: str, calendar: Calendar, now: datetime) -> bool:
    return all(
        at.astimezone(ZoneInfo(zone)).utcoffset() == at.astimezone(ZoneInfo(calendar.timezone)).utcoffset()
        for at in (now, now + HALF_A_YEAR)
    )


def of_locked_holidays(newest: RevisionRow, places: Places, now: datetime) -> Iterator[Finding]:
    """Yield the calendars in force whose rules stand for other dates today than those that the revision holds.

    A newer edition of the library for holidays may say so; what a file holds is compared with the folder alone.
    """
    content: Content = parse(newest.content)
    for each in differences(content, lock(unlocked(content), now.year)):
        name = each.path.removeprefix("calendars.").removesuffix(f".{RESOLVED}")
        what = f"calendar `{name}` goes by the dates in revision {newest.number}: {each.change()}"
        do = "nothing changes until 'slahub config apply', and 'slahub config diff' shows what that takes over"
        gone, come = (side if isinstance(side, list) else [] for side in (each.before, each.after))
        path: KeyPath = ("calendars", name, "holidays")
        yield places.finding("holidays_differ", Level.NOTE, what, do, path=path, calendar=name, locked=gone, today=come)
