"""When services could not be used: the newest word on each outage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.store import tables
from core.store.bulk import Upsert, clean, dumps
from core.store.types import to_microseconds
from core.tickets import Outage, OutageKind, OutageWithdrawn

__all__ = ["StoredOutage", "add", "every", "withdraw"]

_OUTAGE = Upsert(
    tables.outage,
    ("connection_id", "source_id", "kind", "began_at", "ended_at", "services", "tickets", "withdrawn_at"),
    key=("connection_id", "source_id"),
    update=("kind", "began_at", "ended_at", "services", "tickets", "withdrawn_at"),
)


@dataclass(frozen=True, slots=True)
class StoredOutage:
    """connection: its name. withdrawn_at: since when the source has it no more."""

    connection: str
    outage: Outage
    withdrawn_at: datetime | None


def add(tx: Connection, connection_id: int, given: Sequence[Outage]) -> None:
    """Store outages as they are read; the last word on each one holds, and one that is shown is withdrawn no more."""
    _OUTAGE.run(
        tx,
        [
            (
                connection_id,
                source_id,
                str(each.kind),
                to_microseconds(each.began_at),
                to_microseconds(each.ended_at) if each.ended_at else None,
                dumps(each.services),
                dumps(each.tickets),
                None,
            )
            for source_id, each in {clean(each.id): each for each in given}.items()
        ],
    )


def withdraw(tx: Connection, connection_id: int, given: Sequence[OutageWithdrawn]) -> None:
    """Note which outages the source has no more; one that was never stored stays unknown."""
    outage = tables.outage
    for each in given:
        tx.execute(
            update(outage)
            .where(outage.c.connection_id == connection_id, outage.c.source_id == clean(each.id))
            .values(withdrawn_at=each.at)
        )


def every(tx: Connection, connection: str = "") -> list[StoredOutage]:
    """Return the outages of one connection, or of all, the latest first; withdrawn ones among them."""
    outage, owner = tables.outage.c, tables.connection.c
    rows = tx.execute(
        select(
            owner.name,
            outage.source_id,
            outage.kind,
            outage.began_at,
            outage.ended_at,
            outage.services,
            outage.tickets,
            outage.withdrawn_at,
        )
        .join_from(tables.outage, tables.connection, owner.id == outage.connection_id)
        .where(owner.name == connection if connection else owner.id.is_not(None))
        .order_by(outage.began_at.desc(), owner.name, outage.source_id)
    )
    return [
        StoredOutage(
            name, Outage(source_id, OutageKind(kind), began, ended, tuple(services), tuple(tickets)), withdrawn
        )
        for name, source_id, kind, began, ended, services, tickets, withdrawn in rows
    ]
