"""One emulated ServiceNow instance: its world, its stage hand, and its ASGI application."""

import time
from collections.abc import Callable, Collection
from datetime import datetime

from connectors.emulation import CallLog, Door, Fault, Faults, WorldClock
from connectors.servicenow.emulator.app import ServiceNowSite
from connectors.servicenow.emulator.dictionary import Dictionary, furnish_dictionary
from connectors.servicenow.emulator.gate import Gate
from connectors.servicenow.emulator.herald import Herald
from connectors.servicenow.emulator.histories import play
from connectors.servicenow.emulator.limits import Limiter
from connectors.servicenow.emulator.metrics import Metrics
from connectors.servicenow.emulator.people import People
from connectors.servicenow.emulator.people_at_start import furnish_people
from connectors.servicenow.emulator.profiles import FATES
from connectors.servicenow.emulator.routes import endpoint
from connectors.servicenow.emulator.rules import before_save
from connectors.servicenow.emulator.sla_engine import SlaEngine
from connectors.servicenow.emulator.stage import Stage
from connectors.servicenow.emulator.tables import OWN_COLUMNS, tables_at_start
from connectors.servicenow.emulator.terms_at_start import furnish_terms
from connectors.servicenow.emulator.tokens import Tokens
from connectors.servicenow.emulator.world import World

__all__ = ["Emulator"]

_FURNISHED = 30 * 86_400  # seconds before the played past


class Emulator:
    """A ServiceNow instance, the same for the same seed, count and start.

    seed: of every throw of the dice.
    tickets: how many there are at the start, with their histories over the `weeks` before it.
    start: the instance's time when it opens, aware; None: now. From then on it runs with the host's clock.
    hub_columns: whether the hub's five columns are on `task` already.
    hourly: calls of the Table API an hour that a rate limit rule allows the hub; None: there is no rule.
    traps: bad habits that are on from the start, by name; `all` for every one.
    profiles: faults that strike from the start, by name; see `Stage.faults`. host: the clock to run on, for tests.
    """

    def __init__(
        self,
        seed: int = 1,
        tickets: int = 300,
        start: datetime | None = None,
        *,
        weeks: int = 6,
        hub_columns: bool = True,
        hourly: int | None = None,
        traps: Collection[str] = (),
        profiles: Collection[str] = (),
        host: Callable[[], float] = time.time,
    ) -> None:
        clock = WorldClock(host, None if start is None else start.timestamp())
        self.world = world = World(clock, seed, tables_at_start(hub_columns=hub_columns))
        self.calls, faults, herald = CallLog(endpoint, _writes), Faults(FATES), Herald()
        self.gate = Gate(world, Tokens(world))
        limiter = Limiter(clock.exact)
        opened = clock.now()
        with clock.at(opened - weeks * 7 * 86_400 - _FURNISHED):
            furnish_people(world)
            furnish_terms(world)
            furnish_dictionary(world)
        world.before.append(before_save)
        engine = SlaEngine(world)
        world.listeners += [Dictionary(world), engine, Metrics(world)]
        self.stage = Stage(world, self.gate, limiter, herald, faults, self.calls)
        self.stage.traps(traps)
        play(world, tickets, opened, weeks)
        world.opened = True
        world.listeners.append(herald)
        world.jobs.append(engine.refresh)
        if hourly is not None:
            self.stage.limit(hourly)
        self.app = ServiceNowSite(world, self.gate, limiter, faults=faults, calls=self.calls, stage=Door(self.stage))
        self.app.drift = self._beside
        self.stage.faults(list(profiles))

    def column_names(self) -> dict[str, str]:
        """Return the hub's columns by slot (due, state, ...), as far as they are there."""
        known = self.world.schema.columns("task")
        return {slot: name for slot, name in OWN_COLUMNS.items() if name in known}

    def _beside(self, fault: Fault) -> None:
        if fault.kind == "job":
            self.world.fate = fault.fate
        else:
            People(self.world).drift(fault.seed)


def _writes(method: str, path: str) -> bool:
    return method not in ("GET", "HEAD") and path != "/oauth_token.do"
