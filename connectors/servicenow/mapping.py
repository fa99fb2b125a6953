"""ServiceNow's rows as the hub's records: tickets, names, people. Pure: no client, no clock."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from connectors import Event, Label, Organisation, Record, Slot, Team, Ticket, Unreadable, fields_of, perhaps
from connectors.servicenow.own import OwnColumn, own_values
from connectors.servicenow.shapes import filled, instant, moment, number, stored, sys_id
from connectors.servicenow.values import Columns, custom, status_value
from connectors.servicenow.words import category

__all__ = [
    "LABELLED",
    "Seen",
    "labels",
    "passed",
    "picture",
    "raw_of",
    "row_id",
    "seen",
    "shown",
    "version",
    "with_hold",
]

LABELLED: Final = ("priority", "impact", "urgency")

NAMED: Final[Mapping[str, str]] = {"business_service": "service", "location": "requester_site"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One row of a ticket, and what its history is read with.

    raw: its columns as they are stored, those alone that are shown. changes: how often it was changed; updated: when
    last. opener: who entered it, by sys_id. ticket: None where no picture can be made of it, for the `reason`.
    """

    id: str
    table: str
    raw: Mapping[str, str]
    changes: int
    updated: datetime
    opener: str
    ticket: Ticket | None
    reason: str = ""


def seen(raw: object, columns: Columns, site: str, own: Mapping[Slot, OwnColumn]) -> Seen:
    """Return a ticket as a page shows it. own: the columns that show what the hub says, by slot."""
    row = fields_of(raw)
    known = raw_of(row, columns)
    ticket, reason = None, ""
    try:
        ticket = picture(row, columns, site, own)
    except Unreadable as error:
        reason = str(error)
    return Seen(
        sys_id(row),
        columns.place(stored(row, "sys_class_name") or columns.table),
        known,
        number(row, "sys_mod_count"),
        instant(row, "sys_updated_on"),
        stored(row, "opened_by"),
        ticket,
        reason,
    )


def picture(row: Mapping[str, object], columns: Columns, site: str, own: Mapping[Slot, OwnColumn]) -> Ticket:
    """Return the ticket that a row shows. Raises: Unreadable."""
    ident, table = sys_id(row), stored(row, "sys_class_name") or columns.table
    created, updated = instant(row, "sys_created_on"), instant(row, "sys_updated_on")
    where = quote(f"{table}.do?sys_id={ident}", safe="")
    return Ticket(
        id=ident,
        key=stored(row, "number") or ident,
        url=f"{site}/nav_to.do?uri=%2F{where}",
        created_at=created,
        # Clocks of an instance's nodes differ.
        updated_at=max(created, updated),
        version=version(updated, number(row, "sys_mod_count")),
        values=columns.fields(raw_of(row, columns)),
        own={str(slot): word for slot, word in own_values(row, own).items()},
    )


def raw_of(row: Mapping[str, object], columns: Columns) -> dict[str, str]:
    """Return the followed columns of a row as they are stored; one that is not shown is left out."""
    return {each: stored(row, each) for each in (*columns.audited(), columns.company, *columns.walked) if each in row}


def version(updated: datetime, changes: int) -> int:
    """Return a number that grows with each change: by the second, within one by the count of changes."""
    return int(updated.timestamp()) * 1000 + changes % 1000


def labels(raw: object, columns: Columns) -> Iterator[Record]:
    """Yield the names that a row shows beside its values."""
    row = perhaps(raw)
    table = stored(row, "sys_class_name") or columns.table
    state, name = stored(row, "state"), shown(row, "state")
    if state and name:
        yield Label("status", str(status_value(table, state)), name, category(columns.place(table), state))
        status = columns.fields(raw_of(row, columns))["status"]
        hold = str(status).removeprefix(f"{table}/{state}").strip("/")
        if hold:
            said = shown(row, columns.hold) if hold != "hold" else ""
            yield with_hold(table, columns.place(table), state, hold, name, said)
    if kind := shown(row, "sys_class_name"):
        yield Label("kind", table, kind)
        yield Label("table", columns.place(table), kind if columns.place(table) == table else columns.table)
    for column in LABELLED:
        if (value := filled(row, column)) and (said := shown(row, column)):
            yield Label(column, value, said)
    for column, name in NAMED.items():
        if (value := filled(row, column)) and (said := shown(row, column)):
            yield Label(name, value, said)
    for column in columns.more:
        value, said = filled(row, column), shown(row, column)
        if value and said and said != value and moment(value) is None:
            yield Label(custom(column), value, said)
    if (team := filled(row, "assignment_group")) and (said := shown(row, "assignment_group")):
        yield Team(team, said)
    for column in ("company", columns.company):
        if (company := filled(row, column)) and (said := shown(row, column)):
            yield Organisation(company, said)


def passed(events: Iterable[Event], columns: Columns) -> Iterator[Label]:
    """Yield what the statuses mean that tickets had: no row may show them, and their names, any more."""
    seen = {
        value
        for event in events
        for each in event.changes
        for value in (each.before, each.after)
        if each.field == "status"
    }
    for value in sorted(each for each in seen if isinstance(each, str)):
        kind, state, hold = (*value.split("/", 2), "", "")[:3]
        yield Label("status", value, "", category(columns.place(kind), state, hold))


def with_hold(table: str, place: str, state: str, hold: str, name: str, said: str) -> Label:
    """Return the name of a status that waits. name: of its state; said: for what it waits, in the instance's words."""
    spoken_name = f"{name}: {said or ('on hold' if hold == 'hold' else hold)}"
    return Label("status", str(status_value(table, state, hold)), spoken_name, category(place, state, hold))


def shown(row: Mapping[str, object], column: str) -> str:
    """Return what people see in a column; empty where nothing is shown beside the value."""
    told = perhaps(row.get(column)).get("display_value")
    return told.strip() if isinstance(told, str) else ""


def row_id(raw: object) -> str:
    """Return the sys_id of a row as far as it has one; empty where it has none."""
    told = perhaps(raw).get("sys_id")
    word = perhaps(told).get("value", told)
    return word if isinstance(word, str) else ""
