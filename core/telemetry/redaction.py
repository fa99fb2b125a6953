"""Keeps secrets out of whatever is printed: known ones by value, others by the look of them."""

import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast
from urllib.parse import quote, quote_plus

__all__ = ["MARK", "clean", "clean_text", "hide", "without_known"]

MARK: Final = "***"
"""What is shown where a secret was."""

_SHORTEST: Final = 4  # shorter words cannot be told from ordinary text
_LONG_LINE: Final = 16
_DEEPEST: Final = 8

_SECRET_KEY: Final = re.compile(
    r"authorization|cookie|credential|pass(?:word|wd|phrase)|(?:api|private)[-_ ]?key|secret|token", re.IGNORECASE
)
_END: Final = r"[^\s&\"',;}\])]+"
_SECRET_TEXT: Final = (
    # scheme://user:password@host
    (re.compile(r"(?<=://)[^/?#\s@]+@"), f"{MARK}@"),
    (re.compile(r"\b(Bearer|Basic)\s+(?=\S*[\d=]|\S{16})[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {MARK}"),
    (re.compile(rf"\b(authorization[\"']?\s*[=:]\s*[\"']?)(?:\w+\s+)?{_END}", re.IGNORECASE), rf"\1{MARK}"),
    # ?access_token=…, 'password': '…'
    (
        re.compile(
            rf"\b([\w-]{{0,40}}(?:passw(?:or)?d|api[-_]?key|secret|token)[\"']?\s*[=:]\s*[\"']?){_END}", re.IGNORECASE
        ),
        rf"\1{MARK}",
    ),
)


class Hidden:
    """Every form of every known secret, the longest first: one may be a part of another."""

    def __init__(self) -> None:
        self.forms: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def add(self, forms: Iterable[str]) -> None:
        with self._lock:
            # a new tuple each time: other threads may be reading the old one
            self.forms = tuple(sorted({*self.forms, *forms}, key=lambda form: (-len(form), form)))


hidden = Hidden()


def hide(*secrets: str) -> None:
    """Remember secrets that must never be printed, in any of the forms in which they travel.

    Whoever turns a reference into a secret, or is given one by a source, says so here. Secrets of fewer
    than four characters are not hidden.
    """
    hidden.add(form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret))


def clean(value: object) -> object:
    """Return `value` as plain data (text, numbers, lists, mappings) in which no secret can be read.

    A value under a key that speaks of a secret is hidden whole. What is no plain data becomes its repr.
    """
    return _clean(value, 0)


def clean_text(text: str) -> str:
    """Return `text` with known secrets, and what looks like one, hidden."""
    for looks, shown in _SECRET_TEXT:
        text = looks.sub(shown, text)
    return without_known(text)


def without_known(text: str) -> str:
    """Return `text` with known secrets hidden; all of it when only so none is left."""
    forms = hidden.forms
    for form in forms:
        text = text.replace(form, MARK)
    # what stands around a mark can make up another secret together with it
    return MARK if any(form in text for form in forms) else text


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield repr(secret)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield b64encode(secret.encode()).decode()
    # a key in several lines is torn apart where lines are indented
    yield from (line for line in secret.splitlines() if len(line) >= _LONG_LINE)


def _clean(value: object, depth: int) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return clean_text(value)
        case Mapping() if depth < _DEEPEST:
            items = cast("Mapping[object, object]", value).items()
            return {clean_text(str(key)): _under(str(key), item, depth + 1) for key, item in items}
        case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
            return [_clean(item, depth + 1) for item in cast("Iterable[object]", value)]
        case _:
            return clean_text(repr(value))


def _under(key: str, value: object, depth: int) -> object:
    return MARK if value is not None and _SECRET_KEY.search(key) else _clean(value, depth)
