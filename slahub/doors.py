"""The doors to one connection's source: where they lead, how they are opened, what they have let through."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from connectors.client import TIMEOUT, open_client
from connectors.registry import Catalogue
from connectors.transport import Http
from core.errors import Problem, SettingsError
from core.ports import Elsewhere, Purpose
from core.settings import Configuration, Connection, Place, Positions

__all__ = ["Doors", "Entrance", "check_doors", "within"]


@dataclass(frozen=True, slots=True)
class Doors:
    """A connection's two doors as one meter: calls of both, the clock and limits they share."""

    live: Http
    past: Http

    def skew(self) -> timedelta:
        return self.live.skew()

    def calls(self) -> int:
        return self.live.calls() + self.past.calls()

    def allowance(self) -> tuple[int, int]:
        return self.live.allowance()

    def on(self, purpose: Purpose) -> AbstractContextManager[None]:
        return self.live.on(purpose)


@dataclass(frozen=True, slots=True)
class Entrance:
    """What it takes to open a connection's doors. folder: of the configuration; a relative `ca` lies below it."""

    connection: Connection
    catalogue: Catalogue
    folder: Path
    positions: Positions

    @property
    def url(self) -> str:
        return self.catalogue.connectors[self.connection.connector].base_url(self.connection.options)

    @property
    def host(self) -> str:
        """Where the connection's secrets go; several hosts where its options name others besides the url's."""
        mine = self.connection.options
        others = mine.elsewhere() if isinstance(mine, Elsewhere) else ()
        return ", ".join([urlsplit(self.url).netloc, *others])

    def open(self, auth: httpx.Auth | None = None) -> httpx.Client:
        """Return a client. Raises: SettingsError with the place of the key that does not allow one."""
        kind, mine = self.catalogue.connectors[self.connection.connector], self.connection
        ca = self.folder / mine.ca if mine.ca else None
        sessions = auth is not None and getattr(kind, "sessions", False) is True
        patience: float = getattr(kind, "timeout", TIMEOUT)
        headers = kind.headers(mine.options)
        try:
            return open_client(
                self.url, auth=auth, headers=headers, proxy=mine.proxy, ca=ca, timeout=patience, sessions=sessions
            )
        except SettingsError as exc:
            raise SettingsError([self._placed(problem) for problem in exc.problems]) from exc

    def _placed(self, problem: Problem) -> Problem:
        name = self.connection.name
        place = self.positions.find(("connections", name, problem.key)) or Place("", 0)
        return replace(problem, key=f"connections.{name}.{problem.key}", file=place.file, line=place.line)


def check_doors(read: Configuration, catalogue: Catalogue, folder: Path, positions: Positions) -> None:
    """Pass when every connection's doors can be opened. Raises: SettingsError with every mistake."""
    found: list[Problem] = []
    for each in read.connections.values():
        try:
            Entrance(each, catalogue, folder, positions).open().close()
        except SettingsError as exc:
            found += exc.problems
    if found:
        raise SettingsError(found)


def within(hours: tuple[time, time] | None, at: time) -> bool:
    """Say whether a local time lies in hours that may go over midnight."""
    if hours is None:
        return False
    start, end = hours
    return start <= at < end if start <= end else at >= start or at < end
