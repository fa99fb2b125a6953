"""The bars of a long pull: how far each stream of the past is, how fast, and how long it still takes."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from core.flows.source import Progress as LaneProgress
from slahub.cli.out import errors

__all__ = ["bars", "progress"]

Report = Callable[[LaneProgress], None]

WHOLE = 10_000

WINDOW = 600.0
"""Seconds of the past that the time left is estimated by: a source that allows few calls gives a page a minute."""


class _Share(ProgressColumn):
    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text("")
        return Text(f"{100 if task.finished else min(99, int(100 * task.completed / WHOLE))} %", justify="right")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        # What an earlier run has read counts in no rate.
        read = task.fields["read"] - task.fields["found"]
        passed = task.finished_time if task.finished else task.elapsed
        return Text(f"{read / passed:,.0f}/s" if read and passed else "", justify="right")


@contextmanager
def progress(*, shown: bool) -> Generator[Report]:
    """Give a reporter that draws a bar for each lane of the past, on a terminal that somebody looks at."""
    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    with bars(errors) as (_, report):
        yield report


@contextmanager
def bars(console: Console, now: Callable[[], float] = time.monotonic) -> Generator[tuple[Progress, Report]]:
    """Give a picture on `console`, and what draws a lane's bar in it. now: seconds, for rates."""
    picture = Progress(
        TextColumn("{task.description}"),
        BarColumn(24),
        _Share(),
        TextColumn("{task.fields[read]:,} read", justify="right"),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
        get_time=now,
        speed_estimate_period=WINDOW,
        # What is printed meanwhile goes above the bars, unless it goes elsewhere.
        redirect_stdout=sys.stdout.isatty(),
    )
    tasks: dict[tuple[str, str], TaskID] = {}
    begins: dict[tuple[str, str], datetime | None] = {}

    def report(seen: LaneProgress) -> None:
        if seen.until is None:
            return
        key = (seen.connection, seen.stream)
        # Where nobody knows how far back the past goes, it begins where it was found.
        begins[key] = begins.get(key) or seen.since or seen.settled_until
        share = replace(seen, since=begins[key]).share
        total, done = (None, 0) if share is None else (WHOLE, round(WHOLE * share))
        if key not in tasks:
            name = f"{seen.connection} {seen.stream.replace('_', ' ')}"
            tasks[key] = picture.add_task(name, total=total, completed=done, read=seen.read, found=seen.read)
        picture.update(tasks[key], completed=done, total=total, read=seen.read)

    with picture:
        yield picture, report
