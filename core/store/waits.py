"""What waits for an instant by the host's clock."""

from datetime import timedelta

from sqlalchemy import BigInteger, Connection, type_coerce, update

from core.store import tables

__all__ = ["shift"]

MICROSECOND = timedelta(microseconds=1)


def shift(tx: Connection, by: timedelta) -> None:
    """Move these instants along with the clock, which was set by so much."""
    for table in (tables.lane, tables.field, tables.alert):
        until = table.c.not_before
        moved = type_coerce(until, BigInteger) + by // MICROSECOND
        tx.execute(update(table).where(until.is_not(None)).values({until: moved}))
