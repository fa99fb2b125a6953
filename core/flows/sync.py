"""Pull: one lane until it is up to date, every page one commit."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.errors import RetryLater, SourceError
from core.flows import reach
from core.flows.ahead import ahead
from core.flows.leaving import look_at_leavers
from core.flows.source import Done, Progress, Source
from core.ports import SCOPE, LaneKind, Page, Stop, Stream
from core.store import Store, Tx, connections, facts, lanes, listed, marks, runs, scope
from core.store.lanes import LaneRow

__all__ = ["backfilling", "caught_up", "open_lanes", "sync", "sync_lane"]

LIVE_OVERLAP = timedelta(minutes=6)
"""A live lane begins this long before now, so that the end of a backfill and its beginning overlap.

Longer than what any source holds back: else the past would be asked again and again for its last seconds.
"""

LONGEST_PAUSE = timedelta(hours=1)
"""No lane is put off for longer at a time; one that seems to be was put off before the host's clock was set back."""

DAWN = datetime.min.replace(tzinfo=UTC)


def open_lanes(store: Store, source: Source) -> list[LaneRow]:
    """Return the connection's lanes, live ones first, in the order they are to be read; make missing ones.

    A live lane starts at the present; the backfill of the same stream reads up to that start.
    """
    streams = source.connector.streams()
    with store.view() as tx:
        rows = {(row.stream, row.kind): row for row in lanes.every(tx, source.id)}
    again = [row for row in rows.values() if _opened_again(row)]
    if again or any(_missing(source, stream, rows) for stream in streams):
        with store.unit() as tx:
            for row in again:
                _restart(tx, source, row)
            known = {(row.stream, row.kind): row for row in lanes.every(tx, source.id)}
            for stream in streams:
                for kind in _missing(source, stream, known):
                    _open(tx, source, stream, kind, known)
            rows = {(row.stream, row.kind): row for row in lanes.every(tx, source.id)}
    live = [rows[stream.name, LaneKind.LIVE] for stream in streams if not stream.once]
    past = [(stream.name, LaneKind.BACKFILL) for stream in sorted(streams, key=lambda each: not each.once)]
    # The one that waited longest goes first, so that a small share of a limit starves no lane.
    live.sort(key=lambda row: row.last_run_at or DAWN)
    return [*live, *(rows[key] for key in past if key in rows and not _opened_again(rows[key]))]


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
    start = live_from if kind is LaneKind.LIVE else None if stream.timeless else past
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


def _opened_again(row: LaneRow) -> bool:
    return row.kind is LaneKind.BACKFILL and row.checkpoint.cursor == lanes.REOPENED and row.finished_at is None


def _restart(tx: Tx, source: Source, row: LaneRow) -> None:
    """Begin a lane that was opened again. What has no age was read whole, whatever the scope."""
    stream = next((each for each in source.connector.streams() if each.name == row.stream), None)
    if stream is not None and not source.replaced(tx):
        lanes.restart(tx, row.id, source.connector.start(stream.name, row.start_at))
        if stream.timeless:
            lanes.finish(tx, row.id, source.host_now())


def sync(
    store: Store,
    source: Source,
    kinds: frozenset[LaneKind],
    stop: Stop,
    *,
    forced: bool = False,
    behind: datetime | None = None,
) -> Done:
    """Pull the connection's lanes of these kinds that are due; one after the other, live first.

    A stream that fails by itself does not keep the others waiting. `reason` tells of failures only: not of
    limits that are used up, nor of a stop.
    forced: read also what is not due yet by its rhythm; what the source's limits forbid stays forbidden.
    behind: read also what has not been read since then, host time.
    """
    began, calls = time.monotonic(), source.meter.calls()
    done = Done("sync", source.name)
    due = _due_lanes(store, source, kinds, forced=forced, behind=behind)
    if not due:
        return done
    with store.unit() as tx:
        run = runs.begin(tx, "sync", source.id, ",".join(sorted(kinds)), source.host_now())
    outcome = "failed"
    try:
        done, error = _pull_all(store, source, due, stop)
        outcome = _OUTCOMES[reach.state_of(error)] if error is not None else "done"
        done = replace(done, reason="" if error is None else str(error))
    finally:
        done = replace(done, calls=source.meter.calls() - calls, seconds=round(time.monotonic() - began, 3))
        counts = {"read": done.read, "stored": done.stored, "calls": done.calls}
        with store.unit() as tx:
            runs.end(tx, run, source.host_now(), outcome, counts, done.reason)
    return done


