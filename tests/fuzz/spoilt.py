"""Emulated helpdesks whose answers are good but for what is done to them on their way to the connector."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
import orjson

from connectors import Checkpoint, FieldName, Http, Limits, Slot, Ticket
from connectors.jira import JiraConnector
from connectors.jira import emulator as jira
from connectors.servicenow import ServiceNowConnector
from connectors.servicenow import emulator as servicenow
from connectors.zendesk import ZendeskConnector
from connectors.zendesk import emulator as zendesk
from tests.fuzz.garbled import Edit, edited, encoded

__all__ = ["KINDS", "MOST", "EndlessError", "Helpdesk", "Spoilt", "helpdesks"]

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)

MOST = 600
"""Calls in which everything that is tried here comes to its end, whatever the answers are."""

KINDS = ("zendesk", "zendesk by lists", "jira cloud", "jira data center", "servicenow")

Asked = tuple[str, str, bytes]


class EndlessError(AssertionError):
    """A connector goes on asking."""


class Never:
    """Nothing stops, and nobody waits."""

    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


@dataclass(repr=False)
class Spoilt(httpx.BaseTransport):
    """Answers like the helpdesk, with something wrong in single answers.

    good: what was answered before. raw: bytes in the place of an answer. headers: put over those of every answer.
    alike: the answers of one path are counted as one, so that each of them is spoilt in the same way.
    """

    inner: httpx.BaseTransport
    good: dict[Asked, httpx.Response]
    edits: Sequence[Edit] = ()
    alike: bool = False
    raw: Mapping[int, bytes] = field(default_factory=dict[int, bytes])
    headers: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    asked: int = 0
    paths: dict[str, int] = field(default_factory=dict[str, int])

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        number = self.paths.setdefault(request.url.path, len(self.paths)) if self.alike else self.asked
        self.asked += 1
        if self.asked > MOST:
            raise EndlessError(f"{MOST} calls, the last one for {request.url}")
        answer = self._answer(request)
        content = self.raw.get(number, answer.content)
        if content and (mine := [each for each in self.edits if each.answer == number]):
            body = orjson.loads(content)
            for each in mine:
                body = edited(body, each)
            content = encoded(body)
        kept = {name: word.encode() for name, word in answer.headers.items() if name not in self.headers}
        named = [(name.encode(), word) for name, word in (kept | dict(self.headers)).items()]
        return httpx.Response(answer.status_code, content=content, headers=named)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        asked = request.method, str(request.url), request.read()
        if (answer := self.good.get(asked)) is None:
            answer = self.inner.handle_request(request)
            answer.read()
            for name in ("content-length", "content-encoding", "transfer-encoding"):
                answer.headers.pop(name, None)
            self.good[asked] = answer
        return answer


@dataclass(repr=False)
class Helpdesk:
    """One emulated helpdesk. build: makes a connector that remembers nothing."""

    build: Callable[[Http], Any]
    auth: httpx.Auth
    url: str
    inner: httpx.BaseTransport
    good: dict[Asked, httpx.Response] = field(default_factory=dict[Asked, httpx.Response])

    def connector(self, edits: Sequence[Edit] = (), **more: Any) -> Any:
        """Return a new connector. more: as `Spoilt` takes it."""
        return self.opened(edits, **more)[0]

    def opened(self, edits: Sequence[Edit] = (), **more: Any) -> tuple[Any, Http]:
        """Return a new connector and its door."""
        transport = Spoilt(self.inner, self.good, edits, **more)
        client = httpx.Client(base_url=self.url, transport=transport, auth=self.auth)
        limits = Limits((), rate=(10**6, timedelta(seconds=1)))
        http = Http(client, limits, stop=Never(), now=lambda: START, attempts=2)
        return self.build(http), http

    @cached_property
    def checkpoints(self) -> Mapping[str, Sequence[str]]:
        """The cursors of each stream where nothing is wrong."""
        connector, found = self.connector(), dict[str, Sequence[str]]()
        for stream in connector.streams():
            start = connector.start(stream.name, None)
            found[stream.name] = [
                start.cursor,
                *(page.checkpoint.cursor for page in connector.pull(stream.name, start)),
            ]
        return found

    @cached_property
    def tickets(self) -> Sequence[str]:
        """The ids of some tickets."""
        connector = self.connector()
        pages = (
            page for name, start in self.checkpoints.items() for page in connector.pull(name, Checkpoint(start[0]))
        )
        return sorted({each.id for page in pages for each in page.records if isinstance(each, Ticket)})[:5]


@contextmanager
def helpdesks() -> Iterator[Mapping[str, Helpdesk]]:
    """Serve one of each kind; they are gone at the end."""
    with ExitStack() as stack:
        inner = stack.enter_context(httpx.HTTPTransport())
        yield {
            "zendesk": _zendesk(stack, inner, "exports"),
            "zendesk by lists": _zendesk(stack, inner, "lists"),
            "jira cloud": _jira(stack, inner, cloud=True),
            "jira data center": _jira(stack, inner, cloud=False),
            "servicenow": _servicenow(stack, inner),
        }


def _zendesk(stack: ExitStack, inner: httpx.BaseTransport, read: str) -> Helpdesk:
    emulator = zendesk.Emulator(seed=1, tickets=6, start=START, limits=False)
    emulator.stage.hold_time()
    url, known = stack.enter_context(zendesk.serve(emulator)), zendesk.KNOWN
    auth = {"method": "api_token", "email": known.email, "api_token": "${SLAHUB_TEST}"}
    settings = ZendeskConnector.settings.model_validate({"url": url, "auth": auth, "read": read})
    names = {Slot(slot): FieldName(title=title) for slot, title in zendesk.SLA_FIELDS.items()}
    signs = httpx.BasicAuth(f"{known.email}/token", known.api_token)
    return Helpdesk(lambda http: ZendeskConnector(http, settings, names), signs, url, inner)


def _jira(stack: ExitStack, inner: httpx.BaseTransport, *, cloud: bool) -> Helpdesk:
    flavour = "cloud" if cloud else "datacenter"
    emulator = jira.Emulator(seed=1, tickets=6, start=START, limits=False, flavour=flavour)
    emulator.stage.hold_time()
    url, known = stack.enter_context(jira.serve(emulator)), jira.KNOWN
    auth = {"method": "api_token", "email": known.email, "api_token": "${SLAHUB_TEST}"}
    if not cloud:
        auth = {"method": "personal_access_token", "token": "${SLAHUB_TEST}"}
    settings = JiraConnector.settings.model_validate({"url": url, "gateway": url, "auth": auth})
    names = {Slot(slot): FieldName(id=field_id) for slot, field_id in emulator.field_ids().items()}
    signs: httpx.Auth = httpx.BasicAuth(known.email, known.api_token) if cloud else _Bearer(known.pat)
    return Helpdesk(lambda http: JiraConnector(http, settings, names), signs, url, inner)


def _servicenow(stack: ExitStack, inner: httpx.BaseTransport) -> Helpdesk:
    emulator = servicenow.Emulator(seed=1, tickets=6, start=START)
    emulator.stage.hold_time()
    url, known = stack.enter_context(servicenow.serve(emulator)), servicenow.KNOWN
    auth = {"method": "basic", "username": known.user, "password": "${SLAHUB_TEST}"}
    scope = {"tables": dict.fromkeys(("incident", "sc_req_item", "problem", "change_request"), "")}
    settings = ServiceNowConnector.settings.model_validate({"url": url, "auth": auth, "scope": scope})
    names = {Slot(slot): FieldName(id=f"u_sla_{slot}") for slot in Slot}
    signs = httpx.BasicAuth(known.user, known.password)
    return Helpdesk(lambda http: ServiceNowConnector(http, settings, names), signs, url, inner)


class _Bearer(httpx.Auth):
    def __init__(self, word: str) -> None:
        self._word = word

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["authorization"] = f"Bearer {self._word}"
        yield request
