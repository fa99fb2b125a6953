"""The planner's three values of each field: desired, sent (before the call), shown (from an answer or a pull)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, literal, or_, select, update

from core.ports import Delivery, Outcome, Slot, Value
from core.store import tables
from core.store.types import Instant

__all__ = [
    "Wish",
    "assume_empty",
    "delivered",
    "first_writes",
    "give_way",
    "jobs",
    "lost",
    "mass_pending",
    "mass_unsettled",
    "open_wishes",
    "postpone",
    "release",
    "restless",
    "sent",
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


def wishes(tx: Connection, connection_id: int, now: datetime, *, masses: bool, limit: int) -> list[Wish]:
    """Return what is to be written, most urgent first; at most `limit` tickets.

    masses: whether wishes that a revision caused may go.
    """
    field, ticket = tables.field, tables.ticket
    due = [_open, ticket.c.connection_id == connection_id, or_(field.c.not_before.is_(None), field.c.not_before <= now)]
    if not masses:
        due.append(~field.c.mass)
    chosen = (
        select(
            field.c.ticket_id, func.min(field.c.urgency).label("urgency"), func.min(field.c.desired_since).label("s")
        )
        .join(ticket, ticket.c.id == field.c.ticket_id)
        .where(*due, field.c.known)
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
        .where(*due, field.c.known)
        .order_by(chosen.c.urgency, chosen.c.s, field.c.ticket_id, field.c.slot)
    ).all()
    grouped: dict[int, Wish] = {}
    for row in rows:
        slot = Slot(row.slot)
        overwritten = row.sent is not None and row.sent == row.desired and row.shown != row.desired
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


def unseen(tx: Connection, connection_id: int, now: datetime, limit: int) -> list[str]:
    """Return source ids of tickets whose fields nobody has looked at, though something is to be shown there."""
    field, ticket = tables.field, tables.ticket
    return list(
        tx.execute(
            select(ticket.c.source_id)
            .where(
                ticket.c.connection_id == connection_id,
                ticket.c.id.in_(
                    select(field.c.ticket_id).where(
                        _open, ~field.c.known, or_(field.c.not_before.is_(None), field.c.not_before <= now)
                    )
                ),
            )
            .order_by(ticket.c.id)
            .limit(limit)
        ).scalars()
    )


def open_wishes(tx: Connection, connection_id: int) -> int:
    """Return how many tickets do not show yet what they should, pending ones included."""
    return _tickets(tx, connection_id, and_(tables.field.c.wanted, _differs, tables.field.c.refused_reason == ""))


def under_way(tx: Connection, connection_id: int) -> bool:
    """Say whether a write still owes its answer."""
    field, ticket = tables.field, tables.ticket
    mine = select(ticket.c.id).where(ticket.c.connection_id == connection_id)
    found = select(literal(1)).where(field.c.sent_at.is_not(None), field.c.ticket_id.in_(mine)).limit(1)
    return tx.execute(found).first() is not None


def restless(tx: Connection, connection_id: int) -> bool:
    """Say whether the planner has anything to look at: an open wish, or a write without its answer."""
    field, ticket = tables.field, tables.ticket
    open_or_sent = or_(_open, field.c.sent_at.is_not(None))
    found = (
        select(literal(1))
        .join_from(field, ticket, ticket.c.id == field.c.ticket_id)
        .where(ticket.c.connection_id == connection_id, open_or_sent)
        .limit(1)
    )
    return tx.execute(found).first() is not None


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


def sent(tx: Connection, planned: Sequence[Wish], at: datetime, by: str) -> None:
    """Note before the call what is about to be sent, and count it for the ticket's hour."""
    field, ticket = tables.field, tables.ticket
    rows = [
        {"b_ticket": wish.ticket, "b_slot": str(slot), "b_sent": value, "b_again": 1 if slot in wish.again else 0}
        for wish in planned
        for slot, value in wish.fields.items()
    ]
    if not rows:
        return
    tx.execute(
        update(field)
        .where(field.c.ticket_id == bindparam("b_ticket"), field.c.slot == bindparam("b_slot"))
        .values(
            sent=bindparam("b_sent"),
            sent_at=at,
            sent_by=by,
            job=None,
            mass=False,
            corrected=field.c.corrected + bindparam("b_again"),
        ),
        rows,
    )
    moment = literal(at, Instant())
    fresh = or_(ticket.c.written_at.is_(None), ticket.c.written_at <= at - HOUR)
    tx.execute(
        update(ticket)
        .where(ticket.c.id.in_([wish.ticket for wish in planned]))
        .values(
            first_written_at=func.coalesce(ticket.c.first_written_at, moment),
            written_at=case((fresh, moment), else_=ticket.c.written_at),
            writes=case((fresh, 1), else_=ticket.c.writes + 1),
        )
    )


