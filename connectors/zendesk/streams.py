"""What is read with its own cursor, and how far each page proves that nothing is missing.

A cursor of an export is `cursor:<Zendesk's own>` or, before its first page, `at:<seconds since 1970>`;
the exports by time have the latter alone. `list:<Zendesk's own>` is a place in a plain list. It comes
from Zendesk's answers, never from a clock of ours.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeAlias

from connectors import Checkpoint, Page, Record, SetAside, SourceError, Stream
from connectors.zendesk import events, mapping
from connectors.zendesk.client import Api, CursorExpired, Export
from connectors.zendesk.histories import histories
from connectors.zendesk.layouts import Layouts
from connectors.zendesk.shapes import epoch, fields_of, number

__all__ = ["STREAMS", "pull", "start"]

STREAMS = (
    Stream("people", timeless=True),
    # They change seldom, and share the few calls of the exports with what changes all the time.
    Stream("organisations", every=timedelta(minutes=15), timeless=True),
    Stream("catalogue", every=timedelta(hours=1), whole=True),
    Stream("tickets"),
    Stream(events.STREAM, carries_history=True),
    # Its events belong to the stream before it, which alone says how far history is whole.
    Stream("open_tickets", once=True),
)

HELD_BACK = timedelta(seconds=76)
"""The exports leave out the last minute or a little more: changes were absent at once, and there when 75 s had passed.

A second more, since Zendesk's clock is told in whole seconds. Too much delays what rests on silence where
a ticket cannot be asked for; too little publishes a breach that was none.
"""

OPEN = "status<solved"

LIST = "list:"

AT_ONCE = 10
"""Open tickets a page: each costs a call of its own, and a page that is never finished is never kept."""


def start(stream: str, at: datetime | None) -> Checkpoint:
    """Return where everything changed at or after `at` begins; None: all there is."""
    if stream == "open_tickets":
        return Checkpoint(_Open().dumped())
    if stream == "catalogue":
        return Checkpoint("")
    if stream == "organisations" and at is None:
        # The plain list costs none of the few calls that the exports share.
        return Checkpoint(LIST)
    return Checkpoint(f"at:{0 if at is None else int(at.timestamp())}")


def pull(api: Api, layouts: Layouts, site: str, stream: str, since: Checkpoint) -> Iterator[Page]:
    """Yield one stream's pages from a checkpoint on until it has caught up."""
    if stream == "tickets":
        fields = layouts.get()
        tickets = _Source("tickets/cursor", "tickets", _each(stream, lambda raw: mapping.ticket(raw, fields, site)))
        yield from _by_cursor(api, tickets, since)
    elif stream == "people":
        yield from _by_cursor(api, _Source("users/cursor", "users", _each(stream, mapping.person)), since)
    elif stream == "organisations":
        organisations = _Source("organizations", "organizations", _each(stream, mapping.organisation))
        listed = since.cursor.startswith(LIST)
        yield from (_by_list if listed else _by_time)(api, organisations, since)
    elif stream == events.STREAM:
        fields = layouts.get()
        told = _Source("ticket_events", "ticket_events", lambda raw: events.exported(raw, fields), "comment_events")
        yield from _by_time(api, told, since)
    elif stream == "catalogue":
        yield _catalogue(api, layouts)
    elif stream == "open_tickets":
        yield from _open_tickets(api, layouts, site, since)
    else:
        raise SourceError(f"Zendesk has no stream '{stream}'")


Read: TypeAlias = Callable[[Sequence[object]], tuple[tuple[Record, ...], tuple[SetAside, ...]]]


@dataclass(frozen=True, slots=True)
class _Source:
    """One incremental export: its path, the key of its rows, and how they are read."""

    path: str
    key: str
    read: Read
    include: str = ""


def _each(stream: str, read: Callable[[object], Record]) -> Read:
    return lambda raw: mapping.readable(stream, raw, read)


def _by_cursor(api: Api, source: _Source, since: Checkpoint) -> Iterator[Page]:
    here = since.cursor
    settled: datetime | None = None
    while True:
        kind, _, at = here.partition(":")
        position = {"cursor": at} if kind == "cursor" else {"start_time": _seconds(here)}
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


def _by_list(api: Api, source: _Source, since: Checkpoint) -> Iterator[Page]:
    after = since.cursor.removeprefix(LIST)
    while True:
        found = api.page(source.path, after)
        records, aside = source.read(found.items)
        yield Page(records, Checkpoint(LIST + found.after), set_aside=aside)
        if not found.after or found.after == after:
            return
        after = found.after


