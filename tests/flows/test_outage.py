"""A helpdesk that is away for an hour: few calls, no storm when it is back, and all is caught up."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import httpx
import pytest

from connectors import SecretRef, open_client
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.emulator import KNOWN, SLA_FIELDS, Emulator, serve
from connectors.zendesk.settings import ApiToken, ZendeskSettings
from core.flows import census
from core.flows.confirm import confirm
from core.flows.deliver import deliver
from core.flows.evaluate import evaluate
from core.flows.probe import probe
from core.flows.sync import sync
from core.ports import FieldName, LaneKind, Slot
from core.store import Store, connections, fields
from tests.flows.proof import Time, opened, rules

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
MOST_CALLS = 45
"""In an hour: eight until they stop, trials after 5, 10, 20, 40 and 80 seconds, then one each two minutes."""


class Hub:
    """All flows of one connection, taking turns as the daemon gives them."""

    def __init__(self, store: Store, emulator: Emulator, client: httpx.Client, url: str) -> None:
        self.store, self.emulator = store, emulator
        self.time = Time(emulator.stage, START)
        auth = ApiToken(method="api_token", email=KNOWN.email, api_token=SecretRef("${SLAHUB_TEST}"))
        names = {Slot(slot): FieldName(title=title) for slot, title in SLA_FIELDS.items()}
        settings = ZendeskSettings(url=url, auth=auth)
        self.source, _ = opened(store, ZendeskConnector, client, settings, self.time, names)
        self.active = rules(START)

    def turn(self) -> None:
        store, source, time = self.store, self.source, self.time
        probe(store, source)
        sync(store, source, frozenset({LaneKind.LIVE}), time)
        sync(store, source, frozenset({LaneKind.BACKFILL}), time)
        census.take(store, source, time)
        evaluate(store, source, self.active, time)
        confirm(store, source, time)
        deliver(store, source, self.active, time, process="test")

    def turns(self, seconds: float, each: float) -> None:
        until = self.time.passed + seconds
        while self.time.passed < until:
            self.turn()
            self.time.wait(each)

    def state(self) -> str:
        with self.store.view() as tx:
            row = connections.get(tx, "desk")
        assert row is not None
        return row.state

    def open_wishes(self) -> int:
        with self.store.view() as tx:
            return fields.open_wishes(tx, self.source.id)

    def calls(self) -> int:
        return sum(self.emulator.stage.writes()["calls"].values())


@pytest.fixture
def hub(store: Store) -> Iterator[Hub]:
    emulator = Emulator(seed=3, tickets=20, start=START, limits=False)
    emulator.stage.hold_time()
    emulator.stage.jobs(delay=1)
    with ExitStack() as stack:
        url = stack.enter_context(serve(emulator))
        client = stack.enter_context(open_client(url, auth=httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token)))
        yield Hub(store, emulator, client, url)


@pytest.mark.parametrize("trouble", [{"status": 502}, {"status": 200, "kind": "html"}])
def test_an_hour_without_answers_costs_few_calls_and_is_caught_up(hub: Hub, trouble: dict[str, object]) -> None:
    hub.turns(300, 20)
    assert hub.open_wishes() == 0
    hub.emulator.stage.reply(3)
    ticket = hub.emulator.stage.new_ticket(priority="urgent")
    hub.emulator.stage.fail("", times=10**6, **trouble)
    hub.emulator.stage.forget_calls()
    hub.turns(60, 5)
    assert hub.state() == "unreachable"
    hub.turns(3540, 15)
    assert 8 < hub.calls() <= MOST_CALLS
    hub.emulator.stage.heal()
    hub.emulator.stage.forget_calls()
    hub.turns(180, 15)
    assert hub.state() == "ok"
    assert hub.calls() < 120
    hub.turns(300, 20)
    assert hub.open_wishes() == 0
    shown = hub.emulator.world.tickets[ticket].values.values()
    assert {str(value) for value in shown} & {"sla_breached", "breached", "Breached"}
