"""What happened to a ticket: rows of its audit and its journal as events. Pure.

The audit has a row for each changed column; all rows of one update share its number. Initial values are no rows: a
column was, at the beginning, what its first row started from, else what it is now.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors import COMMENTS, Change, Comment, Event, SourceValue
from connectors.servicenow.histories import Past
from connectors.servicenow.keyset import Row
from connectors.servicenow.mapping import Seen
from connectors.servicenow.shapes import instant, number, stored, sys_id
from connectors.servicenow.values import Columns

__all__ = ["Told", "told", "users"]

NEAR: Final = timedelta(seconds=2)
"""The rows of one update may bear times of more than one second."""

SECOND: Final = timedelta(seconds=1)

NOTHING: Final = timedelta(0)

PUBLIC: Final = "comments"

LAST: Final = 2**31 - 1
"""The order of what comes after everything else of its second."""

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""What is written on tickets is seen in no picture of them."""


@dataclass(frozen=True, slots=True)
class Told:
    """events: what happened, in order. gaps: as in `Ticket`."""

    events: tuple[Event, ...]
    gaps: Mapping[str, datetime | None]


@dataclass(slots=True)
class _Update:
    """One update of a ticket. number: how many there were with it; -1 where that is not told."""

    number: int
    at: datetime
    user: str
    rows: list[Row] = field(default_factory=list[Row])
    entries: list[Row] = field(default_factory=list[Row])

    @property
    def order(self) -> tuple[datetime, int]:
        return self.at, self.number


def users(past: Past) -> Iterator[str]:
    """Yield the names of all who did something, in the words of the log."""
    yield from (stored(row, "user") for row in past.changes)
    yield from (stored(row, "sys_created_by") for row in past.entries)


def told(seen: Seen, past: Past, columns: Columns, person: Callable[[str], str | None]) -> Told:
    """Return what is told of a ticket. person: the one id of somebody whom logs call by name.

    Raises: Unreadable.
    """
    updates = _updates(past)
    values = _initial(seen, updates)
    holes: dict[str, datetime] = {}
    events: list[Event] = []
    for update in updates:
        events += _event(seen, update, values, holes, columns, person)
    if past.audited:
        events += _end(seen, past, values, holes, columns, events[-1].at if events else None)
    return Told(tuple(events), _gaps(seen, past, holes, columns))


def _updates(past: Past) -> list[_Update]:
    """Return the updates in order, what was written among them."""
    rows = sorted(past.changes, key=lambda row: (instant(row, "sys_created_on"), _number(row), sys_id(row)))
    found: list[_Update] = []
    for row in rows:
        at, count, user = instant(row, "sys_created_on"), _number(row), stored(row, "user")
        mine = next((each for each in reversed(found) if _of(each, at, count, user)), None)
        if mine is None:
            found.append(mine := _Update(count, at, user))
        mine.rows.append(row)
    for row in sorted(past.entries, key=lambda row: (instant(row, "sys_created_on"), sys_id(row))):
        at, user = instant(row, "sys_created_on"), stored(row, "sys_created_by")
        near = [each for each in found if each.rows and each.user == user and abs(each.at - at) <= SECOND]
        if near:
            min(near, key=lambda each: abs(each.at - at)).entries.append(row)
        else:
            found.append(_Update(-1, at, user, entries=[row]))
    return sorted(found, key=lambda each: each.order)


def _of(update: _Update, at: datetime, count: int, user: str) -> bool:
    near = NEAR if count >= 0 else NOTHING
    return update.number == count and update.user == user and at - update.at <= near


def _number(row: Row) -> int:
    return number(row, "record_checkpoint", -1)


def _initial(seen: Seen, updates: Sequence[_Update]) -> dict[str, str]:
    """Return the columns at the ticket's beginning; those alone that are told."""
    values = dict(seen.raw)
    for update in reversed(updates):
        for row in reversed(update.rows):
            # What was written when the ticket was made is its beginning.
            values[stored(row, "fieldname")] = stored(row, "oldvalue" if update.number else "newvalue")
    return values


