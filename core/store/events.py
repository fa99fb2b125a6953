"""Events: added, withdrawn when the source's log no longer holds them, never edited."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Text, cast, select, update

from core.ports import Coverage
from core.store import tables
from core.store.bulk import Cell, Upsert, chunks, clean, dumps
from core.store.types import to_microseconds
from core.tickets import Event

__all__ = ["Stored", "add", "changes_json", "comments_json"]

Identity = tuple[str, str]
"""A stream and a source id."""

_COLUMNS = (
    "connection_id",
    "ticket_source_id",
    "stream",
    "source_id",
    "at",
    "order_key",
    "actor",
    "changes",
    "comments",
    "latest_at",
    "seen_at",
)
_EVENT = Upsert(tables.event, _COLUMNS, key=("connection_id", "stream", "source_id"))
_COVERAGE = Upsert(
    tables.coverage,
    ("ticket_id", "stream", "since", "until"),
    key=("ticket_id", "stream"),
    update=("since", "until"),
)


@dataclass(slots=True)
class Stored:
    """What became of a page's events.

    new: events that the store did not have, or had withdrawn. differing: events that came again with
    another content; what was stored first stays. tickets: source ids whose history is different now.
    """

    new: list[Event] = field(default_factory=list[Event])
    withdrawn: int = 0
    differing: list[Event] = field(default_factory=list[Event])
    tickets: set[str] = field(default_factory=set[str])


def add(
    tx: Connection,
    connection_id: int,
    ids: Mapping[str, int],
    events: Sequence[Event],
    complete: Sequence[Coverage],
    *,
    seen_at: datetime,
) -> Stored:
    """Store a page's events and take back those that its coverage no longer holds.

    ids: row ids of all tickets that occur in `events` and `complete`.
    """
    page = {(event.stream, clean(event.id)): event for event in events}
    done = Stored()
    again: list[int] = []
    stored = _stored(tx, connection_id, page)
    rows: list[tuple[Cell, ...]] = []
    seen = to_microseconds(seen_at)
    for identity, event in page.items():
        row = _row(connection_id, identity[1], event, seen)
        old = stored.get(identity)
        if old is None:
            rows.append(row)
            done.new.append(event)
            continue
        if not _same(old, row):
            done.differing.append(event)
        if old.withdrawn_at is not None:
            again.append(old.id)
            done.new.append(event)
    gone = _gone(tx, connection_id, page, complete)
    _EVENT.run(tx, rows)
    _withdraw(tx, again, None)
    _withdraw(tx, list(gone), seen_at)
    done.withdrawn = len(gone)
    done.tickets.update(event.ticket_id for event in done.new)
    done.tickets.update(gone.values())
    _cover(tx, ids, complete)
    return done


def changes_json(event: Event) -> str:
    """Return the changes as stored: [[field, before, after, initial], …]."""
    return dumps([[each.field, each.before, each.after, each.initial] for each in event.changes])


def comments_json(event: Event) -> str:
    """Return the comments as stored: [[id, author, public, automated], …]."""
    return dumps([[each.id, each.author, each.public, each.automated] for each in event.comments])


def _row(connection_id: int, source_id: str, event: Event, seen: int) -> tuple[Cell, ...]:
    return (
        connection_id,
        clean(event.ticket_id),
        event.stream,
        source_id,
        to_microseconds(event.at),
        event.order,
        None if event.actor is None else clean(event.actor),
        changes_json(event) if event.changes else "[]",
        comments_json(event) if event.comments else "[]",
        None if event.latest is None else to_microseconds(event.latest),
        seen,
    )


class _Known(NamedTuple):
    id: int
    source_id: str
    ticket_source_id: str
    at: datetime
    order_key: int
    actor: str | None
    changes: str
    comments: str
    latest_at: datetime | None
    withdrawn_at: datetime | None


def _stored(tx: Connection, connection_id: int, page: Mapping[Identity, Event]) -> dict[Identity, _Known]:
    event = tables.event.c
    by_stream: defaultdict[str, list[str]] = defaultdict(list)
    for stream, source_id in page:
        by_stream[stream].append(source_id)
    found: dict[Identity, _Known] = {}
    for stream, source_ids in by_stream.items():
        for chunk in chunks(source_ids):
            rows = tx.execute(
                select(
                    event.id,
                    event.source_id,
                    event.ticket_source_id,
                    event.at,
                    event.order_key,
                    event.actor,
                    cast(event.changes, Text),
                    cast(event.comments, Text),
                    event.latest_at,
                    event.withdrawn_at,
                ).where(event.connection_id == connection_id, event.stream == stream, event.source_id.in_(chunk))
            )
            found.update({(stream, row[1]): _Known(*row) for row in rows})
    return found


def _same(old: _Known, row: tuple[Cell, ...]) -> bool:
    new = dict(zip(_COLUMNS, row, strict=True))
    plain = (old.ticket_source_id, to_microseconds(old.at), old.order_key, old.actor)
    return (
        plain == (new["ticket_source_id"], new["at"], new["order_key"], new["actor"])
        and (None if old.latest_at is None else to_microseconds(old.latest_at)) == new["latest_at"]
        and _same_json(old.changes, new["changes"])
        and _same_json(old.comments, new["comments"])
    )


def _same_json(old: str, new: Cell) -> bool:
    return old == new or bool(json.loads(old) == json.loads(str(new)))


def _gone(
    tx: Connection, connection_id: int, page: Mapping[Identity, Event], complete: Sequence[Coverage]
) -> dict[int, str]:
    """Return row id and ticket of the stored events that the page should hold and does not."""
    covers: defaultdict[tuple[str, str], list[Coverage]] = defaultdict(list)
    for coverage in complete:
        covers[clean(coverage.ticket_id), coverage.stream].append(coverage)
    event = tables.event.c
    gone: dict[int, str] = {}
    for chunk in chunks({ticket for ticket, _ in covers}):
        rows = tx.execute(
            select(event.id, event.ticket_source_id, event.stream, event.source_id, event.at).where(
                event.connection_id == connection_id,
                event.ticket_source_id.in_(chunk),
                event.withdrawn_at.is_(None),
            )
        )
        for row_id, ticket, stream, source_id, at in rows:
            covered = any(
                at < each.until and (each.since is None or each.since <= at)
                for each in covers.get((ticket, stream), ())
            )
            if covered and (stream, source_id) not in page:
                gone[row_id] = ticket
    return gone


def _withdraw(tx: Connection, rows: Sequence[int], at: datetime | None) -> None:
    for chunk in chunks(rows):
        tx.execute(update(tables.event).where(tables.event.c.id.in_(chunk)).values(withdrawn_at=at))


def _cover(tx: Connection, ids: Mapping[str, int], complete: Sequence[Coverage]) -> None:
    """Merge the page's coverage into what is stored; of two stretches that do not touch the earlier one stays."""
    coverage = tables.coverage.c
    merged: dict[tuple[int, str], tuple[datetime | None, datetime]] = {}
    for chunk in chunks({ids[clean(each.ticket_id)] for each in complete}):
        rows = tx.execute(
            select(coverage.ticket_id, coverage.stream, coverage.since, coverage.until).where(
                coverage.ticket_id.in_(chunk)
            )
        )
        merged.update({(ticket, stream): (since, until) for ticket, stream, since, until in rows})
    before = dict(merged)
    for each in complete:
        key = (ids[clean(each.ticket_id)], each.stream)
        new = (each.since, each.until)
        merged[key] = _joined(merged[key], new) if key in merged else new
    rows_to_write = [
        (*key, None if since is None else to_microseconds(since), to_microseconds(until))
        for key, (since, until) in merged.items()
        if before.get(key) != (since, until)
    ]
    _COVERAGE.run(tx, rows_to_write)


def _joined(
    one: tuple[datetime | None, datetime], other: tuple[datetime | None, datetime]
) -> tuple[datetime | None, datetime]:
    first, second = sorted((one, other), key=lambda each: (each[0] is not None, each[0] or each[1]))
    if second[0] is not None and second[0] > first[1]:
        return first
    return first[0], max(first[1], second[1])
