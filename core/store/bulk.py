"""Many rows in few statements: what the drivers are quick at, behind one shape for both databases.

Rows are tuples of what the driver takes: instants as microseconds, JSON as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, TypeVarTuple
from typing import cast as cast_to

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    CursorResult,
    Integer,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    or_,
    select,
    table,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, ResourceClosedError
from sqlalchemy.types import BigInteger, TypeEngine

from core.store.types import Instant

__all__ = ["CHUNK", "Cell", "Json", "Upsert", "chunks", "clean", "dumps", "plain_rows"]

CHUNK = 1000
"""How many values go into one `IN (…)`."""

LARGE = 400
"""From how many rows on PostgreSQL is quicker with COPY and a table in between, which cost a millisecond to begin."""

_MAY_COPY = select(func.has_database_privilege(func.current_database(), "TEMPORARY"))
"""Careful administrators take away the right to make temporary tables."""

Cell: TypeAlias = str | int | bool | None
Json: TypeAlias = "str | int | bool | Sequence[Json] | dict[str, Json] | None"
T = TypeVar("T")
Columns = TypeVarTuple("Columns")
AnyInsert = TypeVar("AnyInsert", sqlite.Insert, postgresql.Insert)


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Give the items in lists of at most `size`, none of them empty."""
    rest = list(items)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def plain_rows(found: CursorResult[*Columns]) -> list[tuple[Any, ...]]:
    """Return all rows as the driver gives them, for columns that need no conversion."""
    if found.cursor is None:
        raise ResourceClosedError("the statement gives no rows")
    rows = list(found.cursor.fetchall())
    found.close()
    return rows


def clean(text: str) -> str:
    """Return text that both databases take: without NUL, and without halves of characters cut in two."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def dumps(value: Json) -> str:
    """Return compact JSON, always the same for equal values; its strings are clean."""
    try:
        text = _encoded(value)
    except orjson.JSONEncodeError:  # half a character
        return _encoded(_clean(value))
    return _encoded(_clean(value)) if "\\u0000" in text else text


def _encoded(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _clean(value: Json) -> Json:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_clean(inner) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class Upsert:
    """Inserts rows; where one with the same `key` is stored, it overwrites the columns in `update`.

    columns: the names of a row's cells, in their order.
    update: empty: what is stored stays as it is.
    newest: overwrite only where this column's stored value is null or not greater.
    """

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...]
    update: tuple[str, ...] = ()
    newest: str | None = None

    def run(self, tx: Connection, rows: Sequence[tuple[Cell, ...]]) -> None:
        """Store the rows; each key at most once."""
        if not rows:
            return
        if tx.dialect.name == "sqlite":
            self._to_sqlite(tx, rows)
        else:
            self._to_postgresql(tx, rows)

    def _to_sqlite(self, tx: Connection, rows: Sequence[tuple[Cell, ...]]) -> None:
        statement, places = _for_sqlite(self)
        # Straight to the driver: twice as quick as through the compiler's parameter handling.
        tx.exec_driver_sql(
            statement, list(rows) if places is None else [tuple(row[place] for place in places) for row in rows]
        )

    def _to_postgresql(self, tx: Connection, rows: Sequence[tuple[Cell, ...]]) -> None:
        if len(rows) >= LARGE and tx.execute(_MAY_COPY).scalar_one():
            self._copied(tx, rows)
            return
        columns = tuple(map(str, self.columns))  # and no kind of str: the encoder takes plain keys only
        page = orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows]).decode()
        tx.execute(_for_postgresql(self), {"page": page})

    def _copied(self, tx: Connection, rows: Sequence[tuple[Cell, ...]]) -> None:
        """Copy the rows into a table of this session's own, and insert them from there."""
        make, copy, insert, drop = _through_copy(self)
        driver = cast_to("psycopg.Connection[object]", tx.connection.driver_connection)
        try:
            with driver.cursor() as cursor:
                cursor.execute(make)
                with cursor.copy(copy) as target:
                    for row in rows:
                        target.write_row(row)
                tx.execute(insert)
                cursor.execute(drop)
        except psycopg.Error as error:
            raise DBAPIError("COPY", None, error) from error

    def settled(self, insert: AnyInsert) -> AnyInsert:
        """Add what happens where the key is stored already."""
        if not self.update:
            return insert.on_conflict_do_nothing(index_elements=self.key)
        excluded = insert.excluded
        where = None
        if self.newest is not None:
            stored = self.table.c[self.newest]
            where = or_(stored.is_(None), excluded[self.newest] >= stored)
        return insert.on_conflict_do_update(
            index_elements=self.key, set_={name: excluded[name] for name in self.update}, where=where
        )


@lru_cache
def _for_sqlite(upsert: Upsert) -> tuple[str, tuple[int, ...] | None]:
    """Return the statement, and which cell stands in which place of it; None: in the order they come."""
    compiled = upsert.settled(sqlite.insert(upsert.table)).compile(dialect=sqlite.dialect(), column_keys=upsert.columns)
    places = tuple(upsert.columns.index(name) for name in compiled.positiontup or ())
    return compiled.string, None if places == tuple(range(len(places))) else places


@lru_cache
def _through_copy(upsert: Upsert) -> tuple[sql.Composed, sql.Composed, postgresql.Insert, sql.SQL]:
    """Return how the table in between is made, filled, emptied into the real one and dropped."""
    names, filled = sql.SQL(", ").join(map(sql.Identifier, upsert.columns)), sql.Identifier(upsert.table.name)
    make = sql.SQL("CREATE TEMPORARY TABLE page ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
    columns = [column(name, upsert.table.c[name].type) for name in upsert.columns]
    rows = select(*columns).select_from(table("page", *columns, schema="pg_temp"))
    insert = postgresql.insert(upsert.table).from_select(upsert.columns, rows, include_defaults=False)
    return (
        make.format(names, filled),
        sql.SQL("COPY pg_temp.page ({}) FROM STDIN").format(names),
        upsert.settled(insert),
        sql.SQL("DROP TABLE pg_temp.page"),
    )


@lru_cache
def _for_postgresql(upsert: Upsert) -> postgresql.Insert:
    """Return one statement that takes all rows as one JSON text: half the time of arrays, and of one row each."""
    types = upsert.table.c
    rows = func.json_to_recordset(cast(bindparam("page", type_=Text()), JSON))
    named = [column(name, _carried(types[name])) for name in upsert.columns]
    page = rows.table_valued(*named, name="page").render_derived(with_types=True)
    cells = [
        cast(page.c[name], JSON) if isinstance(types[name].type, JSON) else page.c[name] for name in upsert.columns
    ]
    insert = postgresql.insert(upsert.table).from_select(upsert.columns, select(*cells), include_defaults=False)
    return upsert.settled(insert)


def _carried(filled: Column[Any]) -> TypeEngine[Any]:
    """Return the type in which a page carries a column's cells: text is not cut, JSON is cast later."""
    kind = filled.type
    if isinstance(kind, Boolean):
        return Boolean()
    if isinstance(kind, BigInteger | Instant):
        return BigInteger()
    return Integer() if isinstance(kind, Integer) else Text()
