"""The database: writing units behind one fair lock, reading views beside them, on SQLite or PostgreSQL."""

import hashlib
import threading
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from core.errors import SettingsError, StoreError

__all__ = ["Store", "exclusive", "lock_key"]

BUSY_SECONDS = 10

ANSWERING = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""What PostgreSQL's connections are asked to notice of a server that is gone, where the URL says nothing of it:
by itself a connection waits for hours."""

WRITING = ("PRAGMA journal_mode = WAL", "PRAGMA secure_delete = ON")
"""What is deleted is overwritten: a name that was to be forgotten must not stay in the file's free places."""

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


class FairLock:
    """A lock that is handed on in the order of asking; not reentrant."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._holder: int | None = None

    def acquire(self) -> None:
        me = threading.get_ident()
        with self._mutex:
            if self._holder == me:
                raise StoreError("a unit was opened inside another one; only one may be open in a thread")
            if self._holder is None:
                self._holder = me
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:
            # Interrupted while waiting: leave the queue, or hand on what was handed over meanwhile.
            with self._mutex:
                left = turn in self._waiting
                if left:
                    self._waiting.remove(turn)
            if not left:
                self.release()
            raise
        self._holder = me

    def release(self) -> None:
        with self._mutex:
            # -1 keeps the lock taken until the next in line has woken up.
            self._holder = -1 if self._waiting else None
            if self._waiting:
                self._waiting.popleft().release()

    def waiting(self) -> int:
        """Return how many are in line."""
        with self._mutex:
            return len(self._waiting)


class Store:
    """One database. `unit()` is the only way to write, `view()` the way to read."""

    def __init__(self, url: str) -> None:
        """Open `sqlite:////absolute/path` or `postgresql://…`; nothing is read before the first use.

        Raises: SettingsError when the URL names neither.
        """
        parsed = _parsed(url)
        self.dialect = parsed.get_backend_name()
        self.url = parsed
        self._turn = FairLock()
        if self.dialect == "sqlite":
            self._writing = _sqlite(parsed, "BEGIN IMMEDIATE", WRITING, pool_size=1, max_overflow=0)
            self._reading = _sqlite(parsed, "BEGIN", ("PRAGMA query_only = ON",), pool_size=5, max_overflow=50)
        else:
            noticing = {name: value for name, value in ANSWERING.items() if name not in parsed.query}
            self._writing = create_engine(
                parsed.update_query_dict(noticing), hide_parameters=True, pool_pre_ping=True, max_overflow=20
            )
            self._reading = self._writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def __repr__(self) -> str:
        return f"Store({self.url.render_as_string(hide_password=True)!r})"

    @property
    def path(self) -> Path | None:
        """The database's file, for SQLite."""
        return Path(self.url.database) if self.dialect == "sqlite" and self.url.database else None

    @contextmanager
    def unit(self, *, patience: float | None = None) -> Generator[Connection]:
        """Give a connection inside one writing transaction: committed at the end, rolled back on any error.

        SQLite: one unit at a time, first come first served. PostgreSQL: READ COMMITTED.
        patience: seconds to wait for another process that writes to a SQLite file; None: as long as is usual.
        Raises: StoreError.
        """
        with self._alone(), _plain_errors(self), self._writing.connect() as tx, self._waiting(tx, patience), tx.begin():
            yield tx

    @contextmanager
    def reshaping(self) -> Generator[Connection]:
        """Give a unit for changing the schema: alone over all processes, foreign keys checked at its end."""
        with self._alone(), _plain_errors(self), self._writing.connect() as tx:
            if self.dialect == "sqlite":
                _pragma(tx, "PRAGMA foreign_keys = OFF")
            try:
                with tx.begin():
                    exclusive(tx, "schema")
                    yield tx
                    if self.dialect == "sqlite" and tx.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                        raise StoreError("the migration left rows that refer to nothing; nothing was changed")
            finally:
                if self.dialect == "sqlite":
                    _pragma(tx, "PRAGMA foreign_keys = ON")

    @contextmanager
    def view(self) -> Generator[Connection]:
        """Give a read-only connection that sees one unchanging state; it neither waits for units nor stops them.

        Raises: StoreError.
        """
        with _plain_errors(self), self._reading.connect() as tx, tx.begin():
            yield tx

    @contextmanager
    def session(self) -> Generator[Connection]:
        """Give a PostgreSQL connection of one's own, outside any transaction, for session locks.

        It is closed at the end, never reused, so that its locks go with it.
        """
        with _plain_errors(self), self._writing.connect() as tx:
            free = tx.execution_options(isolation_level="AUTOCOMMIT")
            try:
                yield free
            finally:
                free.invalidate()

    def flush(self) -> None:
        """Empty the log beside a SQLite file into it, as far as readers allow: old pages stand there still."""
        if self.dialect == "sqlite":
            with self._alone(), _plain_errors(self), self._writing.connect() as tx:
                _pragma(tx, "PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._writing.dispose()
        self._reading.dispose()

    @contextmanager
    def _waiting(self, tx: Connection, seconds: float | None) -> Generator[None]:
        if self.dialect != "sqlite" or seconds is None:
            yield
            return
        _pragma(tx, f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        try:
            yield
        finally:
            _pragma(tx, f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")

    @contextmanager
    def _alone(self) -> Generator[None]:
        if self.dialect != "sqlite":
            yield
            return
        self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()


def exclusive(tx: Connection, name: str) -> None:
    """Keep other processes out of what `name` stands for until the unit ends; SQLite units are alone anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(lock_key(name))))


def lock_key(name: str) -> int:
    """Return the signed 64-bit number under which PostgreSQL knows the lock `name`."""
    return int.from_bytes(hashlib.sha256(f"slahub:{name}".encode()).digest()[:8], "big", signed=True)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise SettingsError("hub.database is not a database URL; write sqlite:///slahub.db or postgresql://…") from exc
    driver = DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise SettingsError(
            f"hub.database: no support for {parsed.get_backend_name()!r}; write sqlite:///slahub.db or postgresql://…"
        )
    if driver == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise SettingsError("hub.database: SQLite needs a file, such as sqlite:///slahub.db")
    return parsed.set(drivername=driver)


def _sqlite(url: URL, begin: str, pragmas: Sequence[str], *, pool_size: int, max_overflow: int) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=max_overflow,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    def opened(connection: Any, _record: object) -> None:
        # The driver begins no transactions by itself any more: ours begin with what `begin` says.
        connection.isolation_level = None
        for statement in ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = NORMAL", *pragmas):
            connection.execute(statement).close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", opened)
    event.listen(engine, "begin", begun)
    return engine


def _pragma(tx: Connection, statement: str) -> None:
    """Run a pragma outside any transaction: inside one it would do nothing."""
    driver: Any = tx.connection.driver_connection
    driver.execute(statement).close()


@contextmanager
def _plain_errors(store: Store) -> Generator[None]:
    try:
        yield
    except SQLAlchemyError as exc:
        raise StoreError(_sentence(exc, store)) from exc


def _sentence(exc: SQLAlchemyError, store: Store) -> str:
    """Say what happened without any stored value: the statement's parameters and rows stay out of it."""
    where = store.path or store.url.render_as_string(hide_password=True)
    if not isinstance(exc, DBAPIError) or exc.orig is None:
        return f"the database {where} could not be used: {type(exc).__name__}"
    diagnosis: object = getattr(getattr(exc.orig, "diag", None), "message_primary", None)
    text = str(diagnosis or exc.orig).partition("\n")[0]
    if "database is locked" in text:
        return f"another process keeps writing to {where}; try again when it is done"
    if "unable to open database file" in text:
        return f"cannot open {where}: its folder is missing or may not be written to"
    return f"the database {where} refused: {text}"
