"""The demo's Jira, where engineers work: started on loopback, and read as a browser would read its issues."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from connectors import open_client
from connectors.jira.emulator import KNOWN, Emulator, Stage, serve
from core.ports import Slot
from slahub.demo.desk import Shown

__all__ = ["JiraDesk", "open_jira"]

PROJECT = "ENG"
PAGE = 100
HIGHEST, MEDIUM = 1, 3  # ids of priorities
INSTANTS = (Slot.DUE, Slot.BREACHED_AT)

FIELDS = {
    Slot.DUE: "SLA due",
    Slot.STATE: "SLA state",
    Slot.METRIC: "SLA metric",
    Slot.POLICY: "SLA policy",
    Slot.BREACHED_AT: "SLA breached at",
}


@dataclass(frozen=True)
class JiraDesk:
    """A site of Jira."""

    url: str
    stage: Stage
    _http: httpx.Client
    name: str = "jira"
    account: str = KNOWN.email
    secret: str = field(default=KNOWN.api_token, repr=False)

    def shown(self, ticket_ids: Sequence[str]) -> dict[str, Shown]:
        """Read the fields of these issues."""
        ids = self._fields()
        found: dict[str, Shown] = {}
        for start in range(0, len(ticket_ids), PAGE):
            wanted = {"issueIdsOrKeys": ticket_ids[start : start + PAGE], "fields": list(ids.values())}
            answer = self._http.post("/rest/api/3/issue/bulkfetch", json=wanted).raise_for_status()
            for issue in answer.json()["issues"]:
                values = issue["fields"]
                found[issue["id"]] = {slot: _read(slot, values.get(field)) for slot, field in ids.items()}
        return found

    def writes(self) -> int:
        """Return how many write calls the site has taken."""
        return int(str(self.stage.writes()["count"]))

    def people(self, per_minute: float) -> None:
        """Let engineers work, and those who ask them."""
        self.stage.people(per_minute)

    def advance(self, seconds: float) -> None:
        """Let so much time pass there."""
        self.stage.advance(seconds)

    def take_in(self, subject: str, *, of: str, at: str, urgent: bool) -> str:
        """Open an issue that links to the ticket in support."""
        priority = HIGHEST if urgent else MEDIUM
        issue = self.stage.new_ticket(subject, project=PROJECT, reporter="agent", priority=priority)
        self.stage.remote_link(issue, at, f"Zendesk #{of}")
        return str(issue)

    def take_up(self, ticket: str) -> None:
        """Let an engineer take an issue."""
        self.stage.assign(int(ticket), "agent")
        self.stage.move_status(int(ticket), "In Progress")

    def finish(self, ticket: str) -> None:
        """Let the engineer say that it is mended."""
        self.stage.resolve(int(ticket))

    def _fields(self) -> dict[Slot, str]:
        fields = self._http.get("/rest/api/3/field").raise_for_status().json()
        by_name = {field["name"]: field["id"] for field in fields}
        return {slot: by_name[name] for slot, name in FIELDS.items()}


def _read(slot: Slot, value: Any) -> str | None:
    """Return a value as the hub would write it: Jira has instants with milliseconds and states in capitals."""
    if not value:
        return None
    if slot in INSTANTS:
        return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value["value"]).lower() if slot is Slot.STATE else str(value)


@contextmanager
def open_jira(*, tickets: int, seed: int, start: datetime) -> Generator[JiraDesk]:
    """Start a site with a past that ends at `start`; the hub may write in it without a mail to everybody."""
    emulator = Emulator(seed=seed, tickets=tickets, start=start)
    emulator.stage.appoint(PROJECT)
    with serve(emulator) as url, open_client(url, auth=httpx.BasicAuth(KNOWN.email, KNOWN.api_token)) as http:
        yield JiraDesk(url, emulator.stage, http)
