"""Carries a whole database into another one, row by row, of the same kind or not, and sees that it has arrived."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from typing import cast as cast_to

import psycopg
from psycopg import sql
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    Text,
    cast,
    func,
    insert,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from core.errors import StoreError
from core.store import audit, schema, tables
from core.store.bulk import Cell
from core.store.database import Store, exclusive
from core.store.statistics import learn
from core.store.types import Instant

__all__ = ["Report", "Sum", "carried", "count", "empty", "number_on", "tickets", "whole"]

ROWS_AT_ONCE = 2000

_OF_A_PROCESS = frozenset({tables.daemon})
"""What tells of this machine's processes, and of nothing that was found out."""

_TABLES: tuple[Table, ...] = tuple(each for each in tables.metadata.sorted_tables if each not in _OF_A_PROCESS)
"""In the order in which rows refer to each other."""

_WHOLE = 1 << 256

Report = Callable[[str, int], None]
"""Told of a table, and how many of its rows are done since the last time."""


@dataclass(slots=True)
class Sum:
    """How many rows were seen, and a sum of their digests, which does not hang on their order."""

    rows: int = 0
    digest: int = 0

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Count rows in."""
        for row in rows:
            said = hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest()
            self.digest = (self.digest + int.from_bytes(said, "big")) % _WHOLE
        self.rows += len(rows)


def count(source: Store) -> int:
    """Return how many rows there are to be carried."""
    with source.view() as tx:
        return sum(tx.execute(select(func.count()).select_from(each)).scalar_one() for each in _TABLES)


def empty(store: Store) -> bool:
    """Say whether a database of this version's schema holds nothing."""
    with store.view() as tx:
        return _filled(tx) is None


def tickets(store: Store) -> int:
    """Return how many tickets a database holds."""
    with store.view() as tx:
        return tx.execute(select(func.count()).select_from(tables.ticket)).scalar_one()


def whole(source: Store, target: Store, *, replace: bool = False, report: Report = lambda table, rows: None) -> int:
    """Carry every row of `source`, as it is at this instant, into `target`; return how many there were.

    All of it is one unit of the target: it ends complete, counted and compared, or as it was before.
    replace: what the target holds goes first, but for its trail, and who was forgotten there; otherwise it has to
        be empty.
    Raises: StoreError when it is not, when one of the two is of another version, or when something did not arrive.
    """
    schema.require(source)
    schema.require(target)
    with source.view() as old, target.unit() as new:
        exclusive(new, "transfer")
        gone = _gone(new) if replace else []
        if replace:
            _clear(new)
        elif (filled := _filled(new)) is not None:
            raise StoreError(f"the target database is not empty: table {filled.name} has rows; nothing was changed")
        total = 0
        for table in _TABLES:
            kept = replace and table is tables.audit
            total += _added(old, new) if kept else _carry(old, new, table, report)
        _still_gone(new, gone)
        learn(new, *_TABLES)
        return total


def carried(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column's value in the shape in which both databases take it: instants as numbers, JSON as text."""
    if isinstance(column.type, Instant):
        return type_coerce(column, BigInteger).label(column.name)
    return cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column


def number_on(tx: Connection, table: Table) -> None:
    """See that the next row made here gets a new number, after rows have come with theirs."""
    if tx.dialect.name == "postgresql" and "id" in table.c:
        last = select(func.max(table.c.id)).scalar_subquery()
        tx.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))


def _filled(tx: Connection) -> Table | None:
    found = (each for each in _TABLES if tx.execute(select(literal(1)).select_from(each).limit(1)).first() is not None)
    return next(found, None)


def _clear(tx: Connection) -> None:
    cleared = [each for each in _TABLES if each is not tables.audit]
    if tx.dialect.name == "postgresql":
        names = ", ".join(tx.dialect.identifier_preparer.format_table(each) for each in cleared)
        tx.exec_driver_sql(f"TRUNCATE {names}")
        return
    for table in reversed(cleared):
        tx.execute(table.delete())


def _added(old: Connection, new: Connection) -> int:
    """Add what the source's trail says to that of the target, of which nothing is taken away."""
    there = audit.every(new)
    fresh = [each for each in audit.every(old) if each not in there]
    for each in fresh:
        audit.add(new, each)
    return len(fresh)


def _gone(tx: Connection) -> list[RowMapping]:
    """Return who was forgotten here, by the names of connections: their numbers are the source's soon."""
    connection, forgotten = tables.connection, tables.forgotten
    query = select(connection.c.name.label("connection"), forgotten).join_from(forgotten, connection)
    return list(tx.execute(query).mappings())


def _still_gone(tx: Connection, gone: Sequence[RowMapping]) -> None:
    """See that who was forgotten since the source was written stays forgotten."""
    forgotten = tables.forgotten
    ids = dict(tx.execute(select(tables.connection.c.name, tables.connection.c.id)).all())
    there = {tuple(row) for row in tx.execute(select(forgotten.c.connection_id, forgotten.c.digest))}
    for row in gone:
        place = ids.get(row["connection"])
        if place is not None and (place, row["digest"]) not in there:
            kept = {name: row[name] for name in ("digest", "stands", "sealed_with", "at")}
            tx.execute(insert(forgotten).values(connection_id=place, **kept))


def _carry(old: Connection, new: Connection, table: Table, report: Report) -> int:
    given, taken = Sum(), Sum()

    def take(rows: Sequence[tuple[Any, ...]]) -> None:
        given.add(rows)
        _put(new, table, rows)
        report(table.name, len(rows))

    _each(old, table, take)
    number_on(new, table)
    _each(new, table, taken.add)
    if given != taken:
        raise StoreError(
            f"table {table.name} did not arrive as it was: {given.rows} rows were given and {taken.rows} taken; "
            "nothing was changed"
        )
    return given.rows


def _each(tx: Connection, table: Table, take: Callable[[Sequence[tuple[Any, ...]]], None]) -> None:
    """Give the rows in parts, none of which waits for the others: a table may be larger than the memory."""
    asked = select(*map(carried, table.c))
    with tx.execute(asked, execution_options={"yield_per": ROWS_AT_ONCE}) as found:
        for part in found.partitions():
            take([tuple(row) for row in part])


def _put(tx: Connection, table: Table, rows: Sequence[tuple[Cell, ...]]) -> None:
    if tx.dialect.name == "sqlite":
        statement = insert(table).compile(dialect=sqlite.dialect(), column_keys=table.c.keys())
        tx.exec_driver_sql(statement.string, list(rows))
        return
    names = sql.SQL(", ").join(map(sql.Identifier, table.c.keys()))
    driver = cast_to("psycopg.Connection[object]", tx.connection.driver_connection)
    try:
        with driver.cursor() as cursor:
            copy = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
            with cursor.copy(copy) as stream:
                for row in rows:
                    stream.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError("COPY", None, error) from error
