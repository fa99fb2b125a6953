"""Keys and addresses of tickets elsewhere, as people write them into a field of their own ticket."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from core.tickets import SourceValue

__all__ = ["LONGEST", "Reference", "Target", "meant", "references"]

LONGEST: Final = 200
"""No key and no id of a ticket is longer."""

_MOST: Final = 50
"""So many are read of one text: a longer one is no list of keys."""

_TEXT: Final = re.compile(r"[^\s,;|]+")
_ADDRESS: Final = re.compile(r"[a-z]+://\S+")
_PART: Final = re.compile(r"[^/?&=#]+")
_AROUND: Final = "#()[]<>{}\"'.:"


class Reference(NamedTuple):
    """One of them as it was written. host: of an address, else empty. words: what may be the key or the id."""

    text: str
    host: str
    words: tuple[str, ...]


class Target(NamedTuple):
    """A ticket that may be meant; row: the store's number for it."""

    row: int
    id: str
    key: str
    url: str


def references(value: SourceValue) -> tuple[Reference, ...]:
    """Return the references in a field, in their order: several are parted by spaces, commas, semicolons or bars.

    Of a field that holds several values, one that is an address is a single reference, whatever stands in it.
    """
    texts = (
        _TEXT.findall(value)[:_MOST] if isinstance(value, str) else [one for each in value or () for one in _in(each)]
    )
    return tuple(dict.fromkeys(one for each in texts if (one := _read(each)) is not None))


def meant(reference: Reference, found: Mapping[str, Sequence[Target]]) -> Target | None:
    """Return the ticket that is meant; None: none of these. An address has to be on the host of the ticket's own.

    found: tickets by their key and by their id.
    """
    choice = [target for word in reference.words for target in found.get(word, ()) if _on(reference.host, target)]
    if not reference.host:
        return min(choice, key=lambda each: (each.key not in reference.words, each.id), default=None)
    # Behind the ticket's address there may be more of it: a comment, a view. Else the key stands at its end.
    within = [target for target in choice if _begins(reference.text, target.url)]
    return (within or choice)[-1] if choice else None


def _in(text: str) -> list[str]:
    return [text] if _ADDRESS.fullmatch(text) else _TEXT.findall(text)[:_MOST]


def _read(text: str) -> Reference | None:
    if "://" not in text:
        word = text.strip(_AROUND)
        return Reference(word, "", tuple(dict.fromkeys((word, word.upper())))) if 0 < len(word) <= LONGEST else None
    try:
        parts = urlsplit(text.strip("()[]<>{}\"'."))
        host = parts.hostname
    except ValueError:
        return None
    rest = unquote("".join((parts.path, "?", parts.query, "#", parts.fragment)))
    words = [word.removesuffix(".json") for word in _PART.findall(rest) if any(map(str.isdigit, word))]
    words = [word for word in words if len(word) <= LONGEST]
    return Reference(parts.geturl(), host, tuple(dict.fromkeys(words))) if host and words else None


def _on(host: str, target: Target) -> bool:
    return not host or not target.url or urlsplit(target.url).hostname == host


def _begins(text: str, url: str) -> bool:
    return bool(url) and (text == url or (text.startswith(url) and text[len(url)] in "/?#&"))