_OUTCOMES = {"refused": "refused", "unreachable": "retry", "failed": "failed"}


def _pull_all(store: Store, source: Source, due: Sequence[LaneRow], stop: Stop) -> tuple[Done, SourceError | None]:
    """Pull these lanes and note how the connection stands; return also what failed."""
    done, reached = Done("sync", source.name), False
    wrong: SourceError | None = None
    waiting: RetryLater | None = None
    for lane in due:
        if stop.reached():
            break
        part, error = sync_lane(store, source, lane, stop)
        done += part
        what = _named(lane)
        if error is None:
            reached = True
            source.failing.pop(what, None)
        elif stop.reached():
            break
        elif isinstance(error, RetryLater) and error.after is not None:
            waiting = error
        elif reach.state_of(error) == "failed":
            source.failing[what] = f"{what}: {error}"
            wrong = wrong or error
        else:
            reach.failed(store, source, reach.state_of(error), str(error))
            return done, error
    if reached or wrong is not None:
        _reached(store, source)
    elif waiting is not None:
        reach.silent(store, source, waiting)
    return done, wrong


def _due_lanes(
    store: Store, source: Source, kinds: frozenset[LaneKind], *, forced: bool, behind: datetime | None
) -> list[LaneRow]:
    rhythms = {stream.name: stream.every for stream in source.connector.streams()}
    return [
        lane
        for lane in open_lanes(store, source)
        if lane.kind in kinds and _due(lane, source, rhythms.get(lane.stream), forced=forced, behind=behind)
    ]


def sync_lane(store: Store, source: Source, lane: LaneRow, stop: Stop) -> tuple[Done, SourceError | None]:
    """Pull one lane until it has caught up, `stop` is reached or the source fails; every page is one commit.

    While a page is stored the next one is fetched already.

    Returns: what was read, and what failed. What was committed stays, and the lane resumes after it.
    """
    connector = source.connector if lane.kind is LaneKind.LIVE else source.backfill
    done = Done("sync", source.name)
    read, settled = lane.read, lane.settled_until

    def last(page: Page) -> bool:
        return stop.reached() or _enough(lane, page.settled_until or settled)

    try:
        with ahead(connector.pull(lane.stream, lane.checkpoint), last) as pages:
            for page in pages:
                read += len(page.records)
                look_at_leavers(store, source, page, stop)
                added = _keep(store, source, lane, page, read)
                if added is None:
                    return done, None
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
                    return done, None
    except SourceError as error:
        if not stop.reached():
            after = error.after if isinstance(error, RetryLater) else None
            with store.unit() as tx:
                lanes.postpone(tx, lane.id, source.host_now() + min(after or reach.PAUSE, LONGEST_PAUSE))
        return done, error
    finished = lane.kind is LaneKind.BACKFILL and (settled is None or lane.until_at is None or _enough(lane, settled))
    with store.unit() as tx:
        # By now it may have been opened again, for what this process knows nothing of.
        finished = finished and not source.replaced(tx)
        if finished:
            connections.hold(tx, source.id)
            lanes.settle(tx, lane.id, lane.until_at)
            lanes.finish(tx, lane.id, source.host_now())
            scope.read_again(tx, source.id)
            marks.unsure(tx, source.id)
        lanes.ran(tx, lane.id, source.host_now())
    if finished:
        _report(source, lane, read, lane.total, settled, finished=True)
    return done, None


