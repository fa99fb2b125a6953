"""Which part of the account is read: tickets of some brands and groups, or those that a search finds.

Brand and group stand in every picture of a ticket. What a search finds is known by asking for all of it: so many
numbers of tickets are held in memory.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Final

from connectors import (
    SCOPE,
    Checkpoint,
    Event,
    NativeClock,
    Page,
    Presence,
    Rating,
    Record,
    RetryLater,
    SourceError,
    SourceRefused,
    Stream,
    Ticket,
    fields_of,
    perhaps,
    readable,
    text,
)
from connectors.zendesk.client import Api, CursorExpired
from connectors.zendesk.settings import ScopeSettings
from connectors.zendesk.shapes import identifier

__all__ = ["INDEX_LAG", "STREAM", "Scope"]

STREAM: Final = Stream(SCOPE, every=timedelta(minutes=15), whole=True)

INDEX_LAG = timedelta(minutes=10)
"""The search index is some minutes behind; a list says nothing of tickets that are younger."""

STALE = 3600.0
"""Seconds after which a reader asks again that is told of no newer list: the one of the past."""

MOST_SEEN = 200_000
"""Tickets of which it is remembered whether they are outside; beyond that, they are asked about again."""

FOUND_AT_ONCE = 1000

THERE = frozenset({Presence.PRESENT, Presence.ARCHIVED})

LISTS = {"brand": "brands", "team": "groups"}
COLUMNS = {"brand": "brand_id", "team": "group_id"}
WORDS = {"brand": "brand", "team": "group"}
"""Of the search, by our field."""


class UnknownName(SourceError):
    """A brand or group of the configuration that the account does not have."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The numbers of all tickets that the search finds. asked: Zendesk's clock; at: the process's own."""

    ids: frozenset[str]
    asked: datetime
    at: float


