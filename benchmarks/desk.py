"""The helpdesk that is read: the project's emulator in a process of its own, which renders each page only once.

`python -m benchmarks.desk TICKETS` serves until its standard input ends, after one JSON line about itself.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.zendesk.emulator import KNOWN, Emulator, serve

__all__ = ["CREDENTIALS", "OAUTH", "Desk", "Remembering", "open_desk"]

CREDENTIALS = (f"{KNOWN.email}/token", KNOWN.api_token)
OAUTH = (KNOWN.client_id, KNOWN.client_secret)
WEEKS = 60
"""Over how long the tickets are spread: a year's work, so that a second never holds a page."""

QUIET = timedelta(hours=2)
"""For how long nobody has done anything, so that nothing waits in the export's held back minute."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A running helpdesk. events: how many the export holds."""

    url: str
    tickets: int
    events: int
    people: int

    def calls(self) -> int:
        """Return how many calls it has answered, this one not counted."""
        return int(httpx.get(f"{self.url}/_calls").raise_for_status().json()["calls"])


class Remembering:
    """Answers from memory what was asked before; so a second reading measures the reader alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._known: dict[tuple[str, bytes], list[Message]] = {}
        self._calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/_calls":
            await _tell(send, {"calls": self._calls})
            return
        self._calls += 1
        key = (str(scope["path"]), bytes(scope["query_string"]))
        if key not in self._known:
            said: list[Message] = []

            async def note(message: MutableMapping[str, Any]) -> None:
                said.append(message)

            await self._app(scope, receive, note)
            if scope["method"] != "GET" or said[0].get("status") != 200:
                await _repeat(send, said)
                return
            self._known[key] = said
        await _repeat(send, self._known[key])


async def _repeat(send: Send, said: list[Message]) -> None:
    """Say it again as if it were said now: what a page proves to be whole depends on when it was given."""
    first, *rest = said
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()).encode()
    headers = [(name, date if name == b"date" else value) for name, value in first["headers"]]
    for message in ({**first, "headers": headers}, *rest):
        await send(message)


async def _tell(send: Send, what: object) -> None:
    content = json.dumps(what).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@contextmanager
def open_desk(tickets: int) -> Generator[Desk]:
    """Start a helpdesk with so many tickets and give it; it is gone at the end."""
    command = [sys.executable, "-m", "benchmarks.desk", str(tickets)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Desk(**json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


def _main() -> None:
    emulator = Emulator(1, int(sys.argv[1]), datetime.now(UTC) - QUIET, weeks=WEEKS, limits=False)
    world = emulator.world
    world.clock.advance(QUIET.total_seconds())
    world.settle()
    gc.freeze()  # a hundred thousand tickets are no garbage, and each look at them takes seconds
    served: Any = emulator
    served.app = Remembering(emulator.app)
    with serve(emulator) as url:
        about = {"url": url, "tickets": len(world.tickets), "events": len(world.audits), "people": len(world.people)}
        print(json.dumps(about), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _main()
