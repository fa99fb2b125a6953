"""Which tickets the policies cover: by policy, by none, by one that promises them nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.sla.history import Desk
from core.sla.implied import holds_wherever
from core.sla.mapping import Unmapped
from core.sla.matching import matches
from core.sla.policy import Agreement, Policy, Rules
from core.sla.program import Combination, program
from core.tickets import Priority, Ticket

__all__ = ["SAMPLES", "Coverage", "Gap", "Shadow", "Share", "cover", "shadows"]

SAMPLES = 3
"""Tickets that are named for each count."""


@dataclass(slots=True)
class Share:
    """How many tickets, and the keys of some."""

    tickets: int = 0
    samples: list[str] = field(default_factory=list[str])

    def add(self, ticket: Ticket) -> None:
        """Count one more."""
        self.tickets += 1
        if len(self.samples) < SAMPLES:
            self.samples.append(ticket.key)


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """What a policy has no target for."""

    policy: str
    metric: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts over the tickets in scope that were looked at.

    governed: by policy, all of them in their order.
    lost: tickets that a policy's `when` means and another policy of its agreement has, by the two.
    uncovered: those that no policy means, not even one that promises nothing.
    gaps: governed tickets without a target, so without that clock. short: those with any gap, by policy.
    unmapped: by field and value of the source.
    fallbacks: tickets whose status is not mapped itself but by a more general one, by field and value.
    """

    tickets: int
    governed: Mapping[str, Share]
    lost: Mapping[tuple[str, str], Share]
    uncovered: Share
    gaps: Mapping[Gap, Share]
    short: Mapping[str, Share]
    unmapped: Mapping[Unmapped, Share]
    fallbacks: Mapping[Unmapped, Share]


def cover(tickets: Iterable[Ticket], desk: Desk, rules: Rules) -> Coverage:
    """Return how the policies cover those of these tickets that are in scope, as they are at present."""
    ready = program(desk, rules)
    count = 0
    uncovered = Share()
    governed = {each.name: Share() for each in rules.policies}
    lost: dict[tuple[str, str], Share] = {}
    gaps: dict[Gap, Share] = {}
    short: dict[str, Share] = {}
    unmapped: dict[Unmapped, Share] = {}
    fallbacks: dict[Unmapped, Share] = {}
    for ticket in tickets:
        status, combination = ready.status(ticket.values), ready.combination(ticket.values)
        if not combination.inside:
            continue
        count += 1
        for found in {*status.unmapped, *combination.unmapped}:
            unmapped.setdefault(found, Share()).add(ticket)
        specific = ready.mapping.status_fields[0]
        value = ticket.values.get(specific)
        if isinstance(value, str) and not status.unmapped and (specific, value) not in ready.mapping.status:
            fallbacks.setdefault((specific, value), Share()).add(ticket)
        if not combination.owners:
            uncovered.add(ticket)
        for owner in combination.owners:
            policy = rules.policies[owner]
            governed[policy.name].add(ticket)
            terms = [(plan.name, ready.term(plan, combination)) for plan in ready.by_owner[owner]]
            missing = [name for name, term in terms if term == (None, None, term.calendar, None)]
            for name in missing:
                gaps.setdefault(Gap(policy.name, name, combination.priority), Share()).add(ticket)
            if missing:
                short.setdefault(policy.name, Share()).add(ticket)
        for pair in _lost(combination, ready.rules):
            lost.setdefault(pair, Share()).add(ticket)
    return Coverage(count, governed, lost, uncovered, gaps, short, unmapped, fallbacks)


def _lost(combination: Combination, rules: Rules) -> Iterable[tuple[str, str]]:
    """Yield (policy, the one that has the ticket instead) for each later policy that means it too."""
    has = {rules.policies[owner].agreement: owner for owner in combination.owners}
    for index, policy in enumerate(rules.policies):
        owner = has.get(policy.agreement)
        if owner is not None and index > owner and matches(policy.when, combination.facts):
            yield policy.name, rules.policies[owner].name


@dataclass(frozen=True, slots=True)
class Shadow:
    """A policy that has no ticket ever, since an earlier one of its agreement means them all."""

    policy: str
    by: str
    agreement: Agreement


def shadows(policies: Iterable[Policy]) -> list[Shadow]:
    """Return the policies that can never match, whatever tickets there are."""
    earlier: list[Policy] = []
    found: list[Shadow] = []
    for policy in policies:
        for other in earlier:
            if other.agreement is policy.agreement and holds_wherever(other.when, policy.when):
                found.append(Shadow(policy.name, other.name, policy.agreement))
                break
        earlier.append(policy)
    return found
