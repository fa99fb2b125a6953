"""The contract's rules, held by the Zendesk connector over a desk made of lists."""

import base64
import hmac
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import Connector, FieldUpdate, Slot
from connectors.testing import ConnectorSuite, Sent, Signs, Taking

AT = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


def signed(body: bytes) -> Sent:
    at = "2026-03-05T09:30:00Z"
    digest = hmac.digest(b"secret", at.encode() + body, "sha256")
    headers = {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": at,
    }
    return Sent(headers, body, "secret", AT)


class TestZendesk(ConnectorSuite):
    @pytest.fixture
    def connector(self, busy_desk: Any) -> Connector:
        return busy_desk.connector()

    @pytest.fixture
    def calls(self, busy_desk: Any) -> Callable[[], int]:
        return busy_desk.calls.total

    @pytest.fixture
    def unreadable(self, busy_desk: Any, new_desk: Callable[[], Any]) -> Connector:
        spoilt = new_desk()
        spoilt.rows, spoilt.users, spoilt.organisations = busy_desk.rows, busy_desk.users, busy_desk.organisations
        spoilt.tickets, spoilt.audits = deepcopy(busy_desk.tickets), deepcopy(busy_desk.audits)
        spoilt.tickets[4]["created_at"] = "yesterday"
        spoilt.audits[5][0]["author_id"] = {"name": "nobody"}
        return spoilt.connector()

    @pytest.fixture
    def failing(self, new_desk: Callable[[], Any]) -> Connector:
        desk = new_desk()
        desk.down = True
        return desk.connector()

    @pytest.fixture
    def taking(self, busy_desk: Any) -> Taking:
        return busy_desk.connector()

    @pytest.fixture
    def signs(self) -> Signs:
        return signed

    @pytest.fixture
    def bodies(self) -> Sequence[bytes]:
        event = {"id": "1d3e", "type": "zen:event-type:ticket.created", "subject": "zen:ticket:7"}
        return [json.dumps(each).encode() for each in (event, {**event, "subject": "zen:user:7"}, {"ticket_id": "7"})]

    @pytest.fixture
    def writable(self, connector: Connector) -> Connector:
        return connector

    @pytest.fixture
    def updates(self) -> Sequence[FieldUpdate]:
        return [
            FieldUpdate("1", {Slot.DUE: "2026-03-02T20:00:00Z", Slot.STATE: "at risk"}),
            FieldUpdate("4", {Slot.DUE: None, Slot.STATE: "paused"}),
            FieldUpdate("5", {Slot.STATE: "on track"}),
        ]
