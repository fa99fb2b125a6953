"""Instants as integers: microseconds since 1970 UTC, and back."""

from datetime import UTC, datetime, timedelta

__all__ = ["EPOCH", "SECOND", "from_us", "span_to_us", "to_us"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
_DAY = 86_400
_MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Return the microseconds since 1970 UTC.

    Raises: ValueError for a datetime without a zone.
    """
    try:
        span = at - EPOCH
        return (span.days * _DAY + span.seconds) * SECOND + span.microseconds
    except TypeError:
        raise ValueError(
            f"{at.isoformat()} has no time zone; business time needs instants, such as a datetime in UTC"
        ) from None


def from_us(at: int) -> datetime:
    """Return the aware UTC datetime.

    Raises: OverflowError for instants outside the years 1 to 9999.
    """
    return EPOCH + at * _MICROSECOND


def span_to_us(span: timedelta) -> int:
    """Return a duration in whole microseconds, exactly."""
    return (span.days * _DAY + span.seconds) * SECOND + span.microseconds
