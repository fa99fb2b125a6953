"""Whole issues: their picture, their complete changelog, all their comments, and the people in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors import (
    Coverage,
    Event,
    Label,
    Person,
    Record,
    RetryLater,
    SetAside,
    Ticket,
    Unreadable,
    fields_of,
    perhaps,
    readable,
    rows,
    set_aside,
    several,
)
from connectors.jira import mapping
from connectors.jira.client import Api
from connectors.jira.events import STREAM, Reader, comment, linked
from connectors.jira.fields import Layout
from connectors.jira.layouts import Layouts
from connectors.jira.native_clocks import statements
from connectors.jira.notes import by_mark
from connectors.jira.pasts import AT_ONCE, LINKS, NOT_SHOWN, Pasts, Row, items_of
from connectors.jira.people import People
from connectors.jira.shapes import identifier

__all__ = ["Issues", "Read"]

MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True)
class Read:
    """What was read. done: the ids that were asked for and answered, also those of issues that are not shown.

    interrupted: why the rest was not asked for.
    """

    records: list[Record] = field(default_factory=list[Record])
    complete: list[Coverage] = field(default_factory=list[Coverage])
    set_aside: list[SetAside] = field(default_factory=list[SetAside])
    done: set[str] = field(default_factory=set[str])
    interrupted: RetryLater | None = None


class Issues:
    """Reads the issues of one site. site: the address that people open."""

    def __init__(self, api: Api, layouts: Layouts, site: str, prop: str = "") -> None:
        self._api, self._layouts, self._site, self.property = api, layouts, site, prop
        self._people, self._pasts = People(api), Pasts(api)

    def fields(self) -> list[str]:
        """Return the fields that a picture needs, comments among them."""
        found = self._layouts.get()
        custom = {*found.own_ids, *found.followed, *found.words, *found.desk}
        return [*mapping.BASE, "comment", "issuelinks", *sorted(custom)]

    def listed(self, items: Sequence[object]) -> Read:
        """Return issues out of a search, with their past.

        The search may show an older state than there is by now: nothing later than that is said to be whole.
        """
        read = Read()
        shown = [dict(fields_of(each)) for each in items if perhaps(each)]
        self._pasts.complete(shown)
        for row in shown:
            self._add(read, row, None)
        return read

    def pictures(self, items: Sequence[object]) -> tuple[Ticket, ...]:
        """Return issues out of a search as they are shown, without their past; those that can be read."""
        layout = self._layouts.get()
        found, _ = readable(STREAM, items, lambda raw: mapping.ticket(raw, layout, self._site))
        return found

    def direct(self, ids: Sequence[str]) -> Read:
        """Return issues asked for by their ids, past the search; what the call limits cut short as far as it came."""
        read, hidden = Read(), set[str]()
        ids = tuple(dict.fromkeys(each for each in ids if each.isdecimal()))
        self._api.known()
        try:
            for first in range(0, len(ids), AT_ONCE):
                batch = ids[first : first + AT_ONCE]
                for shown, asked, done in self._shown(batch):
                    self._pasts.complete(shown)
                    for row in shown:
                        self._add(read, row, asked)
                    read.done.update(done)
                    hidden |= {*done} - {str(row.get("id")) for row in shown}
            if hidden:
                self._api.me()
        except RetryLater as error:
            read.interrupted = error
            read.done -= hidden
        return read

    def _shown(self, ids: Sequence[str]) -> Iterator[tuple[list[Row], datetime, Sequence[str]]]:
        if self._api.site().cloud:
            body: Row = {"issueIdsOrKeys": list(ids), "fields": self.fields()}
            if self.property:
                body["properties"] = [self.property]
            reply = self._api.ask("~/issue/bulkfetch", body)
            yield [dict(fields_of(each)) for each in rows(reply.body, "issues")], reply.asked, ids
            return
        params = {"fields": ",".join(self.fields()), "expand": "changelog"}
        if self.property:
            params["properties"] = self.property
        for each in ids:
            reply = self._api.get(f"~/issue/{each}", params, NOT_SHOWN)
            yield [dict(fields_of(reply.body))] if reply.good else [], reply.asked, (each,)

    def _add(self, read: Read, row: Row, asked: datetime | None) -> None:
        """Add what one row tells; what cannot be read of it is set aside and keeps nothing else back."""
        layout, links = self._layouts.get(), _addresses(row, self._site)
        read.records += _once([*self._people.met(row), *mapping.names(row, layout)])
        ticket_id, ticket = "", None
        try:
            ticket_id = identifier(row)
            ticket = mapping.ticket(row, layout, self._site)
            if links is not None:
                values = {**ticket.values, "remote_links": tuple(sorted(set(links.values()))) or None}
                ticket = replace(ticket, values=values)
            read.records.append(ticket)
        except Unreadable as error:
            read.set_aside.append(set_aside(STREAM, row, str(error)))
        if not ticket_id:
            return
        # A picture that cannot be read keeps nothing back of what has happened.
        self._beside(read, row, layout, ticket_id)
        if row.get("changelog") is None:
            return
        reader = Reader(ticket_id, layout, perhaps(row.get("fields")), self._people.one, links, self._api.wrote)
        events, failed = _events(reader, several(perhaps(row["changelog"]).get("histories")))
        read.records += events
        read.set_aside += failed
        if ticket is not None and not failed:
            until = ticket.updated_at + MILLISECOND if asked is None else asked
            read.complete.append(Coverage(ticket_id, STREAM, until))

    def _beside(self, read: Read, row: Row, layout: Layout, ticket_id: str) -> None:
        """Add the service desk's own word on an issue: its clocks, and how satisfied the requester was."""
        try:
            read.records += mapping.clocks(row, layout)
            if (rating := mapping.rating(row, layout)) is not None:
                read.records.append(rating)
            fields = perhaps(row.get("fields"))
            # Some releases of Data Center show a clock in words only.
            if any(isinstance(fields.get(each), str) for each in layout.slas):
                for sla in self._api.desk(f"request/{ticket_id}/sla") or ():
                    read.records += statements(ticket_id, sla)
        except Unreadable as error:
            read.set_aside.append(set_aside("native_clocks", row, str(error), ticket_id))


