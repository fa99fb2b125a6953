"""A database as one file that can be carried away: written beside a daemon at work, complete or not there."""

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from core.errors import StoreError
from core.store import schema, transfer
from core.store.database import Store
from core.store.schema import SchemaAge

__all__ = ["PART", "opened", "write"]

PART = ".part"
"""How the name of a file ends while it is being written."""

PAGES_AT_ONCE = 2000

Report = Callable[[int, int], None]
"""Told how much is done, and of how much: pages of a SQLite file, rows of PostgreSQL's tables."""


def write(store: Store, file: Path, report: Report = lambda done, whole: None) -> None:
    """Write the database, as it is at this instant, into a new SQLite file; the daemon may go on meanwhile.

    Raises: StoreError when the file exists already, or cannot be written; then nothing stands under its name.
    """
    schema.require(store)
    if file.exists():
        raise StoreError(f"{file} is there already; choose another name, or take it away")
    part = file.with_name(file.name + PART)
    try:
        part.unlink(missing_ok=True)
        # Whoever can read it can read every name in it.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if store.path is not None:
            _pages(store, part, report)
        else:
            _rows(store, part, report)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    except sqlite3.Error as exc:
        raise StoreError(f"the backup {part} could not be written: {exc}") from exc
    except OSError as exc:
        raise StoreError(f"the backup {part} could not be written: {exc.strerror}") from exc
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def opened(file: Path) -> Generator[Store]:
    """Give the database in a backup. Raises: StoreError for what is none, or was written by another version."""
    if file.name.endswith(PART):
        raise StoreError(f"{file} is what is left of a backup that was broken off; it is not whole")
    if not file.is_file():
        raise StoreError(f"there is no file {file}")
    if not _is_sqlite(file):
        raise StoreError(f"{file} is no backup: those are SQLite files, written by 'slahub db backup'")
    store = Store(f"sqlite:///{file.resolve()}")
    try:
        found = schema.state(store)
        if found.age is SchemaAge.EMPTY:
            raise StoreError(f"{file} holds no tables of slahub")
        if found.age is not SchemaAge.CURRENT:
            hint = (
                "install the version that wrote it"
                if found.age is SchemaAge.NEWER
                else "copy it, name the copy as `hub.database` of a folder, and run 'slahub db migrate' there first"
            )
            raise StoreError(f"{file} is at migration {found.current}, this slahub needs {found.head}; {hint}")
        yield store
    finally:
        store.close()


def _pages(store: Store, part: Path, report: Report) -> None:
    """Copy page by page, out of one view: what others write meanwhile neither enters it nor starts it again."""
    with store.view() as tx, closing(sqlite3.connect(part)) as target:
        driver = _driver(tx)
        driver.execute("SELECT 1 FROM sqlite_master").fetchall()

        def told(_status: int, remaining: int, total: int) -> None:
            report(total - remaining, total)

        driver.backup(target, pages=PAGES_AT_ONCE, progress=told)
        # Who worked on it is of no meaning elsewhere; and one file is all of it, without a log beside it.
        target.execute("DELETE FROM daemon")
        target.commit()
        target.execute("PRAGMA journal_mode = DELETE").fetchall()


def _rows(store: Store, part: Path, report: Report) -> None:
    target = Store(f"sqlite:///{part.resolve()}")
    try:
        schema.migrate(target)
        whole, done = transfer.count(store), 0

        def told(_table: str, rows: int) -> None:
            nonlocal done
            done += rows
            report(done, whole)

        transfer.whole(store, target, report=told)
    finally:
        target.close()
    with closing(sqlite3.connect(part)) as file:
        file.execute("PRAGMA journal_mode = DELETE").fetchall()


def _driver(tx: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", tx.connection.driver_connection)


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened_file:
        return opened_file.read(16) == b"SQLite format 3\0"
