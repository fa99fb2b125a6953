"""The columns of the hub's own, asked for once and again when they no longer fit."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from connectors import FieldName, Slot, perhaps
from connectors.servicenow.client import Api, Closed
from connectors.servicenow.columns import Dictionary, Layout, Seen, candidates, layout
from connectors.servicenow.shapes import stored

__all__ = ["BASE", "DICTIONARY", "Layouts"]

BASE = "task"

DICTIONARY = (
    "sys_id", "name", "element", "internal_type", "max_length", "column_label", "read_only", "attributes", "audit",
)  # fmt: skip

MOST = 5000
"""Columns of a few tables and their parents."""

PAGE = 1000

DEEPEST = 5

SOONEST = 300.0
"""Seconds after which columns that were missing are looked for again: each look costs a call for every table."""


class Layouts:
    """Hands out where the hub's values stand. Safe in threads; one asks, the others wait."""

    def __init__(
        self,
        api: Api,
        tables: Sequence[str],
        names: Mapping[Slot, FieldName],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api, self._tables, self._names, self._now = api, tables, names, now
        self._lock = threading.Lock()
        self._known: Layout | None = None
        self._asked_at = 0.0

    def get(self) -> Layout:
        """Return the columns as last seen; anew, after a while, as long as one is missing."""
        with self._lock:
            if self._known is None or (self._known.problems and self._now() - self._asked_at > SOONEST):
                self._known = self._asked()
            return self._known

    def renewed(self) -> Layout:
        """Return the columns as they are now."""
        with self._lock:
            self._known = self._asked()
            return self._known

    def _dictionary(self) -> Dictionary:
        """Return what the instance tells this user of the tables' columns: nothing, unless he is an admin of it."""
        parents = self._parents()
        every = list(dict.fromkeys([*self._tables, *(each for some in parents.values() for each in some)]))
        of: dict[str, dict[str, Mapping[str, object]]] = {each: {} for each in every}
        for row in self._all("sys_dictionary", f"nameIN{','.join(every)}^elementISNOTEMPTY^active=true", DICTIONARY):
            if (name := stored(row, "name")) in of and (element := stored(row, "element")):
                of[name][element] = row
        whole = {
            table: {name: row for each in (*reversed(parents[table]), table) for name, row in of[each].items()}
            for table in self._tables
        }
        return Dictionary({table: rows for table, rows in whole.items() if rows}, parents)

    def _asked(self) -> Layout:
        self._asked_at = self._now()
        if not self._names:
            return Layout({table: {} for table in self._tables})
        told = self._dictionary()
        possible = {
            table: [each for name in self._names.values() for each in candidates(name, told.of.get(table, {}))]
            for table in self._tables
        }
        shown = {table: self._shown(table, columns) for table, columns in possible.items()}
        options = self._options(told, {each for columns in possible.values() for each in columns})
        return layout(self._tables, self._names, Seen(shown, Dictionary(told.of, told.parents, options)))

    def _shown(self, table: str, columns: Sequence[str]) -> frozenset[str] | None:
        try:
            return self._api.readable(table, columns)
        except Closed:
            return None  # the probe says so

    def _parents(self) -> dict[str, list[str]]:
        """Return the tables that each one extends, the nearest first."""
        above: dict[str, str] = {}
        unknown = [each for each in self._tables if each != BASE]
        for _ in range(DEEPEST):
            if not unknown:
                break
            rows = self._all("sys_db_object", f"nameIN{','.join(unknown)}", ("name", "super_class.name"))
            found = {stored(row, "name"): stored(row, "super_class.name") for row in rows}
            above |= {name: found.get(name) or BASE for name in unknown}
            unknown = [each for each in set(found.values()) if each and each != BASE and each not in above]
        chains: dict[str, list[str]] = {}
        for table in self._tables:
            chain: list[str] = []
            at = table
            while at != BASE and len(chain) < DEEPEST:
                at = above.get(at, BASE)
                chain.append(at)
            chains[table] = chain
        return chains

    def _options(self, told: Dictionary, columns: set[str]) -> dict[tuple[str, str], dict[str, str]] | None:
        """Return the choices of columns, by table and column; None where this user may not read them."""
        tables = {*self._tables, *(each for some in told.parents.values() for each in some)}
        if not columns:
            return {}
        wanted = ("sys_id", "name", "element", "value", "label", "inactive")
        query = f"nameIN{','.join(sorted(tables))}^elementIN{','.join(sorted(columns))}"
        rows = self._all("sys_choice", query, wanted)
        # Without the dictionary it is not known that the columns have choices at all.
        if any("value" not in row for row in rows) or not (rows or told.of):
            return None
        found: dict[tuple[str, str], dict[str, str]] = {}
        for row in rows:
            key = (stored(row, "name"), stored(row, "element"))
            if key[0] in tables and key[1] in columns and stored(row, "inactive") != "true":
                found.setdefault(key, {}).setdefault(stored(row, "value"), stored(row, "label"))
        return found

    def _all(self, table: str, query: str, columns: Sequence[str]) -> list[Mapping[str, object]]:
        """Return the rows of a small table; none where this user may not read it."""
        found: list[Mapping[str, object]] = []
        after: int | None = 0
        while after is not None and len(found) < MOST:
            try:
                page = self._api.page(table, f"{query}^ORDERBYsys_id", columns, PAGE, after=after)
            except Closed:
                return []
            found += [perhaps(each) for each in page.items]
            after = page.after
        return found
