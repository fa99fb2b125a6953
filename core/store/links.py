"""Which tickets refer to which of another connection, and those whose counterpart has changed.

Both stand in `mention`, under the connection of the tickets that are referred to: in which ticket a key, an id or
what may be one occurs, and which of the connection's own tickets have changed since those were told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, and_, delete, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from core.sla.references import Target
from core.store import connections, mentions, snapshots, tables
from core.store.bulk import Upsert, chunks, clean

__all__ = ["Referred", "find", "missing", "note", "pass_on", "referring", "renamed", "site", "stir", "stirred"]

LINKED, STIRRED = "linked", "stirred"
_COLUMNS = ("connection_id", "field", "value", "ticket_id")
_STIRRED = Upsert(tables.mention, _COLUMNS, key=_COLUMNS)
AT_ONCE = 1000

Referred = tuple[str, int]
"""A word, and the row id of the ticket that it stands in."""


def find(tx: Connection, connection_id: int, words: Collection[str]) -> Mapping[str, Sequence[Target]]:
    """Return the tickets with a picture that have one of these words for their key or their id, by the word."""
    ticket = tables.ticket.c
    found: defaultdict[str, list[Target]] = defaultdict(list)
    for chunk in chunks({clean(word) for word in words}):
        rows = tx.execute(
            select(ticket.id, ticket.source_id, ticket.key, ticket.url)
            .where(
                ticket.connection_id == connection_id,
                ticket.key.is_not(None),
                or_(ticket.key.in_(chunk), ticket.source_id.in_(chunk)),
            )
            .order_by(ticket.id)
        )
        wanted = set(chunk)
        for row in rows:
            for word in {row.key, row.source_id} & wanted:
                found[word].append(Target(row.id, row.source_id, row.key, row.url))
    return found


def site(tx: Connection, connection_id: int) -> str:
    """Return the host of a connection's tickets, by one of them; empty where there is none yet."""
    ticket = tables.ticket.c
    mine = (ticket.connection_id == connection_id, ticket.url != "")
    return urlsplit(tx.execute(select(ticket.url).where(*mine).limit(1)).scalar() or "").hostname or ""


def missing(tx: Connection, connection_id: int, wanted: Collection[Referred]) -> set[Referred]:
    """Return which of these references to tickets of a connection are not noted yet."""
    mention = tables.mention.c
    known: set[Referred] = set()
    for chunk in chunks({clean(word) for word, _ in wanted}):
        rows = tx.execute(
            select(mention.value, mention.ticket_id).where(
                mention.connection_id == connection_id, mention.field == LINKED, mention.value.in_(chunk)
            )
        )
        known.update((value, ticket) for value, ticket in rows)
    return {(word, ticket) for word, ticket in wanted if (clean(word), ticket) not in known}


def note(tx: Connection, connection_id: int, found: Iterable[Referred]) -> None:
    """Keep these references; the unit holds both connections.

    So whoever changes a ticket of this one has told it before, or sees the reference.
    """
    mentions.note(tx, connection_id, [((LINKED, word), ticket) for word, ticket in found])


def referring(tx: Connection, connection_id: int, words: Collection[str]) -> set[int]:
    """Return the row ids of tickets, of any connection, in which one of these keys or ids may stand or have stood."""
    return mentions.tickets(tx, connection_id, LINKED, words)


def stir(tx: Connection, connection_id: int, *which: ColumnElement[bool]) -> None:
    """Note that what is known of these tickets has changed, for those that refer to them.

    The unit holds the connection. Those are rows of other connections, which it does not touch: `pass_on` tells them.
    which: conditions on `tables.ticket`.
    """
    mention, ticket = tables.mention.c, tables.ticket.c
    here = (mention.connection_id == connection_id, mention.field == LINKED)
    if tx.execute(select(literal(1)).where(*here).limit(1)).first() is None:
        return
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    for name in (ticket.key, ticket.source_id):
        rows = (
            select(literal(connection_id), literal(STIRRED), mention.value, ticket.id)
            .join_from(
                tables.mention, tables.ticket, and_(ticket.connection_id == connection_id, name == mention.value)
            )
            .where(*here, *which)
        )
        tx.execute(make(tables.mention).from_select(_COLUMNS, rows.distinct()).on_conflict_do_nothing())


def renamed(tx: Connection, connection_id: int, former: Mapping[int, str]) -> None:
    """Note for those that refer to tickets by a former key that it is theirs no more."""
    if former and referring(tx, connection_id, former.values()):
        _STIRRED.run(tx, [(connection_id, STIRRED, key, row) for row, key in sorted(former.items())])


def stirred(tx: Connection, connection_ids: Collection[int]) -> bool:
    """Say whether tickets of these connections have changed that others refer to."""
    return tx.execute(select(literal(1)).where(*_stirred(connection_ids)).limit(1)).first() is not None


def pass_on(tx: Connection, connection_ids: Collection[int], holders: Collection[int]) -> bool:
    """Have the tickets judged again that refer to changed ones of these connections; say whether more are waiting.

    holders: the connections of those that refer. The unit holds nothing yet.
    """
    mention, ticket = tables.mention.c, tables.ticket.c
    # In the order in which whoever holds several does; and nobody is changing what is passed on here.
    for held in sorted({*connection_ids, *holders}):
        connections.hold(tx, held)
    rows = tx.execute(select(mention.connection_id, mention.value).where(*_stirred(connection_ids)).limit(AT_ONCE))
    words: defaultdict[int, set[str]] = defaultdict(set)
    for connection_id, word in rows:
        words[connection_id].add(word)
    told: set[int] = set()
    for connection_id, changed in words.items():
        told |= referring(tx, connection_id, changed)
        for chunk in chunks(changed):
            tx.execute(
                delete(tables.mention).where(
                    mention.connection_id == connection_id, mention.field == STIRRED, mention.value.in_(chunk)
                )
            )
    for rows_told in chunks(told):
        theirs = select(ticket.id).where(ticket.id.in_(rows_told), ticket.connection_id.in_(holders))
        snapshots.bump(tx, tx.execute(theirs).scalars().all())
    return stirred(tx, connection_ids)


def _stirred(connection_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    mention = tables.mention.c
    return mention.connection_id.in_(connection_ids), mention.field == STIRRED
