"""A helpdesk in a process of its own whose past is read and whose tickets are written, as the hub does it."""

import json
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import httpx

from benchmarks import hub
from benchmarks.tickets import rules
from connectors import SecretRef, open_client
from core.flows.deliver import deliver
from core.flows.evaluate import Active, evaluate
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.flows.sync import backfilling
from core.ports import FieldName, Slot
from core.settings import Mode
from core.store import Store, connections, fields, lists
from core.store.credentials import MemoryVault

__all__ = ["Site", "Taken", "finish", "opened", "rates_of", "read", "served", "shown"]

WEEKS = 60
QUIET = timedelta(hours=2)
AGES = timedelta(days=3650)
PATIENCE = 60.0
"""Seconds after which a write that is not answered is waited for no more."""


@dataclass(frozen=True, slots=True)
class Site:
    """A running helpdesk. credentials: as it tells them. fields: ids of the hub's fields, by slot."""

    url: str
    credentials: Mapping[str, str]
    fields: Mapping[str, str]

    def calls(self) -> Mapping[str, int]:
        """Return how often each endpoint was called since it was asked last."""
        found: Mapping[str, int] = self._staged("writes")["calls"]
        self._staged("forget_calls", {})
        return found

    def tell(self, verb: str, **arguments: object) -> None:
        """Have the stage hand do something."""
        self._staged(verb, arguments)

    def _staged(self, verb: str, body: Mapping[str, object] | None = None) -> Any:
        address = f"{self.url}/_stage/{verb}"
        answer = httpx.get(address, timeout=60) if body is None else httpx.post(address, json=body, timeout=60)
        return answer.raise_for_status().json()


@dataclass(frozen=True, slots=True)
class Taken:
    """What one reading took. calls: those of the connection, of which `counts` are what the helpdesk says."""

    tickets: int
    wall: float
    cpu: float
    calls: int
    counts: Mapping[str, int] = field(default_factory=dict[str, int])


def read(store: Store, source: Source, site: Site) -> Taken:
    """Read the whole past. Raises: RuntimeError where that breaks off."""
    site.calls()
    calls, wall, cpu = source.meter.calls(), time.perf_counter(), time.process_time()
    done = hub.pull(store, source, forced=True)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if done.reason:
        raise RuntimeError(f"the reading broke off: {done.reason}")
    with store.view() as tx:
        tickets = len(lists.ticket_ids(tx, source.id))
    return Taken(tickets, wall, cpu, source.meter.calls() - calls, site.calls())


def rates_of(taken: Sequence[Taken]) -> tuple[str, str, str]:
    """Return how many tickets there are, how many are read in a second, and CPU seconds for 10,000 of them."""
    tickets = taken[-1].tickets
    return (
        f"{tickets:,}",
        f"{tickets / median(each.wall for each in taken):,.0f}",
        f"{median(each.cpu for each in taken) * 10_000 / tickets:.2f}",
    )


def finish(store: Store, source: Source) -> None:
    """Read the past to its end: of the last minutes before the connection was opened a first list proves nothing."""
    while backfilling(store, source):
        StopSignal().wait(0.5)
        hub.pull(store, source, forced=True)


def shown(store: Store, source: Source) -> int:
    """Judge everything and write until nothing may be written any more; return how many tickets were written."""
    stop, active, written = StopSignal(), Active((rules(),)), 0
    while evaluate(store, source, active, stop).evaluated:
        pass
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        done = deliver(store, source, active, stop, process="benchmark")
        if done.reason:
            raise RuntimeError(f"the writing broke off: {done.reason}")
        written += done.written
        with store.view() as tx:
            if not done.written and not fields.under_way(tx, source.id):
                break
        stop.wait(0.05)
    return written


@contextmanager
def opened(store: Store, kind: type[Any], settings: Any, site: Site, secret: str) -> Generator[Source]:
    """Open a live connection, which reads all the past there is and lists no open tickets first."""
    names = {Slot(slot): FieldName(id=field_id) for slot, field_id in site.fields.items()}

    def revealed(_: SecretRef) -> str:
        return secret

    with open_client(site.url) as plain:
        signs = kind.auth(settings, revealed, MemoryVault(), plain)
        with hub.opened(store, kind, settings, names, auth=signs, headers=kind.headers(settings)) as source:
            with store.unit() as tx:
                connections.update(tx, source.id, armed_at=datetime.now(UTC) - AGES)
            yield replace(source, settings=replace(source.settings, mode=Mode.LIVE, write_back=names))


@contextmanager
def served(module: str, tickets: int, *options: str) -> Generator[Site]:
    """Start an emulator with so many tickets in a process of its own; it is gone at the end."""
    start = (datetime.now(UTC) - QUIET).isoformat()
    command = [sys.executable, "-m", module, "--tickets", str(tickets), "--weeks", str(WEEKS), "--start", start]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            about = json.loads(process.stdout.readline())
            site = Site(about["url"], about["credentials"], about["fields"])
            site.tell("advance", seconds=QUIET.total_seconds())
            yield site
        finally:
            process.terminate()
