"""slahub connections retract: taking off a helpdesk's tickets what the hub shows there."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.errors import Problem, SettingsError
from core.flows.retract import Retraction, begin, left, retraction
from core.flows.source import Done, Source
from core.flows.stop import StopSignal
from core.hub import Hub
from core.settings import Mode
from slahub.bootstrap import Opening
from slahub.cli.out import complain, emit, errors, near, plural, say
from slahub.cli.questions import agreed
from slahub.cli.switching import edit_of, switch
from slahub.cli.view import known, opened
from slahub.cli.work import PATIENCE, ROUND, interruptible

__all__ = ["retract"]


def retract(folder: Path, name: str, *, yes: bool, as_json: bool) -> int:
    """Say what clearing takes, ask, let the connection observe only, and clear; return the exit status."""
    with interruptible() as stop:
        opening = Opening(folder, stop)
        known(opening, [name])
        hub = opened(opening)
        source = hub.source(name)
        if source.withheld:
            raise SettingsError(Problem(source.withheld, key=f"connections.{name}"))
        writes = source.settings.mode is not Mode.OBSERVE
        if writes:
            edit_of(hub, opening, name, Mode.OBSERVE)
        size = retraction(hub.store, source)
        if not as_json:
            _say(source, size)
        if hub.backfilling(source):
            complain(f"{name}: the past is not read to its end yet; what tickets show that are to come is not counted.")
        if not size.tickets and not writes:
            return _told(source, size, Done("retract", name), as_json=as_json)
        if not agreed(f"Clear what {name} shows?", yes=yes, as_json=as_json):
            if as_json:
                emit({**_counts(source, size), "retracted": False})
            return 1
        if writes:
            path, number = switch(hub, opening, name, Mode.OBSERVE, note=f"{name} is retracted")
            if not as_json:
                say(f"{name} only observes: {near(path)} says so, and revision {number} is in force.")
            hub = opening.hub(hub.store, first_revision=False)
            source = hub.source(name)
        begin(hub.store, source)
        with _progress(size.tickets, shown=not as_json) as report:
            done = _cleared(hub, source, stop, size.tickets, report)
        return _told(source, size, done, remain=left(hub.store, source), as_json=as_json)


def _say(source: Source, size: Retraction) -> None:
    name = source.name
    if size.tickets:
        verb = "shows" if size.tickets == 1 else "show"
        takes = f"clearing {'it' if size.tickets == 1 else 'them'} takes about {plural(size.calls, 'call')}"
        say(f"{name}: {plural(size.tickets, 'ticket')} {verb} something of ours; {takes}.")
    else:
        say(f"{name}: no ticket that can be changed shows anything of ours")
    if size.closed:
        closed = "1 ticket is closed and keeps" if size.closed == 1 else f"{size.closed:,} tickets are closed and keep"
        say(f"{name}: {closed} what is shown there: nobody can change it any more.")
    if source.settings.mode is not Mode.OBSERVE:
        say(f"{name} is {source.settings.mode} now; it goes back to observe first, so that nothing is written again.")


def _cleared(hub: Hub, source: Source, stop: StopSignal, size: int, report: Callable[[int], None]) -> Done:
    """Clear until nothing is left, waiting for jobs and limits where that helps. size: tickets to be cleared."""
    total, remain = Done("retract", source.name), size
    since = time.monotonic()
    while not stop.reached():
        done = hub.retract(source, stop)
        total += done
        if done.calls or done.reason or not remain:
            now = left(hub.store, source)
            report(now)
            if done.reason or not now:
                break
            remain, since = (now, time.monotonic()) if now < remain else (remain, since)
        if time.monotonic() - since > PATIENCE.total_seconds():
            break
        stop.wait(ROUND)
    return total


def _told(source: Source, size: Retraction, done: Done, *, remain: int = 0, as_json: bool) -> int:
    name, refused = source.name, size.tickets - done.written - remain
    if as_json:
        emit(
            {
                **_counts(source, size),
                "retracted": not remain and refused <= 0,
                "cleared": done.written,
                "left": remain,
                "reason": done.reason or None,
            }
        )
    else:
        if size.tickets:
            say(f"{name}: {plural(done.written, 'ticket')} cleared with {plural(done.calls, 'call')}")
        if done.reason:
            complain(f"{name}: {done.reason}")
        if refused > 0:
            complain(
                f"! {name}: {plural(refused, 'ticket')} could not be changed; closed or deleted meanwhile, most likely"
            )
        if remain:
            complain(f"! {name}: {plural(remain, 'ticket')} still to be cleared: slahub connections retract {name}")
    return 1 if remain or refused > 0 or done.reason else 0


def _counts(source: Source, size: Retraction) -> dict[str, object]:
    return {"connection": source.name, "tickets": size.tickets, "closed": size.closed, "calls": size.calls}


@contextmanager
def _progress(total: int, *, shown: bool) -> Generator[Callable[[int], None]]:
    """Give a reporter of how many tickets are left, which draws a bar on a terminal that somebody looks at."""
    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, redirect_stdout=sys.stdout.isatty()) as bars:
        task = bars.add_task("cleared", total=total)
        yield lambda remain: bars.update(task, completed=total - remain)
