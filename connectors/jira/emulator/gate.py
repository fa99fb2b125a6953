"""Who calls: credentials, and what a bad one is answered with."""

import base64
import binascii
from dataclasses import dataclass

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
    agent: str = "agent0@example.test"
    customer: str = "customer0@example.test"


KNOWN = Known()


@dataclass(slots=True)
class Token:
    """One secret. `kind`: api (Basic, with the e-mail), password (Basic, with the login), pat or oauth (Bearer),
    scoped (Basic, at the gateway alone).
    """

    user_id: str
    kind: str
    expires: int | None = None  # milliseconds
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came. `failed`: a credential was shown and is no good. `denied`: a CAPTCHA waits."""

    user: User | None
    failed: bool = False
    denied: bool = False
    scopes: frozenset[str] | None = None


class Gate:
    """The site's credentials. Hold the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.tokens: dict[str, Token] = {}
        self.captcha: set[str] = set()  # logins that have to solve one before a password is looked at
        self.revoked = False

    def enter(self, authorization: str | None, *, gateway: bool = False) -> Visit:
        """Return who comes with this `Authorization`, at the site or at the gateway host."""
        if authorization is None:
            return Visit(None)
        scheme, _, value = authorization.partition(" ")
        name, secret = ("", value.strip()) if scheme.lower() == "bearer" else _pair(value)
        if name and name in self.captcha:
            return Visit(None, failed=True, denied=True)
        token = self.tokens.get(secret)
        if token is None or self.revoked or not self._fits(token, scheme.lower(), name, gateway=gateway):
            return Visit(None, failed=True)
        user = self._world.users.get(token.user_id)
        if user is None or not user.active:
            return Visit(None, failed=True)
        return Visit(user, scopes=token.scopes)

    def _fits(self, token: Token, scheme: str, name: str, *, gateway: bool) -> bool:
        if token.expires is not None and token.expires <= self._world.ms():
            return False
        user = self._world.users.get(token.user_id)
        if token.kind in ("pat", "oauth"):
            return scheme == "bearer" and gateway == (token.kind == "oauth")
        if user is None or scheme != "basic" or gateway != (token.kind == "scoped"):
            return False
        return name == (user.name if token.kind == "password" else user.email)


def _pair(value: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
