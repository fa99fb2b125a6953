"""What the pages show is what happens: a reader types each console line in order, against a helpdesk on loopback."""

import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from connectors import registry
from connectors.zendesk.emulator import KNOWN, Emulator, serve
from core.settings import Offer, configuration, read_folder

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "adr")]

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""The helpdesk's time, so that what is on track and what is breached never changes."""

ELSEWHERE = re.compile(r"(git|make|cd|sudo|systemctl)\b")
"""What a reader types that is not ours to run."""


@dataclass(frozen=True)
class Step:
    """One `$ ` line of a console block, and the output that the page shows below it."""

    page: Path
    line: int
    command: str
    shown: tuple[str, ...]
    status: int = 0

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def steps(page: Path) -> list[Step]:
    """Return what a page lets its reader type; `# status 1` behind a command is what it ends with."""
    found: list[Step] = []
    language = ""
    indent = 0
    for number, raw in enumerate(page.read_text("utf-8").splitlines(), 1):
        # A block in a numbered list is indented as its first line is.
        if raw.lstrip().startswith("```"):
            indent = len(raw) - len(raw.lstrip())
        text = raw[indent:] if language or raw.lstrip().startswith("```") else raw
        if text.startswith("```"):
            language = "" if language else text[3:].strip() or "text"
        elif language == "console" and text.startswith("$ "):
            command, _, status = text[2:].partition("  # status ")
            found.append(Step(page, number, command.strip(), (), int(status or 0)))
        elif language == "console":
            last = found[-1]
            found[-1] = Step(last.page, last.line, last.command, (*last.shown, text), last.status)
    return found


SCENARIOS = re.compile(r"^# (\S+)\n(?:.*\n)*?cases:", re.MULTILINE)
"""A piece of YAML that is a file of scenarios, and under which name the page has it saved."""


def pieces(page: Path) -> list[str]:
    """Return the blocks of YAML on a page."""
    found = re.findall(r"^ *```yaml\n(.*?)^ *```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [dedent(piece) for piece in found]


@dataclass
class Reader:
    """Follows the pages; `environment` is what the reader has exported."""

    place: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)

    def follow(self, step: Step) -> tuple[int, str]:
        """Do what a step says; return its exit status and everything it printed."""
        name, equals, _ = step.command.removeprefix("export ").partition("=")
        if step.command.startswith("export ") and equals:
            self.environment[name] = KNOWN.client_secret
            return 0, ""
        command = ["bash", "-c", step.command]
        if step.command in {"slahub run", "slahub demo"}:
            return self._daemon(command)
        done = subprocess.run(
            command,
            cwd=self.place,
            env=self._env(),
            check=False,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if step.command == "slahub init":
            self._edit()
        return done.returncode, done.stdout

    def save(self, page: Path) -> None:
        """Save what the page wants saved."""
        for piece in pieces(page):
            if name := SCENARIOS.match(piece):
                file = self.place / name[1]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(piece, "utf-8")

    def _daemon(self, command: list[str]) -> tuple[int, str]:
        """Start what runs until it is stopped, wait for its first words, and stop it."""
        with subprocess.Popen(
            ["bash", "-c", f"exec {command[-1]}"],
            cwd=self.place,
            env=self._env(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdout is not None
            said = process.stdout.readline() + process.stdout.readline()
            process.send_signal(signal.SIGINT)
            return process.wait(60), said + process.stdout.read()

    def _env(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith("SLAHUB_")}
        return {**mine, **self.environment, "PATH": f"{self.place / 'bin'}:{mine['PATH']}"}

    def _edit(self) -> None:
        """Put the reader's own helpdesk into the starter folder, and its fields."""
        file = self.place / "config" / "connections.yaml"
        text = file.read_text("utf-8")
        assert "https://example.zendesk.com" in text
        assert "client_id: slahub" in text
        text = text.replace("https://example.zendesk.com", self.url).replace(
            "client_id: slahub", f"client_id: {KNOWN.client_id}"
        )
        file.write_text(re.sub(r"^    # (write_back:|  \w+: SLA )", r"    \1", text, flags=re.MULTILINE), "utf-8")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    place = tmp_path / "reader"
    place.mkdir()
    command = place / "bin" / "slahub"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m slahub "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    emulator = Emulator(seed=1, tickets=40, start=START, limits=False)
    emulator.stage.advance(120)  # the newest ticket is older than what the export holds back
    with serve(emulator) as url:
        yield Reader(place, url)


STATES = "on track|at risk|breached|missed|paused|met|none"


def masked(line: str, host: str = "") -> str:
    """Return a line without what is different each time: numbers, lengths of time, names of machines, spaces."""
    if host:
        line = line.replace(host, "acme.zendesk.com")
    line = re.sub(r"\S+(?=\s+(first run|desk goes live|desk is retracted))", "user", line)
    line = re.sub(r"\d[\d,.:]*", "0", line)
    line = re.sub(r"-?\b0[dhms]( 0[dhms])?\b", "0s", line)
    return re.sub(r"\s+", " ", line).strip()


def shape(line: str) -> str:
    """Return a line of the demo without what depends on the day: which tickets there are, and how they stand."""
    if line.endswith(("=", "≠", "…")) and re.search(rf"  ({STATES})  ", line):
        return "a ticket " + line[-1]
    line = re.sub(rf"\b0 ({STATES})\b(, )?", "", masked(line)) or "standings"
    # Whether the present brought something new depends on the second in which the demo began.
    line = re.sub(r"\b0 (stored|changed), ", "", line)
    return re.sub("─+", "─", line)


@pytest.mark.parametrize("page", [page for page in PAGES if steps(page)], ids=lambda page: page.name)
def test_a_reader_who_types_what_a_page_shows_sees_what_it_shows(reader: Reader, page: Path) -> None:
    host = reader.url.removeprefix("http://")
    reader.save(page)
    for step in steps(page):
        if ELSEWHERE.match(step.command):
            continue
        status, said = reader.follow(step)
        assert status == step.status, f"{step}: {said}"
        assert "Traceback" not in said, step
        if step.command.startswith("slahub demo"):
            assert [shape(line) for line in step.shown[:2]] == [shape(line) for line in said.splitlines()[:2]]
            seen = {shape(line) for line in said.splitlines()}
            assert {shape(line) for line in step.shown} <= seen, step
            assert shape(step.shown[-1]) == shape(said.splitlines()[-1])
            continue
        seen = {masked(line, host) for line in said.splitlines()}
        missing = [line for line in step.shown if line != "…" and masked(line) not in seen]
        assert missing == [], f"{step} prints\n{said}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_piece_of_configuration_on_a_page_loads(page: Path, tmp_path: Path) -> None:
    catalogue = registry.load()
    offers = {name: Offer(kind.settings, kind.mapping) for name, kind in catalogue.connectors.items()}
    for number, piece in enumerate(each for each in pieces(page) if not SCENARIOS.match(each)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "piece.yaml").write_text(piece, "utf-8")
        draft = read_folder(folder)
        configuration(draft.content, offers, revision=1, applied_at=START, positions=draft.positions)


def test_a_page_leads_nowhere_but_to_files_that_are_there() -> None:
    gone = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert gone == []
