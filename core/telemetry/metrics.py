"""What the flows count, in the text format that monitoring systems scrape."""

from datetime import timedelta
from typing import ClassVar

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

__all__ = ["Metrics"]


class Metrics:
    """The counts of one process, in a registry of their own.

    Labels are connections, streams and outcomes, never tickets: their number is bounded by the configuration.
    """

    CONTENT_TYPE: ClassVar[str] = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._calls = Counter("slahub_source_calls", "Calls made to a source", ["connection"], registry=registry)
        self._records = Counter(
            "slahub_records_read", "Records read from a source", ["connection", "stream"], registry=registry
        )
        self._set_aside = Counter(
            "slahub_records_set_aside", "Records that could not be read", ["connection", "stream"], registry=registry
        )
        self._evaluations = Counter("slahub_tickets_evaluated", "Tickets judged", ["connection"], registry=registry)
        self._writes = Counter(
            "slahub_writes",
            "Tickets whose fields were written, by what became of it",
            ["connection", "outcome"],
            registry=registry,
        )
        self._lag = Gauge(
            "slahub_lag_seconds",
            "How far behind the present a source's tickets are known",
            ["connection"],
            registry=registry,
        )
        self._up = Gauge("slahub_source_up", "Whether a source answers: 1 or 0", ["connection"], registry=registry)
        self._hints = Counter(
            "slahub_hints", "What came in as a hint, by what became of it", ["connection", "outcome"], registry=registry
        )
        self._queue = Gauge(
            "slahub_waiting", "What waits, by what it waits for", ["connection", "queue"], registry=registry
        )
        self._database = Gauge("slahub_database_up", "Whether the database answers: 1 or 0", registry=registry)

    def called(self, connection: str, calls: int) -> None:
        """Count calls to a source, retries included."""
        self._calls.labels(connection).inc(calls)

    def read(self, connection: str, stream: str, records: int, set_aside: int = 0) -> None:
        """Count the records of a stored page, and those that could not be read."""
        self._records.labels(connection, stream).inc(records)
        self._set_aside.labels(connection, stream).inc(set_aside)

    def evaluated(self, connection: str, tickets: int) -> None:
        """Count judged tickets."""
        self._evaluations.labels(connection).inc(tickets)

    def wrote(self, connection: str, outcome: str, tickets: int = 1) -> None:
        """Count written tickets by `Outcome`."""
        self._writes.labels(connection, outcome).inc(tickets)

    def begin(self) -> None:
        """Forget how connections stood, before all that are there now are measured."""
        for gauge in (self._lag, self._up, self._queue):
            gauge.clear()

    def lags(self, connection: str, behind: timedelta) -> None:
        """Set how far behind the present a connection is."""
        self._lag.labels(connection).set(behind.total_seconds())

    def answers(self, connection: str, *, up: bool) -> None:
        """Set whether a connection's source answers."""
        self._up.labels(connection).set(up)

    def hinted(self, connection: str, outcome: str, hints: int = 1) -> None:
        """Count what came in as a hint: `noted`, `again`, `none`, or why it was not taken."""
        self._hints.labels(connection, outcome).inc(hints)

    def waits(self, connection: str, queue: str, items: int) -> None:
        """Set how much waits in one queue of a connection."""
        self._queue.labels(connection, queue).set(items)

    def stores(self, *, up: bool) -> None:
        """Set whether the database answers."""
        self._database.set(up)

    def render(self) -> bytes:
        """Return all counts as text, UTF-8, one sample a line."""
        return generate_latest(self._registry)
