"""The store: pages of tickets and events added, against the drivers' bare insertion of the same rows."""

import time
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Table

from benchmarks.measure import Result, medians
from benchmarks.tickets import EVENTS, NOW, records
from core.store import Store, connections, facts, histories, tables
from core.tickets import Record

__all__ = ["TICKETS_A_PAGE", "measure"]

TICKETS_A_PAGE = 125
FILLED = ((tables.ticket, "id"), (tables.event, "id"), (tables.mention, "ticket_id"))
"""Which tables a page fills, and by which column its rows are newer than those of the pages before."""


def measure(store: Store, bare: Store, runs: int, tickets: int = TICKETS_A_PAGE) -> list[Result]:
    """Return how fast pages are stored and histories read.

    store, bare: two empty, migrated databases of one kind.
    """
    pages = _pages(tickets, runs + 1)
    with store.unit() as tx, bare.unit() as other:
        connection = connections.ensure(tx, "desk", "none").id
        connections.ensure(other, "desk", "none")
    inserted = _Inserted(store, bare)

    def added(run: int) -> None:
        with store.unit() as tx:
            facts.add(tx, connection, records=pages[run], seen_at=NOW)

    def loaded(_run: int) -> None:
        with store.view() as tx:
            histories.load(tx, connection, inserted.tickets)

    works = {"added": added, "taken": inserted.take, "bare": inserted.insert, "loaded": loaded}
    sqlite = store.dialect == "sqlite"
    seconds = medians(works, runs, time.process_time if sqlite else time.perf_counter)
    rate = {name: tickets * EVENTS / each for name, each in seconds.items()}
    kind, clock = ("SQLite", "cpu") if sqlite else ("PostgreSQL", "wall")
    bound = "bare executemany of the same rows"
    return [
        Result(f"{kind}: page stored", "events", rate["added"], bound, rate["bare"], clock),
        Result(f"{kind}: histories read", "events", rate["loaded"], bound, rate["bare"], clock),
    ]


def _pages(tickets: int, count: int) -> list[list[Record]]:
    rest = records(tickets * count)
    return [list(islice(rest, tickets * (EVENTS + 1))) for _ in range(count)]


class _Inserted:
    """The rows of the newest page, put as they are into another database. tickets: their row ids."""

    def __init__(self, store: Store, bare: Store) -> None:
        self._store, self._bare = store, bare
        self._seen = {table.name: 0 for table, _ in FILLED}
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self.tickets: list[int] = []

    def take(self, _run: int) -> None:
        """Read the rows that the other database has not got yet."""
        with self._store.view() as tx:
            for table, newer in FILLED:
                cells = ", ".join(f"CAST({c.name} AS TEXT)" if isinstance(c.type, JSON) else c.name for c in table.c)
                query = f"SELECT {cells} FROM {table.name} WHERE {newer} > {self._seen[table.name]}"
                place = list(table.c.keys()).index(newer)
                rows = [tuple(row) for row in tx.exec_driver_sql(query)]
                self._rows[table.name] = rows
                self._seen[table.name] = max(row[place] for row in rows)
        self.tickets = [row[0] for row in self._rows[tables.ticket.name]]

    def insert(self, _run: int) -> None:
        """Insert them with one statement a table."""
        with self._bare.unit() as tx:
            for table, _ in FILLED:
                tx.exec_driver_sql(self._statement(table), self._rows[table.name])

    def _statement(self, table: Table) -> str:
        mark = "?" if self._bare.dialect == "sqlite" else "%s"
        names = ", ".join(table.c.keys())  # a migrated table has its columns in another order
        return f"INSERT INTO {table.name} ({names}) VALUES ({', '.join([mark] * len(table.c))})"
