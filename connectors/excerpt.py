"""Cuts what a source said down to a line for people, without markup and without secrets."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import cast

__all__ = ["excerpt", "redact"]

MASK = "***"
NAMES = r"[\w-]*(?:authorization|token|secret|password|passwd|api[_-]?key|signature|credential|cookie)[\w-]*+"
# Each ends soon, whatever the text is: none goes back over a long word once for each of its letters.
PATTERNS = (
    # header lines, query strings, JSON and Python dictionaries
    (
        re.compile(rf"(?i)(?<![\w-])({NAMES}[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token)\s+)?)[^\s\"'&,;}}\])]+"),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"(://)[^\s/@]+@"), rf"\1{MASK}@"),
    (re.compile(r"(?i)([?&](?:key|code|sig|state|auth)=)[^\s&\"']+"), rf"\1{MASK}"),
)
LONGEST = 20_000
"""What is read of a text; a line of it is shown."""

WORDS = (
    "error", "code", "title", "message", "description", "error_description", "detail", "reason",
    "errorMessages", "details", "errors",
)  # fmt: skip


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return `text` with everything that looks like a secret masked, and each of the `known` ones."""
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    for pattern, put in PATTERNS:
        text = pattern.sub(put, text)
    return text


def excerpt(content: bytes, known: Iterable[str] = (), longest: int = 200) -> str:
    """Return the beginning of an error's body as one line: the texts of JSON, else what a page shows."""
    text = content[:LONGEST].decode("utf-8", "replace")
    try:
        parts = list(dict.fromkeys(texts(json.loads(content), 6)))
    except (ValueError, RecursionError):
        text = re.sub(r"(?is)<(script|style)\b.*?(?:</\1\s*>|\Z)", " ", text)
        parts = [html.unescape(re.sub(r"<[^<>]*>", " ", text))]
    line = redact(" ".join("; ".join(parts).split())[:LONGEST], known)
    line = "".join(char for char in line if char.isprintable())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def texts(value: object, depth: int) -> Iterator[str]:
    """Yield the texts of an error in any of the usual JSON shapes; other members are not for people."""
    if depth == 0:
        return
    if isinstance(value, str):
        yield re.sub(r"<[^<>]*>", " ", value[:LONGEST])
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from texts(each, depth - 1)
    elif isinstance(value, dict):
        members = cast("dict[str, object]", value)
        names = [name for name in WORDS if name in members] or list(members)  # else a map from field to errors
        for name in names:
            yield from texts(members[name], depth - 1)
