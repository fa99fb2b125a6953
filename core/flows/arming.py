"""What the first round of writing to a helpdesk takes, said before it begins."""

import math
from dataclasses import dataclass

from core.flows.deliver import FIRST_WRITES_AN_HOUR
from core.flows.source import Source
from core.ports import BoundsJobs, Bundles, Connector
from core.store import Store, lists

__all__ = ["FirstRound", "first_round"]

BATCH = 100
CALLS_A_BATCH = 3
"""Where the source takes many at a time, in jobs: one to write, one to ask after the job, one to read back."""


@dataclass(frozen=True, slots=True)
class FirstRound:
    tickets: int
    calls: int
    minutes: float


def first_round(store: Store, source: Source) -> FirstRound:
    """Return how many tickets the first round writes, with how many calls, in how many minutes.

    Those are the tickets that are not resolved yet; the hourly bound on first writes sets the time.
    """
    with store.view() as tx:
        tickets = lists.unresolved(tx, source.id)
    minutes = max(0, tickets - FIRST_WRITES_AN_HOUR) * 60 / FIRST_WRITES_AN_HOUR
    return FirstRound(tickets, _calls(source.connector, tickets), minutes)


def _calls(connector: Connector, tickets: int) -> int:
    if isinstance(connector, BoundsJobs):
        return math.ceil(tickets / BATCH) * CALLS_A_BATCH
    return math.ceil(tickets / connector.bundle()) if isinstance(connector, Bundles) else tickets
