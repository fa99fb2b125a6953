"""Where the hub's values stand in each table, and what hinders them: from what an instance tells of its columns. Pure.

Few accounts may read the dictionary. Without it, a column is known by a row that shows it, and its kind by what the
hub would write there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from connectors import FieldName, Slot, perhaps
from connectors.servicenow.own import DAYS, STATES, TIMES, ColumnKind, OwnColumn, state_of
from connectors.servicenow.shapes import number, stored

__all__ = ["NAME", "Dictionary", "Layout", "Seen", "candidates", "derived", "lacking", "layout"]

NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")

OURS = ("u_", "x_")
"""How the name of a column begins that is not one of ServiceNow's own."""

KINDS: Mapping[str, str] = {
    "glide_date_time": ColumnKind.DATETIME,
    "due_date": ColumnKind.DATETIME,
    "glide_date": ColumnKind.DATE,
    "string": ColumnKind.TEXT,
    "choice": ColumnKind.TEXT,
    "translated_text": ColumnKind.TEXT,
    "string_full_utf8": ColumnKind.TEXT,
}


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What an instance tells of columns. of: each table's own and its parents', rows of `sys_dictionary` by name.

    options: choices by table and column, label by value; None where this user may not read them.
    """

    of: Mapping[str, Mapping[str, Mapping[str, object]]] = field(
        default_factory=dict[str, Mapping[str, Mapping[str, object]]]
    )
    parents: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    options: Mapping[tuple[str, str], Mapping[str, str]] | None = None

    def choices(self, table: str, column: str) -> tuple[str, Mapping[str, str] | None]:
        """Return a column's choices, and the table that has them: where there are none of its own, the parent."""
        for each in (table, *self.parents.get(table, ())):
            if found := (self.options or {}).get((each, column)):
                return each, found
        return table, None if self.options is None else {}


@dataclass(frozen=True, slots=True)
class Seen:
    """What rows show. shown: by table, the columns that were asked for and are there; None where no row is shown."""

    shown: Mapping[str, frozenset[str] | None]
    dictionary: Dictionary = field(default_factory=Dictionary)


@dataclass(frozen=True, slots=True)
class Layout:
    """of: where each slot stands, by table. problems: what an admin must put right, one sentence each.

    absent: tables and slots whose column can be made. dictionary: what the instance tells of its columns.
    """

    of: Mapping[str, Mapping[Slot, OwnColumn]] = field(default_factory=dict[str, Mapping[Slot, OwnColumn]])
    problems: tuple[str, ...] = ()
    absent: tuple[tuple[str, Slot], ...] = ()
    dictionary: Dictionary = field(default_factory=Dictionary)

    @property
    def names(self) -> frozenset[str]:
        """The columns in which the hub shows something, in whichever table."""
        return frozenset(each.name for some in self.of.values() for each in some.values())

    def why_not(self, table: str, slot: Slot) -> str:
        """Say why a slot has no column in a table."""
        found = [each for each in self.problems if each.startswith(f"write_back.{slot}: {table}: ")]
        return found[0] if found else f"write_back.{slot}: no column of {table} is named for it"


class Unfit(Exception):
    """A column is there, and cannot show what is asked of it."""


def derived(title: str) -> str:
    """Return the name that ServiceNow itself gives to a column of this label."""
    return "u_" + re.sub(r"[^a-z0-9]+", "_", title.strip().casefold()).strip("_")[:70]


def candidates(name: FieldName, columns: Mapping[str, Mapping[str, object]]) -> tuple[str, ...]:
    """Return what a slot's column may be called, the likeliest first. columns: the table's, as far as they are told."""
    title = name.title.strip()
    # ServiceNow's own column for its old escalations is called "SLA due", too.
    mine = {each: row for each, row in columns.items() if each.startswith(OURS)}
    labelled = [each for each, row in mine.items() if title and _label(row) == title.casefold()]
    exact = [title] if NAME.fullmatch(title) else []
    guessed = [derived(title)] if title and not exact else []
    pinned = [name.id] if NAME.fullmatch(name.id) else []
    return tuple(dict.fromkeys((*pinned, *exact, *labelled, *guessed)))


