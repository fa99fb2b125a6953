"""What is read with its own cursor, and how far each pass over a table is.

A pass reads everything that changed since the last one began, less an overlap: a change is stamped before it is
committed, and seen only then.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from connectors import Checkpoint, Page, Stream, Ticket, resumed
from connectors.servicenow.keyset import DAWN, SECOND, Place, Row
from connectors.servicenow.keyset import Keyset as Reader
from connectors.servicenow.scope import Scope
from connectors.servicenow.shapes import instant, number, sys_id
from connectors.servicenow.terms import within
from connectors.servicenow.tickets import HELD_BACK, Read, Tickets

__all__ = ["LATE", "OPEN", "Pass", "Passes", "page_of", "streams"]

OPEN: Final = "open_tickets"

LATE: Final = timedelta(minutes=2)
"""How much later than its stamp a change may be seen. What is later still the census finds."""

OVERLAP: Final = 2 * LATE

UNSURE: Final = timedelta(seconds=60)
"""The audit of a change may be written a little later than the change; what is so young is read once more."""

MOST_RECENT: Final = 5000
"""Tickets of the overlap whose state is remembered in the cursor; beyond that, they are read once more."""

ACTIVE: Final = "active=true"


def streams(scope: Scope) -> Sequence[Stream]:
    """Return the streams of tickets, one for each table."""
    tables = [Stream(each, carries_history=True) for each in scope.tables]
    # Its events belong to the tables' streams, which alone say how far history is whole.
    return (*tables, Stream(OPEN, once=True))


@dataclass(frozen=True, slots=True)
class Pass:
    """All that changed before `mark` is read. Instants are seconds since 1970, of ServiceNow's clock.

    until: up to when the pass under way reads, 0 where none is. at, id: its place.
    recent: the tickets that the overlap will show again, with the change that was read: when, and which.
    """

    mark: int
    until: int = 0
    at: int = 0
    id: str = ""
    recent: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def loaded(cls, cursor: str) -> "Pass":
        """Return the pass of a checkpoint. Raises: SourceError."""
        return resumed(cursor, cls._read)

    @classmethod
    def _read(cls, raw: Any) -> "Pass":
        recent = {str(key): (int(at), int(count)) for key, (at, count) in raw["recent"].items()}
        mark, until, at = (_seconds(_instant(int(raw[name]))) for name in ("mark", "until", "at"))
        return cls(mark, until, at, str(raw["id"]), recent)

    def begun(self, now: datetime) -> "Pass":
        """Return the pass under way; a new one begins before the end of the last one."""
        if self.until:
            return self
        until = _seconds(now - HELD_BACK)
        since = max(self.mark - int(OVERLAP.total_seconds()), 0) if self.mark else 0
        return replace(self, until=max(until, since), at=max(since - 1, _seconds(DAWN)), id="")

    @property
    def place(self) -> Place:
        return Place(_instant(self.at), self.id)


class Passes:
    """Reads tickets and all that happened to them, those changed longest ago first."""

    def __init__(self, reader: Reader, scope: Scope, tickets: Tickets) -> None:
        self._reader, self._scope, self._tickets = reader, scope, tickets

    def start(self, stream: str, at: datetime | None) -> Checkpoint:
        """Return where everything changed at or after an instant begins; None: all there is."""
        if stream == OPEN:
            return Checkpoint("[]")
        # Its overlap is read as well.
        return Pass(0 if at is None else _seconds(at + OVERLAP)).checkpoint()

    def changed(self, table: str, since: Checkpoint) -> Iterator[Page]:
        """Yield what has changed in a table until the pass is over."""
        done = Pass.loaded(since.cursor)
        done = done.begun(self._scope.checked(table))
        self._scope.sure_of_times(table)
        recent, young = dict(done.recent), done.until - int((UNSURE - HELD_BACK).total_seconds())
        floor = done.until - int(OVERLAP.total_seconds())
        of = self._tickets.asked(table, self._scope.query(table))
        for batch in self._reader.changed(of, done.place, _instant(done.until)):
            rows = [(sys_id(row), _change(row), row) for row in batch.items]
            fresh = [row for ident, change, row in rows if recent.get(ident) != change]
            read = self._tickets.listed(table, fresh, batch.broken)
            # What was not to be read whole is not remembered, and read once more.
            whole = {each.ticket_id for each in read.complete}
            recent |= {ident: at for ident, at, _ in rows if ident in whole and floor <= at[0] <= young}
            done = replace(done, at=_seconds(batch.place.at), id=batch.place.sys_id, recent=_last(recent))
            yield page_of(read, done.checkpoint())
        mark = max(done.mark, done.until)
        kept = {ident: change for ident, change in recent.items() if change[0] >= floor}
        ended = Pass(mark, recent=_last(kept))
        yield Page((), ended.checkpoint(), _instant(done.until) - (LATE - HELD_BACK), outside=frozenset())

    def open(self, since: Checkpoint) -> Iterator[Page]:
        """Yield the tickets that are open, table by table."""
        begun, after = _opened(since.cursor)
        tables = list(self._scope.tables)
        for table in tables[tables.index(begun) if begun in tables else 0 :]:
            self._scope.checked(table)
            of = self._tickets.asked(table, within(self._scope.query(table), ACTIVE))
            for batch in self._reader.sweep(of, after if table == begun else ""):
                read = self._tickets.listed(table, batch.items, batch.broken)
                yield page_of(read, _opening(table, batch.place.sys_id))
        yield Page((), _opening(tables[-1], LAST_ID))

    def unsolved(self, most: int) -> Iterator[Ticket]:
        """Yield at most so many pictures of tickets that are open."""
        for table in self._scope.tables:
            self._scope.checked(table)
            of = self._tickets.asked(table, within(self._scope.query(table), ACTIVE))
            for batch in self._reader.sweep(of):
                found = self._tickets.pictures(table, batch.items)[:most]
                yield from found
                most -= len(found)
                if most <= 0:
                    return


LAST_ID: Final = "z" * 32
"""Behind every id."""


def page_of(read: Read, checkpoint: Checkpoint) -> Page:
    """Return a page of what was read."""
    return Page(
        tuple(read.records),
        checkpoint,
        complete=tuple(read.complete),
        set_aside=tuple(read.set_aside),
        outside=frozenset(read.outside),
        hidden=frozenset(read.hidden),
    )


def _change(row: Row) -> tuple[int, int]:
    return _seconds(instant(row, "sys_updated_on")), number(row, "sys_mod_count")


def _last(recent: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Return the youngest of them, as many as are remembered."""
    return dict(sorted(recent.items(), key=lambda each: each[1])[-MOST_RECENT:])


def _opening(table: str, after: str) -> Checkpoint:
    return Checkpoint(json.dumps([table, after], separators=(",", ":")))


def _opened(cursor: str) -> tuple[str, str]:
    return resumed(cursor, lambda found: (str(found[0]), str(found[1])) if found else ("", ""))


def _seconds(at: datetime) -> int:
    return int((at - DAWN) // SECOND)


def _instant(seconds: int) -> datetime:
    return DAWN + seconds * SECOND
