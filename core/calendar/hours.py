"""The opening hours of one day by the wall clock: what they look like, whether they make sense, breaks cut out."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TypeAlias

__all__ = ["DAY", "WHOLE_DAY", "Spans", "Week", "check", "check_weeks", "span_text", "without"]

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Local wall-clock seconds of a day, half-open, ascending, disjoint, 0 <= start < end <= 86400 (24:00)."""

Week: TypeAlias = tuple[Spans, ...]
"""The hours of seven days, Monday first."""

DAY = 86_400
WHOLE_DAY: Spans = ((0, DAY),)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check(spans: Spans, where: str) -> None:
    """Refuse spans that nobody can mean.

    where: whose hours they are, for the sentence: `calendar office, Monday`.
    Raises: ValueError for a span outside the day, one that ends before it starts, or two that overlap.
    """
    before: tuple[int, int] | None = None
    for start, end in spans:
        text = span_text((start, end))
        if not (0 <= start <= DAY and 0 <= end <= DAY):
            raise ValueError(f"{where}: {text} lies outside the day, which goes from 00:00 to 24:00")
        if start == end:
            raise ValueError(f"{where}: {text} is empty; leave it out, or write 00:00-24:00 for the whole day")
        if start > end:
            raise ValueError(
                f"{where}: {text} ends before it starts; hours over midnight are two spans, "
                f"{span_text((start, DAY))} on this day and {span_text((0, end))} on the next"
            )
        if before is not None and start < before[1]:
            wrong = "overlaps" if end > before[0] else "stands after"
            raise ValueError(f"{where}: {text} {wrong} {span_text(before)}; list the hours in order, none twice")
        before = (start, end)


def check_weeks(weekly: Week, versions: Sequence[tuple[date, Week]], where: str) -> None:
    """Refuse weeks that nobody can mean. Raises: ValueError, for versions out of order too."""
    for since, week in ((None, weekly), *versions):
        of = f" from {since.isoformat()}" if since else ""
        if len(week) != len(_DAYS):
            raise ValueError(f"{where}: weekly hours{of} need seven days, Monday first; there are {len(week)}")
        for day, spans in zip(_DAYS, week, strict=True):
            check(spans, f"{where}, {day}{of}")
    for (before, _), (after, _) in pairwise(versions):
        if after <= before:
            raise ValueError(f"{where}: the version from {after} stands after the one from {before}; oldest first")


def without(spans: Spans, breaks: Spans) -> Spans:
    """Return `spans` with `breaks` cut out."""
    left = list(spans)
    for off, on in breaks:
        left = [
            part for start, end in left for part in ((start, min(end, off)), (max(start, on), end)) if part[0] < part[1]
        ]
    return tuple(left)


def span_text(span: tuple[int, int]) -> str:
    """Return hours as people write them: `08:00-17:00`."""
    start, end = span
    return f"{_clock(start)}-{_clock(end)}"


def _clock(second: int) -> str:
    sign, second = ("-", -second) if second < 0 else ("", second)
    text = f"{sign}{second // 3600:02}:{second // 60 % 60:02}"
    return f"{text}:{second % 60:02}" if second % 60 else text
