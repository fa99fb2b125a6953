"""Sees to it that one daemon alone works on a database."""

import fcntl
import os
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from core.errors import StoreError
from core.store import tables
from core.store.database import Store, lock_key

__all__ = ["Claim", "Holder", "claim", "holder"]

log = structlog.get_logger("slahub")

LEAVING = 1.0
"""Seconds that a process on its way out waits for another one that writes."""

NOTICED = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""Lets a server notice within half a minute that the holder's machine is gone: by itself it takes hours."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who took a role last and has not given it back; a process that was killed did not."""

    host: str
    pid: int
    since: datetime

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Lock(Protocol):
    """What keeps others out of a role: it ends with the process that took it, however that ends."""

    def take(self) -> bool: ...
    def holds(self) -> bool: ...
    def free(self) -> None: ...


class Claim:
    """A role that this process holds, for as long as nobody takes it away."""

    def __init__(self, store: Store, role: str, since: datetime, lock: Lock) -> None:
        self._store, self._role, self._lock = store, role, lock
        self._me = Holder(socket.gethostname(), os.getpid(), since)

    def take(self) -> bool:
        """Take the role if it is free, and note who has it."""
        if not self._lock.take():
            return False
        me = self._me
        with self._store.unit() as tx:
            tx.execute(delete(tables.daemon).where(tables.daemon.c.role == self._role))
            tx.execute(insert(tables.daemon).values(role=self._role, host=me.host, pid=me.pid, since=me.since))
        return True

    def keep(self) -> bool:
        """See that the role is still ours; take it again where the server has lost the session that held it.

        Returns: false while that cannot be: the server is out of reach, or still knows nothing of the loss.
        Raises: StoreError naming who has the role, when another process took it meanwhile.
        """
        if self._lock.holds():
            return True
        try:
            if self.take():
                return True
            with self._store.view() as tx:
                found = holder(tx, self._role)
        except StoreError:
            return False
        if found is None or found == self._me:
            return False
        raise StoreError(
            f"the database lost the session by which this process was its {self._role}, and another one has taken "
            f"over: {found}; this one ends"
        )

    def leave(self) -> None:
        """Note that nobody has the role."""
        try:
            with self._store.unit(patience=LEAVING) as tx:
                row, me = tables.daemon.c, self._me
                mine = (row.role == self._role, row.host == me.host, row.pid == me.pid, row.since == me.since)
                tx.execute(delete(tables.daemon).where(*mine))
        except StoreError as error:
            # The row only tells people who runs. What counts is the lock, and that ends with this process.
            log.warning("the note of who runs stays behind", role=self._role, reason=str(error))


@contextmanager
def claim(store: Store, *, now: datetime, role: str = "scheduler") -> Generator[Claim]:
    """Hold the role while the context lasts; the kernel or the server frees it when the process dies.

    now: host time, kept as the beginning.
    Raises: StoreError naming the host, process and beginning of the one who holds it.
    """
    lock = _Session(store, role) if store.path is None else _File(store.path, role)
    claimed = Claim(store, role, now, lock)
    try:
        if not claimed.take():
            raise _taken(store, role)
        try:
            yield claimed
        finally:
            claimed.leave()
    finally:
        lock.free()


def holder(tx: Connection, role: str = "scheduler") -> Holder | None:
    """Return who holds the role, as far as the rows say."""
    row = tx.execute(select(tables.daemon).where(tables.daemon.c.role == role)).first()
    return None if row is None else Holder(row.host, row.pid, row.since)


class _File:
    """A locked file beside the database."""

    def __init__(self, database: Path, role: str) -> None:
        # However many links lead to the database, this one stands beside the file itself.
        there = database.resolve()
        self._path = there.with_name(f"{there.name}.{role}.lock")
        self._held = ExitStack()

    def take(self) -> bool:
        try:
            opened = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            raise StoreError(f"cannot write {self._path}: {exc.strerror}") from exc
        self._held.callback(os.close, opened)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def holds(self) -> bool:
        return True

    def free(self) -> None:
        self._held.close()


class _Session:
    """PostgreSQL's advisory lock; it lasts as long as the session that took it."""

    def __init__(self, store: Store, role: str) -> None:
        self._store, self._key = store, lock_key(f"owner:{role}")
        self._session: Connection | None = None
        self._held = ExitStack()

    def take(self) -> bool:
        self.free()
        with ExitStack() as opened:
            session = opened.enter_context(self._store.session())
            for setting in NOTICED:
                session.execute(text(f"SET {setting}"))
            if not session.execute(select(func.pg_try_advisory_lock(self._key))).scalar():
                return False
            self._session, self._held = session, opened.pop_all()
        return True

    def holds(self) -> bool:
        if self._session is None:
            return False
        try:
            self._session.execute(select(1))
        except SQLAlchemyError:
            # Asked once more, it would answer from a new session, which holds nothing.
            self._drop()
            return False
        return True

    def free(self) -> None:
        if self._session is not None:
            # A closed session's locks go when the server finds the time: who asks at once would still be refused.
            with suppress(SQLAlchemyError):
                self._session.execute(select(func.pg_advisory_unlock(self._key)))
        self._drop()

    def _drop(self) -> None:
        self._session = None
        self._held.close()


def _taken(store: Store, role: str) -> StoreError:
    with store.view() as tx:
        held = holder(tx, role)
    if held is None:
        return StoreError(f"another process holds the role {role!r} of this database; stop it first")
    return StoreError(f"the {role} of this database runs already: {held}; stop it first")
