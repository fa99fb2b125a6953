"""One internal note on a ticket that has breached: exactly once, however often a process dies, over every helpdesk."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
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
from connectors.zendesk.emulator import Emulator as ZendeskEmulator
from connectors.zendesk.settings import ApiToken, ZendeskSettings
from core.flows.noting import note
from core.flows.source import Done, Source
from core.flows.sync import sync
from core.ports import LaneKind, marker
from core.store import Store, connections, findings, histories, lists, notes, tables
from tests.flows.proof import Time, opened

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
MARK = marker("0123456789abcdef")
TEXT = "SLA breached: the first response was due 2026-03-04 09:00 (UTC), by policy gold."


@dataclass
class Desk:
    """A hub over one emulated helpdesk. path: of the call that leaves a note. said: what bears the mark there."""

    stage: Any
    store: Store
    source: Source
    time: Time
    ticket: str
    call: tuple[str, str]
    said: Callable[[], Sequence[bool]]

    def wish(self) -> None:
        with self.store.unit() as tx:
            row = tx.execute(tables.ticket.select().where(tables.ticket.c.source_id == self.ticket)).one()
            notes.wish(tx, [notes.Noted(row.id, {MARK: TEXT})], self.time.now())

    def note(self) -> Done:
        return note(self.store, self.source, self.time)

    def pull(self) -> None:
        sync(self.store, self.source, frozenset(LaneKind), self.time, forced=True)

    def events(self) -> object:
        with self.store.view() as tx:
            ids = lists.ticket_ids(tx, self.source.id, key=self.ticket)
            return [each.history.events for each in histories.load(tx, self.source.id, ids)]


def hub(store: Store, stack: ExitStack, kind: Any, settings: Any, url: str, auth: httpx.Auth, stage: Any) -> Any:
    client = stack.enter_context(open_client(url, auth=auth, headers=kind.headers(settings)))
    time = Time(stage, START)
    source, _ = opened(store, kind, client, settings, time, {})
    object.__setattr__(source.settings, "note", True)
    return source, time


def zendesk(store: Store, stack: ExitStack) -> Desk:
    emulator = ZendeskEmulator(seed=3, tickets=4, start=START, limits=False)
    url = stack.enter_context(serve(emulator))
    auth = ApiToken(method="api_token", email=ZENDESK.email, api_token=SecretRef("${SLAHUB_TEST}"))
    basic = httpx.BasicAuth(f"{ZENDESK.email}/token", ZENDESK.api_token)
    settings = ZendeskSettings(url=url, auth=auth)
    source, time = hub(store, stack, ZendeskConnector, settings, url, basic, emulator.stage)
    ticket = emulator.stage.new_ticket()

    def said() -> list[bool]:
        audits = emulator.world.tickets[ticket].audits
        comments = [event.comment for audit in audits for event in audit.events if event.comment is not None]
        return [comment.public for comment in comments if MARK in comment.body]

    return Desk(emulator.stage, store, source, time, str(ticket), ("PUT", f"tickets/{ticket}"), said)


def jira(store: Store, stack: ExitStack) -> Desk:
    emulator = JiraEmulator(seed=3, tickets=4, start=START, limits=False)
    url = stack.enter_context(serve(emulator))
    auth: Any = {"method": "api_token", "email": JIRA.email, "api_token": "${SLAHUB_TEST}"}
    settings = JiraSettings.model_validate({"url": url, "auth": auth})
    basic = httpx.BasicAuth(JIRA.email, JIRA.api_token)
    source, time = hub(store, stack, JiraConnector, settings, url, basic, emulator.stage)
    ticket = str(emulator.stage.new_ticket(project="HELP"))

    def said() -> list[bool]:
        issue = emulator.world.issues[int(desk.ticket)]
        return [each.public for each in issue.comments if MARK in each.body]

    desk = Desk(emulator.stage, store, source, time, ticket, ("POST", "comment"), said)
    return desk


def servicenow(store: Store, stack: ExitStack) -> Desk:
    emulator = ServiceNowEmulator(seed=3, tickets=4, start=START)
    url = stack.enter_context(serve(emulator))
    auth: Any = {"method": "basic", "username": SERVICENOW.user, "password": "${SLAHUB_TEST}"}
    settings = ServiceNowSettings.model_validate({"url": url, "auth": auth, "scope": {"tables": ["incident"]}})
    basic = httpx.BasicAuth(SERVICENOW.user, SERVICENOW.password)
    source, time = hub(store, stack, ServiceNowConnector, settings, url, basic, emulator.stage)
    ticket = emulator.stage.new_ticket()

    def said() -> list[bool]:
        rows = emulator.world.rows["sys_journal_field"].values()
        return [row["element"] != "work_notes" for row in rows if MARK in row["value"]]

    return Desk(emulator.stage, store, source, time, ticket, ("PATCH", "incident"), said)


@pytest.fixture(params=[zendesk, jira, servicenow])
def desk(request: pytest.FixtureRequest, store: Store) -> Iterator[Desk]:
    with ExitStack() as stack:
        made = request.param(store, stack)
        made.stage.hold_time()
        made.time.wait(120)
        made.pull()
        made.wish()
        yield made


def test_a_note_is_left_once_and_no_customer_sees_it(desk: Desk) -> None:
    for _ in range(3):
        desk.note()
        desk.time.wait(120)
    assert desk.said() == [False]


def test_a_note_that_comes_back_is_no_event(desk: Desk) -> None:
    before = desk.events()
    desk.note()
    desk.time.wait(600)
    desk.pull()
    assert desk.said() == [False]
    assert desk.events() == before


@pytest.mark.parametrize("served", [True, False])
def test_an_answer_that_is_lost_leaves_one_note(desk: Desk, served: bool) -> None:
    method, path = desk.call
    desk.stage.fail(path, "reset", method=method, served=served)
    assert desk.note().reason
    desk.note()
    assert len(desk.said()) == served
    for _ in range(3):
        desk.time.wait(61)
        desk.note()
    assert desk.said() == [False]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_is_killed_around_the_call_leaves_one_note(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    connector = desk.source.connector
    leave = connector.note

    def killed(ticket: str, text: str) -> str:
        if when == "after":
            leave(ticket, text)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(connector, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.note()
    # Another process that looks at once might come before the note: it waits.
    desk.note()
    assert len(desk.said()) == (when == "after")
    desk.time.wait(61)
    desk.note()
    desk.note()
    assert desk.said() == [False]


def test_a_process_that_is_killed_while_it_looks_leaves_one_note(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    method, path = desk.call
    desk.stage.fail(path, "reset", method=method, served=True)
    desk.note()

    def killed(ticket: str, mark: str) -> bool:
        raise KeyboardInterrupt

    for _ in range(2):
        desk.time.wait(61)
        with monkeypatch.context() as patch:
            patch.setattr(desk.source.connector, "noted", killed)
            with pytest.raises(KeyboardInterrupt):
                desk.note()
    desk.time.wait(61)
    desk.note()
    assert desk.said() == [False]


def test_a_held_mass_keeps_notes_back(desk: Desk) -> None:
    with desk.store.unit() as tx:
        connections.update(tx, desk.source.id, held=3)
    desk.note()
    assert desk.said() == []
    with desk.store.unit() as tx:
        connections.update(tx, desk.source.id, held=0)
    desk.time.wait(3)
    desk.note()
    assert desk.said() == [False]


@pytest.mark.parametrize("desk", [jira], indirect=True)
def test_whoever_quotes_a_note_in_one_of_their_own_has_said_something(desk: Desk) -> None:
    before = desk.events()
    desk.stage.reply(int(desk.ticket), body=f"What does {MARK} mean?", public=False)
    desk.time.wait(600)
    desk.pull()
    assert desk.said() == [False]
    assert desk.events() != before


@pytest.mark.parametrize("desk", [jira], indirect=True)
def test_where_comments_cannot_be_hidden_no_note_is_left_and_an_admin_is_told(desk: Desk) -> None:
    desk.note()
    desk.ticket = str(desk.stage.new_ticket(project="ENG"))
    desk.time.wait(600)
    desk.pull()
    desk.wish()
    for _ in range(3):
        desk.time.wait(61)
        assert desk.note().reason == ""
    assert len(desk.said()) == 0
    with desk.store.view() as tx:
        told = [each.text for each in findings.open_ones(tx, "desk") if each.code == "note_refused"]
    assert len(told) == 1
    assert "project ENG is no service project, so its comments cannot be hidden from anybody" in told[0]
