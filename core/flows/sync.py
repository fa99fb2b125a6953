"""Pull: one lane until it is up to date, every page one commit."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.errors import RetryLater, SourceError, SourceRefused
from core.flows.source import Done, Progress, Source
from core.ports import LaneKind, Stop, Stream
from core.store import Store, Tx, connections, facts, findings, judgements, lanes, runs
from core.store.lanes import LaneRow

__all__ = ["backfilling", "open_lanes", "sync", "sync_lane"]

LIVE_OVERLAP = timedelta(minutes=5)
"""A live lane begins this long before now, so that the end of a backfill and its beginning overlap."""

DAWN = datetime.min.replace(tzinfo=UTC)
PAUSE_AFTER_FAILURE = timedelta(seconds=30)


def open_lanes(store: Store, source: Source) -> list[LaneRow]:
    """Return the connection's lanes, live ones first, in the order they are to be read; make missing ones.

    A live lane starts at the present; the backfill of the same stream reads up to that start.
    """
    streams = source.connector.streams()
    with store.view() as tx:
        rows = {(row.stream, row.kind): row for row in lanes.every(tx, source.id)}
    if any(_missing(source, stream, rows) for stream in streams):
        with store.unit() as tx:
            known = {(row.stream, row.kind): row for row in lanes.every(tx, source.id)}
            for stream in streams:
                for kind in _missing(source, stream, known):
                    _open(tx, source, stream, kind, known)
            rows = {(row.stream, row.kind): row for row in lanes.every(tx, source.id)}
    live = [rows[stream.name, LaneKind.LIVE] for stream in streams if not stream.once]
    past = [(stream.name, LaneKind.BACKFILL) for stream in sorted(streams, key=lambda each: not each.once)]
    # The one that waited longest goes first, so that a small share of a limit starves no lane.
    live.sort(key=lambda row: row.last_run_at or DAWN)
    return [*live, *(rows[key] for key in past if key in rows)]


Known = Mapping[tuple[str, LaneKind], LaneRow]


def _missing(source: Source, stream: Stream, known: Known) -> list[LaneKind]:
    """Return the lanes that the stream should have and has not; the live one first."""
    wanted = [] if stream.once else [LaneKind.LIVE]
    if not stream.whole and (source.settings.backfill.open_first or not stream.once):
        wanted.append(LaneKind.BACKFILL)
    return [kind for kind in wanted if (stream.name, kind) not in known]


def _open(tx: Tx, source: Source, stream: Stream, kind: LaneKind, known: Known) -> None:
    now = source.now()
    live = known.get((stream.name, LaneKind.LIVE))
    live_from = live.start_at if live is not None and live.start_at is not None else now - LIVE_OVERLAP
    since = source.settings.backfill.since
    past = now - since if isinstance(since, timedelta) else since
    start = live_from if kind is LaneKind.LIVE else past
    lanes.open_lane(
        tx,
        source.id,
        stream.name,
        kind,
        source.connector.start(stream.name, None if stream.whole else start),
        carries_history=stream.carries_history and not stream.once,
        start_at=start,
        until_at=None if kind is LaneKind.LIVE else live_from,
    )


def sync(store: Store, source: Source, kinds: frozenset[LaneKind], stop: Stop, *, forced: bool = False) -> Done:
    """Pull the connection's lanes of these kinds that are due; one after the other, live first.

    forced: read also what is not due yet by its rhythm; what the source's limits forbid stays forbidden.
    """
    began, calls = time.monotonic(), source.meter.calls()
    done = Done("sync", source.name)
    due = _due_lanes(store, source, kinds, forced=forced)
    if not due:
        return done
    with store.unit() as tx:
        run = runs.begin(tx, "sync", source.id, ",".join(sorted(kinds)), source.host_now())
    outcome = "done"
    try:
        for lane in due:
            if stop.reached():
                break
            done += _sync_or_wait(store, source, lane, stop)
        _reached(store, source)
    except SourceRefused as error:
        outcome, done = "refused", replace(done, reason=str(error))
        _out_of_reach(store, source, "refused", str(error))
    except RetryLater as error:
        outcome, done = "retry", replace(done, reason=str(error))
        _out_of_reach(store, source, "unreachable", str(error))
    except SourceError as error:
        outcome, done = "failed", replace(done, reason=str(error))
        _out_of_reach(store, source, "failed", str(error))
    done = replace(done, calls=source.meter.calls() - calls, seconds=round(time.monotonic() - began, 3))
    counts = {"read": done.read, "stored": done.stored, "calls": done.calls}
    with store.unit() as tx:
        runs.end(tx, run, source.host_now(), outcome, counts, done.reason)
    return done


def _due_lanes(store: Store, source: Source, kinds: frozenset[LaneKind], *, forced: bool) -> list[LaneRow]:
    rhythms = {stream.name: stream.every for stream in source.connector.streams()}
    return [
        lane
        for lane in open_lanes(store, source)
        if lane.kind in kinds and _due(lane, source, rhythms.get(lane.stream), forced=forced)
    ]


def _sync_or_wait(store: Store, source: Source, lane: LaneRow, stop: Stop) -> Done:
    """Pull one lane; a limit that is used up ends this lane's run only, others may have calls left."""
    try:
        return sync_lane(store, source, lane, stop)
    except RetryLater as error:
        if error.after is None:
            raise
        return Done("sync", source.name)


