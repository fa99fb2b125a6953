"""One emulated Jira site: its world, its stage hand, and its ASGI application."""

import time
from collections.abc import Callable, Collection
from datetime import datetime

from connectors.emulation import CallLog, Door, Fault, Faults, WorldClock
from connectors.jira.emulator.account import furnish
from connectors.jira.emulator.app import JiraSite
from connectors.jira.emulator.bulk import FATES
from connectors.jira.emulator.gate import Gate
from connectors.jira.emulator.herald import Herald
from connectors.jira.emulator.histories import play
from connectors.jira.emulator.limits import Limiter
from connectors.jira.emulator.meter import Meter
from connectors.jira.emulator.office_at_start import furnish_credentials, furnish_hub_fields, furnish_office
from connectors.jira.emulator.people import People
from connectors.jira.emulator.records import Flavour
from connectors.jira.emulator.routes import endpoint, find
from connectors.jira.emulator.scopes import check_scope
from connectors.jira.emulator.stage import Stage
from connectors.jira.emulator.world import World

__all__ = ["Emulator"]


class Emulator:
    """A Jira site, the same for the same seed, count and start.

    seed: of every throw of the dice.
    tickets: how many issues there are at the start, with their histories over the `weeks` before it.
    start: the site's time when it opens, aware; None: now. From then on it runs with the host's clock.
    flavour: `cloud` or `datacenter`. context: the path that a Data Center lives below.
    sla_fields: whether the five fields of the hub are there already, on every screen.
    traps: bad habits that are on from the start, by name; `all` for every one.
    limits=False: counts no calls. profiles: faults that strike from the start, by name; see `Stage.faults`.
    host, monotonic: clocks to run on, for tests.
    """

    def __init__(
        self,
        seed: int = 1,
        tickets: int = 300,
        start: datetime | None = None,
        *,
        weeks: int = 6,
        flavour: Flavour = "cloud",
        context: str = "",
        sla_fields: bool = True,
        limits: bool = True,
        traps: Collection[str] = (),
        profiles: Collection[str] = (),
        host: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        clock = WorldClock(host, None if start is None else start.timestamp())
        self.world = World(clock, seed, flavour)
        self.world.office.limiter = Limiter(monotonic, clock.exact, cloud=flavour == "cloud", on=limits)
        self.gate, self.calls, faults = Gate(self.world), CallLog(endpoint, self._writes), Faults(FATES)
        opened = clock.now()
        furnish(self.world, self.gate)
        furnish_office(self.world)
        furnish_credentials(self.world, self.gate)
        self._field_ids = furnish_hub_fields(self.world) if sla_fields else {}
        self.stage = Stage(self.world, self.gate, faults, self.calls)
        quiet = {"index_lag", "mixed_lag"}  # the past is indexed
        every = self._chosen(traps)
        self.stage.traps(every - quiet)
        play(self.world, tickets, opened, weeks)
        self.stage.traps(every & quiet)
        self.app = JiraSite(
            self.world, self.gate, faults=faults, calls=self.calls, stage=Door(self.stage), context=context
        )
        meter = Meter(self.world)
        self.app.before += [check_scope, meter.before]
        self.app.after.append(meter.after)
        self._context = self.world.office.context = context.rstrip("/")
        self.app.drift = self._beside
        self.world.office.courier.tries = 6 if flavour == "cloud" else 1
        self.world.listeners.append(Herald(self.world))
        self.stage.faults(list(profiles))

    def field_ids(self) -> dict[str, str]:
        """Return the ids of the hub's fields by slot (due, state, ...), as far as they are there."""
        return dict(self._field_ids)

    def _beside(self, fault: Fault) -> None:
        if fault.kind == "job":
            self.world.office.fates.append(fault.fate)
        else:
            People(self.world).drift(fault.seed)

    def _chosen(self, traps: Collection[str]) -> set[str]:
        self.world.traps.switch(traps, on=True)
        chosen = set(self.world.traps.on)
        self.world.traps.on.clear()
        return chosen

    def _writes(self, method: str, path: str) -> bool:
        if method == "GET":
            return False
        found = find(self.world.flavour, method, path.removeprefix(self._context))
        return found is None or not found.route.reads
