"""Internal notes: work notes of the hub's own, found again by their mark. What they say is never fetched."""

import threading
from collections.abc import Iterable, Mapping
from typing import Final

from connectors import Unreadable, perhaps
from connectors.servicenow.client import AT_ONCE, Api, Closed, listed
from connectors.servicenow.edits import ASKED
from connectors.servicenow.keyset import Asked, Keyset
from connectors.servicenow.shapes import stored

__all__ = ["Notes"]

JOURNAL: Final = "sys_journal_field"

MARK: Final = "[slahub:"

MYSELF: Final = "sys_id=javascript:gs.getUserID()"

GOOD: Final = frozenset({200, 201})


class Notes:
    """Leaves work notes, and knows them again. Safe in threads.

    user: the name under which the hub acts; empty where the instance has to be asked.
    """

    def __init__(self, api: Api, user: str = "") -> None:
        self._api = api
        self._lock = threading.Lock()
        self._me = user
        self._keyset = Keyset(api)

    def leave(self, table: str, ticket_id: str, said: str) -> str:
        """Leave a work note; return why the ticket takes none, empty where it did."""
        reply = self._api.change(table, ticket_id, {"work_notes": said}, ASKED)
        return "" if reply.status in GOOD else reply.said

    def there(self, ticket_id: str, mark: str) -> bool:
        """Say whether a work note of the ticket bears the mark. Raises: Unreadable where the journal does not tell."""
        query = f"element_id={ticket_id}^element=work_notes^valueLIKE{mark}"
        rows = self._api.page(JOURNAL, query, ("sys_id", "element_id", "value"), 1).items
        if not rows:
            return False
        # A column that may not be read is taken out of the filter without a word.
        row = perhaps(rows[0])
        if stored(row, "element_id") != ticket_id or mark not in stored(row, "value"):
            raise Unreadable(f"{JOURNAL}: this user may not read what work notes say, so none can be found again")
        return True

    def ours(self, entries: Iterable[Mapping[str, object]]) -> frozenset[str]:
        """Return the ids of those entries of the journal that are the hub's own notes."""
        mine = [
            stored(row, "sys_id")
            for row in entries
            if stored(row, "element") == "work_notes" and self.wrote(stored(row, "sys_created_by"))
        ]
        found: set[str] = set()
        for first in range(0, len(mine), AT_ONCE):
            asked = listed("sys_id", mine[first : first + AT_ONCE])
            marked = Asked(JOURNAL, ("sys_id", "value"), f"{asked}^valueLIKE{MARK}", all_or_none=True)
            for batch in self._keyset.sweep(marked):
                found.update(stored(row, "sys_id") for row in batch.items if MARK in stored(row, "value"))
        return frozenset(found)

    def wrote(self, name: str) -> bool:
        """Say whether the hub acts under this name; it may where nobody says under which: then the mark alone tells."""
        with self._lock:
            self._me = self._me or self._asked()
            return not self._me or self._me == name

    def _asked(self) -> str:
        try:
            # Two rows would mean that ServiceNow takes no notice of the term.
            rows = self._api.page("sys_user", MYSELF, ("sys_id", "user_name"), 2).items
        except Closed:
            return ""
        return stored(perhaps(rows[0]), "user_name") if len(rows) == 1 else ""
