"""Internal notes: wished once for each mark, sent, and known to be there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from core.store import tables
from core.store.bulk import chunks, clean

__all__ = ["Note", "Noted", "done", "due", "sent", "unsent", "wish"]


@dataclass(frozen=True, slots=True)
class Noted:
    """What is to be noted on one ticket now: texts by their marks. Others that were not sent yet are dropped."""

    ticket: int
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Note:
    """One note that is not known to be there. in_doubt: it was sent, and may have arrived."""

    id: int
    source_id: str
    key: str
    mark: str
    text: str
    in_doubt: bool


def wish(tx: Connection, items: Sequence[Noted], at: datetime) -> None:
    """Bring the wishes for notes up to date; what was sent or is there is wished no second time.

    The unit holds the connection. at: host time.
    """
    note = tables.note.c
    wanted = {(item.ticket, mark): text for item in items for mark, text in item.texts.items()}
    fresh = dict(wanted)
    dropped: list[int] = []
    for chunk in chunks([item.ticket for item in items]):
        rows = tx.execute(
            select(note.id, note.ticket_id, note.mark, note.sent_at, note.done_at).where(note.ticket_id.in_(chunk))
        )
        for row in rows:
            fresh.pop((row.ticket_id, row.mark), None)
            if row.sent_at is None and row.done_at is None and (row.ticket_id, row.mark) not in wanted:
                dropped.append(row.id)
    for chunk in chunks(dropped):
        tx.execute(delete(tables.note).where(note.id.in_(chunk)))
    if fresh:
        values = [
            {"ticket_id": ticket, "mark": mark, "text": clean(text), "wished_at": at}
            for (ticket, mark), text in fresh.items()
        ]
        tx.execute(insert(tables.note), values)


def due(tx: Connection, connection_id: int, before: datetime, limit: int) -> list[Note]:
    """Return what is to be noted, oldest first. before: what was sent earlier has arrived, or never will."""
    note, ticket = tables.note.c, tables.ticket.c
    rows = tx.execute(
        select(note.id, ticket.source_id, ticket.key, note.mark, note.text, note.sent_at)
        .join_from(tables.note, tables.ticket, ticket.id == note.ticket_id)
        .where(
            ticket.connection_id == connection_id,
            note.done_at.is_(None),
            or_(note.sent_at.is_(None), note.sent_at < before),
        )
        .order_by(note.id)
        .limit(limit)
    )
    return [
        Note(row.id, row.source_id, row.key or row.source_id, row.mark, row.text, row.sent_at is not None)
        for row in rows
    ]


def sent(tx: Connection, note_id: int, at: datetime) -> bool:
    """Note before the call that it is about to be made; say whether no other process has done so since it was due."""
    note = tables.note.c
    mine = update(tables.note).where(note.id == note_id, note.done_at.is_(None), note.sent_at.is_(None))
    return tx.execute(mine.values(sent_at=at)).rowcount == 1


def unsent(tx: Connection, note_id: int) -> None:
    """Note that nothing has arrived: it may be sent as if for the first time."""
    tx.execute(update(tables.note).where(tables.note.c.id == note_id).values(sent_at=None))


def done(tx: Connection, note_id: int, at: datetime, refused: str = "") -> None:
    """Note that it is there, or that the ticket takes none and why."""
    values = {"done_at": at, "refused_reason": clean(refused)}
    tx.execute(update(tables.note).where(tables.note.c.id == note_id).values(values))
