"""How long clocks took, over all tickets of a connection."""

from collections.abc import Sequence

from sqlalchemy import Connection, distinct, select

from core.store import tables
from core.store.bulk import plain_rows
from core.store.replays import STANDING, Standing

__all__ = ["finished", "going", "metrics"]

Taken = tuple[str, str, str | None, int]
"""Policy, calendar, the ticket's priority of now, seconds of open time."""


def finished(tx: Connection, connection_id: int, metric: str) -> list[Taken]:
    """Return what each completed clock of a metric took."""
    ticket, clock = tables.ticket.c, tables.clock.c
    rows = tx.execute(
        select(clock.policy, clock.calendar, ticket.priority, clock.elapsed_seconds)
        .join_from(tables.clock, tables.ticket, ticket.id == clock.ticket_id)
        .where(
            ticket.connection_id == connection_id,
            clock.metric == metric,
            clock.state == "completed",
            clock.gone.is_(False),
        )
    )
    return [(policy, calendar, priority, taken) for policy, calendar, priority, taken in plain_rows(rows)]


def going(tx: Connection, connection_id: int, metric: str) -> Sequence[tuple[str | None, Standing]]:
    """Return the clocks of a metric that run or are paused, each with its ticket's priority of now."""
    ticket, clock = tables.ticket.c, tables.clock.c
    rows = tx.execute(
        select(ticket.priority, *STANDING)
        .join_from(tables.clock, tables.ticket, ticket.id == clock.ticket_id)
        .where(
            ticket.connection_id == connection_id,
            clock.metric == metric,
            clock.state.in_(("running", "paused")),
            clock.gone.is_(False),
        )
    )
    return [(priority, Standing._make(rest)) for priority, *rest in plain_rows(rows)]


def metrics(tx: Connection, connection_id: int) -> set[str]:
    """Return the metrics that any clock has."""
    ticket, clock = tables.ticket.c, tables.clock.c
    query = select(distinct(clock.metric)).join_from(tables.clock, tables.ticket, ticket.id == clock.ticket_id)
    return set(tx.execute(query.where(ticket.connection_id == connection_id)).scalars())
