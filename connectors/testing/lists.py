"""A connector whose helpdesk is made of lists: real in every promise of the contract, scripted in what happens."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import ClassVar

from connectors.testing.records import changed_at, named_people
from core.errors import SourceError
from core.ports import (
    Census,
    Checkpoint,
    Coverage,
    Delivery,
    FieldUpdate,
    Now,
    Outcome,
    Page,
    Probe,
    SetAside,
    Stream,
    Value,
)
from core.tickets import (
    Event,
    Kind,
    Person,
    Phase,
    Presence,
    Priority,
    Record,
    Side,
    SourceMapping,
    Status,
    Ticket,
    WaitOn,
)

__all__ = ["ListConnector", "ListPage"]

STREAMS = (Stream("tickets"), Stream("ticket_events", carries_history=True), Stream("people"))

PROBE = Probe("lists-1", "Lists", actor="hub")


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of one stream, as the source would export it. inside: as in `Page`."""

    records: tuple[Record, ...]
    settled_until: datetime | None = None
    set_aside: tuple[SetAside, ...] = ()
    complete: tuple[Coverage, ...] = ()
    inside: frozenset[str] | None = None


@dataclass(slots=True)
class Job:
    updates: list[FieldUpdate]
    polls: int


class ListConnector:
    """Reads and writes tickets that tests put there.

    pages: by stream, in the order of export; `add` appends more while the test goes on.
    jobs: writes are answered as pending, and take effect at the `polls`-th question about them.

    Besides: `settled[stream]` is told on an empty last page; `direct` holds records that `fetch` shows
    before any page does; `writes` are the updates that arrived, in order; `answers[ticket id]` is
    given once instead of writing; `asked` counts the calls of each method; `scope` says of a picture whether
    the ticket is in scope: pages then tell what is outside; `links` says whether pictures tell of remote links;
    `parts` is the field by which a census is taken; `hidden` are values of it that are not shown; `forbidden` are
    tickets of which a direct look says that they are there and not shown; `lag` is that of the census's index;
    `dated` says whether a census tells when tickets changed.
    """

    name: ClassVar[str] = "lists"
    mapping: ClassVar[SourceMapping] = SourceMapping(
        status={
            ("status", "new"): Status(Phase.NEW),
            ("status", "open"): Status(Phase.OPEN),
            ("status", "pending"): Status(Phase.WAITING, WaitOn.CUSTOMER),
            ("status", "hold"): Status(Phase.WAITING, WaitOn.VENDOR),
            ("status", "solved"): Status(Phase.RESOLVED),
            ("status", "closed"): Status(Phase.CLOSED),
        },
        priority={
            "critical": Priority.CRITICAL,
            "urgent": Priority.CRITICAL,
            "high": Priority.HIGH,
            "normal": Priority.NORMAL,
            "low": Priority.LOW,
        },
        kind={each.value: each for each in Kind},
        sides={"agent": Side.AGENT, "admin": Side.AGENT, "end-user": Side.CUSTOMER, "system": Side.SYSTEM},
        system=frozenset({"-1"}),
    )

    def __init__(
        self,
        pages: Mapping[str, Sequence[ListPage]] | None = None,
        *,
        now: Now,
        streams: Sequence[Stream] = STREAMS,
        probe: Probe = PROBE,
        jobs: bool = False,
        polls: int = 1,
    ) -> None:
        self._now, self._streams, self._probe = now, tuple(streams), probe
        self._jobs, self._polls = jobs, polls
        self._lock = threading.RLock()
        self._pages = {each.name: list((pages or {}).get(each.name, ())) for each in streams}
        self._faults = defaultdict[str, list[tuple[int, SourceError]]](list)
        self._pending = dict[str, Job]()
        self.settled = dict[str, datetime]()
        self.direct = list[Record]()
        self.writes = list[FieldUpdate]()
        self.answers = dict[str, Delivery]()
        self.asked = Counter[str]()
        self.scope: Callable[[Ticket], bool] | None = None
        self.links = True
        self.parts = ""
        self.hidden = set[str]()
        self.forbidden = set[str]()
        self.lag = timedelta()
        self.dated = False
        self._deleted = set[str]()

    def add(
        self,
        stream: str,
        *records: Record,
        settled_until: datetime | None = None,
        inside: Iterable[str] | None = None,
    ) -> None:
        """Append a page to a stream."""
        listed = None if inside is None else frozenset(inside)
        with self._lock:
            self._pages[stream].append(ListPage(records, settled_until, inside=listed))

    def withdraw(self, event_id: str) -> None:
        """Take an event out of the source's log, as if it had never been there."""

        def kept(records: Iterable[Record]) -> list[Record]:
            return [each for each in records if not (isinstance(each, Event) and each.id == event_id)]

        with self._lock:
            for pages in self._pages.values():
                pages[:] = [replace(page, records=tuple(kept(page.records))) for page in pages]
            self.direct[:] = kept(self.direct)

    def delete(self, *ticket_ids: str) -> None:
        """Let nobody find these tickets any more; what was exported of them comes as it did."""
        self._deleted.update(ticket_ids)

    def restore(self, *ticket_ids: str) -> None:
        """Show these tickets again, as if they had been hidden only."""
        self._deleted.difference_update(ticket_ids)

    def show_elsewhere(self, **own: Value | None) -> None:
        """Let these slots stand for other fields that hold these values; no ticket changes by that."""

        def seen(records: Iterable[Record]) -> list[Record]:
            return [replace(each, own={**each.own, **own}) if isinstance(each, Ticket) else each for each in records]

        with self._lock:
            for pages in self._pages.values():
                pages[:] = [replace(page, records=tuple(seen(page.records))) for page in pages]
            self.direct[:] = seen(self.direct)

    def break_at(self, what: str, error: SourceError, after: int = 0) -> None:
        """Raise `error` once, after so many good steps.

        what: `probe`, `fetch`, `write_back`, `settle`, `census`, or a stream; its steps are pages or parts.
        """
        with self._lock:
            self._faults[what].append((after, error))

    def probe(self) -> Probe:
        self._step("probe")
        return self._probe

    def streams(self) -> Sequence[Stream]:
        return self._streams

    def start(self, stream: str, at: datetime | None) -> Checkpoint:
        with self._lock:
            pages = self._pages[stream]
            first = 0
            if at is not None:
                first = next((number for number, page in enumerate(pages) if reaches(page, at)), len(pages))
        return Checkpoint(str(first))

    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        whole = any(each.whole for each in self._streams if each.name == stream)
        number = 0 if whole else int(since.cursor)
        while (page := self._page(stream, number)) is not None:
            number += 1
            there = sum(len(each.records) for each in self._pages[stream])
            yield self._scoped(
                Page(
                    page.records,
                    Checkpoint(str(number)),
                    page.settled_until,
                    complete=page.complete,
                    set_aside=page.set_aside,
                    total=there if page.inside is None else len(page.inside),
                    inside=page.inside,
                )
            )
        if stream in self.settled:
            yield Page((), Checkpoint(str(number)), self.settled[stream])

    def fetch(self, ids: Sequence[str]) -> Page:
        self._step("fetch")
        wanted = frozenset(each for each in ids if self._shown(each))
        with self._lock:
            tickets = dict[str, Ticket]()
            events = dict[tuple[str, str], Event]()
            people = dict[str, Person]()
            for each in self._records():
                if isinstance(each, Ticket) and each.id in wanted:
                    if each.id not in tickets or each.version >= tickets[each.id].version:
                        tickets[each.id] = each
                elif isinstance(each, Event) and each.ticket_id in wanted:
                    events[each.stream, each.id] = each
                elif isinstance(each, Person):
                    people[each.id] = each
        found: tuple[Ticket | Event, ...] = (*tickets.values(), *events.values())
        named = named_people(found)
        until = self._now()
        covered = tuple(
            Coverage(ticket, stream.name, until)
            for ticket in tickets
            for stream in self._streams
            if stream.carries_history
        )
        records = (*found, *(person for person in people.values() if person.id in named))
        hidden = self.forbidden.intersection(ids)
        return self._scoped(Page(records, Checkpoint(""), complete=covered, hidden=frozenset(hidden)))

    def tells_links(self) -> bool:
        return self.links

    def census(self, since: datetime | None) -> Iterator[Census]:
        if not self.parts:
            return
        as_of = self._now() - self.lag
        with self._lock:
            ids = {each.id for each in self._records() if isinstance(each, Ticket)}
        pictures = [picture for each in sorted(ids) if (picture := self.ticket(each)) is not None]
        found = defaultdict[str, set[str]](set)
        for each in pictures:
            value = each.values.get(self.parts)
            # An index that lags has neither what is new nor what has changed.
            late = each.updated_at >= as_of and self.lag
            if isinstance(value, str) and value not in self.hidden and (self.scope is None or self.scope(each)):
                old = since is not None and each.updated_at < since
                found[value].update([each.id] if self._shown(each.id) and not (late or old) else [])
        changed = {each.id: each.updated_at for each in pictures} if self.dated else {}
        for value, there in sorted(found.items()):
            self._step("census")
            yield Census(value.title(), self.parts, value, frozenset(there), as_of, changed)

    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        self._step("write_back")
        job = Job([], self._polls)
        name = f"job-{self.asked['write_back']}"
        for update in updates:
            with self._lock:
                self.writes.append(update)
                answer = self.answers.pop(update.ticket_id, None)
                if answer is None and self._jobs:
                    job.updates.append(update)
                    self._pending[name] = job
                    answer = Delivery(update.ticket_id, Outcome.PENDING, job=name)
            yield answer or self._written(update)

    def settle(self, jobs: Sequence[str]) -> Iterator[Delivery]:
        self._step("settle")
        for name in jobs:
            job = self._pending.get(name)
            if job is None:
                continue
            job.polls -= 1
            if job.polls <= 0:
                del self._pending[name]
                for update in job.updates:
                    yield replace(self._written(update), job=name)

    def _shown(self, ticket_id: str) -> bool:
        picture = self.ticket(ticket_id)
        hidden = self.hidden and picture is not None and picture.values.get(self.parts) in self.hidden
        return ticket_id not in self._deleted | self.forbidden and not hidden

    def ticket(self, ticket_id: str) -> Ticket | None:
        """Return a ticket's present picture."""
        with self._lock:
            same = [each for each in self._records() if isinstance(each, Ticket) and each.id == ticket_id]
        return max(same, key=lambda each: each.version, default=None)

    def _scoped(self, page: Page) -> Page:
        """Mark what is outside by the tickets' pictures, old and new."""
        inside = self.scope
        if inside is None:
            return page

        def marked(record: Record) -> Record:
            if isinstance(record, Ticket) and record.presence is Presence.PRESENT and not inside(record):
                return replace(record, presence=Presence.OUT_OF_SCOPE)
            return record

        named = {each.id if isinstance(each, Ticket) else each.ticket_id for each in _about_tickets(page.records)}
        pictures = {each: self.ticket(each) for each in named | {each.ticket_id for each in page.complete}}
        outside = frozenset(each for each, ticket in pictures.items() if ticket is not None and not inside(ticket))
        return replace(page, records=tuple(map(marked, page.records)), outside=outside)

    def _records(self) -> Iterator[Record]:
        pages = chain.from_iterable(self._pages.values())
        return chain(chain.from_iterable(page.records for page in pages), self.direct)

    def _page(self, stream: str, number: int) -> ListPage | None:
        self._step(stream)
        with self._lock:
            pages = self._pages[stream]
            return pages[number] if number < len(pages) else None

    def _written(self, update: FieldUpdate) -> Delivery:
        """Show an update on its ticket, and export the ticket again as any source does; no event tells of it."""
        with self._lock:
            ticket = self.ticket(update.ticket_id)
            if ticket is None:
                return Delivery(update.ticket_id, Outcome.REFUSED, reason="no such ticket")
            own = {**ticket.own, **{str(slot): value for slot, value in update.fields.items()}}
            if own != dict(ticket.own):
                ticket = replace(ticket, own=own, version=ticket.version + 1, updated_at=self._now())
                self._pages[self._home(ticket.id)].append(ListPage((ticket,)))
        return Delivery(update.ticket_id, Outcome.SHOWN, dict(update.fields), version=str(ticket.version))

    def _home(self, ticket_id: str) -> str:
        """Return the stream that brings this ticket."""
        for stream, pages in self._pages.items():
            if any(isinstance(each, Ticket) and each.id == ticket_id for page in pages for each in page.records):
                return stream
        return self._streams[0].name

    def _step(self, what: str) -> None:
        with self._lock:
            self.asked[what] += 1
            waiting = self._faults[what]
            due = next((each for each in waiting if each[0] == 0), None)
            if due is not None:
                waiting.remove(due)
                raise due[1]
            waiting[:] = [(after - 1, error) for after, error in waiting]


def _about_tickets(records: Iterable[Record]) -> Iterator[Ticket | Event]:
    return (each for each in records if isinstance(each, Ticket | Event))


def reaches(page: ListPage, at: datetime) -> bool:
    """Return whether the page may bring something changed at or after `at`."""
    dated = [changed for each in page.records if (changed := changed_at(each)) is not None]
    return not dated or max(dated) >= at
