"""Reads ServiceNow's own SLA clocks: what changed in `task_sla`, and with it all clocks of the same ticket."""

from collections.abc import Iterator, Sequence
from typing import Final

from connectors import Checkpoint, Page, RetryLater, SourceError
from connectors.servicenow.keyset import Asked, Keyset, Place, Row
from connectors.servicenow.native_clocks import COLUMNS, STREAM, statements
from connectors.servicenow.scope import Scope
from connectors.servicenow.shapes import stored
from connectors.servicenow.streams import LATE, OVERLAP
from connectors.servicenow.tickets import HELD_BACK

__all__ = ["STREAM", "changed"]

CLOCKS: Final = "task_sla"

CHANGED: Final = ("sys_id", "sys_updated_on", "task", "task.sys_class_name", "sla.collection")

ROWS: Final = 500

TICKETS: Final = 100
"""In one filter: few have more clocks than there is room for in one answer."""


def changed(keyset: Keyset, scope: Scope, since: Checkpoint) -> Iterator[Page]:
    """Yield the clocks of the tickets of which any has changed; none where they may not be read."""
    place, asked = Place.loaded(since.cursor), scope.clock()
    until = asked - HELD_BACK
    try:
        for batch in keyset.changed(Asked(CLOCKS, CHANGED, size=ROWS), place, until):
            tasks = dict.fromkeys(stored(row, "task") for row in batch.items if _ours(row, scope))
            found, aside = statements(_of_tasks(keyset, list(tasks)))
            yield Page(found, batch.place.checkpoint(), set_aside=aside)
    except RetryLater:
        raise
    except SourceError:
        # Few accounts may read them, and the hub's own clocks do without.
        yield Page((), since)
        return
    yield Page((), Place(max(place.at, until - OVERLAP)).checkpoint(), asked - LATE)


def _ours(row: Row, scope: Scope) -> bool:
    """Tell whether a clock is of a ticket that may be read: by the ticket's class, or its definition's table."""
    told = {stored(row, "task.sys_class_name"), stored(row, "sla.collection")} - {""}
    return bool(stored(row, "task")) and (not told or not told.isdisjoint(scope.tables))


def _of_tasks(keyset: Keyset, tasks: Sequence[str]) -> list[Row]:
    """Return all clocks of some tickets: their number among each other is part of what they say."""
    rows: list[Row] = []
    for first in range(0, len(tasks), TICKETS):
        part = tasks[first : first + TICKETS]
        of = Asked(CLOCKS, COLUMNS, f"taskIN{','.join(part)}", size=ROWS, all_or_none=True)
        for batch in keyset.sweep(of):
            if not {stored(row, "task") for row in batch.items} <= set(part):
                raise SourceError(f"{CLOCKS}: asked for those of some tickets, and ServiceNow showed others")
            rows += batch.items
    return rows
