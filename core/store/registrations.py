"""For what the sources were asked to send hints, and with which secret."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from core.ports import Registration
from core.store import tables
from core.store.bulk import clean

__all__ = ["Kept", "every", "forget", "keep"]


@dataclass(frozen=True, slots=True)
class Kept:
    """One of them. signed_with: a mark of the secret that does not tell it. since: when its present end was given."""

    registration: Registration
    since: datetime
    signed_with: str = field(repr=False)


def every(tx: Connection, connection_id: int) -> list[Kept]:
    """Return what a connection has registered, as far as is known."""
    row = tables.registration.c
    rows = tx.execute(
        select(row.source_id, row.url, row.expires_at, row.what, row.at, row.signed_with)
        .where(row.connection_id == connection_id)
        .order_by(row.what, row.source_id)
    )
    return [Kept(Registration(*each[:4]), each.at, each.signed_with) for each in rows]


def keep(tx: Connection, connection_id: int, there: Sequence[Registration], signed_with: str, at: datetime) -> int:
    """Have these be the registrations of a connection; return how many of them are new, changed or gone.

    at: since when those have their end that have another one than before. The unit holds the connection.
    """
    known = {each.registration.id: each for each in every(tx, connection_id)}
    changed = forget(tx, connection_id, sorted(known.keys() - {each.id for each in there}))
    for each in there:
        before = known.get(each.id)
        if before is not None and (before.registration, before.signed_with) == (each, signed_with):
            continue
        forget(tx, connection_id, [each.id])
        values = {
            "connection_id": connection_id,
            "source_id": each.id,
            "url": clean(each.url),
            "what": each.what,
            "expires_at": each.expires_at,
            "at": at,
            "signed_with": signed_with,
        }
        tx.execute(insert(tables.registration).values(values))
        changed += 1
    return changed


def forget(tx: Connection, connection_id: int, ids: Sequence[str]) -> int:
    """Forget registrations that the source no longer has; return how many were known."""
    row = tables.registration.c
    return tx.execute(
        delete(tables.registration).where(row.connection_id == connection_id, row.source_id.in_(ids))
    ).rowcount
