"""The demo's ServiceNow, where operations work: started on loopback, and read as one who may only read there."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from connectors import open_client
from connectors.servicenow.emulator import KNOWN, Emulator, Stage, serve
from core.ports import Slot
from slahub.demo.desk import Shown

__all__ = ["ServiceNowDesk", "open_servicenow"]

PAGE = 100
INSTANTS = (Slot.DUE, Slot.BREACHED_AT)
GROUP = "Network Support"
HIGH, LOW = 1, 3  # impact and urgency

COLUMNS = {
    Slot.DUE: "u_sla_due",
    Slot.STATE: "u_sla_state",
    Slot.METRIC: "u_sla_metric",
    Slot.POLICY: "u_sla_policy",
    Slot.BREACHED_AT: "u_sla_breached_at",
}


@dataclass(frozen=True)
class ServiceNowDesk:
    """An instance of ServiceNow."""

    url: str
    stage: Stage
    _http: httpx.Client
    name: str = "servicenow"
    account: str = KNOWN.client_id
    secret: str = field(default=KNOWN.client_secret, repr=False)

    def shown(self, ticket_ids: Sequence[str]) -> dict[str, Shown]:
        """Read the columns of these tickets, of whichever table."""
        found: dict[str, Shown] = {}
        for start in range(0, len(ticket_ids), PAGE):
            wanted = {
                "sysparm_query": f"sys_idIN{','.join(ticket_ids[start : start + PAGE])}",
                "sysparm_fields": ",".join(("sys_id", *COLUMNS.values())),
                "sysparm_display_value": "all",
            }
            answer = self._http.get("/api/now/table/task", params=wanted).raise_for_status()
            for row in answer.json()["result"]:
                found[row["sys_id"]["value"]] = {slot: _read(slot, row[column]) for slot, column in COLUMNS.items()}
        return found

    def writes(self) -> int:
        """Return how many write calls the instance has taken."""
        return int(str(self.stage.writes()["count"]))

    def people(self, per_minute: float) -> None:
        """Let operations work, and those who call them."""
        self.stage.people(per_minute)

    def advance(self, seconds: float) -> None:
        """Let so much time pass there."""
        self.stage.advance(seconds)

    def take_in(self, subject: str, *, of: str, at: str, urgent: bool) -> str:
        """Open an incident where something is down, else a change, under the number that it has in support."""
        return self.stage.new_ticket(
            subject,
            table="incident" if urgent else "change_request",
            by=KNOWN.agent,
            group=GROUP,
            impact=HIGH if urgent else LOW,
            urgency=HIGH if urgent else LOW,
            values={"correlation_id": of, "correlation_display": "Zendesk", "work_notes": at},
        )

    def take_up(self, ticket: str) -> None:
        """Let somebody of operations take a ticket."""
        self.stage.assign(ticket, KNOWN.agent)
        self.stage.start_work(ticket)

    def finish(self, ticket: str) -> None:
        """Let operations say that it is done."""
        self.stage.resolve(ticket)


def _read(slot: Slot, told: Any) -> str | None:
    """Return a value as the hub would write it: stored times are UTC, and a choice is known by what people see."""
    if not told["value"]:
        return None
    if slot in INSTANTS:
        return datetime.fromisoformat(told["value"]).replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(told["display_value"]).lower() if slot is Slot.STATE else str(told["value"])


@contextmanager
def open_servicenow(*, tickets: int, seed: int, start: datetime) -> Generator[ServiceNowDesk]:
    """Start an instance with a past that ends at `start`."""
    emulator = Emulator(seed=seed, tickets=tickets, start=start)
    with serve(emulator) as url, open_client(url, auth=httpx.BasicAuth(KNOWN.reader, KNOWN.reader_password)) as http:
        yield ServiceNowDesk(url, emulator.stage, http)
