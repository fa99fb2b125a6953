"""Which table each ticket is read from: an update names the ticket by its sys_id alone."""

import threading
from collections.abc import Iterable, Mapping, Sequence

from connectors import perhaps
from connectors.servicenow.client import AT_ONCE, Api, Closed, listed
from connectors.servicenow.shapes import stored

__all__ = ["Whereabouts"]

BASE = "task"
"""The table that all of them extend."""

REMEMBERED = 50_000


class Whereabouts:
    """Remembers which of the tables a ticket is in. Safe in threads."""

    def __init__(self, api: Api, tables: Sequence[str]) -> None:
        self._api, self._tables = api, tuple(tables)
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def of(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the tables of tickets; one that no table shows is left out. Where there is one table, nobody is asked.

        A ticket of an extension of a table is found in the table.
        """
        if len(self._tables) == 1:
            return dict.fromkeys(ids, self._tables[0])
        with self._lock:
            found = {each: self._known[each] for each in ids if each in self._known}
        found |= self._by_class([each for each in ids if each not in found])
        for table in self._tables:
            unknown = [each for each in ids if each not in found]
            for first in range(0, len(unknown), AT_ONCE):
                asked = unknown[first : first + AT_ONCE]
                page = self._api.page(table, listed("sys_id", asked), ("sys_id",), len(asked))
                there = {stored(perhaps(row), "sys_id") for row in page.items} & set(asked)
                self.learn(table, there)
                found |= dict.fromkeys(there, table)
        return found

    def _by_class(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the tables of tickets whose class is one of them, all asked for together; the others are left out."""
        found: dict[str, str] = {}
        for first in range(0, len(ids), AT_ONCE):
            asked = ids[first : first + AT_ONCE]
            try:
                page = self._api.page(BASE, listed("sys_id", asked), ("sys_id", "sys_class_name"), len(asked))
            except Closed:
                break
            for row in map(perhaps, page.items):
                ident, table = stored(row, "sys_id"), stored(row, "sys_class_name")
                if ident in asked and table in self._tables:
                    found[ident] = table
                    self.learn(table, (ident,))
        return found

    def learn(self, table: str, ids: Iterable[str]) -> None:
        """Take note of tickets that a table has just shown."""
        with self._lock:
            for each in ids:
                self._known.pop(each, None)
                self._known[each] = table
            while len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]

    def forget(self, ticket_id: str) -> None:
        """Have it asked again: it may have become a ticket of another kind."""
        with self._lock:
            self._known.pop(ticket_id, None)
