"""Tickets that a source does not show any more, asked for by their ids: noted, and taken back when it does again.

A picture from before says nothing of that, in whatever order pages come. When one from after it comes, the ticket was
there all the time: its history is known whole, and what was observed meanwhile is withdrawn.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, select, update

from core.ports import CENSUS
from core.store import connections, events, links, snapshots, tables
from core.store.bulk import chunks
from core.store.observed import observed
from core.tickets import Event, Presence

__all__ = ["THERE", "found", "lose"]

THERE: Final = frozenset({Presence.PRESENT, Presence.ARCHIVED})


def lose(
    tx: Connection,
    connection_id: int,
    source_ids: Collection[str],
    presence: Presence,
    *,
    listed_at: datetime | None,
    asked: datetime,
    seen_at: datetime,
) -> frozenset[str]:
    """Note that the source does not show these tickets; return those that were there as far as was known.

    listed_at: when a list had all that were there. asked: when the source was asked; both in its time.
    """
    connections.hold(tx, connection_id)
    rows = [
        row
        for chunk in chunks(sorted(source_ids))
        for row in _stored(tx, connection_id, chunk)
        if row.updated_at < asked and (row.presence in THERE or _was_hidden(row, presence))
    ]
    ids = [row.id for row in rows]
    snapshots.lock(tx, ids)
    looked_at = _looked_at(tx, ids)
    told: list[Event] = []
    for row in rows:
        known = (row.created_at, row.updated_at, row.lost_at or row.created_at, *looked_at[row.id])
        listed = () if listed_at is None else (listed_at,)
        was = Presence(row.presence)
        told.append(observed(CENSUS, row.source_id, was, presence, known=(*known, *listed), until=asked))
    events.add(tx, connection_id, {}, told, (), seen_at=seen_at)
    ticket = tables.ticket.c
    for chunk in chunks(ids):
        here = ticket.id.in_(chunk)
        tx.execute(update(tables.ticket).where(here).values(presence=str(presence), lost_at=asked))
        links.stir(tx, connection_id, here)
    snapshots.bump(tx, ids)
    return frozenset(row.source_id for row in rows)


def found(tx: Connection, connection_id: int, source_ids: Collection[str], at: datetime) -> None:
    """Take back what was observed of tickets that are shown again."""
    event = tables.event
    for chunk in chunks(sorted(source_ids)):
        mine = (event.c.connection_id == connection_id, event.c.ticket_source_id.in_(chunk))
        observations = (event.c.stream == CENSUS, event.c.withdrawn_at.is_(None))
        tx.execute(update(event).where(*mine, *observations).values(withdrawn_at=at))


def _was_hidden(row: Row[*tuple[object, ...]], presence: Presence) -> bool:
    """Say whether it was hidden with its part, and is missing now that this is shown again."""
    return presence is Presence.DELETED and row.presence == Presence.FORBIDDEN and row.lost_at is not None


def _stored(tx: Connection, connection_id: int, source_ids: Sequence[str]) -> Sequence[Row[*tuple[object, ...]]]:
    ticket = tables.ticket.c
    columns = (ticket.id, ticket.source_id, ticket.created_at, ticket.updated_at, ticket.presence, ticket.lost_at)
    here = (ticket.connection_id == connection_id, ticket.source_id.in_(source_ids), ticket.key.is_not(None))
    return tx.execute(select(*columns).where(*here)).all()


def _looked_at(tx: Connection, ids: Sequence[int]) -> defaultdict[int, list[datetime]]:
    """Return up to when the source has shown the history of each: until then it was there."""
    coverage, looks = tables.coverage.c, defaultdict[int, list[datetime]](list)
    for chunk in chunks(ids):
        for row in tx.execute(select(coverage.ticket_id, coverage.until).where(coverage.ticket_id.in_(chunk))):
            looks[row.ticket_id].append(row.until)
    return looks
