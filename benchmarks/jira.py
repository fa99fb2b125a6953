"""Jira: what a site's past and the verdicts shown there take in calls, on Cloud and on a Data Center."""

from collections.abc import Generator
from contextlib import contextmanager

from benchmarks.databases import Databases, migrated
from benchmarks.measure import Table
from benchmarks.site import Site, Taken, finish, opened, rates_of, read, served, shown
from connectors.jira import JiraConnector
from connectors.jira.settings import JiraSettings
from core.flows.source import Source
from core.store import Store

__all__ = ["measure", "open_site", "open_source"]

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


def measure(databases: Databases, tickets: int, runs: int) -> Table:
    """Return how fast a past is read into SQLite and in how many calls, and how many it takes to write verdicts."""
    rows: list[tuple[str, ...]] = []
    for flavour, name in FLAVOURS.items():
        taken: list[Taken] = []
        written = edits = 0
        with open_site(flavour, tickets) as site:
            for run in range(runs):
                with migrated(databases("SQLite")) as store, open_source(store, site) as source:
                    taken.append(read(store, source, site))
                    if run == runs - 1:
                        finish(store, source)
                        site.calls()
                        written, edits = shown(store, source), sum(site.calls().values())
        last = taken[-1]
        links = sum(count for called, count in last.counts.items() if "remotelink" in called)
        rows.append(
            (
                name,
                *rates_of(taken),
                f"{(sum(last.counts.values()) - links) * 1000 / last.tickets:.1f}",
                f"{links * 1000 / last.tickets:.1f}",
                f"{written:,}",
                f"{edits * 1000 / max(written, 1):,.0f}",
            )
        )
    return Table("jira", HEAD, rows)


@contextmanager
def open_source(store: Store, site: Site) -> Generator[Source]:
    """Open a live connection to the site."""
    known = site.credentials
    auth = (
        {"method": "api_token", "email": known["email"], "api_token": "${SLAHUB_TOKEN}"}
        if "api_token" in known
        else {"method": "personal_access_token", "token": "${SLAHUB_TOKEN}"}
    )
    settings = JiraSettings.model_validate({"url": site.url, "auth": auth, "scope": {"projects": PROJECTS}})
    secret = known.get("api_token") or known["pat"]
    with opened(store, JiraConnector, settings, site, secret) as source:
        yield source


@contextmanager
def open_site(flavour: str, tickets: int) -> Generator[Site]:
    """Start a site with so many issues in a process of its own; it is gone at the end."""
    with served("connectors.jira.emulator", tickets, "--no-limits", "--flavour", flavour) as site:
        site.tell("jobs", delay=0)
        yield site
