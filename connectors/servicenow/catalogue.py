"""The names that people see for values, and for the columns that are followed besides.

Pages of tickets bring the names of the values that they hold. Here are the others, where this user may read them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from connectors import Checkpoint, Label, Page, SourceError, perhaps
from connectors.servicenow.client import Api, stops
from connectors.servicenow.keyset import Asked, Keyset, Row
from connectors.servicenow.mapping import LABELLED, shown, with_hold
from connectors.servicenow.scope import Scope
from connectors.servicenow.shapes import stored
from connectors.servicenow.values import HOLDS, Columns, custom, status_value
from connectors.servicenow.words import category

__all__ = ["STREAM", "read"]

STREAM: Final = "catalogue"

CHOICES: Final = "sys_choice"

DICTIONARY: Final = "sys_dictionary"

COLUMNS: Final = ("sys_id", "name", "element", "value", "label", "language")

BASE: Final = "task"

ENGLISH: Final = "en"

Names = Mapping[tuple[str, str], Mapping[str, str]]
"""By table and column: what each value is called."""


def read(api: Api, scope: Scope, more: Sequence[str]) -> Page:
    """Return all names at once."""
    tables = list(scope.tables)
    labels = [Label(Label.FIELD, each, title) for each, title in _titles(api, tables, more).items()]
    elements = ("state", *(column for column, _ in HOLDS.values()), *LABELLED, *more)
    names = _spoken(api, tables, list(_rows(api, CHOICES, COLUMNS, tables, elements)))
    for table, columns in scope.tables.items():
        labels += _statuses(names, table, columns)
        for column in more:
            labels += [Label(custom(column), *each) for each in _of(names, table, column).items()]
    for column in LABELLED:
        labels += [Label(column, *each) for each in _of(names, tables[0], column).items()]
    once = {(each.field, each.value): each for each in reversed(labels)}
    return Page(tuple(once.values()), Checkpoint(""))


def _statuses(names: Names, table: str, columns: Columns) -> Iterator[Label]:
    held, states = HOLDS.get(table, ("", None))
    reasons = {"hold": ""} if states is None else _of(names, table, held)
    for state, name in _of(names, table, "state").items():
        yield Label("status", str(status_value(table, state)), name, category(columns.place(table), state))
        if held and (states is None or state in states):
            for reason, said in reasons.items():
                yield with_hold(table, columns.place(table), state, reason, name, said)


def _of(names: Names, table: str, column: str) -> Mapping[str, str]:
    """Return the choices of a column; a table that has none of its own has those that it extends."""
    return names.get((table, column)) or names.get((BASE, column)) or {}


def _spoken(api: Api, tables: Sequence[str], rows: Sequence[Row]) -> Names:
    """Return the names in the language in which this user is shown tickets: one value has one name."""
    found: defaultdict[str, defaultdict[tuple[str, str], dict[str, str]]]
    found = defaultdict(lambda: defaultdict(dict[str, str]))
    for row in rows:
        of = stored(row, "name"), stored(row, "element")
        found[stored(row, "language")][of][stored(row, "value")] = stored(row, "label")
    said = Counter[str]()
    for table in tables if len(found) > 1 else ():
        for raw in api.page(table, "", ("sys_id", "state", *LABELLED), 1, labels=True).items:
            row = perhaps(raw)
            for language, names in found.items():
                told = [shown(row, each) for each in LABELLED if shown(row, each)]
                said[language] += sum(
                    _of(names, table, each).get(stored(row, each)) == shown(row, each)
                    for each in ("state", *LABELLED)
                    if shown(row, each) or told
                )
    best = said.most_common(1)
    language = best[0][0] if best and best[0][1] else ENGLISH
    return found[language] if language in found or not found else next(iter(found.values()))


def _titles(api: Api, tables: Sequence[str], more: Sequence[str]) -> dict[str, str]:
    """Return what columns are called, by their names; a name itself where that may not be read."""
    told = ("sys_id", "name", "element", "column_label")
    rows = _rows(api, DICTIONARY, told, tables, more) if more else ()
    return {each: each for each in more} | {
        stored(row, "element"): stored(row, "column_label") for row in rows if stored(row, "column_label")
    }


def _rows(
    api: Api, table: str, columns: Sequence[str], tables: Sequence[str], elements: Sequence[str]
) -> Iterator[Row]:
    """Yield the rows about some columns of some tables; none where they may not be read, or not be asked for so."""
    try:
        if not set(columns) <= (api.readable(table, columns) or frozenset()):
            return
        query = f"nameIN{','.join((*tables, BASE))}^elementIN{','.join(elements)}"
        for batch in Keyset(api).sweep(Asked(table, tuple(columns), query, size=1000)):
            yield from (row for row in batch.items if stored(row, "element") in elements)
    except SourceError as error:
        if stops(error):
            raise
        return
