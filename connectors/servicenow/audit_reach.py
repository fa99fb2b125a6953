"""How far back the audit of a table goes: an admin may have it purged, and nobody is told.

It is looked for in stretches of time, which an index serves; a question without one takes hours on large instances.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors import RetryLater, Unreadable, perhaps
from connectors.servicenow.client import SOME, Api, Closed
from connectors.servicenow.shapes import moment, stamp, stored

__all__ = ["AUDIT", "AuditReach"]

AUDIT: Final = "sys_audit"

COLUMNS: Final = ("sys_id", "tablename", "documentkey", "sys_created_on")

BACK: Final = tuple(timedelta(days=days) for days in (1, 30, 400, 9000))
"""How long ago the latest row is looked for, and at last how long ago the first one can be."""

FUTURE: Final = "2100-01-01 00:00:00"

NEAR: Final = timedelta(days=1)

NOBODY: Final = "0" * 32
"""The id of no record."""

TRIES: Final = 3
"""Looks in a row that may be cancelled before the audit is taken for one that cannot be read."""

FRESH: Final = 86_400.0
"""Seconds for which a beginning is remembered: it moves as old rows are purged."""


@dataclass(frozen=True, slots=True)
class _Written:
    """One row: when it was written, and about which document."""

    at: datetime
    document: str


class AuditReach:
    """Knows since when the audit of each table is there. To be used by one thread at a time."""

    def __init__(self, api: Api, ticks: Callable[[], float] = time.monotonic) -> None:
        self._api, self._ticks = api, ticks
        self._known: dict[str, tuple[_Written, float]] = {}
        self._cancelled: dict[str, int] = {}

    def since(self, table: str) -> datetime | None:
        """Return when the first row of a table was written that is there, a day too late at most; None: none is.

        Raises: RetryLater where ServiceNow cancels the question.
        """
        found = self._first(table)
        return None if found is None else found.at

    def shown(self, table: str) -> bool:
        """Say whether the audit of a table is shown now, whatever it was before. Raises: RetryLater as `since`."""
        known = self._first(table)
        if known is None:
            return False
        if self._rows(f"documentkey={known.document}^tablename={table}"):
            return True
        # It was purged meanwhile, or may not be read any more.
        del self._known[table]
        return self._first(table) is not None

    def single(self, table: str) -> bool:
        """Say whether this account is shown a document's rows only where it asks for that one document.

        There are accounts that are shown nothing when they ask for several, and no word of that.
        """
        known = self._first(table)
        if known is None or self._rows(f"documentkeyIN{known.document},{NOBODY}"):
            return False
        return bool(self._rows(f"documentkey={known.document}"))

    def _first(self, table: str) -> _Written | None:
        known = self._known.get(table)
        if known is not None and self._ticks() < known[1]:
            return known[0]
        found = None
        try:
            found = self._sought(table)
            self._cancelled[table] = 0
        except Closed:
            self._cancelled[table] = 0
        except Unreadable as error:
            self._cancelled[table] = times = self._cancelled.get(table, 0) + 1
            if times < TRIES:
                raise RetryLater(
                    f"{AUDIT}: ServiceNow cancels the question since when it is kept of {table}"
                ) from error
        if found is not None:
            self._known[table] = (found, self._ticks() + FRESH)
        return found

    def _sought(self, table: str) -> _Written | None:
        now = self._api.page(AUDIT, f"sys_created_on>={FUTURE}", COLUMNS, 1).asked
        ages = (self._row(table, now - age, now + NEAR) for age in BACK)
        found = next((each for each in ages if each is not None), None)
        low = now - BACK[-1]
        while found is not None and found.at - low > NEAR:
            middle = low + (found.at - low) / 2
            older = self._row(table, low, middle)
            low, found = (middle, found) if older is None else (low, older)
        return found

    def _row(self, table: str, since: datetime, until: datetime) -> _Written | None:
        """Return some row of a stretch of time, None where there is none."""
        query = f"tablename={table}^sys_created_on>={stamp(since)}^sys_created_on<{stamp(until)}"
        for row in map(perhaps, self._rows(query)):
            at = moment(stored(row, "sys_created_on"))
            if set(COLUMNS) <= row.keys() and stored(row, "tablename") == table and at is not None and at < until:
                return _Written(at, stored(row, "documentkey"))
        return None

    def _rows(self, query: str) -> tuple[object, ...]:
        return self._api.page(AUDIT, query, COLUMNS, SOME).items
