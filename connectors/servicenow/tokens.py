"""What the instance's token endpoint gives for a client's credentials, a user's password or a refresh token."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import NoReturn

import httpx

from connectors import RetryLater, SecretRef, SourceRefused, Unreadable, asked_pause, fields_of, perhaps, text
from connectors.servicenow.settings import OAuthClient

__all__ = ["Granted", "InvalidGrant", "Login", "Token", "said"]

BUSY = frozenset({202, 408, 425, 429})

ENABLED = "glide.oauth.inbound.client.credential.grant_type.enabled"

DISABLED = "glide.oauth.inbound.ropc.grant_type.disabled"


class InvalidGrant(SourceRefused):
    """What was shown is not taken: a refresh token that has ended, or credentials."""


@dataclass(frozen=True, slots=True)
class Granted:
    """One answer of the token endpoint. lasts: seconds. refresh: empty where none was given."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lasts: float


@dataclass(frozen=True, slots=True)
class Token:
    """What the vault keeps. fresh_until: host seconds since 1970.

    owner: for which instance, client and user it was obtained; of no use to another.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    fresh_until: float
    owner: str

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, kept: str | None) -> "Token | None":
        try:
            raw = fields_of(json.loads(kept or "null"))
            until = _seconds(raw.get("fresh_until"))
            return None if until is None else cls(text(raw, "access"), text(raw, "refresh"), until, text(raw, "owner"))
        except (RecursionError, ValueError, Unreadable):
            return None


class Login:
    """Asks for tokens. plain: a client that signs nothing."""

    def __init__(self, url: str, client: OAuthClient, resolve: Callable[[SecretRef], str], plain: httpx.Client) -> None:
        self._url, self._client, self._resolve, self._plain = url, client, resolve, plain

    @property
    def who(self) -> str:
        """The client, in words."""
        return f"the OAuth client '{self._client.client_id}'"

    @property
    def owner(self) -> str:
        """What makes a token of use to this connection."""
        return f"{self._client.client_id} {self._client.username} {self._url}"

    def granted(self) -> Granted:
        """Return a token for the credentials. Raises: RetryLater, SourceRefused."""
        if self._client.password is None:
            return self._asked({"grant_type": "client_credentials"})
        user = {"username": self._client.username, "password": self._resolve(self._client.password)}
        return self._asked({"grant_type": "password", **user})

    def renewed(self, refresh: str) -> Granted:
        """Return a token for a refresh token. Raises: InvalidGrant where it is taken no more, else as `granted`."""
        return self._asked({"grant_type": "refresh_token", "refresh_token": refresh})

    def _asked(self, grant: Mapping[str, str]) -> Granted:
        form = {
            **grant,
            "client_id": self._client.client_id,
            "client_secret": self._resolve(self._client.client_secret),
        }
        try:
            answer = self._plain.post(f"{self._url}/oauth_token.do", data=form)
        except httpx.HTTPError as error:
            raise RetryLater(f"no token from {self._url}: {type(error).__name__}") from error
        if answer.status_code != 200:
            self._failed(answer)
        try:
            # A hibernating instance, and a login page before it, answer 200 to everything.
            read = fields_of(answer.json(), "the token answer")
            access, refresh = text(read, "access_token"), text(read, "refresh_token")
        except (RecursionError, ValueError, Unreadable) as error:
            kind = answer.headers.get("content-type", "").partition(";")[0] or "nothing"
            raise RetryLater(
                f"no token for {self.who}: ServiceNow answered 200 with {kind}, not with a token; the instance may be "
                "hibernating or under maintenance, or something before it asks for a login"
            ) from error
        lasts = _seconds(read.get("expires_in"))
        if read.get("error"):
            self._failed(answer)
        if not access or lasts is None:
            raise RetryLater(f"no token for {self.who}: ServiceNow's answer holds none")
        return Granted(access, refresh, max(0.0, lasts))

    def _failed(self, answer: httpx.Response) -> NoReturn:
        status = answer.status_code
        if status in BUSY or status >= 500:
            raise RetryLater(f"no token for {self.who}: ServiceNow answered {status}", asked_pause(answer.headers))
        if status // 100 == 3:
            raise SourceRefused(
                f"no token for {self.who}: ServiceNow answered {status}, a redirect; look whether the url is the "
                "instance's own, and whether the instance is awake"
            )
        raise InvalidGrant(f"ServiceNow refused {self.who} ({status}{_named(answer)}): {self._advice(_error(answer))}")

    def _advice(self, error: str) -> str:
        if error == "unauthorized_client":
            return (
                "its entry in the instance's Application Registry has no 'OAuth Application User'; ask the instance's "
                "admin to put the hub's account there"
            )
        if self._client.password is not None:
            return (
                "check auth.client_id, auth.client_secret, auth.username and auth.password; if they are right, the "
                f"instance lets no passwords in by OAuth ({DISABLED} is true): leave auth.username and auth.password "
                "out, and ask its admin to let the client act by itself (client credentials)"
            )
        return (
            "check auth.client_id and auth.client_secret; if they are right, ask the instance's admin to set the "
            f"property {ENABLED} to true, and to name the hub's account as the client's 'OAuth Application User'"
        )


def said(answer: httpx.Response) -> str:
    """Return the words of an answer that refuses, on one line; empty where it has none of ServiceNow's."""
    try:
        error = perhaps(perhaps(json.loads(answer.read())).get("error"))
    except (ValueError, RecursionError):
        return ""
    told = "; ".join(each for each in (error.get("message"), error.get("detail")) if isinstance(each, str) and each)
    return " ".join(told.split())[:200]


def _error(answer: httpx.Response) -> str:
    return _member(answer, "error")


def _named(answer: httpx.Response) -> str:
    told = [each for each in (_error(answer), _member(answer, "error_description")) if each]
    return f", {': '.join(told)}" if told else ""


def _member(answer: httpx.Response, name: str) -> str:
    try:
        found = perhaps(answer.json()).get(name)
    except (RecursionError, ValueError):
        return ""
    return " ".join(found.split())[:100] if isinstance(found, str) else ""


FAR = 1e12
"""Seconds: what is not nearer is no time at which anything ends."""


def _seconds(raw: object) -> float | None:
    if isinstance(raw, str):
        raw = float(raw) if raw.isdecimal() else None
    return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < FAR else None
