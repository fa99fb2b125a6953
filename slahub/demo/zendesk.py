"""The demo's Zendesk, where customers ask: started on loopback, and read as an agent's browser would read it."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from connectors import open_client
from connectors.zendesk.emulator import KNOWN, SLA_FIELDS, Emulator, Stage, serve
from core.ports import Slot
from slahub.demo.desk import Shown

__all__ = ["ZendeskDesk", "open_zendesk"]

PAGE = 100


@dataclass(frozen=True)
class ZendeskDesk:
    """An account of Zendesk."""

    url: str
    stage: Stage
    _http: httpx.Client
    name: str = "zendesk"
    account: str = KNOWN.email
    secret: str = field(default=KNOWN.api_token, repr=False)

    def shown(self, ticket_ids: Sequence[str]) -> dict[str, Shown]:
        """Read the fields of these tickets."""
        ids, words = self._fields()
        found: dict[str, Shown] = {}
        for start in range(0, len(ticket_ids), PAGE):
            wanted = ",".join(ticket_ids[start : start + PAGE])
            answer = self._http.get("/api/v2/tickets/show_many.json", params={"ids": wanted}).raise_for_status()
            for ticket in answer.json()["tickets"]:
                values = {field["id"]: field["value"] for field in ticket["custom_fields"]}
                texts = {slot: values.get(number) or None for slot, number in ids.items()}
                found[str(ticket["id"])] = {
                    slot: words.get(text, text) if slot is Slot.STATE and text else text for slot, text in texts.items()
                }
        return found

    def writes(self) -> int:
        """Return how many write calls the account has taken."""
        return int(str(self.stage.writes()["count"]))

    def people(self, per_minute: float) -> None:
        """Let agents and customers work."""
        self.stage.people(per_minute)

    def advance(self, seconds: float) -> None:
        """Let so much time pass there."""
        self.stage.advance(seconds)

    def _fields(self) -> tuple[dict[Slot, int], dict[str, str]]:
        fields = self._http.get("/api/v2/ticket_fields.json").raise_for_status().json()["ticket_fields"]
        by_title = {field["title"]: field for field in fields}
        options = by_title[SLA_FIELDS[Slot.STATE]]["custom_field_options"]
        ids = {Slot(slot): int(by_title[title]["id"]) for slot, title in SLA_FIELDS.items()}
        return ids, {option["value"]: option["name"] for option in options}


@contextmanager
def open_zendesk(*, tickets: int, seed: int, start: datetime) -> Generator[ZendeskDesk]:
    """Start an account with a past that ends at `start`."""
    emulator = Emulator(seed=seed, tickets=tickets, plan="enterprise_plus", start=start)
    emulator.stage.limits(high_volume=True)
    auth = httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token)
    with serve(emulator) as url, open_client(url, auth=auth) as http:
        yield ZendeskDesk(url, emulator.stage, http)
