import json
import re
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
from connectors.servicenow.emulator import KNOWN, Emulator, Stage, serve

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
NEXT = re.compile(r'<([^>]+)>;rel="next"')
RAW = {"sysparm_exclude_reference_link": "true"}
JSON = {"Accept": "application/json"}


class Served:
    """An emulator on a socket, and the hub's way in. Paths go from `api/now/v2` on."""

    def __init__(self, emulator: Emulator, url: str, http: httpx.Client) -> None:
        self.emulator, self.stage, self.url, self.http = emulator, emulator.stage, url, http

    def get(self, path: str, **query: object) -> httpx.Response:
        return self.http.get(f"api/now/v2/{path}", params={**RAW, **query})

    def rows(self, table: str, query: str = "", **more: object) -> list[dict[str, Any]]:
        """Return the first page of a query."""
        answer = self.get(f"table/{table}", sysparm_query=query, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def numbers(self, table: str, query: str = "", **more: object) -> set[str]:
        return {one["number"] for one in self.rows(table, query, sysparm_fields="number", **more)}

    def one(self, table: str, sys_id: str, **query: object) -> dict[str, Any]:
        answer = self.get(f"table/{table}/{sys_id}", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def patch(self, table: str, sys_id: str, body: Any, **query: object) -> httpx.Response:
        return self.http.patch(f"api/now/v2/table/{table}/{sys_id}", json=body, params={**RAW, **query})

    def history(self, sys_id: str) -> list[dict[str, Any]]:
        order = "^ORDERBYsys_created_on^ORDERBYrecord_checkpoint"
        return self.rows("sys_audit", f"documentkey={sys_id}{order}", sysparm_no_count="true")

    def pages(self, table: str, query: str, limit: int, **more: object) -> list[list[dict[str, Any]]]:
        """Return all pages of a query, from one `next` to the other."""
        answer = self.get(f"table/{table}", sysparm_query=query, sysparm_limit=limit, **more)
        found = [answer.json()["result"]]
        while (match := NEXT.search(answer.headers.get("Link", ""))) is not None:
            answer = self.http.get(match[1])
            found.append(answer.json()["result"])
            assert len(found) < 1000
        return found


Open = Callable[..., Served]


def account(served: Served, name: str, password: str) -> httpx.Client:
    return open_client(f"{served.url}/", auth=httpx.BasicAuth(name, password), headers=JSON)


@contextmanager
def _opened(*, tickets: int = 40, start: datetime = START, **more: Any) -> Iterator[Served]:
    # The host's clock stands still, so that each stamp can be told beforehand.
    emulator = Emulator(seed=7, tickets=tickets, start=start, host=lambda: 1e9, **more)
    auth = httpx.BasicAuth(KNOWN.user, KNOWN.password)
    with serve(emulator) as url, open_client(f"{url}/", auth=auth, headers=JSON) as http:
        yield Served(emulator, url, http)


@pytest.fixture(scope="session")
def opened() -> Callable[..., AbstractContextManager[Served]]:
    """Opens an instance whose clock stands still at START until it is advanced."""
    return _opened


@pytest.fixture
def open_site(opened: Callable[..., AbstractContextManager[Served]]) -> Iterator[Open]:
    """Opens instances that are closed when the test is over."""
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(opened(**more))


@pytest.fixture
def site(open_site: Open) -> Served:
    """An instance of forty tickets."""
    return open_site()


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
    """The hub's way in, by basic authentication. Paths go from the root on."""
    return site.http


@pytest.fixture
def admin(site: Served) -> Iterator[httpx.Client]:
    with account(site, KNOWN.admin, KNOWN.admin_password) as client:
        yield client


@pytest.fixture
def reader(site: Served) -> Iterator[httpx.Client]:
    with account(site, KNOWN.reader, KNOWN.reader_password) as client:
        yield client


@pytest.fixture
def nobody(site: Served) -> Iterator[httpx.Client]:
    with account(site, KNOWN.nobody, KNOWN.nobody_password) as client:
        yield client


@pytest.fixture(scope="session")
def samples(vendor: Path) -> Path:
    return vendor / "samples" / "servicenow"


class Receiver:
    """An address that hints are sent to; `answers` are the next status codes, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer.got.append((json.loads(content), {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()
