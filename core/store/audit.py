"""The trail of what was done with the data itself: added to, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from core.store import tables
from core.store.types import Instant

__all__ = ["Entry", "add", "every", "last"]


@dataclass(frozen=True, slots=True)
class Entry:
    """author: who did it. what: forget, forgotten (it had been broken off), restore or age. about: never a name."""

    at: datetime
    author: str
    what: str
    about: Mapping[str, object]


def add(tx: Connection, entry: Entry) -> None:
    """Write down what was done, in the unit in which it is done."""
    row = {"at": entry.at, "author": entry.author, "what": entry.what, "about": dict(entry.about)}
    tx.execute(insert(tables.audit).values(row))


def every(tx: Connection) -> list[Entry]:
    """Return the whole trail, oldest first."""
    audit = tables.audit.c
    rows = tx.execute(select(audit.at, audit.author, audit.what, audit.about).order_by(audit.id))
    return [Entry(*row) for row in rows]


def last(tx: Connection, what: str) -> datetime | None:
    """Return when this was last done, or None where it never was."""
    audit = tables.audit.c
    return tx.execute(select(func.max(audit.at, type_=Instant())).where(audit.what == what)).scalar()
