"""Short ways to make records and to look at what is stored of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from core.ports import Coverage
from core.store import Store, connections, facts, tables
from core.store.facts import Added
from core.tickets import Change, Comment, Event, Person, Presence, Record, SourceValue, Ticket

START = datetime(2026, 5, 11, 9, tzinfo=UTC)


@dataclass
class Desk:
    """One connection of a store, and records for it. Minutes count from `START`."""

    store: Store
    id: int

    @staticmethod
    def at(minutes: float) -> datetime:
        return START + timedelta(minutes=minutes)

    def event(
        self,
        ticket: str,
        source_id: str,
        minutes: float,
        *,
        actor: str | None = "ben",
        author: str | None = None,
        stream: str = "events",
        order: int = 0,
        **after: SourceValue,
    ) -> Event:
        changes = tuple(Change(field, None, value) for field, value in after.items())
        comments = () if author is None else (Comment(f"c{source_id}", author, public=True),)
        return Event(ticket, stream, source_id, self.at(minutes), order, actor, changes, comments)

    def ticket(
        self,
        source_id: str,
        version: int = 1,
        *,
        created: float = 0,
        presence: Presence = Presence.PRESENT,
        own: Mapping[str, str | None] | None = None,
        **values: SourceValue,
    ) -> Ticket:
        at = self.at(created)
        return Ticket(
            source_id, f"K-{source_id}", f"https://desk.test/{source_id}", at, at, version, values, own or {}, presence
        )

    def person(self, source_id: str, role: str, since: float | None = None, name: str = "Ben") -> Person:
        return Person(source_id, name, role, None if since is None else self.at(since))

    def covers(self, ticket: str, until: float, since: float | None = None, stream: str = "events") -> Coverage:
        return Coverage(ticket, stream, self.at(until), None if since is None else self.at(since))

    def add(self, *records: Record, complete: Sequence[Coverage] = (), minutes: float = 1000, **more: Any) -> Added:
        with self.store.unit() as tx:
            return facts.add(tx, self.id, records=records, complete=complete, seen_at=self.at(minutes), **more)

    def rows(self, table: Any) -> list[Any]:
        with self.store.view() as tx:
            return list(tx.execute(select(table).order_by(*table.primary_key)).all())

    def row(self, ticket: str) -> Any:
        return next(row for row in self.rows(tables.ticket) if row.source_id == ticket)

    def judge_all(self) -> None:
        """Take every ticket as judged as it is now."""
        with self.store.unit() as tx:
            tx.execute(tables.ticket.update().values(evaluated_version=tables.ticket.c.input_version))

    def waiting(self) -> set[str]:
        """Source ids of tickets whose input has grown since they were judged."""
        return {row.source_id for row in self.rows(tables.ticket) if row.input_version > row.evaluated_version}


def desk_of(store: Store, name: str = "desk") -> Desk:
    with store.unit() as tx:
        return Desk(store, connections.ensure(tx, name, "lists").id)


@pytest.fixture
def desk(store: Store) -> Desk:
    """A connection in an empty database, on SQLite and on PostgreSQL."""
    return desk_of(store)


@pytest.fixture
def sqlite_desk(sqlite_store: Store) -> Desk:
    """A connection in an empty SQLite database."""
    return desk_of(sqlite_store)


@pytest.fixture
def open_desk() -> Any:
    """The function that makes a connection in a given store."""
    return desk_of


def picture(tx: Connection, connection_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the source said, without row ids and without when it came."""
    ticket, person, event, field = tables.ticket.c, tables.person.c, tables.event.c, tables.field.c
    coverage, mention, role = tables.coverage.c, tables.mention.c, tables.person_role.c
    organisation, label, aside = tables.organisation.c, tables.label.c, tables.set_aside.c
    queries: list[tuple[Any, list[Any], Any]] = [
        (
            tables.ticket,
            [ticket.source_id, ticket.key, ticket.created_at, ticket.version, ticket.presence, ticket.source_values],
            ticket,
        ),
        (
            tables.event,
            [*(each for each in event if each.name not in {"id", "connection_id", "seen_at"})],
            event,
        ),
        (
            tables.coverage.join(tables.ticket),
            [ticket.source_id, coverage.stream, coverage.since, coverage.until],
            ticket,
        ),
        (
            tables.mention.join(tables.ticket, mention.ticket_id == ticket.id),
            [ticket.source_id, mention.field, mention.value],
            ticket,
        ),
        (tables.person, [person.source_id, person.name, person.organisation, person.active], person),
        (tables.person.join(tables.person_role), [person.source_id, role.since, role.role], person),
        (tables.organisation, [organisation.source_id, organisation.name, organisation.active], organisation),
        (tables.label, [label.field, label.value, label.text, label.category], label),
        (
            tables.field.join(tables.ticket),
            [ticket.source_id, field.slot, field.known, field.shown, field.shown_version],
            ticket,
        ),
        (tables.set_aside, [aside.stream, aside.source_id, aside.payload_hash, aside.reason], aside),
    ]
    return {
        str(number): sorted(
            map(tuple, tx.execute(select(*columns).select_from(place).where(scope.connection_id == connection_id))),
            key=repr,
        )
        for number, (place, columns, scope) in enumerate(queries)
    }


@pytest.fixture
def pictured() -> Any:
    """The function that returns everything a source said, as plain values."""
    return picture
