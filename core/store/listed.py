"""What a list of the tickets in scope changes: who came in, who left, and when that can have been."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, or_, select, update

from core.ports import SCOPE
from core.store import events, findings, scope, snapshots, tables
from core.store.bulk import chunks
from core.store.connections import ConnectionRow
from core.store.lanes import LaneRow
from core.store.observed import observed
from core.tickets import Event, Phase, Presence

__all__ = ["Compared", "compare", "leaving"]

DOUBT: Final = "scope"

_OVER: Final = frozenset({Presence.TRASHED, Presence.MERGED, Presence.DELETED, Presence.FORBIDDEN})
"""These are found by no search, in scope or not."""


_DONE: Final = frozenset({Phase.RESOLVED, Phase.CLOSED, Phase.CANCELLED})


@dataclass(frozen=True, slots=True)
class Compared:
    """believed: the list was taken for what it says. moved: row ids of the tickets that it moved in or out."""

    believed: bool
    moved: frozenset[int] = frozenset()


def compare(
    tx: Connection, connection: ConnectionRow, lane: LaneRow, inside: Set[str], until: datetime, seen_at: datetime
) -> Compared:
    """Compare the list of all tickets in scope as of `until` with what is kept; the unit holds the connection.

    A list that is empty, or not half as long as the one before it, moves nobody until another confirms it.
    lane: as it stood before this list: its `settled_until` is the instant of the last one that was believed, its
        `total` the length of the last one.
    """
    if _doubtful(lane.total, len(inside)):
        text = (
            f"the search for the tickets in scope found {len(inside)}"
            f"{'' if lane.total is None else f' where it found {lane.total} before'}; nothing is moved unless the "
            f"next one says so too. Look at connections.{connection.name}.scope and at the search in the helpdesk"
        )
        findings.note(tx, connection.name, DOUBT, "shrunk", text, seen_at)
        return Compared(believed=False)
    findings.end(tx, connection.name, DOUBT, "shrunk", seen_at)
    moves = list(_moves(tx, connection.id, inside, lane.settled_until, until))
    told = [each.event for each in moves if each.event is not None]
    events.add(tx, connection.id, {}, told, (), seen_at=seen_at)
    for now_in in (True, False):
        _mark(tx, [each.row.id for each in moves if each.inside is now_in], listed=now_in)
    _ask(tx, [each.row.id for each in moves if each.row.key is None and each.inside], until)
    _ask(tx, [each.row.id for each in moves if each.row.key is None and not each.inside], None)
    moved = frozenset(each.row.id for each in moves if each.row.key is not None)
    snapshots.bump(tx, moved)
    return Compared(believed=True, moved=moved)


def leaving(
    tx: Connection, connection_id: int, lane: LaneRow, inside: Set[str], until: datetime, *, followed: bool
) -> list[str]:
    """Return the source ids of the tickets that a list would move out of scope; none where it is not to be believed.

    lane, until: as for `compare`. followed: also those that have left before and that people still work on.
    """
    if lane.settled_until is None or _doubtful(lane.total, len(inside)):
        return []
    ticket = tables.ticket.c
    rows = tx.execute(
        select(ticket.source_id, ticket.listed, ticket.phase, ticket.presence).where(
            ticket.connection_id == connection_id, ticket.key.is_not(None), ticket.created_at < until
        )
    )
    return sorted(
        row.source_id
        for row in rows
        if row.source_id not in inside
        and row.presence not in _OVER
        and (row.listed is not False or (followed and row.phase not in _DONE))
    )


def _doubtful(before: int | None, size: int) -> bool:
    return 2 * size < before if before else size == 0 and before is None


class _Row(NamedTuple):
    id: int
    source_id: str
    key: str | None
    created_at: datetime
    updated_at: datetime
    presence: str
    listed: bool | None


@dataclass(frozen=True, slots=True)
class _Move:
    row: _Row
    inside: bool
    event: Event | None = None


def _moves(
    tx: Connection, connection_id: int, inside: Set[str], before: datetime | None, until: datetime
) -> Iterator[_Move]:
    ticket = tables.ticket.c
    rows = tx.execute(
        select(
            ticket.id,
            ticket.source_id,
            ticket.key,
            ticket.created_at,
            ticket.updated_at,
            ticket.presence,
            ticket.listed,
        )
        .where(ticket.connection_id == connection_id, or_(ticket.key.is_not(None), scope.LEFT_OUT))
        .order_by(ticket.id)
    )
    for each in rows.yield_per(1000):
        row = _Row(*each)
        now_in = row.source_id in inside
        if row.key is None:
            if now_in is not bool(row.listed):
                yield _Move(row, now_in)
        elif row.listed is now_in or row.presence in _OVER or row.created_at >= until:
            continue
        elif row.listed is None and (now_in or before is None):
            yield _Move(row, now_in)
        else:
            was, now = Presence.OUT_OF_SCOPE, Presence.PRESENT
            if not now_in:
                was, now = now, was
            known = (before or row.created_at, row.created_at, row.updated_at)
            yield _Move(row, now_in, observed(SCOPE, row.source_id, was, now, known=known, until=until))


def _mark(tx: Connection, rows: list[int], *, listed: bool) -> None:
    for chunk in chunks(rows):
        tx.execute(update(tables.ticket).where(tables.ticket.c.id.in_(chunk)).values(listed=listed))


def _ask(tx: Connection, rows: list[int], at: datetime | None) -> None:
    """Have tickets looked at directly of which nothing is kept: no stream brings them unless they change."""
    for chunk in chunks(rows):
        tx.execute(update(tables.ticket).where(tables.ticket.c.id.in_(chunk)).values(confirm_at=at))
