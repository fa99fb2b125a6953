"""The census: the ids of all tickets, table by table, and when each was changed last.

What changed while it was hidden bears an old stamp when it is shown again, and no pass comes by there any more.

A count by day cannot stand for it: one ticket that was deleted and one that was made on the same day cancel out.
"""

from collections.abc import Iterator
from datetime import datetime

from connectors import Census
from connectors.servicenow.client import Api
from connectors.servicenow.keyset import Asked, Keyset
from connectors.servicenow.scope import IDS, Scope
from connectors.servicenow.shapes import instant, stamp, sys_id
from connectors.servicenow.streams import LATE
from connectors.servicenow.terms import within

__all__ = ["census"]


def census(api: Api, scope: Scope, since: datetime | None) -> Iterator[Census]:
    """Yield each table in scope with all its tickets that changed at or after `since`."""
    keyset = Keyset(api)
    for table in scope.tables:
        asked = scope.checked(table)
        terms = () if since is None else (f"sys_updated_on>={stamp(since)}",)
        of = Asked(table, ("sys_id", "sys_updated_on"), within(scope.query(table), *terms), size=IDS)
        ids, changed = set[str](), dict[str, datetime]()
        for batch in keyset.sweep(of):
            changed |= {sys_id(row): instant(row, "sys_updated_on") for row in batch.items}
            ids.update(batch.broken)
        yield Census(table, "table", table, frozenset(ids | changed.keys()), asked - LATE, changed)
