"""A connection's secrets stay with the host that they were first given to, until a person says otherwise."""

from collections.abc import Callable, Generator, Iterable

import httpx

from core.errors import ConsentNeeded, SourceRefused
from core.store import Store, connections
from slahub.doors import Entrance

__all__ = ["Bound", "barred", "bind"]


class Bound(httpx.Auth):
    """Signs calls as `auth` does, once nothing bars them; until then nothing leaves, not even without a secret.

    barred: says why no call may be made, or nothing; it is asked before each call until it says nothing.
    name: the connection's, for whoever has to consent to it.
    """

    def __init__(self, auth: httpx.Auth, barred: Callable[[], str], name: str) -> None:
        self._auth, self._barred, self._name = auth, barred, name
        self._free = False

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self._free:
            if reason := self._barred():
                raise SourceRefused(reason)
            self._free = True
        try:
            yield from self._auth.sync_auth_flow(request)
        except ConsentNeeded as needed:
            raise ConsentNeeded(f"{needed}: slahub connections authorise {self._name}") from needed


def bind(store: Store, entrances: Iterable[Entrance]) -> list[str]:
    """Bind each connection that is not bound yet to the host it leads to; return which others are barred, and why."""
    found = list(entrances)
    with store.unit() as tx:
        for each in found:
            row = connections.ensure(tx, each.connection.name, each.connection.connector)
            connections.bind(tx, row.id, each.host)
    reasons = {each.connection.name: barred(store, each.connection.name, each.host) for each in found}
    return [f"{name}: {reason}" for name, reason in reasons.items() if reason]


def barred(store: Store | None, name: str, host: str) -> str:
    """Say why the connection's secrets may not be given to `host`; nothing where they may, or it was never bound."""
    if store is None:
        return ""
    with store.view() as tx:
        row = connections.get(tx, name)
    if row is None or row.bound_to in {None, host}:
        return ""
    return (
        f"its secrets belong to {row.bound_to}, and its url leads to {host} now; "
        f"if that is right: slahub connections trust {name}"
    )
