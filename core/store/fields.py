"""The planner's three values of each field: desired, sent (before the call), shown (from an answer or a pull).

Here is what differs and may be written; `core.store.deliveries` keeps what is sent and answered.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, update

from core.ports import Slot, Value
from core.store import tables

__all__ = [
    "HOUR",
    "Wish",
    "busy",
    "due",
    "first_writes",
    "keys",
    "mass_pending",
    "mass_unsettled",
    "of",
    "open_wishes",
    "release",
    "renamed",
    "restless",
    "troubled",
    "under_way",
    "unseen",
    "wishes",
]

HOUR = timedelta(hours=1)

_differs = or_(
    tables.field.c.shown.is_distinct_from(tables.field.c.desired),
    ~tables.field.c.known,
)
_open = and_(tables.field.c.wanted, _differs, tables.field.c.sent_at.is_(None), tables.field.c.refused_reason == "")


def due(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a wish was not put off beyond `now`."""
    return or_(tables.field.c.not_before.is_(None), tables.field.c.not_before <= now)


@dataclass(frozen=True, slots=True)
class Wish:
    """What one ticket should show and does not yet.

    again: slots that were shown as wished once and then overwritten by somebody.
    overruled: slots that were set right already and were overwritten again; they are left alone.
    first: nothing has ever been written to this ticket.
    recent: writes in the ticket's present hour.
    """

    ticket: int
    source_id: str
    key: str
    fields: Mapping[Slot, Value | None]
    again: frozenset[Slot]
    overruled: frozenset[Slot]
    urgency: int
    first: bool
    recent: int


def of(connection_id: int) -> ColumnElement[bool]:
    """Return the condition that a field's ticket is this connection's.

    Asked of each row by itself: else SQLite walks through all tickets to find the few fields that are left.
    """
    ticket = tables.ticket.c
    return (
        select(ticket.connection_id)
        .where(ticket.id == tables.field.c.ticket_id)
        .correlate(tables.field)
        .scalar_subquery()
        == connection_id
    )


def wishes(tx: Connection, connection_id: int, now: datetime, *, masses: bool, firsts: bool, limit: int) -> list[Wish]:
    """Return what is to be written, most urgent first; at most `limit` tickets, none with a write under way.

    masses: whether wishes that a revision caused may go. firsts: whether tickets may that were never written.
    """
    field, ticket = tables.field, tables.ticket
    ready = [_open, field.c.known, field.c.not_before.is_(None), ticket.c.connection_id == connection_id]
    if not masses:
        ready.append(~field.c.mass)
    if not firsts:
        ready.append(ticket.c.first_written_at.is_not(None))
    chosen = (
        select(
            field.c.ticket_id, func.min(field.c.urgency).label("urgency"), func.min(field.c.desired_since).label("s")
        )
        .join(ticket, ticket.c.id == field.c.ticket_id)
        .where(*ready, ~busy())
        .group_by(field.c.ticket_id)
        .order_by("urgency", "s", field.c.ticket_id)
        .limit(limit)
        .subquery()
    )
    rows = tx.execute(
        select(
            field.c.ticket_id,
            ticket.c.source_id,
            ticket.c.key,
            ticket.c.written_at,
            ticket.c.writes,
            field.c.slot,
            field.c.desired,
            field.c.shown,
            field.c.sent,
            field.c.corrected,
            chosen.c.urgency,
        )
        .join(chosen, chosen.c.ticket_id == field.c.ticket_id)
        .join(ticket, ticket.c.id == field.c.ticket_id)
        .where(*ready)
        .order_by(chosen.c.urgency, chosen.c.s, field.c.ticket_id, field.c.slot)
    ).all()
    grouped: dict[int, Wish] = {}
    for row in rows:
        slot = Slot(row.slot)
        overwritten = row.sent is not None and row.sent == (row.desired or "") and row.shown != row.desired
        old = grouped.get(row.ticket_id) or Wish(
            ticket=row.ticket_id,
            source_id=row.source_id,
            key=row.key or row.source_id,
            fields={},
            again=frozenset(),
            overruled=frozenset(),
            urgency=row.urgency,
            first=row.written_at is None,
            recent=row.writes if row.written_at is not None and row.written_at > now - HOUR else 0,
        )
        overruled = overwritten and row.corrected > 0
        grouped[row.ticket_id] = Wish(
            ticket=old.ticket,
            source_id=old.source_id,
            key=old.key,
            fields=old.fields if overruled else {**old.fields, slot: row.desired},
            again=old.again | {slot} if overwritten and not overruled else old.again,
            overruled=old.overruled | {slot} if overruled else old.overruled,
            urgency=old.urgency,
            first=old.first,
            recent=old.recent,
        )
    return list(grouped.values())


def busy() -> ColumnElement[bool]:
    """Return the condition that some field of the row's ticket has been sent and not answered."""
    other = tables.field.alias("other")
    sent = select(literal(1)).where(other.c.ticket_id == tables.field.c.ticket_id, other.c.sent_at.is_not(None))
    return sent.correlate(tables.field).exists()


