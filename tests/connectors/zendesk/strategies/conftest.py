"""A hub's store that reads an emulated account over a real socket, by either strategy."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from connectors import Http, Limits
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.emulator import KNOWN, Emulator, serve
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.flows.sync import sync
from core.ports import LaneKind, Purpose
from core.settings import Backfill, Connection
from core.store import Store, connections, tables


@dataclass
class Reader:
    """One store that reads the account. `before` runs ahead of each call; `calls` counts them by path."""

    store: Store
    source: Source
    calls: dict[str, int] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None

    def pull(self, *kinds: LaneKind) -> None:
        done = sync(self.store, self.source, frozenset(kinds or LaneKind), StopSignal(), forced=True)
        assert done.reason == ""

    def rows(self, table: Any, *columns: Any) -> list[Any]:
        with self.store.view() as tx:
            return list(tx.execute(select(*columns) if columns else select(table)).all())

    def events(self) -> dict[str, tuple[Any, ...]]:
        """Events in force by id; deletions, whose audits no list shows, by ticket and instant."""
        found = {}
        for row in self.rows(tables.event):
            if row.withdrawn_at is None:
                deletion = [each for each in row.changes if each[0] == "status" and each[2] == "deleted"]
                who = f"deleted:{row.ticket_source_id}:{int(row.at.timestamp())}" if deletion else row.source_id
                changes = deletion or row.changes
                found[who] = (row.ticket_source_id, row.at, row.actor, str(changes), str(row.comments))
        return found

    def tickets(self) -> dict[str, tuple[Any, ...]]:
        return {
            row.source_id: (row.key, row.created_at, row.presence, tuple(sorted(row.source_values.items(), key=str)))
            for row in self.rows(tables.ticket)
            if row.key is not None
        }

    def settled(self) -> datetime:
        (found,) = {row.settled_until for row in self.rows(tables.lane)
                    if row.stream == "ticket_events" and row.kind == "live"}  # fmt: skip
        return found


@dataclass
class Account:
    emulator: Emulator
    url: str
    stores: Callable[[], Store]
    open: list[httpx.Client] = field(default_factory=list)

    @property
    def stage(self) -> Any:
        return self.emulator.stage

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.emulator.world.now(), UTC)

    def settings(self, read: str) -> Any:
        auth = {"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_TOKEN}"}
        return ZendeskConnector.settings.model_validate({"url": self.url, "read": read, "auth": auth})

    def connector(self, read: str, asked: Callable[[httpx.Request], None] = lambda _: None) -> ZendeskConnector:
        client = httpx.Client(base_url=self.url, auth=(f"{KNOWN.email}/token", KNOWN.api_token),
                              event_hooks={"request": [asked]})  # fmt: skip
        self.open.append(client)
        limits = Limits((), share=None, rate=(10**9, timedelta(minutes=1)))
        return ZendeskConnector(Http(client, limits, stop=StopSignal(), now=self.now), self.settings(read), {})

    def reader(self, read: str, store: Store | None = None, **backfill: Any) -> Reader:
        place = store or self.stores()
        with place.unit() as tx:
            row = connections.ensure(tx, "desk", "zendesk")

        def asked(request: httpx.Request) -> None:
            path = request.url.path.removeprefix("/api/v2/").removesuffix(".json")
            made.calls[path] = made.calls.get(path, 0) + 1
            made.before()

        connector = self.connector(read, asked)
        settings = Connection("desk", "zendesk", None, backfill=Backfill(**{"since": None, **backfill}))
        made = Reader(place, Source(settings, row.id, connector, connector, Gauge(), self.now))
        return made

    def turned(self, reader: Reader, read: str) -> Reader:
        """Return the same store, read by the other strategy from now on."""
        other = self.reader(read, reader.store)
        other.source = replace(other.source, id=reader.source.id)
        return other


class Gauge:
    def skew(self) -> timedelta:
        return timedelta()

    def calls(self) -> int:
        return 0

    def allowance(self) -> tuple[int, int]:
        return 0, 0

    def on(self, purpose: Purpose) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture
def make_account(sqlite_stores: Any) -> Iterator[Callable[..., Account]]:
    """Give a maker of accounts; their clock stands still but for `stage.advance`."""
    with ExitStack() as stack:

        def make(seed: int = 3, tickets: int = 25, **more: Any) -> Account:
            emulator = Emulator(seed=seed, tickets=tickets, limits=False, **more)
            account = Account(emulator, stack.enter_context(serve(emulator)), sqlite_stores)
            emulator.stage.hold_time()
            stack.callback(lambda: [client.close() for client in account.open])
            return account

        yield make


@pytest.fixture
def account(make_account: Callable[..., Account]) -> Account:
    return make_account()
