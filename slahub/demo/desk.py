"""The demo's helpdesk: started on loopback, configured for, and read back from, independently of the hub."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from connectors import open_client
from connectors.zendesk.emulator import KNOWN, SLA_FIELDS, Emulator, serve
from core.assets import folder as assets
from core.ports import Slot

__all__ = ["Desk", "Shown", "open_desk"]

PAGE = 100
BUSY = timedelta(minutes=3)
BEAT = timedelta(seconds=12)
URGENT = ("The shop is down", "Nobody can log in", "Payments fail", "The line is dead", "Mail bounces")

Shown = Mapping[Slot, str | None]
"""What one ticket's fields say in the helpdesk; the state as agents read it."""


@dataclass(frozen=True)
class Desk:
    """A running helpdesk and the folder of a hub that is connected to it."""

    url: str
    folder: Path
    emulator: Emulator
    _http: httpx.Client

    def shown(self, ticket_ids: Sequence[str]) -> dict[str, Shown]:
        """Read the fields of these tickets over HTTP as an agent's browser would; gone tickets are absent."""
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
        """Return how many write calls the helpdesk has taken."""
        return int(str(self.emulator.stage.writes()["count"]))

    def _fields(self) -> tuple[dict[Slot, int], dict[str, str]]:
        fields = self._http.get("/api/v2/ticket_fields.json").raise_for_status().json()["ticket_fields"]
        by_title = {field["title"]: field for field in fields}
        options = by_title[SLA_FIELDS[Slot.STATE]]["custom_field_options"]
        ids = {Slot(slot): int(by_title[title]["id"]) for slot, title in SLA_FIELDS.items()}
        return ids, {option["value"]: option["name"] for option in options}


@contextmanager
def open_desk(*, tickets: int, seed: int, at_work: bool = False) -> Generator[Desk]:
    """Start a helpdesk with a past, and write a hub's folder for it; both are gone at the end.

    at_work: people have been busy in it until this moment, and urgent requests are about to fall due.
    """
    emulator = Emulator(
        seed=seed, tickets=tickets, plan="enterprise_plus", start=datetime.now(UTC) - BUSY if at_work else None
    )
    emulator.stage.limits(high_volume=True)
    if at_work:
        _busy_until_now(emulator, seed)
    email, token = KNOWN.email, KNOWN.api_token
    with (
        TemporaryDirectory(prefix="slahub-demo-") as name,
        serve(emulator) as url,
        open_client(url, auth=httpx.BasicAuth(f"{email}/token", token)) as http,
    ):
        folder = Path(name)
        (folder / "secrets").mkdir(mode=0o700)
        secret = folder / "secrets" / "token"
        secret.write_text(token)
        secret.chmod(0o600)
        text = (assets("config") / "examples" / "demo" / "slahub.yaml").read_text("utf-8")
        for mark, value in {"@URL@": url, "@EMAIL@": email}.items():
            text = text.replace(json.dumps(mark), json.dumps(value))
        (folder / "slahub.yaml").write_text(text, "utf-8")
        yield Desk(url, folder, emulator, http)


def _busy_until_now(emulator: Emulator, seed: int) -> None:
    """Play the last minutes: urgent requests come in, and some of them are answered.

    The export lags a minute behind; without this the first minute of watching would show nothing.
    """
    opened: list[int] = []
    for beat in range(BUSY // BEAT):
        emulator.stage.advance(BEAT.total_seconds())
        if beat % 3 == 2:
            emulator.stage.reply(opened.pop(0), status="pending")
        else:
            priority = "high" if beat % 4 == 3 else "urgent"
            opened.append(emulator.stage.new_ticket(URGENT[(seed + beat) % len(URGENT)], priority=priority))
