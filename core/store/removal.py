"""One person taken out of all rows of a connection, one short unit after the other."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Text,
    cast,
    delete,
    insert,
    null,
    or_,
    select,
    update,
)

from core.ports import Stop
from core.sla.ledger_kept import without
from core.store import connections, mentions, snapshots, tables
from core.store.bulk import chunks, dumps
from core.store.database import Store
from core.store.recall import value
from core.store.veiled import Hidden, Veil, hidden, own, telling

__all__ = ["Removal", "showing", "stand_in"]

ROWS_AT_ONCE = 200
"""How many rows one unit rewrites: others have their turn in between."""

SHORTEST = 3
"""A name of fewer letters is not looked for within sentences."""

_PROSE: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (tables.finding, ("subject", "text")),
    (tables.run, ("reason",)),
    (tables.set_aside, ("source_id", "reason")),
    (tables.ticket, ("parked_reason",)),
    (tables.connection, ("reason",)),
)
"""Where sentences stand that may name somebody."""


@dataclass(frozen=True, slots=True)
class Removal:
    """One person at one connection."""

    store: Store
    connection_id: int
    veil: Veil
    source_id: str
    name: str
    told: Callable[[int], None]
    stop: Stop | None
    ended: Callable[[Connection, str], None]

    def run(self) -> int:
        event, written = tables.event.c, _written(self.source_id, self.name)
        with self.store.unit() as tx:
            connections.hold(tx, self.connection_id)
            if self._row(tx) is None:
                return 0
            # A restored database knows of the person, and of nobody in their place.
            stand_in(tx, self.connection_id, self.source_id, self.veil.stands(self.source_id))
        theirs = _holding(event.comments, self.source_id) + _holding(event.changes, self.source_id)
        acted = or_(event.actor == self.source_id, *theirs, *_saying(event.changes, written))
        rows = self._each(tables.event, acted, self._events)
        rows += self._each(tables.ticket, showing(self.source_id, self.name), self._pictures)
        if self._stopped():
            return rows
        with self.store.unit() as tx:
            connections.hold(tx, self.connection_id)
            rows += self._ledgers(tx) + self._names(tx) + self._prose(tx)
            self._last(tx)
        return rows

    def _each(
        self, table: Table, which: ColumnElement[bool], rewrite: Callable[[Connection, Hidden, Sequence[int]], None]
    ) -> int:
        with self.store.view() as tx:
            query = select(table.c.id).where(table.c.connection_id == self.connection_id, which)
            ids = tx.execute(query.order_by(table.c.id)).scalars().all()
        rows = 0
        for chunk in chunks(ids, ROWS_AT_ONCE):
            if self._stopped():
                break
            with self.store.unit() as tx:
                connections.hold(tx, self.connection_id)
                rewrite(tx, self._gone(tx), chunk)
            rows += len(chunk)
            self.told(len(chunk))
        return rows

    def _stopped(self) -> bool:
        return self.stop is not None and self.stop.reached()

    def _row(self, tx: Connection) -> int | None:
        """Return the person's own row; None where another process has ended it meanwhile."""
        person = tables.person.c
        mine = (person.connection_id == self.connection_id, person.source_id == self.source_id)
        return tx.execute(select(person.id).where(*mine)).scalar()

    def _gone(self, tx: Connection) -> Hidden:
        return hidden(tx, self.connection_id, self.veil) or Hidden(self.veil, {})

    def _events(self, tx: Connection, gone: Hidden, ids: Sequence[int]) -> None:
        event = tables.event.c
        rows = tx.execute(
            select(event.id, event.actor, cast(event.changes, Text), cast(event.comments, Text)).where(
                event.id.in_(ids)
            )
        ).all()
        for row_id, actor, changes, comments in rows:
            changed = [
                [name, gone.value(name, value(before)), gone.value(name, value(after)), initial]
                for name, before, after, initial in orjson.loads(changes)
            ]
            said = [[each, gone.optional(author), *rest] for each, author, *rest in orjson.loads(comments)]
            new = {"actor": gone.optional(actor), "changes": changed, "comments": said}
            tx.execute(update(tables.event).where(event.id == row_id).values(new))

    def _pictures(self, tx: Connection, gone: Hidden, ids: Sequence[int]) -> None:
        ticket = tables.ticket.c
        rows = tx.execute(
            select(ticket.id, ticket.requester, ticket.assignee, ticket.source_values).where(ticket.id.in_(ids))
        ).all()
        for row in rows:
            values = {name: gone.value(name, value(each)) for name, each in row.source_values.items()}
            new = {
                "requester": gone.optional(row.requester),
                "assignee": gone.optional(row.assignee),
                "source_values": values,
            }
            tx.execute(update(tables.ticket).where(ticket.id == row.id).values(new))
        # Whoever has read a ticket just before judges it once more, by what it says now.
        snapshots.bump(tx, ids)

    def _ledgers(self, tx: Connection) -> int:
        ledger, clock, ticket = tables.ledger, tables.clock, tables.ticket
        gone, rows = self._gone(tx), 0
        texts = [self.source_id, *([self.name] if telling(self.name) else [])]
        found = tx.execute(
            select(ledger.c.clock_id, ledger.c.content)
            .select_from(
                ledger.join(clock, ledger.c.clock_id == clock.c.id).join(ticket, clock.c.ticket_id == ticket.c.id)
            )
            .where(ticket.c.connection_id == self.connection_id, or_(*_saying(ledger.c.content, texts)))
        ).all()
        for clock_id, content in found:
            new = without(content, gone.person, gone.value)
            tx.execute(update(ledger).where(ledger.c.clock_id == clock_id).values(content=new))
            rows += 1
        return rows

    def _names(self, tx: Connection) -> int:
        gone, rows = self._gone(tx), 0
        label, mention, rating = tables.label, tables.mention, tables.rating
        here = label.c.connection_id == self.connection_id
        columns = (label.c.id, label.c.field, label.c.value, label.c.text, label.c.former)
        for row in tx.execute(select(*columns).where(here)).all():
            kept = [each for each in row.former or () if gone.text("", each) == each]
            new = {
                "value": gone.text(row.field, row.value),
                "text": gone.text("", row.text),
                # None would be a null of JSON's.
                "former": kept or null(),
            }
            if (new["value"], new["text"], kept) != (row.value, row.text, row.former or []):
                tx.execute(update(label).where(label.c.id == row.id).values(new))
                rows += 1
        mine = (mention.c.connection_id == self.connection_id, mention.c.field == mentions.ACTOR)
        theirs = (*mine, mention.c.value == self.source_id)
        stands = gone.person(self.source_id)
        held = set(tx.execute(select(mention.c.ticket_id).where(*theirs)).scalars())
        mentions.note(tx, self.connection_id, [((mentions.ACTOR, stands), ticket) for ticket in held])
        tx.execute(delete(mention).where(*theirs))
        for column in (rating.c.requester, rating.c.assignee):
            which = (rating.c.connection_id == self.connection_id, column == self.source_id)
            rows += tx.execute(update(rating).where(*which).values({column.name: stands})).rowcount
        return rows + len(held)

    def _prose(self, tx: Connection) -> int:
        texts = [self.name] if len(self.name) >= SHORTEST else []
        texts += [self.source_id] if own(self.source_id) else []
        if not texts:
            return 0
        stands, rows = self.veil.stands(self.source_id), 0
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in texts), re.IGNORECASE)
        for table, names in _PROSE:
            cases = sorted({case for each in texts for case in _cases(each)})
            which = or_(*(table.c[name].icontains(each, autoescape=True) for name in names for each in cases))
            found = tx.execute(select(table.c.id, *(table.c[name] for name in names)).where(which)).mappings().all()
            changed: list[dict[str, Any]] = []
            for row in found:
                new = {name: pattern.sub(stands, row[name]) for name in names}
                if any(new[name] != row[name] for name in names):
                    changed.append({"id": row["id"], **new})
            if changed:
                for new in changed:
                    row_id = new.pop("id")
                    tx.execute(update(table).where(table.c.id == row_id).values(new))
            rows += len(changed)
        return rows

    def _last(self, tx: Connection) -> None:
        person, role, row_id = tables.person, tables.person_role, self._row(tx)
        if row_id is None:
            return
        tx.execute(delete(role).where(role.c.person_id == row_id))
        tx.execute(delete(person).where(person.c.id == row_id))
        self.ended(tx, self.veil.digest("id", self.source_id))


