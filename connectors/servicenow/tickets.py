"""Whole tickets: their picture, what happened to them, and the people and names in both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from connectors import (
    PICTURES,
    Absence,
    Coverage,
    Event,
    Presence,
    Record,
    RetryLater,
    SetAside,
    Slot,
    Ticket,
    Unreadable,
    perhaps,
    readable,
    set_aside,
)
from connectors.servicenow import mapping
from connectors.servicenow.client import Api, Closed, listed
from connectors.servicenow.deletions import Deletions
from connectors.servicenow.events import told, users
from connectors.servicenow.histories import Histories, Past
from connectors.servicenow.keyset import Asked, Keyset, Row
from connectors.servicenow.layouts import Layouts
from connectors.servicenow.mapping import Seen
from connectors.servicenow.notes import Notes
from connectors.servicenow.own import OwnColumn
from connectors.servicenow.people import People
from connectors.servicenow.scope import Scope
from connectors.servicenow.shapes import stored
from connectors.servicenow.values import Columns
from connectors.servicenow.whereabouts import Whereabouts

__all__ = ["HELD_BACK", "Read", "Tickets"]

SECOND: Final = timedelta(seconds=1)

HELD_BACK: Final = timedelta(seconds=30)
"""Changes are stamped before they are seen; what was changed so shortly before a look may still be missing in it."""

BASE: Final = "task"


@dataclass(slots=True)
class Read:
    """What was read. done: the ids that were asked for and answered, also those of tickets that are not shown.

    outside: the tickets that are out of scope. hidden: those that are there and are not shown.
    interrupted: why the rest was not asked for.
    """

    records: list[Record] = field(default_factory=list[Record])
    complete: list[Coverage] = field(default_factory=list[Coverage])
    set_aside: list[SetAside] = field(default_factory=list[SetAside])
    outside: set[str] = field(default_factory=set[str])
    hidden: set[str] = field(default_factory=set[str])
    done: set[str] = field(default_factory=set[str])
    interrupted: RetryLater | None = None


class Tickets:
    """Reads the tickets of one instance. site: the address that people open. layouts: knows the hub's own columns.

    where: is told where tickets are. notes: knows the hub's own.
    """

    def __init__(
        self,
        api: Api,
        scope: Scope,
        site: str,
        layouts: Layouts,
        people: People,
        where: Whereabouts,
        notes: Notes | None = None,
    ) -> None:
        self._api, self._keyset, self._scope, self._site, self._layouts = api, Keyset(api), scope, site, layouts
        self._people, self._where = people, where
        self._histories = Histories(api, site, notes=notes)
        self._deletions = Deletions(api, frozenset(scope.tables))

    def asked(self, table: str, where: str) -> Asked:
        """Return the question for pictures of a table's tickets."""
        own = (each.name for each in self._own(table).values())
        return Asked(table, (*self._scope.tables[table].asked(), *own), where, labels=True)

    def listed(self, table: str, items: Sequence[Row], broken: Iterable[str] = ()) -> Read:
        """Return tickets out of a page, with their past. broken: ids of rows that no answer could hold.

        Nothing later than a picture is said to be whole.
        """
        read = Read()
        self._add(read, table, items, None)
        read.set_aside += [_broken(table, each) for each in broken]
        return read

    def pictures(self, table: str, items: Sequence[Row]) -> tuple[Ticket, ...]:
        """Return tickets as a page shows them, without their past; those that can be read."""
        columns, own = self._scope.tables[table], self._own(table)
        found, _ = readable(table, items, lambda raw: mapping.picture(perhaps(raw), columns, self._site, own))
        return found

    def _own(self, table: str) -> Mapping[Slot, OwnColumn]:
        """Return the hub's own columns of a table."""
        return self._layouts.get().of.get(table, {})

    def shows(self, table: str) -> tuple[bool, bool]:
        """Say whether the audit of a table can be read, and whether what was written on tickets can be."""
        return self._histories.shows(table)

    def direct(self, ids: Sequence[str]) -> Read:
        """Return tickets asked for by their ids; what the call limits cut short as far as it came."""
        read, left = Read(), list(dict.fromkeys(ids))
        if not left:
            return read
        try:
            asked = self._scope.clock()
            for table in self._scope.tables:
                left = self._of(read, table, left, asked)
                if not left:
                    return read
            left = self._elsewhere(read, left)
            gone = self._deletions.of(left)
            read.records += gone
            read.hidden |= self._hidden([*{*left} - {each.ticket_id for each in gone}])
            read.done.update(left)
        except RetryLater as error:
            read.interrupted = error
        return read

    def _hidden(self, ids: Sequence[str]) -> frozenset[str]:
        """Return which of these tickets are there and not shown: they are counted all the same."""
        count = self._api.count(BASE, listed("sys_id", ids)) if ids else 0
        if not count or count >= len(ids):
            return frozenset(ids if count else ())
        return frozenset(each for each in ids if self._api.count(BASE, listed("sys_id", [each])))

    def _of(self, read: Read, table: str, ids: Sequence[str], asked: datetime) -> list[str]:
        """Add those of some tickets that are in a table; return the others."""
        if self._scope.query(table):
            self._scope.checked(table)
        found = self._keyset.named(self.asked(table, ""), ids)
        columns = self._scope.tables[table]
        mine = [row for row in found.items if columns.place(stored(row, "sys_class_name") or table) == table]
        here = [stored(row, "sys_id") for row in mine]
        out = self._scope.out(table, here)
        self._add(read, table, mine, asked, out)
        read.set_aside += [_broken(table, each) for each in found.broken]
        read.done.update(here, found.broken)
        return [each for each in ids if each not in read.done]

    def _elsewhere(self, read: Read, ids: Sequence[str]) -> list[str]:
        """Add those of some tickets that have become records of a table which is not read; return the others."""
        columns = Columns(BASE)
        if BASE in self._scope.tables:
            return list(ids)
        try:
            found = self._keyset.named(Asked(BASE, columns.asked(), labels=True), ids)
        except Closed:
            return list(ids)
        for row in found.items:
            try:
                ticket = mapping.picture(row, columns, self._site, {})
            except Unreadable:
                continue
            kind = stored(row, "sys_class_name")
            if kind in self._scope.tables:
                # It is there, and was not shown where it belongs: nothing is known of it for certain.
                continue
            values = {**ticket.values, "table": kind}
            absence = Absence(ticket.id, Presence.OUT_OF_SCOPE, ticket.version, ticket.updated_at, values)
            read.records.append(absence)
            read.outside.add(ticket.id)
            read.done.add(ticket.id)
        return [each for each in ids if each not in read.done]

    def _add(
        self,
        read: Read,
        table: str,
        items: Sequence[Row],
        asked: datetime | None,
        out: frozenset[str] = frozenset(),
    ) -> None:
        """Add what rows tell; what cannot be read of one is set aside and keeps nothing else back."""
        columns = self._scope.tables[table]
        found: list[Seen] = []
        own = self._own(table)
        for row in items:
            try:
                # Rows of another table that is read come with that one.
                if columns.place(stored(row, "sys_class_name") or table) == table:
                    found.append(mapping.seen(row, columns, self._site, own))
                    read.records += mapping.labels(row, columns)
            except Unreadable as error:
                read.set_aside.append(set_aside(table, row, str(error), mapping.row_id(row)))
        self._where.learn(table, [each.id for each in found])
        pasts = self._histories.read(table, [each.id for each in found], columns.audited())
        read.records += self._met(found, pasts, columns)
        for each in found:
            self._tell(read, each, pasts[each.id], columns, asked, out=each.id in out)
        read.records += mapping.passed((each for each in read.records if isinstance(each, Event)), columns)

    def _met(self, found: Sequence[Seen], pasts: Mapping[str, Past], columns: Columns) -> Sequence[Record]:
        """Return everybody who is named in tickets or their past."""
        named = (columns.requester, "assigned_to")
        ids = {each.opener for each in found} | {each.raw.get(column, "") for each in found for column in named}
        for past in pasts.values():
            for row in past.changes:
                if stored(row, "fieldname") in named:
                    ids |= {stored(row, "oldvalue"), stored(row, "newvalue")}
        return self._people.learn(ids, {name for past in pasts.values() for name in users(past)})

    def _tell(self, read: Read, seen: Seen, past: Past, columns: Columns, asked: datetime | None, *, out: bool) -> None:
        """Add a ticket and what happened to it. A picture that cannot be read keeps nothing back of that."""
        history, ticket = None, seen.ticket
        try:
            history = told(seen, past, columns, self._people.one)
        except Unreadable as error:
            read.set_aside.append(set_aside(seen.table, {"past": seen.id}, str(error), seen.id))
        if ticket is None:
            read.set_aside.append(set_aside(seen.table, dict(seen.raw), seen.reason, seen.id))
        else:
            gaps = history.gaps if history is not None else dict.fromkeys(ticket.values, seen.updated)
            presence = Presence.OUT_OF_SCOPE if out else Presence.PRESENT
            read.records.append(replace(ticket, presence=presence, gaps=gaps))
        if out:
            read.outside.add(seen.id)
        if history is None:
            return
        read.records += history.events
        if ticket is None or not (past.audited and past.heard) or past.broken:
            # What is shown no more has not become undone.
            return
        until = seen.updated + SECOND if asked is None else asked - HELD_BACK
        # A ticket that was of another table has all of its events here now, and the log tells what pictures did.
        read.complete += [Coverage(seen.id, stream, until) for stream in (*self._scope.tables, PICTURES)]


def _broken(table: str, ident: str) -> SetAside:
    return set_aside(table, ident, "no answer of ServiceNow's can hold this record", ident)
