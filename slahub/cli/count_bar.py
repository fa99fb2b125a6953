"""A bar for work whose pieces are counted: how many are done, how fast, and how long the rest still takes."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from slahub.cli.out import errors

__all__ = ["counted", "measured"]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.completed / task.elapsed:,.0f}/s" if task.completed and task.elapsed else "")


@contextmanager
def counted(doing: str, total: int, *, shown: bool) -> Generator[Callable[[int], None]]:
    """Give what moves a bar over tickets on, on a terminal that somebody looks at."""
    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    with _bars(doing, "tickets") as bars:
        task = bars.add_task("", total=total)
        yield lambda count: bars.update(task, advance=count)


@contextmanager
def measured(doing: str, noun: str, *, shown: bool) -> Generator[Callable[[int, int], None]]:
    """Give what sets a bar to how much is done, and of how much, on a terminal that somebody looks at."""
    if not shown or not sys.stderr.isatty():
        yield lambda done, whole: None
        return
    with _bars(doing, noun) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, whole: bars.update(task, completed=done, total=whole)


def _bars(doing: str, noun: str) -> Progress:
    columns = (
        TextColumn(doing),
        BarColumn(24),
        MofNCompleteColumn(),
        TextColumn(noun),
        _Rate(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=errors, transient=True, redirect_stdout=sys.stdout.isatty())
