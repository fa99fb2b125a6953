"""The immutable, numbered states of the configuration."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from core.store import tables
from core.store.database import exclusive

__all__ = ["RevisionRow", "apply", "every", "last", "newest"]


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """content: canonical JSON of the merged folder, references unresolved. diff: against the one before."""

    number: int
    applied_at: datetime
    author: str
    note: str
    content: str
    diff: str
    restates: bool


def every(tx: Connection) -> list[RevisionRow]:
    """Return all revisions, ascending."""
    rows = tx.execute(select(tables.revision).order_by(tables.revision.c.number))
    return [RevisionRow(**row) for row in rows.mappings()]


def newest(tx: Connection) -> RevisionRow | None:
    """Return the active revision, or None before the first one."""
    row = tx.execute(select(tables.revision).order_by(tables.revision.c.number.desc()).limit(1)).mappings().first()
    return None if row is None else RevisionRow(**row)


def last(tx: Connection) -> int:
    """Return the active revision's number, 0 before the first one."""
    return int(tx.execute(select(func.coalesce(func.max(tables.revision.c.number), 0))).scalar_one())


def apply(
    tx: Connection,
    *,
    applied_at: datetime,
    author: str,
    content: str,
    note: str = "",
    diff: str = "",
    restates: bool = False,
) -> int:
    """Put a new revision into force and return its number: the next one, without gaps."""
    exclusive(tx, "revision")
    number = last(tx) + 1
    tx.execute(
        insert(tables.revision).values(
            number=number,
            applied_at=applied_at,
            author=author,
            note=note,
            content=content,
            diff=diff,
            restates=restates,
        )
    )
    return number
