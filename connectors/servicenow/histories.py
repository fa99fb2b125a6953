"""What happened to tickets: their rows of the audit and of the journal, asked for by the tickets' ids.

Both tables are among the largest of an instance, and careless questions have taken instances down. So they are asked
for a few tickets at a time, in small pages, and by one lane of a connection at a time; what was not answered in time
is not asked again at once, since the instance goes on with it.
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from connectors import RetryLater, SourceError, marked, perhaps
from connectors.servicenow.audit_reach import AUDIT, AuditReach
from connectors.servicenow.client import SOME, Api, Closed
from connectors.servicenow.keyset import Asked, Keyset, Row
from connectors.servicenow.notes import Notes
from connectors.servicenow.shapes import stored, sys_id
from connectors.servicenow.terms import within

__all__ = ["AUDIT", "JOURNAL", "Histories", "Past"]

JOURNAL: Final = "sys_journal_field"

COLUMNS: Final = (
    "sys_id",
    "tablename",
    "fieldname",
    "documentkey",
    "oldvalue",
    "newvalue",
    "user",
    "record_checkpoint",
    "sys_created_on",
)

ENTRY: Final = ("sys_id", "element", "element_id", "sys_created_on", "sys_created_by")
"""Of the journal; not what was written."""

SAID: Final = ("comments", "work_notes")

ROWS: Final = 500

TICKETS: Final = 50

PATIENCE: Final = 60.0
"""Seconds that one lane waits for another one's question, which no instance works on for longer."""

AGAIN: Final = 600.0
"""Seconds after which a table is asked again that showed nothing at all."""

