"""What run, sync, evaluate and deliver do, and what they say about it."""

import signal
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType

from core.flows.configure import CODE
from core.flows.source import Done, Source
from core.flows.stop import StopSignal
from core.hub import BACKFILL, LIVE, Hub
from core.ports import Now
from core.settings import hub_settings
from core.store import connections, fields, findings
from core.telemetry import start_logging
from slahub.bootstrap import Opening, host_now
from slahub.cli.options import INTERRUPTED
from slahub.cli.out import complain, emit, plural, say
from slahub.cli.progress import progress
from slahub.cli.view import advice, known, nearest, opened

__all__ = ["cycle", "deliver", "evaluate", "interruptible", "meet", "run", "run_once", "sync", "tell"]

PATIENCE = timedelta(minutes=5)
ROUND = 0.2
"""Seconds between two looks at pending jobs or a limit that is used up."""

COUNTED = {"read": "read", "stored": "stored", "evaluated": "judged", "changed": "changed", "written": "written"}
"""What a person is told of a run, in this order, and the word for it; zeros are left out."""


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Generator[StopSignal]:
    """Give a stop signal that ctrl-c, SIGTERM and a closed terminal set, so that work ends at a
    safe place; a second one ends it there.

    What is stored is stored whole at any moment; the safe place only spares work.
    """
    stop = StopSignal()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.reached():
            raise KeyboardInterrupt
        stop.set()

    old = {number: signal.signal(number, ask) for number in ENDING}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def run(folder: Path, *, quiet: bool, now: Now = host_now) -> None:
    """Run the daemon until it is told to stop. quiet: somebody chose what is logged. now: the host's clock."""
    from scheduler import Daemon
    from slahub.web.address import address
    from slahub.web.app import application
    from slahub.web.serving import serve

    if not quiet:
        start_logging("info")
    stop = StopSignal()
    opening = Opening(folder, stop, now)
    draft = opening.draft()
    at = address(hub_settings(draft).http, draft.positions)
    hub = opening.hub()

    def beside(daemon: Daemon) -> AbstractContextManager[object]:
        return serve(application(daemon, opening.metrics), at)

    reopen = partial(opening.hub, hub.store, first_revision=False)
    look = partial(opening.compare, hub.store)
    Daemon(hub, reopen, stop, look=look, beside=beside, new_secrets=opening.new_secrets).run()
    opening.close()


def run_once(folder: Path, *, as_json: bool) -> int:
    """Run one whole cycle over every connection; return the exit status."""
    with interruptible() as stop, progress(shown=not as_json) as report:
        hub = Opening(folder, stop, report=report, eager=True).hub()
        _tell_draft(hub)
        return _told(cycle(hub, stop), stop, as_json=as_json)


def sync(folder: Path, names: Sequence[str], *, as_json: bool) -> int:
    """Pull the named connections, present first; return the exit status."""
    with interruptible() as stop, progress(shown=not as_json) as report:
        opening = Opening(folder, stop, report=report, eager=True)
        known(opening, names)
        hub = opening.hub()
        _tell_draft(hub)
        runs = (done for source in _chosen(hub, names) for done in _pulled(hub, source, stop))
        return _told(runs, stop, as_json=as_json)


def evaluate(folder: Path, names: Sequence[str], *, as_json: bool) -> int:
    """Judge what waits in the named connections; return the exit status."""
    with interruptible() as stop:
        hub = opened(Opening(folder, stop))
        return _told((hub.evaluate(source, stop) for source in _chosen(hub, names)), stop, as_json=as_json)


def deliver(folder: Path, names: Sequence[str], *, as_json: bool) -> int:
    """Write what waits in the named connections; return the exit status."""
    with interruptible() as stop:
        hub = opened(Opening(folder, stop))
        sources = _chosen(hub, names)
        return _told((done for source in sources for done in _delivered(hub, source, stop)), stop, as_json=as_json)


def _tell_draft(hub: Hub) -> None:
    """Say where the folder is not what the work is done by."""
    with hub.store.view() as tx:
        found = [each.text for each in findings.open_ones(tx, "") if each.code == CODE]
    for text in found:
        complain(f"! {text}")


def cycle(hub: Hub, stop: StopSignal) -> Iterator[Done]:
    """Pull past and present of every connection, then judge and write until nothing is left to do.

    Yields what each flow did. All is read before anything is judged: tickets may be linked with another connection's.
    """
    read: list[Source] = []
    for source in hub.sources.values():
        met = True
        for done in _pulled(hub, source, stop):
            yield done
            met = done.flow != "probe"
        read += [source] if met else []
    for source in read:
        yield from _until_shown(partial(hub.judge_and_deliver, source, stop), hub, source, stop)


