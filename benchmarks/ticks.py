"""A tick of the evaluation in which nothing is due: what it costs, by how many tickets are stored."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import text

from benchmarks import hub
from benchmarks.databases import KINDS, Databases, migrated
from benchmarks.measure import Table
from benchmarks.tickets import NOW, rules
from core.flows.evaluate import Active, evaluate
from core.flows.stop import StopSignal
from core.store import Store
from core.store.types import to_microseconds

__all__ = ["measure"]

HEAD = ("A tick with nothing due", "Tickets", "Wall ms", "Against the fewer")
NOWHERE = "https://desk.example.com"
SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < :count)",
    "postgresql": "WITH series(n) AS (SELECT * FROM generate_series(1, :count))",
}
FILL = """
INSERT INTO ticket (connection_id, source_id, key, url, created_at, updated_at, version, source_values, presence,
                    phase, input_version, evaluated_version, next_check_at, parked_reason, writes)
{series}
SELECT :connection, n, n, '', :created, :created, 1, '{{}}', 'present', 'open', 1, 1,
       CASE WHEN n % 5 = 0 THEN :due + n END, '', 0 FROM series
"""
"""A fifth of the tickets is open and will be looked at some day."""


def measure(databases: Databases, sizes: Sequence[int], runs: int) -> Table:
    """Return the median cost of a tick. sizes: how many tickets are stored, the fewest first."""
    rows: list[tuple[str, ...]] = []
    for kind in KINDS:
        costs = [_ticks(databases, kind, size, runs) for size in sizes]
        rows += [
            (kind, f"{size:,}", f"{cost * 1000:.2f}", f"{cost / costs[0]:.2f}")
            for size, cost in zip(sizes, costs, strict=True)
        ]
    return Table("ticks", HEAD, rows)


def _ticks(databases: Databases, kind: str, size: int, runs: int) -> float:
    with migrated(databases(kind)) as store, hub.open_source(store, NOWHERE) as source:
        _fill(store, source.id, size)
        active, seconds = Active((rules(),)), list[float]()
        for _ in range(runs):
            began = time.perf_counter()
            done = evaluate(store, source, active, StopSignal())
            seconds.append(time.perf_counter() - began)
            if done.evaluated:
                raise RuntimeError(f"the tick was to find nothing: {done}")
        return median(seconds)


def _fill(store: Store, connection: int, count: int) -> None:
    with store.unit() as tx:
        values = {
            "connection": connection,
            "count": count,
            "created": to_microseconds(NOW),
            "due": to_microseconds(datetime.now(UTC) + timedelta(days=30)),
        }
        tx.execute(text(FILL.format(series=SERIES[tx.dialect.name])), values)
    with store.unit() as tx:
        tx.execute(text("ANALYZE ticket"))
