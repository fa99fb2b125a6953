"""The source's present picture of tickets: a cache beside their events, and what stands in the hub's own fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select, update

from core.store import tables
from core.store.bulk import Cell, Upsert, chunks, clean, dumps
from core.store.recall import value
from core.store.types import from_microseconds, to_microseconds
from core.tickets import Presence, SourceValue, Ticket

__all__ = ["Stored", "add", "bump", "ensure", "gaps_of", "ids_of", "lock"]

_ROW = Upsert(
    tables.ticket,
    (
        "connection_id",
        "source_id",
        "url",
        "source_values",
        "presence",
        "input_version",
        "evaluated_version",
        "parked_reason",
        "writes",
    ),
    key=("connection_id", "source_id"),
)
_PICTURE = Upsert(
    tables.ticket,
    (*_ROW.columns, "key", "created_at", "updated_at", "version", "lost_at", "gaps"),
    key=_ROW.key,
    update=("url", "source_values", "presence", "key", "created_at", "updated_at", "version", "lost_at", "gaps"),
)
_SHOWN = Upsert(
    tables.field,
    (
        "ticket_id",
        "slot",
        "known",
        "shown",
        "shown_version",
        "wanted",
        "urgency",
        "mass",
        "corrected",
        "refused_reason",
    ),
    key=("ticket_id", "slot"),
    update=("known", "shown", "shown_version"),
    newest="shown_version",
)


MOMENT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stored:
    """new: how many pictures were new or different. changed: row ids whose judgement may differ.

    former: by row id the keys that are theirs no more. back: source ids of tickets that were lost and are shown again.
    """

    new: int
    changed: frozenset[int]
    former: Mapping[int, str]
    back: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Picture:
    key: str | None
    url: str
    created_at: datetime | None
    updated_at: datetime | None
    version: int | None
    values: Mapping[str, SourceValue]
    presence: str
    lost_at: datetime | None = None
    gaps: Mapping[str, int] = field(default_factory=dict[str, int])

    def judged(self) -> object:
        """Return what the engine reads of it, and what others find it by."""
        return (self.key, self.url, self.created_at, self.values, self.presence, self.gaps)


def ensure(tx: Connection, connection_id: int, source_ids: Collection[str]) -> tuple[dict[str, int], set[int]]:
    """Return the row ids of these tickets by source id, and which of them were made for it."""
    wanted = {clean(each) for each in source_ids}
    ids = ids_of(tx, connection_id, wanted)
    missing = sorted(wanted - ids.keys())
    if not missing:
        return ids, set()
    _ROW.run(tx, [(connection_id, each, "", "{}", "present", 1, 0, "", 0) for each in missing])
    made = ids_of(tx, connection_id, missing)
    return ids | made, set(made.values())


def add(
    tx: Connection,
    connection_id: int,
    ids: Mapping[str, int],
    tickets: Sequence[Ticket],
    asked: datetime | None = None,
) -> Stored:
    """Store the pictures that are not older than the stored ones.

    Locks the rows it changes; nothing may change rows of `ticket` before it in the same unit.

    asked: since when the source was asked for just these tickets, in its time. None: they may have waited somewhere,
        and show a lost ticket to be there again only if it has changed since it was lost.
    """
    newest: dict[str, Ticket] = {}
    for ticket in tickets:
        known = newest.get(ticket.id)
        if known is None or ticket.version >= known.version:
            newest[ticket.id] = ticket
    stored = _pictures(tx, {ids[clean(each)] for each in newest})
    rows: list[tuple[Cell, ...]] = []
    changed: set[int] = set()
    former: dict[int, str] = {}
    back: set[str] = set()
    for told in newest.values():
        row_id = ids[clean(told.id)]
        old = stored[row_id]
        ticket = told if asked is None else _taken_out(told, old, asked)
        new = _picture(ticket, old)
        found = old.lost_at is not None and (asked or ticket.updated_at) >= old.lost_at
        if old.lost_at is not None and not found:
            new = replace(new, presence=old.presence, lost_at=old.lost_at)
        if old == new or (old.version is not None and ticket.version < old.version):
            continue
        rows.append(_row(connection_id, ticket, new))
        if found:
            back.add(clean(ticket.id))
        if old.judged() != new.judged():
            changed.add(row_id)
        if old.key is not None and old.key != new.key:
            former[row_id] = old.key
    _PICTURE.run(tx, rows)
    _show(tx, ids, tickets)
    return Stored(len(rows), frozenset(changed), former, frozenset(back))


def bump(tx: Connection, rows: Collection[int]) -> None:
    """Have these tickets judged again: what the engine reads of them has changed."""
    ticket = tables.ticket
    for chunk in chunks(sorted(rows)):
        judged = (ticket.c.id.in_(chunk), ticket.c.aged_at.is_(None))
        tx.execute(update(ticket).where(*judged).values(input_version=ticket.c.input_version + 1))


def lock(tx: Connection, rows: Collection[int]) -> None:
    """Keep other units from these tickets until this one ends; always in the order of their ids.

    A unit that changes several tickets on PostgreSQL locks them all at once before, so that two of
    them never wait for each other. SQLite has one unit at a time.
    """
    if tx.dialect.name == "sqlite":
        return
    ticket = tables.ticket.c
    for chunk in chunks(sorted(rows)):
        tx.execute(select(ticket.id).where(ticket.id.in_(chunk)).order_by(ticket.id).with_for_update())


def _show(tx: Connection, ids: Mapping[str, int], tickets: Sequence[Ticket]) -> None:
    shown: dict[tuple[int, str], tuple[int, str | None]] = {}
    for ticket in sorted(tickets, key=lambda each: each.version):
        for slot, word in ticket.own.items():
            shown[ids[clean(ticket.id)], slot] = (ticket.version, None if word is None else clean(word))
    _SHOWN.run(
        tx,
        [
            (ticket, slot, True, word, version, False, 9, False, 0, "")
            for (ticket, slot), (version, word) in sorted(shown.items())
        ],
    )


def ids_of(tx: Connection, connection_id: int, source_ids: Collection[str]) -> dict[str, int]:
    """Return the row ids of those of these tickets that have a row, by source id. source_ids: cleaned."""
    ticket = tables.ticket.c
    found: dict[str, int] = {}
    for chunk in chunks(source_ids):
        rows = tx.execute(
            select(ticket.source_id, ticket.id).where(
                ticket.connection_id == connection_id, ticket.source_id.in_(chunk)
            )
        )
        found.update(dict(rows.all()))
    return found


def _pictures(tx: Connection, rows: Collection[int]) -> dict[int, _Picture]:
    ticket = tables.ticket.c
    found: dict[int, _Picture] = {}
    for chunk in chunks(rows):
        for row in tx.execute(
            select(
                ticket.id,
                ticket.key,
                ticket.url,
                ticket.created_at,
                ticket.updated_at,
                ticket.version,
                ticket.source_values,
                ticket.presence,
                ticket.lost_at,
                ticket.gaps,
            ).where(ticket.id.in_(chunk))
        ).all():
            values = {name: value(each) for name, each in row.source_values.items()}
            found[row.id] = _Picture(
                row.key,
                row.url,
                row.created_at,
                row.updated_at,
                row.version,
                values,
                row.presence,
                row.lost_at,
                row.gaps or {},
            )
    return found


def gaps_of(stored: Mapping[str, int] | None) -> dict[str, datetime]:
    """Return since when fields are told whose history is not whole, as it is stored."""
    return {name: from_microseconds(at) for name, at in (stored or {}).items()}


def _picture(ticket: Ticket, old: _Picture) -> _Picture:
    return _Picture(
        clean(ticket.key),
        clean(ticket.url),
        ticket.created_at,
        ticket.updated_at,
        ticket.version,
        {clean(name): _cleaned(value) for name, value in ticket.values.items()},
        str(ticket.presence),
        gaps={clean(name): to_microseconds(at or _followed(name, ticket, old)) for name, at in ticket.gaps.items()},
    )


def _taken_out(ticket: Ticket, old: _Picture, asked: datetime) -> Ticket:
    """Return a ticket as it is seen directly: out of an archive it is what it was before, newer than its archiving."""
    if old.presence != Presence.ARCHIVED or ticket.presence is not Presence.PRESENT:
        return ticket
    if old.version is None or old.updated_at is None or asked < old.updated_at:
        return ticket
    return replace(ticket, version=max(ticket.version, old.version))


def _followed(name: str, ticket: Ticket, old: _Picture) -> datetime:
    """Return since when a field is followed of which the source keeps no log: its first picture, or before."""
    if old.key is None:
        # What is changed in the moment in which a ticket is made belongs to its making.
        made = ticket.updated_at - ticket.created_at <= MOMENT
        return ticket.created_at if made else ticket.updated_at
    known = old.gaps.get(clean(name))
    return ticket.created_at if known is None else from_microseconds(known)


def _row(connection_id: int, ticket: Ticket, picture: _Picture) -> tuple[Cell, ...]:
    return (
        connection_id,
        clean(ticket.id),
        clean(ticket.url),
        dumps(dict(ticket.values)),
        picture.presence,
        1,
        0,
        "",
        0,
        clean(ticket.key),
        to_microseconds(ticket.created_at),
        to_microseconds(ticket.updated_at),
        ticket.version,
        None if picture.lost_at is None else to_microseconds(picture.lost_at),
        dumps(dict(picture.gaps)) if picture.gaps else None,
    )


def _cleaned(value: SourceValue) -> SourceValue:
    if value is None:
        return None
    return clean(value) if isinstance(value, str) else tuple(map(clean, value))
