"""Age: end what was broken off of forgetting, seal the clocks of old tickets, remove what they follow from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from core.flows.active import Active
from core.flows.evaluate import UNJUDGED, desk_of
from core.flows.source import Source
from core.ports import Stop
from core.settings.values import Retention
from core.sla.ledger import explained
from core.sla.ledger_kept import kept
from core.store import Store, Tx, aging, audit, connections, forgetting, histories, lanes, naming
from core.store.aging import Sealed
from core.store.bulk import chunks
from core.store.veiled import Veil

__all__ = ["Aged", "age", "due", "waiting"]

BATCH = 100
EVERY = timedelta(days=1)
WHAT = "age"


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


def due(store: Store, now: datetime) -> bool:
    """Say whether a day has passed since it was last done. now: host time."""
    with store.view() as tx:
        last = audit.last(tx, WHAT)
    return last is None or last + EVERY <= now


def waiting(store: Store, clocks: Mapping[int, datetime], retention: Retention) -> int:
    """Return how many tickets are old enough. clocks: what time it is at each connection, by its row."""
    if retention.tickets is None:
        return 0
    with store.view() as tx:
        return sum([aging.count(tx, row, now - retention.tickets) for row, now in clocks.items()])


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
    """Replace the names of people who were not heard of for so long; without a key there is nothing to replace by."""
    if retention.names is None or source.veil.key is None:
        return 0
    with store.view() as tx:
        people = naming.unheard(
            tx, source.id, source.now() - min(retention.names, retention.tickets or retention.names)
        )
    for chunk in chunks(sorted(people), BATCH):
        with store.unit() as tx:
            connections.hold(tx, source.id)
            naming.hide(tx, source.id, source.veil, chunk)
    return len(people)


def _tickets(
    store: Store,
    source: Source,
    active: Active,
    before: datetime,
    stop: Stop,
    zones: str,
    told: Callable[[int], None],
) -> Aged:
    done, after = Aged(), 0
    while not stop.reached():
        with store.view() as tx:
            # While the past is read, a clock that is unknown may become known.
            ids = [] if lanes.backfilling(tx, source.id) else aging.old(tx, source.id, before, BATCH, after)
            loaded = histories.load(tx, source.id, ids)
            desk = desk_of(tx, source, loaded)
        if not ids:
            break
        after = ids[-1]
        now = source.now().replace(microsecond=0)
        for each in loaded:
            try:
                found = explained(each.history, desk, active.rules, now)
                ledgers = {
                    (one.clock.id.policy, one.clock.id.metric, one.clock.id.started_by): kept(one) for one in found
                }
            except UNJUDGED:
                done = replace(done, left=done.left + 1)
                continue
            with store.unit() as tx:
                ready = aging.seal(
                    tx, source.id, Sealed(each.id, each.input_version, ledgers), zones, source.host_now()
                )
                events = aging.remove(tx, source.id, each.id, source.host_now()) if ready else 0
            done += Aged(tickets=int(ready), events=events, left=int(not ready))
        told(len(ids))
    return done
