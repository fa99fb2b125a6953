"""Dates in encoded queries: what `javascript:` computes, `ON…` and `RELATIVE…`, all in the caller's zone."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.servicenow.emulator.stamps import stamp

__all__ = ["computed", "relative"]

_CALL = re.compile(r"gs\.(\w+)\(([^()]*)\)")
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "dayofweek": timedelta(days=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
    "year": timedelta(days=365),
}
_DAYS = {"beginningOfToday": 0, "endOfToday": 0, "beginningOfYesterday": 1, "endOfYesterday": 1}
_AGO = {"minutesAgo": "minute", "hoursAgo": "hour", "daysAgo": "day", "monthsAgo": "month", "yearsAgo": "year"}


def computed(script: str, zone: ZoneInfo, now: int) -> str | None:
    """Return what a date function comes to, as a stored value; None for a script that is not known here.

    script: without its `javascript:`, such as `gs.dateGenerate('2026-01-05','09:30:00')`.
    """
    match = _CALL.fullmatch(script.strip())
    if match is None:
        return None
    name, arguments = match[1], [one.strip().strip("'\"") for one in match[2].split(",") if one.strip()]
    if name == "dateGenerate":
        return _generated(arguments[0], arguments[1], zone) if len(arguments) == 2 else None
    count = int(arguments[0]) if arguments and arguments[0].lstrip("-").isdecimal() else 0
    if name in _AGO:
        return stamp(now - int(count * _UNITS[_AGO[name]].total_seconds()))
    days = {**_DAYS, "daysAgoStart": count, "daysAgoEnd": count}
    if name in days:
        end = name.startswith("end") or name.endswith("End")
        return _edge(datetime.fromtimestamp(now, zone), days[name], end=end)
    return stamp(now) if name in ("nowDateTime", "now") else None


def relative(operator: str, text: str, now: int) -> tuple[str, str] | None:
    """Return an operator and the stored value that `RELATIVEGT` with `@hour@ago@2` comes to."""
    parts = text.removeprefix("@").split("@")
    if len(parts) != 3 or parts[0] not in _UNITS or not parts[2].isdecimal():
        return None
    shift = int(parts[2]) * _UNITS[parts[0]]
    at = now + int(shift.total_seconds()) * (1 if parts[1] == "ahead" else -1)
    plain = {"GT": ">", "GE": ">=", "LT": "<", "LE": "<=", "EE": "="}.get(operator.removeprefix("RELATIVE"))
    return None if plain is None else (plain, stamp(at))


def _generated(day: str, clock: str, zone: ZoneInfo) -> str | None:
    clock = {"start": "00:00:00", "end": "23:59:59"}.get(clock, clock)
    try:
        local = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None
    return stamp(int(local.timestamp()))


def _edge(local: datetime, days_ago: int, *, end: bool) -> str:
    day = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    if end:
        day = day.replace(hour=23, minute=59, second=59)
    return stamp(int(day.astimezone(UTC).timestamp()))
