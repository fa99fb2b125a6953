"""Gauges: how each connection stands at this moment, as the database has it."""

from datetime import datetime, timedelta

from core.flows.source import Source
from core.store import Store, connections, lists, sizes
from core.telemetry import Metrics

__all__ = ["measure"]


def measure(store: Store, source: Source, metrics: Metrics, now: datetime) -> None:
    """Set how far a connection is behind, whether its source answers, and what waits.

    now: host time. Raises: StoreError.
    """
    with store.view() as tx:
        row = connections.get(tx, source.name)
        settled = lists.settled_until(tx, source.id)
        queues = sizes.sizes(tx, source.id)
    metrics.answers(source.name, up=row is not None and row.state == "ok")
    if row is not None and settled is not None:
        metrics.lags(source.name, max(now + row.skew - settled, timedelta()))
    for queue, items in queues.items():
        metrics.waits(source.name, queue, items)
