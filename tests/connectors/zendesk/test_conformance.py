"""The contract's rules, held by the Zendesk connector over a desk made of lists."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import pytest

from connectors import Connector, FieldUpdate, Slot
from connectors.testing import ConnectorSuite


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
    def writable(self, connector: Connector) -> Connector:
        return connector

    @pytest.fixture
    def updates(self) -> Sequence[FieldUpdate]:
        return [
            FieldUpdate("1", {Slot.DUE: "2026-03-02T20:00:00Z", Slot.STATE: "at risk"}),
            FieldUpdate("4", {Slot.DUE: None, Slot.STATE: "paused"}),
            FieldUpdate("5", {Slot.STATE: "on track"}),
        ]
