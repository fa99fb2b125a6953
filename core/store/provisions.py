"""Under which ids the hub met its fields and views at the source, whatever they are called there by now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from core.store import tables
from core.store.bulk import clean
from core.store.types import Instant

__all__ = ["Recorded", "newest", "record", "recorded"]

Recorded = Mapping[tuple[str, str], str]
"""The source's id by what it is and the title by which the configuration calls it."""


def recorded(tx: Connection, connection_id: int) -> Recorded:
    """Return every id that was recorded for a connection."""
    row = tables.provision.c
    rows = tx.execute(select(row.what, row.title, row.source_id).where(row.connection_id == connection_id))
    return {(what, title): source_id for what, title, source_id in rows}


def record(tx: Connection, connection_id: int, what: str, title: str, source_id: str, at: datetime) -> str:
    """Record an id; return the one that stood there before, empty where none did. The unit holds the connection."""
    row, title = tables.provision.c, clean(title)
    mine = (row.connection_id == connection_id, row.what == what, row.title == title)
    before = tx.execute(select(row.source_id).where(*mine)).scalar()
    if before is None:
        fresh = {"connection_id": connection_id, "what": what, "title": title, "source_id": source_id, "at": at}
        tx.execute(insert(tables.provision).values(fresh))
    elif before != source_id:
        tx.execute(tables.provision.update().where(*mine).values(source_id=source_id, at=at))
    return before or ""


def newest(tx: Connection) -> datetime | None:
    """Return when an id was recorded last: from then on another field may stand for a slot."""
    found: datetime | None = tx.execute(select(func.max(tables.provision.c.at, type_=Instant()))).scalar()
    return found
