"""A soak: a daemon over three helpdesks, with people at work and everything breaking; then it settles."""

import random
import select
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from core.store import Store
from tests.flows.proof import Desk
from tests.soak import equalities
from tests.soak.hub import HubProcess
from tests.soak.server import DatabaseServer
from tests.soak.service import Service, service
from tests.soak.town import House, town

__all__ = ["Outcome", "Soak", "soak"]

SETTLING = 240.0
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
    """What has happened, and what was not equal in the end."""

    kills: int = 0
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
        opened = hub.opened()
        desks = {name: each.entered(opened.store, opened.sources[name], opened.active) for name, each in houses.items()}
        for number in range(what.rounds):
            for each in houses.values():
                each.trouble(what.seed * 1000 + number)
            _round(what, houses, desks, hub, outcome, chance)
            if not number % 10:
                what.tell(f"round {number + 1} of {what.rounds}: {hub.killed} kills, {_changes(houses)} changes")
        for each in houses.values():
            each.heal()
        _settle(hub, houses, outcome)
        _compare(hub, houses, desks, opened.store, told, outcome)
        outcome.kills, outcome.server_kills = hub.killed, what.server.killed if what.server else 0
        outcome.changes, outcome.calls = _changes(houses), sum(len(each.calls) for each in houses.values())
        outcome.writes = sum(each.writes() for each in houses.values())
        opened.store.close()
    outcome.seconds = time.monotonic() - began
    return outcome


def _changes(houses: Mapping[str, House]) -> int:
    return sum(each.changes for each in houses.values())


def _round(
    what: Soak, houses: Mapping[str, House], desks: Mapping[str, Desk], hub: HubProcess, outcome: Outcome,
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
    kind = chance.choice([*troubles])
    outcome.troubles[kind] += 1
    pause(chance.uniform(0.0, 1.5))
    with troubles[kind]():
        for name, each in houses.items():
            for _ in range(what.changes):
                each.act(desks[name], chance)
        pause(chance.uniform(0.0, 1.5))
    pause(chance.uniform(0.0, 1.0))
    if not hub.runs():
        outcome.differences.append(f"the daemon ended by itself; the end of its log: {hub.log.read_text()[-2000:]}")
    hub.kill()


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


def _settle(hub: HubProcess, houses: Mapping[str, House], outcome: Outcome) -> None:
    """Let the daemon go on until it has nothing left to write, have what is there counted, and let it end."""
    lives = hub.lives()
    hub.start()
    end, quiet, before = time.monotonic() + SETTLING, 0, -1
    while time.monotonic() < end and quiet < 5:
        for each in houses.values():
            # What failed last is left alone for a while.
            each.emulator.stage.advance(60)
        pause(2.0)
        written = sum(each.writes() for each in houses.values())
        quiet, before = (quiet + 1 if written == before and hub.lives() > lives else 0), written
    if quiet < 5:
        outcome.differences.append("it did not come to rest: there is always something to write")
    if (status := hub.end()) != 0:
        outcome.differences.append(f"the daemon ended with status {status}")
    for command in (("run", "--once"), ("census",), ("run", "--once")):
        said = hub.call(*command)
        if said.returncode:
            outcome.differences.append(f"slahub {' '.join(command)}: {said.returncode} {said.stdout}{said.stderr}")


def _compare(
    hub: HubProcess,
    houses: Mapping[str, House],
    desks: Mapping[str, Desk],
    store: Store,
    told: Service,
    outcome: Outcome,
) -> None:
    before = sum(each.writes() for each in houses.values())
    hub.call("run", "--once")
    after = sum(each.writes() for each in houses.values())
    found = outcome.differences
    if after != before:
        found.append(f"the cycle after the last one wrote {after - before} times")
    for name, each in houses.items():
        found += equalities.same_as_truth(each, desks[name])
        found += equalities.agreed_on_fields(each, desks[name])
        found += equalities.exceeded(each)
        found += equalities.noted_once(each, desks[name])
    found += equalities.rebuilt(hub)
    found += equalities.taken_back(store)
    found += equalities.told_once(store, told.texts)
    found += equalities.secrets_told(hub, store, {name: each.secret for name, each in houses.items()})
