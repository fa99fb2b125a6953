"""Who calls: credentials, and what a bad one is answered with."""

import base64
import binascii
from collections import Counter
from dataclasses import dataclass

from connectors.emulation import Answer
from connectors.jira.emulator.records import User
from connectors.jira.emulator.world import World

__all__ = ["KNOWN", "Gate", "Known", "Token", "Visit"]


@dataclass(frozen=True, slots=True)
class Known:
    """What every emulated site can be entered with. `hub` may not administer projects; `admin` may everything."""

    email: str = "hub@example.test"
    api_token: str = "emulator-token"
    login: str = "hub"
    password: str = "emulator-password"
    pat: str = "emulator-pat"
    admin_email: str = "admin@example.test"
    admin_token: str = "emulator-admin-token"
    client_id: str = "hub"
    client_secret: str = "emulator-secret"
    refresh_token: str = "emulator-refresh"
    scoped_token: str = "emulator-scoped-token"
    service_email: str = "slahub@serviceaccount.atlassian.com"
    service_token: str = "emulator-service-token"
    agent: str = "agent0@example.test"
    customer: str = "customer0@example.test"


KNOWN = Known()
_PATIENCE = 3  # failed logins, then a CAPTCHA
_UNAUTHORIZED = Answer({"code": 401, "message": "Unauthorized"}, 401)
_NO_APP = Answer({"error": "Failed to parse Connect Session Auth Token"}, 403)


@dataclass(slots=True)
class Token:
    """One secret. `kind`: api (Basic, with the e-mail), password (Basic, with the login), pat (Bearer), scoped (Basic,
    with the e-mail, at the gateway alone).
    """

    user_id: str
    kind: str
    expires: int | None = None  # milliseconds
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came. `failed`: a credential was shown and is no good. `denied`: a CAPTCHA waits.

    misplaced: what a credential is answered with that may be good, but not here. app: the OAuth app that calls.
    """

    user: User | None
    failed: bool = False
    denied: bool = False
    scopes: frozenset[str] | None = None
    misplaced: Answer | None = None
    app: str | None = None


class Gate:
    """The site's credentials. Hold the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.tokens: dict[str, Token] = {}
        self.captcha: set[str] = set()  # logins that have to solve one before a password is looked at
        self.failures: Counter[str] = Counter()  # of logins to a Data Center, since the last good one
        self.revoked = False

    def enter(self, authorization: str | None, *, gateway: bool = False) -> Visit:
        """Return who comes with this `Authorization`, at the site or at the gateway host."""
        if authorization is None:
            return Visit(None, misplaced=_UNAUTHORIZED if gateway else None)
        scheme, _, value = authorization.partition(" ")
        if self._world.flavour == "cloud" and scheme.lower() == "bearer":
            return self._app(value.strip(), gateway=gateway)
        visit = self._known(scheme, value, gateway=gateway)
        if gateway and visit.user is None:
            return Visit(None, misplaced=_UNAUTHORIZED)
        return visit

    def _app(self, token: str, *, gateway: bool) -> Visit:
        """Return who comes with an app's access token, which is good at the gateway alone."""
        if not gateway:
            return Visit(None, misplaced=_NO_APP)
        grant = None if self.revoked else self._world.office.authority.grant(token)
        user = None if grant is None else self._world.users.get(grant.account_id)
        if grant is None or user is None or not user.active:
            return Visit(None, misplaced=_UNAUTHORIZED)
        return Visit(user, scopes=grant.scopes, app=grant.client_id)

    def _known(self, scheme: str, value: str, *, gateway: bool) -> Visit:
        name, secret = ("", value.strip()) if scheme.lower() == "bearer" else _pair(value)
        if name and name in self.captcha:
            return Visit(None, failed=True, denied=True)
        token = self.tokens.get(secret)
        good = token is not None and not self.revoked and self._fits(token, scheme.lower(), name, gateway=gateway)
        if name and self._world.flavour == "datacenter":
            self._count(name, good=good)
        if token is None or not good:
            return Visit(None, failed=True)
        user = self._world.users.get(token.user_id)
        if user is None or not user.active:
            return Visit(None, failed=True)
        return Visit(user, scopes=token.scopes)

    def _count(self, name: str, *, good: bool) -> None:
        """Let a login that failed too often solve a CAPTCHA from now on."""
        self.failures[name] = 0 if good else self.failures[name] + 1
        if self.failures[name] >= _PATIENCE:
            self.captcha.add(name)

    def _fits(self, token: Token, scheme: str, name: str, *, gateway: bool) -> bool:
        if token.expires is not None and token.expires <= self._world.ms():
            return False
        user = self._world.users.get(token.user_id)
        if token.kind == "pat":
            return scheme == "bearer"
        if user is None or scheme != "basic" or gateway != (token.kind == "scoped"):
            return False
        return name == (user.name if token.kind == "password" else user.email)


def _pair(value: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
