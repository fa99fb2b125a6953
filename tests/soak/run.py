"""A soak: a daemon over three helpdesks, with people at work and everything breaking; then it settles."""

import random
import select
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.flows.census import NAME
from core.flows.source import Done, Source
from core.flows.stop import StopSignal
from core.hub import Hub
from core.ports import LaneKind
from core.store import Store, lanes
from slahub.cli.work import cycle, meet
from tests.flows.proof import Desk
from tests.soak import equalities, hunting
from tests.soak.hub import HubProcess
from tests.soak.server import DatabaseServer
from tests.soak.service import Service, service
from tests.soak.town import House, town

__all__ = ["Outcome", "Soak", "soak"]

UNUSABLE = 2
"""The exit status of a daemon that was started while its database could not be used."""

WHILE = 16 * 3600
"""Seconds that pass at once in the end."""

LIVES = (0.2, 1.0, 3.0, 9.0)
"""Seconds at most that a daemon has left after what befell it: short ones die in their beginnings."""

REST = 3
"""Such whiles without a write after which nothing more is expected."""

SETTLING = 1200.0
"""Seconds within which everything has to come to rest."""


@dataclass(frozen=True)
class Soak:
    """What is to happen. changes: in each round and helpdesk. server: None for SQLite."""

    seed: int
    rounds: int
    changes: int
    folder: Path
    server: DatabaseServer | None = None
    tell: Callable[[str], None] = lambda _: None


@dataclass
class Outcome:
    """What has happened, and what was not equal in the end.

    unstarted: how often the daemon found no database to work on and said so, for whoever supervises it to try again.
    """

    kills: int = 0
    unstarted: int = 0
    server_kills: int = 0
    changes: int = 0
    calls: int = 0
    writes: int = 0
    seconds: float = 0.0
    troubles: Counter[str] = field(default_factory=Counter[str])
    differences: list[str] = field(default_factory=list[str])


def pause(seconds: float) -> None:
    """Let the daemon, another process, have this long: when trouble comes is the point."""
    select.select([], [], [], seconds)


def soak(what: Soak) -> Outcome:
    """Run it, and return what became of it."""
    began, outcome, chance = time.monotonic(), Outcome(), random.Random(what.seed)
    with town(what.seed) as houses, service() as told:
        database = what.server.url if what.server else "sqlite:///hub.db"
        hub = HubProcess(what.folder, database)
        hub.write(houses.values(), told.url)
        with hub.opened() as opened:
            desks = {
                name: each.entered(opened.store, opened.sources[name], opened.active) for name, each in houses.items()
            }
            for number in range(what.rounds):
                for each in houses.values():
                    each.trouble(what.seed * 1000 + number)
                _round(what, number, houses, desks, hub, outcome, chance)
                if not number % 10:
                    what.tell(f"round {number + 1} of {what.rounds}: {hub.killed} kills, {_changes(houses)} changes")
            for each in houses.values():
                each.heal()
            seen = _settle(hub, houses, outcome, what.tell)
            _compare(hub, houses, desks, opened.store, told, outcome)
            outcome.differences += _hunt(hub, houses, opened.store, {**seen, "what an admin was told": str(told.texts)})
        outcome.kills, outcome.server_kills = hub.killed, what.server.killed if what.server else 0
        outcome.changes, outcome.calls = _changes(houses), sum(len(each.calls) for each in houses.values())
        outcome.writes = sum(each.writes() for each in houses.values())
    outcome.seconds = time.monotonic() - began
    return outcome


def _changes(houses: Mapping[str, House]) -> int:
    return sum(each.changes for each in houses.values())


def _round(
    what: Soak, number: int, houses: Mapping[str, House], desks: Mapping[str, Desk], hub: HubProcess, outcome: Outcome,
    chance: random.Random,
) -> None:  # fmt: skip
    """Let the daemon live for a while, with people at work and something breaking, and kill it."""
    hub.start()
    troubles: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "nothing": nullcontext,
        "network": lambda: _cut(chance.choice([*houses.values()]), silent=chance.random() < 0.5),
        "clock": lambda: _moved_clock(hub, chance.choice([-4000, -100, 100, 4000])),
        "server" if what.server else "disk": lambda: _without_server(what.server) if what.server else _full_disk(hub),
    }
    # Each in turn, so that few rounds have all of them.
    kind = [*troubles][(what.seed + number) % len(troubles)]
    outcome.troubles[kind] += 1
    pause(chance.uniform(0.0, 1.5))
    with troubles[kind]():
        for name, each in houses.items():
            for _ in range(what.changes):
                each.act(desks[name], chance)
        pause(chance.uniform(0.0, 1.5))
    pause(chance.choice(LIVES) * chance.random())
    status = hub.kill()
    if status == UNUSABLE and not hub.works():
        outcome.unstarted += 1
    elif status is not None:
        log = hub.log.read_text("utf-8", "replace")
        outcome.differences.append(f"the daemon ended by itself with {status}; the end of its log: {log[-2000:]}")