def _by_time(api: Api, source: _Source, since: Checkpoint) -> Iterator[Page]:
    here = _seconds(since.cursor)
    sideload = {"include": source.include} if source.include else {}
    settled: datetime | None = None
    while True:
        page = api.export(source.path, source.key, {"start_time": here, **sideload})
        if page is None:
            yield Page((), Checkpoint(f"at:{here}"))
            return
        records, aside = source.read(page.items)
        last = max(here, page.end_time or 0, mapping.latest(page.items, "timestamp") or 0)
        whole = _held_back(page)
        if page.end or not page.items:
            # Not beyond what is whole, whatever end time is claimed: the held back minute comes later.
            there = max(here, min(last, int(whole.timestamp())))
            if page.end:
                settled = _further(settled, whole)
            yield Page(records, Checkpoint(f"at:{there}"), settled, set_aside=aside)
            return
        if last > here:
            settled = _further(settled, min(whole, epoch(last)))
            yield Page(records, Checkpoint(f"at:{last}"), settled, set_aside=aside)
            here = last
        else:
            yield Page(records, Checkpoint(f"at:{here + 1}"), settled, set_aside=(*aside, _crowded(source.key, here)))
            here += 1


def _crowded(stream: str, second: int) -> SetAside:
    """Return the note that one second holds more rows than a page: the export would repeat it for ever."""
    reason = f"more changes in the second {epoch(second):%Y-%m-%dT%H:%M:%SZ} than Zendesk exports at once"
    return SetAside(stream, f"second:{second}", reason, sha256(reason.encode()).hexdigest())


def _held_back(page: Export) -> datetime:
    return page.asked - HELD_BACK


def _further(known: datetime | None, proved: datetime) -> datetime:
    """Return the later of two instants, both of them proved."""
    return proved if known is None else max(known, proved)


def _seconds(cursor: str) -> int:
    kind, _, digits = cursor.partition(":")
    if kind != "at" or not digits.isdecimal():
        raise SourceError(f"not a checkpoint of this stream: '{cursor[:40]}'")
    return int(digits)


def _catalogue(api: Api, layouts: Layouts) -> Page:
    """Return the names of teams, statuses, brands and forms; what the plan does not have stays empty."""
    layouts.renewed()
    found: list[Record] = []
    aside: list[SetAside] = []
    readers: tuple[tuple[str, Read], ...] = (
        ("groups", _each("catalogue", mapping.team)),
        ("custom_statuses", _each("catalogue", mapping.status_label)),
        ("brands", _each("catalogue", mapping.label("brand"))),
        ("ticket_forms", _each("catalogue", mapping.label("form"))),
    )
    for resource, read in readers:
        records, unreadable = read(api.everything(resource, optional=resource != "groups"))
        found += records
        aside += unreadable
    return Page(tuple(found), Checkpoint(""), set_aside=tuple(aside))


@dataclass(frozen=True, slots=True)
class _Open:
    """How far the reading of open tickets is: first all are listed, then each is fetched.

    A search cursor lives an hour, and thousands of audits take longer: so no cursor is held meanwhile.
    asked: the source's clock at the first search. ids: still to be fetched, newest ticket first.
    """

    listed: bool = False
    after: str = ""
    asked: str = ""
    ids: tuple[int, ...] = ()

    def dumped(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.dumped())

    @classmethod
    def loaded(cls, cursor: str) -> "_Open":
        try:
            raw = json.loads(cursor)
            return cls(bool(raw["listed"]), str(raw["after"]), str(raw["asked"]), tuple(int(i) for i in raw["ids"]))
        except (ValueError, TypeError, KeyError) as error:
            raise SourceError("not a checkpoint of the open tickets") from error


def _open_tickets(api: Api, layouts: Layouts, site: str, since: Checkpoint) -> Iterator[Page]:
    state = _Open.loaded(since.cursor)
    while not state.listed:
        state, aside = _listed(api, state)
        yield Page((), state.checkpoint(), set_aside=aside)
    if not state.ids:
        yield Page((), state.checkpoint(), _asked(state))
        return
    fields = layouts.get()
    while state.ids:
        batch = tuple(str(each) for each in state.ids[:AT_ONCE])
        found = histories(api, fields, site, batch)
        if found.interrupted and not found.done:
            raise found.interrupted
        done = {int(each) for each in found.done}
        state = replace(state, ids=tuple(each for each in state.ids if each not in done))
        yield Page(found.records, state.checkpoint(), _asked(state), found.complete, found.set_aside)
        if found.interrupted:
            raise found.interrupted


def _listed(api: Api, state: _Open) -> tuple[_Open, tuple[SetAside, ...]]:
    """Return the state after one more page of the search; one whose cursor has expired begins anew."""
    after = state.after
    try:
        page = api.search(OPEN, after)
    except CursorExpired:
        after = ""
        page = api.search(OPEN, after)
    ids, aside = mapping.readable("open_tickets", page.items, lambda raw: number(fields_of(raw), "id"))
    known = {*state.ids, *ids}
    return _Open(
        listed=not page.after or page.after == after,
        after=page.after,
        asked=state.asked or page.date.isoformat(),
        ids=tuple(sorted(known, reverse=True)),
    ), aside


def _asked(state: _Open) -> datetime | None:
    return datetime.fromisoformat(state.asked) if state.asked and not state.ids else None
