"""The HTTP side: authenticates, counts, routes, spoils where asked to, and writes every call down."""

import asyncio
import gzip
import json
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from connectors.zendesk.emulator.answers import Answer, Call, Refusal, as_doc
from connectors.zendesk.emulator.auth import Gate, forbidden, not_authenticated
from connectors.zendesk.emulator.calls import CallLog
from connectors.zendesk.emulator.drift import happen
from connectors.zendesk.emulator.faults import PAGE_502, Fault, Faults
from connectors.zendesk.emulator.limits import Limiter
from connectors.zendesk.emulator.lists import ANONYMOUS
from connectors.zendesk.emulator.records import Doc
from connectors.zendesk.emulator.routes import find
from connectors.zendesk.emulator.world import World

__all__ = ["Desk"]

_API = "/api/v2/"
_GZIP_FROM = 1024  # bytes


class Desk:
    """The ASGI application of one emulated account."""

    def __init__(
        self,
        world: World,
        gate: Gate,
        limiter: Limiter,
        *,
        faults: Faults,
        calls: CallLog,
        stage: Callable[[str, str, Doc], Answer],
    ) -> None:
        self._world, self._gate, self._limiter = world, gate, limiter
        self._faults, self._calls, self._stage = faults, calls, stage
        self.hang_up: Callable[[tuple[str, int]], None] = lambda _: None  # set by what serves it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        raw = await request.body()
        path = request.url.path
        body = _parsed(raw, request.headers.get("content-type", ""))
        if path.startswith("/_stage/"):
            answer = self._staged(request.method, path.removeprefix("/_stage/"), body)
            await self._send(send, request, answer)
            return
        with self._world.lock:
            where = f"{path}?{request.url.query}"
            fault, beside = self._faults.take(request.method, where), self._faults.take_quiet(request.method, where)
            if beside is not None:
                self._world.settle()
                happen(self._world, beside)
        if fault is not None and fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault is None or fault.served or fault.kind in ("slow", "cut", "broken"):
            answer = self._answer(request, path, body)
        else:
            answer = _substitute(fault)
        if fault is not None and fault.kind in ("status", "html", "text"):
            answer = _substitute(fault)
        with self._world.lock:
            at = self._world.now()
            self._calls.note(request.method, path, request.url.query, body, status=answer.status, at=at)
        if fault is None or fault.kind not in ("cut", "broken", "reset"):
            await self._send(send, request, answer)
        else:
            await self._spoil(send, request, answer, fault)

    def _staged(self, method: str, verb: str, body: Doc) -> Answer:
        try:
            return self._stage(method, verb, body)
        except Refusal as refused:
            return refused.answer

    def _answer(self, request: Request, path: str, body: Doc) -> Answer:
        with self._world.lock:
            self._world.settle()
            try:
                return self._served(request, path, body)
            except Refusal as refused:
                return refused.answer

    def _served(self, request: Request, path: str, body: Doc) -> Answer:
        if path == "/oauth/tokens" and request.method == "POST":
            return self._gate.token(body)
        name = path.removeprefix(_API).removesuffix(".json").rstrip("/")
        caller, scope = self._gate.caller(request.headers.get("authorization"))
        if caller is None and name == "users/me" and request.method == "GET":
            return Answer(ANONYMOUS)
        if caller is None:
            raise not_authenticated()
        if name == "oauth/tokens/current" and request.method == "GET":
            headers, shown = self._limiter.take(None), self._gate.shown(request.headers.get("authorization"))
            return Answer(shown.body, shown.status, headers)
        found = find(request.method, name) if path.startswith(_API) else None
        if found is None:
            raise Refusal(404, {"error": "InvalidEndpoint", "description": "Not found"})
        route, ids, key = found
        self._gate.check_scope(scope, request.method, route.resource)
        may = caller.role == "admin" or (caller.is_staff and not route.admin) or name == "users/me"
        if not may or route.feature in self._world.lacks:
            raise forbidden()
        single = route.bucket == "tickets-update"
        headers = self._limiter.take(route.bucket, (caller.id, ids[0]) if single else None)
        call = Call(
            request.method, path, request.query_params, body, caller, _base(request), ids, key, dict(request.headers)
        )
        try:
            answer = route.answer(self._world, call)
        except Refusal as refused:
            answer = refused.answer
        return Answer(answer.body, answer.status, {**headers, **answer.headers})

    async def _send(
        self, send: Send, request: Request, answer: Answer, keep: Callable[[bytes], bytes] | None = None
    ) -> None:
        content, kind = _content(answer)
        if keep is not None:
            content = keep(content)
        headers = {"content-type": kind, **answer.headers, "date": self._date()}
        if len(content) >= _GZIP_FROM and "gzip" in request.headers.get("accept-encoding", ""):
            content = gzip.compress(content, 1)
            headers["content-encoding"] = "gzip"
        await _start(send, answer.status, headers, len(content))
        await send({"type": "http.response.body", "body": content})

    async def _spoil(self, send: Send, request: Request, answer: Answer, fault: Fault) -> None:
        if fault.kind == "cut":
            await self._send(send, request, answer, lambda content: content[: len(content) // 2])
            return
        if fault.kind == "broken":
            content, kind = _content(answer)
            await _start(send, answer.status, {"content-type": kind, "date": self._date()}, len(content))
            await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        client = request.client
        if client is not None:
            self.hang_up((client.host, client.port))
        # The server must see the closed connection before this call ends, or it would answer by itself.
        await request.receive()

    def _date(self) -> str:
        """Return the desk's time for the `Date` header."""
        with self._world.lock:
            return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self._world.now()))


def _base(request: Request) -> str:
    """Return scheme and host as the caller wrote them, for links."""
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    return f"{scheme}://{request.headers.get('host', request.url.netloc)}"


def _parsed(raw: bytes, kind: str) -> Doc:
    if not raw:
        return {}
    if "form-urlencoded" in kind:
        return dict(parse_qsl(raw.decode(errors="replace")))
    try:
        return as_doc(cast("object", json.loads(raw)))
    except ValueError:
        return {}


def _content(answer: Answer) -> tuple[bytes, str]:
    if answer.status == HTTPStatus.NO_CONTENT:
        return b"", "application/json; charset=utf-8"
    if isinstance(answer.body, str):
        html = answer.body.lstrip().startswith("<")
        return answer.body.encode(), "text/html; charset=UTF-8" if html else "text/plain; charset=utf-8"
    content = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
    return content, "application/json; charset=utf-8"


async def _start(send: Send, status: int, headers: dict[str, str], length: int) -> None:
    named = {**headers, "content-length": str(length)}
    lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})


def _substitute(fault: Fault) -> Answer:
    """Return the answer that stands in for the real one."""
    body = fault.body
    if body is None and fault.kind == "html":
        body = re.sub("{status}", str(fault.status), PAGE_502)
    if body is None and fault.kind == "text":
        body = "upstream request timeout"
    if body is None:
        body = {"error": HTTPStatus(fault.status).phrase, "description": "Injected by the stage hand"}
    return Answer(body, fault.status, dict(fault.headers))
