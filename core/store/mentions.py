"""In which tickets a person, an organisation, a team or another labelled value occurs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import Connection, select

from core.store import tables
from core.store.bulk import Upsert, chunks, clean
from core.tickets import Event, SourceValue

__all__ = ["ACTOR", "ORGANISATION", "TEAM", "Mention", "in_event", "in_values", "note", "tickets", "tickets_showing"]

ACTOR, ORGANISATION, TEAM = "actor", "organisation", "team"
FOLLOWED = (ORGANISATION, TEAM)

Mention = tuple[str, str]
"""A field (`actor organisation team`) and one value of it."""

_NOTE = Upsert(
    tables.mention,
    ("connection_id", "field", "value", "ticket_id"),
    key=("connection_id", "field", "value", "ticket_id"),
)


def in_event(event: Event) -> Iterator[Mention]:
    """Give who acted and wrote in the event, and the organisations and teams in its changes."""
    if event.actor is not None:
        yield ACTOR, event.actor
    for comment in event.comments:
        if comment.author is not None:
            yield ACTOR, comment.author
    for change in event.changes:
        if change.field in FOLLOWED:
            for value in (*_parts(change.before), *_parts(change.after)):
                yield change.field, value


def in_values(values: Mapping[str, SourceValue]) -> Iterator[Mention]:
    """Give the organisations and teams in a snapshot's values."""
    for field in FOLLOWED:
        for value in _parts(values.get(field)):
            yield field, value


def note(tx: Connection, connection_id: int, found: Iterable[tuple[Mention, int]]) -> None:
    """Store which tickets (row ids) hold these mentions; what is stored stays."""
    rows = sorted({(field, clean(value), ticket) for (field, value), ticket in found})
    _NOTE.run(tx, [(connection_id, *row) for row in rows])


def tickets(tx: Connection, connection_id: int, field: str, values: Collection[str]) -> set[int]:
    """Return the row ids of the tickets in which any of the values occurs or ever occurred."""
    mention = tables.mention.c
    found: set[int] = set()
    for chunk in chunks(values):
        found.update(
            tx.execute(
                select(mention.ticket_id).where(
                    mention.connection_id == connection_id, mention.field == field, mention.value.in_(chunk)
                )
            ).scalars()
        )
    return found


def tickets_showing(tx: Connection, connection_id: int, labels: Collection[tuple[str, str]]) -> set[int]:
    """Return the row ids of the tickets whose present values hold any of these (field, value) pairs.

    Reads every ticket of the connection: labels other than of organisations and teams change rarely.
    """
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for field, value in labels:
        wanted[field].add(value)
    found: set[int] = set()
    for field in FOLLOWED:
        if field in wanted:
            found |= tickets(tx, connection_id, field, wanted.pop(field))
    if not wanted:
        return found
    ticket = tables.ticket.c
    rows = tx.execute(
        select(ticket.id, ticket.source_values).where(ticket.connection_id == connection_id, ticket.key.is_not(None))
    )
    for row in rows.yield_per(1000):
        held: Mapping[str, str | list[str] | None] = row.source_values
        if any(not texts.isdisjoint(_parts(held.get(field))) for field, texts in wanted.items()):
            found.add(row.id)
    return found


def _parts(value: SourceValue | list[str]) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