def _delivered(hub: Hub, source: Source, stop: StopSignal) -> Iterator[Done]:
    if meet(hub, source, stop) == "waiting" and stop.reached():
        return
    yield from _until_shown(partial(_written, hub, source, stop), hub, source, stop)


def _written(hub: Hub, source: Source, stop: StopSignal) -> Iterator[Done]:
    yield hub.deliver(source, stop)
    if source.settings.note:
        yield hub.note(source, stop)


def _pulled(hub: Hub, source: Source, stop: StopSignal) -> Iterator[Done]:
    state = meet(hub, source, stop)
    if state in {"refused", "stopped"}:
        with hub.store.view() as tx:
            row = connections.get(tx, source.name)
        hint = advice(source) if state == "refused" else ""
        yield Done("probe", source.name, reason=f"{state}: {row.reason if row else ''}{hint}")
        return
    if state == "waiting":
        if not stop.reached():
            yield Done("probe", source.name, reason="its call limits leave no call to meet it for now")
        return
    if hub.backfilling(source):
        # It ends where the present begins: read first, it leaves the live lanes next to nothing, and a
        # source that allows few calls is not asked the same twice.
        past = _until_read(hub, source, stop)
        yield past
        if past.reason:
            return
    yield _until_present(hub, source, stop)


def meet(hub: Hub, source: Source, stop: StopSignal) -> str:
    """Ask the source who it is, waiting for its limits where it must; return how the connection stands."""
    began = time.monotonic()
    while (state := hub.probe(source)) == "waiting" and time.monotonic() - began < PATIENCE.total_seconds():
        if stop.wait(ROUND):
            break
    return state


def _until_read(hub: Hub, source: Source, stop: StopSignal) -> Done:
    """Read the past to its end, waiting for the limits where it must."""
    done = Done("backfill", source.name)
    idle_since = host_now()
    while hub.backfilling(source) and not stop.reached():
        part = hub.sync(source, BACKFILL, stop)
        done += part
        if part.read:
            idle_since = host_now()
        if part.reason or not hub.backfilling(source):
            break
        if host_now() - idle_since > PATIENCE:
            return replace(done, reason="the past is not read to its end: the source's limits leave too few calls")
        if not part.read:
            stop.wait(ROUND)
    return done


def _until_present(hub: Hub, source: Source, stop: StopSignal) -> Done:
    """Read the present to its end, waiting for the limits where it must."""
    done = hub.sync(source, LIVE, stop, forced=True)
    began = host_now()
    while not (done.reason or stop.reached() or hub.caught_up(source)):
        if host_now() - began > PATIENCE:
            return replace(done, reason="the present is not read to its end: the source's limits leave too few calls")
        stop.wait(ROUND)
        done += hub.sync(source, LIVE, stop)
    return done


def _until_shown(work: Callable[[], Iterable[Done]], hub: Hub, source: Source, stop: StopSignal) -> Iterator[Done]:
    """Repeat `work` until no write is under way any more; yield what each flow did in all."""
    totals: dict[str, Done] = {}
    while True:
        for done in work():
            totals[done.flow] = totals[done.flow] + done if done.flow in totals else done
        with hub.store.view() as tx:
            waiting = fields.under_way(tx, source.id)
        if not waiting or stop.reached():
            break
        stop.wait(ROUND)
    yield from totals.values()


def _chosen(hub: Hub, names: Sequence[str]) -> list[Source]:
    for name in names:
        if name not in hub.sources:
            raise nearest(name, hub.sources)
    return [hub.sources[name] for name in names] if names else list(hub.sources.values())


def _told(runs: Iterable[Done], stop: StopSignal, *, as_json: bool) -> int:
    """Tell of each run as it ends; return the exit status."""
    status = 0
    told: set[tuple[str, str]] = set()
    for done in runs:
        status = 1 if done.reason else status
        if as_json:
            row = {**asdict(done), "seconds": round(done.seconds), "reason": done.reason or None}
            emit(row)
            continue
        if not done.reason or done.read or done.written:
            say(tell(done))
        if done.reason and (done.connection, done.reason) not in told:
            told.add((done.connection, done.reason))
            complain(f"{done.connection}: {done.reason}")
    if stop.reached():
        complain("interrupted; what is done is kept, and the next start goes on from there")
        return INTERRUPTED
    return status


def tell(done: Done) -> str:
    """Return what a run did as one line for people; what it did none of is left out."""
    counts = [f"{count:,} {word}" for name, word in COUNTED.items() if (count := getattr(done, name))]
    calls = [plural(done.calls, "call")] if done.calls else []
    said = ", ".join([*counts, *calls]) or "nothing to do"
    return f"{done.connection:<12}  {done.flow:<8}  {said}, {done.seconds:.1f} s"
