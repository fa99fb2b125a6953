"""Instants as the site writes them: in its own zone, with an offset that has no colon."""

import functools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connectors.emulation import Doc
from connectors.jira.emulator.world import World

__all__ = ["date_doc", "friendly", "stamp", "stamp_in"]


@functools.lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@functools.lru_cache(maxsize=262_144)
def stamp_in(zone: str, ms: int) -> str:
    """Return `2026-03-05T09:30:00.123-0800`."""
    at = datetime.fromtimestamp(ms // 1000, UTC).astimezone(_zone(zone))
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}{at:%z}"


def stamp(world: World, ms: int) -> str:
    return stamp_in(world.site_zone, ms)


def friendly(world: World, ms: int) -> str:
    """Return `05/Mar/26 02:00 AM`."""
    at = datetime.fromtimestamp(ms // 1000, UTC).astimezone(_zone(world.site_zone))
    return f"{at:%d/%b/%y %I:%M %p}"


def date_doc(world: World, ms: int) -> Doc:
    """Return the four forms of a service desk's date."""
    whole = stamp_in(world.site_zone, ms)
    return {
        "iso8601": whole[:19] + whole[23:],
        "jira": whole,
        "friendly": friendly(world, ms),
        "epochMillis": ms,
    }
