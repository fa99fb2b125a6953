"""Census: hold all ids that a source lists against those in store, and ask for each that differs before believing it.

What is missing in the source's list is asked for by its id: a ticket that moved or that an index has not caught up with
is shown, and stored as it is now. One that is not shown was deleted, or is hidden with its whole part. What the store
has never seen is fetched, so that nothing that a page has lost stays lost.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.errors import SourceError
from core.flows import census_findings, reach
from core.flows.confirm import Looked, look
from core.flows.source import Done, Source
from core.ports import CENSUS, Census, Checkpoint, Fetches, LaneKind, Purpose, Stop, TakesCensus
from core.store import Store, Tx, census, connections, histories, lanes, lists, lost, runs
from core.store.bulk import chunks
from core.store.census import CensusRow
from core.store.lanes import LaneRow
from core.tickets import Presence

__all__ = ["NAME", "able", "take"]

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""How soon another one says whether a census that was not believed was right."""

NAME = "census"
"""Under this name it rests while the limits leave no calls for it."""

BATCH = 100


def able(source: Source) -> bool:
    """Say whether this connector can list ids and be asked for single ones."""
    return isinstance(source.backfill, TakesCensus) and isinstance(source.backfill, Fetches)


def take(store: Store, source: Source, stop: Stop, *, forced: bool = False) -> Done:
    """Count the connection's tickets where a census is due, in its share for the past; what breaks off begins anew.

    forced: also where none is due.
    """
    done, connector = Done(NAME, source.name), source.backfill
    if not (isinstance(connector, TakesCensus) and isinstance(connector, Fetches)):
        return done
    if stop.reached() or source.resting(NAME):
        return done
    lane = _lane(store, source)
    if lane is None:
        return replace(done, reason="nothing has been read of it yet; run 'slahub sync' first" if forced else "")
    if not (forced or _due(store, source, lane)):
        return done
    began, calls = time.monotonic(), source.meter.calls()
    with store.unit() as tx:
        run = runs.begin(tx, NAME, source.id, "", source.host_now())
    outcome = "failed"
    try:
        with source.meter.on(Purpose.CENSUS):
            done, outcome = _counted(_Round(store, source, connector, stop, lane), connector)
    finally:
        done = replace(done, calls=source.meter.calls() - calls, seconds=round(time.monotonic() - began, 3))
        counts = {"read": done.read, "stored": done.stored, "changed": done.changed, "calls": done.calls}
        with store.unit() as tx:
            runs.end(tx, run, source.host_now(), outcome, counts, done.reason)
    return done


def _counted(round_: "_Round", connector: TakesCensus) -> tuple[Done, str]:
    """Go round all parts; return what was done, and how the run ended."""
    store, source = round_.store, round_.source
    try:
        whole = round_.all_parts(connector)
    except SourceError as error:
        reason = reach.broken(store, source, NAME, error, round_.stop)
        return replace(round_.done, reason=reason), "failed" if reason else "retry"
    source.failing.pop(NAME, None)
    if not whole:
        return round_.done, "retry"
    with store.unit() as tx:
        if not source.replaced(tx):
            census_findings.only(tx, source, round_.counted)
            lanes.ran(tx, round_.lane.id, source.host_now())
    return round_.done, "done"


def _lane(store: Store, source: Source) -> LaneRow | None:
    """Return the lane that says when the last census was taken; None as long as nothing has been read."""
    with store.view() as tx:
        found = lanes.get(tx, source.id, CENSUS, LaneKind.LIVE)
        begun = any(row.kind is LaneKind.BACKFILL for row in lanes.every(tx, source.id))
    if found is not None or not begun:
        return found
    with store.unit() as tx:
        # While the past is being read the first one waits for a day; else it waits for nothing.
        start = source.host_now() if lanes.backfilling(tx, source.id) else None
        kind, none = LaneKind.LIVE, Checkpoint("")
        return lanes.open_lane(tx, source.id, CENSUS, kind, none, carries_history=False, start_at=start, until_at=None)


def _due(store: Store, source: Source, lane: LaneRow) -> bool:
    with store.view() as tx:
        pasts = [row.finished_at for row in lanes.every(tx, source.id) if row.kind is LaneKind.BACKFILL]
        sure = all(row.believed for row in census.latest(tx, source.id))
    now, last = source.host_now(), lane.last_run_at or lane.start_at
    if last is None or last > now:
        return True
    read_since = all(pasts) and any(at is not None and at > last for at in pasts)
    return read_since or last + (EVERY if sure else AGAIN) <= now