def stand_in(tx: Connection, connection_id: int, source_id: str, stands: str) -> None:
    """See that somebody without a name stands there, who had the same roles at the same times."""
    person, role = tables.person, tables.person_role
    mine = person.c.connection_id == connection_id
    rows = {
        row.source_id: row
        for row in tx.execute(select(person).where(mine, person.c.source_id.in_([source_id, stands])))
    }
    old = rows.get(source_id)
    blank = {"connection_id": connection_id, "name": "", "organisation": None, "active": True}
    if old is None:
        # Known by deeds only: a row says that the work is not done yet.
        tx.execute(insert(person).values(**blank, source_id=source_id))
    if stands in rows:
        return
    about = {} if old is None else {"organisation": old.organisation, "active": old.active}
    made = tx.execute(
        insert(person).values({**blank, **about, "source_id": stands, "name": stands}).returning(person.c.id)
    )
    new = made.scalar_one()
    if old is not None:
        seen = tx.execute(select(role.c.since, role.c.role).where(role.c.person_id == old.id)).all()
        for since, word in seen:
            tx.execute(insert(role).values(person_id=new, since=since, role=word))


def _written(source_id: str, name: str) -> list[str]:
    """Return what means the person in any text."""
    return [*([source_id] if own(source_id) else []), *([name] if telling(name) else [])]


def showing(source_id: str, name: str) -> ColumnElement[bool]:
    """Return the condition under which a ticket's picture names the person."""
    ticket = tables.ticket.c
    return or_(
        ticket.requester == source_id,
        ticket.assignee == source_id,
        *_holding(ticket.source_values, source_id),
        *_saying(ticket.source_values, _written(source_id, name)),
    )


def _saying(column: ColumnElement[Any], texts: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return the conditions under which a column of JSON holds one of these texts, however it is written."""
    forms = {form for text in texts for each in _cases(text) for form in _forms(each)}
    return [cast(column, Text).icontains(each, autoescape=True) for each in sorted(forms)]


def _holding(column: ColumnElement[Any], source_id: str) -> list[ColumnElement[bool]]:
    """Return the conditions under which a column of JSON holds this very id."""
    return [cast(column, Text).contains(each, autoescape=True) for each in sorted(_forms(source_id))]


def _forms(text: str) -> set[str]:
    """Return how a text stands in JSON: what was rewritten here has escapes for letters beyond ASCII."""
    return {dumps(text), json.dumps(text)}


def _cases(text: str) -> set[str]:
    """Return the text in other cases: a database may not know those of letters beyond ASCII."""
    return {text, text.lower(), text.upper()}
