"""A poll that finds nothing: what it calls, what it writes, and what it costs."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from statistics import median

from benchmarks import hub
from benchmarks.databases import Databases, migrated
from benchmarks.desk import Desk
from benchmarks.measure import Table
from connectors.zendesk import ZendeskConnector
from core.store import Store

__all__ = ["WATCHED", "counted", "measure"]

HEAD = ("A poll that finds nothing", "Lanes due", "Calls", "Rows written", "CPU ms")
WATCHED = ("ticket", "event", "mention", "coverage", "person", "person_role")
"""Tables with rows of tickets, events and people; where a lane stands and that it ran is noted elsewhere."""


def measure(desk: Desk, databases: Databases, runs: int) -> Table:
    """Return what a poll takes in which the lanes of the usual rhythm are due."""
    with migrated(databases("SQLite")) as store, hub.open_source(store, desk.url, ZendeskConnector) as opened:
        hub.pull(store, opened)
        source = replace(opened, settings=replace(opened.settings, every=timedelta()))
        hub.pull(store, source)
        due = sum(not stream.once and stream.every is None for stream in source.connector.streams())
        calls, cpu = desk.calls(), list[float]()
        with counted(store) as written:
            for _ in range(runs):
                began = time.process_time()
                done = hub.pull(store, source)
                cpu.append(time.process_time() - began)
                if done.reason or done.stored:
                    raise RuntimeError(f"the poll was to find nothing: {done}")
            rows = written()
        each = (desk.calls() - calls) / runs
        return Table("polls", HEAD, [("hub", str(due), f"{each:g}", str(rows), f"{median(cpu) * 1000:.1f}")])


@contextmanager
def counted(store: Store) -> Generator[Callable[[], int]]:
    """Count every row that is written in the watched tables of a SQLite database; gives the count so far."""
    triggers = [(table, deed) for table in WATCHED for deed in ("INSERT", "UPDATE", "DELETE")]
    with store.unit() as tx:
        tx.exec_driver_sql("CREATE TABLE written (what TEXT)")
        for table, deed in triggers:
            note = f"INSERT INTO written VALUES ('{deed} {table}')"
            tx.exec_driver_sql(f"CREATE TRIGGER {deed}_{table} AFTER {deed} ON {table} BEGIN {note}; END")

    def count() -> int:
        with store.view() as tx:
            return int(tx.exec_driver_sql("SELECT count(*) FROM written").scalar_one())

    yield count
    with store.unit() as tx:
        for table, deed in triggers:
            tx.exec_driver_sql(f"DROP TRIGGER {deed}_{table}")
        tx.exec_driver_sql("DROP TABLE written")
