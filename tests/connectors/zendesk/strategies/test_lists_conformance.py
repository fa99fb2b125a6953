"""The contract's rules, held by the connector where it reads by lists."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connectors import Connector, Http, Limits
from connectors.testing import ConnectorSuite
from core.flows.stop import StopSignal


class TestZendeskByLists(ConnectorSuite):
    @pytest.fixture
    def asked(self) -> list[str]:
        return []

    @pytest.fixture
    def connector(self, make_account: Any, asked: list[str]) -> Connector:
        account = make_account(tickets=12)
        account.stage.features(exports=False)
        account.stage.advance(300)
        return account.connector("lists", lambda request: asked.append(request.url.path))

    @pytest.fixture
    def calls(self, asked: list[str]) -> Callable[[], int]:
        return lambda: len(asked)

    @pytest.fixture
    def failing(self, make_account: Any) -> Connector:
        account = make_account(tickets=1)
        connector = account.connector("lists")

        def down(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no route", request=request)

        client = httpx.Client(base_url=account.url, transport=httpx.MockTransport(down))
        http = Http(client, Limits((), share=None, rate=None), stop=StopSignal(), now=account.now, attempts=1)
        return type(connector)(http, account.settings("lists"), {})
