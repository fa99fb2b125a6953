"""The past: what happened at the site in the weeks before it opens, played through the same deeds as the present."""

import heapq
from collections.abc import Iterator

from connectors.jira.emulator import admin_deeds
from connectors.jira.emulator.lives import Cast, life
from connectors.jira.emulator.world import World

__all__ = ["play"]

_WEEK = 7 * 86400


def play(world: World, tickets: int, opened: int, weeks: int) -> None:
    """Play the lives of so many issues over the weeks before `opened` (seconds), moment after moment."""
    cast = Cast(world)
    start = opened - weeks * _WEEK
    lives: list[tuple[float, int, Iterator[float]]] = []
    for number in range(tickets):
        lives.append((_moment(world, start, opened), number, life(cast)))
    heapq.heapify(lives)
    rename_at = start + weeks * _WEEK / 2 if "renamed_statuses" in world.traps else float(opened)
    if "renamed_statuses" in world.traps:
        world.statuses[10012].name = "On hold"
    while lives:
        at, number, one = heapq.heappop(lives)
        if at >= rename_at and world.statuses[10012].name == "On hold":
            admin_deeds.rename_status(world.statuses[10012], "Pending")
        if at >= opened:
            break
        with world.clock.at(at):
            pause = next(one, None)
        if pause is not None:
            then = at + pause
            heapq.heappush(lives, (round(then, 3), number, one))


def _moment(world: World, start: float, end: float) -> float:
    """Return a moment for an issue to be opened, more often by day than by night."""
    at = world.dice.uniform(start, end)
    if 6 <= (at % 86400) / 3600 <= 18 or world.dice.random() < 0.3:
        return round(at, 3)
    day = at - at % 86400
    return round(min(end - 1, max(start, day + world.dice.uniform(6, 18) * 3600)), 3)
