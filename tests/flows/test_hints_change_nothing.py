"""Hints that are lost, doubled, forged, turned around or sent again change nothing but how soon something is seen.

A helpdesk sends webhooks to the application of one hub; beside it is another hub that nobody tells anything. Somebody
hears each delivery on its way, and sends what he likes.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors import SecretRef, open_client
from connectors.jira import JiraConnector
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.client import Api
from connectors.zendesk.emulator import KNOWN, Emulator, serve
from connectors.zendesk.layouts import Layouts
from connectors.zendesk.settings import ApiToken, ZendeskSettings
from core.flows.follow import REMEMBERED, follow
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.hub import Hub
from core.ports import LARGEST_HINT
from core.settings import Configuration, Mode
from core.store import Store, hints, lists
from core.telemetry import Metrics
from scheduler import Daemon
from slahub.web.address import Address
from slahub.web.app import application
from slahub.web.serving import serve as listen
from tests.flows import jira_desk, servicenow_desk, zendesk_desk
from tests.flows.proof import Desk, Time, differing, opened, rules, settle

SECRET = "long and random"

TRAPS = ("double", "lose", "reorder")
"""What goes wrong with any helpdesk's deliveries."""


@dataclass
class Line:
    """The way from a helpdesk to a hub. heard: the headers and the body of each delivery that came by."""

    to: ASGIApp
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()

        async def listen() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                body.extend(message["body"])
                if not message["more_body"]:
                    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
                    self.heard.append((headers, bytes(body)))
            return message

        await self.to(scope, listen, send)


@dataclass
class Stranger:
    """Somebody who has heard what a helpdesk sent, and sends to the hub himself.

    proof: the header with which the helpdesk proves who it is. gone: what a body says of a ticket that is gone.
    believed: whether the proof goes for any body.
    """

    http: httpx.Client
    line: Line
    proof: str
    gone: Mapping[str, str]
    believed: bool

    def send(self, headers: Mapping[str, str], body: bytes) -> int:
        mine = {name: value for name, value in headers.items() if name not in {"content-length", "host"}}
        return self.http.post("/hooks/desk", content=body, headers=mine).status_code

    def forge(self, headers: Mapping[str, str], body: bytes) -> None:
        assert self.send({**headers, self.proof: headers[self.proof][::-1]}, body) == 401
        assert self.send({name: value for name, value in headers.items() if name != self.proof}, body) == 401

    def lie(self, headers: Mapping[str, str], body: bytes) -> None:
        """Say of a ticket that it is gone, in words that nobody has signed."""
        told = json.dumps({**json.loads(body), **self.gone}, indent=1).encode()
        assert self.send(headers, told) == (202 if self.believed else 401)

    def swell(self, headers: Mapping[str, str], body: bytes) -> None:
        assert self.send(headers, body + b" " * LARGEST_HINT) == 413

    def meddle(self, chance: random.Random) -> None:
        if self.line.heard:
            deed = chance.choice([self.forge, self.lie, self.swell, self.send])
            deed(*chance.choice(self.line.heard[-20:]))


@dataclass
class Told:
    """A hub that is told by its helpdesk, and one that is not.

    trap: makes the next deliveries go wrong, in one of the ways named `traps`.
    proof, gone, believed: see `Stranger`. fresh: whether a delivery proves itself for minutes only.
    """

    desk: Any
    untold: Any
    send_to: Callable[[str], object]
    trap: Callable[[str], None]
    delivered: Callable[[], object]
    work: Callable[[Any, random.Random], object]
    agree: Callable[[Any], None]
    traps: tuple[str, ...]
    proof: str
    gone: Mapping[str, str]
    believed: bool = False
    fresh: bool = False

    def follow(self) -> int:
        return follow(self.desk.store, self.desk.source, self.desk.time).read

    def waiting(self) -> int:
        with self.desk.store.view() as tx:
            return hints.waiting_count(tx, self.desk.source.id)

    def catch_up(self) -> None:
        self.delivered()
        while self.waiting():
            self.follow()


@pytest.fixture
def listening(sqlite_store: Store, empty_store: Store) -> Iterator[Callable[[str, int], tuple[Told, Stranger]]]:
    with ExitStack() as stack:

        def start(kind: str, seed: int) -> tuple[Told, Stranger]:
            told = HELPDESKS[kind](stack, seed, sqlite_store, empty_store)
            desk, metrics = told.desk, Metrics()
            desk.source = replace(desk.source, hint_secret=SECRET, metrics=metrics)
            hub = Hub(
                desk.store,
                Configuration({}, desk.active.rules[-1]),
                desk.active,
                {"desk": desk.source},
                {},
                desk.source.host_now,
            )
            daemon = Daemon(hub, lambda: hub, StopSignal())
            app = application(daemon, metrics)
            line = Line(app)
            heard, direct = (stack.enter_context(listen(each, Address("127.0.0.1", 0))) for each in (line, app))
            told.send_to(f"http://{heard}/hooks/desk")
            http = stack.enter_context(httpx.Client(base_url=f"http://{direct}", timeout=30, trust_env=False))
            return told, Stranger(http, line, told.proof, told.gone, told.believed)

        yield start


