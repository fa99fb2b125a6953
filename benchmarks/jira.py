"""Jira: what a site's past and the verdicts shown there take in calls, on Cloud and on a Data Center."""

import json
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import httpx

from benchmarks import hub
from benchmarks.databases import Databases, migrated
from benchmarks.measure import Table
from benchmarks.tickets import rules
from connectors import open_client
from connectors.jira import JiraConnector
from connectors.jira.settings import JiraSettings
from core.flows.deliver import deliver
from core.flows.evaluate import Active, evaluate
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.flows.sync import backfilling
from core.ports import FieldName, Slot
from core.settings import Mode
from core.store import Store, connections, fields, lists
from core.store.credentials import MemoryVault

__all__ = ["Site", "measure", "open_site", "open_source", "shown"]

FLAVOURS = {"cloud": "Cloud", "datacenter": "Data Center"}
HEAD = (
    "Jira",
    "Tickets",
    "Tickets a second",
    "CPU s a 10,000",
    "Calls a 1,000 tickets",
    "Besides, for links elsewhere",
    "Tickets written",
    "Calls a 1,000 written",
)
PROJECTS = ["HELP", "FAC", "ENG"]
"""Those that have the site's fields: a team-managed project has none of them."""

WEEKS = 60
QUIET = timedelta(hours=2)
AGES = timedelta(days=3650)
PATIENCE = 60.0
"""Seconds after which a write that is not answered is waited for no more."""


@dataclass(frozen=True, slots=True)
class Site:
    """A running site. token: of the hub's user. fields: ids of the hub's fields, by slot."""

    flavour: str
    url: str
    token: str
    email: str
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


def measure(databases: Databases, tickets: int, runs: int) -> Table:
    """Return how fast a past is read into SQLite and in how many calls, and how many it takes to write verdicts."""
    rows: list[tuple[str, ...]] = []
    for flavour, name in FLAVOURS.items():
        with open_site(flavour, tickets) as site:
            taken = [_taken(databases, site, write=run == runs - 1) for run in range(runs)]
        last = taken[-1]
        rows.append(
            (
                name,
                f"{last.tickets:,}",
                f"{last.tickets / median(each.wall for each in taken):,.0f}",
                f"{median(each.cpu for each in taken) * 10_000 / last.tickets:.2f}",
                f"{last.calls * 1000 / last.tickets:.1f}",
                f"{last.links * 1000 / last.tickets:.1f}",
                f"{last.written:,}",
                f"{last.edits * 1000 / max(last.written, 1):,.0f}",
            )
        )
    return Table("jira", HEAD, rows)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one reading took. calls: without `links`, those for links to tickets elsewhere. edits: for `written`."""

    tickets: int
    wall: float
    cpu: float
    calls: int
    links: int
    written: int = 0
    edits: int = 0


def _taken(databases: Databases, site: Site, *, write: bool) -> _Taken:
    site.calls()
    with migrated(databases("SQLite")) as store, open_source(store, site) as source:
        wall, cpu = time.perf_counter(), time.process_time()
        done = hub.pull(store, source, forced=True)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if done.reason:
            raise RuntimeError(f"the reading broke off: {done.reason}")
        counts = site.calls()
        links = sum(count for name, count in counts.items() if "remotelink" in name)
        with store.view() as tx:
            tickets = len(lists.ticket_ids(tx, source.id))
        found = _Taken(tickets, wall, cpu, sum(counts.values()) - links, links)
        if not write:
            return found
        finish(store, source)
        site.calls()
        return replace(found, written=shown(store, source), edits=sum(site.calls().values()))


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
def open_source(store: Store, site: Site) -> Generator[Source]:
    """Open a live connection to the site, which reads all the past there is and lists no open tickets first."""
    auth = (
        {"method": "api_token", "email": site.email, "api_token": "${SLAHUB_TOKEN}"}
        if site.email
        else {"method": "personal_access_token", "token": "${SLAHUB_TOKEN}"}
    )
    settings = JiraSettings.model_validate({"url": site.url, "auth": auth, "scope": {"projects": PROJECTS}})
    names = {Slot(slot): FieldName(id=field_id) for slot, field_id in site.fields.items()}
    with open_client(site.url) as plain:
        signs = JiraConnector.auth(settings, lambda _: site.token, MemoryVault(), plain)
        headers = JiraConnector.headers(settings)
        with hub.opened(store, JiraConnector, settings, names, auth=signs, headers=headers) as source:
            with store.unit() as tx:
                connections.update(tx, source.id, armed_at=datetime.now(UTC) - AGES)
            yield replace(source, settings=replace(source.settings, mode=Mode.LIVE, write_back=names))


@contextmanager
def open_site(flavour: str, tickets: int) -> Generator[Site]:
    """Start a site with so many issues in a process of its own; it is gone at the end."""
    start = (datetime.now(UTC) - QUIET).isoformat()
    command = [sys.executable, "-m", "connectors.jira.emulator", "--no-limits", "--flavour", flavour]
    command += ["--tickets", str(tickets), "--weeks", str(WEEKS), "--start", start]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            about = json.loads(process.stdout.readline())
            known = about["credentials"]
            token = known.get("api_token") or known["pat"]
            site = Site(flavour, about["url"], token, known.get("email", ""), about["fields"])
            site.tell("advance", seconds=QUIET.total_seconds())
            site.tell("jobs", delay=0)
            yield site
        finally:
            process.terminate()
