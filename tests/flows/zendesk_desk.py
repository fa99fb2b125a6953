"""A hub over an emulated Zendesk, and what of the account's truth it is to know."""

import math
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from connectors import SecretRef, open_client
from connectors.zendesk import ZendeskConnector, events, mapping, native_clocks
from connectors.zendesk.client import Api
from connectors.zendesk.emulator import KNOWN, SLA_FIELDS, Emulator, serve
from connectors.zendesk.layouts import Layouts
from connectors.zendesk.settings import ApiToken, ZendeskSettings
from core.ports import FieldName, Slot
from core.store import Store
from core.store import native_clocks as stored_clocks
from core.store import ratings as stored_ratings
from core.tickets import NativeClock, Rating, Says
from tests.flows.proof import Desk, Time, Told, agree_on_fields, allowed, differing, opened, rules, settle, told

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
NAMES = {Slot(slot): FieldName(title=title) for slot, title in SLA_FIELDS.items()}
FOLLOWING = ("follow_up", "merged")


@dataclass
class Zendesk(Desk):
    """A hub over one emulated account."""

    emulator: Emulator
    layouts: Layouts

    def truth(self) -> dict[str, Told]:
        layout, found = self.layouts.renewed(), dict[str, Told]()
        stated = self.emulator.stage.truth()["tickets"]
        assert isinstance(stated, list)
        for one in stated:
            ticket = mapping.ticket(one["ticket"], layout, "")
            read, aside = events.audits(one["audits"], layout)
            assert aside == ()
            found[ticket.id] = (
                # A follow-up inherits its forerunner's tags: its picture does not tell that it was merged itself.
                ticket.presence
                if (one["ticket"]["via"]["source"]["rel"], one["presence"]) == FOLLOWING
                else one["presence"],
                {name: value for name, value in ticket.values.items() if value is not None},
                {each.id: told(each) for each in read},
            )
        return found

    def beside(self) -> tuple[set[Rating], set[NativeClock]]:
        """What customers said of its tickets, and what it states of its own clocks and has not taken back."""
        stated = self.emulator.stage.truth()
        clocks, aside = native_clocks.statements(stated["metric_events"])
        assert aside == ()
        scores = {mapping.rating(one) for one in stated["satisfaction_ratings"]}
        return scores, {each for each in clocks if not each.withdrawn}

    def stored_beside(self) -> tuple[set[Rating], set[NativeClock]]:
        scores, clocks = set[Rating](), set[NativeClock]()
        with self.store.view() as tx:
            for ticket in self.truth():
                scores.update(stored_ratings.of_ticket(tx, self.source.id, ticket))
                clocks.update(stored_clocks.of_ticket(tx, self.source.id, ticket))
        return scores, {each for each in clocks if not each.withdrawn}

    def shown(self) -> dict[tuple[str, str], str | None]:
        layout = self.layouts.renewed()
        stated = self.emulator.stage.truth()["tickets"]
        assert isinstance(stated, list)
        docs = [one["ticket"] for one in stated]
        return {(str(doc["id"]), str(slot)): word for doc in docs for slot, word in mapping.own(doc, layout).items()}


@dataclass(frozen=True)
class Opener:
    """Opens desks over a database; they are closed with the stack."""

    stack: ExitStack
    store: Store

    def __call__(self, *, seed: int, tickets: int = 25, read: str = "exports", **scope: object) -> Zendesk:
        emulator = Emulator(seed=seed, tickets=tickets, start=START, limits=False)
        emulator.stage.hold_time()
        emulator.stage.jobs(delay=2)
        url = self.stack.enter_context(serve(emulator))
        client = self.stack.enter_context(
            open_client(url, auth=httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token))
        )
        credentials = ApiToken(method="api_token", email=KNOWN.email, api_token=SecretRef("${SLAHUB_TEST}"))
        told = {"url": url, "auth": credentials, "read": read, "scope": scope}
        settings = ZendeskSettings.model_validate(told)
        time = Time(emulator.stage, START)
        source, http = opened(self.store, ZendeskConnector, client, settings, time, NAMES)
        layouts = Layouts(Api(http), NAMES)
        return Zendesk(emulator.stage, time, self.store, source, rules(START), emulator, layouts)


def work(desk: Zendesk, chance: random.Random, most: float = math.inf) -> bool:
    """Let people do something; say whether they did, and were not kept from it.

    most: from so many tickets on new ones become rare.
    """
    stage, tickets = desk.emulator.stage, [*desk.emulator.world.tickets]
    ticket = chance.choice(tickets)
    deeds: tuple[Callable[[], object], ...] = (
        lambda: stage.reply(ticket, status=chance.choice(["pending", "open", "solved"])),
        lambda: stage.reply(ticket, by="customer"),
        lambda: stage.priority(ticket, chance.choice(["normal", "urgent"])),
        lambda: stage.delete(ticket),
        lambda: stage.restore(ticket),
    )
    if chance.random() < most / len(tickets):
        deeds = (lambda: stage.new_ticket(priority=chance.choice(["low", "urgent", None])), *deeds)
    return allowed(chance.choice(deeds))


def agree(desk: Zendesk) -> None:
    """The store equals the helpdesk's truth, its fields the verdicts, and nothing is left to write."""
    settle(desk)
    assert differing(desk.stored(), desk.truth()) == {}
    (scores, clocks), (true_scores, true_clocks) = desk.stored_beside(), desk.beside()
    assert scores == true_scores
    # A breach that Zendesk dates back further than its export is read again is not there to be read.
    back = {each for each in true_clocks if each.says is Says.DUE and each.at < desk.time.now()}
    assert true_clocks - back <= clocks <= true_clocks
    agree_on_fields(desk)
