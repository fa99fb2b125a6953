"""The bar of a long pull: how far, how fast, how long it still takes."""

import io
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from rich.console import Console

from core.flows.source import Progress
from slahub.cli.progress import bars

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=100)


class Screen:
    """A terminal in memory, on which a second passes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.text = io.StringIO()
        self.console = Console(file=self.text, force_terminal=True, width=100, color_system=None)

    def drawn(self) -> str:
        """Return the newest picture as a person sees it."""
        lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text.getvalue()).replace("\r", "\n").splitlines()
        return [line.strip() for line in lines if line.strip()][-1]


def seen(read: int, days: float | None, *, total: int | None = None, since: datetime | None = SINCE) -> Progress:
    settled = None if days is None else SINCE + timedelta(days=days)
    return Progress("desk", "ticket_events", read, total, since, UNTIL, settled, finished=False)


def shown(*steps: Progress) -> str:
    """Return what the bar shows after one step every ten seconds."""
    screen = Screen()
    with bars(screen.console, now=lambda: screen.seconds) as (picture, report):
        for step in steps:
            report(step)
            picture.refresh()
            screen.seconds += 10
        screen.seconds -= 10
        picture.refresh()
        return screen.drawn()


def test_history_is_measured_by_the_time_that_it_covers() -> None:
    drawn = shown(seen(100, 10), seen(1100, 20), seen(2100, 30))
    # Ten days of history in ten seconds: seventy days are left.
    assert re.fullmatch(r"desk ticket events \S+ +30 % +2,100 read +100/s +0:01:10", drawn), drawn


def test_what_the_source_counts_is_measured_by_that() -> None:
    drawn = shown(seen(0, None, total=400), seen(100, None, total=400), seen(200, None, total=400))
    assert re.fullmatch(r"desk ticket events \S+ +50 % +200 read +10/s +0:00:20", drawn), drawn


def test_history_without_a_known_beginning_is_measured_from_where_it_was_found() -> None:
    drawn = shown(*(seen(read, days, since=None) for read, days in ((100, 50), (200, 60), (300, 75))))
    assert " 50 % " in drawn
    assert re.search(r"0:00:\d\d$", drawn)


def test_what_an_earlier_run_has_read_counts_in_no_rate() -> None:
    drawn = shown(seen(90_000, 80), seen(90_100, 85), seen(90_200, 90))
    assert re.fullmatch(r"desk ticket events \S+ +90 % +90,200 read +10/s +0:00:20", drawn), drawn


def test_where_nothing_tells_how_much_there_is_the_rate_is_shown_alone() -> None:
    drawn = shown(seen(10, None), seen(20, None), seen(30, None))
    assert re.fullmatch(r"desk ticket events \S+ +30 read +1/s", drawn), drawn


def test_a_terminal_shows_a_bar_for_each_stream_of_the_past(fresh) -> None:
    (fresh.folder / "hub.db").unlink()
    command = [sys.executable, "-m", "slahub", "--config", str(fresh.folder), "sync", "desk"]
    mine, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": theirs}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        os.close(theirs)
        text = b""
        try:
            while part := os.read(mine, 65536):
                text += part
        except OSError:  # the other end is closed
            pass
        finally:
            os.close(mine)
        assert process.wait(60) == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.decode())
    for stream in ("open tickets", "people", "tickets", "ticket events"):
        assert re.search(rf"desk {stream} +\S+ +100 % +[\d,]+ read", plain), plain[-2000:]
    assert re.search(r"\d+/s +0:00:\d\d", plain)
