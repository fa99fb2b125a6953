"""Whether a helpdesk's hints arrive, in words."""

from dataclasses import dataclass
from datetime import datetime

from core.flows.follow import REMEMBERED
from core.settings import Connection
from core.store import Tx, hints
from slahub.cli.out import ago, plural

__all__ = ["Hinted", "spoken"]


@dataclass(frozen=True, slots=True)
class Hinted:
    """last_at: when the last one was noted, host time. words: empty where no hints are expected."""

    last_at: datetime | None = None
    words: str = ""


def spoken(tx: Tx, connection: Connection, row: int, now: datetime) -> Hinted:
    """Return when the last hint of a connection came, and what to say about it. row: the connection's."""
    if connection.hints.secret is None:
        return Hinted()
    last, open_ones = hints.last_at(tx, row), hints.waiting_count(tx, row)
    if last is None:
        every = ago(connection.every.total_seconds())
        since = ago(REMEMBERED.total_seconds())
        return Hinted(None, f"no hint has come within {since}; it is read every {every} all the same")
    waits = f", {plural(open_ones, 'hint')} to be followed" if open_ones else ""
    return Hinted(last, f"the last hint came {ago((now - last).total_seconds())} ago{waits}")
