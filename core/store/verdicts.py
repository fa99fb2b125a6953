"""What was held of a ticket's clocks, and from when on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from core.store import tables

__all__ = ["VerdictRow", "of_ticket"]


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """What was held of one clock. since: since when it was so, in the source's time.

    known_from, known_until: while the hub held it, in host time; None: it still does.
    """

    policy: str
    metric: str
    cycle: int
    started_by: str
    revision: int
    known_from: datetime
    known_until: datetime | None
    since: datetime | None
    state: str
    standing: str | None
    confirmed: bool
    started_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None
    breached_at: datetime | None
    reason: str


def of_ticket(tx: Connection, ticket: int) -> list[VerdictRow]:
    """Return every verdict on a ticket's clocks, by clock, and for each in the order in which they became known."""
    clock, verdict = tables.clock.c, tables.verdict.c
    rows = tx.execute(
        select(clock.policy, clock.metric, clock.cycle, clock.started_by, tables.verdict)
        .join_from(tables.verdict, tables.clock, clock.id == verdict.clock_id)
        .where(clock.ticket_id == ticket)
        .order_by(clock.policy, clock.metric, clock.cycle, clock.id, verdict.id)
    ).all()
    following = [*rows[1:], None]
    return [
        VerdictRow(
            policy=row.policy,
            metric=row.metric,
            cycle=row.cycle,
            started_by=row.started_by,
            revision=row.revision,
            known_from=row.known_from,
            known_until=after.known_from if after is not None and after.clock_id == row.clock_id else None,
            since=row.since,
            state=row.state,
            standing=row.standing,
            confirmed=row.confirmed,
            started_at=row.started_at,
            completed_at=row.completed_at,
            due_at=row.due_at,
            breached_at=row.breached_at,
            reason=row.reason,
        )
        for row, after in zip(rows, following, strict=True)
    ]
