"""The incremental exports: how far each page proves that nothing is missing, and where the next one begins.

A cursor is `cursor:<Zendesk's own>` or, before its first page, `at:<seconds since 1970>`; the exports by time
have the latter alone. It comes from Zendesk's answers, never from a clock of ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from connectors import Checkpoint, Page, SetAside, SourceError, Unreadable
from connectors.zendesk import mapping
from connectors.zendesk.client import Api, Export
from connectors.zendesk.mapping import Read
from connectors.zendesk.shapes import epoch, moment

__all__ = [
    "ARCHIVED_SOONEST",
    "LIST",
    "Source",
    "Turn",
    "by_cursor",
    "by_list",
    "by_time",
    "crowded",
    "pages_by_time",
    "seconds",
]

HELD_BACK = timedelta(seconds=76)
"""The exports leave out the last minute or a little more: changes were absent at once, and there when 75 s had passed.

A second more, since Zendesk's clock is told in whole seconds. Too much delays what rests on silence where
a ticket cannot be asked for; too little publishes a breach that was none.
"""

ARCHIVED_SOONEST = timedelta(days=3)
"""Tickets leave the list of tickets this long after their closing at the soonest: in a sandbox."""

LIST = "list:"

MOST_CROWDED = 60
"""Seconds in a row that hold more rows than a page. No desk is so busy: an export that tells no times looks like that.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One incremental export: its path, the key of its rows, and how they are read.

    params: sent along. overlap: how late a row may come behind others of its time; so much is read again.
    optional: an account without it has nothing to tell, and that is no failure.
    """

    path: str
    key: str
    read: Read
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    overlap: timedelta = timedelta()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One page of an export by time, with its rows as they came.

    crowded: the second that holds more rows than were told, unless it is so long ago that nobody can tell who
    changed in it.
    """

    page: Page
    raw: tuple[object, ...]
    crowded: int | None = None


def by_cursor(api: Api, source: Source, since: Checkpoint) -> Iterator[Page]:
    """Yield the pages of an export by cursor."""
    here = since.cursor
    settled: datetime | None = None
    while True:
        kind, _, at = here.partition(":")
        position = {"cursor": at} if kind == "cursor" else {"start_time": seconds(here)}
        page = api.export(source.path, source.key, position)
        if page is None:
            yield Page((), Checkpoint(here))
            return
        records, aside = source.read(page.items)
        # Zendesk may answer without a cursor, or with the same, when there is nothing new.
        there = f"cursor:{page.cursor}" if page.cursor else here
        last = mapping.latest(page.items, "generated_timestamp")
        if page.end:
            settled = _further(settled, _held_back(page))
        elif last is not None:
            settled = _further(settled, epoch(last))
        yield Page(records, Checkpoint(there), settled, set_aside=aside)
        if page.end or there == here:
            return
        here = there


def by_list(api: Api, source: Source, since: Checkpoint) -> Iterator[Page]:
    """Yield the pages of the plain list of the same records, which costs none of the exports' few calls."""
    after = since.cursor.removeprefix(LIST)
    while True:
        found = api.page(source.path, after)
        records, aside = source.read(found.items)
        yield Page(records, Checkpoint(LIST + found.after), set_aside=aside)
        if not found.after or found.after == after:
            return
        after = found.after


def pages_by_time(api: Api, source: Source, since: Checkpoint) -> Iterator[Page]:
    """Yield the pages of an export by time; a second too crowded for it is set aside.

    Where rows come late none of them proves anything: the past is over once it has been read to its end.
    """
    for turn in by_time(api, source, seconds(since.cursor)):
        yield replace(turn.page, settled_until=None) if source.overlap else turn.page


def by_time(api: Api, source: Source, since: int) -> Iterator[Turn]:
    """Yield an export by time, page by page."""
    here, stuck = since, 0
    settled: datetime | None = None
    while True:
        page = api.export(source.path, source.key, {"start_time": here, **source.params}, optional=source.optional)
        if page is None:
            yield Turn(Page((), Checkpoint(f"at:{since}" if source.overlap else f"at:{here}")), ())
            return
        records, aside = source.read(page.items)
        last = max(here, page.end_time or 0, mapping.latest(page.items, "timestamp") or 0)
        whole = _held_back(page) - source.overlap
        if page.end or not page.items:
            # Not beyond what is whole, whatever end time is claimed: the held back minute comes later.
            there = max(since if source.overlap else here, min(last, int(whole.timestamp())))
            if page.end:
                settled = _further(settled, whole)
            yield Turn(Page(records, Checkpoint(f"at:{there}"), settled, set_aside=aside), page.items)
            return
        crowd = None if last > here else here
        stuck = 0 if crowd is None else stuck + 1
        if crowd is None:
            settled = _further(settled, min(whole, epoch(last)))
        else:
            aside, last = (*aside, crowded(source.key, here)), here + 1
        # What may still come late is passed over in this pull, but never by the next one.
        kept = max(since, min(last, int(whole.timestamp()))) if source.overlap else last
        young = crowd is not None and epoch(crowd) > page.asked - ARCHIVED_SOONEST
        yield Turn(
            Page(records, Checkpoint(f"at:{kept}"), settled, set_aside=aside), page.items, crowd if young else None
        )
        here = last
        if stuck >= MOST_CROWDED:
            raise Unreadable(f"{source.path}: Zendesk's export goes on and on, and its time stands still")


def crowded(stream: str, second: int) -> SetAside:
    """Return the note that one second holds more rows than a page: the export would repeat it for ever."""
    reason = f"more changes in the second {epoch(second):%Y-%m-%dT%H:%M:%SZ} than Zendesk exports at once"
    return SetAside(stream, f"second:{second}", reason, sha256(reason.encode()).hexdigest())


def seconds(cursor: str) -> int:
    """Return the second of an `at:` cursor. Raises: SourceError."""
    kind, _, digits = cursor.partition(":")
    # Short enough for every number of seconds up to the year 9999.
    found = moment(int(digits)) if kind == "at" and digits.isdecimal() and len(digits) <= 12 else None
    if found is None:
        raise SourceError(f"not a checkpoint of this stream: {cursor[:40]!r}")
    return found


def _held_back(page: Export) -> datetime:
    return page.asked - HELD_BACK


def _further(known: datetime | None, proved: datetime) -> datetime:
    """Return the later of two instants, both of them proved."""
    return proved if known is None else max(known, proved)
