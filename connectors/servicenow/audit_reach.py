"""How far back the audit of a table goes: an admin may have it purged, and nobody is told.

It is looked for in stretches of time, which an index serves; a question without one takes hours on large instances.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from connectors import Unreadable
from connectors.servicenow.client import Api, Closed
from connectors.servicenow.keyset import SECOND
from connectors.servicenow.shapes import moment, perhaps, stamp, text

__all__ = ["AUDIT", "AuditReach"]

AUDIT: Final = "sys_audit"

COLUMNS: Final = ("sys_id", "tablename", "documentkey", "sys_created_on")

BACK: Final = tuple(timedelta(days=days) for days in (1, 30, 400, 9000))
"""How long ago the latest row is looked for, and at last how long ago the first one can be."""

FUTURE: Final = "2100-01-01 00:00:00"

NEAR: Final = timedelta(days=1)

FRESH: Final = 86_400.0
"""Seconds for which a beginning is remembered: it moves as old rows are purged."""


class AuditReach:
    """Knows since when the audit of each table is there. To be used by one thread at a time."""

    def __init__(self, api: Api, ticks: Callable[[], float] = time.monotonic) -> None:
        self._api, self._ticks = api, ticks
        self._known: dict[str, tuple[datetime, float]] = {}

    def since(self, table: str) -> datetime | None:
        """Return when the first row of a table was written that is there, a day too late at most; None: none is."""
        known = self._known.get(table)
        if known is not None and self._ticks() < known[1]:
            return known[0]
        found = self._first(table)
        if found is not None:
            self._known[table] = (found, self._ticks() + FRESH)
        return found

    def shown(self, table: str) -> bool:
        """Say whether the audit of a table is shown now, whatever it was before."""
        since = self.since(table)
        if since is None:
            return False
        if self._row(table, since, since + SECOND) is not None:
            return True
        # It was purged meanwhile, or may not be read any more.
        del self._known[table]
        return self.since(table) is not None

    def _first(self, table: str) -> datetime | None:
        try:
            now = self._api.page(AUDIT, f"sys_created_on>={FUTURE}", COLUMNS, 1).asked
            latest = next((at for age in BACK if (at := self._row(table, now - age, now + NEAR)) is not None), None)
            if latest is None:
                return None
            low, high = now - BACK[-1], latest
            while high - low > NEAR:
                middle = low + (high - low) / 2
                at = self._row(table, low, middle)
                low, high = (middle, high) if at is None else (low, at)
        except (Closed, Unreadable):
            return None
        return high

    def _row(self, table: str, since: datetime, until: datetime) -> datetime | None:
        """Return when some row of a stretch of time was written, None where there is none."""
        query = f"tablename={table}^sys_created_on>={stamp(since)}^sys_created_on<{stamp(until)}"
        rows = self._api.page(AUDIT, query, COLUMNS, 1).items
        row = perhaps(rows[0] if rows else None)
        at = moment(text(row, "sys_created_on"))
        good = set(COLUMNS) <= row.keys() and text(row, "tablename") == table
        return at if good and at is not None and since.replace(microsecond=0) <= at < until else None
