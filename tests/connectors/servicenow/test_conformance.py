"""The contract's rules, held by the ServiceNow connector over a small desk."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from connectors import Connector, Http, Limits, Now
from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.shapes import stamp
from connectors.testing import ConnectorSuite
from tests.connectors.servicenow.desk import NOON, SECOND, SITE, Desk, Never, changed, ident, incident, staffed, wrote

TICKETS = 160
AUTH = {"method": "basic", "username": "svc.slahub", "password": "${SLAHUB_PASSWORD}"}


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


class TestServiceNow(ConnectorSuite):
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
