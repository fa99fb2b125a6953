"""The hub's own way through a helpdesk: connector, transport, flow and store, with the call limits lifted."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from benchmarks.desk import CREDENTIALS
from connectors import Http, Limits, SecretRef, Stream, open_client
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.settings import ApiToken, ZendeskSettings
from core.flows.source import Done, Source
from core.flows.stop import StopSignal
from core.flows.sync import sync
from core.ports import FieldName, LaneKind, Slot
from core.settings import Backfill, Connection
from core.store import Store, connections
from core.store.credentials import MemoryVault

__all__ = ["FACTS", "open_source", "opened", "pull"]

FACTS = frozenset({"people", "tickets", "ticket_events"})
"""The streams that the bare loop knows too."""

UNLIMITED = (10**9, timedelta(seconds=1))


class _Facts(ZendeskConnector):
    def streams(self) -> Sequence[Stream]:
        return [each for each in super().streams() if each.name in FACTS]


@contextmanager
def open_source(store: Store, url: str, kind: type[ZendeskConnector] = _Facts) -> Generator[Source]:
    """Open a connection to the helpdesk; it reads all the past there is, and lists no open tickets first."""
    email = CREDENTIALS[0].removesuffix("/token")
    token = SecretRef("${SLAHUB_TOKEN}")
    settings = ZendeskSettings(url=url, auth=ApiToken(method="api_token", email=email, api_token=token))
    with open_client(url) as plain:
        auth = ZendeskConnector.auth(settings, lambda _: CREDENTIALS[1], MemoryVault(), plain)
    with opened(store, kind, settings, {}, auth=auth) as source:
        yield source


@contextmanager
def opened(
    store: Store,
    kind: type[Any],
    settings: Any,
    names: Mapping[Slot, FieldName],
    *,
    auth: httpx.Auth,
    headers: Mapping[str, str] | None = None,
) -> Generator[Source]:
    """Open a connection by a connector of this kind, with all its past and the call limits lifted."""
    with store.unit() as tx:
        row = connections.ensure(tx, "desk", kind.name)
    with open_client(settings.url, auth=auth, headers=headers, sessions=getattr(kind, "sessions", False)) as client:
        http = Http(client, Limits((), rate=UNLIMITED), stop=StopSignal(), now=_now)
        connector = kind(http, settings, names)
        backfill = Backfill(since=None, open_first=False)
        yield Source(
            Connection("desk", kind.name, settings, backfill=backfill), row.id, connector, connector, http, _now
        )


def pull(store: Store, source: Source, *, forced: bool = False) -> Done:
    """Read every lane that is due to its end."""
    return sync(store, source, frozenset(LaneKind), StopSignal(), forced=forced)


def _now() -> datetime:
    return datetime.now(UTC)
