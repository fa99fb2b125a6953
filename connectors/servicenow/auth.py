"""How calls prove who makes them: an OAuth client's tokens, a password, or an API key."""

import base64
import threading
import time
from collections.abc import Callable, Generator

import httpx

from connectors import SecretRef, SourceRefused, Vault
from connectors.servicenow.settings import ApiKey, Basic, OAuthClient, ServiceNowSettings
from connectors.servicenow.tokens import Granted, InvalidGrant, Login, Token, said

__all__ = ["Bearer", "Fixed", "authentication"]

EARLY = 60.0
"""Seconds before its end at which a token is replaced; half of what it has left if that is shorter.

A token that is alive is given out again, so that a new one may have seconds left.
"""

AGAIN = 60.0
"""Seconds after which a token that was refused, fresh as it was, is replaced all the same: it may have been ended."""

NAME = "oauth"

GATE = "SNCRestrictBasicAuthUserAuthenticationGate"

RESTRICTED = (
    "the instance lets no password in of an account that can also log in by browser, as ServiceNow has it since 2026 "
    f"(its log then names {GATE}): ask its admin to set 'Web service access only' on the account or to give it the "
    "role snc_basic_auth_api_access, or, better, for an OAuth client (auth.method: oauth_client)"
)

POLICY = "or a REST API access policy of the instance shuts this way of authentication out"

Flow = Generator[httpx.Request, httpx.Response, None]


def authentication(
    settings: ServiceNowSettings, resolve: Callable[[SecretRef], str], vault: Vault, plain: httpx.Client
) -> httpx.Auth:
    """Return what signs each call. plain: a client that signs nothing, for the token endpoint."""
    match settings.auth:
        case Basic(username=user, password=reference):
            pair = base64.b64encode(f"{user}:{resolve(reference)}".encode()).decode()
            return Fixed("authorization", f"Basic {pair}", lambda told: _password_advice(user, told))
        case ApiKey(api_key=reference):
            return Fixed("x-sn-apikey", resolve(reference), _key_advice)
        case OAuthClient() as client:
            return Bearer(Login(settings.url, client, resolve, plain), vault)


class Fixed(httpx.Auth):
    """Signs each call in the same way. advice: what may be wrong where it is not taken, by what the instance said."""

    def __init__(self, header: str, signature: str, advice: Callable[[str], str]) -> None:
        self._header, self._signature, self._advice = header, signature, advice

    def auth_flow(self, request: httpx.Request) -> Flow:
        request.headers[self._header] = self._signature
        response = yield request
        if response.status_code == 401:
            raise SourceRefused(_second_factor(response) or self._advice(said(response)))


class Bearer(httpx.Auth):
    """Signs calls with a bearer token; replaces it before it ends, and once when it is refused.

    One thread at a time obtains a token, and through the vault one process; the others take it over.
    """

    def __init__(self, login: Login, vault: Vault, *, now: Callable[[], float] = time.time) -> None:
        self._login, self._vault, self._now = login, vault, now
        self._lock = threading.Lock()
        self._kept: Token | None = None
        self._beyond, self._until = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Flow:
        token = self._token()
        request.headers["authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != 401:
            self._beyond = ""
            return
        if token != self._beyond or self._now() >= self._until:
            # Where the token is still alive the same one comes again. Nodes that start or end refuse good ones, too.
            token = self._token(refused=token)
            request.headers["authorization"] = f"Bearer {token}"
            response = yield request
        if response.status_code == 401:
            self._beyond, self._until = token, self._now() + AGAIN
            raise SourceRefused(
                _second_factor(response)
                or f"ServiceNow gave {self._login.who} a token and does not take it ({said(response)}): the user that "
                f"it acts as may be inactive or locked out, {POLICY}"
            )

    def _token(self, refused: str = "") -> str:
        with self._lock:
            kept = self._kept or Token.loaded(self._vault.read(NAME))
            if kept is None or not self._usable(kept, refused):
                kept = Token.loaded(self._vault.renew(NAME, lambda current: self._renewed(current, refused)))
            if kept is None:
                raise SourceRefused("the vault did not keep the OAuth token")
            self._kept = kept
            return kept.access

    def _usable(self, token: Token, refused: str) -> bool:
        fresh = self._now() < token.fresh_until
        return fresh and token.owner == self._login.owner and token.access not in {"", refused}

    def _renewed(self, current: str | None, refused: str) -> str:
        """Return the token to keep: another process may have obtained one meanwhile."""
        kept = Token.loaded(current)
        if current is not None and kept is not None and self._usable(kept, refused):
            return current
        mine = kept is not None and kept.owner == self._login.owner
        refresh = kept.refresh if kept is not None and mine else ""
        granted = self._refreshed(refresh) if refresh else None
        if granted is None:
            refresh, granted = "", self._login.granted()
        return Token(
            access=granted.access,
            refresh=granted.refresh or refresh,
            fresh_until=self._now() + granted.lasts - min(EARLY, granted.lasts / 2),
            owner=self._login.owner,
        ).dumped()

    def _refreshed(self, refresh: str) -> Granted | None:
        try:
            return self._login.renewed(refresh)
        except InvalidGrant:
            return None


def _password_advice(username: str, told: str) -> str:
    what = f"ServiceNow did not accept the password of '{username}'" + (f" ({told})" if told else "")
    # The words of a release that knows the restriction, for a right password and a wrong one alike.
    if told.casefold().startswith("user is not authenticated"):
        return f"{what}: {RESTRICTED}; or the password is wrong, {POLICY}"
    return f"{what}: it is wrong, or the account is inactive or locked out, {POLICY}; or {RESTRICTED}"


def _key_advice(told: str) -> str:
    return (
        f"ServiceNow did not accept the API key{f' ({told})' if told else ''}: it is wrong, inactive or of a user who "
        "is, or nothing lets it in: it takes an inbound authentication profile for API keys in the header x-sn-apikey, "
        "and REST API access policies with it for the Table API, the Aggregate API and the Batch API"
    )


def _second_factor(response: httpx.Response) -> str:
    if response.headers.get("x-mfa_token", "").casefold() != "invalid":
        return ""
    return (
        "ServiceNow asks this account for a second factor, which nobody is there to give: ask the instance's admin to "
        "take it out of multi-factor authentication, or for an OAuth client (auth.method: oauth_client)"
    )
