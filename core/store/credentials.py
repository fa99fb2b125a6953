"""Keeps what the hub itself obtained (tokens), sealed under a key that is not in the database."""

import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, func, select

from core.ports import Now, Vault
from core.store import tables
from core.store.database import Store, lock_key

__all__ = ["MemoryVault", "StoreVault", "vault"]

NONCE_BYTES = 12


def vault(store: Store, connection: str, key: bytes | None, bound_to: str) -> Vault:
    """Return where the connection keeps its tokens: sealed in the database, or without a key in memory only.

    bound_to: the host they are obtained from; another one cannot read them.
    """
    return MemoryVault() if key is None else StoreVault(store, connection, key, bound_to)


@dataclass(slots=True)
class MemoryVault:
    """A `Vault` that forgets everything with its process."""

    _kept: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    _turns: dict[str, threading.Lock] = field(default_factory=dict[str, threading.Lock], repr=False)

    def read(self, name: str) -> str | None:
        """Return the secret, or None where there is none."""
        return self._kept.get(name)

    def renew(self, name: str, renewed: Callable[[str | None], str]) -> str:
        """Return and keep `renewed(current)`; one caller at a time."""
        with self._turns.setdefault(name, threading.Lock()):
            secret = self._kept[name] = renewed(self._kept.get(name))
            return secret


_TURNS: dict[tuple[str, str], threading.Lock] = {}
"""One lock for each database and secret in this process, before the one between processes."""


def _now() -> datetime:
    return datetime.now(UTC)


class StoreVault:
    """A `Vault` in table `credential`. What another host, key or place sealed counts as absent."""

    def __init__(self, store: Store, connection: str, key: bytes, bound_to: str, now: Now = _now) -> None:
        """key: any secret bytes; the sealing key is derived from them."""
        self._store = store
        self._connection = connection
        self._seal = AESGCM(hashlib.sha256(b"slahub credential\0" + key).digest())
        self._bound_to = bound_to
        self._now = now

    def __repr__(self) -> str:
        return f"StoreVault({self._connection!r})"

    def read(self, name: str) -> str | None:
        """Return the secret, or None where there is none for this host. Raises: StoreError."""
        credential = tables.credential
        mine = (credential.c.connection == self._connection, credential.c.name == name)
        with self._store.view() as tx:
            row = tx.execute(select(credential.c.sealed, credential.c.bound_to).where(*mine)).first()
        if row is None:
            return None
        if row.bound_to != self._bound_to:
            with self._store.unit() as tx:
                tx.execute(delete(credential).where(*mine, credential.c.bound_to != self._bound_to))
            return None
        sealed = bytes(row.sealed)
        try:
            secret = self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._place(name))
        except InvalidTag:
            return None
        return secret.decode()

    def renew(self, name: str, renewed: Callable[[str | None], str]) -> str:
        """Return and keep `renewed(current)`; one caller at a time over all threads and processes.

        No transaction is open meanwhile. When `renewed` raises, what was kept stays. Raises: StoreError.
        """
        with self._alone(name):
            secret = renewed(self.read(name))
            nonce = os.urandom(NONCE_BYTES)
            sealed = nonce + self._seal.encrypt(nonce, secret.encode(), self._place(name))
            with self._store.unit() as tx:
                self._keep(tx, name, sealed)
            return secret

    def _keep(self, tx: Connection, name: str, sealed: bytes) -> None:
        credential = tables.credential
        values = {"sealed": sealed, "bound_to": self._bound_to, "updated_at": self._now()}
        mine = (credential.c.connection == self._connection, credential.c.name == name)
        if tx.execute(credential.update().where(*mine).values(values)).rowcount == 0:
            tx.execute(credential.insert().values(connection=self._connection, name=name, **values))

    def _place(self, name: str) -> bytes:
        """Return what a sealed secret is tied to: moved to another row, it does not open."""
        return "\0".join((self._connection, name, self._bound_to)).encode()

    @contextmanager
    def _alone(self, name: str) -> Generator[None]:
        lock = f"credential:{self._connection}:{name}"
        with _TURNS.setdefault((str(self._store.url), lock), threading.Lock()):
            if self._store.path is not None:
                with _locked_file(self._store.path, lock):
                    yield
            else:
                with self._store.session() as tx:
                    tx.execute(select(func.pg_advisory_lock(lock_key(lock))))
                    yield


@contextmanager
def _locked_file(database: Path, lock: str) -> Generator[None]:
    """Hold a lock file beside the database; the kernel releases it with the process."""
    digest = hashlib.sha256(lock.encode()).hexdigest()[:12]
    held = os.open(database.with_name(f"{database.name}.{digest}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