def _keep(store: Store, source: Source, lane: LaneRow, page: Page, read: int) -> facts.Added | None:
    """Store a page and where the lane stands after it, in one unit; None: it was asked for by an older revision."""
    now = source.host_now()
    with store.unit() as tx:
        if source.replaced(tx):
            return None
        added = facts.add(
            tx,
            source.id,
            records=page.records,
            complete=page.complete,
            set_aside=page.set_aside,
            stream=lane.stream,
            outside=page.outside,
            veil=source.veil,
            seen_at=now,
        )
        settled = page.settled_until
        if page.inside is not None and settled is not None and not _listed(tx, source, page.inside, settled):
            settled = None
        lanes.advance(tx, lane.id, page.checkpoint, settled, read, page.total, now)
        marks.covered(tx, source.id, [coverage.ticket_id for coverage in page.complete])
        if lane.kind is LaneKind.LIVE and lane.carries_history:
            marks.passed(tx, source.id)
    source.metrics.read(source.name, lane.stream, len(page.records), len(page.set_aside))
    return added


def _listed(tx: Tx, source: Source, inside: frozenset[str], until: datetime) -> bool:
    """Move tickets in and out as the list of those in scope says; say whether it was believed."""
    row, lane = connections.get(tx, source.name), lanes.get(tx, source.id, SCOPE, LaneKind.LIVE)
    if row is None or lane is None:
        return False
    return listed.compare(tx, row, lane, inside, until, source.host_now()).believed


def _enough(lane: LaneRow, settled: datetime | None) -> bool:
    """Say whether a backfill has come to where the live lane of its stream began."""
    over = lane.until_at is not None and settled is not None and settled >= lane.until_at
    return lane.kind is LaneKind.BACKFILL and over


def backfilling(store: Store, source: Source) -> bool:
    """Say whether the past of this connection is still to be read, or was never begun."""
    with store.view() as tx:
        return lanes.backfilling(tx, source.id)


def caught_up(store: Store, source: Source, since: datetime) -> bool:
    """Say whether the present of each history has been read to its end since then; not to be asked while it is read.

    A stream that fails by itself is told as such, and keeps nothing waiting.
    """
    streams = [stream for stream in source.connector.streams() if not stream.once]
    wanted = {stream.name for stream in streams if stream.carries_history} or {stream.name for stream in streams}
    with store.view() as tx:
        rows = {row.stream: row for row in lanes.every(tx, source.id) if row.kind is LaneKind.LIVE}
    return all(name in rows and (_named(rows[name]) in source.failing or _read(rows[name], since)) for name in wanted)


def _read(lane: LaneRow, since: datetime) -> bool:
    return lane.not_before is None and lane.last_run_at is not None and lane.last_run_at >= since


def _named(lane: LaneRow) -> str:
    return f"{lane.stream} ({lane.kind})"


def _due(lane: LaneRow, source: Source, every: timedelta | None, *, forced: bool, behind: datetime | None) -> bool:
    now = source.host_now()
    put_off = lane.not_before is not None and now < lane.not_before <= now + LONGEST_PAUSE
    if lane.finished_at is not None or put_off:
        return False
    if lane.kind is LaneKind.BACKFILL or lane.last_run_at is None or (forced and every is None):
        return True
    if lane.last_run_at > now or (behind is not None and lane.last_run_at < behind):
        # The host's clock was set back: nobody knows how long ago that was.
        return True
    return lane.last_run_at + (every or source.settings.every) - timedelta(seconds=1) <= now


def _report(
    source: Source, lane: LaneRow, read: int, total: int | None, settled: datetime | None, *, finished: bool
) -> None:
    source.report(Progress(source.name, lane.stream, read, total, lane.start_at, lane.until_at, settled, finished))


def _reached(store: Store, source: Source) -> None:
    used, allowed = source.meter.allowance()
    with store.unit() as tx:
        connections.update(
            tx,
            source.id,
            skew=source.meter.skew(),
            last_success_at=source.host_now(),
            calls_used=used,
            calls_allowed=allowed,
        )
        if not source.failing:
            reach.well(tx, source)
    failing = sorted(source.failing.values())
    if failing:
        reach.failed(store, source, "failed", "; ".join(failing))
