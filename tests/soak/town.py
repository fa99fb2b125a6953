"""Three emulated helpdesks at work, in this process and on sockets, each behind a network that can be cut."""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request

from connectors import Bucket, Http, Limits, Skew, open_client
from connectors.buckets import said as told_by
from connectors.buckets import spelling
from connectors.emulation import Answer, serve
from connectors.jira import JiraConnector
from connectors.jira import emulator as jira
from connectors.jira.emulator.profiles import PROFILES as JIRA_PROFILES
from connectors.servicenow import ServiceNowConnector
from connectors.servicenow import emulator as servicenow
from connectors.servicenow.emulator.profiles import PROFILES as SERVICENOW_PROFILES
from connectors.zendesk import ZendeskConnector
from connectors.zendesk import emulator as zendesk
from connectors.zendesk.client import Api
from connectors.zendesk.layouts import Layouts
from core.flows.evaluate import Active
from core.flows.source import Source
from core.store import Store
from tests.flows import jira_desk, servicenow_desk, zendesk_desk
from tests.flows.proof import Desk, Time, Told, differing
from tests.soak.network import Network, network

__all__ = ["Call", "House", "town"]

TICKETS = 25
"""In each helpdesk when it begins."""

MOST = 150
"""From so many tickets on new ones become rare: a desk has few that change all the time."""

RATE = 0.03
"""Of the calls that a fault fits, how many it strikes."""

MARK = re.compile(r"\[slahub:[0-9a-f]{16}\]")
"""By which the hub knows its own notes again."""


@dataclass
class RealTime(Time):
    """Time that passes by itself; whoever waits makes the helpdesk's pass quicker."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def ticks(self) -> float:
        return monotonic()

    def wait(self, seconds: float) -> bool:
        with self.lock:
            self.stage.advance(seconds)
        return False


@dataclass(frozen=True, slots=True)
class Call:
    """A call that reached a helpdesk: when, by a clock that nobody sets, and what.

    totals: how many each limit allows, by its name, where the answer says so.
    """

    at: float
    method: str
    path: str
    totals: Mapping[str, int]


@dataclass
class House:
    """One helpdesk. options: its keys below `connections`; secret: what stands in the file that they name.

    said: gives every comment that is there, its id and its text. budget: the hub's part of its limits.
    settled: what is done before the end, so that it does not take an hour.
    """

    name: str
    emulator: Any
    network: Network
    options: str
    secret: str
    profiles: tuple[str, ...]
    work: Callable[[Any, random.Random, float], bool]
    differences: Callable[[Any], Mapping[str, tuple[object, object]]]
    enter: Callable[[Store, Source, Active], Desk]
    said: Callable[[], Iterable[tuple[str, str]]]
    budget: str = "50%"
    settled: Callable[[], object] = int
    calls: list[Call] = field(default_factory=list[Call])
    changes: int = 0

    def entered(self, store: Store, source: Source, active: Active) -> Desk:
        """Return the hub over this helpdesk; of the truth of it the hub's own notes are no part."""
        desk = self.enter(store, source, active)
        told = desk.truth

        def truth() -> dict[str, Told]:
            mine = {f"comment:{ident}" for ids in self.notes().values() for ident in ids}
            return {
                ticket: (presence, values, {name: each for name, each in events.items() if name not in mine})
                for ticket, (presence, values, events) in told().items()
            }

        desk.truth = truth
        return desk

    def act(self, desk: Desk, chance: random.Random) -> None:
        """Let people change something."""
        while not self.work(desk, chance, MOST):
            pass
        self.changes += 1

    def trouble(self, seed: int) -> None:
        """Let every kind of fault strike now and then."""
        self.emulator.stage.faults(list(self.profiles), seed=seed, rate=RATE, budget=10**6, longest=0.3)

    def heal(self) -> None:
        """Let nothing strike any more."""
        self.network.mend()
        self.emulator.stage.heal()
        self.settled()

    def notes(self) -> Mapping[str, list[str]]:
        """Return the ids of the comments that bear each mark of the hub's."""
        found: dict[str, list[str]] = {}
        for ident, text in self.said():
            for mark in MARK.findall(text):
                found.setdefault(mark, []).append(ident)
        return found

    def writes(self) -> int:
        """Return how many write calls it has taken."""
        return int(self.emulator.stage.writes()["count"])


@contextmanager
def town(seed: int) -> Iterator[Mapping[str, House]]:
    """Start the three helpdesks; they are gone at the end."""
    with ExitStack() as stack:
        yield {each.name: each for each in (_zendesk(stack, seed), _jira(stack, seed), _servicenow(stack, seed))}


