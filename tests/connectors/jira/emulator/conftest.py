import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.jira.emulator import KNOWN, Emulator, Stage, serve

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


class Served:
    """An emulator on a socket, and the hub's way in."""

    def __init__(self, emulator: Emulator, url: str, http: httpx.Client, version: int) -> None:
        self.emulator, self.stage, self.url, self.http = emulator, emulator.stage, url, http
        self._api = f"rest/api/{version}"

    def get(self, path: str, **query: object) -> httpx.Response:
        return self.http.get(f"{self._api}/{path}", params=query)

    def post(self, path: str, **body: object) -> httpx.Response:
        return self.http.post(f"{self._api}/{path}", json=body)

    def found(self, jql: str, **more: object) -> list[dict[str, object]]:
        """Return every issue of a search, page by page, as a patient client reads it."""
        rows, token = [], None
        for _ in range(1000):
            body = {"jql": jql, **more} | ({} if token is None else {"nextPageToken": token})
            answer = self.post("search/jql", **body)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            rows += page["issues"]
            token = page.get("nextPageToken")
            assert page["isLast"] is (token is None)
            if token is None:
                return rows
        raise AssertionError("a search that does not end")


Open = Callable[..., Served]


@contextmanager
def _opened(*, version: int = 3, tickets: int = 40, start: datetime = START, **more: object) -> Iterator[Served]:
    # The host's clock stands still, so that each stamp can be told beforehand.
    emulator = Emulator(seed=7, tickets=tickets, start=start, host=lambda: 1e9, **more)
    cloud = emulator.world.flavour == "cloud"
    auth = httpx.BasicAuth(KNOWN.email, KNOWN.api_token) if cloud else None
    with serve(emulator) as url, open_client(f"{url}{more.get('context', '')}/", auth=auth) as http:
        if not cloud:
            http.headers["Authorization"] = f"Bearer {KNOWN.pat}"
        yield Served(emulator, url, http, version if cloud else 2)


@pytest.fixture(scope="session")
def opened() -> Callable[..., AbstractContextManager[Served]]:
    """Opens a site, on Cloud unless told otherwise, whose clock stands still at START until it is advanced."""
    return _opened


@pytest.fixture
def open_site(opened: Callable[..., AbstractContextManager[Served]]) -> Iterator[Open]:
    """Opens sites that are closed when the test is over."""
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(opened(**more))


@pytest.fixture
def site(open_site: Open) -> Served:
    """A Cloud site of forty issues."""
    return open_site()


@pytest.fixture
def center(open_site: Open) -> Served:
    """A Data Center of forty issues below /jira."""
    return open_site(flavour="datacenter", context="/jira")


@pytest.fixture
def emulator(site: Served) -> Emulator:
    return site.emulator


@pytest.fixture
def stage(site: Served) -> Stage:
    return site.stage


@pytest.fixture
def url(site: Served) -> str:
    return site.url


@pytest.fixture
def http(site: Served) -> httpx.Client:
    """The hub's way in, by API token; it administers nothing. Paths go from the site's root on."""
    return site.http


@pytest.fixture
def admin(url: str) -> Iterator[httpx.Client]:
    with open_client(url, auth=httpx.BasicAuth(KNOWN.admin_email, KNOWN.admin_token)) as client:
        yield client


@pytest.fixture(scope="session")
def documents(vendor: Path) -> list[dict[str, Any]]:
    """The vendor's descriptions of the platform's API and of Service Management's."""
    names = ("jira-platform.v3.json", "jsm.v3.json")
    return [json.loads((vendor / "openapi" / "jira" / name).read_text(encoding="utf-8")) for name in names]


class Receiver:
    """An address that webhooks are sent to; `answers` are the next status codes, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer.got.append((content, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def bodies(self) -> list[bytes]:
        return [content for content, _ in self.got]

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(content) for content in self.bodies()]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()
