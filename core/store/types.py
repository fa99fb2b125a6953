"""Column types: one for instants, so that both databases hold the same integers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

__all__ = ["Identifier", "Instant", "from_microseconds", "to_microseconds"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Identifier = BigInteger().with_variant(Integer(), "sqlite")
"""A surrogate key: SQLite numbers rows only in a column called INTEGER."""


def to_microseconds(at: datetime) -> int:
    """Return `at` as microseconds since 1970 UTC. Raises: ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError(f"instant without a zone: {at!r}")
    return (at - EPOCH) // MICROSECOND


def from_microseconds(value: int) -> datetime:
    """Return the aware UTC datetime of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as integer microseconds since 1970; refuses naive values."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(int(value))
