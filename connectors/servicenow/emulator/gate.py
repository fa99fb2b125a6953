"""Who calls: basic credentials, access tokens, API keys, sessions, and what bad ones are answered with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.servicenow.emulator.answers import unauthenticated
from connectors.servicenow.emulator.gate_known import KNOWN
from connectors.servicenow.emulator.records import Account
from connectors.servicenow.emulator.tokens import Tokens, pair
from connectors.servicenow.emulator.world import World

__all__ = ["Gate"]

_BASIC = "glide.authenticate.basic_auth."


@dataclass(slots=True)
class Gate:
    """The instance's entrance. Hold the world's lock.

    keys: API key -> user name. refused: ways in (basic, bearer, key) that an access policy is closed to.
    sessions: the value of JSESSIONID -> user name.
    """

    world: World
    tokens: Tokens
    keys: dict[str, str] = field(default_factory=lambda: {KNOWN.api_key: KNOWN.user})
    refused: set[str] = field(default_factory=set[str])
    revoked: bool = False
    sessions: dict[str, str] = field(default_factory=dict[str, str])

    def enter(self, headers: Mapping[str, str], session: str) -> Account:
        """Return who comes. Raises: Refusal (401)."""
        known = self.sessions.get(session, "")
        if known and "sticky_session" in self.world.traps:
            return self.world.accounts[known]
        if self.revoked:
            raise unauthenticated()
        scheme, _, value = headers.get("authorization", "").partition(" ")
        key = headers.get("x-sn-apikey", "")
        if scheme.lower() == "bearer":
            return self._open("bearer", self.tokens.account_of(value.strip()))
        if scheme.lower() == "basic":
            return self._basic(value)
        if key:
            return self._open("key", self.world.accounts.get(self.keys.get(key, "")))
        raise unauthenticated()

    def session(self, account: Account) -> str:
        """Begin a session and return what its cookie says."""
        name = f"{self.world.number('session'):032X}"
        self.sessions[name] = account.name
        return name

    def _open(self, way: str, account: Account | None) -> Account:
        if account is None or way in self.refused or not self._active(account):
            raise unauthenticated()
        return account

    def _basic(self, value: str) -> Account:
        name, password = pair(value)
        account = self.world.accounts.get(name)
        if account is not None and account.password != password:
            # With a second factor its code may follow the password; here none is ever right.
            account = None
        found = self._open("basic", account)
        if found.mfa:
            raise unauthenticated(headers={"x-mfa_token": "invalid"})
        if not self._may_come_by_password(found):
            raise unauthenticated("User is not authenticated")
        return found

    def _may_come_by_password(self, account: Account) -> bool:
        """Return whether the restriction of basic authentication leaves somebody in."""
        told = self.world.properties
        if told.get(f"{_BASIC}restriction.active") != "true" or told.get(f"{_BASIC}restriction.enforce") != "true":
            return True
        users = told.get(f"{_BASIC}allowed_users", "").split(",")
        roles = set(told.get(f"{_BASIC}allowed_roles", "").split(","))
        by_kind = not account.interactive and told.get(f"{_BASIC}allow_wsao") == "true"
        return by_kind or account.name in users or bool(roles & account.roles)

    def _active(self, account: Account) -> bool:
        row = self.world.find("sys_user", account.user_id)
        return row is not None and row["active"] == "true" and row["locked_out"] != "true"