def unseen(tx: Connection, connection_id: int, now: datetime, *, masses: bool, limit: int) -> list[str]:
    """Return source ids of tickets to be looked at before they are written, most urgent first.

    Nobody has seen their fields yet, or what was sent there failed or was put off.
    """
    field, ticket = tables.field, tables.ticket
    which = [_open, or_(~field.c.known, field.c.not_before.is_not(None)), due(now)]
    if not masses:
        which.append(~field.c.mass)
    rows = tx.execute(
        select(ticket.c.source_id, func.min(field.c.urgency).label("urgency"))
        .join_from(field, ticket, ticket.c.id == field.c.ticket_id)
        .where(ticket.c.connection_id == connection_id, *which, ~busy())
        .group_by(ticket.c.id, ticket.c.source_id)
        .order_by("urgency", ticket.c.id)
        .limit(limit)
    )
    return [source_id for source_id, _ in rows]


def open_wishes(tx: Connection, connection_id: int) -> int:
    """Return how many tickets do not show yet what they should, pending ones included."""
    return _tickets(tx, connection_id, and_(tables.field.c.wanted, _differs, tables.field.c.refused_reason == ""))


def under_way(tx: Connection, connection_id: int) -> bool:
    """Say whether a write still owes its answer."""
    found = select(literal(1)).select_from(tables.field).where(tables.field.c.sent_at.is_not(None), of(connection_id))
    return tx.execute(found.limit(1)).first() is not None


def restless(tx: Connection, connection_id: int, now: datetime, *, masses: bool) -> bool:
    """Say whether there is a wish that could be looked at or written now."""
    which = [_open, due(now)]
    if not masses:
        which.append(~tables.field.c.mass)
    found = select(literal(1)).select_from(tables.field).where(*which, of(connection_id)).limit(1)
    return tx.execute(found).first() is not None


def troubled(tx: Connection, connection_id: int, now: datetime) -> set[str]:
    """Return keys of the tickets of which a wish is parked, failing, to be looked at, or put off beyond `now`."""
    field, ticket = tables.field, tables.ticket
    rows = tx.execute(
        select(func.coalesce(ticket.c.key, ticket.c.source_id))
        .distinct()
        .join_from(field, ticket, ticket.c.id == field.c.ticket_id)
        .where(
            ticket.c.connection_id == connection_id,
            field.c.wanted,
            or_(
                field.c.refused_reason != "",
                and_(_differs, field.c.failures > 0),
                and_(_open, or_(~field.c.known, ~due(now))),
            ),
        )
    )
    return set(rows.scalars())


def keys(tx: Connection, connection_id: int, source_ids: Collection[str]) -> dict[str, str]:
    """Return what people call these tickets, by source id."""
    ticket = tables.ticket.c
    if not source_ids:
        return {}
    rows = tx.execute(
        select(ticket.source_id, func.coalesce(ticket.key, ticket.source_id)).where(
            ticket.connection_id == connection_id, ticket.source_id.in_(source_ids)
        )
    )
    return dict(rows.all())


def mass_pending(tx: Connection, connection_id: int) -> int:
    """Return how many tickets would change because of a revision."""
    return _tickets(tx, connection_id, and_(_open, tables.field.c.mass))


def mass_unsettled(tx: Connection, connection_id: int, revision: int) -> bool:
    """Say whether tickets still wait to be judged by `revision`; until then a mass cannot be counted."""
    ticket = tables.ticket
    return bool(
        tx.execute(
            select(literal(1))
            .where(
                ticket.c.connection_id == connection_id,
                ticket.c.evaluated_revision < revision,
                ticket.c.parked_at.is_(None),
            )
            .limit(1)
        ).scalar()
    )


def release(tx: Connection, connection_id: int) -> None:
    """Let the wishes go that a revision caused."""
    tickets = select(tables.ticket.c.id).where(tables.ticket.c.connection_id == connection_id)
    tx.execute(
        update(tables.field).where(tables.field.c.ticket_id.in_(tickets), tables.field.c.mass).values(mass=False)
    )


def renamed(tx: Connection, connection_id: int, slots: Collection[Slot]) -> None:
    """Forget what is known of these slots: from now on each stands for another of the helpdesk's fields.

    The unit holds the connection. What tickets are to show there counts as wished because of a revision.
    """
    field = tables.field.c
    mine = select(tables.ticket.c.id).where(tables.ticket.c.connection_id == connection_id)
    tx.execute(
        update(tables.field)
        .where(field.ticket_id.in_(mine), field.slot.in_([str(slot) for slot in slots]))
        .values(
            known=False,
            shown=None,
            shown_version=None,
            sent=None,
            sent_at=None,
            job=None,
            corrected=0,
            refused_reason="",
            failures=None,
            not_before=None,
            mass=field.wanted,
        )
    )


def first_writes(tx: Connection, connection_id: int, since: datetime) -> int:
    """Return how many tickets were written for the first time after `since`."""
    ticket = tables.ticket
    return int(
        tx.execute(
            select(func.count())
            .select_from(ticket)
            .where(ticket.c.connection_id == connection_id, ticket.c.first_written_at > since)
        ).scalar_one()
    )


def _tickets(tx: Connection, connection_id: int, what: ColumnElement[bool]) -> int:
    field = tables.field.c
    return int(
        tx.execute(select(func.count(func.distinct(field.ticket_id))).where(what, of(connection_id))).scalar_one()
    )
