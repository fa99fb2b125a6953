"""Column types: one for instants, so that both databases hold the same integers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

__all__ = ["Identifier", "Instant", "from_microseconds", "to_microseconds"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
DAY = 86_400

Identifier = BigInteger().with_variant(Integer(), "sqlite")
"""A surrogate key: SQLite numbers rows only in a column called INTEGER."""


def to_microseconds(at: datetime) -> int:
    """Return `at` as microseconds since 1970 UTC. Raises: ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError(f"instant without a zone: {at!r}")
    since = at - EPOCH
    return (since.days * DAY + since.seconds) * SECOND + since.microseconds


def from_microseconds(value: int) -> datetime:
    """Return the aware UTC datetime of microseconds since 1970."""
    return EPOCH + value * MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as integer microseconds since 1970; refuses naive values."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(int(value))
