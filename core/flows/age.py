"""Age: end what was broken off of forgetting, seal the clocks of old tickets, remove what they follow from."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from core.flows.active import Active
from core.flows.old_enough import BATCH, Aged, people, tickets
from core.flows.source import Source
from core.ports import Stop
from core.settings.values import Retention
from core.store import Store, Tx, aging, audit, connections, forgetting, naming
from core.store.bulk import chunks
from core.store.veiled import Veil

__all__ = ["age", "due"]

EVERY = timedelta(days=1)
WHAT = "age"


def due(store: Store, now: datetime) -> bool:
    """Say whether a day has passed since it was last done. now: host time."""
    with store.view() as tx:
        last = audit.last(tx, WHAT)
    return last is None or last + EVERY <= now


def age(
    store: Store,
    sources: Sequence[Source],
    active: Active,
    retention: Retention,
    stop: Stop,
    *,
    now: datetime,
    author: str,
    zones: str = "",
    told: Callable[[int], None] = lambda count: None,
) -> Aged:
    """Do it for all connections, one short unit after the other. now: host time. zones: the edition in use.

    Broken off, what is done is done, and the rest is done the next time.
    Raises: StoreError where somebody was forgotten under another key than the present one.
    """
    # First: what names a person is looked for by the name, which may be old enough to go itself.
    done = Aged(forgotten=_forgotten(store, sources, stop, now, author))
    for source in sources:
        # Before the tickets: without their past nobody can tell in which of them a person occurs.
        if not stop.reached():
            done = replace(done, names=done.names + _names(store, source, retention))
        if retention.tickets is not None:
            done += _tickets(store, source, active, source.now() - retention.tickets, stop, zones, told)
        while retention.clocks is not None and not stop.reached():
            with store.unit() as tx:
                clocks = aging.remove_clocks(tx, source.id, source.now() - retention.clocks, BATCH)
            done = replace(done, clocks=done.clocks + clocks)
            if not clocks:
                break
    while retention.runs is not None and not stop.reached():
        with store.unit() as tx:
            runs = aging.remove_runs(tx, now - retention.runs)
        done = replace(done, runs=done.runs + runs)
        if not runs:
            break
    with store.unit() as tx:
        # Of each person who was forgotten a row of its own tells.
        about = {name: count for name, count in asdict(done).items() if name != "forgotten"}
        audit.add(tx, audit.Entry(now, author, WHAT, about))
    if done.tickets or done.clocks or done.names:
        store.flush()
    return done


def _forgotten(store: Store, sources: Sequence[Source], stop: Stop, now: datetime, author: str) -> int:
    """End what was broken off, at connections too that are configured no more; return of how many people."""
    key = next((each.veil.key for each in sources), None)
    if key is None:
        return 0
    with store.view() as tx:
        rows = connections.every(tx)
    people = 0
    for row in rows:

        def ended(tx: Tx, digest: str, name: str = row.name) -> None:
            nonlocal people
            people += 1
            audit.add(tx, audit.Entry(now, author, "forgotten", {"connection": name, "digest": digest}))

        forgetting.finish(store, row.id, Veil(row.name, key), stop=stop, ended=ended)
    return people


def _names(store: Store, source: Source, retention: Retention) -> int:
    """Replace the names of people who were not heard of for long; without a key there is nothing to replace by."""
    if source.veil.key is None:
        return 0
    with store.view() as tx:
        found = people(tx, source, retention)
    for chunk in chunks(sorted(found), BATCH):
        with store.unit() as tx:
            connections.hold(tx, source.id)
            naming.hide(tx, source.id, source.veil, chunk)
    return len(found)


def _tickets(
    store: Store,
    source: Source,
    active: Active,
    before: datetime,
    stop: Stop,
    zones: str,
    told: Callable[[int], None],
) -> Aged:
    done = Aged()
    for batch in tickets(store, source, active, before, stop):
        for each in batch:
            with store.unit() as tx:
                ready = aging.seal(tx, source.id, each, zones, source.host_now())
                events = aging.remove(tx, source.id, each.ticket, source.host_now()) if ready else 0
            done += Aged(tickets=int(ready), events=events, left=int(not ready))
        told(len(batch))
    return done
