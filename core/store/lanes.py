"""How far each lane has been read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, null, or_, select, update

from core.ports import Checkpoint, LaneKind
from core.store import tables
from core.store.database import exclusive

__all__ = [
    "REOPENED",
    "LaneRow",
    "advance",
    "backfilling",
    "every",
    "finish",
    "get",
    "open_lane",
    "postpone",
    "ran",
    "reopen",
    "restart",
    "settle",
]

REOPENED = ""
"""The cursor of a lane that was opened again and has not begun."""


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One lane as stored; `checkpoint` is where its next pull resumes.

    start_at: what it covers begins here (None: at the source's beginning).
    until_at: a backfill is done when it is settled up to here.
    settled_until: exclusive, in the source's time. finished_at, not_before, last_run_at: host time.
    read: records read in all; total: how many there are, where the source says so.
    """

    id: int
    stream: str
    kind: LaneKind
    carries_history: bool
    checkpoint: Checkpoint
    start_at: datetime | None
    until_at: datetime | None
    settled_until: datetime | None
    finished_at: datetime | None
    not_before: datetime | None
    last_run_at: datetime | None
    read: int
    total: int | None


def get(tx: Connection, connection_id: int, stream: str, kind: LaneKind) -> LaneRow | None:
    """Return the lane, or None where it was never opened."""
    lane = tables.lane.c
    return next(_read(tx, and_(lane.connection_id == connection_id, lane.stream == stream, lane.kind == kind)), None)


def every(tx: Connection, connection_id: int) -> list[LaneRow]:
    """Return the connection's lanes in the order in which they were opened."""
    return sorted(_read(tx, tables.lane.c.connection_id == connection_id), key=lambda row: row.id)


def open_lane(
    tx: Connection,
    connection_id: int,
    stream: str,
    kind: LaneKind,
    checkpoint: Checkpoint,
    *,
    carries_history: bool,
    start_at: datetime | None,
    until_at: datetime | None,
) -> LaneRow:
    """Return the lane, made where there is none yet; one that exists stays as it is.

    carries_history: what it has read counts for the horizon of every ticket.
    """
    exclusive(tx, f"lanes:{connection_id}")
    if get(tx, connection_id, stream, kind) is None:
        tx.execute(
            insert(tables.lane).values(
                connection_id=connection_id,
                stream=stream,
                kind=kind,
                carries_history=carries_history,
                cursor=checkpoint.cursor,
                cursor_version=checkpoint.version,
                start_at=start_at,
                until_at=until_at,
            )
        )
    lane = tables.lane.c
    return next(_read(tx, and_(lane.connection_id == connection_id, lane.stream == stream, lane.kind == kind)))


def reopen(tx: Connection, connection_id: int, until: datetime) -> None:
    """Have every backfill read again from its beginning, up to `until`; what it has covered of history stays covered.

    Only a connector knows where its beginning is: until `restart` says so, the lane has no cursor.
    """
    lane = tables.lane
    tx.execute(
        update(lane)
        .where(lane.c.connection_id == connection_id, lane.c.kind == str(LaneKind.BACKFILL))
        .values(
            cursor=REOPENED,
            until_at=until,
            # Of the others nothing is known to be covered: it was only noted that they had ended.
            settled_until=case((lane.c.carries_history, lane.c.settled_until), else_=null()),
            finished_at=None,
            not_before=None,
            read=0,
            total=None,
        )
    )


def restart(tx: Connection, lane_id: int, checkpoint: Checkpoint) -> None:
    """Let a lane that was opened again begin here."""
    values = {"cursor": checkpoint.cursor, "cursor_version": checkpoint.version}
    tx.execute(update(tables.lane).where(tables.lane.c.id == lane_id).values(values))


def advance(
    tx: Connection,
    lane_id: int,
    checkpoint: Checkpoint,
    settled_until: datetime | None,
    read: int,
    total: int | None,
    at: datetime,
) -> None:
    """Move the lane on after a page, in the unit that stores the page.

    settled_until: never moves the lane back. read: records read in all. total: None keeps what is known.
    """
    lane = tables.lane
    values: dict[str, object] = {
        "cursor": checkpoint.cursor,
        "cursor_version": checkpoint.version,
        "read": read,
        "total": func.coalesce(total, lane.c.total),
        "last_run_at": at,
        "not_before": None,
    }
    tx.execute(update(lane).where(lane.c.id == lane_id).values(values))
    settle(tx, lane_id, settled_until)


def settle(tx: Connection, lane_id: int, until: datetime | None) -> None:
    """Note that nothing new can appear before `until` in the source's time; never moves back."""
    lane = tables.lane
    if until is not None:
        ahead = or_(lane.c.settled_until.is_(None), lane.c.settled_until < until)
        tx.execute(update(lane).where(lane.c.id == lane_id, ahead).values(settled_until=until))


def backfilling(tx: Connection, connection_id: int) -> bool:
    """Say whether some of the past is still to be read, or was never begun."""
    rows = every(tx, connection_id)
    return not rows or any(row.finished_at is None for row in rows if row.kind is LaneKind.BACKFILL)


def ran(tx: Connection, lane_id: int, at: datetime) -> None:
    """Note that the lane was read to its end just now, with or without anything new."""
    tx.execute(update(tables.lane).where(tables.lane.c.id == lane_id).values(last_run_at=at, not_before=None))


def postpone(tx: Connection, lane_id: int, until: datetime) -> None:
    """Leave the lane alone until then, in host time."""
    tx.execute(update(tables.lane).where(tables.lane.c.id == lane_id).values(not_before=until))


def finish(tx: Connection, lane_id: int, at: datetime) -> None:
    """Note that the lane has read all it was opened for."""
    tx.execute(update(tables.lane).where(tables.lane.c.id == lane_id).values(finished_at=at, not_before=None))


def _read(tx: Connection, which: ColumnElement[bool]) -> Iterator[LaneRow]:
    for row in tx.execute(select(tables.lane).where(which)).all():
        yield LaneRow(
            id=row.id,
            stream=row.stream,
            kind=LaneKind(row.kind),
            carries_history=row.carries_history,
            checkpoint=Checkpoint(row.cursor, row.cursor_version),
            start_at=row.start_at,
            until_at=row.until_at,
            settled_until=row.settled_until,
            finished_at=row.finished_at,
            not_before=row.not_before,
            last_run_at=row.last_run_at,
            read=row.read,
            total=row.total,
        )
