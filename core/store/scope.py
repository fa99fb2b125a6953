"""Tickets out of scope: what is kept of them, and what it changes that the scope itself does.

Of a ticket that has never been shown inside nothing is kept but its row: presence `out_of_scope`, and no key. Which
events were left out is told by `left_out_until`, so that the ticket is not taken for whole if it comes into scope.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from core.ports import SCOPE, LaneKind
from core.store import lanes, tables
from core.store.bulk import chunks, clean
from core.store.types import Instant
from core.tickets import Event, NativeClock, Presence, Rating, Record, Ticket

__all__ = ["forget", "presence", "read_again", "sift", "wanted", "widened"]

MICROSECOND: Final = timedelta(microseconds=1)

_THERE: Final = frozenset({Presence.PRESENT, Presence.ARCHIVED})

_ticket = tables.ticket.c

LEFT_OUT: Final = and_(_ticket.key.is_(None), _ticket.presence == Presence.OUT_OF_SCOPE)
"""Nothing is kept of these."""


def presence(picture: str, listed: bool | None) -> Presence:
    """Return where a ticket is, by its picture and by the last list of what is in scope."""
    known = Presence(picture)
    return Presence.OUT_OF_SCOPE if listed is False and known in _THERE else known


def sift(
    tx: Connection,
    connection_id: int,
    ids: Mapping[str, int],
    records: Sequence[Record],
    outside: Collection[str],
) -> frozenset[str]:
    """Return which tickets of a page nothing is kept of; what was kept of them so far is gone then.

    ids: row ids of all tickets in the page; their rows are locked.
    """
    out = {clean(each) for each in outside}
    pictures = {clean(each.id) for each in records if isinstance(each, Ticket)}
    never_shown = _never_shown(tx, ids.values())
    _now_shown(tx, [row.id for row in never_shown if row.source_id in pictures])
    rows = [
        row
        for row in never_shown
        if row.source_id in out or (row.presence == Presence.OUT_OF_SCOPE and row.source_id not in pictures)
    ]
    if not rows:
        return frozenset()
    gone = frozenset(row.source_id for row in rows)
    last: dict[str, datetime] = {}
    for each in records:
        if isinstance(each, Event) and (key := clean(each.ticket_id)) in gone:
            last[key] = max(last.get(key, each.at), each.at)
    for key, at in _removed(tx, connection_id, [row for row in rows if row.presence != Presence.OUT_OF_SCOPE]).items():
        last[key] = max(last.get(key, at), at)
    floor = _being_read(tx, connection_id)
    changes = [
        {
            "b_id": row.id,
            "b_until": _later(row.left_out_until, last.get(row.source_id), floor),
        }
        for row in rows
    ]
    tx.execute(_LEAVE_OUT, changes)
    return gone


_LEAVE_OUT = (
    update(tables.ticket)
    .where(_ticket.id == bindparam("b_id"))
    .values(
        presence=str(Presence.OUT_OF_SCOPE),
        left_out_until=bindparam("b_until", type_=Instant()),
    )
)


def wanted(tx: Connection, connection_id: int, records: Sequence[Record], outside: Collection[str]) -> Sequence[Record]:
    """Return a page's records without what is said beside the events of tickets of which nothing is kept."""
    named = {clean(each.ticket_id) for each in records if isinstance(each, Rating | NativeClock)}
    if not named:
        return records
    shut = {clean(each) for each in outside}
    for chunk in chunks(named):
        mine = (_ticket.connection_id == connection_id, _ticket.source_id.in_(chunk))
        shut.update(tx.execute(select(_ticket.source_id).where(*mine, LEFT_OUT)).scalars())
        shut.difference_update(tx.execute(select(_ticket.source_id).where(*mine, _ticket.key.is_not(None))).scalars())
    return [each for each in records if not (isinstance(each, Rating | NativeClock) and clean(each.ticket_id) in shut)]


def _later(known: datetime | None, dropped: datetime | None, floor: datetime | None) -> datetime | None:
    """Return up to where (exclusive) events were left out. floor: what is read anew just now is left out again."""
    if dropped is None:
        return known
    return max(each for each in (known, dropped + MICROSECOND, floor) if each is not None)


def _now_shown(tx: Connection, rows: Sequence[int]) -> None:
    """Note that these have been looked at, and what the last list said of them is older than their picture."""
    for chunk in chunks(rows):
        tx.execute(update(tables.ticket).where(_ticket.id.in_(chunk)).values(listed=None, confirm_at=None))


