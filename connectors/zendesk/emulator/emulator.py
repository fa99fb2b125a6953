"""One emulated Zendesk account: its world, its stage hand, and its ASGI application."""

import re
import time
from collections.abc import Callable, Collection
from datetime import datetime

from connectors.emulation import CallLog, Door, Faults, WorldClock
from connectors.zendesk.emulator.account import SLA_FIELDS, furnish
from connectors.zendesk.emulator.app import Desk
from connectors.zendesk.emulator.auth import Gate
from connectors.zendesk.emulator.histories import play
from connectors.zendesk.emulator.limits import Limiter
from connectors.zendesk.emulator.profiles import FATES
from connectors.zendesk.emulator.stage import Stage
from connectors.zendesk.emulator.world import World

__all__ = ["Emulator"]


class Emulator:
    """A Zendesk Support account, the same for the same seed, count and start.

    seed: of every throw of the dice.
    tickets: how many there are at the start, with their histories over the `weeks` before it.
    start: the desk's time when it opens, aware; None: now. From then on it runs with the host's clock.
    plan: which call limits are given; `limits=False` counts nothing.
    sla_fields: whether the five fields of the hub are there already.
    lacks: features that the account does not have: slas, group_slas, schedules, satisfaction, exports.
    sandbox: a trial or sandbox account, which gets fewer updates and archives sooner.
    profiles: faults that strike from the start, by name; see `Stage.faults`.
    host, monotonic: clocks to run on, for tests.
    """

    def __init__(
        self,
        seed: int = 1,
        tickets: int = 300,
        start: datetime | None = None,
        *,
        weeks: int = 6,
        plan: str = "enterprise",
        limits: bool = True,
        sla_fields: bool = True,
        lacks: Collection[str] = (),
        sandbox: bool = False,
        profiles: Collection[str] = (),
        host: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        clock = WorldClock(host, None if start is None else start.timestamp())
        self.world = World(clock, seed)
        opened = clock.now()
        furnish(self.world, opened, weeks, sla_fields=sla_fields)
        self._gate, self._faults, self._calls = Gate(self.world), Faults(FATES), CallLog(_endpoint, _writes)
        limiter = Limiter(plan, monotonic, on=limits)
        self.stage = Stage(self.world, self._gate, limiter, self._faults, self._calls)
        self.stage.features(**dict.fromkeys(lacks, False))
        self.stage.limits(sandbox=sandbox)
        play(self.world, tickets, opened, weeks)
        self.stage.faults(list(profiles))
        self.app = Desk(self.world, self._gate, limiter, faults=self._faults, calls=self._calls, stage=Door(self.stage))

    def field_ids(self) -> dict[str, int]:
        """Return the ids of the hub's fields by slot (due, state, ...), as far as they are there."""
        titles = {one.title: one.id for one in self.world.fields.values()}
        return {slot: titles[title] for slot, title in SLA_FIELDS.items() if title in titles}


def _endpoint(path: str) -> str:
    return re.sub(r"/V3-\w+", "/{key}", re.sub(r"/\d+(?=/|$)", "/{id}", path.removesuffix(".json")))


def _writes(method: str, path: str) -> bool:
    return method != "GET" and path != "/oauth/tokens"
