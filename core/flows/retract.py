"""Retract: take off the tickets what the hub shows there, by the same planner and inside the same limits."""

import math
from dataclasses import dataclass
from datetime import datetime

from core.errors import Problem, SettingsError
from core.flows.arming import BATCH, CALLS_A_BATCH
from core.flows.deliver import Planner
from core.flows.evaluate import Active
from core.flows.source import Done, Source
from core.ports import Stop, WritesBack
from core.settings import Mode
from core.store import Store, Tx, connections, deliveries, retractions
from core.store.fields import Wish

__all__ = ["Retraction", "begin", "left", "retract", "retraction"]


@dataclass(frozen=True, slots=True)
class Retraction:
    """What clearing takes. closed: tickets that show something and that the source lets nobody change any more."""

    tickets: int
    closed: int
    calls: int


def retraction(store: Store, source: Source) -> Retraction:
    """Return how many tickets show something of the hub's, and with how many calls they are cleared."""
    with store.view() as tx:
        found = retractions.count(tx, source.id, source.settings.write_back)
    return Retraction(found.tickets, found.closed, math.ceil(found.tickets / BATCH) * CALLS_A_BATCH)


def begin(store: Store, source: Source) -> None:
    """Let all of it be tried, whatever was refused before."""
    with store.unit() as tx:
        connections.hold(tx, source.id)
        retractions.begin(tx, source.id, source.settings.write_back)


def left(store: Store, source: Source) -> int:
    """Return how many tickets are still to be cleared."""
    with store.view() as tx:
        return retractions.left(tx, source.id, source.settings.write_back)


def retract(store: Store, source: Source, active: Active, stop: Stop, *, process: str) -> Done:
    """Ask after pending jobs, then clear what can be cleared now; stopped anywhere, the next run goes on.

    Raises: SettingsError while the connection may write: what is cleared would be written again.
    """
    if source.settings.mode is not Mode.OBSERVE:
        raise SettingsError(
            Problem(
                f"is {source.settings.mode}: nothing is cleared while the hub writes",
                key=f"connections.{source.name}.mode",
            )
        )
    if not isinstance(source.connector, WritesBack) or source.resting(_Clearing.flow) or stop.reached():
        return Done(_Clearing.flow, source.name)
    return _Clearing(store, source, active, source.connector, process).run(stop)


class _Clearing(Planner):
    """Wishes for nothing but that nothing is shown; what an evaluation wishes for has no say in it."""

    flow = "retract"

    def _restless(self, tx: Tx, now: datetime) -> bool:
        return retractions.ready(tx, self._source.id, self._source.settings.write_back, now)

    def _masses_may_go(self) -> bool:
        return True

    def _look(self, *, masses: bool) -> bool:
        """Look at nothing: clearing a field that is empty already changes nothing."""
        return False

    def _plan(self, *, masses: bool) -> list[Wish] | None:
        source, now = self._source, self._source.host_now()
        with self._unit() as tx:
            if source.replaced(tx):
                return None
            found = retractions.wishes(tx, source.id, source.settings.write_back, now, BATCH)
            deliveries.sent(tx, found, now, self._process)
        return found or None
