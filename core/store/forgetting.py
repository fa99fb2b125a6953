"""Taking a person out of all that is stored: somebody without a name stands in their place, with the same deeds."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    insert,
    or_,
    select,
)

from core.errors import StoreError
from core.ports import Stop
from core.store import connections, mentions, tables
from core.store.database import Store
from core.store.removal import Removal, showing, stand_in
from core.store.veiled import STANDS, Veil, hidden, telling

__all__ = ["Found", "find", "finish", "mark", "pending", "shown"]


@dataclass(frozen=True, slots=True)
class Found:
    """A person as one connection knows them. tickets: in how many they occur."""

    connection_id: int
    connection: str
    source_id: str
    name: str
    tickets: int


def find(tx: Connection, who: str) -> list[Found]:
    """Return whom `connection:id`, an id, a mail or a name means; nobody who was forgotten already."""
    person, connection = tables.person.c, tables.connection.c
    wanted = who.strip().casefold()
    rows = tx.execute(
        select(connection.id, connection.name.label("connection"), person.source_id, person.name).join_from(
            tables.person, tables.connection, person.connection_id == connection.id
        )
    )
    found = [
        (row.id, row.connection, row.source_id, row.name)
        for row in rows
        if not row.source_id.startswith(STANDS)
        and (
            who == f"{row.connection}:{row.source_id}"
            or wanted in {row.source_id.casefold(), row.name.strip().casefold()}
        )
    ]
    name, _, source_id = who.partition(":")
    if not found and source_id:
        found = [(each.id, name, source_id, "") for each in connections.every(tx) if each.name == name]
    counted = [
        Found(row_id, connection, source_id, name, _tickets(tx, row_id, source_id))
        for row_id, connection, source_id, name in found
    ]
    return [each for each in counted if each.name or each.tickets]


def mark(tx: Connection, who: Found, veil: Veil, at: datetime) -> str:
    """Let nothing that comes in name this person from now on; return the digest they are known again by.

    Somebody with the same roles takes their place at once, so that no clock changes meanwhile.
    Raises: StoreError for the account that the hub itself works under, by which it tells its own deeds from others'.
    """
    connections.hold(tx, who.connection_id)
    here = connections.get(tx, who.connection)
    if here is not None and here.actor == who.source_id:
        raise StoreError(
            f"{who.connection}:{who.source_id} is the account that the hub itself works under; give the connection "
            "another one first"
        )
    stands = veil.stands(who.source_id)
    kinds = [("id", who.source_id)]
    kinds += [("text", each.casefold()) for each in {who.name, who.source_id} if each and telling(each)]
    known = tables.forgotten
    digests = [veil.digest(*kind) for kind in kinds]
    there = set(tx.execute(select(known.c.digest).where(known.c.connection_id == who.connection_id)).scalars())
    fresh = [each for each in digests if each not in there]
    if fresh:
        row = {"connection_id": who.connection_id, "stands": stands, "sealed_with": veil.check(), "at": at}
        tx.execute(insert(known), [{**row, "digest": each} for each in fresh])
    stand_in(tx, who.connection_id, who.source_id, stands)
    return digests[0]


def pending(tx: Connection, connection_id: int, veil: Veil) -> list[str]:
    """Return the ids of people who are to be forgotten and still have a row."""
    gone = hidden(tx, connection_id, veil)
    if gone is None:
        return []
    ids = tx.execute(select(tables.person.c.source_id).where(tables.person.c.connection_id == connection_id)).scalars()
    return [each for each in ids if gone.person(each) != each]


def shown(tx: Connection, connection_id: int, people: Collection[str]) -> set[int]:
    """Return the tickets whose picture names one of these people: with `finish` they wait to be judged again."""
    person, ticket, found = tables.person.c, tables.ticket.c, set[int]()
    mine = (person.connection_id == connection_id, person.source_id.in_(people))
    for source_id, name in tx.execute(select(person.source_id, person.name).where(*mine)).all():
        which = (ticket.connection_id == connection_id, showing(source_id, name))
        found.update(tx.execute(select(ticket.id).where(*which)).scalars())
    return found


def finish(
    store: Store,
    connection_id: int,
    veil: Veil,
    told: Callable[[int], None] = lambda rows: None,
    *,
    stop: Stop | None = None,
    ended: Callable[[Connection, str], None] = lambda tx, digest: None,
) -> int:
    """Rewrite all that names people who are to be forgotten; return how many rows that were.

    Each unit is short. Broken off, it is begun again wherever it stood: the person's own row goes last. Several
    processes may do it at once.
    ended: called once for each person, in the unit after which nothing names them, with the digest that `mark` gave.
    """
    rows = 0
    with store.view() as tx:
        waiting = pending(tx, connection_id, veil)
    for source_id in waiting:
        with store.view() as tx:
            person = tables.person.c
            mine = (person.connection_id == connection_id, person.source_id == source_id)
            name = tx.execute(select(person.name).where(*mine)).scalar()
        if name is not None:
            rows += Removal(store, connection_id, veil, source_id, name, told, stop, ended).run()
    if waiting:
        store.flush()
    return rows


def _tickets(tx: Connection, connection_id: int, source_id: str) -> int:
    ticket = tables.ticket.c
    concerned = mentions.tickets(tx, connection_id, mentions.ACTOR, [source_id])
    theirs = or_(ticket.requester == source_id, ticket.assignee == source_id)
    concerned |= set(tx.execute(select(ticket.id).where(ticket.connection_id == connection_id, theirs)).scalars())
    return len(concerned)
