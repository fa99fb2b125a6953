"""The contract's rules, held by the ServiceNow connector over a small desk, and over the emulated one on a socket."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors import Connector, FieldName, FieldUpdate, Http, Limits, Now, Slot, open_client
from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.emulator import KNOWN, Emulator, serve
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.shapes import stamp
from connectors.testing import ConnectorSuite, Sent, Signs, Taking
from core.store.credentials import MemoryVault
from tests.connectors.servicenow.desk import NOON, SECOND, SITE, Desk, Never, changed, ident, incident, staffed, wrote

TICKETS = 160
AUTH = {"method": "basic", "username": "svc.slahub", "password": "${SLAHUB_PASSWORD}"}
CLIENT = {"method": "oauth_client", "client_id": KNOWN.client_id, "client_secret": "${SLAHUB_SECRET}"}
TABLES = ["incident", "sc_req_item", "problem", "change_request", "u_field_work"]
NAMES = {Slot.DUE: FieldName("SLA due"), Slot.STATE: FieldName("SLA state"), Slot.METRIC: FieldName("u_sla_metric")}
CODED = frozenset({"content-encoding", "content-length"})


def lived() -> Desk:
    desk = staffed(Desk())
    for number in range(1, TICKETS + 1):
        at = NOON - timedelta(hours=TICKETS - number)
        incident(desk, number, at, sys_mod_count="2", state="3", hold_reason="1")
        changed(desk, ident(number), 1, at - timedelta(hours=1), "ivo.petrak", state=("1", "2"))
        changed(desk, ident(number), 2, at, "ivo.petrak", state=("2", "3"), hold_reason=("", "1"))
        wrote(desk, ident(number), at, "ivo.petrak")
    desk.add(
        "sys_audit_delete",
        tablename="incident",
        documentkey=ident(900),
        sys_created_on=stamp(NOON - timedelta(days=1)),
    )
    desk.add(
        "asmt_assessment_instance",
        user=ident(0xA1),
        state="complete",
        trigger_table="incident",
        trigger_id=ident(3),
        task_id=ident(3),
        taken_on=stamp(NOON - timedelta(hours=3)),
        sys_updated_on=stamp(NOON - timedelta(hours=3)),
    )
    desk.add("asmt_metric_result", instance=ident(1), normalized_value="75")
    return desk


class TestSmallDesk(ConnectorSuite):
    @pytest.fixture
    def desk(self) -> Desk:
        return lived()

    @pytest.fixture
    def one(self, desk: Desk) -> tuple[ServiceNowConnector, Http]:
        http = desk.http()
        options = {"url": SITE, "auth": AUTH, "scope": {"tables": {"incident": "active=true"}}}
        return ServiceNowConnector(http, ServiceNowSettings.model_validate(options), {}), http

    @pytest.fixture
    def connector(self, one: tuple[ServiceNowConnector, Http]) -> Connector:
        return one[0]

    @pytest.fixture
    def calls(self, one: tuple[ServiceNowConnector, Http]) -> Callable[[], int]:
        return one[1].calls

    @pytest.fixture
    def now(self) -> Now:
        return lambda: NOON

    @pytest.fixture
    def unreadable(self) -> Connector:
        desk = lived()
        desk.tables["incident"][2]["sys_created_on"] = "yesterday"
        return desk.connector(scope={"tables": {"incident": "active=true"}})

    @pytest.fixture
    def failing(self) -> Connector:
        def answer(_: httpx.Request) -> httpx.Response:
            page = "<html><title>Instance Hibernating page</title></html>"
            return httpx.Response(200, content=page, headers={"content-type": "text/html"})

        client = httpx.Client(base_url=SITE, transport=httpx.MockTransport(answer))
        http = Http(client, Limits((), rate=(10**6, SECOND)), stop=Never(), now=lambda: NOON, attempts=1)
        options = {"url": SITE, "auth": AUTH, "scope": {"tables": {"incident": "active=true"}}}
        return ServiceNowConnector(http, ServiceNowSettings.model_validate(options), {})


class Host:
    """Whoever waits lets the instance's time pass."""

    def __init__(self, site: Emulator) -> None:
        self.site = site

    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        self.site.stage.advance(seconds)
        return False

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.site.world.clock.exact(), UTC)


