"""The demo: one round that proves itself, and a screen on which something happens."""

import io
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from core.ports import Slot
from slahub.demo.desk import Shown
from slahub.demo.screen import Screen
from slahub.demo.table import Line, agreement, shown_table, tally

HOME = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def line(
    key: str,
    due: datetime | None,
    word: str,
    *,
    shown: str | None = None,
    state: str = "running",
    connection: str = "zendesk",
    linked: tuple[str, ...] = (),
) -> Line:
    text = due.strftime("%Y-%m-%dT%H:%M:%SZ") if due else None
    desired = {Slot.STATE: word, Slot.DUE: text}
    return Line(
        connection=connection,
        source_id=key,
        key=key,
        linked=linked,
        metric="first_response",
        state=state,
        standing=word.replace(" ", "_"),
        due_at=due,
        desired=desired,
        shown={Slot.STATE: shown if shown is not None else word, Slot.DUE: text},
        settled=True,
    )


ROWS = [
    line("40000", NOW - timedelta(days=33, hours=7), "breached"),
    line("2", NOW + timedelta(minutes=1), "at risk"),
    line("3", NOW + timedelta(days=2), "on track", shown="breached"),
    line("4", None, "on track", state="paused"),
    line("ENG-101", NOW + timedelta(days=3), "on track", connection="jira", linked=("304",)),
    line("304", NOW + timedelta(days=4), "on track", linked=("ENG-101",)),
    line("INC0010301", NOW + timedelta(days=4), "on track", connection="servicenow", linked=("305",)),
]


def drawn(width: int, *rows: Line) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(shown_table(rows, NOW, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 85, 86, 100, 109, 110, 120, 200])
def test_nothing_is_cut_on_a_terminal_of_80_columns_or_more(width: int) -> None:
    lines = drawn(width, *ROWS)
    assert max(len(each.rstrip()) for each in lines) <= width
    assert "…" not in "".join(lines)
    for word in (
        "#40000",
        "first response",
        "breached",
        "at risk",
        "on track",
        "paused",
        "-18",
        "zendesk",
        "jira",
        "servicenow",
    ):
        assert word in "\n".join(lines)
    assert ("SLA due" in lines[0], "left" in lines[0]) == (width >= 86, width >= 110)


def test_a_field_that_differs_from_the_engine_is_marked() -> None:
    marks = [each.rstrip()[-1] for each in drawn(120, *ROWS) if "#" in each]
    assert marks == ["=", "=", "≠", "=", "=", "=", "="]
    assert tally(ROWS).plain == "1 breached, 1 at risk, 4 on track, 1 paused"


@pytest.mark.parametrize(("width", "mark"), [(80, "↔"), (120, " ↔ ")])
def test_tickets_that_are_the_same_work_name_each_other(width: int, mark: str) -> None:
    text = "\n".join(drawn(width, *ROWS))
    assert f"ENG-101{mark}#304 " in text
    assert f"#304{mark}ENG-101 " in text
    assert f"INC0010301{mark}#305 " in text
    assert text.count("↔") == 3


def test_a_line_is_drawn_where_the_present_is() -> None:
    lines = [each.strip() for each in drawn(120, *ROWS)]
    (past,) = (index for index, each in enumerate(lines) if "#40000" in each)
    assert lines[past + 1] == ""
    assert "#2 " in lines[past + 2]


@dataclass(frozen=True)
class NoDesk:
    """Stands where the screen asks a helpdesk for its address and its count of writes."""

    name: str
    url: str = "http://127.0.0.1:40785"
    account: str = "hub"
    secret: str = "none"

    def writes(self) -> int:
        return 7

    def shown(self, ticket_ids: Sequence[str]) -> dict[str, Shown]:
        return {}

    def people(self, per_minute: float) -> None:
        """Send nobody anywhere."""

    def advance(self, seconds: float) -> None:
        """Let no time pass."""


DESKS = (NoDesk("zendesk"), NoDesk("jira"), NoDesk("servicenow"))


def test_the_screen_tells_what_changed_in_the_helpdesk_since_the_last_look() -> None:
    screen = Screen(DESKS)
    assert screen.look([line("1", NOW, "on track")], NOW) == []
    (told,) = screen.look([line("1", NOW, "breached")], NOW)
    assert told.plain.endswith("zendesk     #1          first response  on track → breached")
    (told,) = screen.look([line("1", NOW, "breached"), line("2", NOW, "on track")], NOW)
    assert told.plain.endswith("new → on track")
    twin = line("2", NOW, "at risk", connection="jira")
    (told,) = screen.look([line("1", NOW, "breached"), line("2", NOW, "on track"), twin], NOW)
    assert "  jira        #2 " in told.plain
    assert screen.look([line("1", NOW, "breached"), line("2", NOW, "on track"), twin], NOW) == []


