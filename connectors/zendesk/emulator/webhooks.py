"""Webhooks: what the desk tells of its tickets, as its own events or as the text of a trigger."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from connectors.emulation import Courier, Parcel, iso
from connectors.zendesk.emulator.records import Audit, Doc, Ticket

if TYPE_CHECKING:
    from connectors.zendesk.emulator.world import World

__all__ = ["Webhook", "Webhooks"]

_TYPES = {
    "status": "status_changed",
    "priority": "priority_changed",
    "assignee_id": "agent_assignment_changed",
    "group_id": "group_assignment_changed",
    "subject": "subject_changed",
    "tags": "tags_changed",
    "type": "type_changed",
    "organization_id": "organization_changed",
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook, told of all events; or `trigger`: called by one, but not for what the user `but_by` did."""

    url: str
    secret: str = field(repr=False)
    trigger: bool = False
    but_by: int | None = None


@dataclass(slots=True)
class Webhooks:
    """Tells of what is committed. Hold the world's lock."""

    world: "World"
    courier: Courier = field(default_factory=Courier)
    all: list[Webhook] = field(default_factory=list[Webhook])
    _told: int = 0

    def tell(self, ticket: Ticket, audit: Audit) -> None:
        """Send what every webhook is to be told of an audit."""
        for hook in self.all:
            if not hook.trigger:
                for event in self._events(ticket, audit):
                    self._send(hook, event, audit.created_at)
            elif audit.author_id != hook.but_by and ticket.status != "deleted":
                # No trigger fires for what was deleted.
                self._send(hook, {"ticket_id": str(ticket.id)}, audit.created_at)

    def _events(self, ticket: Ticket, audit: Audit) -> Iterator[Doc]:
        for kind in dict.fromkeys(_kinds(ticket, audit)):
            yield {
                "account_id": 22129848,
                "id": self._name("event"),
                "type": f"zen:event-type:ticket.{kind}",
                "subject": f"zen:ticket:{ticket.id}",
                "time": iso(audit.created_at),
                "zendesk_event_version": "2022-11-06",
                "detail": {"id": str(ticket.id), "status": ticket.status.upper()},
                "event": {},
            }

    def _send(self, hook: Webhook, body: Doc, at: int) -> None:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Account-Id": "22129848",
            "X-Zendesk-Webhook-Invocation-Id": self._name("invocation")[:26].upper(),
        }
        self.courier.send(Parcel(hook.url, json.dumps(body).encode(), headers, partial(_signed, hook.secret, iso(at))))

    def _name(self, what: str) -> str:
        self._told += 1
        return hashlib.sha256(f"{self.world.seed} {what} {self._told}".encode()).hexdigest()


def _kinds(ticket: Ticket, audit: Audit) -> Iterator[str]:
    if len(ticket.audits) == 1:
        yield "created"
        return
    for event in audit.events:
        if event.comment is not None:
            yield "comment_added"
        elif event.kind == "Change" and event.field == "status" and "deleted" in (event.value, event.previous):
            yield "soft_deleted" if event.value == "deleted" else "undeleted"
        elif event.kind == "Change":
            yield _TYPES.get(event.field, "custom_field_changed" if event.field.isdigit() else f"{event.field}_changed")


def _signed(secret: str, at: str, content: bytes, forged: bool) -> Mapping[str, str]:
    """Return the headers that sign a delivery."""
    key = "another secret" if forged else secret
    digest = hmac.new(key.encode(), at.encode() + content, hashlib.sha256).digest()
    return {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": at,
    }