class Spoilt(httpx.HTTPTransport):
    """Brings answers in which one ticket's beginning is none."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        answer.read()
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return answer
        body = json.loads(answer.content, object_hook=spoil)
        headers = [(name, value) for name, value in answer.headers.items() if name not in CODED]
        return httpx.Response(answer.status_code, headers=headers, json=body)


def spoil(found: dict[str, Any]) -> dict[str, Any]:
    if found.get("number") == {"value": "INC0010004", "display_value": "INC0010004"}:
        found["sys_created_on"] = "yesterday"
    return found


class TestEmulated(ConnectorSuite):
    """Under habits that spoil its answers."""

    # A business rule can sign nothing: it has a secret, and says it.
    signs_bodies = False
    traps = ("audit_late", "foreign_zone", "journal_split", "journal_under_task", "slow_audit", "unsorted")

    @pytest.fixture
    def stack(self) -> Iterator[ExitStack]:
        with ExitStack() as stack:
            yield stack

    @pytest.fixture
    def site(self, stack: ExitStack) -> tuple[Emulator, str]:
        site = Emulator(seed=3, tickets=180, start=NOON, traps=self.traps)
        site.stage.hold_time()
        site.stage.acl("sys_audit_delete", "rows")
        site.stage.delete(site.stage.new_ticket())
        site.stage.advance(3600)
        return site, stack.enter_context(serve(site))

    @pytest.fixture
    def opened(self, site: tuple[Emulator, str], stack: ExitStack) -> Callable[..., tuple[ServiceNowConnector, Http]]:
        emulator, url = site
        host = Host(emulator)

        def open_one(
            address: str = url, transport: httpx.BaseTransport | None = None
        ) -> tuple[ServiceNowConnector, Http]:
            options = {"url": address, "auth": CLIENT, "scope": {"tables": TABLES}}
            settings = ServiceNowSettings.model_validate(options)
            plain = stack.enter_context(open_client(address))
            signs = ServiceNowConnector.auth(settings, lambda _: KNOWN.client_secret, MemoryVault(), plain)
            if transport is None:
                client = stack.enter_context(open_client(address, auth=signs))
            else:
                client = stack.enter_context(httpx.Client(base_url=address, auth=signs, transport=transport))
            limits = Limits((), rate=(10**6, SECOND), now=emulator.world.clock.exact)
            http = Http(client, limits, stop=host, now=host.now, attempts=1)
            return ServiceNowConnector(http, settings, NAMES), http

        return open_one

    @pytest.fixture
    def one(self, opened: Callable[..., tuple[ServiceNowConnector, Http]]) -> tuple[ServiceNowConnector, Http]:
        return opened()

    @pytest.fixture
    def connector(self, one: tuple[ServiceNowConnector, Http]) -> Connector:
        return one[0]

    @pytest.fixture
    def calls(self, one: tuple[ServiceNowConnector, Http]) -> Callable[[], int]:
        return one[1].calls

    @pytest.fixture
    def now(self, site: tuple[Emulator, str]) -> Now:
        return Host(site[0]).now

    @pytest.fixture
    def unreadable(self, opened: Callable[..., tuple[ServiceNowConnector, Http]]) -> Connector:
        return opened(transport=Spoilt())[0]

    @pytest.fixture
    def failing(self, opened: Callable[..., tuple[ServiceNowConnector, Http]]) -> Connector:
        # Nobody listens there.
        return opened("http://127.0.0.1:9")[0]

    @pytest.fixture
    def taking(self, one: tuple[ServiceNowConnector, Http]) -> Taking:
        return one[0]

    @pytest.fixture
    def signs(self) -> Signs:
        return lambda body: Sent({"X-Hub-Secret": "secret"}, body, "secret", NOON)

    @pytest.fixture
    def bodies(self) -> Sequence[bytes]:
        ticket = {"table": "incident", "sys_id": ident(1), "sys_updated_on": "2026-03-10 11:59:00"}
        return [json.dumps(each).encode() for each in (ticket, {**ticket, "operation": "delete"})]

    @pytest.fixture
    def writable(self, one: tuple[ServiceNowConnector, Http]) -> ServiceNowConnector:
        return one[0]

    @pytest.fixture
    def updates(self, site: tuple[Emulator, str]) -> Sequence[FieldUpdate]:
        stage = site[0].stage
        alike = [stage.new_ticket() for _ in range(12)]
        return [
            FieldUpdate(stage.new_ticket(), {Slot.DUE: "2026-03-11T10:00:00Z", Slot.STATE: "at risk"}),
            FieldUpdate(stage.new_ticket(table="problem"), {Slot.DUE: None, Slot.STATE: "paused"}),
            *(FieldUpdate(each, {Slot.STATE: "on track", Slot.METRIC: "resolution"}) for each in alike),
        ]