def layout(tables: Iterable[str], names: Mapping[Slot, FieldName], seen: Seen) -> Layout:
    """Return where each named slot stands in each table."""
    found: dict[str, dict[Slot, OwnColumn]] = {}
    problems: list[str] = []
    absent: list[tuple[str, Slot]] = []
    for table in tables:
        found[table] = {}
        for slot, name in names.items():
            try:
                own = _column(table, slot, name, seen)
            except Unfit as wrong:
                problems.append(f"write_back.{slot}: {table}: {wrong}")
                continue
            if own is None:
                absent.append((table, slot))
                problems.append(f"write_back.{slot}: {table}: {_missing(table, name, seen)}")
                continue
            found[table][slot] = own
            if missing := lacking(own):
                problems.append(f"write_back.{slot}: {table}: {missing}")
    return Layout(found, tuple(problems), tuple(absent), seen.dictionary)


def lacking(own: OwnColumn) -> str:
    """Return which states a column has no choice for, as a sentence; empty where it lacks none."""
    if own.slot is not Slot.STATE or not own.options:
        return ""
    there = {state_of(value, label) for value, label in own.options.items()}
    missing = [f"'{each}'" for each in STATES if each not in there]
    return f"'{own.name}' has no choice {', '.join(missing)}" if missing else ""


def _column(table: str, slot: Slot, name: FieldName, seen: Seen) -> OwnColumn | None:
    """Return the column of a slot, None where there is none. Raises: Unfit."""
    columns, shown = seen.dictionary.of.get(table, {}), seen.shown.get(table)
    possible = candidates(name, columns)
    # Where no row is shown nothing is known, and nothing will be written.
    there = [each for each in possible if each in columns or shown is None or each in shown]
    if not there:
        return None
    chosen = there[0]
    if not chosen.startswith(OURS):
        raise Unfit(f"'{chosen}' is a column of ServiceNow's own; name one that begins with u_ or x_")
    if shown is not None and chosen not in shown:
        raise Unfit(f"the column '{chosen}' is there, and this account may not read it: a field ACL hides it")
    row = columns.get(chosen, {})
    listed, options = seen.dictionary.choices(table, chosen)
    return OwnColumn(
        slot,
        chosen,
        table,
        _kind(chosen, slot, row),
        number(row, "max_length") or None,
        options,
        listed,
    )


def _kind(column: str, slot: Slot, row: Mapping[str, object]) -> str:
    told = stored(row, "internal_type")
    if not told:
        return ColumnKind.UNTOLD
    kind = KINDS.get(told, "")
    fits = {ColumnKind.TEXT}
    fits |= {ColumnKind.DATETIME} if slot in TIMES else {ColumnKind.DATE} if slot in DAYS else set[str]()
    if kind not in fits:
        lost = ": it keeps no time of day" if kind == ColumnKind.DATE else ""
        raise Unfit(f"the column '{column}' is of the type {told}, expected {' or '.join(sorted(fits))}{lost}")
    return kind


def _missing(table: str, name: FieldName, seen: Seen) -> str:
    columns = seen.dictionary.of.get(table, {})
    what = f"'{name.title or name.id}'"
    if columns:
        labels = {_label(row): stored(row, "column_label") for row in columns.values() if _label(row)}
        near = get_close_matches(name.title.casefold(), labels, n=1)
        hint = f"; did you mean '{labels[near[0]]}'?" if near else ""
        return f"there is no column {what}{hint}; 'slahub provision' makes it, or says how"
    tried = ", ".join(candidates(name, columns))
    return (
        f"no row shows a column {what}{f' (looked for {tried})' if tried and tried != name.title else ''}: it is not "
        "there, or this account may not read it; 'slahub provision' says how it is made"
    )


def _label(row: Mapping[str, object]) -> str:
    return stored(perhaps(row), "column_label").strip().casefold()
