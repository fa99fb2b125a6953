"""What the hub knows of each connection itself: who it is, how it fares, what is held back."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, Connection, insert, select, true

from core.store import tables
from core.store.database import exclusive

__all__ = ["ConnectionChanges", "ConnectionRow", "bind", "ensure", "every", "get", "hold", "update"]

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection as stored.

    state: new, ok, refused, unreachable, failed or stopped. skew: source clock less host clock.
    armed_at: since when the hub may write there. bound_to: the host that its secrets may be given to.
    """

    id: int
    name: str
    connector: str
    instance: str | None
    account: str | None
    actor: str | None
    bound_to: str | None
    state: str
    reason: str
    state_since: datetime | None
    skew: timedelta
    armed_at: datetime | None
    last_success_at: datetime | None
    calls_used: int
    calls_allowed: int
    held: int
    held_revision: int | None
    released_revision: int | None


class ConnectionChanges(TypedDict, total=False):
    """What `update` can change; a key that is absent stays as it is."""

    connector: str
    instance: str | None
    account: str | None
    actor: str | None
    bound_to: str | None
    state: str
    reason: str
    state_since: datetime | None
    skew: timedelta
    armed_at: datetime | None
    last_success_at: datetime | None
    calls_used: int
    calls_allowed: int
    held: int
    held_revision: int | None
    released_revision: int | None


_COLUMNS = tuple(column.name for column in fields(ConnectionRow))


def hold(tx: Connection, connection_id: int) -> None:
    """Keep every other unit that changes this connection's tickets waiting until this one ends.

    Called first in such a unit: on PostgreSQL two of them would else lock rows in different orders.
    """
    exclusive(tx, f"facts:{connection_id}")


def ensure(tx: Connection, name: str, connector: str) -> ConnectionRow:
    """Return the connection's row, made where there is none yet."""
    row = get(tx, name)
    if row is not None:
        return row
    exclusive(tx, "connections")
    if get(tx, name) is None:
        tx.execute(insert(tables.connection).values(name=name, connector=connector))
    return next(_read(tx, tables.connection.c.name == name))


def bind(tx: Connection, connection_id: int, host: str) -> None:
    """Let the connection's secrets go to `host`, unless they are bound already."""
    connection = tables.connection
    mine = (connection.c.id == connection_id, connection.c.bound_to.is_(None))
    tx.execute(connection.update().where(*mine).values(bound_to=host))


def get(tx: Connection, name: str) -> ConnectionRow | None:
    """Return the connection's row, or None where it was never opened."""
    return next(_read(tx, tables.connection.c.name == name), None)


def every(tx: Connection) -> list[ConnectionRow]:
    """Return all connections by name."""
    return sorted(_read(tx, true()), key=lambda row: row.name)


def update(tx: Connection, connection_id: int, **changes: Unpack[ConnectionChanges]) -> None:
    """Set the given columns."""
    if not changes:
        return
    values: dict[str, object] = dict(changes)
    if "skew" in changes:
        values["skew"] = changes["skew"] // MICROSECOND
    tx.execute(tables.connection.update().where(tables.connection.c.id == connection_id).values(values))


def _read(tx: Connection, which: ColumnElement[bool]) -> Iterator[ConnectionRow]:
    for row in tx.execute(select(tables.connection).where(which)).mappings().all():
        values = {name: row[name] for name in _COLUMNS}
        yield ConnectionRow(**{**values, "skew": row["skew"] * MICROSECOND})
