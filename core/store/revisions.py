"""The immutable, numbered states of the configuration."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select

from core.sla.policy import Restating
from core.store import tables
from core.store.database import exclusive
from core.store.types import from_microseconds, to_microseconds

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
    restates: Restating | None


def every(tx: Connection) -> list[RevisionRow]:
    """Return all revisions, ascending."""
    rows = tx.execute(select(tables.revision).order_by(tables.revision.c.number))
    return [_row(row) for row in rows.mappings()]


def newest(tx: Connection) -> RevisionRow | None:
    """Return the active revision, or None before the first one."""
    row = tx.execute(select(tables.revision).order_by(tables.revision.c.number.desc()).limit(1)).mappings().first()
    return None if row is None else _row(row)


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
    restates: Restating | None = None,
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
            restates=restates is not None,
            restating=None if restates is None or restates.everything else _text(restates),
        )
    )
    return number


def _text(restating: Restating) -> str:
    names = {
        "policies": sorted(restating.policies),
        "calendars": sorted(restating.calendars),
        "customers": sorted(restating.customers),
    }
    since = None if restating.since is None else to_microseconds(restating.since)
    return json.dumps({"since": since, **names}, ensure_ascii=False, sort_keys=True)


def _row(stored: RowMapping) -> RevisionRow:
    values = dict(stored)
    restates, narrowed = values.pop("restates"), values.pop("restating")
    return RevisionRow(**values, restates=_restating(narrowed) if restates else None)


def _restating(narrowed: str | None) -> Restating:
    if narrowed is None:
        return Restating()
    read = json.loads(narrowed)
    return Restating(
        since=None if read["since"] is None else from_microseconds(read["since"]),
        policies=frozenset(read["policies"]),
        calendars=frozenset(read["calendars"]),
        customers=frozenset(read["customers"]),
    )
