"""Everything of an instance that a suggestion is made of, as ServiceNow tells it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from connectors import Label, RetryLater, SourceError
from connectors.servicenow import catalogue
from connectors.servicenow.client import Api
from connectors.servicenow.encoded import parsed, values
from connectors.servicenow.keyset import Asked, Keyset, Row
from connectors.servicenow.schedules import FLOATING
from connectors.servicenow.scope import Scope
from connectors.servicenow.shapes import IDENTIFIER, stored

__all__ = ["OF_DEFINITION", "Survey", "survey", "zone_path"]

SIZE: Final = 500

DEFINITIONS: Final = (
    "sys_id", "name", "type", "target", "collection", "active", "duration", "duration_type", "schedule",
    "schedule_source", "schedule_source_field", "timezone_source", "timezone", "start_condition", "pause_condition",
    "stop_condition", "reset_condition", "cancel_condition", "when_to_resume", "when_to_cancel", "retroactive",
    "retroactive_pause", "set_start_to",
)  # fmt: skip
SCHEDULES: Final = ("sys_id", "name", "time_zone", "parent")
SPANS: Final = (
    "sys_id", "schedule", "name", "type", "start_date_time", "end_date_time", "all_day", "repeat_type", "repeat_count",
    "repeat_until", "days_of_week", "monthly_type", "yearly_type", "month", "float_week", "float_day", "override",
)  # fmt: skip
CHILDREN: Final = ("sys_id", "schedule", "child_schedule", "type")

ZONE: Final = "glide.sys.default.tz"

NAMED: Final[Mapping[str, str]] = {
    "assignment_group": "sys_user_group",
    "assigned_to": "sys_user",
    "caller_id": "sys_user",
    "requested_for": "sys_user",
    "requested_by": "sys_user",
    "opened_by": "sys_user",
    "company": "core_company",
    "location": "cmn_location",
    "business_service": "cmdb_ci_service",
}
"""The tables of what conditions refer to, by column."""

CALLER: Final = "task.caller_id.time_zone"
"""Where a definition finds the time zone of a schedule without one, unless it says otherwise."""

OF_DEFINITION: Final = "sla.timezone"

TIME_ZONE: Final = "time_zone"

PLAIN: Final = frozenset("^,=")
"""What a name may not hold that is looked for in a filter."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Rows as they came; none of a table that this user may not read.

    labels: the names of states and priorities. named: the rows that conditions refer to, by column. alike: of these
    columns, the names that several rows have, in lower case. zone: the instance's own, empty where it is not told.
    zones: those that there are, by the column of a ticket, `caller_id.time_zone`, that some definition goes by; None
        where they are not told.
    today: by ServiceNow's clock.
    """

    today: date
    definitions: Sequence[Row] = ()
    schedules: Sequence[Row] = ()
    spans: Sequence[Row] = ()
    children: Sequence[Row] = ()
    labels: Sequence[Label] = ()
    named: Mapping[str, Sequence[Row]] = field(default_factory=dict[str, Sequence[Row]])
    alike: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    zone: str = ""
    zones: Mapping[str, Sequence[str] | None] = field(default_factory=dict[str, "Sequence[str] | None"])


def survey(api: Api, scope: Scope) -> Survey:
    """Ask for the lists, and for the names of what conditions refer to. Raises: SourceError."""
    keyset = Keyset(api)
    today = scope.clock().date()
    definitions = [row for row in _rows(keyset, "contract_sla", DEFINITIONS) if stored(row, "active") != "false"]
    named = {column: _by_id(keyset, NAMED[column], ids) for column, ids in _referred(definitions).items()}
    schedules = _rows(keyset, "cmn_schedule", SCHEDULES)
    return Survey(
        today=today,
        definitions=definitions,
        schedules=schedules,
        spans=_rows(keyset, "cmn_schedule_span", SPANS),
        children=_rows(keyset, "cmn_other_schedule", CHILDREN),
        labels=[each for each in catalogue.read(api, scope, ()).records if isinstance(each, Label)],
        named=named,
        alike={column: _alike(keyset, NAMED[column], rows) for column, rows in named.items()},
        zone=next((stored(row, "value") for row in _properties(keyset) if stored(row, "name") == ZONE), ""),
        zones={path: _zones(api, path) for path in sorted(_paths(definitions, schedules))},
    )


def _rows(keyset: Keyset, table: str, columns: Sequence[str]) -> list[Row]:
    """Return a small table."""
    try:
        return [row for batch in keyset.sweep(Asked(table, columns=tuple(columns), size=SIZE)) for row in batch.items]
    except RetryLater:
        raise
    except SourceError:
        return []


def _named(keyset: Keyset, of: Asked, ids: Sequence[str], column: str = "sys_id") -> Sequence[Row]:
    try:
        return keyset.named(of, ids, column).items
    except RetryLater:
        raise
    except SourceError:
        return ()


def _referred(definitions: Iterable[Row]) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for row in definitions:
        for group in parsed(stored(row, "start_condition")):
            for term in (term for clause in group for term in clause):
                if term.column in NAMED and term.operator in ("=", "!=", "IN", "NOT IN"):
                    found[term.column] |= set(values(term))
    return dict(found)


def _by_id(keyset: Keyset, table: str, ids: Iterable[str]) -> Sequence[Row]:
    wanted = sorted(each for each in ids if IDENTIFIER.fullmatch(each))
    return _named(keyset, Asked(table, ("sys_id", "name")), wanted)


def zone_path(definition: Row) -> str:
    """Return the column of a ticket that tells the time zone of a schedule without one; empty: the definition does."""
    source = stored(definition, "timezone_source") or CALLER
    return "" if source == OF_DEFINITION else source.removeprefix("task.")


def _paths(definitions: Iterable[Row], schedules: Iterable[Row]) -> set[str]:
    floating = {stored(row, "sys_id") for row in schedules if stored(row, TIME_ZONE) in FLOATING}
    return {zone_path(row) for row in definitions if stored(row, "schedule") in floating} - {""}


def _zones(api: Api, path: str) -> Sequence[str] | None:
    """Return the time zones of all people, or of all places."""
    try:
        return api.groups("cmn_location" if ".location." in f".{path}" else "sys_user", TIME_ZONE)
    except RetryLater:
        raise
    except SourceError:
        return None


def _alike(keyset: Keyset, table: str, rows: Sequence[Row]) -> frozenset[str]:
    """Return the names that stand for several rows, or perhaps do: nobody looks for what a filter cannot hold."""
    names = {stored(row, "name") for row in rows}
    odd = {name for name in names if not PLAIN.isdisjoint(name) or name != name.strip() or not name}
    times = defaultdict[str, set[str]](set)
    for name in sorted(names - odd):
        of = Asked(table, ("sys_id", "name"), f"name={name}", size=SIZE)
        for batch in keyset.sweep(of):
            for row in batch.items:
                times[stored(row, "name").casefold()].add(stored(row, "sys_id"))
    return frozenset({*(name.casefold() for name in odd), *(name for name, ids in times.items() if len(ids) > 1)})


def _properties(keyset: Keyset) -> Sequence[Row]:
    """Return the property that holds the instance's time zone; few may read it."""
    return _named(keyset, Asked("sys_properties", ("sys_id", "name", "value")), (ZONE,), "name")
