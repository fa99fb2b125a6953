"""Upserts: rows of thirty columns through the store's one way, against the driver's own."""

import time
from collections.abc import Sequence
from random import Random
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text

from benchmarks.measure import Result, medians
from core.store import Store
from core.store.bulk import Upsert

__all__ = ["COLUMNS", "measure"]

Row: TypeAlias = tuple[Any, ...]

COLUMNS = tuple(f"c{number}" for number in range(30))
OURS, BARE = "ours", "bare"


def measure(store: Store, runs: int, rows: int) -> list[Result]:
    """Return how fast pages of rows are put in and over what is there: half of each page is stored already."""
    # One page in two waits for nothing: it comes as new rows, and the next run brings half of it again.
    pages = [_page(run * rows // 2, rows, run) for run in range(runs + 1)]
    tables = {name: _table(name) for name in (OURS, BARE)}
    with store.unit() as tx:
        for table in tables.values():
            table.create(tx)
    upsert = Upsert(tables[OURS], COLUMNS, key=COLUMNS[:1], update=COLUMNS[1:])
    sqlite = store.dialect == "sqlite"

    def ours(run: int) -> None:
        with store.unit() as tx:
            upsert.run(tx, pages[run])

    def bare(run: int) -> None:
        with store.unit() as tx:
            driver: Any = tx.connection.driver_connection
            (_executemany if sqlite else _copy_and_merge)(driver, pages[run])

    seconds = medians({OURS: ours, BARE: bare}, runs, time.process_time if sqlite else time.perf_counter)
    rate = {name: rows / each for name, each in seconds.items()}
    kind, bound = ("SQLite", "driver's executemany") if sqlite else ("PostgreSQL", "driver's COPY and merge")
    what = f"{kind}: upsert, {len(COLUMNS)} columns, pages of {rows:,}"
    return [Result(what, "rows", rate[OURS], bound, rate[BARE], "cpu" if sqlite else "wall")]


INTO = f"INSERT INTO {BARE} ({', '.join(COLUMNS)})"
SETTLED = f"ON CONFLICT (c0) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])}"


def _executemany(driver: Any, page: Sequence[Row]) -> None:
    driver.executemany(f"{INTO} VALUES ({', '.join('?' * len(COLUMNS))}) {SETTLED}", page)


def _copy_and_merge(driver: Any, page: Sequence[Row]) -> None:
    names = ", ".join(COLUMNS)
    with driver.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE page ON COMMIT DROP AS SELECT {names} FROM {BARE} WITH NO DATA")
        with cursor.copy(f"COPY page ({names}) FROM STDIN") as copy:
            for row in page:
                copy.write_row(row)
        cursor.execute(f"{INTO} SELECT {names} FROM page {SETTLED}")


def _table(name: str) -> Table:
    """Return a table with a text for a key, and after it texts, counts and instants in turn."""
    kinds = (Text(), Integer(), BigInteger())
    filled = [Column(each, kinds[number % 3]) for number, each in enumerate(COLUMNS[1:])]
    return Table(
        name, MetaData(), Column("id", Integer, primary_key=True), Column("c0", String(200), unique=True), *filled
    )


def _page(first: int, count: int, run: int) -> list[Row]:
    chance = Random(run)
    made = (
        lambda: f"value {chance.randrange(10**8)}",
        lambda: chance.randrange(10**6),
        lambda: chance.randrange(10**15),
    )
    return [(str(first + number), *(made[n % 3]() for n in range(len(COLUMNS) - 1))) for number in range(count)]
