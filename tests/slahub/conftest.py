"""The commands as a person calls them: in this process where they only read, as processes over a real helpdesk."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, serve
from slahub.cli import main

ROOT = Path(__file__).resolve().parents[2]

FOLDER = """\
# the hub of a test
hub: {{database: "sqlite:///hub.db"}}
connections:
  desk:  # the only one
    connector: zendesk
    url: "{url}"
    auth: {{method: api_token, email: "{email}", api_token: "file:token"}}
    budget: 100%
    backfill: {{since: null}}
    write_back: {{due: SLA due, state: SLA state, metric: SLA metric, policy: SLA policy, breached_at: SLA breached at}}
calendars:
  office: {{timezone: Europe/Berlin, weekly: {{mon-fri: ["08:00-12:00", "13:00-17:00"]}}}}
policies:
  - name: standard
    calendar: office
    metrics:
      first_response: {{targets: {{other: 1h}}}}
      resolution: {{targets: {{other: 40h}}, pause_in: [waiting/customer]}}
"""


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Said]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in this process; for those that end before a database is opened."""

    def run(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["slahub", *map(str, arguments)])
        capsys.readouterr()
        status = main()
        captured = capsys.readouterr()
        return Said(status, captured.out, captured.err)

    return run


PROGRAM = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from slahub.cli import main
lines = sys.stdin
sys.stdin = io.StringIO()
for line in iter(lines.readline, ""):
    sys.argv[:] = ["slahub", *json.loads(line)]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = main()
    print(json.dumps([status, out.getvalue(), err.getvalue()]), flush=True)
"""
"""Runs one command after another in one process: starting one for each would take most of the time."""


@dataclass(frozen=True)
class Shell:
    """A process beside the tests in which commands run as they would in one of their own."""

    process: subprocess.Popen[str]

    def __call__(self, folder: Path, *arguments: str) -> Said:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(["--config", str(folder), *arguments]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the command ended the process that ran it"
        return Said(*json.loads(answer))


@pytest.fixture(scope="session")
def call() -> Iterator[Shell]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SLAHUB_")}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=mine,
    ) as process:
        yield Shell(process)
        assert process.stdin is not None
        process.stdin.close()


def write_folder(path: Path, url: str = "https://desk.example.com") -> Path:
    """Write a sound configuration into `path`, its secret beside it; return the one file."""
    (path / "secrets").mkdir(mode=0o700, parents=True)
    (path / "secrets" / "token").write_text(KNOWN.api_token)
    (path / "secrets" / "token").chmod(0o600)
    file = path / "hub.yaml"
    file.write_text(FOLDER.format(url=url, email=KNOWN.email))
    return file


@pytest.fixture
def hub_file(tmp_path: Path) -> Path:
    """The one file of a sound configuration whose helpdesk is nowhere."""
    return write_folder(tmp_path / "hub")


@dataclass(frozen=True)
class Loop:
    """A helpdesk on loopback, and the folder of a hub that has gone through one whole cycle in observe mode."""

    emulator: Emulator
    folder: Path
    cycle: Said
    shell: Shell

    def __call__(self, *arguments: str) -> Said:
        return self.shell(self.folder, *arguments)


@pytest.fixture(scope="session")
def helpdesk() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator(seed=5, tickets=40, limits=False)
    with serve(emulator) as url:
        yield emulator, url


@pytest.fixture(scope="session")
def loop(helpdesk: tuple[Emulator, str], call: Shell, tmp_path_factory: pytest.TempPathFactory) -> Loop:
    """One for all tests that only look."""
    emulator, url = helpdesk
    folder = tmp_path_factory.mktemp("loop") / "hub"
    write_folder(folder, url)
    return Loop(emulator, folder, call(folder, "run", "--once", "--json"), call)


@pytest.fixture
def fresh(loop: Loop, tmp_path: Path) -> Loop:
    """The same, for a test that changes it."""
    return Loop(loop.emulator, Path(shutil.copytree(loop.folder, tmp_path / "hub")), loop.cycle, loop.shell)


def files(folder: Path) -> Sequence[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(name="files")
def files_fixture() -> Callable[[Path], Sequence[str]]:
    """Lists what lies in a folder."""
    return files
