"""Which tickets wait to be judged, looked at or put aside."""

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from core.store import tables

__all__ = ["next_due", "park", "parked", "to_confirm", "waiting"]


def waiting(tx: Connection, connection_id: int, now: datetime, limit: int) -> list[int]:
    """Return the row ids of at most `limit` tickets to be judged: those whose time has come, then new input.

    A ticket without a picture does not wait, nor one whose clocks are sealed; a parked one waits only once its
    input has grown.
    now: in the source's time.
    """
    ticket = tables.ticket.c
    # Asked for by `created_at`: with `key` SQLite would walk that column's index through all tickets.
    here = (ticket.connection_id == connection_id, ticket.created_at.is_not(None), ticket.aged_at.is_(None))
    due = tx.execute(
        select(ticket.id)
        .where(*here, ticket.next_check_at <= now)
        .order_by(ticket.next_check_at, ticket.id)
        .limit(limit)
    ).scalars()
    found = dict.fromkeys(due)
    if len(found) < limit:
        grown = tx.execute(
            select(ticket.id)
            .where(*here, ticket.input_version > ticket.evaluated_version)
            .order_by(ticket.id)
            .limit(limit)
        ).scalars()
        found |= dict.fromkeys(grown)
    return list(found)[:limit]


def to_confirm(tx: Connection, connection_id: int, now: datetime, limit: int) -> list[tuple[int, str]]:
    """Return row id and source id of the tickets to be looked at directly, longest waiting first.

    now: in the source's time.
    """
    ticket = tables.ticket.c
    rows = tx.execute(
        select(ticket.id, ticket.source_id)
        .where(ticket.connection_id == connection_id, ticket.confirm_at <= now)
        .order_by(ticket.confirm_at, ticket.id)
        .limit(limit)
    )
    return [(row_id, source_id) for row_id, source_id in rows]


def next_due(tx: Connection, connection_id: int) -> datetime | None:
    """Return when the next ticket is to be judged or looked at without new input, in the source's time."""
    ticket = tables.ticket.c
    check = tx.execute(select(func.min(ticket.next_check_at)).where(ticket.connection_id == connection_id)).scalar()
    confirm = tx.execute(select(func.min(ticket.confirm_at)).where(ticket.connection_id == connection_id)).scalar()
    return min((at for at in (check, confirm) if at is not None), default=None)


def park(tx: Connection, ticket_id: int, input_version: int, reason: str, at: datetime) -> None:
    """Take a ticket that cannot be judged out of the queue until its input is newer than `input_version`."""
    ticket = tables.ticket
    tx.execute(
        update(ticket)
        .where(ticket.c.id == ticket_id, ticket.c.evaluated_version <= input_version)
        .values(
            evaluated_version=input_version,
            parked_at=at,
            parked_reason=reason,
            next_check_at=None,
            confirm_at=None,
            settle_at=None,
        )
    )


def parked(tx: Connection, connection_id: int) -> int:
    """Return how many tickets are parked."""
    ticket = tables.ticket.c
    return int(
        tx.execute(
            select(func.count())
            .select_from(tables.ticket)
            .where(ticket.connection_id == connection_id, ticket.parked_at.is_not(None))
        ).scalar_one()
    )
