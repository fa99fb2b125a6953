"""JSON of any source, read piece by piece: every reader returns a plain value or raises `Unreadable`."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeGuard, TypeVar

from core.errors import SourceError, Unreadable
from core.ports import SetAside

__all__ = ["dumped", "fields_of", "flag", "perhaps", "readable", "resumed", "rows", "set_aside", "several", "text"]

_TOO_DEEP: Final = "its parts are nested too deeply"

_LONGEST_ID: Final = 100

T = TypeVar("T")


def _no_id(raw: object) -> str:
    return ""


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


def dumped(raw: object) -> str:
    """Return canonical JSON."""
    return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def readable(
    stream: str, raw: Iterable[object], read: Callable[[object], T | None], ident: Callable[[object], str] = _no_id
) -> tuple[tuple[T, ...], tuple[SetAside, ...]]:
    """Return what `read` makes of each record, and the ones that it cannot read, with the reason.

    ident: what a record is known by, where that is not its `id`.
    """
    records: list[T] = []
    aside: list[SetAside] = []
    for each in raw:
        try:
            record = read(each)
        except Unreadable as error:
            aside.append(set_aside(stream, each, str(error), ident(each)))
        except RecursionError:
            aside.append(set_aside(stream, each, _TOO_DEEP, ident(each)))
        else:
            if record is not None:
                records.append(record)
    return tuple(records), tuple(aside)


def set_aside(stream: str, raw: object, reason: str, source_id: str = "") -> SetAside:
    """Return the note that a record could not be read. source_id: where its `id` is not what it is known by."""
    found = source_id or perhaps(raw).get("id")
    try:
        told = dumped(raw)
    except RecursionError:
        told = _TOO_DEEP
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    return SetAside(stream, str(found)[:_LONGEST_ID] if isinstance(found, str | int) else "", reason, digest)


def resumed(cursor: str, read: Callable[[Any], T]) -> T:
    """Return what `read` makes of the JSON in a checkpoint. Raises: SourceError for what none of its stream is."""
    try:
        return read(json.loads(cursor))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, Unreadable, ValueError) as error:
        raise SourceError(f"not a checkpoint of this stream: {cursor[:40]!r}") from error


def _is_object(raw: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(raw, dict)


def _is_list(raw: object) -> TypeGuard[list[object]]:
    return isinstance(raw, list)
