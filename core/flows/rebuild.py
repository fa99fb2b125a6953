"""Rebuild: judge everything again from stored facts in an empty database, and compare what is believed."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import select

from core.flows.evaluate import Active, evaluate
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.store import Store, Tx, aging, connections, lists, tables
from core.store.copy import facts_to
from core.store.types import to_microseconds

__all__ = ["belief", "rebuild"]

_MOVED_BY_WRITING = frozenset({"id", "updated_at"})
_ROWS = frozenset({"id", "ticket", "judged_at"})
_PASSING = frozenset({"elapsed_seconds", "remaining_seconds", "paused_seconds"})
"""What moves with the time of a running or paused clock without anything having happened."""


def rebuild(store: Store, empty: Store, sources: Iterable[Source], active: Active, now: datetime) -> None:
    """Copy the facts of `store` into the migrated `empty` one and judge every ticket there as of `now`.

    now: host time. The connections' skew is as last measured.
    """
    facts_to(store, empty)
    for source in sources:
        with empty.view() as tx:
            row = connections.get(tx, source.name)
        if row is None:
            continue
        there = replace(source, id=row.id, host_now=lambda: now)
        evaluate(empty, there, active, StopSignal())


def belief(store: Store, sources: Iterable[Source]) -> str:
    """Return a SHA-256 over the present belief: events, tickets, clocks in force, desired fields.

    Row numbers, times of arrival, and what merely passes with time are left out.
    """
    digest = hashlib.sha256()
    with store.view() as tx:
        for name in sorted(source.name for source in sources):
            row = connections.get(tx, name)
            for part in () if row is None else _parts(tx, row.id):
                digest.update(json.dumps(part, sort_keys=True, default=_plain).encode())
    return digest.hexdigest()


def _parts(tx: Tx, connection_id: int) -> Iterator[object]:
    event, sealed = tables.event.c, aging.sealed(tx, connection_id)
    columns = (event.ticket_source_id, event.stream, event.source_id, event.at, event.order_key, event.actor)
    kept = select(*columns, event.changes, event.comments).where(
        event.connection_id == connection_id, event.withdrawn_at.is_(None)
    )
    yield from sorted(([_plain(cell) for cell in row] for row in tx.execute(kept)), key=json.dumps)
    # Of the others nothing is left that it could be judged again by.
    ids = [each for each in lists.ticket_ids(tx, connection_id) if each not in sealed]
    tickets = [asdict(row) for row in lists.ticket_rows(tx, ids)]
    for row in sorted(tickets, key=lambda row: str(row["source_id"])):
        yield {name: value for name, value in row.items() if name not in _MOVED_BY_WRITING}
    clocks = [asdict(row) for row in lists.clock_rows(tx, connection_id) if row.ticket not in sealed]
    for clock in sorted(clocks, key=lambda row: [str(row[name]) for name in ("key", "policy", "metric", "cycle")]):
        over = clock["state"] not in {"running", "paused"}
        yield {
            name: value
            for name, value in clock.items()
            if name not in _ROWS and name not in (_PASSING - {"elapsed_seconds"} if over else _PASSING)
        }
    wishes = [asdict(row) for row in lists.field_rows(tx, connection_id) if row.wanted]
    yield from sorted(
        ([row["source_id"], row["slot"], row["desired"]] for row in wishes), key=lambda row: [str(cell) for cell in row]
    )


def _plain(value: object) -> object:
    return to_microseconds(value) if isinstance(value, datetime) else value
