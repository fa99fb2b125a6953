"""What tickets still show of the hub's, and what of it can be taken off them again."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, update

from core.ports import Slot
from core.store import tables
from core.store.fields import Wish, busy, due
from core.tickets import Phase, Presence

__all__ = ["Showing", "begin", "count", "left", "ready", "wishes"]


@dataclass(frozen=True, slots=True)
class Showing:
    """Tickets that show something. closed: those among the others that cannot be written any more."""

    tickets: int
    closed: int


def count(tx: Connection, connection_id: int, slots: Collection[Slot]) -> Showing:
    """Return how many tickets show something in these slots."""
    mine = _showing(connection_id, slots)
    return Showing(_tickets(tx, *mine, _writable()), _tickets(tx, *mine, ~_writable()))


def left(tx: Connection, connection_id: int, slots: Collection[Slot]) -> int:
    """Return how many tickets are still to be cleared; those that refused it are not."""
    return _tickets(tx, *_showing(connection_id, slots), _writable(), tables.field.c.refused_reason == "")


def begin(tx: Connection, connection_id: int, slots: Collection[Slot]) -> None:
    """Let all of it be tried that was refused or failed for what was to be shown. The unit holds the connection."""
    field = tables.field
    mine = (
        select(field.c.id)
        .join(tables.ticket, tables.ticket.c.id == field.c.ticket_id)
        .where(*_showing(connection_id, slots), _writable(), field.c.sent_at.is_(None))
    )
    tx.execute(
        update(field).where(field.c.id.in_(mine)).values(refused_reason="", failures=None, not_before=None, mass=False)
    )


def ready(tx: Connection, connection_id: int, slots: Collection[Slot], now: datetime) -> bool:
    """Say whether something can be cleared now."""
    found = (
        select(literal(1))
        .select_from(tables.field.join(tables.ticket, tables.ticket.c.id == tables.field.c.ticket_id))
        .where(*_clearable(connection_id, slots, now))
    )
    return tx.execute(found.limit(1)).first() is not None


def wishes(tx: Connection, connection_id: int, slots: Collection[Slot], now: datetime, limit: int) -> list[Wish]:
    """Return what is to be cleared of at most `limit` tickets, none with a write under way."""
    field, ticket = tables.field, tables.ticket
    which = _clearable(connection_id, slots, now)
    source = field.join(ticket, ticket.c.id == field.c.ticket_id)
    chosen = select(field.c.ticket_id).select_from(source).where(*which).distinct()
    chosen = chosen.order_by(field.c.ticket_id).limit(limit)
    rows = tx.execute(
        select(field.c.ticket_id, field.c.slot, ticket.c.source_id, ticket.c.key)
        .select_from(source)
        .where(*which, field.c.ticket_id.in_(chosen.scalar_subquery()))
        .order_by(field.c.ticket_id, field.c.slot)
    )
    found: dict[int, Wish] = {}
    for row in rows:
        wish = found.get(row.ticket_id) or Wish(
            ticket=row.ticket_id,
            source_id=row.source_id,
            key=row.key or row.source_id,
            fields={},
            again=frozenset(),
            overruled=frozenset(),
            urgency=9,
            first=False,
            recent=0,
        )
        found[row.ticket_id] = replace(wish, fields={**wish.fields, Slot(row.slot): None})
    return list(found.values())


def _showing(connection_id: int, slots: Collection[Slot]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a field shows something, or that nobody knows what a write has left there."""
    field, ticket = tables.field.c, tables.ticket.c
    return (
        ticket.connection_id == connection_id,
        field.slot.in_([str(slot) for slot in slots]),
        or_(field.shown.is_not(None), and_(~field.known, ticket.first_written_at.is_not(None))),
    )


def _writable() -> ColumnElement[bool]:
    ticket = tables.ticket.c
    return and_(ticket.presence == str(Presence.PRESENT), func.coalesce(ticket.phase, "") != str(Phase.CLOSED))


def _clearable(connection_id: int, slots: Collection[Slot], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (*_showing(connection_id, slots), _writable(), tables.field.c.refused_reason == "", due(now), ~busy())


def _tickets(tx: Connection, *which: ColumnElement[bool]) -> int:
    field, ticket = tables.field.c, tables.ticket
    query = select(func.count(func.distinct(field.ticket_id))).join_from(
        tables.field, ticket, ticket.c.id == field.ticket_id
    )
    return int(tx.execute(query.where(*which)).scalar_one())
