"""The HTTP side: what a call must look like, who may enter, and how many at once."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import cast

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from connectors.emulation import Answer, CallLog, Fault, Faults, Refusal, Site, as_doc
from connectors.emulation.site import Staged, base, parsed
from connectors.servicenow.emulator.answers import HIBERNATION, LOGIN, Call, failure, too_long
from connectors.servicenow.emulator.gate import Gate
from connectors.servicenow.emulator.limits import Limiter
from connectors.servicenow.emulator.routes import answer
from connectors.servicenow.emulator.world import World

__all__ = ["ServiceNowSite"]

_URL_BYTES, _HEADER_BYTES, _BODY_BYTES = 8192, 16_384, 10 * 1024 * 1024
_QUEUE = 10  # calls that wait for their session's turn
_SLOTS, _WAITING = 4, 50  # API calls that a node runs at once, and that wait
_TOKEN = "/oauth_token.do"
_SESSION = "servicenow.session"  # where a new session's cookie waits for its answer
_ACCEPTED = ("*/*", "application/*", "application/json")
_HEADER_PAGE = "<html><head><title>400</title></head><body><h1>Request header is too large</h1></body></html>"
_BUSY_PAGE = "<html><head><title>429 Too Many Requests</title></head><body><h1>Too Many Requests</h1></body></html>"


class ServiceNowSite(Site):
    """The ASGI application of one emulated instance."""

    def __init__(
        self, world: World, gate: Gate, limiter: Limiter, *, faults: Faults, calls: CallLog, stage: Staged
    ) -> None:
        super().__init__(world, faults=faults, calls=calls, stage=stage)
        self._world, self._gate, self._limiter = world, gate, limiter
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._queued: Counter[str] = Counter()
        self._slots, self._inside = asyncio.Semaphore(_SLOTS), 0
        self.drift: Callable[[Fault], None] = lambda _: None  # what a quiet fault does beside a call

    def beside(self, fault: Fault) -> None:
        self.drift(fault)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the calls of one session wait for each other; those too many of are dropped, with 202."""
        if scope["type"] != "http" or str(scope["path"]).startswith("/_stage/"):
            await super().__call__(scope, receive, send)
            return
        session = _session(Request(scope))
        if session not in self._gate.sessions:
            await self._within(scope, receive, send)
        elif self._queued[session] > _QUEUE:
            await self._turn_away(scope, receive, send, Answer("", 202))
        else:
            self._queued[session] += 1
            try:
                async with self._turns[session]:
                    await self._within(scope, receive, send)
            finally:
                self._queued[session] -= 1

    async def _within(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer within the node's slots, and bring a new session's cookies on their way."""

        async def with_cookies(message: Message) -> None:
            name = cast("str", scope.get(_SESSION, ""))
            if message["type"] == "http.response.start" and name:
                message["headers"] = [*message["headers"], *_cookies(scope, name)]
            await send(message)

        if self._inside >= _SLOTS + _WAITING or self._held_up():
            await self._turn_away(scope, receive, send, Answer(_BUSY_PAGE, 429, {"content-type": "text/html"}))
            return
        self._inside += 1
        try:
            async with self._slots:
                await super().__call__(scope, receive, with_cookies)
        finally:
            self._inside -= 1

    async def _turn_away(self, scope: Scope, receive: Receive, send: Send, found: Answer) -> None:
        request = Request(scope, receive)
        body = parsed(await request.body(), request.headers.get("content-type", ""))
        with self._world.lock:
            at = self._world.now()
            path, query = request.url.path, request.url.query
            self._calls.note(request.method, path, query, body, status=found.status, at=at)
        await self._send(send, request, found)

    def _held_up(self) -> bool:
        """Return whether slow transactions keep every slot of the node."""
        with self._world.lock:
            now = self._world.clock.exact()
            self._world.slots = [one for one in self._world.slots if one > now]
            return len(self._world.slots) >= _SLOTS

    def served(self, request: Request, raw: bytes) -> Answer:
        if self._world.page == "redirect":
            return Answer("", 302, {"location": "https://developer.example.test/dev.do"})
        if self._world.page:
            page = HIBERNATION if self._world.page == "hibernation" else LOGIN
            return Answer(page, 200, {"content-type": "text/html"})
        _check_size(request, raw)
        if request.url.path == _TOKEN:
            form = {name: str(value) for name, value in parsed(raw, request.headers.get("content-type", "")).items()}
            return self._gate.tokens.grant(form, request.headers)
        method = request.headers.get("x-http-method-override", request.method).upper()
        session = _session(request)
        account = self._gate.enter(request.headers, session)
        if session not in self._gate.sessions:
            request.scope[_SESSION] = self._gate.session(account)
        _check_types(request, method, raw)
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(request.query_params)
        call = Call(method, (), query, _body(raw), account, base(request), "", headers)
        return answer(self._world, call, request.url.path, self._limit, self._note)

    def _limit(self, call: Call, api: str, table: str) -> dict[str, str]:
        return self._limiter.take(call.account, api, table)

    def _note(self, call: Call, path: str, status: int) -> None:
        query = "&".join(f"{name}={value}" for name, value in call.query.items())
        at = self._world.now()
        self._calls.note(call.method, path, query, as_doc(call.body), status=status, at=at)


def _session(request: Request) -> str:
    return request.cookies.get("JSESSIONID", "")


def _cookies(scope: Scope, session: str) -> list[tuple[bytes, bytes]]:
    """Return the cookies of a new session: its own, the node that it lives on, and the balancer's."""
    secure = dict(scope["headers"]).get(b"x-forwarded-proto") == b"https"
    jar = SimpleCookie()
    for name, value in (("JSESSIONID", session), ("glide_user_route", "glide.0000"), ("BIGipServerpool", "a1")):
        jar[name] = value
        jar[name]["path"], jar[name]["httponly"] = "/", True
        if secure:
            jar[name]["secure"] = True
    return [(b"set-cookie", one.OutputString().encode()) for one in jar.values()]


def _check_size(request: Request, raw: bytes) -> None:
    """Raises: Refusal, with a page, for an address or headers that are too long."""
    if len(str(request.url)) > _URL_BYTES:
        raise too_long()
    if sum(len(name) + len(value) for name, value in request.headers.raw) > _HEADER_BYTES:
        raise Refusal(400, _HEADER_PAGE)
    if len(raw) > _BODY_BYTES:
        raise failure(413, "Request entity too large")


def _check_types(request: Request, method: str, raw: bytes) -> None:
    """Raises: Refusal where the caller does not say, or says wrongly, which kind it sends or takes."""
    accept = request.headers.get("accept")
    if accept is None:
        raise failure(400, "Accept header is missing")
    if not any(one.partition(";")[0].strip() in _ACCEPTED for one in accept.split(",")):
        raise failure(406, "Not acceptable", f"Requested media type {accept} is not supported")
    if method in ("GET", "HEAD", "DELETE") or not raw:
        return
    kind = request.headers.get("content-type", "")
    if not kind:
        raise failure(400, "Content-Type header is missing")
    if kind.partition(";")[0].strip() != "application/json":
        raise failure(415, "Unsupported Media Type", f"Content-Type {kind} is not supported")


def _body(raw: bytes) -> object:
    """Raises: Refusal for what is no JSON."""
    if not raw:
        return None
    try:
        return cast("object", json.loads(raw))
    except ValueError:
        raise failure(400, "Exception while reading request", "The payload is not valid JSON") from None
