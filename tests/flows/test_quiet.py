"""Quiet by proof: no write without a change that somebody sees, and few calls for many of them, over every helpdesk."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors import SecretRef, open_client
from connectors.emulation import serve
from connectors.jira import JiraConnector
from connectors.jira.emulator import KNOWN as JIRA
from connectors.jira.emulator import Emulator as JiraEmulator
from connectors.jira.settings import JiraSettings
from connectors.servicenow import ServiceNowConnector
from connectors.servicenow.emulator import KNOWN as SERVICENOW
from connectors.servicenow.emulator import Emulator as ServiceNowEmulator
from connectors.servicenow.settings import ServiceNowSettings
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.emulator import KNOWN as ZENDESK
from connectors.zendesk.emulator import SLA_FIELDS
from connectors.zendesk.emulator import Emulator as ZendeskEmulator
from connectors.zendesk.settings import ApiToken, ZendeskSettings
from core.flows import deliver as planner
from core.flows.confirm import confirm
from core.flows.deliver import deliver
from core.flows.evaluate import evaluate
from core.flows.source import Source
from core.flows.sync import sync
from core.ports import FieldName, LaneKind, Slot
from core.store import Store, fields
from tests.flows.proof import Time, opened, rules

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)

Deed = Callable[[], object]


@dataclass
class Desk:
    """A hub over one emulated helpdesk.

    shown: what stands in the hub's fields, by ticket. rows: the tickets that one call writes. deeds: what people do.
    """

    stage: Any
    store: Store
    source: Source
    time: Time
    shown: Callable[[], Mapping[object, object]]
    rows: Callable[[Mapping[str, Any]], int]
    deeds: Callable[[random.Random], Sequence[Deed]]

    def cycle(self) -> None:
        sync(self.store, self.source, frozenset(LaneKind), self.time, forced=True)
        self.judge()
        self.write()

    def judge(self) -> None:
        active = rules(START)
        evaluate(self.store, self.source, active, self.time)
        while confirm(self.store, self.source, self.time).read:
            evaluate(self.store, self.source, active, self.time)

    def write(self) -> None:
        while True:
            deliver(self.store, self.source, rules(START), self.time, process="test")
            with self.store.view() as tx:
                if not fields.under_way(tx, self.source.id):
                    return
            self.time.wait(3)

    def written(self) -> int:
        """Return how many tickets were written since calls were forgotten."""
        return sum(self.rows(each) for each in self.stage.writes()["writes"])

    def calls(self) -> Mapping[str, int]:
        found: Mapping[str, int] = self.stage.writes()["calls"]
        return found


@dataclass
class Opener:
    stack: ExitStack
    store: Store
    tickets: int

    def source(self, kind: Any, settings: Any, auth: httpx.Auth, names: Mapping[str, FieldName], stage: Any) -> Any:
        stage.hold_time()
        client = self.stack.enter_context(open_client(settings.url, auth=auth, headers=kind.headers(settings)))
        time = Time(stage, START)
        known = {Slot(slot): each for slot, each in names.items()}
        # ServiceNow names no limit, so that an hour would have room for few of a thousand.
        return opened(self.store, kind, client, settings, time, known, rate=(100_000, timedelta(hours=1)))[0], time

    def zendesk(self) -> Desk:
        emulator = ZendeskEmulator(seed=7, tickets=self.tickets, start=START, limits=False)
        emulator.stage.jobs(delay=2)
        url = self.stack.enter_context(serve(emulator))
        auth = ApiToken(method="api_token", email=ZENDESK.email, api_token=SecretRef("${SLAHUB_TEST}"))
        names = {slot: FieldName(title=title) for slot, title in SLA_FIELDS.items()}
        basic = httpx.BasicAuth(f"{ZENDESK.email}/token", ZENDESK.api_token)
        stage = emulator.stage
        source, time = self.source(ZendeskConnector, ZendeskSettings(url=url, auth=auth), basic, names, stage)

        def shown() -> Mapping[object, object]:
            ours = [field.id for field in emulator.world.fields.values() if field.title in SLA_FIELDS.values()]
            return {key: [each.values.get(one) for one in ours] for key, each in emulator.world.tickets.items()}

        def deeds(chance: random.Random) -> Sequence[Deed]:
            ticket = chance.randint(1, self.tickets)
            return (
                lambda: stage.new_ticket(priority=chance.choice(["low", "urgent"])),
                lambda: stage.reply(ticket, status=chance.choice(["pending", "open", "solved"])),
                lambda: stage.reply(ticket, by="customer"),
                lambda: stage.priority(ticket, chance.choice(["normal", "urgent"])),
            )

        def rows(call: Mapping[str, Any]) -> int:
            return len(call["body"].get("tickets", ())) if "update_many" in call["path"] else 0

        return Desk(stage, self.store, source, time, shown, rows, deeds)

    def jira(self) -> Desk:
        emulator = JiraEmulator(seed=7, tickets=self.tickets, start=START, limits=False)
        emulator.stage.jobs(delay=2)
        url = self.stack.enter_context(serve(emulator))
        auth: Any = {"method": "api_token", "email": JIRA.email, "api_token": "${SLAHUB_TEST}"}
        settings = JiraSettings.model_validate({"url": url, "auth": auth, "property": "slahub.sla"})
        names = {slot: FieldName(id=each) for slot, each in emulator.field_ids().items()}
        stage, world = emulator.stage, emulator.world
        source, time = self.source(JiraConnector, settings, httpx.BasicAuth(JIRA.email, JIRA.api_token), names, stage)
        ours = list(emulator.field_ids().values())

        def shown() -> Mapping[object, object]:
            found = {key: [each.values.get(one) for one in ours] for key, each in world.issues.items()}
            return {key: (values, str(world.issues[key].properties.get("slahub.sla"))) for key, values in found.items()}

        def deeds(chance: random.Random) -> Sequence[Deed]:
            issue = chance.choice(list(world.issues))
            return (
                lambda: stage.new_ticket(project=chance.choice(["HELP", "FAC"]), priority=chance.choice([1, 4])),
                lambda: stage.reply(issue),
                lambda: stage.reply(issue, by="customer"),
                lambda: stage.set_priority(issue, chance.choice([1, 3])),
                lambda: stage.move_status(issue, chance.choice(["Waiting for customer", "In Progress"])),
                lambda: stage.resolve(issue),
            )

        def rows(call: Mapping[str, Any]) -> int:
            path, body = call["path"], call["body"]
            if "bulk/issues" in path:
                return len(body.get("selectedIssueIdsOrKeys", ()))
            return int(call["method"] == "PUT")

        return Desk(stage, self.store, source, time, shown, rows, deeds)

    def servicenow(self) -> Desk:
        emulator = ServiceNowEmulator(seed=7, tickets=self.tickets, start=START, hourly=10**6)
        url = self.stack.enter_context(serve(emulator))
        auth: Any = {"method": "basic", "username": SERVICENOW.user, "password": "${SLAHUB_TEST}"}
        settings = ServiceNowSettings.model_validate({"url": url, "auth": auth, "scope": {"tables": ["incident"]}})
        names = {slot: FieldName(id=name) for slot, name in emulator.column_names().items()}
        basic = httpx.BasicAuth(SERVICENOW.user, SERVICENOW.password)
        # What rules usually take at a change; the dice give a slow instance.
        emulator.stage.batch_seconds(0.5)
        stage, incidents = emulator.stage, emulator.world.rows["incident"]
        source, time = self.source(ServiceNowConnector, settings, basic, names, stage)

        def shown() -> Mapping[object, object]:
            ours = list(emulator.column_names().values())
            return {key: [row.values.get(each, "") for each in ours] for key, row in incidents.items()}

        def deeds(chance: random.Random) -> Sequence[Deed]:
            ticket = chance.choice(list(incidents))
            return (
                lambda: stage.new_ticket(impact=chance.choice([1, 3]), urgency=chance.choice([1, 3])),
                lambda: stage.edit(ticket, {"comments": "A reply."}),
                lambda: stage.edit(ticket, {"state": chance.choice(["2", "3", "6"])}),
                lambda: stage.edit(ticket, {"urgency": chance.choice(["1", "2"])}),
            )

        def rows(call: Mapping[str, Any]) -> int:
            # What a batch holds is carried out as calls of their own.
            return int("batch" not in call["path"])

        return Desk(stage, self.store, source, time, shown, rows, deeds)


@pytest.fixture
def opener(empty_store: Store) -> Iterator[Callable[[int], Opener]]:
    with ExitStack() as stack:
        yield lambda tickets: Opener(stack, empty_store, tickets)


@pytest.mark.parametrize("helpdesk", ["zendesk", "jira", "servicenow"])
def test_over_a_day_of_work_each_write_shows_something_new_and_the_cycle_after_a_cycle_writes_nothing(
    opener: Callable[[int], Opener], helpdesk: str
) -> None:
    desk: Desk = getattr(opener(60), helpdesk)()
    chance = random.Random(5)
    written = visible = 0
    desk.cycle()
    for _ in range(16):
        for _ in range(8):
            with suppress(ValueError, LookupError):
                chance.choice(desk.deeds(chance))()
            desk.time.wait(chance.choice([20, 300, 900]))
        before = desk.shown()
        desk.stage.forget_calls()
        desk.cycle()
        written += desk.written()
        after = desk.shown()
        visible += sum(before.get(key) != values for key, values in after.items())
        desk.stage.forget_calls()
        desk.cycle()
        assert desk.written() == 0
    assert visible > 30
    assert written <= visible


BOUNDS: Mapping[str, Mapping[str, float]] = {
    "zendesk": {"update_many": 11},
    "jira": {"": 1050},
    "servicenow": {"": 60},
}
"""Calls for a thousand tickets that come to show something else, by what stands in the endpoint's name."""