class _NeverShown(NamedTuple):
    id: int
    source_id: str
    presence: str
    left_out_until: datetime | None


def _never_shown(tx: Connection, ids: Collection[int]) -> list[_NeverShown]:
    found: list[_NeverShown] = []
    for chunk in chunks(sorted(ids)):
        rows = tx.execute(
            select(_ticket.id, _ticket.source_id, _ticket.presence, _ticket.left_out_until).where(
                _ticket.id.in_(chunk), _ticket.key.is_(None)
            )
        )
        found += [_NeverShown(*row) for row in rows]
    return found


def _removed(tx: Connection, connection_id: int, rows: Sequence[_NeverShown]) -> dict[str, datetime]:
    """Remove what is kept of these tickets; return the instant of each one's last event."""
    event, last = tables.event.c, dict[str, datetime]()
    for chunk in chunks([row.source_id for row in rows]):
        mine = and_(event.connection_id == connection_id, event.ticket_source_id.in_(chunk))
        latest = select(event.ticket_source_id, func.max(event.at, type_=Instant())).where(mine)
        last.update([(row[0], row[1]) for row in tx.execute(latest.group_by(event.ticket_source_id))])
        for kept in (tables.event, tables.rating, tables.native_clock):
            tx.execute(delete(kept).where(kept.c.connection_id == connection_id, kept.c.ticket_source_id.in_(chunk)))
    for ids in chunks([row.id for row in rows]):
        for about in (tables.mention, tables.coverage):
            tx.execute(delete(about).where(about.c.ticket_id.in_(ids)))
    return last


def _pasts(tx: Connection, connection_id: int) -> list[lanes.LaneRow]:
    return [row for row in lanes.every(tx, connection_id) if row.kind is LaneKind.BACKFILL and row.carries_history]


def _being_read(tx: Connection, connection_id: int) -> datetime | None:
    """Return an instant beyond every stretch of history that is being read; None: none is."""
    ends = [row.until_at for row in _pasts(tx, connection_id) if row.finished_at is None and row.until_at is not None]
    return max(ends) + MICROSECOND if ends else None


def widened(tx: Connection, connection_id: int, until: datetime) -> None:
    """Have the past read again up to `until`, in the source's time: it may hold tickets that were left out.

    What is left out from here on is known by an instant after `until`. Where nothing was left out nothing is read.
    """
    if tx.execute(select(_ticket.id).where(_of(connection_id), LEFT_OUT).limit(1)).first() is None:
        return
    lanes.reopen(tx, connection_id, until)
    tx.execute(
        update(tables.ticket)
        .where(_of(connection_id), LEFT_OUT)
        .values(
            presence=str(Presence.UNSEEN),
            left_out_until=case((_ticket.left_out_until.is_not(None), literal(until, Instant())), else_=null()),
            confirm_at=None,
        )
    )


def read_again(tx: Connection, connection_id: int) -> None:
    """Note that no event is missing any more of the tickets that were left out before their past was read again."""
    pasts = _pasts(tx, connection_id)
    if not pasts or any(row.finished_at is None or row.until_at is None for row in pasts):
        return
    until = min(row.until_at for row in pasts if row.until_at is not None)
    tx.execute(
        update(tables.ticket)
        .where(_of(connection_id), _ticket.key.is_not(None), _ticket.left_out_until <= until)
        .values(left_out_until=None, input_version=_ticket.input_version + 1)
    )


def forget(tx: Connection, connection_id: int, at: datetime) -> None:
    """Take back what lists of another scope have said; the next list is the first one."""
    event, lane = tables.event, tables.lane
    tx.execute(
        update(event)
        .where(event.c.connection_id == connection_id, event.c.stream == SCOPE, event.c.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
    )
    tx.execute(
        update(lane)
        .where(lane.c.connection_id == connection_id, lane.c.stream == SCOPE)
        .values(settled_until=None, total=None, last_run_at=None, not_before=None)
    )
    tx.execute(
        update(tables.ticket)
        .where(_of(connection_id), or_(_ticket.listed.is_not(None), LEFT_OUT))
        .values(listed=None, confirm_at=case((LEFT_OUT, null()), else_=_ticket.confirm_at))
    )


def _of(connection_id: int) -> ColumnElement[bool]:
    return _ticket.connection_id == connection_id
