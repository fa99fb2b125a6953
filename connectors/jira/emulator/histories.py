"""The past: what happened at the site in the weeks before it opens, played through the same deeds as the present."""

import heapq
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from connectors.jira.emulator import admin_deeds
from connectors.jira.emulator.lives import Cast, life
from connectors.jira.emulator.world import World

__all__ = ["clock_change", "play"]

_WEEK, _HOUR = 7 * 86400, 3600


def play(world: World, tickets: int, opened: int, weeks: int) -> None:
    """Play the lives of so many issues over the weeks before `opened` (seconds), moment after moment."""
    cast = Cast(world)
    start = opened - weeks * _WEEK
    turn = clock_change(_zone(world), start, opened) if "dst" in world.traps else None
    lives: list[tuple[float, int, Iterator[float]]] = [
        (_moment(world, start, opened, turn), number, life(cast)) for number in range(tickets)
    ]
    heapq.heapify(lives)
    upheavals = [(start + share * (opened - start), act) for share, act in _upheavals(world)]
    while lives and lives[0][0] < opened:
        at, number, one = heapq.heappop(lives)
        while upheavals and upheavals[0][0] <= at:
            due, act = upheavals.pop(0)
            with world.clock.at(due):
                act()
        with world.clock.at(at):
            pause = next(one, None)
        if pause is not None:
            heapq.heappush(lives, (round(at + pause, 3), number, one))
    for due, act in upheavals:
        with world.clock.at(due):
            act()


def _upheavals(world: World) -> list[tuple[float, Callable[[], None]]]:
    """Return what administrators do on the way, at which share of the time."""
    found = list[tuple[float, Callable[[], None]]]()
    if "renamed_statuses" in world.traps:
        pending = world.statuses[10012]
        pending.name = "On hold"
        found.append((0.5, lambda: admin_deeds.rename_status(pending, "Pending")))
    if "deleted_statuses" in world.traps:
        found.append(
            (0.7, lambda: admin_deeds.delete_status(world, world.statuses[10013], world.statuses[3])),
        )
    if "former_users" in world.traps:
        for number, user in enumerate(list(world.users.values())):
            if user.name in ("agent13", "customer57", "customer58", "customer59"):
                found.append((0.9 + number / 10_000, partial(admin_deeds.forget_user, user)))
    return found


def clock_change(zone: str, start: float, end: float) -> float | None:
    """Return the last moment in between (seconds, to the hour) at which a zone's clocks are changed, if any."""
    known = ZoneInfo(zone)
    at = end - end % _HOUR
    while at > start:
        before = datetime.fromtimestamp(at - _HOUR, UTC).astimezone(known).utcoffset()
        if datetime.fromtimestamp(at, UTC).astimezone(known).utcoffset() != before:
            return at
        at -= _HOUR
    return None


def _zone(world: World) -> str:
    return world.traps.own_zone if "profile_zone" in world.traps else world.site_zone


def _moment(world: World, start: float, end: float, turn: float | None) -> float:
    """Return a moment for an issue to be opened: more often by day than by night, and where clocks are changed."""
    dice = world.dice
    if turn is not None and dice.random() < 0.1:
        return round(turn + dice.uniform(-_HOUR, _HOUR), 3)
    at = dice.uniform(start, end)
    day = at - at % 86400 + dice.uniform(6, 18) * _HOUR
    by_night = not 6 <= (at % 86400) / _HOUR <= 18
    return round(day if by_night and dice.random() < 0.7 and start <= day < end else at, 3)
