"""What is old enough to go, and what would: read of the database, with nothing of it changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Protocol

from core.flows.active import Active
from core.flows.evaluate import UNJUDGED, desk_of
from core.flows.source import Read
from core.ports import Stop
from core.settings.values import Retention
from core.sla.ledger import explained
from core.sla.ledger_kept import kept
from core.store import Store, Tx, aging, connections, forgetting, histories, lanes, naming
from core.store.aging import Sealed
from core.store.veiled import Veil

__all__ = ["BATCH", "Aged", "Timed", "foreseen", "people", "tickets", "waiting"]

BATCH = 100


@dataclass(frozen=True, slots=True)
class Aged:
    """What was removed. tickets: whose clocks are sealed now. left: old enough, but their ledger could not be kept.

    forgotten: people of whom something was left, since forgetting them had been broken off.
    """

    tickets: int = 0
    events: int = 0
    clocks: int = 0
    runs: int = 0
    names: int = 0
    left: int = 0
    forgotten: int = 0

    def __add__(self, other: "Aged") -> "Aged":
        return Aged(*(getattr(self, name) + getattr(other, name) for name in asdict(self)))


class Timed(Read, Protocol):
    """A connection's history as stored, and what time it is there."""

    def now(self) -> datetime: ...


def waiting(store: Store, sources: Sequence[Timed], retention: Retention) -> int:
    """Return how many tickets are looked at, sealed or left."""
    if retention.tickets is None:
        return 0
    with store.view() as tx:
        there = [each for each in sources if not lanes.backfilling(tx, each.id)]
        return sum([aging.count(tx, each.id, each.now() - retention.tickets) for each in there])


def tickets(store: Store, source: Timed, active: Active, before: datetime, stop: Stop) -> Iterator[Sequence[Sealed]]:
    """Yield tickets that are old enough, in batches, with what is to be kept of their clocks."""
    after = 0
    while not stop.reached():
        with store.view() as tx:
            # While the past is read, a clock that is unknown may become known.
            ids = [] if lanes.backfilling(tx, source.id) else aging.old(tx, source.id, before, BATCH, after)
            loaded = histories.load(tx, source.id, ids)
            desk = desk_of(tx, source, loaded)
        if not ids:
            return
        after = ids[-1]
        now = source.now().replace(microsecond=0)
        batch: list[Sealed] = []
        for each in loaded:
            try:
                found = explained(each.history, desk, active.rules, now)
                ledgers = {
                    (one.clock.id.policy, one.clock.id.metric, one.clock.id.started_by): kept(one) for one in found
                }
            except UNJUDGED:
                batch.append(Sealed(each.id, each.input_version, None))
            else:
                batch.append(Sealed(each.id, each.input_version, ledgers))
        yield batch


def people(tx: Tx, source: Timed, retention: Retention) -> set[str]:
    """Return the ids of people whose names go.

    They go at the latest with the past of tickets, after which nobody can tell in which of them a person occurs.
    """
    if retention.names is None:
        return set()
    length = retention.names if retention.tickets is None else min(retention.names, retention.tickets)
    return naming.unheard(tx, source.id, source.now() - length)


def foreseen(
    store: Store,
    sources: Sequence[Timed],
    veils: Mapping[int, Veil],
    active: Active,
    retention: Retention,
    stop: Stop,
    *,
    now: datetime,
    key: bytes | None,
) -> Aged:
    """Return what `age` would say if it were called now. veils: by the connection's row. now: host time.

    Raises: StoreError where somebody was forgotten under another key than the present one.
    """
    done = Aged()
    with store.view() as tx:
        rows = connections.every(tx) if key is not None else []
        broken_off = {row.id: set(forgetting.pending(tx, row.id, Veil(row.name, key))) for row in rows}
        judged_anew = {at for row in rows for at in forgetting.shown(tx, row.id, broken_off[row.id])}
        done += Aged(forgotten=sum(len(each) for each in broken_off.values()))
        if retention.runs is not None:
            done += Aged(runs=aging.count_runs(tx, now - retention.runs))
    for source in sources:
        sealed: list[int] = []
        if retention.tickets is not None:
            for batch in tickets(store, source, active, source.now() - retention.tickets, stop):
                there = [each for each in batch if each.ticket not in judged_anew]
                with store.view() as tx:
                    ready = [each for each in there if aging.complete(tx, each) is not None]
                    events = sum([aging.count_events(tx, source.id, each.ticket) for each in ready])
                done += Aged(tickets=len(ready), events=events, left=len(there) - len(ready))
                sealed += [each.ticket for each in ready]
        with store.view() as tx:
            # Where no name is to be stored, all of them go as soon as the hub is opened.
            if key is not None and not veils[source.id].names:
                gone = people(tx, source, retention) - broken_off.get(source.id, set())
                done += Aged(names=len(gone))
            if retention.clocks is not None:
                clocks = aging.count_clocks(tx, source.id, source.now() - retention.clocks, sealed)
                done = replace(done, clocks=done.clocks + clocks)
    return done
