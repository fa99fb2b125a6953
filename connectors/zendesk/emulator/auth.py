"""Who calls: API tokens, OAuth tokens with their scopes, and the ways in which a caller is turned away."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.emulation import iso
from connectors.zendesk.emulator.answers import Answer, Refusal, as_int, not_found
from connectors.zendesk.emulator.records import Doc, Person
from connectors.zendesk.emulator.world import World

__all__ = ["CODE", "FIRST_REFRESH", "KNOWN", "Gate", "Known", "forbidden", "not_authenticated"]


@dataclass(frozen=True, slots=True)
class Known:
    """The credentials that open the emulator; fixed and public, they open nothing else."""

    email: str
    api_token: str
    client_id: str
    client_secret: str
    agent: tuple[str, str]  # address and API token of somebody who is no administrator
    customer: tuple[str, str]


KNOWN = Known(
    "agent@example.test",
    "emulator-token",
    "hub",
    "emulator-secret",
    ("tier1@example.test", "agent-token"),
    ("customer@example.test", "customer-token"),
)
CODE = "emulator-code"  # of the authorization code grant
FIRST_REFRESH = "emulator-refresh"  # a refresh token that is there from the start

_RESOURCES = ("tickets", "users", "organizations", "webhooks", "hc", "apps", "triggers", "automations", "auditlogs")
_SCOPES = frozenset(
    {"read", "write", "impersonate"} | {f"{one}:{do}" for one in _RESOURCES for do in ("read", "write")}
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one OAuth access token allows; `expires_at` is the desk's time."""

    user_id: int
    scope: str
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Refresh:
    """What one refresh token renews; `expires_at` is the desk's time, None: never."""

    access: str
    scope: str
    expires_at: float | None = None


_FIRST = Refresh("", "read write")


def forbidden() -> Refusal:
    return Refusal(
        403,
        {
            "error": {
                "title": "Forbidden",
                "message": "You do not have access to this page. "
                "Please contact the account owner of this help desk for further help.",
            }
        },
    )


def not_authenticated() -> Refusal:
    return Refusal(401, {"error": "Couldn't authenticate you"}, {"WWW-Authenticate": 'Basic realm="Web Password"'})


def _invalid_token() -> Refusal:
    description = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    body: Doc = {"error": "invalid_token", "error_description": description}
    return Refusal(401, body, {"WWW-Authenticate": 'Bearer error="invalid_token"'})


