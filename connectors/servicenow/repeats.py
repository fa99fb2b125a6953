"""An entry of a schedule, and the dates on which it begins. Pure.

Weekdays are counted in two ways: `days_of_week` from Monday as 1, `float_day` from Sunday as 1.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors import Unreadable, fields_of
from connectors.servicenow.shapes import number, stored

__all__ = ["Entry", "entry", "occurrences"]

WHEN = re.compile(r"(\d{8})T(\d{6})(Z?)")
DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")

ONCE = frozenset({"", "NULL_OVERRIDE", "does_not_repeat"})
WORKING_DAYS = frozenset(range(5))
BY_WEEK: Mapping[str, frozenset[int]] = {
    "daily": frozenset(range(7)),
    "weekdays": WORKING_DAYS,
    "weekends": frozenset({5, 6}),
    "weekMWF": frozenset({0, 2, 4}),
    "weekTT": frozenset({1, 3}),
}
"""Weekdays from 0, Monday."""

CHOSEN = frozenset({"weekly", "specific"})
MONTHLY = frozenset({"dom", "nth", "ldom"})
LAST = "last"
MINUTE = timedelta(minutes=1)
ONE = timedelta(days=1)
LONGEST = timedelta(days=366)
ENDLESS = "00000000"
FAR = 2039
"""Dates from this year on stand for no end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hours that come once or again and again. Times are those of the wall clock where the schedule is.

    begins: of the first occurrence. lasts: by the wall clock. closes: it takes time away.
    days: the weekdays of one that comes by the week, from 0, Monday. every: the n-th week, day, month or year.
    until: the last day on which it may begin, None: there is none.
    week: the n-th of such weekdays in the month, 0 the last one. weekday: from 0, Monday. month: of a floating day.
    """

    name: str
    begins: datetime
    lasts: timedelta
    closes: bool
    repeats: str
    every: int = 1
    days: frozenset[int] = frozenset()
    until: date | None = None
    kind: str = ""
    month: int = 0
    week: int = 0
    weekday: int = 0

    @property
    def by_week(self) -> bool:
        """Whether it is the same in every week from its beginning to its end."""
        return bool(self.days) and self.every == 1


def entry(raw: object, zone: ZoneInfo | None) -> Entry:
    """Return a row of `cmn_schedule_span`. zone: of the schedule, to read instants with.

    Raises: Unreadable, with a sentence for people, for what would be guessing.
    """
    row = fields_of(raw, "an entry of a schedule")
    if stored(row, "override"):
        raise Unreadable("it overrides another entry")
    begins, ends = (_local(stored(row, f"{edge}_date_time"), zone) for edge in ("start", "end"))
    if stored(row, "all_day") == "true" or ends.time() == time(23, 59, 59):
        # The last second of a day is within it.
        ends = datetime.combine(ends.date() + ONE, time()) if ends.time() != time() else ends
    if begins.second or ends.second:
        raise Unreadable(f"it begins or ends within a minute: {begins:%H:%M:%S} to {ends:%H:%M:%S}")
    if not timedelta() < ends - begins <= LONGEST:
        raise Unreadable(f"it goes from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}")
    name = stored(row, "name").strip()
    plain = Entry(name, begins, ends - begins, stored(row, "type") == "exclude", stored(row, "repeat_type"))
    return plain if plain.repeats in ONCE else _repeated(plain, row)


def occurrences(one: Entry, first: date, last: date) -> Iterator[date]:
    """Yield the dates between two, both of them included, on which an entry begins, ascending."""
    if one.until is not None:
        last = min(last, one.until)
    start = one.begins.date()
    if one.repeats in ONCE:
        yield from (start,) if first <= start <= last else ()
    elif one.days:
        yield from (day for day in _days(max(first, start), last) if _of_week(one, day))
    else:
        for year in range(max(first, start).year, last.year + 1):
            for month in range(1, 13):
                found = _of_month(one, year, month)
                if found is not None and max(first, start) <= found <= last:
                    yield found


def _repeated(plain: Entry, row: Mapping[str, object]) -> Entry:
    every = number(row, "repeat_count", 1) or 1
    if every < 1:
        raise Unreadable(f"it comes every {every} times")
    until = _until(stored(row, "repeat_until"))
    kind, days = "", frozenset[int]()
    month = week = weekday = 0
    match plain.repeats:
        case each if each in BY_WEEK:
            days = BY_WEEK[each]
        case each if each in CHOSEN:
            days = _chosen(stored(row, "days_of_week"), plain)
        case "monthly":
            kind = stored(row, "monthly_type") or "dom"
            if kind not in MONTHLY:
                raise Unreadable(f"it comes each month by a rule that is not known: '{kind}'")
        case "yearly":
            kind = stored(row, "yearly_type") or "doy"
            if kind == "float":
                month, week, weekday = _floating(row)
            elif kind != "doy":
                raise Unreadable(f"it comes each year by a rule that is not known: '{kind}'")
        case other:
            raise Unreadable(f"it comes again by a rule that is not known: '{other}'")
    return Entry(
        plain.name,
        plain.begins,
        plain.lasts,
        plain.closes,
        plain.repeats,
        every=every,
        days=days,
        until=until,
        kind=kind,
        month=month,
        week=week,
        weekday=weekday,
    )


def _local(told: str, zone: ZoneInfo | None) -> datetime:
    """Return the wall clock's time of a `schedule_date_time`: local as it stands, or an instant of its own date."""
    found = WHEN.fullmatch(told)
    if found is None:
        raise Unreadable(f"'{told}' is not a time of a schedule")
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError as error:
        raise Unreadable(f"'{told}' is not a time of a schedule") from error
    if not found[3]:
        return at
    if zone is None:
        raise Unreadable(f"'{told}' is an instant, and the schedule has no time zone that is known")
    return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _until(told: str) -> date | None:
    if not told or told == ENDLESS:
        return None
    found = DAY.match(told)
    try:
        last = date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        last = None
    if last is None:
        raise Unreadable(f"it comes until '{told}', which is no date")
    return None if last.year >= FAR else last


