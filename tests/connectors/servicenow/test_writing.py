"""The connector whole: what it writes it reads again, in the hub's words and as no event."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors import (
    Diagnoses,
    FieldUpdate,
    Http,
    Limits,
    Outcome,
    Provisions,
    ProvisionState,
    Slot,
    SourceRefused,
    TakesHints,
    Ticket,
    Withholds,
    WritesBack,
)
from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.delivery import READ_ONLY
from connectors.servicenow.values import Columns
from connectors.testing.writing import Writable, WritingSuite
from tests.connectors.servicenow.nordwind import NAMES, NOON, URL, Never, Nordwind, error

BASIC = {"method": "basic", "username": "svc.slahub", "password": "${SLAHUB_P}"}
TICKETS = [f"{number:032x}" for number in range(1, 13)]
TABLES = {"tables": ["incident", "sc_task"]}


def instance() -> Nordwind:
    desk = Nordwind()
    for number, sys_id in enumerate(TICKETS):
        table = "sc_task" if number % 3 == 2 else "incident"
        columns = dict.fromkeys(Columns(table).asked(), "")
        desk.rows[table][sys_id] = {**columns, **desk.ticket(sys_id, table)}
        desk.rows.setdefault("sys_audit", {})[sys_id] = {
            "sys_id": sys_id[::-1],
            "documentkey": sys_id,
            "tablename": table,
            "fieldname": "state",
            "oldvalue": "1",
            "newvalue": "2",
            "user": "anna.berg",
            "record_checkpoint": "1",
            "sys_created_on": "2026-03-09 08:00:00",
        }
    desk.rows["task"] = {**desk.rows["incident"], **desk.rows["sc_task"]}
    return desk


def connector(desk: Nordwind, **more: Any) -> ServiceNowConnector:
    client = httpx.Client(base_url=URL, transport=httpx.MockTransport(desk))
    http = Http(client, Limits((), share=None), stop=Never(), now=lambda: NOON, attempts=1)
    settings = ServiceNowConnector.settings.model_validate({"url": URL, "auth": BASIC, "scope": TABLES, **more})
    return ServiceNowConnector(http, settings, NAMES)


class TestWriting(WritingSuite):
    @pytest.fixture
    def writable(self) -> Writable:
        return connector(instance())

    @pytest.fixture
    def updates(self) -> Sequence[FieldUpdate]:
        return [
            FieldUpdate(
                sys_id,
                {
                    Slot.DUE: None if number % 4 == 3 else f"2026-03-10T09:20:{number:02}Z",
                    Slot.STATE: ("on track", "at risk", "breached", "paused")[number % 4],
                    Slot.METRIC: "resolution",
                    Slot.POLICY: "Nordwind gold",
                },
            )
            for number, sys_id in enumerate(TICKETS)
        ]


def test_it_can_all_that_the_hub_asks_a_helpdesk_for() -> None:
    found = connector(instance())
    for port in (WritesBack, Withholds, Provisions, Diagnoses, TakesHints):
        assert isinstance(found, port)


def test_a_delivery_has_the_version_that_the_next_look_has() -> None:
    found = connector(instance())
    (delivery,) = found.write_back([FieldUpdate(TICKETS[0], {Slot.METRIC: "resolution"})])
    (ticket,) = [each for each in found.fetch([TICKETS[0]]).records if isinstance(each, Ticket)]
    assert delivery.version == str(ticket.version)


def test_what_is_wrong_with_columns_is_told_by_the_probe() -> None:
    desk = instance()
    for row in desk.rows["sc_task"].values():
        del row["u_sla_policy"]
    told = [each for each in connector(desk).probe().problems if each.startswith("write_back.")]
    assert [each.partition(": no row")[0] for each in told] == ["write_back.policy: sc_task"]


def test_a_connection_that_is_read_only_writes_and_makes_nothing() -> None:
    desk = instance()
    for row in (*desk.rows["incident"].values(), *desk.rows["sc_task"].values()):
        del row["u_sla_policy"]
    found = connector(desk, read_only=True)
    assert found.withheld() == READ_ONLY
    assert [each.outcome for each in found.write_back([FieldUpdate(TICKETS[0], {})])] == [Outcome.REFUSED]
    assert [each.state for each in found.provisions({})][-1] is ProvisionState.UNFIT
    list(found.provision(["field:policy"], {}))
    assert {each.partition(" ")[0] for each in desk.calls} == {"GET"}


def test_names_that_a_list_is_too_long_for_are_asked_one_by_one() -> None:
    desk = instance()
    desk.rows["core_company"] = {
        f"{number:032x}": {"sys_id": f"{number:032x}", "name": f"Company {number}"} for number in range(5)
    }
    found = connector(desk)
    words = ["company 3", "Company 1", f"{2:032x}", "odd^name", "javascript:gs.log()"]
    assert found.named("organisation", words) == {f"{1:032x}": "Company 1", f"{2:032x}": "Company 2"}
    assert not any("odd" in each or "javascript" in each for each in desk.queries)
    assert found.named("status", ["New"]) is None
    strange = {"result": [{"sys_id": f"{4:032x}", "name": "Company 4"}]}
    desk.answers = {"core_company": [httpx.Response(200, json=strange), httpx.Response(200, json=strange)]}
    assert found.named("organisation", ["Company 1"]) == {}


def test_a_hint_s_time_is_the_instance_s() -> None:
    body = b'{"sys_id": "%s", "sys_updated_on": "2026-03-10 10:15:30"}' % TICKETS[0].encode()
    (hint,) = connector(instance()).hints({"X-Hub-Secret": "s"}, body, "s", NOON)
    assert (hint.ticket_id, hint.at) == (TICKETS[0], datetime(2026, 3, 10, 10, 15, 30, tzinfo=UTC))


def test_credentials_that_are_not_taken_are_no_lack_of_rights() -> None:
    desk = instance()
    found = connector(desk)
    desk.answers = {"": [error(401, "User Not Authenticated") for _ in range(99)]}
    with pytest.raises(SourceRefused, match="User Not Authenticated"):
        found.probe()
    for stream in ("people", "directory", "catalogue", "incident"):
        with pytest.raises(SourceRefused, match="User Not Authenticated"):
            list(found.pull(stream, found.start(stream, None)))


@pytest.mark.parametrize("log", ["sys_audit", "sys_journal_field"])
def test_a_log_that_a_node_refuses_once_is_not_taken_for_one_that_may_not_be_read(log: str) -> None:
    desk = instance()
    found = connector(desk)
    desk.answers = {f"table/{log}": [error(401, "User Not Authenticated")]}
    with pytest.raises(SourceRefused, match="User Not Authenticated"):
        found.fetch([TICKETS[0]])
