"""Figures over a whole connection that say whether it is well; none of them is asked for often."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from core.ports import CENSUS
from core.store import tables
from core.tickets import Phase, Presence

__all__ = ["busy_at", "last_at", "open_tickets", "parked", "set_aside", "unanswered", "without_clock"]

NEWEST = 500
"""Events that were stored last: the last one that happened is among them, once the past is read."""

OVER = tuple(str(phase) for phase in (Phase.RESOLVED, Phase.CLOSED, Phase.CANCELLED))

_event, _ticket = tables.event.c, tables.ticket.c


def busy_at(tx: Connection, connection_id: int, since: datetime) -> list[datetime]:
    """Return the instants at which something happened, each once, ascending."""
    which = (_happened(connection_id), _event.at >= since)
    return list(tx.execute(select(_event.at).distinct().where(*which).order_by(_event.at)).scalars())


def last_at(tx: Connection, connection_id: int) -> datetime | None:
    """Return when something happened last; None where nothing ever did."""
    newest = select(_event.at).where(_happened(connection_id)).order_by(_event.id.desc()).limit(NEWEST).subquery()
    return tx.execute(select(func.max(newest.c.at))).scalar()


def parked(tx: Connection, connection_id: int, named: int) -> tuple[int, list[str], str]:
    """Return how many tickets are parked, keys of some, and why the first of them is."""
    which = and_(_ticket.connection_id == connection_id, _ticket.parked_at.is_not(None))
    count = _count(tx, tables.ticket, which)
    if not count:
        return 0, [], ""
    key = func.coalesce(_ticket.key, _ticket.source_id)
    rows = tx.execute(select(key, _ticket.parked_reason).where(which).order_by(_ticket.id).limit(named)).all()
    return count, [row[0] for row in rows], rows[0][1]


def set_aside(tx: Connection, connection_id: int) -> tuple[int, str]:
    """Return how many records could not be read, and why the last of them could not."""
    aside = tables.set_aside.c
    which = aside.connection_id == connection_id
    count = _count(tx, tables.set_aside, which)
    reason = tx.execute(select(aside.reason).where(which).order_by(aside.id.desc()).limit(1)).scalar()
    return count, reason or ""


def unanswered(tx: Connection, connection_id: int, before: datetime, named: int) -> tuple[int, list[str]]:
    """Return how many tickets have fields that were sent before then and never answered, and keys of some."""
    field = tables.field.c
    of = select(field.ticket_id).where(field.sent_at < before)
    which = and_(_ticket.connection_id == connection_id, _ticket.id.in_(of))
    key = func.coalesce(_ticket.key, _ticket.source_id)
    keys = select(key).where(which).order_by(_ticket.id).limit(named)
    return _count(tx, tables.ticket, which), list(tx.execute(keys).scalars())


def open_tickets(tx: Connection, connection_id: int) -> int:
    """Return how many judged tickets people work on, in scope and there."""
    return _count(tx, tables.ticket, _worked_on(connection_id))


def without_clock(tx: Connection, connection_id: int) -> Sequence[int]:
    """Return the row ids of those of them that have no clock."""
    clock = tables.clock.c
    has_one = select(clock.id).where(clock.ticket_id == _ticket.id, ~clock.gone).exists()
    ids = select(_ticket.id).where(_worked_on(connection_id), ~has_one).order_by(_ticket.id)
    return tx.execute(ids).scalars().all()


def _count(tx: Connection, table: Table, which: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count()).select_from(table).where(which)).scalar_one())


def _happened(connection_id: int) -> ColumnElement[bool]:
    return and_(_event.connection_id == connection_id, _event.withdrawn_at.is_(None), _event.stream != CENSUS)


def _worked_on(connection_id: int) -> ColumnElement[bool]:
    return and_(
        _ticket.connection_id == connection_id,
        _ticket.phase.is_not(None),
        _ticket.phase.not_in(OVER),
        _ticket.presence == str(Presence.PRESENT),
        _ticket.listed.is_not(False),
        _ticket.parked_at.is_(None),
    )
