"""The token endpoint: grants, and the tokens that live."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.emulation import Answer, Refusal
from connectors.servicenow.emulator.answers import JSON
from connectors.servicenow.emulator.gate_known import KNOWN
from connectors.servicenow.emulator.records import Account
from connectors.servicenow.emulator.world import World

__all__ = ["Tokens", "pair"]

_ACCESS, _REFRESH = 1800, 8_640_000  # seconds
_OAUTH = "glide.oauth.inbound."


@dataclass(slots=True)
class Token:
    account: str
    ends: float


@dataclass(slots=True)
class Tokens:
    """What OAuth clients hold. Hold the world's lock.

    application_user: the account that client credentials act as; empty: none is set, and they are refused.
    """

    world: World
    clients: dict[str, str] = field(default_factory=lambda: {KNOWN.client_id: KNOWN.client_secret})
    application_user: str = KNOWN.user
    access: dict[str, Token] = field(default_factory=dict[str, Token])
    refresh: dict[str, Token] = field(default_factory=dict[str, Token])
    _held: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def account_of(self, token: str) -> Account | None:
        """Return who an access token stands for, while it lives."""
        found = self.access.get(token)
        if found is None or found.ends <= self.world.clock.exact():
            return None
        return self.world.accounts.get(found.account)

    def grant(self, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Answer one request; a client shows its secret in the form, or as basic credentials.

        Raises: Refusal for a bad one.
        """
        if "form-urlencoded" not in headers.get("content-type", ""):
            raise self._error(400, "server_error", "Unspecified error")
        scheme, _, value = headers.get("authorization", "").partition(" ")
        shown = pair(value) if scheme.lower() == "basic" else (form.get("client_id", ""), form.get("client_secret", ""))
        client = shown[0]
        secret = self.clients.get(client)
        if secret is None or shown[1] != secret:
            raise self._error(401, "server_error", "access_denied")
        ways = {
            "password": self._password,
            "client_credentials": self._credentials,
            "refresh_token": self._refreshed,
        }
        way = ways.get(form.get("grant_type", ""))
        if way is None:
            raise self._error(401, "unsupported_grant_type", "grant type is not supported")
        return Answer(way(client, form), 200, {"content-type": JSON})

    def expire(self) -> None:
        """End every access token now."""
        self.access.clear()
        self._held.clear()

    def _password(self, client: str, form: Mapping[str, str]) -> dict[str, object]:
        off = self.world.properties.get(f"{_OAUTH}ropc.grant_type.disabled") == "true"
        account = self.world.accounts.get(form.get("username", ""))
        if off or account is None or account.password != form.get("password"):
            raise self._error(401, "server_error", "access_denied")
        return self._answer(client, account.name, refreshable=True)

    def _credentials(self, client: str, _: Mapping[str, str]) -> dict[str, object]:
        if self.world.properties.get(f"{_OAUTH}client.credential.grant_type.enabled") != "true":
            raise self._error(401, "server_error", "access_denied")
        if self.application_user not in self.world.accounts:
            raise self._error(401, "unauthorized_client", "integration user is not configured")
        return self._answer(client, self.application_user, refreshable=False)

    def _refreshed(self, client: str, form: Mapping[str, str]) -> dict[str, object]:
        found = self.refresh.get(form.get("refresh_token", ""))
        if found is None or found.ends <= self.world.clock.exact():
            raise self._error(401, "server_error", "access_denied")
        return self._answer(client, found.account, refreshable=True)

    def _answer(self, client: str, account: str, *, refreshable: bool) -> dict[str, object]:
        """Return the token that lives, with less time left, or a new one."""
        now = self.world.clock.exact()
        key = (client, f"{account}{refreshable}")
        token = self._held.get(key, "")
        if token not in self.access or self.access[token].ends <= now:
            token = self._held[key] = self._made()
            self.access[token] = Token(account, now + _ACCESS)
        left = max(1, int(self.access[token].ends - now - 0.001))
        doc: dict[str, object] = {"access_token": token}
        if refreshable:
            known = next((one for one, held in self.refresh.items() if held.account == account), None)
            again = known or self._made()
            self.refresh.setdefault(again, Token(account, now + _REFRESH))
            doc["refresh_token"] = again
        return {**doc, "scope": "useraccount", "token_type": "Bearer", "expires_in": left}

    def _made(self) -> str:
        count = self.world.number("token")
        return hashlib.blake2b(f"{self.world.seed} token {count}".encode(), digest_size=32).hexdigest()

    def _error(self, status: int, error: str, description: str) -> Refusal:
        return Refusal(status, {"error_description": description, "error": error}, {"content-type": JSON})


def pair(value: str) -> tuple[str, str]:
    """Return the name and the secret of basic credentials; two empty ones for what is none."""
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
