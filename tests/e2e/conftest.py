"""Real processes: a helpdesk on loopback, and the daemon over it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]

FOLDER = """
hub: {{database: "sqlite:///hub.db", http: "127.0.0.1:0"}}
connections:
  desk:
    connector: {kind}
    url: "{url}"
    auth: {auth}
    scope: {scope}
    mode: {mode}
    every: {every}
    budget: {budget}
    backfill: {{since: null}}
    write_back: {{due: SLA due, state: SLA state, metric: SLA metric, policy: SLA policy, breached_at: SLA breached at}}
policies:
  - name: standard
    calendar: always
    metrics:
      first_response: {{targets: {{other: {response}}}}}
      resolution: {{targets: {{other: 40h}}, pause_in: [waiting/customer]}}
    at_risk: 25% left, at most 4h
"""


def until(what: Callable[[], object], *, within: float = 60.0, why: str = "") -> None:
    """Ask again and again until `what` holds; fail after `within` seconds."""
    end = time.monotonic() + within
    last: object = None
    while time.monotonic() < end:
        try:
            last = what()
        except (httpx.HTTPError, AssertionError) as error:
            last = error
        else:
            if last:
                return
        # Between two questions to another process; nothing is awaited by it.
        select_pause()
    pytest.fail(f"{why or what} did not come true within {within} s; last answer: {last!r}")


def select_pause() -> None:
    import select

    select.select([], [], [], 0.05)


@dataclass
class Helpdesk:
    """An emulated account in a process of its own, with its stage hand. auth: as an admin writes it down."""

    url: str
    email: str
    token: str
    fields: Mapping[str, int | str]
    process: subprocess.Popen[str]
    auth: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    kind: ClassVar[str] = "zendesk"
    api: ClassVar[str] = "/api/v2"
    scope: ClassVar[str] = "{}"
    budget: ClassVar[str] = "100%"
    unlimited: ClassVar[tuple[str, ...]] = ("--no-limits",)

    def stage(self, verb: str, **arguments: object) -> object:
        answer = self.http.post(f"{self.url}/_stage/{verb}", json=arguments)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return body.get("result", body)

    def truth(self) -> dict[str, object]:
        return self.http.get(f"{self.url}/_stage/truth").json()

    def writes(self) -> int:
        return int(self.http.get(f"{self.url}/_stage/writes").json()["count"])

    def calls(self, endpoint: str) -> int:
        """Return how often endpoints with this in their name were called."""
        counts = self.http.get(f"{self.url}/_stage/writes").json()["calls"]
        return sum(count for name, count in counts.items() if endpoint in name)

    def late_jobs(self) -> None:
        """Let what is written be done a little later than it is answered, where the helpdesk has jobs."""
        self.stage("jobs", delay=0.3)

    def shown(self, ticket: int | str) -> dict[str, str | None]:
        """The hub's fields on a ticket, as the helpdesk's own API gives them."""
        answer = self.http.get(f"{self.url}/api/v2/tickets/{ticket}.json", auth=(f"{self.email}/token", self.token))
        assert answer.status_code == 200, answer.text
        values = {each["id"]: each["value"] for each in answer.json()["ticket"]["custom_fields"]}
        return {slot: values.get(number) or None for slot, number in self.fields.items()}


class Jira(Helpdesk):
    """An emulated site of Jira, on Cloud or of a Data Center."""

    kind = "jira"
    api = "/rest/"
    scope = "{projects: [HELP, FAC, ENG]}"

    def shown(self, ticket: int | str) -> dict[str, str | None]:
        bearer = {"authorization": f"Bearer {self.token}"}
        answer = self.http.get(
            f"{self.url}/rest/api/2/issue/{ticket}",
            params={"fields": ",".join(map(str, self.fields.values()))},
            auth=(self.email, self.token) if self.email else None,
            headers={} if self.email else bearer,
        )
        assert answer.status_code == 200, answer.text
        values = answer.json()["fields"]
        return {slot: said(values.get(field_id)) for slot, field_id in self.fields.items()}


class ServiceNow(Helpdesk):
    """An emulated instance. It publishes no limits, and the hub goes round more often than any other would let it."""

    kind = "servicenow"
    api = "/api/now"
    scope = "{tables: [incident, sc_req_item, problem, change_request, u_field_work]}"
    budget = "100000/h"
    unlimited = ()

    def late_jobs(self) -> None:
        """Do nothing: what is written is done when it is answered."""

    def shown(self, ticket: int | str) -> dict[str, str | None]:
        answer = self.http.get(
            f"{self.url}/api/now/v2/table/task/{ticket}",
            params={"sysparm_fields": ",".join(map(str, self.fields.values()))},
            auth=(self.email, self.token),
            headers={"accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        values = answer.json()["result"]
        return {slot: in_utc(values[name]) or None for slot, name in self.fields.items()}


def in_utc(value: str) -> str:
    """Return what a column says, a time in the hub's words."""
    return f"{value.replace(' ', 'T')}Z" if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value) else value


