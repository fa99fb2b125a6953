"""In which tickets a person, an organisation, a team or another labelled value occurs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, Text, cast, or_, select

from core.store import tables
from core.store.bulk import Upsert, chunks, clean, dumps
from core.tickets import Event, Label, SourceValue

__all__ = [
    "ACTOR",
    "ORGANISATION",
    "TEAM",
    "Mention",
    "in_event",
    "in_values",
    "is_word",
    "note",
    "tickets",
    "tickets_showing",
]

ACTOR, ORGANISATION, TEAM = "actor", "organisation", "team"
FOLLOWED = (ORGANISATION, TEAM, "brand", "form", "channel")
"""Fields whose values have names that people see and policies may ask for."""

NEEDLES = 50
"""How many values one statement looks for in the tickets' present values."""

Mention = tuple[str, str]
"""`actor` or a followed field, and one value of it."""

_NOTE = Upsert(
    tables.mention,
    ("connection_id", "field", "value", "ticket_id"),
    key=("connection_id", "field", "value", "ticket_id"),
)


def is_word(field: str) -> bool:
    """Say whether what the values of a field mean may hang on their names, on tickets that have them no more."""
    return field not in FOLLOWED and field != Label.FIELD and not field.startswith(f"{Label.FIELD}:")


def in_event(event: Event) -> Iterator[Mention]:
    """Give who acted and wrote in the event, and the values of followed fields in its changes."""
    actor = event.actor
    if actor is not None:
        yield ACTOR, actor
    for comment in event.comments:
        if comment.author is not None and comment.author != actor:
            yield ACTOR, comment.author
    for change in event.changes:
        if change.field in FOLLOWED:
            for value in (*_parts(change.before), *_parts(change.after)):
                yield change.field, value


def in_values(values: Mapping[str, SourceValue]) -> Iterator[Mention]:
    """Give the values of followed fields in a snapshot."""
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

    Those of followed fields are found by index. For the others the database looks through the present
    values of every ticket of the connection: their labels change rarely. Of a custom field's title these
    are the tickets in which the field is filled in. Of words (statuses, priorities, kinds) these are also the
    tickets that have ever had one, and a few more: it looks through the events for them.
    """
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for field, value in labels:
        wanted[field].add(value)
    found: set[int] = set()
    for field in FOLLOWED:
        if field in wanted:
            found |= tickets(tx, connection_id, field, wanted.pop(field))
    keys = {f"{Label.FIELD}:{field_id}" for field_id in wanted.pop(Label.FIELD, ())}
    values = {value for texts in wanted.values() for value in texts}
    for needles in chunks({dumps(each) for each in keys | values}, NEEDLES):
        for row_id, held in _holding(tx, connection_id, needles):
            shown = any(not texts.isdisjoint(_parts(held.get(field))) for field, texts in wanted.items())
            if shown or not keys.isdisjoint(held):
                found.add(row_id)
    for field, texts in wanted.items():
        if is_word(field):
            found |= _once(tx, connection_id, field, texts)
    return found


def _once(tx: Connection, connection_id: int, field: str, values: Collection[str]) -> set[int]:
    """Return the tickets of which some event changes this field and holds one of these values.

    So many values at once are those of a helpdesk that tells of its words for the first time: then it is every ticket.
    """
    ticket, event = tables.ticket.c, tables.event.c
    query = select(ticket.id).where(ticket.connection_id == connection_id, ticket.key.is_not(None))
    if len(values) <= NEEDLES:
        changes = cast(event.changes, Text)
        parts = (changes.contains(dumps(each), autoescape=True) for each in sorted(values))
        changed = select(event.ticket_source_id).where(
            event.connection_id == connection_id, changes.contains(f"[{dumps(field)},", autoescape=True), or_(*parts)
        )
        query = query.where(ticket.source_id.in_(changed))
    return set(tx.execute(query).scalars())


def _holding(
    tx: Connection, connection_id: int, needles: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, str | list[str] | None]]]:
    """Give the tickets in whose present values, as stored, any of these texts occurs."""
    ticket = tables.ticket.c
    text = cast(ticket.source_values, Text)
    rows = tx.execute(
        select(ticket.id, ticket.source_values).where(
            ticket.connection_id == connection_id,
            ticket.key.is_not(None),
            or_(*(text.contains(needle, autoescape=True) for needle in needles)),
        )
    )
    for row in rows.yield_per(1000):
        yield row.id, row.source_values


def _parts(value: SourceValue | list[str]) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
