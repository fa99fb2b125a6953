"""What sources told by themselves: where to look, until it was looked there."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.ports import Hint
from core.store import lanes, lists, tables
from core.store.bulk import chunks, clean

__all__ = ["Waiting", "forget", "known", "last_at", "note", "seen", "settle", "waiting", "waiting_count"]

LONGEST = 200
"""Letters that the columns hold."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """All hints about one ticket that were not followed yet.

    ticket_id: the source's. at: when the last of what they tell happened, in the source's time.
    upto: the row of the last one.
    """

    ticket_id: str
    at: datetime
    upto: int


@dataclass(frozen=True, slots=True)
class _Picture:
    row: int
    lost_at: datetime | None


def known(tx: Connection, connection_id: int, hints: Sequence[Hint]) -> frozenset[str]:
    """Return which of these deliveries were noted before."""
    hint = tables.hint.c
    names = {_name(each): each.delivery for each in hints}
    rows = tx.execute(
        select(hint.delivery).where(hint.connection_id == connection_id, hint.delivery.in_(sorted(names)))
    )
    return frozenset(names[each] for each in rows.scalars())


def note(tx: Connection, connection_id: int, hints: Sequence[Hint], now: datetime, noted_at: datetime) -> int:
    """Note where to look; return how many of the deliveries are new. The same one again changes nothing.

    now: in the source's time; nothing has happened later. noted_at: host time.
    """
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    new = 0
    for each in hints:
        if len(clean(each.ticket_id)) > LONGEST:
            continue
        values = {
            "connection_id": connection_id,
            "delivery": _name(each),
            "ticket_source_id": clean(each.ticket_id),
            "at": min(each.at or now, now),
            "noted_at": noted_at,
        }
        made = insert(tables.hint).values(values).on_conflict_do_nothing().returning(tables.hint.c.id)
        new += tx.execute(made).first() is not None
    return new


def waiting(tx: Connection, connection_id: int, limit: int) -> list[Waiting]:
    """Return at most `limit` tickets to look at, longest waiting first."""
    hint = tables.hint.c
    rows = tx.execute(
        select(
            hint.ticket_source_id,
            func.max(hint.at).label("at"),
            func.max(hint.id).label("upto"),
        )
        .where(hint.connection_id == connection_id, hint.followed_at.is_(None))
        .group_by(hint.ticket_source_id)
        .order_by(func.min(hint.id))
        .limit(limit)
    )
    return [Waiting(row.ticket_source_id, row.at, row.upto) for row in rows]


def seen(tx: Connection, connection_id: int, asked: Sequence[Waiting]) -> frozenset[str]:
    """Return the tickets whose history is known beyond what their hints tell, so that nobody has to look."""
    settled = lists.settled_until(tx, connection_id)
    streams = [row.stream for row in lanes.every(tx, connection_id) if row.carries_history]
    pictures = _pictures(tx, connection_id, [each.ticket_id for each in asked])
    covered = _covered(tx, [picture.row for picture in pictures.values()])
    found = set[str]()
    for each in asked:
        picture = pictures.get(each.ticket_id)
        if picture is None:
            continue
        if picture.lost_at is not None:
            over = picture.lost_at >= each.at
        else:
            ends = covered.get(picture.row, {})
            looked = bool(streams) and all(name in ends and ends[name] > each.at for name in streams)
            over = looked or (settled is not None and settled > each.at)
        if over:
            found.add(each.ticket_id)
    return frozenset(found)


def settle(tx: Connection, connection_id: int, followed: Collection[Waiting], at: datetime) -> None:
    """Note that it was looked where these hints said. What was told meanwhile goes on waiting."""
    hint = tables.hint.c
    for each in sorted(followed, key=lambda one: one.upto):
        mine = (hint.connection_id == connection_id, hint.ticket_source_id == each.ticket_id)
        open_ones = (hint.followed_at.is_(None), hint.id <= each.upto)
        tx.execute(update(tables.hint).where(*mine, *open_ones).values(followed_at=at))


def forget(tx: Connection, connection_id: int, before: datetime) -> int:
    """Forget what was noted before then, in host time, followed or not; return how many that were."""
    hint = tables.hint.c
    return tx.execute(delete(tables.hint).where(hint.connection_id == connection_id, hint.noted_at < before)).rowcount


def last_at(tx: Connection, connection_id: int) -> datetime | None:
    """Return when the last hint was noted, as far as that is remembered."""
    hint = tables.hint.c
    return tx.execute(select(func.max(hint.noted_at)).where(hint.connection_id == connection_id)).scalar()


def waiting_count(tx: Connection, connection_id: int) -> int:
    """Return how many hints are still to be followed."""
    hint = tables.hint.c
    query = select(func.count()).where(hint.connection_id == connection_id, hint.followed_at.is_(None))
    return int(tx.execute(query.select_from(tables.hint)).scalar_one())


def _name(hint: Hint) -> str:
    name = clean(hint.delivery)
    return name if len(name) <= LONGEST else hashlib.sha256(name.encode()).hexdigest()


def _pictures(tx: Connection, connection_id: int, source_ids: Sequence[str]) -> Mapping[str, _Picture]:
    """Return by source id the tickets of which there is a picture."""
    ticket = tables.ticket.c
    found = dict[str, _Picture]()
    for chunk in chunks(source_ids):
        which = (ticket.connection_id == connection_id, ticket.source_id.in_(chunk), ticket.key.is_not(None))
        for row in tx.execute(select(ticket.id, ticket.source_id, ticket.lost_at).where(*which)):
            found[row.source_id] = _Picture(row.id, row.lost_at)
    return found


def _covered(tx: Connection, tickets: Sequence[int]) -> Mapping[int, Mapping[str, datetime]]:
    """Return up to when direct looks have shown each stream of a ticket."""
    coverage = tables.coverage.c
    found = defaultdict[int, dict[str, datetime]](dict)
    for chunk in chunks(tickets):
        columns = (coverage.ticket_id, coverage.stream, coverage.until)
        for row in tx.execute(select(*columns).where(coverage.ticket_id.in_(chunk))):
            found[row.ticket_id][row.stream] = row.until
    return found
