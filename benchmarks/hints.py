"""Hints: how long it takes from a change in a helpdesk to the field that is written back, over a running daemon."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.measure import Table

__all__ = ["measure"]

HEAD = ("From a change to the field", "Changes", "Median s", "Nine of ten within s", "Slowest s", "Calls a change")
KINDS = {"zendesk": "Zendesk", "jira": "Jira Cloud"}
SECRET = "of-the-benchmark"
PATIENCE = 120.0
"""Seconds after which a change that is not shown breaks the measurement off."""

FOLDER = """
hub: {{database: "sqlite:///hub.db", http: "127.0.0.1:0"}}
connections:
  desk:
    connector: {kind}
    url: "{url}"
    auth: {{method: api_token, email: "{email}", api_token: "file:token"}}
    mode: live
    every: 2m
    budget: 100%
    backfill: {{since: null}}
    hints: {{secret: "file:hints"}}
    write_back: {{due: SLA due, state: SLA state, metric: SLA metric, policy: SLA policy, breached_at: SLA breached at}}
policies:
  - name: standard
    calendar: always
    metrics:
      first_response: {{targets: {{critical: 1h, other: 8h}}}}
      resolution: {{targets: {{other: 40h}}}}
"""


@dataclass(slots=True)
class Desk:
    """A helpdesk in a process of its own. looks: how often it was asked what a ticket shows."""

    kind: str
    url: str
    email: str
    token: str
    due: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))
    looks: int = 0

    def tell(self, verb: str, **arguments: object) -> Any:
        """Have the stage hand do something; return what came of it."""
        return self.http.post(f"{self.url}/_stage/{verb}", json=arguments).raise_for_status().json().get("result")

    def calls(self) -> int:
        """Return how often others than this benchmark have called."""
        counts = self.http.get(f"{self.url}/_stage/writes").raise_for_status().json()["calls"]
        return sum(counts.values()) - self.looks

    def opened(self) -> int:
        priority: object = "normal" if self.kind == "zendesk" else 3
        return int(self.tell("new_ticket", priority=priority))

    def hurry(self, ticket: int) -> None:
        """Let somebody make a ticket the most urgent one."""
        if self.kind == "zendesk":
            self.tell("priority", ticket=ticket, priority="urgent")
        else:
            self.tell("set_priority", issue=ticket, priority=1)

    def shown(self, ticket: int) -> object:
        """Return when the ticket is due, as agents see it."""
        self.looks += 1
        if self.kind == "zendesk":
            auth = (f"{self.email}/token", self.token)
            found = self.http.get(f"{self.url}/api/v2/tickets/{ticket}.json", auth=auth).raise_for_status().json()
            return next(each["value"] for each in found["ticket"]["custom_fields"] if str(each["id"]) == self.due)
        address = f"{self.url}/rest/api/2/issue/{ticket}?fields={self.due}"
        return self.http.get(address, auth=(self.email, self.token)).raise_for_status().json()["fields"][self.due]

    def send_hints(self, url: str) -> None:
        """Have the helpdesk tell of changes there, as an administrator sets it up."""
        if self.kind == "zendesk":
            self.tell("webhook", url=url, secret=SECRET, trigger=True)
            return
        from connectors.jira.emulator import KNOWN

        body = {
            "name": "hub",
            "url": url,
            "events": ["jira:issue_created", "jira:issue_updated", "comment_created"],
            "secret": SECRET,
        }
        auth = (KNOWN.admin_email, KNOWN.admin_token)
        self.http.post(f"{self.url}/rest/webhooks/1.0/webhook", json=body, auth=auth).raise_for_status()


def measure(changes: int) -> Table:
    """Return how long single changes take, one after the other, and how many calls each costs."""
    rows: list[tuple[str, ...]] = []
    for kind, name in KINDS.items():
        with _open_desk(kind) as desk, _open_hub(desk) as address:
            desk.send_hints(f"http://{address}/hooks/desk")
            tickets = [desk.opened() for _ in range(changes)]
            for ticket in tickets:
                _until(lambda ticket=ticket: desk.shown(ticket))
            before, taken = desk.calls(), list(_taken(desk, tickets))
            calls = desk.calls() - before
        tenth = quantiles(taken, n=10)[-1] if len(taken) > 1 else taken[0]
        figures = (f"{median(taken):.2f}", f"{tenth:.2f}", f"{max(taken):.2f}", f"{calls / len(taken):.1f}")
        rows.append((name, f"{len(taken)}", *figures))
    return Table("hints", HEAD, rows)


def _taken(desk: Desk, tickets: list[int]) -> Iterator[float]:
    for ticket in tickets:
        before, began = desk.shown(ticket), time.perf_counter()
        desk.hurry(ticket)
        _until(lambda ticket=ticket, before=before: desk.shown(ticket) != before)
        yield time.perf_counter() - began


def _until(what: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            raise RuntimeError(f"a change was not shown within {PATIENCE:.0f} s")
        time.sleep(0.02)


@contextmanager
def _open_desk(kind: str) -> Generator[Desk]:
    command = [sys.executable, "-m", f"connectors.{kind}.emulator", "--no-limits", "--tickets", "20"]
    with _ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        about = json.loads(process.stdout.readline())
        known = about["credentials"].get("api_token")
        pair = known if isinstance(known, dict) else about["credentials"]
        desk = Desk(kind, about["url"], pair["email"], pair["api_token"], str(about["fields"]["due"]))
        with desk.http:
            yield desk


@contextmanager
def _open_hub(desk: Desk) -> Generator[str]:
    """Run the daemon over the helpdesk, as an administrator would; yield where it listens, once it has caught up."""
    with TemporaryDirectory(prefix="slahub-") as name:
        folder = Path(name)
        (folder / "secrets").mkdir(mode=0o700)
        for secret, text in {"token": desk.token, "hints": SECRET}.items():
            (folder / "secrets" / secret).write_text(text)
            (folder / "secrets" / secret).chmod(0o600)
        (folder / "hub.yaml").write_text(FOLDER.format(kind=desk.kind, url=desk.url, email=desk.email))
        hub = [sys.executable, "-m", "slahub", "--config", name]
        mine = {key: value for key, value in os.environ.items() if not key.startswith("SLAHUB_")}
        subprocess.run([*hub, "run", "--once"], stdout=subprocess.DEVNULL, check=True, env=mine)
        log = folder / "log"
        with log.open("w") as stderr, _ended(subprocess.Popen([*hub, "run"], stderr=stderr, text=True, env=mine)):
            _until(lambda: _address(log))
            yield _address(log)


def _address(log: Path) -> str:
    """Return where the daemon listens, as soon as its log says so."""
    lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return next((line["http"] for line in lines if "http" in line), "")


@contextmanager
def _ended(process: "subprocess.Popen[str]") -> Generator["subprocess.Popen[str]"]:
    with process:
        try:
            yield process
        finally:
            process.terminate()