def zendesk(stack: ExitStack, seed: int, store: Store, other: Store) -> Told:
    emulator = Emulator(seed=seed, tickets=25, start=zendesk_desk.START, limits=False)
    emulator.stage.hold_time()
    emulator.stage.jobs(delay=2)
    url = stack.enter_context(serve(emulator))
    credentials = ApiToken(method="api_token", email=KNOWN.email, api_token=SecretRef("${SLAHUB_TEST}"))
    settings = ZendeskSettings(url=url, auth=credentials)
    time = Time(emulator.stage, zendesk_desk.START)

    def over(place: Store, mode: Mode) -> zendesk_desk.Zendesk:
        auth = httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token)
        client = stack.enter_context(open_client(url, auth=auth))
        source, http = opened(place, ZendeskConnector, client, settings, time, zendesk_desk.NAMES, mode=mode)
        layouts = Layouts(Api(http), zendesk_desk.NAMES)
        return zendesk_desk.Zendesk(emulator.stage, time, place, source, rules(zendesk_desk.START), emulator, layouts)

    stage = emulator.stage
    return Told(
        over(store, Mode.LIVE),
        over(other, Mode.OBSERVE),
        lambda address: stage.webhook(address, SECRET),
        stage.webhook_trap,
        stage.webhooks_delivered,
        zendesk_desk.work,
        zendesk_desk.agree,
        (*TRAPS, "forge"),
        "x-zendesk-webhook-signature",
        {"type": "zen:event-type:ticket.soft_deleted"},
        fresh=True,
    )


def jira(stack: ExitStack, seed: int, store: Store, other: Store) -> Told:
    desk = jira_desk.Opener(stack, store)(seed=seed)
    stage, known = desk.emulator.stage, jira_desk.KNOWN

    def over(email: str, token: str) -> Source:
        client = stack.enter_context(open_client(desk.url, auth=httpx.BasicAuth(email, token)))
        names, options = desk.source.settings.write_back, desk.source.settings.options
        return opened(other, JiraConnector, client, options, desk.time, names, mode=Mode.OBSERVE)[0]

    # Only an administrator may register webhooks.
    admin = over(known.admin_email, known.admin_token).connector
    return Told(
        desk,
        replace(desk, store=other, source=over(known.email, known.api_token)),
        lambda address: admin.register(address, SECRET, ()),
        stage.hook_trap,
        stage.hooks_delivered,
        jira_desk.work,
        jira_agree,
        (*TRAPS, "forge"),
        "x-hub-signature",
        {"webhookEvent": "jira:issue_deleted"},
    )


def jira_agree(desk: jira_desk.Jira) -> None:
    settle(desk)
    desk.census()
    assert jira_desk.agreement(desk) == {}


def servicenow(stack: ExitStack, seed: int, store: Store, other: Store) -> Told:
    # Of tables that are not read there are hints, too; of those that are the audit has rows from the beginning.
    desk = servicenow_desk.Opener(stack, store)(seed=seed, tickets=25, tables=("incident", "sc_req_item"))
    stage = desk.emulator.stage
    return Told(
        desk,
        replace(desk, store=other, source=desk.reopened(other, Mode.OBSERVE)),
        lambda address: stage.push(address, SECRET),
        stage.push_trap,
        stage.push_wait,
        servicenow_desk.work,
        servicenow_agree,
        TRAPS,
        "x-hub-secret",
        {"operation": "delete", "sys_updated_on": "2099-12-31 23:59:59"},
        # Nothing is signed: who has heard the secret is believed, which costs looks.
        believed=True,
    )


def servicenow_agree(desk: servicenow_desk.ServiceNow) -> None:
    assert servicenow_desk.agreement(desk) == {}


HELPDESKS: Mapping[str, Callable[[ExitStack, int, Store, Store], Told]] = {
    "zendesk": zendesk,
    "jira": jira,
    "servicenow": servicenow,
}


@pytest.mark.parametrize("kind", HELPDESKS)
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_becomes_of_hints_the_store_ends_the_same(
    listening: Callable[[str, int], tuple[Told, Stranger]], kind: str, seed: int
) -> None:
    (told, stranger), chance, read = listening(kind, seed), random.Random(seed), 0
    for desk in (told.desk, told.untold):
        desk.cycle()
    for _ in range(25):
        for _ in range(3):
            if chance.random() < 0.5:
                told.trap(chance.choice(told.traps))
            told.work(told.desk, chance)
        told.desk.time.wait(chance.choice([1, 5, 40, 90]))
        told.delivered()
        stranger.meddle(chance)
        if chance.random() < 0.7:
            read += told.follow()
        if chance.random() < 0.4:
            told.desk.cycle()
        if chance.random() < 0.4:
            told.untold.cycle()
    told.delivered()
    assert read > 0
    # Nobody remembers a delivery for longer.
    told.desk.time.wait(REMEMBERED.total_seconds())
    told.follow()
    told.agree(told.desk)
    settle(told.untold)
    told.untold.census()
    told.catch_up()
    before = told.desk.stored(), clocks(told.desk)
    late = {stranger.send(*each) for each in stranger.line.heard}
    assert (202 in late, told.waiting() > 0) == ((False, False) if told.fresh else (True, True))
    for each in stranger.line.heard:
        stranger.lie(*each)
    # What is said is not believed for a moment, and the looks that it costs bring nothing.
    assert (told.desk.stored(), clocks(told.desk)) == before
    told.catch_up()
    assert (told.desk.stored(), clocks(told.desk)) == before
    assert {"noted", "again", "forged", "not whole"} <= outcomes(told.desk.source.metrics)
    assert differing(told.desk.stored(), told.untold.stored()) == {}
    assert differing(clocks(told.desk), clocks(told.untold)) == {}


def outcomes(metrics: Metrics) -> set[str]:
    """Return what became of deliveries."""
    return set(re.findall(r'slahub_hints_total\{.*outcome="([^"]+)"\} [1-9]', metrics.render().decode()))


def clocks(desk: Desk) -> dict[tuple[str, str, int], object]:
    """Return what is held of each clock, but for what tells the time of the last look."""
    with desk.store.view() as tx:
        rows = lists.clock_rows(tx, desk.source.id)
    return {
        (row.key, row.metric, row.cycle): (row.state, row.standing, row.started_at, row.completed_at, row.due_at)
        for row in rows
    }
