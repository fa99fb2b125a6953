"""Tickets that a search for those in scope finds no more: what made them leave it is read before they are let go.

No stream brings them any more, and what they left with is often how they ended.
"""

from datetime import timedelta

from core.errors import RetryLater
from core.flows.confirm import look
from core.flows.source import Source
from core.ports import SCOPE, Fetches, LaneKind, Page, Stop
from core.store import Store, lanes, listed
from core.store.bulk import chunks
from core.tickets import OnLeave

__all__ = ["look_at_leavers"]

BATCH = 100


def look_at_leavers(store: Store, source: Source, page: Page, stop: Stop) -> None:
    """Look directly at the tickets that leave with this list, and at those that left and whose clocks go on.

    Raises: SourceError; RetryLater where the limits leave no calls for all of them, so that the list waits, too.
    """
    connector = source.connector
    inside, until = page.inside, page.settled_until
    if inside is None or until is None or not isinstance(connector, Fetches):
        return
    with store.view() as tx:
        lane = lanes.get(tx, source.id, SCOPE, LaneKind.LIVE)
        followed = source.mapping.on_leave is OnLeave.KEEP
        leaving = [] if lane is None else listed.leaving(tx, source.id, lane, inside, until, followed=followed)
    for ids in chunks(leaving, BATCH):
        if stop.reached():
            raise RetryLater("stopping: the work goes on at the next start")
        looked = look(store, source, connector, ids)
        if looked.left_out:
            text = f"{len(looked.left_out)} tickets that left the scope are still to be looked at"
            raise RetryLater(text, after=looked.after or timedelta(minutes=1))
