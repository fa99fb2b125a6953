"""What was sent, before the call, and what became of it: the planner's second and third value."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, literal, or_, select, update

from core.ports import Delivery, Outcome, Slot, Value
from core.store import tables
from core.store.bulk import chunks
from core.store.fields import HOUR, Wish, due, of
from core.store.types import Instant

__all__ = ["Job", "delivered", "give_way", "jobs", "looked", "lost", "postpone", "senders", "sent", "unsent"]

OFTEN = 3
"""Failures in a row that are no chance any more."""

PARKED_AFTER = 10
"""Failures in a row, over more than four hours of doubled pauses: trouble at the source would be over by then."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that still owes its answer, and when the last of its updates was sent."""

    id: str
    sent_at: datetime


def sent(tx: Connection, planned: Sequence[Wish], at: datetime, by: str) -> None:
    """Note before the call what is about to be sent, and count it for the ticket's hour."""
    field, ticket = tables.field, tables.ticket
    rows = [
        {"b_ticket": wish.ticket, "b_slot": str(slot), "b_sent": value or "", "b_again": 1 if slot in wish.again else 0}
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
    written = [wish.ticket for wish in planned]
    wish = func.coalesce(field.c.desired, "")
    # What needs no writing, because it shows already what it should, is overwritten no less by whoever changes it.
    tx.execute(
        update(field)
        .where(field.c.ticket_id.in_(written), field.c.wanted, field.c.known, field.c.sent_at.is_(None))
        .where(field.c.shown.is_not_distinct_from(field.c.desired), field.c.sent.is_distinct_from(wish))
        .values(sent=wish)
    )
    moment = literal(at, Instant())
    fresh = or_(ticket.c.written_at.is_(None), ticket.c.written_at <= at - HOUR)
    tx.execute(
        update(ticket)
        .where(ticket.c.id.in_(written))
        .values(
            first_written_at=func.coalesce(ticket.c.first_written_at, moment),
            written_at=case((fresh, moment), else_=ticket.c.written_at),
            writes=case((fresh, 1), else_=ticket.c.writes + 1),
        )
    )


def unsent(tx: Connection, connection_id: int, source_ids: Collection[str]) -> None:
    """Take back what `sent` noted of these tickets' fields: nothing has arrived, so all that is known still holds."""
    field, ticket = tables.field, tables.ticket
    mine = select(ticket.c.id).where(ticket.c.connection_id == connection_id, ticket.c.source_id.in_(source_ids))
    open_ones = (field.c.sent_at.is_not(None), field.c.job.is_(None))
    tx.execute(update(field).where(field.c.ticket_id.in_(mine), *open_ones).values(sent=None, sent_at=None))
    tx.execute(update(ticket).where(ticket.c.id.in_(mine), ticket.c.writes > 0).values(writes=ticket.c.writes - 1))


def delivered(
    tx: Connection,
    connection_id: int,
    deliveries: Sequence[Delivery],
    now: datetime,
    retry_after: timedelta,
    *,
    failed: bool = True,
) -> set[str]:
    """Store what became of updates. A job's rows stay pending under its id; all others are answered.

    The unit holds the connection. What is to be tried again is looked at first, `retry_after` from now at the
    soonest, and doubly later with each failure of the same wish; after `PARKED_AFTER` of them it is parked. A job
    comes without a ticket where the source has forgotten it or some of its tickets: what is not answered otherwise is
    tried again too.

    failed: false where it says nothing of the wish that it has to be tried again.
    Returns: source ids of the tickets whose wish has failed `OFTEN` times in a row, or more.
    """
    named = {delivery.ticket_id: delivery for delivery in deliveries if delivery.ticket_id}
    vanished = {delivery.job for delivery in deliveries if not delivery.ticket_id and delivery.job}
    moved: list[dict[str, Any]] = []
    failing: set[str] = set()

    def again(row: Any, reason: str) -> dict[str, Any]:
        return _again(row, reason, now, retry_after, failed=failed)

    for row, delivery in _rows(tx, connection_id, named):
        values = _answered(row, delivery, again)
        if values:
            moved.append(_values(row, **values))
        if (values.get("failures") or 0) >= OFTEN:
            failing.add(row.source_id)
    field = tables.field
    told = {values["b_id"] for values in moved}
    for chunk in chunks(vanished):
        rows = tx.execute(select(field).where(field.c.job.in_(chunk), field.c.sent_at.is_not(None)))
        moved += [_values(row, **again(row, "")) for row in rows.all() if row.id not in told]
    if moved:
        tx.execute(_ANSWER, moved)
    return failing


_COLUMNS = ("sent", "sent_at", "job", "shown", "known", "shown_version", "refused_reason", "failures", "not_before")
_ANSWER = (
    update(tables.field)
    .where(tables.field.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}", type_=tables.field.c[name].type) for name in _COLUMNS})
)


def _rows(tx: Connection, connection_id: int, named: dict[str, Delivery]) -> Iterable[tuple[Any, Delivery]]:
    field, ticket = tables.field, tables.ticket
    for chunk in chunks(named):
        rows = tx.execute(
            select(field, ticket.c.source_id)
            .join_from(ticket, field, field.c.ticket_id == ticket.c.id)
            .where(ticket.c.connection_id == connection_id, ticket.c.source_id.in_(chunk))
        )
        for row in rows.all():
            yield row, named[row.source_id]


def _values(row: Any, **changes: Any) -> dict[str, Any]:
    return {"b_id": row.id, **{f"b_{name}": changes.get(name, getattr(row, name)) for name in _COLUMNS}}


def _again(row: Any, reason: str, now: datetime, pause: timedelta, *, failed: bool) -> dict[str, Any]:
    before: int = row.failures or 0
    failures = before + failed
    open_one = {"sent": None, "sent_at": None, "job": None, "known": False, "failures": failures}
    if failures >= PARKED_AFTER:
        return open_one | {"refused_reason": f"failed {failures} times: {reason or 'nothing is said of it'}"}
    return open_one | {"not_before": now + (pause * 2**before if failed else pause)}


def _answered(row: Any, delivery: Delivery, again: Callable[[Any, str], dict[str, Any]]) -> dict[str, Any]:
    """Return what the answer changes in one field's row; nothing where it says nothing of it."""
    mine = row.sent_at is not None
    if mine and (reason := delivery.refused.get(Slot(row.slot))) is not None:
        return _refused(reason)
    match delivery.outcome:
        case Outcome.SHOWN:
            return _shown(row, delivery, mine=mine)
        case Outcome.PENDING if mine:
            return {"job": delivery.job}
        case Outcome.REFUSED if mine:
            return _refused(delivery.reason)
        case Outcome.CONFLICT | Outcome.RETRY if mine:
            return again(row, delivery.reason)
        case _:
            return {}


def _refused(reason: str) -> dict[str, Any]:
    return {"sent": None, "sent_at": None, "job": None, "refused_reason": reason or "refused"}


def _shown(row: Any, delivery: Delivery, *, mine: bool) -> dict[str, Any]:
    done = {"sent_at": None, "job": None, "failures": None, "not_before": None} if mine else {}
    slot = Slot(row.slot)
    if not mine and slot not in delivery.shown:
        return done
    version = int(delivery.version) if delivery.version is not None and delivery.version.isdigit() else None
    if version is not None and row.shown_version is not None and version < row.shown_version:
        # A pull has shown something newer already.
        return done
    value: Value | None = delivery.shown.get(slot, row.sent or None)
    seen = {"shown": value, "known": True}
    return done | seen | ({} if version is None else {"shown_version": version})


def jobs(tx: Connection, connection_id: int) -> list[Job]:
    """Return the jobs that still owe an answer."""
    field = tables.field.c
    rows = tx.execute(
        select(field.job, func.max(field.sent_at, type_=Instant()))
        .where(field.job.is_not(None), field.sent_at.is_not(None), of(connection_id))
        .group_by(field.job)
        .order_by(field.job)
    )
    return [Job(job, at) for job, at in rows]


def senders(tx: Connection, connection_id: int) -> set[str]:
    """Return the processes that sent something and have stored neither an answer nor a job."""
    field = tables.field.c
    # Not "is null", for which SQLite would take the index of jobs, where nearly every row is.
    unanswered = (field.sent_at.is_not(None), func.coalesce(field.job, "") == "")
    rows = tx.execute(select(field.sent_by).distinct().where(*unanswered, of(connection_id)))
    return {name or "" for name in rows.scalars()}


def lost(tx: Connection, connection_id: int, dead: Collection[str], before: datetime) -> list[str]:
    """Make writes whose fate nobody knows be looked at again; return the keys of their tickets.

    A write without a job is lost when its process is `dead`, or when it was sent before `before`.
    """
    field, ticket = tables.field, tables.ticket.c
    gone = or_(func.coalesce(field.c.sent_by, "").in_(dead), field.c.sent_at < before)
    rows = tx.execute(
        select(field.c.id, func.coalesce(ticket.key, ticket.source_id))
        .join(tables.ticket, ticket.id == field.c.ticket_id)
        .where(ticket.connection_id == connection_id, field.c.sent_at.is_not(None), field.c.job.is_(None), gone)
    ).all()
    for chunk in chunks([row_id for row_id, _ in rows]):
        tx.execute(update(field).where(field.c.id.in_(chunk)).values(sent=None, sent_at=None, known=False))
    return sorted({key for _, key in rows})


def looked(tx: Connection, connection_id: int, now: datetime, source_ids: Collection[str] | None = None) -> None:
    """Take what is stored of these tickets' fields (None: of all that are due) for what they show."""
    ticket, field = tables.ticket.c, tables.field.c
    mine = select(ticket.id).where(ticket.connection_id == connection_id)
    if source_ids is not None:
        mine = mine.where(ticket.source_id.in_(source_ids))
    tx.execute(
        update(tables.field)
        .where(field.ticket_id.in_(mine), field.wanted, field.sent_at.is_(None), due(now))
        .where(or_(~field.known, field.not_before.is_not(None)))
        .values(known=True, not_before=None)
    )


def postpone(tx: Connection, connection_id: int, source_ids: Collection[str], until: datetime) -> None:
    """Leave these tickets' open wishes alone until then; they are looked at before they are written."""
    ticket, field = tables.ticket.c, tables.field.c
    mine = select(ticket.id).where(ticket.connection_id == connection_id, ticket.source_id.in_(source_ids))
    tx.execute(update(tables.field).where(field.ticket_id.in_(mine), field.sent_at.is_(None)).values(not_before=until))


def give_way(tx: Connection, ticket: int, slots: Collection[Slot]) -> None:
    """Leave what somebody keeps writing into these slots until the hub has something new to show."""
    tx.execute(
        update(tables.field)
        .where(tables.field.c.ticket_id == ticket, tables.field.c.slot.in_([str(slot) for slot in slots]))
        .values(refused_reason="overwritten by somebody")
    )
