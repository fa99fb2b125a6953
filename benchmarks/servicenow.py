"""ServiceNow: what an instance's past, a round in which nothing happens and the verdicts shown there take in calls."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from benchmarks import hub
from benchmarks.databases import Databases, migrated
from benchmarks.measure import Table
from benchmarks.site import Site, Taken, finish, opened, rates_of, read, served, shown
from connectors.servicenow import ServiceNowConnector
from connectors.servicenow.settings import ServiceNowSettings
from core.flows.source import Source
from core.store import Store

__all__ = ["measure", "open_site", "open_source"]

HEAD = (
    "Tickets",
    "Tickets a second",
    "CPU s a 10,000",
    "Calls a 1,000 tickets",
    "Tables",
    "Calls of a round with nothing new",
    "Tickets written",
    "Calls a 1,000 written",
)
A_SAVE = 0.6
"""Seconds that the instance's own rules take for each ticket that is written."""

TABLES = ("incident", "sc_req_item", "sc_task")


def measure(databases: Databases, tickets: int, runs: int) -> Table:
    """Return how fast a past is read into SQLite and in how many calls, and how many a quiet round and writing take."""
    taken: list[Taken] = []
    quiet = written = edits = 0
    with open_site(tickets) as site:
        for run in range(runs):
            with migrated(databases("SQLite")) as store, open_source(store, site) as source:
                taken.append(read(store, source, site))
                if run == runs - 1:
                    finish(store, source)
                    quiet = _quiet(store, source)
                    before = source.meter.calls()
                    written = shown(store, source)
                    edits = source.meter.calls() - before
    last = taken[-1]
    row = (
        *rates_of(taken),
        f"{last.calls * 1000 / last.tickets:.1f}",
        f"{len(TABLES)}",
        f"{quiet}",
        f"{written:,}",
        f"{edits * 1000 / max(written, 1):,.0f}",
    )
    return Table("servicenow", HEAD, [row])


def _quiet(store: Store, opened: Source) -> int:
    """Return the calls of a round in which the lanes of the usual rhythm are due and nothing has happened."""
    source = replace(opened, settings=replace(opened.settings, every=timedelta()))
    hub.pull(store, source)
    before = source.meter.calls()
    done = hub.pull(store, source)
    if done.reason:
        raise RuntimeError(f"the round broke off: {done.reason}")
    return source.meter.calls() - before


@contextmanager
def open_source(store: Store, site: Site) -> Generator[Source]:
    """Open a live connection to the instance."""
    auth = {"method": "basic", "username": site.credentials["username"], "password": "${SLAHUB_PASSWORD}"}
    settings = ServiceNowSettings.model_validate({"url": site.url, "auth": auth, "scope": {"tables": list(TABLES)}})
    with opened(store, ServiceNowConnector, settings, site, site.credentials["password"]) as source:
        yield source


@contextmanager
def open_site(tickets: int) -> Generator[Site]:
    """Start an instance with so many tickets in a process of its own; it is gone at the end."""
    with served("connectors.servicenow.emulator", tickets) as site:
        site.tell("batch_seconds", each=A_SAVE)
        yield site