_locks: dict[str, threading.Lock] = {}


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of one ticket's past, rows in any order.

    audited: the audit can be read and is kept for its table, `since` then. heard: so can what was written.
    broken: a row of it could be held by no answer.
    """

    changes: Sequence[Row] = ()
    entries: Sequence[Row] = ()
    audited: bool = False
    heard: bool = False
    broken: bool = False
    since: datetime | None = None


@dataclass(slots=True)
class _Found:
    """Rows by ticket. shown: rows of this kind can be read at present, as far as is known."""

    rows: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    broken: set[str] = field(default_factory=set[str])
    shown: bool = False


class Histories:
    """Reads the past of one instance's tickets. Safe in threads; `site` tells which lanes share an instance."""

    def __init__(self, api: Api, site: str, patience: float = PATIENCE, notes: Notes | None = None) -> None:
        self._patience = patience
        self._api, self._keyset = api, Keyset(api)
        self._lock = _locks.setdefault(site, threading.Lock())
        self._reach = AuditReach(api)
        self._notes = notes or Notes(api)
        self._closed: dict[str, float] = {}
        self._listed = self._single = False

    def read(self, table: str, tickets: Sequence[str], columns: Sequence[str]) -> dict[str, Past]:
        """Return the past of each ticket of a table. columns: that are followed.

        Raises: RetryLater where other lanes have kept the audit busy.
        """
        found: dict[str, Past] = {}
        for first in range(0, len(tickets), TICKETS):
            with self._alone():
                found |= self._part(table, tickets[first : first + TICKETS], columns)
        return found

    def shows(self, table: str) -> tuple[bool, bool]:
        """Say whether the audit of a table can be read, and whether what was written on tickets can be."""
        with self._alone():
            return self._reach.shown(table), self._shows_journal()

    def _part(self, table: str, tickets: Sequence[str], columns: Sequence[str]) -> dict[str, Past]:
        entries = self._entries(tickets)
        # What was written stands in both, not always in step: the journal goes before.
        wanted = columns if entries.shown else (*columns, *SAID)
        changes = self._changes(table, tickets, wanted)
        written = entries if entries.shown else _written(changes, self._notes)
        since = self._reach.since(table) if changes.shown else None
        return {
            each: Past(
                [row for row in changes.rows.get(each, ()) if stored(row, "fieldname") not in SAID],
                written.rows.get(each, ()),
                audited=changes.shown,
                heard=written.shown,
                broken=each in changes.broken | written.broken,
                since=since,
            )
            for each in tickets
        }

    def _changes(self, table: str, ids: Sequence[str], columns: Sequence[str]) -> _Found:
        kinds = ("fieldname", frozenset(columns))
        of = Asked(AUDIT, COLUMNS, f"fieldnameIN{','.join(columns)}", size=ROWS, all_or_none=True)
        name = f"{AUDIT} of {table}"
        if self._rests(name):
            return _Found()
        try:
            found = self._rows(of, "documentkey", ids, kinds, single=self._single)
            if found.rows:
                self._listed = self._listed or not self._single
            elif not (self._listed or self._single):
                self._single = self._reach.single(table)
                if self._single:
                    found = self._rows(of, "documentkey", ids, kinds, single=True)
        except Closed:
            found = _Found()
        return self._judged(found, name, lambda: self._reach.shown(table))

    def _entries(self, ids: Sequence[str]) -> _Found:
        of = Asked(JOURNAL, ENTRY, f"elementIN{','.join(SAID)}", size=ROWS, all_or_none=True)
        if self._rests(JOURNAL):
            return _Found()
        try:
            found = self._rows(of, "element_id", ids, ("element", frozenset(SAID)), single=False)
            ours = self._notes.ours(row for rows in found.rows.values() for row in rows)
        except Closed:
            return self._judged(_Found(), JOURNAL, self._shows_journal)
        judged = self._judged(found, JOURNAL, self._shows_journal)
        for ticket, rows in judged.rows.items():
            judged.rows[ticket] = [row for row in rows if stored(row, "sys_id") not in ours]
        return judged

    def _rests(self, name: str) -> bool:
        return time.monotonic() < self._closed.get(name, 0.0)

    def _judged(self, found: _Found, name: str, shows: Callable[[], bool]) -> _Found:
        """Return what was found, with whether it was shown: a user without rights is shown nothing, without a word."""
        found.shown = bool(found.rows) or shows()
        if not found.shown:
            self._closed[name] = time.monotonic() + AGAIN
        return found

    def _rows(
        self, of: Asked, key: str, ids: Sequence[str], kinds: tuple[str, frozenset[str]], *, single: bool
    ) -> _Found:
        """Return rows by ticket. Raises: SourceError where others come than were asked for."""
        found, wanted = _Found(), frozenset(ids)
        parts = [[each] for each in ids] if single else [list(ids)]
        for part in parts:
            clause = f"{key}={part[0]}" if single else f"{key}IN{','.join(part)}"
            for batch in self._keyset.sweep(replace(of, where=within(of.where, clause))):
                for row in batch.items:
                    ticket, kind = sys_id(row, key), stored(row, kinds[0])
                    if ticket not in wanted or kind not in kinds[1]:
                        raise SourceError(
                            f"{of.table}: asked for some tickets' rows, and ServiceNow showed others: this user may "
                            f"not read '{key}' or '{kinds[0]}'"
                        )
                    found.rows.setdefault(ticket, []).append(row)
                if batch.broken:
                    # Nobody can tell whose row it is.
                    found.broken.update(part)
        return found

    def _shows_journal(self) -> bool:
        """Say whether any row of the journal is shown, with all its columns."""
        try:
            rows = self._api.page(JOURNAL, "", ENTRY, SOME).items
        except Closed:
            return False
        return set(ENTRY) <= perhaps(rows[0] if rows else None).keys()

    @contextmanager
    def _alone(self) -> Generator[None]:
        if not self._lock.acquire(timeout=self._patience):
            raise RetryLater(f"{AUDIT}: another reader of this instance has it, and nobody asks beside it")
        try:
            yield
        finally:
            self._lock.release()


def _written(changes: _Found, notes: Notes) -> _Found:
    """Return what the audit tells of the journal, as its entries."""
    found = _Found(broken=changes.broken, shown=changes.shown)
    for ticket, rows in changes.rows.items():
        found.rows[ticket] = [
            {
                "sys_id": row["sys_id"],
                "element": row["fieldname"],
                "element_id": ticket,
                "sys_created_on": row["sys_created_on"],
                "sys_created_by": row["user"],
            }
            for row in rows
            if stored(row, "fieldname") in SAID and not _ours(row, notes)
        ]
    return found


def _ours(row: Row, notes: Notes) -> bool:
    noted = stored(row, "fieldname") == "work_notes" and marked(stored(row, "newvalue"))
    return noted and notes.wrote(stored(row, "user"))
