"""A bar for work whose pieces are counted: how many are done, how fast, and how long the rest still takes."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from slahub.cli.out import errors

__all__ = ["counted"]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.completed / task.elapsed:,.0f}/s" if task.completed and task.elapsed else "")


@contextmanager
def counted(doing: str, total: int, *, shown: bool) -> Generator[Callable[[int], None]]:
    """Give what moves a bar over tickets on, on a terminal that somebody looks at."""
    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (
        TextColumn(doing),
        BarColumn(24),
        MofNCompleteColumn(),
        TextColumn("tickets"),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True, redirect_stdout=sys.stdout.isatty()) as picture:
        task = picture.add_task("", total=total)
        yield lambda count: picture.update(task, advance=count)
