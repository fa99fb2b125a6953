"""When services could not be used: `cmdb_ci_outage`, what it touched, and the tickets about it.

A service or a ticket is joined to an outage by a row of its own, and the outage's does not change with it: so those
rows are followed as well, and the outages that they name are read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from connectors import (
    Checkpoint,
    Label,
    Outage,
    OutageKind,
    Page,
    Record,
    SourceError,
    Stream,
    Unreadable,
    perhaps,
    readable,
)
from connectors.servicenow.client import stops
from connectors.servicenow.deletions import OUTAGES
from connectors.servicenow.keyset import Asked, Keyset, Place, Row
from connectors.servicenow.mapping import row_id, shown
from connectors.servicenow.scope import Scope
from connectors.servicenow.shapes import instant, moment, stored, sys_id
from connectors.servicenow.streams import LATE, OVERLAP
from connectors.servicenow.tickets import HELD_BACK

__all__ = ["STREAMS", "changed", "streams"]

COLUMNS: Final = ("sys_id", "type", "begin", "end", "cmdb_ci", "task_number", "sys_updated_on")

AT_ONCE: Final = 100
"""Outages of a page; what belongs to them is asked for by their ids."""


@dataclass(frozen=True, slots=True)
class _Joined:
    """A table whose rows join something to an outage. column: what they join to it."""

    table: str
    column: str


SERVICES: Final = _Joined("cmdb_outage_ci_mtom", "ci_item")

TICKETS: Final = _Joined("task_outage", "task")

STREAMS: Final[Mapping[str, _Joined | None]] = {"outages": None, "outage_services": SERVICES, "outage_tickets": TICKETS}
"""The streams, each with the table that it follows; None: the outages themselves."""


def streams(every: timedelta) -> tuple[Stream, ...]:
    """Return what is read of outages."""
    return tuple(Stream(name, every=every) for name in STREAMS)


def changed(stream: str, keyset: Keyset, scope: Scope, since: Checkpoint) -> Iterator[Page]:
    """Yield the outages that have changed, or to which something was joined; none where they may not be read."""
    place, asked, joined = Place.loaded(since.cursor), scope.clock(), STREAMS[stream]
    until = asked - HELD_BACK
    of = Asked(OUTAGES, COLUMNS, labels=True, size=AT_ONCE)
    if joined is not None:
        of = Asked(joined.table, ("sys_id", "outage", "sys_updated_on"), size=AT_ONCE)
    try:
        for batch in keyset.changed(of, place, until):
            rows: Sequence[Row] = batch.items
            if joined is not None:
                named = sorted({stored(row, "outage") for row in rows} - {""})
                rows = keyset.named(Asked(OUTAGES, COLUMNS, labels=True), named).items if named else ()
            yield _page(keyset, stream, rows, batch.place.checkpoint())
    except SourceError as error:
        if stops(error):
            raise
        # Outages are a plug-in, and so are the rows that join tickets to them; not every account may read them.
        yield Page((), since)
        return
    yield Page((), Place(max(place.at, until - OVERLAP)).checkpoint(), asked - LATE)


def _page(keyset: Keyset, stream: str, rows: Sequence[Row], after: Checkpoint) -> Page:
    ids = [found for row in rows if (found := row_id(row))]
    services, tickets = _by_outage(keyset, SERVICES, ids), _by_outage(keyset, TICKETS, ids)
    outages: tuple[Outage, ...]
    outages, aside = readable(stream, rows, partial(_outage, services, tickets), row_id)
    names = {
        stored(row, column): name
        for joins, column in ((rows, "cmdb_ci"), *((some, SERVICES.column) for some in services.values()))
        for row in joins
        if stored(row, column) and (name := shown(row, column))
    }
    labels: list[Record] = [Label("service", value, name) for value, name in names.items()]
    return Page((*labels, *outages), after, set_aside=aside)


def _by_outage(keyset: Keyset, joined: _Joined, ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    """Return the rows that join something to these outages; none where they may not be read."""
    found: dict[str, list[Row]] = {}
    if not ids:
        return found
    of = Asked(joined.table, ("sys_id", "outage", joined.column), f"outageIN{','.join(ids)}", labels=True, size=500)
    try:
        for batch in keyset.sweep(of):
            for row in batch.items:
                found.setdefault(stored(row, "outage"), []).append(row)
    except SourceError as error:
        if stops(error):
            raise
    return found


def _outage(services: Mapping[str, Sequence[Row]], tickets: Mapping[str, Sequence[Row]], row: object) -> Outage:
    told = perhaps(row)
    ident, kind, end = sys_id(told), stored(told, "type"), stored(told, "end")
    if kind not in set(OutageKind):
        raise Unreadable(f"the type '{kind}' of an outage is not known")
    ended = moment(end)
    if end and ended is None:
        raise Unreadable("'end' is not a time")
    began = instant(told, "begin")
    if ended is not None and ended < began:
        raise Unreadable("it ends before it begins")
    return Outage(
        ident,
        OutageKind(kind),
        began,
        ended,
        _ids(stored(told, "cmdb_ci"), services.get(ident, ()), SERVICES.column),
        _ids(stored(told, "task_number"), tickets.get(ident, ()), TICKETS.column),
    )


def _ids(first: str, rows: Sequence[Row], column: str) -> tuple[str, ...]:
    return tuple(sorted({first, *(stored(row, column) for row in rows)} - {""}))
