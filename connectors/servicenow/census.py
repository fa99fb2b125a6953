"""The census: the ids of all tickets, table by table.

A count by day cannot stand for it: one ticket that was deleted and one that was made on the same day cancel out.
"""

from collections.abc import Iterator
from datetime import datetime

from connectors import Census
from connectors.servicenow.client import Api
from connectors.servicenow.keyset import Asked, Keyset
from connectors.servicenow.scope import IDS, Scope
from connectors.servicenow.shapes import stamp, sys_id
from connectors.servicenow.streams import LATE
from connectors.servicenow.terms import within

__all__ = ["census"]


def census(api: Api, scope: Scope, since: datetime | None) -> Iterator[Census]:
    """Yield each table in scope with all its tickets that changed at or after `since`."""
    keyset = Keyset(api)
    for table in scope.tables:
        asked = scope.checked(table)
        terms = () if since is None else (f"sys_updated_on>={stamp(since)}",)
        of = Asked(table, ("sys_id",), within(scope.query(table), *terms), size=IDS)
        ids = set[str]()
        for batch in keyset.sweep(of):
            ids.update(sys_id(row) for row in batch.items)
            ids.update(batch.broken)
        yield Census(table, "table", table, frozenset(ids), asked - LATE)