@pytest.mark.parametrize("height", [24, 40])
def test_the_screen_fits_the_terminal(height: int) -> None:
    screen = Screen(DESKS)
    rows = [line(str(each), NOW + timedelta(minutes=each - 60), "on track") for each in range(120)]
    console = Console(file=io.StringIO(), width=80, height=height, color_system=None)
    for word in ("on track", "at risk", "breached"):
        screen.look([*rows, line("x", NOW, word)], NOW)
    console.print(screen.picture(rows, NOW, 80, height))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert height - 6 <= len(text.splitlines()) <= height
    assert max(len(each.rstrip()) for each in text.splitlines()) <= 80
    assert "as the engine says, 21 write calls; ctrl-c ends" in text


@pytest.mark.parametrize(("width", "where"), [(120, "servicenow 127.0.0.1:40785"), (80, "servicenow :40785")])
def test_the_screen_says_where_each_helpdesk_is(width: int, where: str) -> None:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(Screen(DESKS).picture([], NOW, width, 24))
    assert isinstance(console.file, io.StringIO)
    assert f"   {where}   10:00:00 UTC" in console.file.getvalue().splitlines()[0]


def one_round(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "slahub", "demo", "--once", *options]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=HOME, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_one_round_ends_good_when_every_helpdesk_says_what_the_engine_says() -> None:
    # What the environment says of proxies and authorities does not concern helpdesks on this machine.
    nowhere = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    done = one_round("--tickets", "30", SSL_CERT_FILE="/nonexistent", **nowhere)
    assert done.returncode == 0, done.stderr
    rows = [each.split() for each in done.stdout.splitlines() if each.endswith("=")]
    for said, desk in zip(done.stdout.splitlines()[-3:], ("zendesk", "jira", "servicenow"), strict=True):
        told = re.fullmatch(
            rf"{desk}: (\d+) tickets carry their SLA there; every one equals what the engine says", said
        )
        assert told is not None
        assert int(told[1]) == sum(each[0] == desk for each in rows) >= 2
    # What support has handed on: the clocks of those who mend it run, and what nobody has taken up in time is breached.
    linked = {each[1]: (each[0], each[3], " ".join(each)) for each in rows if each[2] == "↔"}
    assert len(linked) == 8
    for key, (desk, other, _) in linked.items():
        assert linked[other][1] == key
        assert (desk == "zendesk") != (linked[other][0] == "zendesk")
    clocks = {
        (desk, key[:3], *re.findall(r"(triage|fix|resolution).*?(breached|on track)", text)[0])
        for key, (desk, _, text) in linked.items()
        if desk != "zendesk"
    }
    assert clocks == {
        ("jira", "ENG", "triage", "breached"),
        ("jira", "ENG", "fix", "on track"),
        ("servicenow", "INC", "fix", "on track"),
        ("servicenow", "CHG", "resolution", "on track"),
    }


def test_each_helpdesk_has_to_say_what_the_engine_says() -> None:
    good, said = agreement("jira", ROWS)
    assert (good, said) == (True, "jira: 1 ticket carries its SLA there; every one equals what the engine says")
    good, said = agreement("zendesk", ROWS)
    assert (good, said) == (
        False,
        "zendesk: 5 tickets carry their SLA there; 1 of them differs from what the engine says",
    )
    assert agreement("elsewhere", ROWS)[0] is False


@pytest.mark.parametrize("end_by", [signal.SIGINT, signal.SIGHUP], ids=["ctrl-c", "a closed terminal"])
def test_the_running_demo_shows_changes_and_leaves_nothing_behind(tmp_path: Path, end_by: signal.Signals) -> None:
    command = [sys.executable, "-m", "slahub", "demo", "--tickets", "30", "--pace", "120"]
    with subprocess.Popen(
        command,
        cwd=HOME,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        seen = b""
        end = time.monotonic() + 90
        while b" \xe2\x86\x92 " not in seen and time.monotonic() < end and process.poll() is None:
            if select.select([process.stdout], [], [], 1.0)[0]:
                seen += os.read(process.stdout.fileno(), 65536)
        process.send_signal(end_by)
        out, err = process.communicate(timeout=30)
    assert b" \xe2\x86\x92 " in seen + out, err
    assert process.returncode == 0, err
    assert b"the helpdesks and the database are gone" in err
    assert b"Traceback" not in err
    assert list(tmp_path.glob("slahub-demo-*")) == []
