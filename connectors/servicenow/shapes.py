"""ServiceNow's JSON and its texts, read piece by piece: every reader returns a plain value or raises `Unreadable`.

Every value of the Table API is a text; an empty one is "nothing". A key that is absent means a column that is not
there, or not to be read.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from connectors import Unreadable, fields_of, perhaps, several

__all__ = [
    "LONGEST",
    "WHOLE",
    "duration",
    "filled",
    "instant",
    "moment",
    "number",
    "rows",
    "spoken",
    "stamp",
    "stored",
    "sys_id",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")

IDENTIFIER = re.compile(r"[A-Za-z0-9_.]{1,64}")
"""Nearly all are 32 hexadecimal digits; some of the platform's own rows have words."""

WHOLE = re.compile(r"-?[0-9]{1,18}")

LONGEST = 255
"""A value longer than this is prose, which nobody compares with; only its beginning is kept."""


def rows(raw: object) -> list[object]:
    """Return the rows of an answer. One that has an error beside them was cut short. Raises: Unreadable."""
    whole = fields_of(raw, "the answer")
    if "error" in whole or not isinstance(whole.get("result"), list):
        raise Unreadable("the answer is not a whole list of rows")
    return several(whole.get("result"))


def stored(row: Mapping[str, object], column: str) -> str:
    """Return a column's value; a reference's is its sys_id. Empty where it is, and where the column is not told."""
    found = row.get(column)
    if isinstance(found, dict):
        found = perhaps(row.get(column)).get("value")
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Unreadable(f"'{column}' is not a text")
    return found


def filled(row: Mapping[str, object], column: str) -> str | None:
    """Return a column's value cut to what is kept, None for an empty one."""
    return stored(row, column)[:LONGEST] or None


def sys_id(row: Mapping[str, object], column: str = "sys_id") -> str:
    """Return the id of a row."""
    found = stored(row, column)
    if not IDENTIFIER.fullmatch(found):
        raise Unreadable(f"'{column}' is not a sys_id")
    return found


def number(row: Mapping[str, object], column: str, default: int = 0) -> int:
    """Return a whole number, `default` where there is none."""
    found = stored(row, column)
    return int(found) if WHOLE.fullmatch(found) else default


def instant(row: Mapping[str, object], column: str) -> datetime:
    """Return a time; the raw value is UTC whatever the account's zone. Raises: Unreadable."""
    found = moment(stored(row, column))
    if found is None:
        raise Unreadable(f"'{column}' is not a time")
    return found


def moment(told: str) -> datetime | None:
    """Return a time that is told raw, None for what is none."""
    if not STAMP.fullmatch(told):
        return None
    try:
        return datetime.fromisoformat(told).replace(tzinfo=UTC)
    except ValueError:
        return None


def duration(row: Mapping[str, object], column: str) -> int | None:
    """Return seconds, which are told as so long after or before the beginning of 1970; None where there are none."""
    found = moment(stored(row, column))
    return None if found is None else round((found - EPOCH).total_seconds())


def stamp(at: datetime) -> str:
    """Return a time as ServiceNow takes it, in filters and columns alike: UTC, whole seconds, the fraction cut."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def spoken(at: datetime) -> str:
    """Return an instant in the hub's words."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
