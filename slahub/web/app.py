"""The ASGI application: `POST /hooks/{connection}`, `GET /metrics`, `/healthz` and `/readyz`, and nothing else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from typing import Final, Protocol, TypeVar

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import StoreError
from core.flows.gauges import measure
from core.hub import Hub
from core.ports import LARGEST_HINT
from core.store import schema
from core.telemetry import Metrics
from slahub.web import hooks

__all__ = ["Present", "application"]

log = structlog.get_logger("slahub")

AT_ONCE: Final = 8
"""Bodies in memory at a time; others wait outside."""

ARRIVAL: Final = 10.0
"""Seconds that a body may take to arrive."""

ANSWER: Final = 5.0
"""Seconds that the database may take; helpdesks wait for ten at most."""

AGAIN: Final = {"retry-after": "10"}
"""Zendesk sends again what asks for less than a minute."""

HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

T = TypeVar("T")


class Present(Protocol):
    """The daemon, as far as it is asked from outside."""

    @property
    def hub(self) -> Hub:
        """The hub it works with at this moment."""
        ...

    def turning(self) -> bool:
        """Say whether its scheduler still gives out work."""
        ...

    def working(self) -> AbstractContextManager[None]:
        """Mark a piece of work that an orderly stop waits for."""
        ...


def application(present: Present, metrics: Metrics) -> ASGIApp:
    """Return what answers for a daemon. It keeps no state of those who call."""
    desk = _Desk(present, metrics)
    app = Starlette(
        routes=[
            Route("/hooks/{connection}", desk.hook, methods=["POST"]),
            Route("/metrics", desk.metrics, methods=["GET"]),
            Route("/healthz", desk.healthz, methods=["GET"]),
            Route("/readyz", desk.readyz, methods=["GET"]),
        ],
        # What is there for another method is not told either.
        exception_handlers={404: _nothing, 405: _nothing},
    )
    app.router.redirect_slashes = False
    return _Guarded(app)


class _Guarded:
    """Sends the same headers with every answer, and logs what broke; the caller has been answered 500 by then."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception:
            log.exception("a call broke", method=scope.get("method"), path=scope.get("path"))


class _Desk:
    def __init__(self, present: Present, metrics: Metrics) -> None:
        self._present, self._metrics = present, metrics
        self._bodies, self._scraped = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
        self._threads = ThreadPoolExecutor(AT_ONCE, "web")

    async def hook(self, request: Request) -> Response:
        """Take one delivery of a source."""
        hub = self._present.hub
        found = hooks.hook(hub, request.path_params["connection"])
        if found is None:
            return Response(status_code=hooks.UNKNOWN)
        async with self._bodies:
            body = await _body(request)
            if isinstance(body, int):
                found.source.metrics.hinted(found.source.name, "not whole")
                return Response(status_code=body, headers={"connection": "close"})
            told = hooks.read(found, request.headers, body)
        if told is None:
            return Response(status_code=hooks.FORGED)
        status = await self._within(partial(hooks.note, hub, found.source, told))
        if status is None or status == hooks.LATER:
            return Response(status_code=hooks.LATER, headers=AGAIN)
        return Response(status_code=status)

    async def metrics(self, request: Request) -> Response:
        """Return all counts."""
        async with self._scraped:
            done = await self._within(self._measure)
            self._metrics.stores(up=bool(done))
            return Response(self._metrics.render(), headers={"content-type": Metrics.CONTENT_TYPE})

    async def healthz(self, request: Request) -> Response:
        """Say whether the process does its work."""
        if self._present.turning():
            return PlainTextResponse("ok\n")
        return PlainTextResponse("the scheduler gives out no work any more\n", 503)

    async def readyz(self, request: Request) -> Response:
        """Say whether what comes in can be kept; how the sources are has no part in it."""
        reason = await self._within(self._unready)
        if reason is None:
            reason = "the database does not answer"
        return PlainTextResponse(f"{reason}\n", 503) if reason else PlainTextResponse("ready\n")

    def _unready(self) -> str:
        try:
            age = schema.state(self._present.hub.store).age
        except StoreError:
            return "the database cannot be reached"
        return "" if age is schema.SchemaAge.CURRENT else f"the database's schema is {age}: 'slahub db migrate'"

    def _measure(self) -> bool:
        hub = self._present.hub
        self._metrics.begin()
        try:
            for source in hub.sources.values():
                measure(hub.store, source, self._metrics, hub.now())
        except StoreError:
            return False
        return True

    async def _within(self, work: Callable[[], T]) -> T | None:
        """Do what asks the database beside the loop; None where that takes too long."""

        def counted() -> T:
            with self._present.working():
                return work()

        try:
            return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(self._threads, counted), ANSWER)
        except TimeoutError:
            return None


async def _nothing(request: Request, error: Exception) -> Response:
    return Response(status_code=404)


async def _body(request: Request) -> bytes | int:
    """Return the raw body, or the status to answer where it is too large, too slow or breaks off."""
    body = bytearray()
    try:
        async with asyncio.timeout(ARRIVAL):
            async for part in request.stream():
                body += part
                if len(body) > LARGEST_HINT:
                    return 413
    except TimeoutError:
        return 408
    except ClientDisconnect:
        return 400
    return bytes(body)
