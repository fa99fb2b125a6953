"""The past: what happened in the weeks before the instance opens, played through the same deeds as the present."""

import heapq
from collections.abc import Callable, Iterator
from functools import partial

from connectors.servicenow.emulator import deeds
from connectors.servicenow.emulator.change import remove, update
from connectors.servicenow.emulator.lives import Cast, life
from connectors.servicenow.emulator.records import Row
from connectors.servicenow.emulator.rules import is_open
from connectors.servicenow.emulator.world import World

__all__ = ["forget_user", "mass_update", "play", "purge_audit"]

_WEEK, _HOUR = 7 * 86_400, 3600


def play(world: World, tickets: int, opened: int, weeks: int) -> None:
    """Play the lives of so many tickets over the weeks before `opened` (seconds), moment after moment."""
    cast = Cast(world)
    start = opened - weeks * _WEEK
    lives: list[tuple[float, int, Iterator[float]]] = [
        (_moment(world, start, opened), number, life(cast)) for number in range(tickets)
    ]
    heapq.heapify(lives)
    upheavals = sorted(
        (start + share * (opened - start), place, act)
        for place, (share, act) in enumerate(_upheavals(cast) if tickets else ())
    )
    while lives and lives[0][0] < opened:
        at, number, one = heapq.heappop(lives)
        while upheavals and upheavals[0][0] <= at:
            due, _, act = upheavals.pop(0)
            with world.clock.at(due):
                act()
        with world.clock.at(at):
            world.settle()
            pause = next(one, None)
        if pause is not None:
            heapq.heappush(lives, (float(int(at + pause)), number, one))
    for due, _, act in upheavals:
        with world.clock.at(due):
            act()
    world.settle()


def mass_update(world: World, count: int, by: str = "system") -> int:
    """Let a job change so many tickets within this second, and return how many it did."""
    touched = 0
    mark = str(world.now())
    for row in [*world.all("task")][:count]:
        touched += update(world, row, by, {"correlation_display": f"job {mark}"}) is not None
    return touched


def purge_audit(world: World, before: str) -> int:
    """Purge what the audit holds of before a stamp, and return how many rows that were."""
    old = [row for row in world.rows["sys_audit"].values() if row["sys_created_on"] < before]
    for row in old:
        world.drop(row)
    return len(old)


def forget_user(world: World, name: str) -> None:
    """Delete somebody; what refers to them dangles from then on. Raises: LookupError."""
    row = world.first("sys_user", user_name=name)
    if row is None:
        raise LookupError(f"nobody is called {name!r}")
    remove(world, row, "admin")
    world.user_ids.pop(name, None)


def _upheavals(cast: Cast) -> list[tuple[float, Callable[[], object]]]:
    """Return what jobs and administrators do on the way, at which share of the time."""
    world = cast.world
    found: list[tuple[float, Callable[[], object]]] = [
        (0.15 + 0.17 * number, partial(_outage, cast, service, number)) for number, service in enumerate(cast.services)
    ]
    if "equal_seconds" in world.traps:
        found += [(share, partial(mass_update, world, 10_000)) for share in (0.5, 0.9)]
    if "purged_audit" in world.traps:
        found.append((0.45, lambda: purge_audit(world, world.stamp())))
    if "deleted_users" in world.traps:
        found.append((0.8, partial(_forget, cast)))
    return found


def _outage(cast: Cast, service: Row, number: int) -> None:
    """Let a service be down for a while; the newest of the outages has not ended yet."""
    world = cast.world
    now = world.now()
    ticket = next((one for one in world.all("incident") if is_open(one)), None)
    kind = ("outage", "degradation", "planned")[number % 3]
    end = None if number == len(cast.services) - 1 else now - 600
    deeds.outage(world, service, now - 2 * _HOUR, end, kind, ticket)


def _forget(cast: Cast) -> None:
    """Let some people leave, and nobody act in their names."""
    leaving = cast.callers[-3:] + cast.agents[-1:]
    cast.callers, cast.agents = cast.callers[:-3], cast.agents[:-1]
    for _, name in leaving:
        forget_user(cast.world, name)


def _moment(world: World, start: float, end: float) -> float:
    """Return a moment for a ticket to be opened: more often by day than by night."""
    dice = world.dice
    at = dice.uniform(start, end)
    day = at - at % 86_400 + dice.uniform(6, 18) * _HOUR
    by_night = not 6 <= (at % 86_400) / _HOUR <= 18
    return float(int(day if by_night and dice.random() < 0.7 and start <= day < end else at))
