"""Zendesk's JSON, read piece by piece: every reader returns a plain value or raises `Unreadable`."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from connectors import SourceValue, Unreadable

__all__ = [
    "dumped",
    "epoch",
    "fields_of",
    "flag",
    "identifier",
    "instant",
    "moment",
    "number",
    "perhaps",
    "rows",
    "several",
    "text",
    "value",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SECONDS = range(253_402_300_800)
"""Seconds since 1970 that are a time: up to the year 9999."""

LARGEST = 2**63 - 1

DIGITS = re.compile(r"-?[0-9]{1,19}")

LONGEST = 255
"""A value longer than this is prose, which nobody compares with; only its beginning is kept."""


def fields_of(raw: object, what: str = "record") -> Mapping[str, object]:
    """Return a JSON object as it is."""
    if not _is_object(raw):
        raise Unreadable(f"{what} is not an object")
    return raw


def perhaps(raw: object) -> Mapping[str, object]:
    """Return a JSON object as it is, an empty one for anything else."""
    return raw if _is_object(raw) else {}


def several(raw: object) -> list[object]:
    """Return a JSON list as it is, an empty one for anything else."""
    return raw if _is_list(raw) else []


def rows(raw: object, key: str) -> list[object]:
    """Return the list under `key` of an answer."""
    found = fields_of(raw, "the answer").get(key)
    if not _is_list(found):
        raise Unreadable(f"the answer has no list '{key}'")
    return found


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


def text(raw: Mapping[str, object], key: str) -> str:
    """Return a text; null and absent are empty."""
    found = raw.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Unreadable(f"'{key}' is not a text")
    return found


def flag(raw: Mapping[str, object], key: str, *, default: bool) -> bool:
    """Return a boolean, or `default` when it is null or absent."""
    found = raw.get(key)
    if found is None:
        return default
    if not isinstance(found, bool):
        raise Unreadable(f"'{key}' is neither true nor false")
    return found


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
    if _is_list(raw):
        return tuple(sorted({entry for each in raw for entry in _entries(value(each))})) or None
    return dumped(raw)[:LONGEST]


def dumped(raw: object) -> str:
    """Return canonical JSON."""
    return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _entries(one: SourceValue) -> Iterator[str]:
    if isinstance(one, str):
        yield one
    elif one is not None:
        yield from one


def _is_object(raw: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(raw, dict)


def _is_list(raw: object) -> TypeGuard[list[object]]:
    return isinstance(raw, list)
