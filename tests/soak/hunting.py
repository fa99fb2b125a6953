"""The hunt for secrets, in everything that a person or another program gets to see."""

import json
from collections.abc import Mapping

import httpx
from sqlalchemy import select

from core.store import Store, tables
from tests.soak.hub import HubProcess

__all__ = ["pages", "secrets_told"]

PAGES = ("/metrics", "/healthz", "/readyz", "/hooks/zendesk", "/")

COMMANDS = (
    ("status", "--json"),
    ("config", "show"),
    ("alerts", "list"),
    ("deliveries",),
    ("clocks",),
    ("sync",),
)
"""The last one meets helpdesks that turn the hub's credentials away."""


def pages(hub: HubProcess) -> Mapping[str, str]:
    """Return what the daemon's web application shows, by path."""
    lines = [json.loads(line) for line in hub.log.read_text("utf-8", "replace").splitlines() if '"listening"' in line]
    address = f"http://{lines[-1]['http']}"
    answers = {path: httpx.get(address + path, timeout=30) for path in PAGES}
    return {path: f"{dict(answer.headers)} {answer.text}" for path, answer in answers.items()}


def secrets_told(hub: HubProcess, store: Store, seen: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    """Return where a secret stands: in what was seen, in the log, in a row, or in what commands say."""
    with store.view() as tx:
        rows = [str(row) for table in tables.metadata.tables.values() for row in tx.execute(select(table))]
    logged = hub.log.read_text("utf-8", "replace")
    said = {f"slahub {' '.join(each)}": hub.call(*each) for each in COMMANDS}
    places = {
        "the log": logged,
        "the database": "\n".join(rows),
        **seen,
        **{name: done.stdout + done.stderr for name, done in said.items()},
    }
    found = [
        f"{name}'s secret stands in {place}"
        for name, secret in secrets.items()
        for place in places
        if secret in places[place]
    ]
    broken = [
        f"{place} has a traceback" for place, text in places.items() if "Traceback (most recent call last)" in text
    ]
    return [*found, *broken]