def said(value: object) -> str | None:
    """Return what a field of Jira's says: an option by its name, an instant in UTC."""
    if isinstance(value, dict):
        return str(value["value"]).lower()
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*[+-]\d{4}", value):
        return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return value if isinstance(value, str) else None


def entrance(known: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return e-mail address, token, and how an admin writes them down. known: what the helpdesk lets in."""
    if "client_id" in known:
        auth = f'{{method: basic, username: "{known["username"]}", password: "file:token"}}'
        return known["username"], known["password"], auth
    if "pat" in known:
        return "", known["pat"], '{method: personal_access_token, token: "file:token"}'
    pair = known if "email" in known else known["api_token"]
    return pair["email"], pair["api_token"], f'{{method: api_token, email: "{pair["email"]}", api_token: "file:token"}}'


@pytest.fixture
def helpdesk(request: pytest.FixtureRequest) -> Iterator[Callable[..., Helpdesk]]:
    """Give a starter of helpdesks; all are stopped at the end."""
    with contextlib.ExitStack() as stack:

        def start(
            kind: type[Helpdesk] = Helpdesk, *more: str, tickets: int = 20, seed: int = 3, limits: bool = False
        ) -> Helpdesk:
            command = [sys.executable, "-m", f"connectors.{kind.kind}.emulator", *more]
            command += ["--seed", str(seed), "--tickets", str(tickets)]
            process = subprocess.Popen(
                command if limits else [*command, *kind.unlimited], cwd=ROOT, stdout=subprocess.PIPE, text=True
            )
            stack.callback(end, process)
            assert process.stdout is not None
            about = json.loads(process.stdout.readline())
            email, token, auth = entrance(about["credentials"])
            desk = kind(about["url"], email, token, about["fields"], process, auth)
            stack.callback(desk.http.close)
            return desk

        yield start


def end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


@dataclass
class HubFolder:
    """A configuration folder and the commands over it."""

    path: Path
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def write(self, desk: Helpdesk, *, mode: str = "live", response: str = "1h", every: str = "2s") -> None:
        (self.path / "secrets").mkdir(mode=0o700, exist_ok=True)
        (self.path / "secrets" / "token").write_text(desk.token)
        (self.path / "secrets" / "token").chmod(0o600)
        text = FOLDER.format(
            kind=desk.kind,
            url=desk.url,
            auth=desk.auth,
            scope=desk.scope,
            budget=desk.budget,
            mode=mode,
            response=response,
            every=every,
        )
        (self.path / "hub.yaml").write_text(text)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "slahub", "--config", str(self.path), *arguments]

    def call(self, *arguments: str, status: int | None = 0) -> str:
        done = subprocess.run(
            self.command(*arguments),
            check=False,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=240,
            env=environment(),
        )
        if status is not None:
            assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stdout + done.stderr

    def rows(self, *arguments: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.call(*arguments, "--json", status=None).splitlines()]

    def start(self) -> subprocess.Popen[str]:
        """Start the daemon; its log goes to daemon.log beside the configuration."""
        with (self.path / "daemon.log").open("a") as log:
            process = subprocess.Popen(
                self.command("run"), cwd=ROOT, stdout=log, stderr=log, text=True, env=environment()
            )
        self.running.append(process)
        return process

    def log(self) -> str:
        return (self.path / "daemon.log").read_text()


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SLAHUB_")}


@pytest.fixture
def hub_folder(tmp_path: Path) -> Iterator[Callable[[str], HubFolder]]:
    """Give a maker of folders; daemons that still run are killed at the end."""
    made: list[HubFolder] = []

    def make(name: str = "hub") -> HubFolder:
        (tmp_path / name).mkdir()
        made.append(HubFolder(tmp_path / name))
        return made[-1]

    yield make
    for folder in made:
        for process in folder.running:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., None]:
    return until
