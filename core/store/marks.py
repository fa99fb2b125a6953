"""Which tickets are judged again because something beyond their own rows has changed."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select, update

from core.store import connections, links, lists, tables
from core.store.bulk import chunks
from core.store.types import Instant

__all__ = ["covered", "everything", "looked_at", "passed", "unsure"]

LONGEST_PAUSE = timedelta(minutes=10)


def covered(tx: Connection, connection_id: int, source_ids: Collection[str]) -> None:
    """Have these tickets judged again: a direct look has shown their whole history."""
    for chunk in chunks(source_ids):
        which = tables.ticket.c.source_id.in_(chunk)
        _mark(tx, connection_id, which)
        links.stir(tx, connection_id, which)


def passed(tx: Connection, connection_id: int) -> None:
    """Have the tickets judged again whose doubts lie before what all history streams have shown by now."""
    settled = lists.settled_until(tx, connection_id)
    if settled is not None:
        _mark(tx, connection_id, tables.ticket.c.settle_at < settled)


def unsure(tx: Connection, connection_id: int) -> None:
    """Have every ticket judged again that may have been judged without its past: the past has been read.

    A ticket that waits is one of them: it may be under judgement now, by what was known before.
    """
    ticket = tables.ticket.c
    unknown = select(tables.clock.c.ticket_id).where(tables.clock.c.state == "unknown", ~tables.clock.c.gone)
    unresolved = and_(ticket.phase.in_(("resolved", "closed")), ticket.resolved_at.is_(None))
    waits = ticket.input_version > ticket.evaluated_version
    _mark(tx, connection_id, or_(ticket.id.in_(unknown), ticket.settle_at.is_not(None), unresolved, waits))
    links.stir(tx, connection_id)


def everything(tx: Connection) -> None:
    """Have every ticket judged again: a new revision is in force."""
    for row in sorted(connections.every(tx), key=lambda row: row.id):
        connections.hold(tx, row.id)
        _mark(tx, row.id)


def looked_at(tx: Connection, tickets: Sequence[int], at: datetime, pause: timedelta) -> None:
    """Put off the next direct look at these tickets, in the source's time.

    By `pause`; one that stays in doubt for long is asked for ever more rarely.
    """
    ticket = tables.ticket
    # Of one that turned out to be out of scope nothing is to be known any more.
    asked = (ticket.c.id.in_(tickets), ticket.c.confirm_at.is_not(None))
    rows = tx.execute(select(ticket.c.id, ticket.c.settle_at).where(*asked)).all()
    put_off = [{"b_id": row.id, "b_until": at + max(pause, _patience(row.settle_at, at))} for row in rows]
    if put_off:
        until = bindparam("b_until", type_=Instant())
        tx.execute(update(ticket).where(ticket.c.id == bindparam("b_id")).values(confirm_at=until), put_off)


def _patience(since: datetime | None, at: datetime) -> timedelta:
    """Return how long to wait where a doubt has stood since then; None: it is no breach that waits for it."""
    return LONGEST_PAUSE if since is None else min((at - since) / 4, LONGEST_PAUSE)


def _mark(tx: Connection, connection_id: int, *which: ColumnElement[bool]) -> None:
    ticket = tables.ticket
    tx.execute(
        update(ticket)
        .where(ticket.c.connection_id == connection_id, ticket.c.aged_at.is_(None), *which)
        .values(input_version=ticket.c.input_version + 1)
    )
