"""The published limits of a source, and what its answers say of them: pure readers of headers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = [
    "LONGEST",
    "Bucket",
    "Told",
    "asked_pause",
    "http_date",
    "number",
    "retry_after",
    "said",
    "spelling",
    "whole",
]

YEARS: Final = range(1970, 9000)
"""What a clock can say: from a time at the end of all times nobody gets to a second more."""

WORDS: Final = re.compile(r"(?<![A-Za-z])([A-Za-z]+)\s*=\s*(\d{1,12})\b")
"""Begins at the beginning of a word alone: what is long and no pair would be walked through once for each letter."""

LONGEST: Final = 86_400.0
"""Seconds: more is a mistake of the source."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One published limit of a source: so many calls in any stretch of `per`.

    methods: empty for all. path: regular expression searched in the URL path; empty for every call.
    header: response header carrying `total=10; remaining=6; resets=60`. The usual headers
        (`x-rate-limit`, `ratelimit-limit`, `…-remaining`, `…-reset`) are always read for the account's
        bucket, the one that matches every call; told: unless they speak of other limits than it.
    """

    name: str
    calls: int
    per: timedelta
    methods: frozenset[str] = frozenset()
    path: str = ""
    header: str = ""
    told: bool = True

    def matches(self, method: str, path: str) -> bool:
        """Return whether such a call counts against this limit."""
        return (not self.methods or method in self.methods) and re.search(self.path, path) is not None


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer said of one limit; `resets` in seconds."""

    total: int | None = None
    remaining: int | None = None
    resets: float | None = None


def whole(bucket: Bucket) -> bool:
    return not bucket.methods and not bucket.path


def spelling(name: str) -> str:
    """Return one spelling for `X-Rate-Limit-Remaining`, `ratelimit-remaining` and their like."""
    return name.lower().replace("rate-limit", "ratelimit").removeprefix("x-")


def said(bucket: Bucket, headers: Mapping[str, str]) -> Told:
    """Return what the answer says of this bucket. headers: names as `spelling` gives them."""
    if bucket.header and (value := headers.get(spelling(bucket.header))) is not None:
        return pairs(value)
    if not (whole(bucket) and bucket.told):
        return Told()
    if "=" in (value := headers.get("ratelimit", "")):
        return pairs(value)
    resets = number(headers.get("ratelimit-reset"))
    return Told(
        total=number(headers.get("ratelimit-limit", value)),
        remaining=number(headers.get("ratelimit-remaining")),
        resets=None if resets is None or resets > LONGEST else float(resets),  # larger ones are dates
    )


def pairs(value: str) -> Told:
    found = {name.lower(): int(digits) for name, digits in WORDS.findall(value)}
    resets = found.get("resets", found.get("reset"))
    return Told(
        found.get("total", found.get("limit")), found.get("remaining"), None if resets is None else float(resets)
    )


def number(text: str | None) -> int | None:
    """Return the whole number that `text` begins with."""
    found = re.match(r"\s*(\d{1,12})(?:\.\d+)?\s*(?:[,;]|$)", text or "")
    return int(found[1]) if found else None


def http_date(text: str | None) -> datetime | None:
    """Return the instant of a `Date` header, None for what is none."""
    if not text:
        return None
    try:
        at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year in YEARS else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks for; a date there is measured from the answer's own."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    until, since = http_date(text), http_date(headers.get("date"))
    return (until - since).total_seconds() if until and since else None


def asked_pause(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long an answer asks to be left alone: a second at least, and a day at most."""
    asked = retry_after(headers)
    return None if asked is None else timedelta(seconds=min(max(1.0, asked), LONGEST))
