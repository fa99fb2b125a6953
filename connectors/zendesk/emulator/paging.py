"""Ordinary lists, with their traps: cursor pages (`page[size]`) and offset pages (`page`, `per_page`)."""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar
from urllib.parse import urlencode

from connectors.zendesk.emulator.answers import Call, Refusal, as_int, too_many_values
from connectors.zendesk.emulator.records import Doc

__all__ = ["Key", "bad_page", "decoded", "encoded", "many_ids", "number", "offset_page", "page", "wants_cursor"]

T = TypeVar("T")
Key: TypeAlias = tuple[int, int]


def bad_page(description: str) -> Refusal:
    return Refusal(400, {"error": "InvalidPaginationParameter", "description": description})


def wants_cursor(call: Call) -> bool:
    return any(name.startswith("page[") for name in call.query)


def number(call: Call, name: str, default: int) -> int:
    """Return a whole-number parameter. Raises: Refusal (400) for anything else."""
    text = call.query.get(name)
    if text is None or text == "":
        return default
    try:
        return int(text)
    except ValueError:
        raise bad_page(f"{name} must be an integer") from None


def many_ids(call: Call) -> list[int]:
    """Return the ids of `?ids=1,2,3`. Raises: Refusal (400) for more than 100."""
    words = [word for word in call.query.get("ids", "").split(",") if word.strip()]
    if len(words) > 100:
        raise too_many_values()
    return [found for word in words if (found := as_int(word.strip())) is not None]


def encoded(order: str, key: Key, at: float = 0) -> str:
    """Return a cursor: base64 of a small object, to be taken as opaque."""
    value = base64.b64encode(f"{key[0]}|{key[1]}|{at:.0f}".encode()).decode()
    return base64.b64encode(json.dumps({"o": order, "v": value}).encode()).decode()


def decoded(cursor: str) -> tuple[Key, float]:
    """Return a cursor's key and the time at which it was made. Raises: Refusal (400)."""
    try:
        inner: object = json.loads(base64.b64decode(cursor, validate=True))["v"]
        first, second, at = base64.b64decode(str(inner), validate=True).decode().split("|")
        return (int(first), int(second)), float(at)
    except (ValueError, KeyError, TypeError, OverflowError, binascii.Error):
        raise bad_page("page[after] is not valid") from None


def page(
    call: Call,
    name: str,
    items: Sequence[T],
    key: Callable[[T], Key],
    render: Callable[[Sequence[T]], list[Doc]],
    *,
    order: str = "id",
    largest: int = 100,
    at: float = 0,
    cursor: bool = False,
) -> Doc:
    """Return one page of `items`, which ascend by `key`.

    cursor: True for lists that know cursor pages alone; else the caller's parameters decide.
    """
    if not cursor and not wants_cursor(call):
        return offset_page(call, name, items, render)
    size = number(call, "page[size]", 100)
    if size > largest:
        raise bad_page(f"page[size] cannot be greater than {largest}")
    if size < 1:
        raise bad_page("page[size] must be greater than 0")
    before, after = call.query.get("page[before]"), call.query.get("page[after]")
    if before:
        end = bisect_left(items, decoded(before)[0], key=key)
        start = max(0, end - size)
    else:
        start = bisect_right(items, decoded(after)[0], key=key) if after else 0
        end = start + size
    shown = items[start:end]
    has_more = start > 0 if before else end < len(items)
    first = encoded(order, key(shown[0]), at) if shown else None
    last = encoded(order, key(shown[-1]), at) if shown else None
    return {
        name: render(shown),
        "meta": {"has_more": has_more, "after_cursor": last, "before_cursor": first},
        # Both links stay on the first and the last page, as the vendor's do: only has_more tells the end.
        "links": {"prev": _link(call, "before", first, size), "next": _link(call, "after", last, size)},
    }


def _link(call: Call, way: str, cursor: str | None, size: int) -> str | None:
    if cursor is None:
        return None
    kept = [(name, value) for name, value in call.query.multi_items() if not name.startswith("page[")]
    return f"{call.base}{call.path}?{urlencode([*kept, (f'page[{way}]', cursor), ('page[size]', str(size))])}"


def offset_page(
    call: Call, name: str, items: Sequence[T], render: Callable[[Sequence[T]], list[Doc]], count: int | None = None
) -> Doc:
    """Return one page by number; the first 100 pages and 10,000 records only. `per_page` above 100 is clamped."""
    at = max(1, number(call, "page", 1))
    size = min(100, max(1, number(call, "per_page", 100)))
    if at > 100 or at * size > 10_000:
        title = "Pagination requests using Offset Pagination are limited to page 100 or up to 10000 records"
        raise Refusal(
            400,
            {
                "errors": [
                    {
                        "code": "InvalidPaginationDepth",
                        "title": f"{title} (page * per_page)",
                        "detail": "There are limits to the page depth in Offset Pagination. "
                        "Please switch to Cursor Pagination.",
                    }
                ]
            },
        )
    kept = [(key, value) for key, value in call.query.multi_items() if key not in ("page", "per_page")]

    def link(to: int) -> str:
        return f"{call.base}{call.path}?{urlencode([*kept, ('page', str(to)), ('per_page', str(size))])}"

    return {
        name: render(items[(at - 1) * size : at * size]),
        "next_page": link(at + 1) if at * size < len(items) else None,
        "previous_page": link(at - 1) if at > 1 else None,
        "count": len(items) if count is None else count,
    }