class Scope:
    """Tells tickets inside from those outside. Safe in threads; one thread asks, the others wait."""

    def __init__(self, api: Api, settings: ScopeSettings, fields: Mapping[str, frozenset[str]]) -> None:
        self._api, self._query, self._fields = api, settings.query.strip(), fields
        self._lock = threading.RLock()
        self._ids: Mapping[str, frozenset[str]] | None = None
        self._found: _Found | None = None
        self._seen: dict[str, bool] = {}

    @property
    def whole(self) -> bool:
        """Say whether the whole account is in scope."""
        return not self._fields and not self._query

    @property
    def query(self) -> str:
        """Return the search that says what is in scope; empty where none does."""
        return self._query

    def searches(self) -> tuple[str, ...]:
        """Return searches that together find all that is in scope; `fails` tells of what else they find.

        Raises: SourceError.
        """
        if self._query:
            return (self._query,)
        for field, ids in self._renew().items():
            return tuple(f"{WORDS[field]}:{each}" for each in sorted(ids, key=int))
        return ("",)

    def ids(self, field: str) -> frozenset[str] | None:
        """Return the ids of the brands or groups in scope; None for all. Raises: SourceError."""
        return self._renew().get(field)

    def fails(self, raw: object) -> bool:
        """Say whether a ticket, as an answer has it, is outside by its brand or group."""
        return self._fails(_values(perhaps(raw)))

    def streams(self, known: Sequence[Stream]) -> Sequence[Stream]:
        """Return the streams, and with them the list of what is in scope where a search says it."""
        return (*known, STREAM) if self._query else known

    def pull(self, stream: str, pages: Callable[[], Iterator[Page]]) -> Iterator[Page]:
        """Yield a stream's pages, with what is known of their tickets."""
        if self.whole:
            yield from pages()
        elif stream == SCOPE:
            yield self._list()
        else:
            if stream == "catalogue":
                self._renew()
            for page in pages():
                yield self.page(page)

    def page(self, page: Page) -> Page:
        """Return a page whose tickets outside are marked, and which says what is outside of all that it names."""
        if self.whole:
            return page
        with self._lock:
            shown = {each.id: self._shown_outside(each) for each in page.records if isinstance(each, Ticket)}
            named = {each.ticket_id for each in page.records if isinstance(each, Event | Rating | NativeClock)}
            named |= {each.ticket_id for each in page.complete}
            outside = {each for each, out in shown.items() if out} | self._outside_of(named - shown.keys())
            records = tuple(map(self._marked, page.records))
        return replace(page, records=records, outside=frozenset(outside))

    def skips(self, raw: object) -> bool:
        """Say whether a ticket, as an answer has it, is outside; one that cannot be read is not."""
        if self.whole:
            return False
        row = perhaps(raw)
        with self._lock:
            return not self._listed(str(row.get("id"))) or self._fails(_values(row))

    def problems(self) -> tuple[str, ...]:
        """Return what hinders the scope, one sentence each; names that nobody has are told with all other names."""
        found: list[str] = []
        for field, names in self._fields.items():
            try:
                self._meant(field, names)
            except SourceRefused:
                found.append(
                    f"scope.{LISTS[field]}: this user may not read the list of {LISTS[field]}; write their ids"
                )
            except UnknownName:
                continue
        try:
            self._try()
        except RetryLater:
            raise
        except SourceError as error:
            found.append(f"scope.query: {error}")
        return tuple(found)

    def _marked(self, record: Record) -> Record:
        # What a search no longer finds the store tells from the list itself, with the instant.
        if isinstance(record, Ticket) and record.presence in THERE and self._fails(record.values):
            return replace(record, presence=Presence.OUT_OF_SCOPE)
        return record

    def _shown_outside(self, ticket: Ticket) -> bool:
        fails = self._fails(ticket.values)
        self._remember(ticket.id, fails)
        return fails or not self._listed(ticket.id)

    def _outside_of(self, ids: Collection[str]) -> set[str]:
        """Return those of these tickets that are outside; one that Zendesk shows no more is not known to be."""
        found = {each for each in ids if not self._listed(each)}
        asked = sorted(each for each in ids if each not in found) if self._fields else []
        known = {each: self._seen[each] for each in asked if each in self._seen}
        unknown = [each for each in asked if each not in known]
        for start in range(0, len(unknown), 100):
            for raw in self._api.many("tickets", unknown[start : start + 100]).items:
                row = fields_of(raw)
                ticket_id, fails = identifier(row, "id"), self._fails(_values(row))
                known[ticket_id] = fails
                self._remember(ticket_id, fails)
        return found | {each for each, fails in known.items() if fails}

    def _remember(self, ticket_id: str, fails: bool) -> None:
        if len(self._seen) >= MOST_SEEN and ticket_id not in self._seen:
            self._seen.clear()
        self._seen[ticket_id] = fails

    def _fails(self, values: Mapping[str, object]) -> bool:
        """Say whether a ticket is outside by its brand or group.

        Raises: SourceError for a name in the configuration that stands for nothing.
        """
        wanted = self._renew() if self._ids is None else self._ids
        return any(name in values and values[name] not in ids for name, ids in wanted.items())

    def _renew(self) -> Mapping[str, frozenset[str]]:
        """Ask which ids the names in the configuration stand for."""
        with self._lock:
            self._ids = {name: self._meant(name, names) for name, names in self._fields.items()}
            return self._ids

    def _meant(self, field: str, names: frozenset[str]) -> frozenset[str]:
        if all(name.isdecimal() for name in names):
            return names
        resource = LISTS[field]
        by_name: dict[str, set[str]] = {}
        written: dict[str, str] = {}
        for raw in self._api.everything(resource):
            row = fields_of(raw)
            name = text(row, "name")
            written[name.casefold()] = name
            by_name.setdefault(name.casefold(), set()).add(identifier(row, "id"))
        unknown = sorted(name for name in names if name.casefold() not in by_name and not name.isdecimal())
        if unknown:
            near = get_close_matches(unknown[0].casefold(), by_name, 1)
            hint = f" (nearest: '{written[near[0]]}')" if near else ""
            raise UnknownName(
                f"scope.{resource} names '{unknown[0]}', which the account does not have{hint}; until it names one "
                "that there is, no ticket is read"
            )
        found = frozenset(name for name in names if name.isdecimal())
        return found.union(*(by_name.get(name.casefold(), ()) for name in names))

    def _listed(self, ticket_id: str) -> bool:
        """Say whether the search finds a ticket, as far as is known; without a search all are found."""
        if not self._query:
            return True
        found = self._found
        if found is None or time.monotonic() - found.at > STALE:
            found = self._search()
        return ticket_id in found.ids

    def _list(self) -> Page:
        with self._lock:
            found = self._search()
        return Page((), Checkpoint(""), settled_until=found.asked - INDEX_LAG, total=len(found.ids), inside=found.ids)

    def _search(self) -> _Found:
        try:
            found = self._all_found()
        except CursorExpired:
            found = self._all_found()
        self._found = found
        return found

    def _all_found(self) -> _Found:
        found: set[str] = set()
        asked: datetime | None = None
        after = ""
        while True:
            page = self._api.search(self._query, after, FOUND_AT_ONCE, optional=False)
            asked = asked or page.date
            ids, _ = readable(SCOPE, page.items, self._matching)
            found.update(ids)
            if not page.after or page.after == after:
                return _Found(frozenset(found), asked, time.monotonic())
            after = page.after

    def _matching(self, raw: object) -> str | None:
        """Return the number of a ticket that the search found and that is not outside by brand or group."""
        row = fields_of(raw)
        return None if self._fails(_values(row)) else identifier(row, "id")

    def _try(self) -> None:
        if self._query:
            self._api.search(self._query, "", 1, optional=False)


def _values(row: Mapping[str, object]) -> dict[str, str | None]:
    """Return brand and group of a ticket as an answer has it, as far as it has them."""
    return {
        name: None if row[column] is None else str(row[column]) for name, column in COLUMNS.items() if column in row
    }
