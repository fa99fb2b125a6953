"""The HTTP side of an emulated helpdesk: takes calls in, spoils answers where asked to, writes every call down."""

import asyncio
import gzip
import json
import re
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol, cast
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from connectors.emulation.answers import Answer, Doc, Refusal, as_doc
from connectors.emulation.calls import CallLog
from connectors.emulation.faults import PAGE_502, Fault, Faults

__all__ = ["Site", "Staged", "base", "parsed"]

_GZIP_FROM = 1024  # bytes

Staged = Callable[[str, str, Doc], Answer]


class _World(Protocol):
    @property
    def lock(self) -> threading.RLock: ...
    def now(self) -> int: ...
    def settle(self) -> None: ...


class Site:
    """The ASGI application of one emulated account. A vendor's one says what a call is answered with."""

    def __init__(self, world: _World, *, faults: Faults, calls: CallLog, stage: Staged) -> None:
        self._place, self._faults, self._calls, self._stage = world, faults, calls, stage
        self.hang_up: Callable[[tuple[str, int]], None] = lambda _: None  # set by what serves it

    def served(self, request: Request, raw: bytes) -> Answer:
        """Answer one call; the world's lock is held and what was due has happened. May raise Refusal."""
        raise NotImplementedError

    def beside(self, fault: Fault) -> None:
        """Do what a quiet fault does beside the call that it struck."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        raw = await request.body()
        path = request.url.path
        body = parsed(raw, request.headers.get("content-type", ""))
        if path.startswith("/_stage/"):
            answer = self._staged(request.method, path.removeprefix("/_stage/"), body)
            await self._send(send, request, answer)
            return
        with self._place.lock:
            where = f"{path}?{request.url.query}"
            fault, beside = self._faults.take(request.method, where), self._faults.take_quiet(request.method, where)
            if beside is not None:
                self._place.settle()
                self.beside(beside)
        if fault is not None and fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault is None or fault.served or fault.kind in ("slow", "cut", "broken"):
            answer = self._answer(request, raw)
        else:
            answer = _substitute(fault)
        if fault is not None and fault.kind in ("status", "html", "text"):
            answer = _substitute(fault)
        with self._place.lock:
            at = self._place.now()
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

    def _answer(self, request: Request, raw: bytes) -> Answer:
        with self._place.lock:
            self._place.settle()
            try:
                return self.served(request, raw)
            except Refusal as refused:
                return refused.answer

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
        with self._place.lock:
            return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self._place.now()))


def base(request: Request) -> str:
    """Return scheme and host as the caller wrote them, for links."""
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    return f"{scheme}://{request.headers.get('host', request.url.netloc)}"


def parsed(raw: bytes, kind: str) -> Doc:
    """Return a body that is a form or a JSON object; an empty one for anything else."""
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