class Gate:
    """The account's credentials. Hold the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.expires_in: int | None = 7200  # of new access tokens; None: never
        self.refresh_expires_in: int | None = 30 * 86400
        self.api_tokens_allowed = True
        self.clients_allowed = True
        self._tokens = dict([(KNOWN.email, KNOWN.api_token), KNOWN.agent, KNOWN.customer])
        self._grants: dict[str, Grant] = {}
        self._refreshes: dict[str, Refresh] = {FIRST_REFRESH: _FIRST}
        self._made = 0

    def caller(self, authorization: str | None) -> tuple[Person | None, str | None]:
        """Return who calls, and the OAuth scope (None for an API token); no person when nothing was sent.

        Raises: Refusal (401), in the shape that belongs to the way of calling.
        """
        if not authorization:
            return None, None
        kind, _, rest = authorization.partition(" ")
        if kind.lower() == "bearer":
            grant = self._grants.get(rest.strip())
            if grant is None or (grant.expires_at is not None and grant.expires_at <= self._world.clock.exact()):
                raise _invalid_token()
            return self._world.people[grant.user_id], grant.scope
        try:
            name, _, token = base64.b64decode(rest, validate=True).decode().rpartition(":")
        except (ValueError, binascii.Error):
            raise not_authenticated() from None
        email, slash, word = name.rpartition("/")
        # A password where the token belongs is refused like a wrong token.
        if not slash or word != "token" or not self.api_tokens_allowed or self._tokens.get(email) != token:
            raise not_authenticated()
        for person in self._world.people.values():
            if person.email == email and person.active and not person.suspended:
                return person, None
        raise not_authenticated()

    def check_scope(self, scope: str | None, method: str, resource: str) -> None:
        """Raises: Refusal (403) when the token's scope does not cover the call, or names a scope that is not known."""
        if scope is None:
            return
        words = set(scope.split())
        need = "read" if method == "GET" else "write"
        if words - _SCOPES or not words & {need, f"{resource}:{need}"}:
            raise forbidden()

    def shown(self, authorization: str | None) -> Answer:
        """Answer `/oauth/tokens/current`: the caller's own token, its secret left out. Others have none."""
        token = (authorization or "").partition(" ")[2].strip()
        grant = self._grants.get(token)
        if grant is None:
            raise not_found()
        ends = None if grant.expires_at is None else iso(int(grant.expires_at))
        told: Doc = {"id": 1, "user_id": grant.user_id, "client_id": 2, "token": token[:10]}
        return Answer({"token": {**told, "scopes": grant.scope.split(), "expires_at": ends}})

    def revoke(self) -> None:
        """Turn away every credential until `allow`."""
        self.api_tokens_allowed = self.clients_allowed = False
        self.expire_tokens()
        self._refreshes.clear()

    def allow(self) -> None:
        self.api_tokens_allowed = self.clients_allowed = True
        self._refreshes[FIRST_REFRESH] = _FIRST

    def expire_tokens(self) -> None:
        """Forget every access token; refresh tokens stay good."""
        self._grants.clear()

    def token(self, body: Mapping[str, object]) -> Answer:
        """Answer `POST /oauth/tokens`: client credentials, refresh token, or the one known authorization code."""
        kind = body.get("grant_type")
        client_known = (body.get("client_id"), body.get("client_secret")) == (KNOWN.client_id, KNOWN.client_secret)
        if not client_known or not self.clients_allowed:
            description = "Client authentication failed due to unknown client or wrong secret."
            raise Refusal(401, {"error": "invalid_client", "error_description": description})
        if kind == "client_credentials":
            return self._issue(str(body.get("scope") or "read write"), body, refreshable=False)
        if kind == "authorization_code" and body.get("code") == CODE:
            return self._issue(str(body.get("scope") or "read write"), body, refreshable=True)
        if kind == "refresh_token":
            old = self._refreshes.pop(str(body.get("refresh_token")), None)
            if old is not None and (old.expires_at is None or self._world.clock.exact() < old.expires_at):
                self._grants.pop(old.access, None)
                return self._issue(str(body.get("scope") or old.scope), body, refreshable=True)
        known = kind in ("client_credentials", "authorization_code", "refresh_token")
        description = "The provided authorization grant is invalid, expired, revoked or not supported."
        error = "invalid_grant" if known else "unsupported_grant_type"
        raise Refusal(400, {"error": error, "error_description": description})

    def _issue(self, scope: str, body: Mapping[str, object], *, refreshable: bool) -> Answer:
        now = self._world.clock.exact()
        life = as_int(body.get("expires_in")) or self.expires_in
        access, refresh = self._secret(), self._secret() if refreshable else None
        owner = next(one.id for one in self._world.people.values() if one.email == KNOWN.email)
        self._grants[access] = Grant(owner, scope, None if life is None else now + life)
        if refresh is not None:
            lasts = self.refresh_expires_in
            self._refreshes[refresh] = Refresh(access, scope, None if lasts is None else now + lasts)
        return Answer(
            {
                "access_token": access,
                "refresh_token": refresh,
                "token_type": "bearer",
                "scope": scope,
                "expires_in": life,
                "refresh_token_expires_in": self.refresh_expires_in if refreshable else None,
            }
        )

    def _secret(self) -> str:
        self._made += 1
        return hashlib.sha256(f"{self._world.seed} token {self._made}".encode()).hexdigest()
