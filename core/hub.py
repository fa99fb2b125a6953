"""The hub of one database: what is configured, what is open, and one whole cycle over it."""

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from uuid import uuid4

from core.calendar import Calendar, always
from core.errors import Problem, SettingsError
from core.flows.deliver import confirm, deliver
from core.flows.evaluate import Active, evaluate
from core.flows.probe import probe
from core.flows.source import Done, Source
from core.flows.sync import backfilling, sync
from core.ports import LaneKind, Now, Stop
from core.settings import Configuration, Offer
from core.sla.policy import ALWAYS
from core.store import Store, connections

__all__ = ["BACKFILL", "LIVE", "Hub"]

LIVE = frozenset({LaneKind.LIVE})
BACKFILL = frozenset({LaneKind.BACKFILL})


def _process_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@dataclass(frozen=True)
class Hub:
    """Everything a process works with. `broken` names connections that could not be opened, and why."""

    store: Store
    configuration: Configuration
    active: Active
    sources: Mapping[str, Source]
    offers: Mapping[str, Offer]
    now: Now
    broken: Mapping[str, str] = field(default_factory=dict[str, str])
    process: str = field(default_factory=_process_name)
    _probed: dict[str, datetime] = field(default_factory=dict[str, datetime], repr=False)

    def source(self, name: str) -> Source:
        """Return the open connection of that name. Raises: SettingsError naming the nearest one."""
        if name not in self.sources:
            near = get_close_matches(name, self.sources, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.sources) or 'none'}"
            raise SettingsError(Problem(f"no connection is called {name!r}", hint=hint))
        return self.sources[name]

    def calendar(self, revision: int, name: str) -> Calendar | None:
        """Return a calendar as it stood in that revision; None when it is not in it."""
        if name == ALWAYS:
            return always()
        for rules in self.active.rules:
            if rules.revision == revision:
                return rules.calendars.get(name)
        return None

    def usable(self, source: Source) -> bool:
        """Say whether the connection may be asked: not refused, not stopped."""
        with self.store.view() as tx:
            row = connections.get(tx, source.name)
        return row is not None and row.state not in {"refused", "stopped"}

    def probe_due(self, source: Source, every: timedelta) -> bool:
        """Say whether the source should be asked who it is: never asked yet, not well, or long ago."""
        with self.store.view() as tx:
            row = connections.get(tx, source.name)
        probed = self._probed.get(source.name)
        return row is None or row.state != "ok" or probed is None or probed + every <= self.now()

    def probe(self, source: Source) -> str:
        """Ask the source who it is and keep the answer; see `core.flows.probe`."""
        self._probed[source.name] = self.now()
        return probe(self.store, source)

    def sync(self, source: Source, kinds: frozenset[LaneKind], stop: Stop, *, forced: bool = False) -> Done:
        """Pull the lanes of these kinds that are due."""
        return sync(self.store, source, kinds, stop, forced=forced)

    def backfilling(self, source: Source) -> bool:
        """Say whether the past of this connection is still being read."""
        return backfilling(self.store, source)

    def evaluate(self, source: Source, stop: Stop) -> Done:
        """Judge what is waiting."""
        with self.store.view() as tx:
            row = connections.get(tx, source.name)
        return evaluate(self.store, source, self.active, stop, armed_at=row.armed_at if row else None)

    def confirm(self, source: Source, stop: Stop) -> Done:
        """Look directly at breaches that rest on silence."""
        return confirm(self.store, source, stop)

    def deliver(self, source: Source, stop: Stop) -> Done:
        """Write what tickets should show and do not."""
        return deliver(self.store, source, self.active, stop, process=self.process)

    def judge_and_deliver(self, source: Source, stop: Stop) -> Iterator[Done]:
        """Evaluate, confirm what came due, and deliver, until nothing is left to do now."""
        yield self.evaluate(source, stop)
        looked = self.confirm(source, stop)
        if looked.read:
            yield looked
            yield self.evaluate(source, stop)
        yield self.deliver(source, stop)
