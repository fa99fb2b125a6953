"""On which days an entry of a schedule happens."""

import calendar
from collections.abc import Mapping
from datetime import date

__all__ = ["happens"]

_ONCE = ("", "NULL_OVERRIDE", "does_not_repeat")
_WEEKDAYS = {
    "weekdays": frozenset({1, 2, 3, 4, 5}),
    "weekends": frozenset({6, 7}),
    "weekMWF": frozenset({1, 3, 5}),
    "weekTT": frozenset({2, 4}),
}


def happens(values: Mapping[str, str], first: date, day: date) -> bool:
    """Return whether an entry whose first day is `first` begins on `day`.

    Raises: ValueError for a `repeat_type` that is not known.
    """
    if day < first or _over(values.get("repeat_until", ""), day):
        return False
    kind = values.get("repeat_type", "")
    if kind in _ONCE:
        return day == first
    if kind in _WEEKDAYS:
        return day.isoweekday() in _WEEKDAYS[kind]
    return _every(kind, values, first, day)


def _every(kind: str, values: Mapping[str, str], first: date, day: date) -> bool:
    """Return whether it is the turn of an entry that happens each so many days, weeks, months or years."""
    step = max(1, int(values.get("repeat_count") or "1"))
    if kind == "daily":
        return (day - first).days % step == 0
    if kind in ("weekly", "specific"):
        named = {int(one) for one in values.get("days_of_week", "") if one.isdecimal()} or {first.isoweekday()}
        weeks = (day.toordinal() - day.weekday() - (first.toordinal() - first.weekday())) // 7
        return day.isoweekday() in named and weeks % step == 0
    if kind == "monthly":
        months = (day.year - first.year) * 12 + day.month - first.month
        return months % step == 0 and _in_month(values.get("monthly_type", "dom"), first, day)
    if kind == "yearly":
        return (day.year - first.year) % step == 0 and _in_year(values, first, day)
    raise ValueError(f"a schedule entry repeats {kind!r}, which is not known here")


def _over(until: str, day: date) -> bool:
    if until in ("", "00000000"):
        return False
    return day > date(int(until[:4]), int(until[4:6]), int(until[6:8]))


def _in_month(kind: str, first: date, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    same_weekday = day.weekday() == first.weekday()
    fits = {
        "ldom": day.day == last,
        "lwdom": same_weekday and day.day + 7 > last,
        "nth": same_weekday and (day.day - 1) // 7 == (first.day - 1) // 7,
    }
    return fits.get(kind, day.day == first.day)


def _in_year(values: Mapping[str, str], first: date, day: date) -> bool:
    if values.get("yearly_type") != "float":
        return (day.month, day.day) == (first.month, first.day)
    # Here Sunday is 1 and Saturday 7, unlike in `days_of_week`.
    if str(day.month) != values.get("month") or str(day.isoweekday() % 7 + 1) != values.get("float_day"):
        return False
    week = values.get("float_week", "1")
    if week == "last":
        return day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    return (day.day - 1) // 7 + 1 == int(week)