def sync_lane(store: Store, source: Source, lane: LaneRow, stop: Stop) -> Done:
    """Pull one lane until it has caught up or `stop` is reached; every page is one commit.

    Raises: SourceError; what was committed stays, and the lane resumes after it.
    """
    connector = source.connector if lane.kind is LaneKind.LIVE else source.backfill
    done = Done("sync", source.name)
    read, settled = lane.read, lane.settled_until
    try:
        for page in connector.pull(lane.stream, lane.checkpoint):
            now = source.host_now()
            with store.unit() as tx:
                added = facts.add(
                    tx,
                    source.id,
                    records=page.records,
                    complete=page.complete,
                    set_aside=page.set_aside,
                    stream=lane.stream,
                    seen_at=now,
                )
                read += len(page.records)
                lanes.advance(tx, lane.id, page.checkpoint, page.settled_until, read, page.total, now)
                judgements.mark_covered(tx, source.id, [coverage.ticket_id for coverage in page.complete])
                if lane.kind is LaneKind.LIVE and lane.carries_history:
                    judgements.mark_passed(tx, source.id, page.settled_until)
            settled = page.settled_until or settled
            done += Done(
                "sync",
                source.name,
                read=len(page.records),
                stored=added.tickets + added.events + added.people,
                changed=len(added.touched),
            )
            _report(source, lane, read, page.total, settled, finished=False)
            if stop.reached():
                return done
    except RetryLater as error:
        with store.unit() as tx:
            lanes.postpone(tx, lane.id, source.host_now() + (error.after or PAUSE_AFTER_FAILURE))
        raise
    with store.unit() as tx:
        lanes.ran(tx, lane.id, source.host_now())
    if lane.kind is LaneKind.BACKFILL and (lane.until_at is None or settled is None or settled >= lane.until_at):
        with store.unit() as tx:
            lanes.settle(tx, lane.id, lane.until_at)
            lanes.finish(tx, lane.id, source.host_now())
            judgements.mark_unsure(tx, source.id)
        _report(source, lane, read, lane.total, settled, finished=True)
    return done


def backfilling(store: Store, source: Source) -> bool:
    """Say whether a backfill lane of this connection is still under way."""
    with store.view() as tx:
        return any(row.finished_at is None for row in lanes.every(tx, source.id) if row.kind is LaneKind.BACKFILL)


def _due(lane: LaneRow, source: Source, every: timedelta | None, *, forced: bool) -> bool:
    now = source.host_now()
    if lane.finished_at is not None or (lane.not_before is not None and lane.not_before > now):
        return False
    if lane.kind is LaneKind.BACKFILL or lane.last_run_at is None or (forced and every is None):
        return True
    return lane.last_run_at + (every or source.settings.every) - timedelta(seconds=1) <= now


def _report(
    source: Source, lane: LaneRow, read: int, total: int | None, settled: datetime | None, *, finished: bool
) -> None:
    source.report(Progress(source.name, lane.stream, read, total, lane.start_at, lane.until_at, settled, finished))


def _reached(store: Store, source: Source) -> None:
    used, allowed = source.meter.allowance()
    with store.unit() as tx:
        row = connections.get(tx, source.name)
        now = source.host_now()
        connections.update(
            tx,
            source.id,
            state="ok",
            reason="",
            state_since=now if row is None or row.state != "ok" else row.state_since,
            skew=source.meter.skew(),
            last_success_at=now,
            calls_used=used,
            calls_allowed=allowed,
        )
        for code in ("refused", "unreachable", "failed"):
            findings.end(tx, source.name, code, None, now)


def _out_of_reach(store: Store, source: Source, state: str, reason: str) -> None:
    now = source.host_now()
    with store.unit() as tx:
        row = connections.get(tx, source.name)
        since = now if row is None or row.state != state else row.state_since
        connections.update(tx, source.id, state=state, reason=reason, state_since=since)
        findings.note(tx, source.name, state, source.name, reason, now)