@contextmanager
def _cut(house: House, *, silent: bool) -> Iterator[None]:
    house.network.cut(silent=silent)
    yield
    house.network.mend()


@contextmanager
def _moved_clock(hub: HubProcess, seconds: int) -> Iterator[None]:
    hub.move_clock(seconds)
    yield
    hub.move_clock(0)


@contextmanager
def _full_disk(hub: HubProcess) -> Iterator[None]:
    hub.fill_disk(full=True)
    yield
    hub.fill_disk(full=False)


@contextmanager
def _without_server(server: DatabaseServer) -> Iterator[None]:
    server.kill()
    yield
    server.start()


def _settle(
    hub: HubProcess, houses: Mapping[str, House], outcome: Outcome, tell: Callable[[str], None]
) -> Mapping[str, str]:
    """Let the daemon go on until it has nothing left to write, have what is there counted, and let it end.

    Hours pass meanwhile: only so many writes an hour go to one ticket, and only so many tickets are begun with.
    Returns: what its web application showed before it ended.
    """
    hub.start()
    since = datetime.now(UTC)
    end, quiet, before, ahead = time.monotonic() + SETTLING, 0, -1, 0
    with hub.opened() as looking:
        while time.monotonic() < end and quiet < REST:
            ahead += WHILE
            for each in houses.values():
                each.emulator.stage.advance(WHILE)
            hub.move_clock(ahead)
            pause(2.0)
            written = sum(each.writes() for each in houses.values())
            read = all(_read(looking.store, each, since) for each in looking.sources.values())
            quiet, before = (quiet + 1 if written == before and read else 0), written
            tell(f"{ahead // 3600} hours later: {written} writes")
    if quiet < REST:
        outcome.differences.append("it did not come to rest: there is always something to write")
    seen = hunting.pages(hub)
    if (status := hub.end()) != 0:
        outcome.differences.append(f"the daemon ended with status {status}")
    with hub.opened() as opened:
        failed = _cycle(opened, census=True)
    outcome.differences += [f"{done.flow} {done.connection}: {done.reason}" for done in failed]
    return seen


def _read(store: Store, source: Source, since: datetime) -> bool:
    """Say whether all has been read that there was at an instant by the daemon's clock."""
    with store.view() as tx:
        rows = [row for row in lanes.every(tx, source.id) if row.carries_history]
    return all(
        row.last_run_at is not None and row.last_run_at >= since
        if row.kind is LaneKind.LIVE
        else row.finished_at is not None
        for row in rows
    )


def _cycle(opened: Hub, *, census: bool = False) -> list[Done]:
    """Do whatever is left to do; return what failed."""
    done = [each for source in opened.sources.values() for each in _counted(opened, source) if census]
    return [each for each in [*done, *cycle(opened, StopSignal())] if each.reason]


def _counted(opened: Hub, source: Source) -> Iterator[Done]:
    """Take a census to its end."""
    meet(opened, source, StopSignal())
    while True:
        part = opened.census(source, StopSignal(), forced=True)
        yield part
        if part.reason or not source.resting(NAME):
            return
        pause(1.0)


def _compare(
    hub: HubProcess,
    houses: Mapping[str, House],
    desks: Mapping[str, Desk],
    store: Store,
    told: Service,
    outcome: Outcome,
) -> None:
    found = outcome.differences
    with hub.opened() as opened:
        before = sum(each.writes() for each in houses.values())
        _cycle(opened)
        after = sum(each.writes() for each in houses.values())
        if after != before:
            found.append(f"the cycle after the last one wrote {after - before} times")
        found += equalities.rebuilt(opened, hub.folder)
        found += equalities.taken_back(opened)
    for name, each in houses.items():
        found += equalities.same_as_truth(each, desks[name])
        found += equalities.agreed_on_fields(each, desks[name])
        found += equalities.exceeded(each)
        found += equalities.noted_once(each, desks[name])
    found += equalities.told_once(store, told.texts)


def _hunt(hub: HubProcess, houses: Mapping[str, House], store: Store, seen: Mapping[str, str]) -> list[str]:
    """Look for secrets, also where helpdesks turn the hub away."""
    for each in houses.values():
        each.emulator.stage.revoke()
    return hunting.secrets_told(hub, store, seen, {name: each.secret for name, each in houses.items()})
