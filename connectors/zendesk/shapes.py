"""Zendesk's JSON, read piece by piece: every reader returns a plain value or raises `Unreadable`."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from connectors import SourceValue, Unreadable, dumped, several

__all__ = [
    "epoch",
    "identifier",
    "instant",
    "moment",
    "number",
    "second",
    "value",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SECONDS = range(253_402_300_800)
"""Seconds since 1970 that are a time: up to the year 9999."""

LARGEST = 2**63 - 1

DIGITS = re.compile(r"-?[0-9]{1,19}")

LONGEST = 255
"""A value longer than this is prose, which nobody compares with; only its beginning is kept."""


def number(raw: Mapping[str, object], key: str) -> int:
    """Return an integer; Zendesk writes ids as numbers here and as digits there."""
    found = raw.get(key)
    if isinstance(found, str) and DIGITS.fullmatch(found):
        found = int(found)
    if type(found) is int and -LARGEST <= found <= LARGEST:  # no boolean
        return found
    raise Unreadable(f"'{key}' is not a whole number")


def identifier(raw: Mapping[str, object], key: str) -> str:
    """Return an id as decimal text."""
    return str(number(raw, key))


def instant(raw: Mapping[str, object], key: str) -> datetime:
    """Return an ISO 8601 time as aware UTC."""
    found = raw.get(key)
    try:
        parsed = datetime.fromisoformat(found) if isinstance(found, str) else None
        if parsed is not None and parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"'{key}' is not a time") from error
    raise Unreadable(f"'{key}' is not a time with a zone")


def moment(raw: object) -> int | None:
    """Return seconds since 1970 as they are, None for what is no time."""
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw in SECONDS else None


def second(raw: object) -> int:
    """Return seconds since 1970. Raises: Unreadable."""
    found = moment(raw)
    if found is None:
        raise Unreadable("not a time in seconds since 1970")
    return found


def epoch(seconds: int) -> datetime:
    """Return seconds since 1970 as aware UTC."""
    return EPOCH + timedelta(seconds=seconds)


def value(raw: object) -> SourceValue:
    """Return a field's value in the one form that audits, exports and tickets agree on.

    Ids and numbers are digits, booleans `true` and `false`, lists sorted; empty is None.
    """
    if isinstance(raw, str):
        return raw[:LONGEST] or None
    if raw is None:
        return None
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return str(raw)
    if (listed := several(raw)) or raw == []:
        return tuple(sorted({entry for each in listed for entry in _entries(value(each))})) or None
    return dumped(raw)[:LONGEST]


def _entries(one: SourceValue) -> Iterator[str]:
    if isinstance(one, str):
        yield one
    elif one is not None:
        yield from one