def _addresses(row: Row, site: str) -> dict[str, str] | None:
    """Return the addresses behind an issue's links; None where neither it nor its past tells of any.

    Links to other sites are known by their ids, and those to other issues by the issues' keys.
    """
    found: dict[str, str] = {}
    for link in map(perhaps, several(perhaps(row.get("fields")).get("issuelinks"))):
        for side in ("inwardIssue", "outwardIssue"):
            if isinstance(key := perhaps(link.get(side)).get("key"), str):
                found[key] = f"{site}/browse/{key}"
    for each in map(perhaps, several(row.get(LINKS))):
        if isinstance(url := perhaps(each.get("object")).get("url"), str) and url:
            found[str(each.get("id"))] = url
    return found if found or any(map(linked, items_of(row))) else None


def _events(reader: Reader, histories: Sequence[object]) -> tuple[list[Event], list[SetAside]]:
    found: list[Event] = []
    failed: list[SetAside] = []
    for event in reader.histories(histories):
        if isinstance(event, Event):
            found.append(event)
        else:
            failed.append(set_aside(STREAM, histories, str(event), reader.ticket_id))
    for raw in several(perhaps(reader.fields.get("comment")).get("comments")):
        try:
            event = comment(reader.ticket_id, raw)
        except Unreadable as error:
            # By its event's name: a ticket of its number is another thing.
            failed.append(set_aside(STREAM, raw, str(error), f"comment:{perhaps(raw).get('id')}"))
            continue
        if not (by_mark(perhaps(raw)) and reader.wrote(event.actor)):
            found.append(event)
    return found, failed


def _once(found: Sequence[Record]) -> list[Record]:
    """Return people and names once each, the last word of each."""
    kept: dict[object, Record] = {}
    for each in found:
        key = each.id if isinstance(each, Person) else (each.field, each.value) if isinstance(each, Label) else id(each)
        kept[key] = each
    return list(kept.values())