def _served(stack: ExitStack, emulator: Any, buckets: Sequence[Bucket]) -> tuple[str, Network, list[Call]]:
    """Serve an emulator; return its own address, the network in front of it, and the calls that reach it."""
    calls, app = list[Call](), emulator.app
    answered = app.served

    def served(request: Request, raw: bytes) -> Answer:
        at, answer = monotonic(), answered(request, raw)
        plain = {spelling(name): value for name, value in answer.headers.items()}
        told = {each.name: total for each in buckets if (total := told_by(each, plain).total)}
        calls.append(Call(at, request.method, request.url.path, told))
        return answer

    app.served = served
    url = stack.enter_context(serve(emulator))
    return url, stack.enter_context(network(urlsplit(url).port or 0)), calls


def _zendesk(stack: ExitStack, seed: int) -> House:
    emulator = zendesk.Emulator(seed=seed, tickets=TICKETS, plan="enterprise_plus")
    emulator.stage.limits(high_volume=True)
    emulator.stage.jobs(delay=0.2)
    url, between, calls = _served(stack, emulator, ZendeskConnector.buckets)
    known = zendesk.KNOWN

    def enter(store: Store, source: Source, active: Active) -> Desk:
        client = stack.enter_context(open_client(url, auth=httpx.BasicAuth(f"{known.email}/token", known.api_token)))
        time = RealTime(emulator.stage, datetime.now(UTC))
        http = Http(client, Limits((), rate=(10**6, timedelta(seconds=1))), stop=time, now=time.now, skew=Skew())
        layouts = Layouts(Api(http), zendesk_desk.NAMES)
        return zendesk_desk.Zendesk(emulator.stage, time, store, source, active, emulator, layouts)

    def differences(desk: Desk) -> Mapping[str, tuple[object, object]]:
        return differing(desk.stored(), desk.truth())

    def said() -> Iterator[tuple[str, str]]:
        for ticket in emulator.world.tickets.values():
            events = (event for audit in ticket.audits for event in audit.events)
            yield from ((str(event.id), event.comment.body) for event in events if event.comment is not None)

    auth = f'{{method: api_token, email: "{known.email}", api_token: "file:zendesk"}}'
    options = f'connector: zendesk, url: "{between.url}", auth: {auth}'
    work = zendesk_desk.work
    return House(
        "zendesk", emulator, between, options, known.api_token, tuple(zendesk.PROFILES), work, differences, enter, said,
        calls=calls, settled=lambda: emulator.stage.limits(on=False),
    )  # fmt: skip


def _jira(stack: ExitStack, seed: int) -> House:
    emulator = jira.Emulator(seed=seed, tickets=TICKETS, limits=False)
    emulator.stage.jobs(delay=0.2)
    _, between, calls = _served(stack, emulator, JiraConnector.buckets)

    def enter(store: Store, source: Source, active: Active) -> Desk:
        time = RealTime(emulator.stage, datetime.now(UTC))
        return jira_desk.Jira(emulator.stage, time, store, source, active, emulator, (), between.url)

    auth = f'{{method: api_token, email: "{jira.KNOWN.email}", api_token: "file:jira"}}'
    options = f'connector: jira, url: "{between.url}", gateway: "{between.url}", auth: {auth}, property: slahub.sla'

    def said() -> Iterator[tuple[str, str]]:
        for issue in emulator.world.issues.values():
            yield from ((str(each.id), each.body) for each in issue.comments)

    work, differences = jira_desk.work, jira_desk.differences
    return House(
        "jira", emulator, between, options, jira.KNOWN.api_token, tuple(JIRA_PROFILES), work, differences, enter, said,
        calls=calls,
    )  # fmt: skip


def _servicenow(stack: ExitStack, seed: int) -> House:
    emulator = servicenow.Emulator(seed=seed, tickets=TICKETS)
    _, between, calls = _served(stack, emulator, ServiceNowConnector.buckets)
    tables = dict.fromkeys(servicenow_desk.TABLES, "")

    def enter(store: Store, source: Source, active: Active) -> Desk:
        time = RealTime(emulator.stage, datetime.now(UTC))
        return servicenow_desk.ServiceNow(emulator.stage, time, store, source, active, emulator, tables, lambda: source)

    known = servicenow.KNOWN
    auth = f'{{method: oauth_client, client_id: "{known.client_id}", client_secret: "file:servicenow"}}'
    listed = ", ".join(f'{name}: ""' for name in tables)
    options = f'connector: servicenow, url: "{between.url}", auth: {auth}, scope: {{tables: {{{listed}}}}}'

    def said() -> Iterator[tuple[str, str]]:
        yield from ((row.id, row["value"]) for row in emulator.world.rows["sys_journal_field"].values())

    work, differences = servicenow_desk.work, servicenow_desk.differences
    return House(
        "servicenow", emulator, between, options, known.client_secret, tuple(SERVICENOW_PROFILES), work, differences,
        enter, said, budget="100/s", calls=calls,
    )  # fmt: skip
