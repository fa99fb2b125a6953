"""How calls prove who makes them: an OAuth client's tokens, or a user's API token."""

import json
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, field

import httpx

from connectors import RetryLater, SecretRef, SourceRefused, Unreadable, Vault, asked_pause, fields_of, text
from connectors.zendesk.settings import ApiToken, OAuthClient, ZendeskSettings
from connectors.zendesk.shapes import number

__all__ = ["ClientCredentials", "authentication"]

EARLY = 60.0
"""Seconds before its end at which a token is replaced; half its life if that is shorter."""

NAME = "oauth"


def authentication(
    settings: ZendeskSettings, resolve: Callable[[SecretRef], str], vault: Vault, plain: httpx.Client
) -> httpx.Auth:
    """Return what signs each call. plain: a client that signs nothing, for the token endpoint."""
    match settings.auth:
        case ApiToken() as chosen:
            return httpx.BasicAuth(f"{chosen.email}/token", resolve(chosen.api_token))
        case OAuthClient() as chosen:
            return ClientCredentials(settings.url, chosen, lambda: resolve(chosen.client_secret), vault, plain)


@dataclass(frozen=True, slots=True)
class _Token:
    """What the vault keeps. fresh_until: host seconds since 1970; None: it does not end.

    owner: for which account and client it was obtained; of no use to another.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    fresh_until: float | None
    owner: str

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, kept: str | None) -> "_Token | None":
        try:
            raw = fields_of(json.loads(kept or "null"))
            until = raw.get("fresh_until")
            fresh_until = float(until) if isinstance(until, int | float) else None
            return cls(text(raw, "access"), text(raw, "refresh"), fresh_until, text(raw, "owner"))
        except (RecursionError, ValueError, Unreadable):
            return None


class ClientCredentials(httpx.Auth):
    """Signs calls with a bearer token; replaces it before it ends, and once when it is refused.

    One thread at a time obtains a token, and through the vault one process; the others take it over.
    """

    def __init__(
        self,
        url: str,
        client: OAuthClient,
        secret: Callable[[], str],
        vault: Vault,
        plain: httpx.Client,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url, self._client, self._secret = url, client, secret
        self._vault, self._plain, self._now = vault, plain, now
        self._owner = f"{client.client_id} {client.scope} {url}"
        self._lock = threading.Lock()
        self._kept: _Token | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._token()
        request.headers["authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            request.headers["authorization"] = f"Bearer {self._token(refused=token)}"
            yield request

    def _token(self, refused: str = "") -> str:
        with self._lock:
            kept = self._kept or _Token.loaded(self._vault.read(NAME))
            if kept is None or not self._usable(kept, refused):
                kept = _Token.loaded(self._vault.renew(NAME, lambda current: self._renewed(current, refused)))
            if kept is None:
                raise SourceRefused("the vault did not keep the OAuth token")
            self._kept = kept
            return kept.access

    def _usable(self, token: _Token, refused: str) -> bool:
        fresh = token.fresh_until is None or self._now() < token.fresh_until
        return fresh and token.owner == self._owner and token.access not in {"", refused}

    def _renewed(self, current: str | None, refused: str) -> str:
        """Return the token to keep: another process may have obtained one meanwhile."""
        kept = _Token.loaded(current)
        if current is not None and kept is not None and self._usable(kept, refused):
            return current
        if kept is not None and kept.refresh and kept.owner == self._owner:
            answer = self._asked({"grant_type": "refresh_token", "refresh_token": kept.refresh})
            if answer.status_code not in {400, 401}:
                return self._read(answer).dumped()
        return self._read(self._asked({"grant_type": "client_credentials", "scope": self._client.scope})).dumped()

    def _asked(self, grant: dict[str, str]) -> httpx.Response:
        body = {**grant, "client_id": self._client.client_id, "client_secret": self._secret()}
        try:
            return self._plain.post(f"{self._url}/oauth/tokens", json=body)
        except httpx.HTTPError as error:
            raise RetryLater(f"no token from {self._url}: {type(error).__name__}") from error

    def _read(self, answer: httpx.Response) -> _Token:
        who = f"the OAuth client '{self._client.client_id}'"
        if answer.status_code == 429 or answer.status_code >= 500:
            raise RetryLater(f"no token for {who}: Zendesk answered {answer.status_code}", asked_pause(answer.headers))
        if answer.status_code not in {200, 201}:
            raise SourceRefused(f"Zendesk refused {who} ({answer.status_code}): check client_id and client_secret")
        try:
            body = fields_of(answer.json(), "the token answer")
            access, refresh, granted = text(body, "access_token"), text(body, "refresh_token"), text(body, "scope")
            lasts = None if body.get("expires_in") is None else float(number(body, "expires_in"))
        except (RecursionError, ValueError, Unreadable) as error:
            raise RetryLater(f"no token for {who}: Zendesk's answer is not readable") from error
        if not access:
            raise SourceRefused(f"Zendesk gave {who} no token")
        missing = _missing(self._client.scope, granted)
        if missing:
            raise SourceRefused(f"Zendesk gave {who} the scope '{granted}', which lacks '{' '.join(missing)}'")
        until = None if lasts is None else self._now() + lasts - min(EARLY, lasts / 2)
        return _Token(access, refresh, until, self._owner)


def _missing(wanted: str, granted: str) -> list[str]:
    """Return the scopes that were not granted: a misspelt one gives a token that opens nothing.

    `read` holds `tickets:read`. An answer that tells no scope is believed.
    """
    given = set(granted.split())
    return [scope for scope in wanted.split() if given and scope not in given and scope.split(":")[-1] not in given]
