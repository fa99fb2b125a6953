"""A log of what ran."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.store import tables

__all__ = ["RunRow", "begin", "end", "give_up", "recent"]

LANE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run; `outcome` is running, done, retry, refused or failed. connection: its name, if it had one."""

    id: int
    connection: str | None
    flow: str
    lane: str
    started_at: datetime
    ended_at: datetime | None
    counts: Mapping[str, int]
    outcome: str
    reason: str


def begin(tx: Connection, flow: str, connection_id: int | None, lane: str, at: datetime) -> int:
    """Note that a run begins and return its id."""
    row = insert(tables.run).values(flow=flow, connection_id=connection_id, lane=lane[:LANE_LENGTH], started_at=at)
    return int(tx.execute(row.returning(tables.run.c.id)).scalar_one())


def end(tx: Connection, run_id: int, at: datetime, outcome: str, counts: Mapping[str, int], reason: str) -> None:
    """Note how a run ended."""
    tx.execute(
        update(tables.run)
        .where(tables.run.c.id == run_id)
        .values(ended_at=at, outcome=outcome, counts=dict(counts), reason=reason)
    )


def give_up(tx: Connection, at: datetime) -> None:
    """End the runs that nobody ended: their process was killed. One that lives yet ends its own again."""
    gone = {"ended_at": at, "outcome": "failed", "reason": "its process ended"}
    tx.execute(update(tables.run).where(tables.run.c.ended_at.is_(None)).values(gone))


def recent(tx: Connection, limit: int) -> list[RunRow]:
    """Return the runs that began last, newest first."""
    run, connection = tables.run.c, tables.connection.c
    rows = tx.execute(
        select(
            run.id,
            connection.name,
            run.flow,
            run.lane,
            run.started_at,
            run.ended_at,
            run.counts,
            run.outcome,
            run.reason,
        )
        .join_from(tables.run, tables.connection, connection.id == run.connection_id, isouter=True)
        .order_by(run.started_at.desc(), run.id.desc())
        .limit(limit)
    )
    return [RunRow(*row) for row in rows]
