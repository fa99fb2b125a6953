"""Rules made ready for one connection: what each status and each combination of field values means, remembered."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeVar

from core.calendar import Calendar, always
from core.calendar.instants import to_us
from core.errors import SettingsError
from core.sla.history import Desk
from core.sla.leaning import leaning
from core.sla.mapping import Unmapped, customer_of, kind_of, priority_of, status_of, text_of
from core.sla.matching import Facts, matches, reads, source_fields
from core.sla.naming import called, named
from core.sla.plans import Plan, bits, plans
from core.sla.policy import ALWAYS, Agreement, Change, Policy, Rules
from core.sla.replies import Replies
from core.tickets import Kind, Presence, Priority, SourceMapping, SourceValue, Status

__all__ = ["COMBINATION", "STATUS", "Combination", "Program", "StatusView", "Term", "program"]

STATUS: Final = 1
COMBINATION: Final = 2
"""What a field feeds."""

_REMEMBERED: Final = 20_000
_PROGRAMS: Final = 32
_ALWAYS: Final = always()
_AWAY: Final = frozenset({Presence.OUT_OF_SCOPE, Presence.DELETED, Presence.FORBIDDEN})
"""How a ticket was observed to be that is not ours to judge."""

_Value = TypeVar("_Value")


class Term(NamedTuple):
    """What is allowed, and in which calendar; neither seconds nor days: no target for this ticket."""

    seconds: int | None
    working_days: int | None
    calendar: Calendar
    unmapped: Unmapped | None = None


class Turned(NamedTuple):
    """The bits of a custom clock's row. before: the values that held until then, which they were worked out with."""

    before: object
    bits: int


@dataclass(frozen=True, slots=True)
class StatusView:
    """A status in normal words, and its bits for each plan."""

    status: Status
    unmapped: tuple[Unmapped, ...]
    bits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """What one combination of field values means.

    owners: the policies in force, one for each agreement at most. inside: it is in the connection's scope.
    foreign: nothing is promised here, whatever policies say. era: which of the policies' texts hold.
    team: that owns the ticket, where some policy asks; None: nobody does.
    terms, turned: what has been worked out: targets by plan; what moves custom clocks.
    """

    facts: Facts
    owners: tuple[int, ...]
    customer: str | None
    priority: Priority
    kind: Kind
    unmapped: tuple[Unmapped, ...]
    inside: bool = True
    foreign: bool = False
    era: int = 0
    team: str | None = None
    terms: dict[int, Term] = field(default_factory=dict[int, Term])
    turned: dict[tuple[int, int, int], Turned] = field(default_factory=dict[tuple[int, int, int], Turned])


