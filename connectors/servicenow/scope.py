"""Which part of an instance a connection reads: some tables, of each of them what an encoded query finds."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from connectors import SCOPE, Checkpoint, Page, SourceError, Stream, perhaps
from connectors.servicenow.client import SOME, Api, stops
from connectors.servicenow.keyset import Asked, Keyset, Row
from connectors.servicenow.settings import ScopeSettings
from connectors.servicenow.shapes import stored, sys_id
from connectors.servicenow.terms import named, within
from connectors.servicenow.values import Columns

__all__ = ["IDS", "Scope"]

STREAM: Final = Stream(SCOPE, every=timedelta(minutes=15), whole=True)

IDS: Final = 5000
"""Rows of a page that hold little more than ids."""

TIMED: Final = ("sys_id", "sys_updated_on")

KEYS: Final = ("sys_id", "sys_updated_on", "sys_created_on", "active")
"""Columns that stand in the hub's own filters of tickets."""


class Scope:
    """Knows the tables that are read, and makes sure that nothing stands in a filter that ServiceNow overlooks."""

    def __init__(self, api: Api, chosen: ScopeSettings, more: Sequence[str] = ()) -> None:
        self._api, self._keyset, self._chosen = api, Keyset(api), chosen
        self._sure = False
        tables = frozenset(chosen.tables)
        self.tables = {each: Columns(each, tables, tuple(more)) for each in chosen.tables}

    def query(self, table: str) -> str:
        """Return the query that finds what is read of a table; empty for all of it."""
        return self._chosen.tables[table].query.strip()

    def streams(self) -> tuple[Stream, ...]:
        """Return the list of what is in scope, where only a query tells that."""
        return (STREAM,) if any(map(self.query, self.tables)) else ()

    def checked(self, table: str) -> datetime:
        """Return ServiceNow's clock, less than a call ago, once every column that filters a table is known to be there.

        Raises: SourceError for one that is not, or may not be read: a filter with it would bring the whole table.
        """
        names = tuple(dict.fromkeys((*KEYS, *(each.partition(".")[0] for each in named(self.query(table))))))
        page = self._api.page(table, "", names, 1)
        row = perhaps(page.items[0]) if page.items else self._other(table, names)
        if row:
            lacking = [each for each in names if each not in row]
            if lacking:
                raise SourceError(
                    f"{table}: no row shows {', '.join(lacking)}; ServiceNow takes no notice of a column in a query "
                    "that is not there or that this user may not read, and would give the whole table: look at "
                    f"scope.tables.{table}.query and at the rights of the hub's user"
                )
        elif (hidden := self._api.count(table, "")) is None or hidden:
            told = f"though it has {hidden} rows" if hidden else "and it may not count its rows, either"
            raise SourceError(
                f"{table}: nothing is shown to the hub's user, {told}: give the user the role that reads this table, "
                "or take it out of scope.tables"
            )
        return page.asked

    def sure_of_times(self, table: str) -> None:
        """Make sure, once, that a time in a query is what it is in a row. Raises: SourceError."""
        if self._sure:
            return
        for row in map(perhaps, self._api.page(table, "", TIMED, SOME).items[:1]):
            told, mine = stored(row, "sys_updated_on"), f"sys_id={sys_id(row)}"
            self._sure = bool(self._api.page(table, f"{mine}^sys_updated_on={told}", TIMED, 1).items)
            now = () if self._sure else self._api.page(table, mine, TIMED, 1).items
            # It may have changed meanwhile.
            if any(stored(perhaps(each), "sys_updated_on") == told for each in now):
                raise SourceError(
                    f"{table}: ServiceNow does not find a row by its own time ({told}): it reads times in queries by "
                    "the time zone of the hub's user; set that user's time zone to GMT"
                )

    def _other(self, table: str, names: Sequence[str]) -> Row:
        """Return a row that is shown of a table of which the first one is not; nothing where none is."""
        for batch in self._keyset.sweep(Asked(table, ("sys_id",), size=IDS)):
            for row in batch.items:
                if found := self._api.page(table, f"sys_id={sys_id(row)}", names, 1).items:
                    return perhaps(found[0])
        return {}

    def clock(self) -> datetime:
        """Return ServiceNow's clock, less than a call ago."""
        return self._api.page(next(iter(self.tables)), "", ("sys_id",), 1).asked

    def inside(self, lag: timedelta) -> Page:
        """Return the list of all tickets in scope. lag: how long it takes until everybody sees a change."""
        ids, settled = set[str](), None
        for table in self.tables:
            asked = self.checked(table)
            settled = min(settled or asked, asked)
            ids.update(self.ids(table))
        if settled is None:
            raise SourceError("no table is read")
        return Page((), Checkpoint(""), settled_until=settled - lag, total=len(ids), inside=frozenset(ids))

    def ids(self, table: str, *terms: str) -> Iterator[str]:
        """Yield the ids of what is read of a table, narrowed by terms."""
        of = Asked(table, ("sys_id",), within(self.query(table), *terms), size=IDS)
        for batch in self._keyset.sweep(of):
            yield from (sys_id(row) for row in batch.items)
            yield from batch.broken

    def out(self, table: str, ids: Sequence[str]) -> frozenset[str]:
        """Return which of some tickets of a table its query does not find."""
        if not self.query(table) or not ids:
            return frozenset()
        found = self._keyset.named(Asked(table, ("sys_id",), self.query(table)), ids)
        return frozenset(ids) - {sys_id(row) for row in found.items} - set(found.broken)

    def problems(self) -> Iterator[str]:
        """Yield what hinders the reading of tables, one sentence each."""
        for table in self.tables:
            try:
                self.checked(table)
            except SourceError as error:
                if stops(error):
                    raise
                yield f"scope.tables: {error}"

    def notes(self) -> Iterator[str]:
        """Yield what is worth knowing of the tables, one sentence each."""
        for table in self.tables:
            if not self.query(table):
                yield (
                    f"scope.tables.{table} has no query: every row of it is read, and each one of it is the hub's; "
                    "say which are with an encoded query, such as active=true"
                )
