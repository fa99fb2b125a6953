"""Other tools over the same helpdesk: what they take to read it, and to find out that there is nothing new."""

import json
import os
import resource
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeAlias

import httpx

from benchmarks.child import reading
from benchmarks.databases import Databases, migrated
from benchmarks.desk import CREDENTIALS, OAUTH, Desk
from benchmarks.measure import Table

__all__ = ["measure"]

HERE = Path(__file__).parent
LOCKS = Path(__file__).parents[2] / "requirements"
HEAD = ("Read by", "CPU s a 10,000 tickets", "Calls", "CPU s of a poll that finds nothing", "Calls")

Run: TypeAlias = Callable[[], None]


def measure(desk: Desk, databases: Databases, runs: int) -> Table:
    """Return what each takes, from the start of its process to its end, all processes it starts included."""
    with TemporaryDirectory(prefix="slahub-") as name:
        place = Path(name)
        tap, target, dlt = (_installed(place / each, LOCKS / f"peers-{each}.txt") for each in ("tap", "target", "dlt"))
        ways: list[tuple[str, Callable[[Path], Run]]] = [
            ("slahub, into SQLite", lambda own: _hub(desk, databases)),
            ("tap-zendesk 2.8.2 and target-jsonl 0.1.4", lambda own: _singer(desk, tap, target, own)),
            ("dlt 1.31.0, REST source, into JSON lines", lambda own: _dlt(desk, dlt, own)),
        ]
        return Table("peers", HEAD, [_row(what, make, desk, place, runs) for what, make in ways], lasting=True)


def _row(what: str, make: Callable[[Path], Run], desk: Desk, place: Path, runs: int) -> tuple[str, ...]:
    whole: list[_Spent] = []
    polls: list[_Spent] = []
    for number in range(runs + 1):
        own = place / f"{what} {number}"
        own.mkdir()
        run = make(own)
        whole.append(_spent(run, desk))
        _spent(run, desk)  # it may read the last second once more
        polls.append(_spent(run, desk))
    # The first time the helpdesk renders its pages, and modules are compiled.
    cpu, poll = (median(each.cpu for each in spent[1:]) for spent in (whole, polls))
    return (
        what,
        f"{cpu * 10_000 / desk.tickets:.1f}",
        f"{whole[-1].calls:,}",
        f"{poll:.2f}",
        f"{polls[-1].calls:,}",
    )


@dataclass(frozen=True, slots=True)
class _Spent:
    cpu: float
    calls: int


def _spent(run: Run, desk: Desk) -> _Spent:
    calls, before = desk.calls(), resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Spent(cpu, desk.calls() - calls)


def _installed(place: Path, lock: Path) -> Path:
    """Install a lock into an environment of its own and return its interpreter."""
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    # Some are so old that they are published as source alone, which is built without fetching anything more.
    for number, options in enumerate((["--only-binary", ":all:"], ["--no-build-isolation"])):
        wanted = _tools(lock, place) if number == 0 else lock
        if wanted is not None:
            command = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]
            subprocess.run([*command, "--require-hashes", *options, "--requirement", wanted], check=True)
    return python


def _tools(lock: Path, place: Path) -> Path | None:
    """Write down the part of a lock that builds the rest; None where it builds nothing."""
    pins = lock.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    tools = [line for line in pins if line.startswith(("packaging==", "setuptools==", "wheel=="))]
    if not any(line.startswith("wheel==") for line in tools):
        return None
    written = place / "tools.txt"
    written.write_text("\n".join(tools), encoding="utf-8")
    return written


def _hub(desk: Desk, databases: Databases) -> Run:
    database = databases("SQLite")
    with migrated(database):
        pass

    def run() -> None:
        reading("hub", desk.url, database)

    return run


def _singer(desk: Desk, tap: Path, target: Path, own: Path) -> Run:
    """Return a run of the tap into the target, from the state in which the one before ended."""
    client, secret = OAUTH
    asked = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret, "scope": "read"}
    token = httpx.post(f"{desk.url}/oauth/tokens", json=asked).raise_for_status().json()["access_token"]
    config, state, into = own / "config.json", own / "state.json", own / "target.json"
    config.write_text(json.dumps({"subdomain": "bench", "start_date": "2000-01-01T00:00:00Z", "access_token": token}))
    into.write_text(json.dumps({"destination_path": str(own), "do_timestamp_file": False}))
    state.write_text("{}")

    def run() -> None:
        source: Sequence[str | Path] = [tap, HERE / "tap.py", desk.url, config, state]
        with (
            open(own / "log", "ab") as log,
            subprocess.Popen(source, stdout=subprocess.PIPE, stderr=log) as one,
        ):
            script = target.parent / "target-jsonl"
            other = subprocess.run(
                [target, script, "--config", into], stdin=one.stdout, stdout=subprocess.PIPE, stderr=log, check=True
            )
        if one.returncode:
            raise RuntimeError((own / "log").read_text(errors="replace")[-2000:])
        if lines := other.stdout.decode().splitlines():
            state.write_text(lines[-1])

    return run


def _dlt(desk: Desk, python: Path, own: Path) -> Run:
    quiet = {
        **os.environ,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DLT_DATA_DIR": str(own),
    }

    def run() -> None:
        command = [python, HERE / "rest.py", desk.url, *CREDENTIALS, own]
        subprocess.run(command, env=quiet, stdout=sys.stderr, check=True)

    return run