def _chosen(told: str, plain: Entry) -> frozenset[int]:
    digits = [each for each in told if each not in ", "]
    if not digits and plain.repeats == "weekly":
        return frozenset({plain.begins.weekday()})
    if not digits or not set(digits) <= set("1234567"):
        raise Unreadable(f"its weekdays are '{told}'")
    return frozenset(int(each) - 1 for each in digits)


def _floating(row: Mapping[str, object]) -> tuple[int, int, int]:
    month, day, told = number(row, "month"), number(row, "float_day"), stored(row, "float_week")
    week = 0 if told == LAST else number(row, "float_week", -1)
    if not (1 <= month <= 12 and 1 <= day <= 7 and (told == LAST or 1 <= week <= 4)):
        raise Unreadable(f"it comes on weekday '{day}' of week '{told}' in month '{month}'")
    # Sunday is its 1, and our 6.
    return month, week, (day - 2) % 7


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


def _of_week(one: Entry, day: date) -> bool:
    start = one.begins.date()
    if one.repeats == "daily":
        return (day - start).days % one.every == 0
    if day.weekday() not in one.days:
        return False
    monday = day - timedelta(days=day.weekday())
    return (monday - (start - timedelta(days=start.weekday()))).days // 7 % one.every == 0


def _of_month(one: Entry, year: int, month: int) -> date | None:
    """Return the day of a month on which it begins, if there is one."""
    start = one.begins.date()
    if one.repeats == "yearly":
        there = month == (one.month or start.month) and (year - start.year) % one.every == 0
    else:
        there = ((year - start.year) * 12 + month - start.month) % one.every == 0
    if not there:
        return None
    match one.kind:
        case "float":
            return _nth(year, month, one.week, one.weekday)
        case "nth":
            return _nth(year, month, (start.day - 1) // 7 + 1, start.weekday())
        case "ldom":
            return date(year, month, monthrange(year, month)[1])
        case _:
            return date(year, month, start.day) if start.day <= monthrange(year, month)[1] else None


def _nth(year: int, month: int, week: int, weekday: int) -> date | None:
    """Return the n-th such weekday of a month, the last one for 0."""
    days = monthrange(year, month)[1]
    found = [day for day in range(1, days + 1) if date(year, month, day).weekday() == weekday]
    return date(year, month, found[week - 1]) if week <= len(found) else None
