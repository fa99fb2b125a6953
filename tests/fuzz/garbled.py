"""JSON as no helpdesk should send it: what hypothesis makes up, and good answers with something wrong in them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

__all__ = ["Edit", "edited", "edits", "encoded", "values"]

ODD: Sequence[Any] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, 1.5, 1e308, float("nan"),
    float("inf"), -0.0, "", " ", "0", "-1", "x", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "é" * 300,
    "9" * 400, "1e400", "true", "null", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59", "2026-02-30T00:00:00Z", "2026-03-04T10:00:00", "2026-03-04T10:00:00.000+0000",
    "2026-03-04 10:00:00", "0000-00-00 00:00:00", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "2026-W10-3",
    "2026-03-04T24:00:00Z", "2026-03-04T10:00:00+99:99", "20260304T100000Z", "²³", "١٢٣", "http://[", "//x", "../..",
    [], {}, [[]], [None], [{}], [[], {}], {"": None}, {"id": None}, {"\x00": 1}, ["a", 1, None, {"b": []}],
)  # fmt: skip
"""What readers are most easily wrong about."""

texts = st.text(st.characters(exclude_categories=()), max_size=20)

values = st.one_of(
    st.sampled_from(ODD),
    st.recursive(
        st.one_of(st.sampled_from(ODD), st.integers(), st.floats(), texts, st.datetimes().map(str)),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
        max_leaves=12,
    ),
    st.builds("{}:{}".format, st.sampled_from(("deep", "many", "long")), st.integers(1, 3000)),
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that is wrong with an answer. steps: where, counted through keys and entries, as far as they lead.

    answer: which one, in the order in which they are asked for. value: what is put there, unless it is `what`.
    """

    answer: int
    steps: tuple[int, ...]
    what: str
    value: Any


edits = st.builds(
    Edit,
    st.one_of(st.integers(0, 5), st.integers(0, 40)),
    st.lists(st.integers(0, 30), max_size=6).map(tuple),
    st.sampled_from(("put", "put", "put", "drop", "double", "swap", "key")),
    values,
)


def edited(body: Any, edit: Edit) -> Any:
    """Return a good body with one thing wrong; the body itself stays."""
    return _edited(body, edit.steps, edit)


def _edited(place: Any, steps: Sequence[int], edit: Edit) -> Any:
    if not steps or not isinstance(place, dict | list) or not place:
        return edit.value
    place = place.copy()
    key = list(place)[steps[0] % len(place)] if isinstance(place, dict) else steps[0] % len(place)
    if steps[1:] and isinstance(place[key], dict | list) and place[key]:
        place[key] = _edited(place[key], steps[1:], edit)
        return place
    match edit.what:
        case "drop":
            del place[key]
        case "double" if isinstance(place, list):
            place.append(place[key])
        case "swap":
            place[key] = _swapped(place[key])
        case "key" if isinstance(place, dict):
            place[str(edit.value)[:20]] = place.pop(key)
        case _:
            place[key] = edit.value
    return place


LARGE = re.compile(rb'"(deep|many|long):([0-9]{1,4})"')


def encoded(body: Any) -> bytes:
    """Return JSON, half characters and numbers that are none included; what is large becomes so only here."""
    return LARGE.sub(_large, json.dumps(body).encode())


def _large(found: re.Match[bytes]) -> bytes:
    size = int(found[2])
    match found[1]:
        case b"deep":
            return b"[" * size + b"]" * size
        case b"many":
            return b'["x"' + b',"x"' * size + b"]"
        case _:
            return b'"' + b"x\\u0000 " * size * 10 + b'"'


def _swapped(value: Any) -> Any:
    """Return the same in another type."""
    match value:
        case bool() | None:
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return int(value) if value.isdecimal() and value.isascii() and len(value) < 300 else [value]
        case list():
            return {str(number): each for number, each in enumerate(value)}
        case _:
            return [[key, each] for key, each in value.items()]