class Program:
    """One revision's rules for one connection. What it remembers changes no answer."""

    def __init__(self, desk: Desk, rules: Rules) -> None:
        mapping = desk.mapping
        self.given = rules  # held, so that no other rules get its identity
        self.rules = rules = replace(rules, policies=named(rules.policies, desk.labels))
        self.mapping = mapping
        self._connection = desk.connection
        self._customer_fields = {
            called(name, desk.labels): words for name, words in rules.customer_fields.get(desk.connection, {}).items()
        }
        self.labels = desk.labels
        self._replies = Replies(desk)
        self.plans = plans(rules.policies)
        self.leaning = leaning(rules.policies)
        self.awaited = 0
        for plan in self.plans:
            self.awaited |= plan.hears
        self.by_owner = {
            owner: tuple(plan for plan in self.plans if plan.owner == owner) for owner in range(len(rules.policies))
        }
        self._reads = tuple(sorted(_reads(rules.policies, mapping).union(self._customer_fields)))
        self.feeds = dict.fromkeys(mapping.status_fields, STATUS)
        for name in self._reads:
            self.feeds[name] = self.feeds.get(name, 0) | COMBINATION
        self._statuses: dict[object, StatusView] = {}
        self._combinations: dict[object, Combination] = {}
        self._foreign: dict[object, Combination] = {}
        self._owned: dict[object, Combination] = {}
        self.eras = _eras(rules.policies)
        self._in_force = tuple(
            tuple((owner, policy) for owner, policy in enumerate(rules.policies) if _holds(policy, since))
            for since in (None, *self.eras)
        )
        self.keeps = any(Change.KEEP in (one.on_change.policy, one.on_change.organisation) for one in rules.policies)
        self._scope = {name: frozenset(map(str.casefold, values)) for name, values in mapping.scope.items()}

    def status(self, values: Mapping[str, SourceValue]) -> StatusView:
        """Return what the ticket's status means."""
        key = tuple(map(values.get, self.mapping.status_fields))
        known = self._statuses.get(key)
        if known is None:
            status, unmapped = status_of(self.mapping, values)
            unknown = () if unmapped is None else (unmapped,)
            known = StatusView(status, unknown, tuple(bits(plan.metric, status) for plan in self.plans))
            _remember(self._statuses, key, known)
        return known

    def combination(self, values: Mapping[str, SourceValue], era: int | None = None) -> Combination:
        """Return what the values of all fields that any rule reads mean together. era: the last one without."""
        if era is None:
            era = len(self.eras)
        key = (era, *map(values.get, self._reads))
        known = self._combinations.get(key)
        if known is None:
            known = self._combined({name: values.get(name) for name in self._reads}, era)
            _remember(self._combinations, key, known)
        return known

    def era(self, at: int) -> int:
        """Return which texts of the policies hold at an instant: 0 before any that is dated."""
        return bisect_right(self.eras, at)

    def text_of(self, name: str, era: int) -> int | None:
        """Return the policy of this name whose text holds then; None: there is none."""
        return next((owner for owner, policy in self._in_force[era] if policy.name == name), None)

    def owned(self, combination: Combination, owners: tuple[int, ...]) -> Combination:
        """Return the values with other policies in force."""
        if owners == combination.owners:
            return combination
        key = (combination.era, owners, combination.foreign, *map(combination.facts.values.get, self._reads))
        known = self._owned.get(key)
        if known is None:
            known = replace(combination, owners=owners, turned={})
            _remember(self._owned, key, known)
        return known

    def foreign(self, combination: Combination) -> Combination:
        """Return a combination out of scope without the policies that would be in force."""
        key = (combination.era, *map(combination.facts.values.get, self._reads))
        known = self._foreign.get(key)
        if known is None:
            known = replace(combination, owners=(), foreign=True, turned={})
            _remember(self._foreign, key, known)
        return known

    def replies(self, desk: Desk) -> Replies:
        """Return what comments are at this desk: one of this program's, but perhaps with other people."""
        known = self._replies
        if known.desk is not desk:
            known = self._replies = Replies(desk)
        return known

    def term(self, plan: Plan, combination: Combination) -> Term:
        """Return target and calendar of a metric."""
        known = combination.terms.get(plan.index)
        if known is None:
            known = self._term(plan, combination)
            combination.terms[plan.index] = known
        return known

    def _combined(self, values: Mapping[str, SourceValue], era: int) -> Combination:
        customers, fields = self.rules.customers, self._customer_fields
        facts = Facts(self._connection, self.mapping, self.labels, customers, values, fields)
        priority, no_priority = priority_of(self.mapping, values)
        kind, no_kind = kind_of(self.mapping, values)
        owners: dict[str, int] = {}
        for owner, policy in self._in_force[era]:
            if policy.agreement not in owners and matches(policy.when, facts):
                owners[policy.agreement] = owner
        return Combination(
            facts=facts,
            owners=tuple(owners.values()),
            customer=customer_of(customers, fields, self._connection, values, self.labels),
            priority=priority,
            kind=kind,
            unmapped=tuple(one for one in (no_priority, no_kind) if one is not None),
            inside=values.get("presence") not in _AWAY
            and all(not facts.words(name).isdisjoint(wanted) for name, wanted in self._scope.items()),
            era=era,
            team=text_of(values.get("team")),
        )

    def _term(self, plan: Plan, combination: Combination) -> Term:
        metric = plan.metric
        target = metric.targets.get(combination.priority, metric.targets.get(None))
        unmapped = next((one for one in combination.unmapped if one[0] == "priority"), None)
        if target is not None and target.calendar is not None:
            calendar = self._calendar(target.calendar, plan.policy)
        elif metric.clock == "always":
            calendar = _ALWAYS
        else:
            calendar = self._calendar(self._chosen(plan.policy, combination.facts), plan.policy)
        if unmapped is not None and any(priority is not None for priority in metric.targets):
            return Term(None, None, calendar, unmapped)
        if target is None:
            return Term(None, None, calendar)
        return Term(target.seconds, target.working_days, calendar)

    def _chosen(self, policy: Policy, facts: Facts) -> str:
        choice = policy.calendar
        if choice.by is not None:
            words = facts.words(choice.by)
            for value, name in choice.map.items():
                if value.casefold() in words:
                    return name
        return choice.default

    def _calendar(self, name: str, policy: Policy) -> Calendar:
        calendar = self.rules.calendars.get(name)
        if calendar is not None:
            return calendar
        if name == ALWAYS:
            return _ALWAYS
        raise SettingsError(f"policy {policy.name} uses calendar {name}, which is not configured")


def _remember(memory: dict[object, _Value], key: object, value: _Value, most: int = _REMEMBERED) -> None:
    """Keep an answer; forget all of them when there are too many, for fields that differ on every ticket."""
    if len(memory) >= most:
        memory.clear()
    memory[key] = value


def _eras(policies: tuple[Policy, ...]) -> tuple[int, ...]:
    """Return the instants at which another text of some policy comes into force, ascending."""
    dates = {at for policy in policies for at in (policy.since, policy.until) if at is not None}
    return tuple(sorted(map(to_us, dates)))


def _holds(policy: Policy, since: int | None) -> bool:
    """Tell whether a policy's text holds from an instant on; None: from the beginning."""
    begun = policy.since is None or (since is not None and to_us(policy.since) <= since)
    return begun and (policy.until is None or since is None or since < to_us(policy.until))


def _reads(policies: tuple[Policy, ...], mapping: SourceMapping) -> frozenset[str]:
    found = {"priority", "kind", "organisation", "presence"}
    for name in mapping.scope:
        found |= source_fields(name, mapping)
    for policy in policies:
        if policy.agreement is Agreement.OLA:
            found.add("team")
        for condition in policy.conditions():
            found |= reads(condition, mapping)
        if policy.calendar.by is not None:
            found |= source_fields(policy.calendar.by, mapping)
    return frozenset(found)


_programs: dict[object, Program] = {}


def program(desk: Desk, rules: Rules) -> Program:
    """Return the rules made ready for a connection, the same one for the same values.

    Frozen values that hold mappings have no hash: they are told apart by identity, and kept by the program.
    """
    key = (desk.connection, id(desk.mapping), id(desk.labels), id(rules))
    known = _programs.get(key)
    if known is None:
        known = Program(desk, rules)
        _remember(_programs, key, known, _PROGRAMS)
    return known
