"""The bars of a long pull: a rate and the time left for each lane."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from core.flows.source import Progress as LaneProgress
from slahub.cli.out import errors

__all__ = ["progress"]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", justify="right")


@contextmanager
def progress(*, shown: bool) -> Generator[Callable[[LaneProgress], None]]:
    """Give a reporter that draws a bar for each lane of the past, on a terminal that somebody looks at."""
    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    # What is printed meanwhile goes above the bars, unless it goes elsewhere.
    with Progress(*columns, console=errors, redirect_stdout=sys.stdout.isatty()) as bars:
        tasks: dict[tuple[str, str], TaskID] = {}

        def report(seen: LaneProgress) -> None:
            if seen.until is None:
                return
            key = (seen.connection, seen.stream)
            total = seen.read if seen.finished else seen.total and max(seen.total, seen.read)
            if key not in tasks:
                # What stands in the bar at first may be an earlier run's, and counts in no rate.
                name = f"{seen.connection} {seen.stream.replace('_', ' ')}"
                tasks[key] = bars.add_task(name, total=total, completed=seen.read)
            bars.update(tasks[key], completed=seen.read, total=total)

        yield report
