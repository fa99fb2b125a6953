"""Hints that are lost, doubled, forged or turned around change nothing but how soon something is seen.

A helpdesk sends webhooks to the application of one hub; beside it is another hub that nobody tells anything.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from connectors import SecretRef, open_client
from connectors.jira import JiraConnector
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.client import Api
from connectors.zendesk.emulator import KNOWN, Emulator, serve
from connectors.zendesk.layouts import Layouts
from connectors.zendesk.settings import ApiToken, ZendeskSettings
from core.flows.follow import follow
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.hub import Hub
from core.settings import Configuration, Mode
from core.store import Store, hints, lists
from core.telemetry import Metrics
from scheduler import Daemon
from slahub.web.address import Address
from slahub.web.app import application
from slahub.web.serving import serve as listen
from tests.flows import jira_desk, zendesk_desk
from tests.flows.proof import Desk, Time, differing, opened, rules, settle

SECRET = "long and random"


@dataclass
class Told:
    """A hub that is told by its helpdesk, and one that is not.

    trap: makes the next deliveries go wrong, in a way of this name. forged: the name of one.
    """

    desk: Any
    untold: Any
    send_to: Callable[[str], object]
    trap: Callable[[str], None]
    delivered: Callable[[], object]
    work: Callable[[Any, random.Random], None]
    agree: Callable[[Any], None]
    forged: str

    def follow(self) -> int:
        return follow(self.desk.store, self.desk.source, self.desk.time).read

    def waiting(self) -> int:
        with self.desk.store.view() as tx:
            return hints.waiting_count(tx, self.desk.source.id)


@pytest.fixture
def listening(sqlite_store: Store, empty_store: Store) -> Iterator[Callable[[str, int], Told]]:
    with ExitStack() as stack:

        def start(kind: str, seed: int) -> Told:
            told = (zendesk if kind == "zendesk" else jira)(stack, seed, sqlite_store, empty_store)
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
            address = stack.enter_context(listen(application(daemon, metrics), Address("127.0.0.1", 0)))
            told.send_to(f"http://{address}/hooks/desk")
            return told

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
        "forge",
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
        "stale_signature",
    )


def jira_agree(desk: jira_desk.Jira) -> None:
    settle(desk)
    desk.census()
    assert jira_desk.agreement(desk) == {}


@pytest.mark.parametrize("kind", ["zendesk", "jira"])
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_becomes_of_hints_the_store_ends_the_same(
    listening: Callable[[str, int], Told], kind: str, seed: int
) -> None:
    told, chance = listening(kind, seed), random.Random(seed)
    traps, read = ["double", "lose", "reorder", told.forged], 0
    for desk in (told.desk, told.untold):
        desk.cycle()
    for _ in range(25):
        for _ in range(3):
            if chance.random() < 0.5:
                told.trap(chance.choice(traps))
            told.work(told.desk, chance)
        told.desk.time.wait(chance.choice([1, 5, 40, 90]))
        told.delivered()
        if chance.random() < 0.7:
            read += told.follow()
        if chance.random() < 0.4:
            told.desk.cycle()
        if chance.random() < 0.4:
            told.untold.cycle()
    told.delivered()
    assert read > 0
    told.agree(told.desk)
    settle(told.untold)
    told.untold.census()
    while told.waiting():
        told.follow()
    assert differing(told.desk.stored(), told.untold.stored()) == {}
    assert differing(clocks(told.desk), clocks(told.untold)) == {}


def clocks(desk: Desk) -> dict[tuple[str, str, int], object]:
    """Return what is held of each clock, but for what tells the time of the last look."""
    with desk.store.view() as tx:
        rows = lists.clock_rows(tx, desk.source.id)
    return {
        (row.key, row.metric, row.cycle): (row.state, row.standing, row.started_at, row.completed_at, row.due_at)
        for row in rows
    }
