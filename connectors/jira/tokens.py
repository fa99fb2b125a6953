"""Atlassian's login: what its token endpoint gives for a code or a refresh token, and which sites that opens."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import NoReturn

import httpx

from connectors import RetryLater, SourceRefused, Unreadable, asked_pause, fields_of, flag, perhaps, several, text
from connectors.jira.settings import JiraSettings, OAuth3LO

__all__ = ["Granted", "InvalidGrant", "Kept", "Login", "Place"]

BUSY = frozenset({408, 425, 429})


class InvalidGrant(SourceRefused):
    """The code or the refresh token is good no more, for ever."""


@dataclass(frozen=True, slots=True)
class Granted:
    """One answer of the token endpoint. lasts: seconds. refresh: empty where none was given."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lasts: float
    scope: str


@dataclass(frozen=True, slots=True)
class Place:
    """A site that a consent opens."""

    cloud: str
    url: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the vault keeps of a consent. Instants are host seconds since 1970.

    owner: for which site and app it was obtained; of no use to another.
    ended: Atlassian said that the refresh token is good no more.
    """

    owner: str
    cloud: str
    who: str
    scope: str
    given_at: float
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    fresh_until: float
    ended: bool = False

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, kept: str | None) -> "Kept | None":
        try:
            raw = fields_of(json.loads(kept or "null"))
            words = {name: text(raw, name) for name in ("owner", "cloud", "who", "scope", "access", "refresh")}
            given, fresh = (_seconds(raw.get(name)) for name in ("given_at", "fresh_until"))
            ended = flag(raw, "ended", default=False)
        except (RecursionError, ValueError, Unreadable):
            return None
        if given is None or fresh is None:
            return None
        return cls(**words, given_at=given, fresh_until=fresh, ended=ended)


class Login:
    """Makes the few calls that are not signed by the connection's tokens.

    secret: of the app. plain: a client that signs nothing.
    """

    def __init__(self, settings: JiraSettings, app: OAuth3LO, secret: Callable[[], str], plain: httpx.Client) -> None:
        self._gateway, self._login = settings.gateway, settings.login
        self._app, self._secret, self._plain = app, secret, plain

    def exchanged(self, code: str) -> Granted:
        """Return what a code stands for. Raises: RetryLater, SourceRefused (InvalidGrant)."""
        return self._granted({"grant_type": "authorization_code", "code": code, "redirect_uri": self._app.redirect_uri})

    def renewed(self, refresh: str) -> Granted:
        """Return what a refresh token is exchanged for; it is used up. Raises: as `exchanged`."""
        return self._granted({"grant_type": "refresh_token", "refresh_token": refresh})

    def places(self, granted: Granted) -> list[Place]:
        """Return the sites that a consent opens. Raises: RetryLater, SourceRefused."""
        answer = self._bearing(granted, "/oauth/token/accessible-resources")
        if answer.status_code != 200:
            self._failed(answer, "the sites that were consented to were not told")
        try:
            found = [perhaps(each) for each in several(answer.json())]
            return [Place(text(each, "id"), text(each, "url")) for each in found]
        except (RecursionError, ValueError, Unreadable) as error:
            raise RetryLater("Atlassian's list of the sites that were consented to is not readable") from error

    def person(self, granted: Granted, cloud: str) -> str:
        """Return the name of the person who consented; empty where it is not told."""
        try:
            answer = self._bearing(granted, f"/ex/jira/{cloud}/rest/api/2/myself")
            return text(perhaps(answer.json()), "displayName") if answer.status_code == 200 else ""
        except (RecursionError, ValueError, Unreadable, RetryLater):
            return ""

    def _bearing(self, granted: Granted, path: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {granted.access}"}
        try:
            return self._plain.get(f"{self._gateway}{path}", headers=headers)
        except httpx.HTTPError as error:
            raise RetryLater(f"no answer from {self._gateway}: {type(error).__name__}") from error

    def _granted(self, grant: Mapping[str, str]) -> Granted:
        body = {**grant, "client_id": self._app.client_id, "client_secret": self._secret()}
        try:
            answer = self._plain.post(f"{self._login}/oauth/token", json=body)
        except httpx.HTTPError as error:
            raise RetryLater(f"no token from {self._login}: {type(error).__name__}") from error
        if answer.status_code != 200:
            self._failed(answer, f"no token for the OAuth app '{self._app.client_id}'")
        try:
            read = fields_of(answer.json(), "the token answer")
            access, refresh, scope = text(read, "access_token"), text(read, "refresh_token"), text(read, "scope")
        except (RecursionError, ValueError, Unreadable) as error:
            raise RetryLater("Atlassian's answer with the token is not readable") from error
        lasts = _seconds(read.get("expires_in"))
        if not access or lasts is None:
            raise RetryLater("Atlassian's answer holds no token")
        return Granted(access, refresh, lasts, scope)

    def _failed(self, answer: httpx.Response, what: str) -> NoReturn:
        status = answer.status_code
        if status in BUSY or status >= 500:
            raise RetryLater(f"{what}: Atlassian answered {status}", asked_pause(answer.headers))
        try:
            error = perhaps(answer.json()).get("error")
        except (RecursionError, ValueError):
            error = None
        if error == "invalid_grant":
            raise InvalidGrant(f"{what}: Atlassian answered {status}, invalid_grant")
        raise SourceRefused(f"{what}: Atlassian answered {status}; check auth.client_id and auth.client_secret")


FAR = 1e12
"""Seconds: what is not nearer is no time at which anything ends."""


def _seconds(raw: object) -> float | None:
    return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < FAR else None
