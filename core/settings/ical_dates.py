"""The whole days of an iCalendar file, with their names; the one place that knows the libraries for it."""

import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from core.settings.words import Mistake, or_list

if TYPE_CHECKING:
    from icalendar import Event

__all__ = ["ical_dates"]

DATES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE"})
"""Properties without which nobody knows on which days an event is, or which of two is meant; others do no harm."""

RECURRING = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
NAMELESS = "holiday"

ODD = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the libraries raise for files that they were not written for."""

OFTEN = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}
"""Days from one recurrence to the next."""

MOST = 100_000
"""Days that are worked out for one file. Each takes its time, and what closes a desk so often is a mistake."""


def ical_dates(text: str, years: range) -> dict[date, str]:
    """Return every date in these years on which an event of whole days is, ascending, with the events' names.

    Recurring events are followed through the years. Events with a time of day and cancelled ones close nothing.
    Raises: Mistake for a text that is no iCalendar file, for one without any event of whole days, and for an
        event of which nobody can say on which days it is.
    """
    # They take a tenth of a second to load, which commands without such a file need not pay.
    import recurring_ical_events
    from icalendar import Calendar

    whole, days = Calendar(), 0.0
    for event in _events(text):
        if _is_of_whole_days(event):
            whole.add_component(event)
            days += _many(event, years)
    if days > MOST:
        raise Mistake(
            f"its events are on more than {MOST} days from their first one on", "write those alone that close the desk"
        )
    if not whole.subcomponents:
        raise Mistake("there is no event of whole days in it", "holidays have dates there, without a time of day")
    try:
        found = recurring_ical_events.of(whole).between(date(years.start, 1, 1), date(years.stop, 1, 1))
    except ODD as exc:
        raise Mistake(f"its days cannot be worked out: {_first_line(exc)}") from exc
    names: dict[date, list[str]] = {}
    for event in found:
        for day in _days(event, years):
            of_day = names.setdefault(day, [])
            if (name := _name(event) or NAMELESS) not in of_day:
                of_day.append(name)
    return {day: "; ".join(sorted(names[day])) for day in sorted(names)}


def _events(text: str) -> list["Event"]:
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(text.removeprefix("\ufeff").encode(), multiple=True)
    except ODD as exc:
        raise Mistake(f"it is not an iCalendar file: {_first_line(exc)}", "it begins with BEGIN:VCALENDAR") from exc
    if not all(each.name == "VCALENDAR" for each in calendars) or not calendars:
        raise Mistake("it is not an iCalendar file", "it begins with BEGIN:VCALENDAR and ends with END:VCALENDAR")
    return [event for each in calendars for event in each.events]


def _is_of_whole_days(event: "Event") -> bool:
    """Tell whether an event has dates without times.

    Raises: Mistake for a beginning, an end or a rule that cannot be meant.
    """
    from icalendar import vRecur

    called = f"the event `{_name(event)}`" if _name(event) else "an event without a name"
    for key, reason in event.errors:
        if key in DATES:
            raise Mistake(f"{called} has a {key} that cannot be read: {reason}")
    try:
        start, end = event.start, event.end
    except ODD as exc:
        raise Mistake(f"{called} has no days: {_first_line(exc)}") from exc
    if isinstance(start, datetime) or isinstance(end, datetime):
        return False
    if end < start:
        raise Mistake(f"{called} ends on {end}, before it begins on {start}")
    for rule in event.rrules:
        often = rule.get("FREQ") if isinstance(rule, vRecur) else None
        if often is None or str(often[0]) not in RECURRING:
            raise Mistake(
                f"{called} is of whole days, so it cannot recur as it says", f"possible: {or_list(RECURRING)}"
            )
        if any(each < 1 for each in rule.get("INTERVAL", ())):
            raise Mistake(f"{called} recurs with an INTERVAL of less than 1")
    return True


def _many(event: "Event", years: range) -> float:
    """Return for how many days an event is worked out at most, from its first one to the end of these years."""
    first, after, last = event.start.toordinal(), event.end.toordinal(), date(years.stop, 1, 1).toordinal()
    found = 1.0
    for rule in event.rrules:
        times = math.prod(len(part) for key, part in rule.items() if str(key).startswith("BY"))
        found += (last - first) / OFTEN[str(rule["FREQ"][0])] * min(times, 366)
    return found * max(1, min(after - first, 366 * len(years))) if event.rrules else found


def _days(event: "Event", years: range) -> Iterator[date]:
    """Yield the dates of one event; the end of an event is the day after it."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    first, after = event.start.toordinal(), event.end.toordinal()
    low, high = date(years.start, 1, 1).toordinal(), date(years.stop, 1, 1).toordinal()
    for day in range(max(first, low), min(max(after, first + 1), high)):
        yield date.fromordinal(day)


def _name(event: "Event") -> str:
    return " ".join(str(event.get("SUMMARY", "")).split())


def _first_line(exc: Exception) -> str:
    """Return what is wrong; of an error of the library itself nobody would learn anything."""
    told = str(exc) if isinstance(exc, ValueError) else ""
    return (told.splitlines() or ["a line of it is not as the format wants it"])[0]