@pytest.mark.parametrize("helpdesk", ["zendesk", "jira", "servicenow"])
def test_a_thousand_changes_that_people_see_cost_few_calls(
    opener: Callable[[int], Opener], helpdesk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "FIRST_WRITES_AN_HOUR", 10_000)
    desk: Desk = getattr(opener(20), helpdesk)()
    for _ in range(1000):
        desk.stage.new_ticket()
    desk.time.wait(120)
    sync(desk.store, desk.source, frozenset(LaneKind), desk.time, forced=True)
    # What was read has used up the calls of these minutes.
    desk.time.wait(600)
    desk.judge()
    before = desk.shown()
    desk.stage.forget_calls()
    desk.write()
    after, calls = desk.shown(), desk.calls()
    visible = sum(before.get(key) != values for key, values in after.items())
    if helpdesk == "servicenow":
        # What is in a batch is told as calls of their own besides.
        calls = {name: count for name, count in calls.items() if not name.startswith("PATCH")}
    assert desk.written() == visible > 1000
    for endpoint, most in BOUNDS[helpdesk].items():
        assert sum(count for name, count in calls.items() if endpoint in name) * 1000 / visible <= most
    if helpdesk == "zendesk":
        jobs = sum(count for name, count in calls.items() if "update_many" in name)
        assert sum(count for name, count in calls.items() if "job_statuses" in name) <= jobs
