"""Where the browser of somebody who consents comes back to: an address to read, met on this machine if it is here."""

import hmac
import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socket import AF_INET, AF_INET6
from socketserver import TCPServer, ThreadingMixIn
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from core.errors import HubError, Problem, SettingsError, SourceRefused

__all__ = ["Meeting", "Stranger", "code_in", "is_here", "meeting"]

T = TypeVar("T")

LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}

SILENCE = 10.0
"""Seconds: browsers open connections in advance and say nothing on them."""


class Stranger(SourceRefused):
    """The address belongs to another consent than the one that is waited for."""


def code_in(address: str, state: str) -> str:
    """Return the code in the address on which a browser ended.

    Raises: Stranger where it does not carry `state`, SourceRefused where there was no consent.
    """
    told = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if not hmac.compare_digest(told.get("state", "").encode(), state.encode()):
        raise Stranger("this is not the address on which the browser ended after this consent; begin anew")
    if "error" in told:
        said = " ".join(filter(None, (told["error"], told.get("error_description", ""))))
        line = "".join(each for each in said if each.isprintable())[:200]
        raise SourceRefused(f"there was no consent: {line}")
    if not told.get("code"):
        raise SourceRefused("the address on which the browser ended holds no code; begin anew")
    return told["code"]


def is_here(address: str) -> bool:
    """Say whether a browser on this machine that ends at `address` can be met there."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


@contextmanager
def meeting(address: str) -> "Generator[Meeting]":
    """Listen on this machine for a browser that ends at `address`. Raises: SettingsError where that cannot be."""
    visits: queue.Queue[_Visit] = queue.Queue()
    with _listening(address, visits) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), name="consent", daemon=True).start()
        try:
            yield Meeting(address, visits)
        finally:
            server.shutdown()


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where one browser is awaited."""

    address: str
    visits: "queue.Queue[_Visit]" = field(repr=False)

    def brings(self, taken: Callable[[str], T], patience: float) -> T:
        """Return `taken` of the address on which the browser ended, and show the person what became of it.

        A stranger is sent away, and the right one waited for. patience: seconds.
        Raises: SourceRefused where nobody came, whatever `taken` raises.
        """
        until = time.monotonic() + patience
        while True:
            try:
                visit = self.visits.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise SourceRefused(f"nobody came back to {self.address} in {patience / 60:.0f} minutes") from None
            try:
                found = taken(visit.address)
            except Stranger as error:
                visit.answer(400, str(error))
                continue
            except HubError as error:
                visit.answer(400, str(error))
                raise
            visit.answer(200, "The consent is kept. This window can be closed.")
            return found


@dataclass(slots=True)
class _Visit:
    """A browser that came, and waits for its page."""

    address: str
    status: int = 0
    page: str = ""
    said: threading.Event = field(default_factory=threading.Event)
    written: threading.Event = field(default_factory=threading.Event)

    def answer(self, status: int, page: str) -> None:
        """Show a page, and return when it is on its way."""
        self.status, self.page = status, page
        self.said.set()
        self.written.wait(SILENCE)


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _listening(address: str, visits: "queue.Queue[_Visit]") -> _Server:
    parts = urlsplit(address)
    path, host = parts.path or "/", LOOPBACK[parts.hostname or ""]

    class Handler(BaseHTTPRequestHandler):
        timeout = SILENCE

        def do_GET(self) -> None:
            if urlsplit(self.path).path != path:
                self._page(404, "Nothing is here.")
                return
            visit = _Visit(self.path)
            visits.put(visit)
            visit.said.wait()
            self._page(visit.status, visit.page)
            visit.written.set()

        def _page(self, status: int, text: str) -> None:
            body = f"slahub: {text}\n".encode()
            self.send_response(status)
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.send_header("cache-control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object, **more: object) -> None:
            """Say nothing: the address holds the code."""

    class Server(_Server):
        address_family = AF_INET6 if ":" in host else AF_INET

    try:
        return Server((host, parts.port or 80), Handler)
    except OSError as error:
        text = f"nobody can be met at {address}: {error.strerror}"
        hint = "end what listens there, or use --no-browser and paste the address on which the browser ends"
        raise SettingsError(Problem(text, hint=hint)) from error
