"""Sees to it that one daemon alone works on a database."""

import fcntl
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select

from core.errors import StoreError
from core.store import tables
from core.store.database import Store, lock_key

__all__ = ["Holder", "claim", "holder"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who took a role last and has not given it back; a process that was killed did not."""

    host: str
    pid: int
    since: datetime


@contextmanager
def claim(store: Store, *, now: datetime, role: str = "scheduler") -> Generator[None]:
    """Hold the role while the context lasts; the kernel or the server frees it when the process dies.

    now: host time, kept as the beginning.
    Raises: StoreError naming the host, process and beginning of the one who holds it.
    """
    with _held_file(store, store.path, role) if store.path is not None else _held_session(store, role):
        with store.unit() as tx:
            tx.execute(delete(tables.daemon).where(tables.daemon.c.role == role))
            tx.execute(insert(tables.daemon).values(role=role, host=socket.gethostname(), pid=os.getpid(), since=now))
        try:
            yield
        finally:
            with store.unit() as tx:
                tx.execute(delete(tables.daemon).where(tables.daemon.c.role == role))


def holder(tx: Connection, role: str = "scheduler") -> Holder | None:
    """Return who holds the role, as far as the rows say."""
    row = tx.execute(select(tables.daemon).where(tables.daemon.c.role == role)).first()
    return None if row is None else Holder(row.host, row.pid, row.since)


@contextmanager
def _held_file(store: Store, database: Path, role: str) -> Generator[None]:
    path = database.with_name(f"{database.name}.{role}.lock")
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise StoreError(f"cannot write {path}: {exc.strerror}") from exc
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise _taken(store, role) from exc
        yield
    finally:
        os.close(held)


@contextmanager
def _held_session(store: Store, role: str) -> Generator[None]:
    with store.session() as tx:
        if not tx.execute(select(func.pg_try_advisory_lock(lock_key(f"owner:{role}")))).scalar():
            raise _taken(store, role)
        yield


def _taken(store: Store, role: str) -> StoreError:
    with store.view() as tx:
        held = holder(tx, role)
    if held is None:
        return StoreError(f"another process holds the role {role!r} of this database; stop it first")
    return StoreError(
        f"the {role} of this database runs already: process {held.pid} on {held.host}, "
        f"since {held.since:%Y-%m-%d %H:%M:%S} UTC; stop it first"
    )
