"""Commands that do the work: init, run, sync, evaluate, deliver."""

import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from core.flows.source import Done, Source
from core.flows.source import Progress as LaneProgress
from core.flows.stop import StopSignal
from core.hub import BACKFILL, LIVE, Hub
from core.settings import starter
from core.store import fields
from core.telemetry import start_logging
from scheduler import Daemon
from slahub.bootstrap import Opening, host_now
from slahub.cli.out import console, emit, errors

__all__ = ["add", "chosen", "cycle", "interruptible"]

PATIENCE = timedelta(minutes=5)
ROUND = 0.2
"""Seconds between two looks at pending jobs or a limit that is used up."""

JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
NAMES = Annotated[list[str] | None, typer.Argument(help="Connections; all when left out.")]


def add(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(init)
    app.command()(run)
    app.command("sync")(sync_)
    app.command("evaluate")(evaluate_)
    app.command("deliver")(deliver_)


@contextmanager
def interruptible() -> Generator[StopSignal]:
    """Give a stop signal that SIGINT and SIGTERM set, so that work ends at a safe place."""
    stop = StopSignal()

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    old = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def init(context: typer.Context, folder: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Write a commented starter folder."""
    target = (folder or context.obj).absolute()
    for path in starter(target):
        console.print(f"wrote {path.relative_to(target.parent)}", markup=False)
    console.print("Edit connections.yaml, then look at it with 'slahub check'.", markup=False)


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One whole cycle, then end.")] = False,
    as_json: JSON = False,
) -> None:
    """Run the daemon, or one whole cycle with --once."""
    if once:
        with interruptible() as stop:
            hub = Opening(context.obj, stop, eager=True).hub()
            bad = False
            for source in hub.sources.values():
                for done in cycle(hub, source, stop):
                    bad = bad or bool(done.reason)
                    _say(done, as_json=as_json)
            raise typer.Exit(1 if bad else 0)
    if not context.meta["log level given"]:
        start_logging("info")
    stop = StopSignal()
    opening = Opening(context.obj, stop)
    hub = opening.hub()
    Daemon(hub, lambda: opening.hub(hub.store, first_revision=False), stop).run()


def cycle(hub: Hub, source: Source, stop: StopSignal) -> Iterator[Done]:
    """Pull live and past, judge and write until nothing is left to do; yield what each flow did."""
    state = hub.probe(source)
    if state in {"refused", "stopped"}:
        yield Done("probe", source.name, reason=f"the connection is {state}; see 'slahub status'")
        return
    live = hub.sync(source, LIVE, stop, forced=True)
    yield live
    if not live.reason:
        yield _until_read(hub, source, stop)
    yield from _until_shown(hub, source, stop)


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


def _until_shown(hub: Hub, source: Source, stop: StopSignal) -> Iterator[Done]:
    """Judge, confirm and deliver until the source shows what it should."""
    totals: dict[str, Done] = {}
    while True:
        for done in hub.judge_and_deliver(source, stop):
            totals[done.flow] = totals[done.flow] + done if done.flow in totals else done
        with hub.store.view() as tx:
            waiting = fields.under_way(tx, source.id)
        if not waiting or stop.reached():
            break
        stop.wait(ROUND)
    yield from totals.values()


def sync_(context: typer.Context, names: NAMES = None, as_json: JSON = False) -> None:
    """Pull now: live lanes first, then the past, with a progress bar; resumes where it stopped."""
    with interruptible() as stop, _bar(enabled=not as_json and sys.stderr.isatty()) as report:
        hub = Opening(context.obj, stop, report=report, eager=True).hub()
        bad = False
        for source in chosen(hub, names):
            hub.probe(source)
            for done in (hub.sync(source, LIVE, stop, forced=True), _until_read(hub, source, stop)):
                bad = bad or bool(done.reason)
                _say(done, as_json=as_json)
    raise typer.Exit(1 if bad else 0)


def evaluate_(context: typer.Context, names: NAMES = None, as_json: JSON = False) -> None:
    """Judge the tickets that wait for it."""
    _each(context, names, lambda hub, source, stop: hub.evaluate(source, stop), as_json=as_json)


def deliver_(context: typer.Context, names: NAMES = None, as_json: JSON = False) -> None:
    """Write what tickets should show and do not."""
    _each(context, names, lambda hub, source, stop: hub.deliver(source, stop), as_json=as_json)


def _each(
    context: typer.Context, names: list[str] | None, work: Callable[[Hub, Source, StopSignal], Done], *, as_json: bool
) -> None:
    with interruptible() as stop:
        hub = Opening(context.obj, stop).hub()
        bad = False
        for source in chosen(hub, names):
            done = work(hub, source, stop)
            bad = bad or bool(done.reason)
            _say(done, as_json=as_json)
    raise typer.Exit(1 if bad else 0)


def chosen(hub: Hub, names: list[str] | None) -> list[Source]:
    """Return the named connections, all when none is named. Raises: SettingsError for an unknown one."""
    return [hub.source(name) for name in names] if names else list(hub.sources.values())


def _say(done: Done, *, as_json: bool) -> None:
    row = {name: value for name, value in asdict(done).items() if value != "" or name != "reason"}
    if as_json:
        emit(row)
        return
    text = (
        f"{done.connection:<16} {done.flow:<9} read {done.read}, stored {done.stored}, evaluated {done.evaluated}, "
        f"changed {done.changed}, written {done.written}, calls {done.calls}, {done.seconds:.1f} s"
    )
    console.print(text, markup=False)
    if done.reason:
        errors.print(f"{done.connection}: {done.reason}", markup=False, soft_wrap=True)


@contextmanager
def _bar(*, enabled: bool) -> Generator[Callable[[LaneProgress], None]]:
    """Give a reporter that draws a bar for each lane of the past, with a rate and the time left."""
    if not enabled:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors) as bars:
        tasks: dict[tuple[str, str], TaskID] = {}
        began = host_now()

        def report(seen: LaneProgress) -> None:
            key = (seen.connection, seen.stream)
            if key not in tasks:
                tasks[key] = bars.add_task(f"{seen.connection} {seen.stream}", total=seen.total, rate="")
            seconds = max((host_now() - began).total_seconds(), 0.001)
            bars.update(
                tasks[key],
                completed=seen.read,
                total=seen.read if seen.finished else seen.total,
                rate=f"{seen.read / seconds:,.0f}/s",
            )

        yield report