def delivered(
    tx: Connection, connection_id: int, deliveries: Sequence[Delivery], now: datetime, retry_after: timedelta
) -> None:
    """Store what became of updates. A job's rows stay pending under its id; all others are answered."""
    field = tables.field
    ids = _rows_by_source_id(tx, connection_id, [delivery.ticket_id for delivery in deliveries])
    for delivery in deliveries:
        if not delivery.ticket_id and delivery.job:
            # A job that the source has forgotten: whatever it was to write must be looked at.
            vanished = and_(field.c.job == delivery.job, field.c.sent_at.is_not(None))
            tx.execute(update(field).where(vanished).values(sent=None, sent_at=None, job=None, known=False))
            continue
        ticket = ids.get(delivery.ticket_id)
        if ticket is None:
            continue
        mine = and_(field.c.ticket_id == ticket, field.c.sent_at.is_not(None))
        match delivery.outcome:
            case Outcome.PENDING:
                tx.execute(update(field).where(mine).values(job=delivery.job))
            case Outcome.REFUSED:
                tx.execute(update(field).where(mine).values(sent_at=None, job=None, refused_reason=delivery.reason))
            case Outcome.SHOWN:
                unspoken = field.c.slot.not_in([str(slot) for slot in delivery.shown])
                tx.execute(update(field).where(mine, unspoken).values(shown=field.c.sent, known=True))
                _shown(tx, ticket, delivery)
                tx.execute(update(field).where(mine).values(sent_at=None, job=None))
            case Outcome.CONFLICT | Outcome.RETRY:
                tx.execute(
                    update(field)
                    .where(mine)
                    .values(sent=None, sent_at=None, job=None, known=False, not_before=now + retry_after)
                )


def _shown(tx: Connection, ticket: int, delivery: Delivery) -> None:
    version = int(delivery.version) if delivery.version is not None and delivery.version.isdigit() else None
    field = tables.field
    for slot, value in delivery.shown.items():
        tx.execute(
            update(field)
            .where(
                field.c.ticket_id == ticket,
                field.c.slot == str(slot),
                or_(field.c.shown_version.is_(None), literal(version).is_(None), field.c.shown_version <= version),
            )
            .values(shown=value, known=True, shown_version=func.coalesce(version, field.c.shown_version))
        )


def jobs(tx: Connection, connection_id: int) -> list[str]:
    """Return the ids of jobs that still owe an answer."""
    field, ticket = tables.field, tables.ticket
    return list(
        tx.execute(
            select(field.c.job)
            .distinct()
            .join(ticket, ticket.c.id == field.c.ticket_id)
            .where(ticket.c.connection_id == connection_id, field.c.job.is_not(None), field.c.sent_at.is_not(None))
        ).scalars()
    )


def lost(tx: Connection, connection_id: int, alive: str, before: datetime) -> int:
    """Make writes whose fate nobody knows be looked at again; return how many fields.

    A write is lost when its process is not `alive`, or it was sent before `before`, and it got no job.
    """
    field = tables.field
    mine = select(tables.ticket.c.id).where(tables.ticket.c.connection_id == connection_id)
    result = tx.execute(
        update(field)
        .where(
            field.c.ticket_id.in_(mine),
            field.c.sent_at.is_not(None),
            field.c.job.is_(None),
            or_(field.c.sent_by != alive, field.c.sent_at < before),
        )
        .values(sent=None, sent_at=None, known=False)
    )
    return result.rowcount


def assume_empty(tx: Connection, connection_id: int, source_ids: Sequence[str] | None = None) -> None:
    """Take unseen fields of these tickets (None: of all) as empty: the source has shown nothing there."""
    field, ticket = tables.field, tables.ticket
    mine = select(ticket.c.id).where(ticket.c.connection_id == connection_id)
    if source_ids is not None:
        mine = mine.where(ticket.c.source_id.in_(source_ids))
    tx.execute(
        update(field)
        .where(field.c.ticket_id.in_(mine), ~field.c.known, field.c.sent_at.is_(None))
        .values(known=True, shown=None)
    )


def postpone(tx: Connection, tickets: Sequence[int], until: datetime) -> None:
    """Leave these tickets' open wishes alone until then."""
    tx.execute(
        update(tables.field)
        .where(tables.field.c.ticket_id.in_(tickets), tables.field.c.sent_at.is_(None))
        .values(not_before=until)
    )


def give_way(tx: Connection, ticket: int, slots: Collection[Slot]) -> None:
    """Leave what somebody keeps writing into these slots until the hub has something new to show."""
    tx.execute(
        update(tables.field)
        .where(tables.field.c.ticket_id == ticket, tables.field.c.slot.in_([str(slot) for slot in slots]))
        .values(refused_reason="overwritten by somebody")
    )


def _tickets(tx: Connection, connection_id: int, what: ColumnElement[bool]) -> int:
    field, ticket = tables.field, tables.ticket
    return int(
        tx.execute(
            select(func.count(func.distinct(field.c.ticket_id)))
            .join(ticket, ticket.c.id == field.c.ticket_id)
            .where(ticket.c.connection_id == connection_id, what)
        ).scalar_one()
    )


def _rows_by_source_id(tx: Connection, connection_id: int, ids: Sequence[str]) -> dict[str, int]:
    ticket = tables.ticket
    rows = tx.execute(
        select(ticket.c.source_id, ticket.c.id).where(
            ticket.c.connection_id == connection_id, ticket.c.source_id.in_(set(ids))
        )
    )
    return dict(rows.all())
