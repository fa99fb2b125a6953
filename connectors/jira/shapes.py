"""Jira's JSON, read piece by piece: every reader returns a plain value or raises `Unreadable`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from connectors import SourceValue, Unreadable, perhaps

__all__ = [
    "epoch",
    "identifier",
    "instant",
    "millis",
    "moment",
    "person_of",
    "plain",
    "spoken",
    "stamp",
    "whole",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LATEST = 253_402_300_800_000
"""Milliseconds since 1970 at which the year 9999 is over."""

SOONEST_MILLIS = 10**11
"""Smaller numbers are seconds: a bulk changelog has been seen with either."""

DIGITS = re.compile(r"[0-9]{1,18}")

STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)", re.IGNORECASE)

LONGEST = 255
"""A value longer than this is prose, which nobody compares with; only its beginning is kept."""

LONGEST_ID = 128
"""An account's id is no longer by far."""


def identifier(raw: Mapping[str, object], key: str = "id") -> str:
    """Return a numeric id as decimal text; Jira writes most as text and some as numbers."""
    found = raw.get(key)
    if type(found) is int and 0 <= found < 10**18:  # no boolean
        return str(found)
    if isinstance(found, str) and DIGITS.fullmatch(found):
        return found
    raise Unreadable(f"'{key}' is not a numeric id")


def whole(raw: Mapping[str, object], key: str, default: int) -> int:
    """Return a whole number that is not negative, or `default` where there is none."""
    found = raw.get(key)
    return found if type(found) is int and found >= 0 else default


def instant(raw: Mapping[str, object], key: str) -> datetime:
    """Return a time as aware UTC, be it a stamp with an offset or a number of milliseconds or seconds since 1970."""
    found = moment(raw.get(key))
    if found is None:
        raise Unreadable(f"'{key}' is not a time with a zone")
    return found


def moment(raw: object) -> datetime | None:
    """Return a time as aware UTC, None for what is none."""
    if type(raw) is int:
        found = raw if raw >= SOONEST_MILLIS else raw * 1000
        return epoch(found) if 0 <= found < LATEST else None
    if isinstance(raw, str) and DIGITS.fullmatch(raw):
        return moment(int(raw))
    match = STAMP.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        return None
    seconds, parts, zone = match.groups()
    try:
        read = datetime.fromisoformat(f"{seconds}.{(parts or '0').ljust(6, '0')[:6]}{zone.upper()}")
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def epoch(milliseconds: int) -> datetime:
    """Return milliseconds since 1970 as aware UTC."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def millis(at: datetime) -> int:
    """Return the whole milliseconds since 1970, the fraction cut."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def stamp(at: datetime) -> str:
    """Return the one form in which Jira takes a time: three decimals, an offset without a colon."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def spoken(at: datetime) -> str:
    """Return an instant in the hub's words, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def person_of(raw: object) -> str | None:
    """Return the id of a user object: the account's on Cloud, the key (else the name) on Data Center."""
    found = perhaps(raw)
    for key in ("accountId", "key", "name"):
        known = found.get(key)
        if isinstance(known, str) and known:
            return known[:LONGEST_ID]
    return None


def plain(raw: object) -> SourceValue:
    """Return a number, text or truth as text; None for nothing and for anything with parts."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(raw)
    return raw[:LONGEST] or None if isinstance(raw, str) else None
