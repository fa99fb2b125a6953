"""The authorization server of OAuth 2.0 (3LO): consent, access tokens, and refresh tokens that rotate."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode

from connectors.emulation import Answer, Refusal

__all__ = ["DAY", "Authority", "Grant"]

DAY = 86_400.0
_CODE_LIFE = 600.0
_FIELDS = ("audience", "client_id", "scope", "redirect_uri", "state", "response_type", "prompt")


@dataclass(frozen=True, slots=True)
class Grant:
    """What one access token allows, and until when by the site's clock, in seconds."""

    account_id: str
    client_id: str
    scopes: frozenset[str]
    expires_at: float


@dataclass(slots=True)
class _Family:
    """All tokens that came from one consent."""

    account_id: str
    client_id: str
    scope: str
    consented_at: float
    access: list[str] = field(default_factory=list[str])
    revoked: bool = False


@dataclass(slots=True)
class _Refresh:
    """One refresh token. `used_at` None: it is the family's living one."""

    family: _Family
    made_at: float
    used_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Code:
    family: _Family
    redirect_uri: str
    expires_at: float


class Authority:
    """Codes and tokens of one site. Hold the world's lock.

    clock: the site's time, in seconds.
    clients: secrets by client id. account_id: who gives consent.
    """

    def __init__(self, clock: Callable[[], float], seed: int) -> None:
        self._clock, self._seed = clock, seed
        self.clients: dict[str, str] = {}
        self.account_id = ""
        self.consent = "ask"  # or `grant`, `deny`: answered without a page
        self.expires_in = 3600
        self.leeway = 600.0  # seconds in which a used refresh token is still good
        self.idle, self.lifetime = 90 * DAY, 365 * DAY
        self.failure = 403  # status of an invalid grant; 400 and 401 were seen too
        self._codes: dict[str, _Code] = {}
        self._grants: dict[str, Grant] = {}
        self._refreshes: dict[str, _Refresh] = {}
        self._made = 0

    def authorize(self, method: str, given: Mapping[str, str]) -> Answer:
        """Answer `/authorize`: GET shows a page that asks, POST of its form sends the browser back."""
        asked = {name: given.get(name, "") for name in _FIELDS}
        if asked["client_id"] not in self.clients or not asked["redirect_uri"] or asked["response_type"] != "code":
            raise Refusal(400, "<html><body><h1>Something went wrong</h1><p>invalid_request</p></body></html>")
        decision = given.get("decision", "") if method == "POST" else {"ask": ""}.get(self.consent, self.consent)
        if not decision:
            return Answer(_page(asked))
        back = {"state": asked["state"]} if asked["state"] else {}
        if decision == "grant":
            now = self._clock()
            code = self._secret("code")
            family = _Family(self.account_id, asked["client_id"], asked["scope"], now)
            self._codes[code] = _Code(family, asked["redirect_uri"], now + _CODE_LIFE)
            back = {"code": code, **back}
        else:
            back = {"error": "access_denied", "error_description": "User did not authorize the request", **back}
        glue = "&" if "?" in asked["redirect_uri"] else "?"
        return Answer("", 302, {"Location": f"{asked['redirect_uri']}{glue}{urlencode(back)}"})

    def token(self, body: Mapping[str, object]) -> Answer:
        """Answer `POST /oauth/token`. Raises: Refusal for a wrong client or a grant that is none."""
        client = str(body.get("client_id", ""))
        if client not in self.clients or self.clients[client] != body.get("client_secret"):
            raise Refusal(401, {"error": "access_denied", "error_description": "Unauthorized"})
        kind = body.get("grant_type")
        if kind == "authorization_code":
            code = self._codes.pop(str(body.get("code", "")), None)
            if code is None or code.expires_at <= self._clock() or code.redirect_uri != body.get("redirect_uri"):
                raise self._invalid("Invalid authorization code")
            return self._issue(code.family)
        if kind == "refresh_token":
            return self._issue(self._renewed(str(body.get("refresh_token", ""))))
        raise Refusal(
            400,
            {"error": "unsupported_grant_type", "error_description": f"Unsupported grant type: {escape(str(kind))}"},
        )

    def grant(self, token: str) -> Grant | None:
        """Return what an access token allows now, if it is one and lives."""
        found = self._grants.get(token)
        return None if found is None or found.expires_at <= self._clock() else found

    def plant(self, token: str, client_id: str, scope: str) -> None:
        """Let there be a refresh token, as if somebody had just given consent."""
        now = self._clock()
        self._refreshes[token] = _Refresh(_Family(self.account_id, client_id, scope, now), now)

    def expire_access(self) -> None:
        """End every access token now; refresh tokens stay good."""
        self._grants.clear()

    def revoke(self) -> None:
        """End everything that was ever consented to."""
        self._grants.clear()
        self._codes.clear()
        for one in self._refreshes.values():
            one.family.revoked = True

    def _renewed(self, token: str) -> _Family:
        now = self._clock()
        one = self._refreshes.get(token)
        if one is None or one.family.revoked:
            raise self._invalid("Unknown or invalid refresh token.")
        if one.used_at is not None and now - one.used_at > self.leeway:
            one.family.revoked = True
            for access in one.family.access:
                self._grants.pop(access, None)
            raise self._invalid("Unknown or invalid refresh token.")
        if now - one.made_at >= self.idle or now - one.family.consented_at >= self.lifetime:
            raise self._invalid("Unknown or invalid refresh token.")
        one.used_at = now if one.used_at is None else one.used_at
        return one.family

    def _issue(self, family: _Family) -> Answer:
        now = self._clock()
        access = self._secret("access")
        scopes = frozenset(family.scope.split())
        self._grants[access] = Grant(family.account_id, family.client_id, scopes, now + self.expires_in)
        family.access.append(access)
        body: dict[str, object] = {"access_token": access}
        if "offline_access" in scopes:
            body["refresh_token"] = refresh = self._secret("refresh")
            self._refreshes[refresh] = _Refresh(family, now)
        told = {"expires_in": self.expires_in, "token_type": "Bearer", "scope": family.scope}
        return Answer({**body, **told})

    def _invalid(self, description: str) -> Refusal:
        return Refusal(self.failure, {"error": "invalid_grant", "error_description": description})

    def _secret(self, kind: str) -> str:
        self._made += 1
        return "eyJ" + hashlib.sha256(f"{self._seed} {kind} {self._made}".encode()).hexdigest()


def _page(asked: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.items() if value
    )
    scopes = "".join(f"<li>{escape(one)}</li>" for one in asked["scope"].split())
    return (
        "<!DOCTYPE html><html><head><title>Authorize app</title></head><body>"
        f"<h1>{escape(asked['client_id'])} is requesting access to your account</h1><ul>{scopes}</ul>"
        f'<form method="post" action="/authorize">{hidden}'
        '<button name="decision" value="grant">Accept</button>'
        '<button name="decision" value="deny">Cancel</button></form></body></html>'
    )
