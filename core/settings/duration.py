"""Durations as people write them: open time in `s m h`, wall time also in days, weeks, months, years."""

import math
import re
from datetime import timedelta

from core.settings.words import Mistake

__all__ = ["format_seconds", "open_seconds", "wall_time", "working_days"]

PART = re.compile(r"(\d+)\s*([a-zA-Z]+)")
WHOLE = re.compile(r"\d+\s*[a-zA-Z]+(?:\s*\d+\s*[a-zA-Z]+)*")
WORKING_DAYS = re.compile(r"(\d+)[ _]working[ _]days?")

OPEN_UNITS = {"s": 1, "m": 60, "h": 3600}
DAY = 86_400
YEAR = 365.25 * DAY
SHOWN = 60
LONGEST = 100 * YEAR
DIGITS = 12
"""More of them are no number that anybody means, and cannot be read as one."""
CALENDAR_UNITS = {**dict.fromkeys(("month", "months"), YEAR / 12), **dict.fromkeys(("year", "years"), YEAR)}
WALL_UNITS: dict[str, float] = {
    **OPEN_UNITS,
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), 7 * DAY),
    **CALENDAR_UNITS,
    **dict.fromkeys(("second", "seconds"), 1),
    **dict.fromkeys(("minute", "minutes"), 60),
    **dict.fromkeys(("hour", "hours"), 3600),
}


def open_seconds(text: object) -> int:
    """Return seconds of open time from `30m`, `1h30m`, `4h`; more than zero.

    Raises: Mistake, for days with the question which day is meant.
    """
    parts = _parts(text, "30m, 4h or 1h30m")
    for number, unit in parts:
        if unit in WALL_UNITS and WALL_UNITS[unit] >= DAY:
            raise Mistake(
                f"`{text}`: which day is meant, 24 hours or a day of the calendar?",
                f"write open hours ({number * 8}h), or {number} working_days",
            )
    return int(_possible(_total(text, parts, dict(OPEN_UNITS), "s, m, h"), text))


def working_days(text: str) -> int | None:
    """Return the number in `3 working_days`, more than zero; None when the text is something else."""
    match = WORKING_DAYS.fullmatch(text.strip())
    return None if match is None else int(_possible(_number(match[1]) * DAY, text)) // DAY


def wall_time(text: object) -> timedelta:
    """Return wall time from `2m`, `36h`, `7d`, `13 months`; months and years round up to whole days."""
    parts = _parts(text, "2m, 12h, 7d or 13 months")
    seconds = _total(text, parts, WALL_UNITS, "s, m, h, d, weeks, months, years")
    if any(unit in CALENDAR_UNITS for _, unit in parts):
        seconds = math.ceil(seconds / DAY) * DAY
    return timedelta(seconds=int(_possible(seconds, text)))


def format_seconds(seconds: int, *, days: bool = False) -> str:
    """Return the shortest text of a whole number of seconds, `1h30m`; with `days` also `1d12h`."""
    units = ({"d": DAY} if days else {}) | dict(sorted(OPEN_UNITS.items(), key=lambda unit: -unit[1]))
    text = ""
    for unit, size in units.items():
        number, seconds = divmod(seconds, size)
        text += f"{number}{unit}" if number else ""
    return text or "0s"


def _parts(text: object, example: str) -> list[tuple[int, str]]:
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise Mistake(f"`{text}` has no unit", f"write {example}")
    if not isinstance(text, str) or WHOLE.fullmatch(text.strip()) is None:
        shown = f"`{text}`" if isinstance(text, str) else "this"
        raise Mistake(f"{shown} is not a duration", f"write {example}")
    return [(_number(number), unit) for number, unit in PART.findall(text)]


def _total(text: object, parts: list[tuple[int, str]], units: dict[str, float], known: str) -> float:
    seen: set[float] = set()
    for _, unit in parts:
        if unit not in units:
            raise Mistake(f"`{text}`: `{unit}` is not a unit here", f"possible: {known}")
        if units[unit] in seen:
            raise Mistake(f"`{text}` has the unit `{unit}` twice")
        seen.add(units[unit])
    return sum(number * units[unit] for number, unit in parts)


def _number(digits: str) -> int:
    return int(digits[: DIGITS + 1])


def _possible(seconds: float, text: object) -> float:
    if seconds <= 0:
        raise Mistake(f"`{text}` is no time at all; it must be more than zero")
    if seconds > LONGEST:
        raise Mistake(f"{_brief(text)} is longer than anything that can be meant", "100 years are the most")
    return seconds


def _brief(text: object) -> str:
    return f"`{text}`" if len(str(text)) <= SHOWN else "this"
