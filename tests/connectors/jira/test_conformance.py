"""The contract's rules, held by the Jira connector over the emulated site on a socket: Cloud and Data Center."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors import Connector, FieldName, FieldUpdate, Http, Limits, Now, Slot, open_client
from connectors.jira import JiraConnector
from connectors.jira.emulator import KNOWN, Emulator, serve
from connectors.jira.emulator.records import Flavour
from connectors.jira.settings import JiraSettings
from connectors.testing import ConnectorSuite, Sent, Signs, Taking
from core.store.credentials import MemoryVault

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
NAMES = {Slot(slot): FieldName(f"SLA {slot}") for slot in ("due", "state", "metric")}
CODED = frozenset({"content-encoding", "content-length"})


class Host:
    """Whoever waits lets the site's time pass."""

    def __init__(self, site: Emulator) -> None:
        self.site = site

    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        self.site.stage.advance(seconds)
        return False

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.site.world.ms() / 1000, UTC)


class Spoilt(httpx.HTTPTransport):
    """Brings answers in which one issue's beginning and one comment's author are no such things."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        answer.read()
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return answer
        body = json.loads(answer.content, object_hook=spoil)
        headers = [(name, value) for name, value in answer.headers.items() if name not in CODED]
        return httpx.Response(answer.status_code, headers=headers, json=body)


def spoil(found: dict[str, Any]) -> dict[str, Any]:
    if found.get("id") == "100004" and "fields" in found:
        found["fields"]["created"] = "yesterday"
    if found.get("id") == "900003" and "updateAuthor" in found:
        found["created"] = {"at": "some time"}
    return found


def signed(body: bytes) -> Sent:
    mark = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    return Sent({"X-Hub-Signature": f"sha256={mark}"}, body, "secret", START)


class JiraSuite(ConnectorSuite):
    cloud: bool
    traps: Sequence[str]

    @pytest.fixture
    def stack(self) -> Iterator[ExitStack]:
        with ExitStack() as stack:
            yield stack

    @pytest.fixture
    def site(self, stack: ExitStack) -> tuple[Emulator, str]:
        flavour: Flavour = "cloud" if self.cloud else "datacenter"
        site = Emulator(seed=3, tickets=40, start=START, flavour=flavour, traps=self.traps, limits=False)
        site.stage.search_maximum(15)
        site.stage.hold_time()
        site.stage.jobs(delay=2)
        return site, stack.enter_context(serve(site))

    @pytest.fixture
    def opened(self, site: tuple[Emulator, str], stack: ExitStack) -> Callable[..., tuple[JiraConnector, Http]]:
        emulator, url = site
        host = Host(emulator)

        def open_one(address: str = url, transport: httpx.BaseTransport | None = None) -> tuple[JiraConnector, Http]:
            token = KNOWN.api_token if self.cloud else KNOWN.pat
            auth = (
                {"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_TOKEN}"}
                if self.cloud
                else {"method": "personal_access_token", "token": "${SLAHUB_TOKEN}"}
            )
            settings = JiraSettings.model_validate({"url": address, "gateway": address, "auth": auth})
            plain = stack.enter_context(open_client(address))
            signs = JiraConnector.auth(settings, lambda _: token, MemoryVault(), plain)
            headers = JiraConnector.headers(settings)
            if transport is None:
                client = stack.enter_context(open_client(address, auth=signs, headers=headers))
            else:
                client = httpx.Client(base_url=address, auth=signs, headers=headers, transport=transport)
                stack.enter_context(client)
            limits = Limits((), rate=(10**6, timedelta(seconds=1)), now=lambda: emulator.world.ms() / 1000)
            http = Http(client, limits, stop=host, now=host.now, attempts=1)
            return JiraConnector(http, settings, NAMES), http

        return open_one

    @pytest.fixture
    def one(self, opened: Callable[..., tuple[JiraConnector, Http]]) -> tuple[JiraConnector, Http]:
        return opened()

    @pytest.fixture
    def connector(self, one: tuple[JiraConnector, Http]) -> Connector:
        return one[0]

    @pytest.fixture
    def calls(self, one: tuple[JiraConnector, Http]) -> Callable[[], int]:
        return one[1].calls

    @pytest.fixture
    def now(self, site: tuple[Emulator, str]) -> Now:
        return Host(site[0]).now

    @pytest.fixture
    def unreadable(self, opened: Callable[..., tuple[JiraConnector, Http]]) -> Connector:
        return opened(transport=Spoilt())[0]

    @pytest.fixture
    def failing(self, opened: Callable[..., tuple[JiraConnector, Http]]) -> Connector:
        # Nobody listens there.
        return opened("http://127.0.0.1:9")[0]

    @pytest.fixture
    def taking(self, one: tuple[JiraConnector, Http]) -> Taking:
        return one[0]

    @pytest.fixture
    def signs(self) -> Signs:
        return signed

    @pytest.fixture
    def bodies(self) -> Sequence[bytes]:
        event = {"timestamp": 1772618400000, "webhookEvent": "jira:issue_updated", "issue": {"id": "100001"}}
        comment = {**event, "webhookEvent": "comment_created", "comment": {"id": "900001"}}
        gone = {**event, "webhookEvent": "jira:issue_deleted"}
        return [json.dumps(each).encode() for each in (event, comment, gone, {"webhookEvent": "sprint_closed"})]

    @pytest.fixture
    def writable(self, one: tuple[JiraConnector, Http]) -> JiraConnector:
        return one[0]

    @pytest.fixture
    def updates(self, site: tuple[Emulator, str]) -> Sequence[FieldUpdate]:
        stage = site[0].stage
        alike = [stage.new_ticket() for _ in range(6)]
        return [
            FieldUpdate(str(stage.new_ticket()), {Slot.DUE: "2026-03-05T10:00:00Z", Slot.STATE: "at risk"}),
            FieldUpdate(str(stage.new_ticket(project="ENG")), {Slot.DUE: None, Slot.STATE: "paused"}),
            *(FieldUpdate(str(each), {Slot.STATE: "on track", Slot.METRIC: "resolution"}) for each in alike),
        ]

    @pytest.fixture(autouse=True)
    def _site_of_this_test(self, site: tuple[Emulator, str]) -> None:
        self._site = site[0]

    def between_polls(self) -> None:
        self._site.stage.advance(5)


class TestCloud(JiraSuite):
    cloud = True
    traps = ("short_pages", "empty_pages", "duplicate_rows", "comment_cut", "changelog_cut", "numeric_created")


class TestDataCenter(JiraSuite):
    cloud = False
    traps = ("lowered_maximum", "missing_field_ids")