@dataclass(slots=True)
class _Round:
    """One census of one connection. counted: the parts that were, by field and value."""

    store: Store
    source: Source
    connector: Fetches
    stop: Stop
    lane: LaneRow
    done: Done = field(init=False)
    counted: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def __post_init__(self) -> None:
        self.done = Done(NAME, self.source.name)

    def all_parts(self, connector: TakesCensus) -> bool:
        """Count each part that the source shows, then those that it does not; say whether that came to its end."""
        began, since = self.source.now(), self._since()
        for each in connector.census(since):
            if self.stop.reached() or not self.part(each, since):
                return False
        return all(not self.stop.reached() and self.part(each, since) for each in self._unnamed(began))

    def part(self, each: Census, since: datetime | None) -> bool:
        """Count one part; say whether that came to its end. Raises: SourceError."""
        store, source = self.store, self.source
        where = (source.id, each.field, each.value)
        with store.view() as tx:
            before, listed_at = census.last(tx, *where), census.listed_at(tx, *where)
            known = census.stored(tx, *where)
            read = not lanes.backfilling(tx, source.id)
            unseen = frozenset(census.unknown(tx, source.id, each.ids or ()) if read else ())
            settled = lists.settled_until(tx, source.id)
        found = census.compare(known, each, since, settled if read else None)
        believed = not found.shrunk or self._said_before(before)
        with store.unit() as tx:
            if source.replaced(tx):
                return False
            connections.hold(tx, source.id)
            row = census.begin(tx, source.id, each, source.host_now())
            census.unlisted(tx, source.id, found.again, None)
        missing, back = frozenset(found.missing if believed else ()).union(found.hidden), frozenset(found.back)
        gone = Presence.FORBIDDEN if each.ids is None else Presence.DELETED

        def keep(tx: Tx, looked: Looked) -> None:
            over = frozenset[str]()
            for ids, presence in ((looked.silent - looked.hidden, gone), (looked.hidden, Presence.FORBIDDEN)):
                over |= lost.lose(
                    tx,
                    source.id,
                    ids & missing,
                    presence,
                    listed_at=listed_at,
                    asked=looked.asked,
                    seen_at=source.host_now(),
                )
            there = looked.shown if each.ids is None else looked.shown | looked.hidden
            census.unlisted(tx, source.id, there & missing, looked.asked)
            new = looked.shown & unseen
            repaired = census.withheld(tx, source.id, new, since, settled) if settled is not None and new else 0
            census.count(tx, row.id, lost=len(over), back=len(looked.shown & back), repaired=repaired)
            self.done += Done(NAME, source.name, changed=len(over))

        for ids in chunks(sorted(missing | back | unseen | {*found.behind}), BATCH):
            if self.stop.reached() or not self._ask(ids, keep):
                return False
        with store.unit() as tx:
            if source.replaced(tx):
                return False
            ended = census.end(tx, row.id, census.tally(tx, source.id, each), source.host_now(), believed=believed)
            census_findings.note(tx, source, ended, expected=found.expected, missing=len(found.missing), read=read)
        self.counted.add((each.field, each.value))
        self.done += Done(NAME, source.name, read=found.expected if each.ids is None else len(each.ids))
        return True

    def _ask(self, ids: Sequence[str], keep: Callable[[Tx, Looked], None]) -> bool:
        """Look at these tickets directly; say whether the limits let all of them be asked about."""
        looked = look(self.store, self.source, self.connector, ids, then=keep)
        self.done += replace(looked.done, flow=NAME, read=0)
        if looked.left_out:
            self.source.rest(NAME, looked.after)
        return not looked.left_out

    def _said_before(self, before: CensusRow | None) -> bool:
        """Say whether another census, which came to its end, has found a part so changed before."""
        last = self.lane.last_run_at
        if before is None or before.believed or before.ended_at is None:
            return False
        return last is not None and before.ended_at <= last

    def _since(self) -> datetime | None:
        """Return where the reading of tickets that are no longer open has begun; None: at their beginning."""
        dated = {each.name for each in self.source.connector.streams() if not (each.whole or each.timeless)}
        with self.store.view() as tx:
            rows = lanes.every(tx, self.source.id)
        starts = [row.start_at for row in rows if row.kind is LaneKind.BACKFILL and row.stream in dated]
        known = [start for start in starts if start is not None]
        return min(known) if known and len(known) == len(starts) else None

    def _unnamed(self, began: datetime) -> Iterator[Census]:
        """Yield the parts in scope of which tickets are stored and that this census has not named."""
        with self.store.view() as tx:
            known = {(row.field, row.value): row.part for row in census.latest(tx, self.source.id)}
            names = histories.labels(tx, self.source.id)
            fields = {name for name, _ in (*known, *self.counted)}
            stored = [(name, value) for name in sorted(fields) for value in census.parts(tx, self.source.id, name)]
        for name, value in stored:
            label = names.get((name, value), value)
            if (name, value) not in self.counted and self._in_scope(name, value, label):
                yield Census(known.get((name, value), label), name, value, None, began)

    def _in_scope(self, name: str, value: str, label: str) -> bool:
        wanted = self.source.mapping.scope.get(name)
        return wanted is None or not {value.casefold(), label.casefold()}.isdisjoint(map(str.casefold, wanted))
