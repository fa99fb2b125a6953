"""Copies what the sources said into another database, so that everything else can be computed again there."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, literal, select, true

from core.errors import StoreError
from core.store import schema, tables
from core.store.bulk import Upsert
from core.store.database import Store
from core.store.transfer import carried, number_on

__all__ = ["facts_to"]

ROWS_AT_ONCE = 2000

_COPIED: tuple[Table, ...] = (
    tables.connection,
    tables.lane,
    tables.ticket,
    tables.coverage,
    tables.event,
    tables.mention,
    tables.person,
    tables.person_role,
    tables.organisation,
    tables.team,
    tables.label,
    tables.rating,
    tables.native_clock,
    tables.outage,
    tables.set_aside,
    tables.revision,
    tables.field,
)
"""In the order in which rows refer to each other."""

_FACTS: dict[Table, frozenset[str]] = {
    tables.ticket: frozenset(
        {
            "id",
            "connection_id",
            "source_id",
            "key",
            "url",
            "created_at",
            "updated_at",
            "version",
            "source_values",
            "presence",
            "gaps",
            "left_out_until",
            "lost_at",
            "unlisted_at",
            "listed",
            "aged_at",
        }
    ),
    tables.field: frozenset({"id", "ticket_id", "slot", "known", "shown", "shown_version"}),
}
"""Columns that hold what the source said, where a table holds more than that."""


def facts_to(source: Store, target: Store) -> None:
    """Copy all source facts and revisions; every ticket of the target then waits to be judged.

    Left out is what is computed or done by the hub: clocks, verdicts, wishes, writes, runs, findings, tokens.
    target: migrated and empty. Raises: StoreError.
    """
    schema.require(source)
    schema.require(target)
    with source.view() as old, target.unit() as new:
        for table in _COPIED:
            if new.execute(select(literal(1)).select_from(table).limit(1)).first() is not None:
                raise StoreError(f"the target database is not empty: table {table.name} has rows")
        for table in _COPIED:
            _copy(old, new, table)


def _copy(old: Connection, new: Connection, table: Table) -> None:
    facts = _FACTS.get(table, frozenset(table.c.keys()))
    which = tables.field.c.known if table is tables.field else true()
    rows = old.execute(select(*(_carried(column, facts) for column in table.c)).where(which))
    copied = Upsert(table, tuple(table.c.keys()), key=tuple(column.name for column in table.primary_key))
    for part in rows.partitions(ROWS_AT_ONCE):
        copied.run(new, [tuple(row) for row in part])
    number_on(new, table)


def _carried(column: Column[Any], facts: frozenset[str]) -> ColumnElement[Any]:
    """Return the column's value as it is carried: as stored, or as it is in a new row where it is no fact."""
    if column.name not in facts:
        default: Any = None if column.default is None else getattr(column.default, "arg", None)
        return literal(default, column.type).label(column.name)
    return carried(column)
