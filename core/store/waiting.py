"""Writes that wait for something: what an admin sees of them, and lets go."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from core.store import tables
from core.store.bulk import chunks

__all__ = ["Wait", "Waiting", "counts", "every", "release"]


class Wait(StrEnum):
    """Why a ticket does not show yet what it should."""

    PARKED = "parked"
    IN_DOUBT = "in_doubt"
    PENDING = "pending"
    HELD = "held"
    PUT_OFF = "put_off"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of one ticket waits, and why. since: when it was wished, or sent. until: when it is tried again.

    slots: ascending.
    """

    key: str
    wait: Wait
    slots: tuple[str, ...]
    reason: str
    since: datetime | None
    until: datetime | None
    failures: int


_field = tables.field.c
_differs = or_(_field.shown.is_distinct_from(_field.desired), ~_field.known)
_held = (
    select(tables.connection.c.held).where(tables.connection.c.id == tables.ticket.c.connection_id).scalar_subquery()
)
_wait = case(
    (_field.refused_reason != "", Wait.PARKED.value),
    (and_(_field.sent_at.is_not(None), _field.job.is_(None)), Wait.IN_DOUBT.value),
    (_field.sent_at.is_not(None), Wait.PENDING.value),
    (and_(_field.mass, _held > 0), Wait.HELD.value),
    (_field.not_before.is_not(None), Wait.PUT_OFF.value),
)


def _waiting(connection_id: int) -> ColumnElement[bool]:
    mine = tables.ticket.c.connection_id == connection_id
    return and_(mine, _field.wanted, or_(_differs, _field.sent_at.is_not(None)), _wait.is_not(None))


def every(tx: Connection, connection_id: int) -> Iterator[Waiting]:
    """Yield what waits, one a ticket and a reason: what an admin can let go first, the oldest ticket first."""
    ticket = tables.ticket.c
    rows = tx.execute(
        select(
            ticket.id,
            func.coalesce(ticket.key, ticket.source_id).label("key"),
            _wait.label("wait"),
            _field.slot,
            _field.refused_reason,
            func.coalesce(_field.sent_at, _field.desired_since, type_=_field.sent_at.type).label("since"),
            _field.not_before,
            _field.failures,
        )
        .join(tables.field, _field.ticket_id == ticket.id)
        .where(_waiting(connection_id))
    ).all()
    order = list(Wait)
    groups: dict[tuple[int, int, str], list[tuple[str, Waiting]]] = {}
    for row in rows:
        wait = Wait(row.wait)
        one = Waiting(row.key, wait, (), row.refused_reason, row.since, row.not_before, row.failures or 0)
        groups.setdefault((order.index(wait), row.id, row.refused_reason), []).append((row.slot, one))
    for _, found in sorted(groups.items(), key=lambda item: item[0]):
        one = found[0][1]
        since = min((each.since for _, each in found if each.since), default=None)
        slots = tuple(sorted(slot for slot, _ in found))
        yield Waiting(one.key, one.wait, slots, one.reason, since, one.until, one.failures)


def counts(tx: Connection, connection_id: int) -> dict[Wait, int]:
    """Return how many tickets have something that waits so."""
    rows = tx.execute(
        select(_wait, func.count(func.distinct(_field.ticket_id)))
        .join_from(tables.field, tables.ticket, tables.ticket.c.id == _field.ticket_id)
        .where(_waiting(connection_id))
        .group_by(_wait)
    )
    return {Wait(wait): count for wait, count in rows}


def release(tx: Connection, connection_id: int, key: str = "") -> int:
    """Have parked writes be tried again, of one ticket or of all; return how many tickets.

    The unit holds the connection. They are looked at before they are written. With `key` what is held of that ticket
    goes too.
    """
    ticket = tables.ticket.c
    which = [_waiting(connection_id), _wait == Wait.PARKED.value]
    if key:
        which = [_waiting(connection_id), _wait.in_([Wait.PARKED.value, Wait.HELD.value])]
        which.append(or_(ticket.key == key, ticket.source_id == key))
    rows = tx.execute(
        select(_field.id, _field.ticket_id)
        .join_from(tables.field, tables.ticket, ticket.id == _field.ticket_id)
        .where(*which)
    ).all()
    for chunk in chunks([row.id for row in rows]):
        tx.execute(
            update(tables.field)
            .where(_field.id.in_(chunk))
            .values(refused_reason="", failures=None, not_before=None, corrected=0, known=False, mass=False)
        )
    return len({row.ticket_id for row in rows})