def _event(
    seen: Seen,
    update: _Update,
    values: dict[str, str],
    holes: dict[str, datetime],
    columns: Columns,
    person: Callable[[str], str | None],
) -> Iterator[Event]:
    """Yield the event of one update, if it changed anything that is followed; go on to its values."""
    believed = columns.fields(values)
    for row in update.rows:
        column, old = stored(row, "fieldname"), stored(row, "oldvalue")
        if update.number and values.get(column, "") != old:
            # Something has changed it in between that the log does not tell of.
            values[column] = old
    before = columns.fields(values)
    holes |= {name: update.at for name, value in before.items() if value != believed[name]}
    for row in update.rows:
        column = stored(row, "fieldname")
        if update.number and values.get(column, "") != stored(row, "newvalue"):
            # Of what was referred to before, nobody tells.
            holes |= dict.fromkeys(columns.behind(column), update.at)
        values[column] = stored(row, "newvalue")
    after = columns.fields(values)
    # The beginning itself is no event.
    changes = _changes(believed, before, after) if update.number else ()
    actor = person(update.user)
    comments = tuple(
        Comment(sys_id(row), person(stored(row, "sys_created_by")), stored(row, "element") == PUBLIC)
        for row in update.entries
    )
    if not (changes or comments):
        return
    first = sys_id((update.rows or update.entries)[0])
    yield Event(
        ticket_id=seen.id,
        stream=seen.table,
        id=f"{'update' if update.rows else 'entry'}:{first}:{_mark(changes, comments)}",
        at=update.at,
        order=max(0, update.number),
        actor=actor,
        changes=changes,
        comments=comments,
    )


def _changes(
    believed: Mapping[str, SourceValue], before: Mapping[str, SourceValue], after: Mapping[str, SourceValue]
) -> tuple[Change, ...]:
    """Return what an update makes of the fields. believed: what they were so far; before: what it says they were."""
    found: list[Change] = []
    for name in sorted(after):
        was = before[name] if before[name] != after[name] else believed[name]
        if was != after[name]:
            found.append(Change(name, was, after[name]))
    return tuple(found)


def _end(
    seen: Seen,
    past: Past,
    values: Mapping[str, str],
    holes: dict[str, datetime],
    columns: Columns,
    last: datetime | None,
) -> Iterator[Event]:
    """Yield what has become of a ticket besides, which the log does not tell of; the picture shows it."""
    believed = columns.fields(values)
    wrong = [each for each in columns.audited() if not _leads(seen, past, values, each)]
    changes = _changes(believed, believed, columns.fields({**values, **{each: seen.raw[each] for each in wrong}}))
    if not changes:
        return
    holes |= {each.field: seen.updated for each in changes}
    began = seen.ticket.created_at if seen.ticket is not None else seen.updated
    yield Event(
        ticket_id=seen.id,
        stream=seen.table,
        id=f"seen:{seen.id}:{seen.changes}:{_mark(changes, ())}",
        at=min(last or began, seen.updated),
        order=LAST,
        actor=None,
        changes=changes,
        latest=seen.updated,
    )


def _gaps(seen: Seen, past: Past, holes: Mapping[str, datetime], columns: Columns) -> dict[str, datetime | None]:
    """Return since when the history of fields is whole whose history is not."""
    found: dict[str, datetime | None] = {} if past.heard else {COMMENTS: NEVER}
    names = {name for column in columns.audited() for name in columns.fed(column)}
    if not past.audited:
        found.update(dict.fromkeys(names))
    elif past.broken:
        found.update(dict.fromkeys(names, seen.updated))
    else:
        found.update(holes)
    if (purged := _purged(seen, past)) is not None:
        found.update({name: max(purged, at) for name in names if (at := found.get(name, purged)) is not None})
    return found


def _purged(seen: Seen, past: Past) -> datetime | None:
    """Return since when the audit of a ticket is there whose first updates it may have lost."""
    began = seen.ticket.created_at if seen.ticket is not None else seen.updated
    first = min(map(_number, past.changes), default=seen.changes + 1)
    lost = past.since is not None and began < past.since and seen.changes > 0 and first > 1
    return past.since if lost else None


def _leads(seen: Seen, past: Past, values: Mapping[str, str], column: str) -> bool:
    """Say whether what the log tells of a column leads to what it is; the log may be ahead of the picture."""
    if column not in seen.raw or values.get(column, "") == seen.raw[column]:
        return True
    later = [row for row in past.changes if stored(row, "fieldname") == column and _number(row) > seen.changes]
    first = min(later, key=_number, default=None)
    return first is not None and stored(first, "oldvalue") == seen.raw[column]


def _mark(changes: Sequence[Change], comments: Sequence[Comment]) -> str:
    """Return what tells an event from what rows that came late make of it.

    Not by whom: people are deleted and renamed, and are then known by another id.
    """
    said: list[object] = [[each.field, _plain(each.before), _plain(each.after)] for each in changes]
    said += [[each.id, each.public] for each in comments]
    return hashlib.sha256(json.dumps(said).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _plain(value: SourceValue) -> object:
    return list(value) if isinstance(value, tuple) else value
