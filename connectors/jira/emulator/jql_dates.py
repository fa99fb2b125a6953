"""Dates in JQL: literals of minutes in the zone of the caller's profile, periods, functions, and milliseconds."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.jira.emulator.answers import refused
from connectors.jira.emulator.jql_tree import Function, Operand
from connectors.jira.emulator.world import World

__all__ = ["instant"]

_LITERAL = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?: (\d{1,2}):(\d{2}))?")
_PERIOD = re.compile(r"([+-]?)((?:\d+[wdhm]?\s*)+)")
_PART = re.compile(r"(\d+)([wdhm]?)")
_UNITS = {"w": 7 * 86_400_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "": 60_000}
_BOUND = re.compile(r"(start|end)of(day|week|month|year)")
_FORMS = (
    "Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
    "e.g. '-5d', '4w 2d'."
)


def instant(world: World, zone: str, field: str, operand: Operand) -> int:
    """Return the milliseconds that a value stands for, read in a zone. Raises: Refusal (400) for any other form."""
    if isinstance(operand, Function):
        return _function(world, zone, field, operand)
    text = operand.text.strip()
    if text.isdecimal() and not operand.quoted and (world.flavour == "cloud" or world.epoch_literals):
        return int(text)
    literal = _LITERAL.fullmatch(text)
    try:
        if literal is not None:
            year, _, month, day, hour, minute = literal.groups()
            local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), tzinfo=ZoneInfo(zone))
            return int(local.timestamp() * 1000)
    except ValueError:
        literal = None
    shift = None if text.isdecimal() else _period(text)
    if shift is None:
        raise refused(400, f"Date value '{operand.text}' for field '{field}' is invalid. {_FORMS}")
    return world.ms() + shift


def _period(text: str) -> int | None:
    found = _PERIOD.fullmatch(text)
    if found is None:
        return None
    total = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(found[2]))
    return -total if found[1] == "-" else total


def _function(world: World, zone: str, field: str, function: Function) -> int:
    if function.name == "now":
        return world.ms()
    bound = _BOUND.fullmatch(function.name)
    if bound is None:
        raise refused(400, f"Unable to find JQL function '{function.name}()'.")
    local = datetime.fromtimestamp(world.ms() / 1000, UTC).astimezone(ZoneInfo(zone))
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if bound[2] == "week":
        start -= timedelta(days=(start.weekday() + 1) % 7)
    elif bound[2] == "month":
        start = start.replace(day=1)
    elif bound[2] == "year":
        start = start.replace(month=1, day=1)
    if bound[1] == "end":
        start = _after(start, bound[2])
    shift = 0
    if function.arguments:
        found = _period(function.arguments[0])
        if found is None:
            raise refused(400, f"Date value '{function.arguments[0]}' for field '{field}' is invalid. {_FORMS}")
        shift = found
    return int(start.timestamp() * 1000) + shift


def _after(start: datetime, kind: str) -> datetime:
    if kind == "day":
        return start + timedelta(days=1)
    if kind == "week":
        return start + timedelta(days=7)
    if kind == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start.replace(year=start.year + 1)
