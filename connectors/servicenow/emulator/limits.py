"""Rate limit rules: calls an hour, by clock hours, for a user or all, for a table or all."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.emulation import Refusal
from connectors.servicenow.emulator.answers import failure
from connectors.servicenow.emulator.records import Account

__all__ = ["Limiter", "Rule"]

_HOUR = 3600


@dataclass(slots=True)
class Rule:
    """One rule. api, user, role, table: empty for all."""

    id: str
    hourly: int
    api: str = "Table API"
    user: str = ""
    role: str = ""
    table: str = ""


@dataclass(slots=True)
class Limiter:
    """Counts calls. There are no rules until an administrator makes some. Hold the world's lock.

    clock: the instance's time, epoch seconds. lag: seconds that a count takes to be known.
    """

    clock: Callable[[], float]
    rules: list[Rule] = field(default_factory=list[Rule])
    lag: float = 0.0
    _hour: int = 0
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    _known: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    _written: float = 0.0

    def take(self, account: Account, api: str, table: str) -> dict[str, str]:
        """Count a call and return the headers of the rule that it comes under. Raises: Refusal (429)."""
        rule = self._rule(account, api, table)
        if rule is None:
            return {}
        now = self.clock()
        if int(now // _HOUR) != self._hour:
            self._hour = int(now // _HOUR)
            self._counts.clear()
            self._known.clear()
        if now - self._written >= self.lag:
            self._known, self._written = Counter(self._counts), now
        key = (rule.id, account.name)
        ends = (self._hour + 1) * _HOUR
        told = {
            "X-RateLimit-Limit": str(rule.hourly),
            "X-RateLimit-Reset": str(ends),
            "X-RateLimit-Rule": rule.id,
        }
        known = self._known if self.lag else self._counts
        if known[key] >= rule.hourly:
            raise self._refused(rule, told, ends - now)
        self._counts[key] += 1
        return told

    def _rule(self, account: Account, api: str, table: str) -> Rule | None:
        """Return the most specific rule: of the user, else the lowest of their roles, else of all."""
        fitting = [one for one in self.rules if one.api in ("", api) and one.table in ("", table)]
        own = [one for one in fitting if one.user == account.name]
        by_role = sorted((one for one in fitting if one.role in account.roles), key=lambda one: one.hourly)
        everyone = [one for one in fitting if not one.user and not one.role]
        return next(iter([*own, *by_role, *everyone]), None)

    def _refused(self, rule: Rule, told: dict[str, str], left: float) -> Refusal:
        detail = f"Rate limit of {rule.hourly} requests per hour for {rule.api or 'REST API'} exceeded"
        return failure(429, "Rate limit exceeded", detail, {**told, "Retry-After": str(max(1, math.ceil(left)))})
