"""Instants and durations as the instance keeps them (text, UTC, whole seconds) and as it shows them to people."""

import functools
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["duration", "instant", "length", "shown_duration", "shown_time", "stamp", "typed_time", "zone"]

_FORM = "%Y-%m-%d %H:%M:%S"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@functools.lru_cache(maxsize=262_144)
def stamp(at: int) -> str:
    """Return epoch seconds as `2026-03-09 07:58:12`."""
    return time.strftime(_FORM, time.gmtime(at))


@functools.lru_cache(maxsize=262_144)
def instant(text: str) -> int | None:
    """Return a stored date-time as epoch seconds; None for what is none."""
    try:
        return int(datetime.strptime(text, _FORM).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


@functools.lru_cache(maxsize=65_536)
def duration(seconds: int) -> str:
    """Return a duration as it is stored: an offset from the epoch, `1970-01-01 00:02:17`; negative ones lie before."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime(_FORM)


def length(text: str) -> int:
    """Return the seconds of a stored duration; 0 for none."""
    return instant(text) or 0


def shown_duration(seconds: int) -> str:
    """Return `1 Day 2 Hours 17 Minutes`."""
    parts = ((seconds // 86400, "Day"), (seconds % 86400 // 3600, "Hour"), (seconds % 3600 // 60, "Minute"))
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said) or f"{seconds} Second{'' if seconds == 1 else 's'}"


@functools.lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@functools.lru_cache(maxsize=65_536)
def shown_time(text: str, zone_name: str, form: str) -> str:
    """Return a stored date-time in somebody's zone and format."""
    at = instant(text)
    return text if at is None else datetime.fromtimestamp(at, zone(zone_name)).strftime(form)


def typed_time(text: str, zone_name: str, form: str) -> str | None:
    """Return what somebody typed in their zone and format as it is stored; None for what cannot be read."""
    for tried in (form, _FORM):
        try:
            local = datetime.strptime(text, tried).replace(tzinfo=zone(zone_name))
        except ValueError:
            continue
        return stamp(int(local.timestamp()))
    return None
