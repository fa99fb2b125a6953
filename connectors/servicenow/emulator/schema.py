"""The dictionary: tables that extend each other, and their columns."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["JOURNALS", "SYSTEM", "Column", "Schema", "Table", "by_name", "columns"]

JOURNALS = ("comments", "work_notes", "comments_and_work_notes")
_COLUMN = re.compile(r"(?P<name>\w+)(?::(?P<type>\w+))?(?:\((?P<length>\d+)\))?(?:>(?P<ref>\w+))?(?P<choice>!)?")
_LABELS = {
    "assigned_to": "Assigned to",
    "close_code": "Resolution code",
    "close_notes": "Resolution notes",
    "comments": "Additional comments",
    "caller_id": "Caller",
    "hold_reason": "On hold reason",
    "cmdb_ci": "Configuration item",
    "u_sla_due": "SLA due",
    "u_sla_state": "SLA state",
    "u_sla_metric": "SLA metric",
    "u_sla_policy": "SLA policy",
    "u_sla_breached_at": "SLA breached at",
}


@dataclass(frozen=True, slots=True)
class Column:
    """type: the dictionary's `internal_type`. audit: False for the attribute `no_audit`."""

    name: str
    type: str = "string"
    length: int = 40
    reference: str = ""
    choice: bool = False
    audit: bool = True
    label: str = ""

    @property
    def is_time(self) -> bool:
        return self.type == "glide_date_time"


def columns(text: str) -> list[Column]:
    """Return columns written as `name:type(length)>table!`, where all but the name may lack; `!` has choices."""
    found: list[Column] = []
    for written in text.split():
        match = _COLUMN.fullmatch(written)
        if match is None:
            raise ValueError(f"no column is written {written!r}")
        name, ref = match["name"], match["ref"] or ""
        kind = match["type"] or ("reference" if ref else "string")
        size = int(match["length"] or (32 if ref else 40))
        label = _LABELS.get(name, name.removeprefix("u_").removesuffix("_id").replace("_", " ").capitalize())
        audit = not name.startswith(("sys_", "u_sla_")) or name in ("sys_class_name", "sys_domain")
        found.append(Column(name, kind, size, ref, bool(match["choice"]), audit, label))
    return found


SYSTEM = columns(
    "sys_id:GUID(32) sys_created_on:glide_date_time sys_created_by sys_updated_on:glide_date_time sys_updated_by"
    " sys_mod_count:integer"
)


@dataclass(slots=True)
class Table:
    """own: its columns without those of the table that it extends. audit: whether changes leave rows in sys_audit.

    display: the column that stands for a record where it is referred to.
    """

    name: str
    label: str
    own: dict[str, Column]
    parent: str = ""
    display: str = "name"
    audit: bool = False
    prefix: str = ""


@dataclass(slots=True)
class Schema:
    """All tables by name."""

    tables: dict[str, Table] = field(default_factory=dict[str, Table])
    _whole: dict[str, dict[str, Column]] = field(default_factory=dict[str, dict[str, Column]])
    _below: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def add(self, table: Table) -> None:
        self.tables[table.name] = table
        self._forget()

    def add_column(self, table: str, column: Column) -> None:
        self.tables[table].own[column.name] = column
        self._forget()

    def drop_column(self, table: str, name: str) -> None:
        self.tables[table].own.pop(name, None)
        self._forget()

    def columns(self, table: str) -> dict[str, Column]:
        """Return all columns of a table, inherited ones first."""
        found = self._whole.get(table)
        if found is None:
            own = self.tables[table]
            above = self.columns(own.parent) if own.parent else {}
            found = self._whole[table] = {**above, **own.own}
        return found

    def column(self, table: str, name: str) -> Column | None:
        return self.columns(table).get(name) if table in self.tables else None

    def lineage(self, table: str) -> Iterator[str]:
        """Yield a table and those that it extends, nearest first."""
        at = table
        while at:
            yield at
            at = self.tables[at].parent

    def is_a(self, table: str, base: str) -> bool:
        return table in self.tables and base in self.lineage(table)

    def below(self, base: str) -> tuple[str, ...]:
        """Return a table and all that extend it."""
        found = self._below.get(base)
        if found is None:
            found = self._below[base] = tuple(name for name in self.tables if self.is_a(name, base))
        return found

    def _forget(self) -> None:
        self._whole.clear()
        self._below.clear()


def by_name(found: Iterable[Column]) -> dict[str, Column]:
    return {one.name: one for one in found}
