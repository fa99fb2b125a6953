"""A reader who follows a page: runs its commands in order, in an empty place, against a helpdesk on loopback."""

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

import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, serve

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
    for number, text in enumerate(page.read_text("utf-8").splitlines(), 1):
        if text.startswith("```"):
            language = "" if language else text[3:].strip() or "text"
        elif language == "console" and text.startswith("$ "):
            command, _, status = text[2:].partition("  # status ")
            found.append(Step(page, number, command.strip(), (), int(status or 0)))
        elif language == "console":
            last = found[-1]
            found[-1] = Step(last.page, last.line, last.command, (*last.shown, text), last.status)
    return found


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
        if step.command.startswith("slahub init"):
            self._edit()
        return done.returncode, done.stdout

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
        text = text.replace("https://example.zendesk.com", self.url).replace("client_id: slahub", f"client_id: {KNOWN.client_id}")
        file.write_text(re.sub(r"^    # (write_back:|  \w+: SLA )", r"    \1", text, flags=re.MULTILINE), "utf-8")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    place = tmp_path_factory.mktemp("reader")
    command = place / "bin" / "slahub"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m slahub "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    with serve(Emulator(seed=1, tickets=40, start=START, limits=False)) as url:
        yield Reader(place, url)


def masked(line: str) -> str:
    """Return a line without what is different each time: numbers, lengths of time, names of machines, spaces."""
    line = re.sub(r"/\S*/config/", "config/", line)
    line = re.sub(r"\b(root|[a-z_][a-z0-9_-]*)(?=\s+first run)", "user", line)
    line = re.sub(r"\d[\d,.:]*", "0", line)
    line = re.sub(r"-?\b0[dhms]( 0[dhms])?\b", "0s", line)
    return re.sub(r"\s+", " ", line).strip()
