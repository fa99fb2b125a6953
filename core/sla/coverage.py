"""Which tickets the policies cover: by policy, by none, by one that promises them nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import dropwhile, pairwise, takewhile
from typing import TypeAlias

from core.calendar.instants import to_us
from core.sla.history import Desk
from core.sla.implied import holds_wherever
from core.sla.mapping import Unmapped
from core.sla.matching import matches
from core.sla.policy import Agreement, Policy, Rules
from core.sla.program import Combination, Program, StatusView, program
from core.tickets import Priority, SourceMapping, SourceValue, Ticket

__all__ = ["SAMPLES", "Coverage", "Gap", "Shadow", "Share", "cover", "shadows"]

_Stretch: TypeAlias = tuple[datetime | None, datetime | None]

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

    def absorb(self, other: "Share") -> None:
        """Add what was counted of later tickets."""
        self.tickets += other.tickets
        self.samples += other.samples[: SAMPLES - len(self.samples)]


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


def cover(tickets: Iterable[Ticket], desk: Desk, rules: Rules, at: datetime | None = None) -> Coverage:
    """Return how the policies cover those of these tickets that are in scope, as they are at present.

    at: the present, which says which texts hold; the revision's own instant without.
    """
    ready = program(desk, rules)
    era = ready.era(to_us(at or rules.applied_at))
    count = 0
    uncovered = Share()
    governed = {each.name: Share() for each in rules.policies}
    lost: dict[tuple[str, str], Share] = {}
    gaps: dict[Gap, Share] = {}
    short: dict[str, Share] = {}
    unmapped: dict[Unmapped, Share] = {}
    fallbacks: dict[Unmapped, Share] = {}

    def counted(status: StatusView, combination: Combination, value: SourceValue) -> Iterator[Share]:
        """Yield where tickets with these values count."""
        for found in {*status.unmapped, *combination.unmapped}:
            yield unmapped.setdefault(found, Share())
        if isinstance(value, str) and not status.unmapped and _general((specific, value), ready.mapping):
            yield fallbacks.setdefault((specific, value), Share())
        if not combination.owners:
            yield uncovered
        for owner in combination.owners:
            policy = rules.policies[owner]
            yield governed[policy.name]
            terms = [(plan.name, ready.term(plan, combination)) for plan in ready.by_owner[owner]]
            missing = [name for name, term in terms if term == (None, None, term.calendar, None)]
            for name in missing:
                yield gaps.setdefault(Gap(policy.name, name, combination.priority), Share())
            if missing:
                yield short.setdefault(policy.name, Share())
        for pair in _lost(combination, ready):
            yield lost.setdefault(pair, Share())

    specific = ready.mapping.status_fields[0]
    # Held with what they are about, so that nothing else gets their identity.
    known: dict[tuple[int, int, SourceValue], tuple[list[Share], StatusView, Combination]] = {}
    for ticket in tickets:
        values = ticket.values
        status, combination, value = ready.status(values), ready.combination(values, era), values.get(specific)
        if not combination.inside:
            continue
        count += 1
        key = (id(status), id(combination), value)
        if key not in known:
            known[key] = (list(counted(status, combination, value)), status, combination)
        for share in known[key][0]:
            share.add(ticket)
    return Coverage(count, governed, lost, uncovered, gaps, short, unmapped, fallbacks)


def _general(status: tuple[str, str], mapping: SourceMapping) -> bool:
    """Say whether a status of the first field is read as what it belongs to: as its category, or as another field."""
    return status not in mapping.status or status in mapping.by_category


def _lost(combination: Combination, ready: Program) -> Iterable[tuple[str, str]]:
    """Yield (policy, the one that has the ticket instead) for each later policy that means it too."""
    policies = ready.rules.policies
    has = {policies[owner].agreement: owner for owner in combination.owners}
    for index, policy in enumerate(policies):
        owner = has.get(policy.agreement)
        if owner is None or index <= owner or ready.text_of(policy.name, combination.era) != index:
            continue
        if matches(policy.when, combination.facts):
            yield policy.name, policies[owner].name


@dataclass(frozen=True, slots=True)
class Shadow:
    """A policy that has no ticket, since an earlier one of its agreement means them all.

    since, until: when that is so, half-open; None and None: as long as there is that policy.
    """

    policy: str
    by: str
    agreement: Agreement
    since: datetime | None = None
    until: datetime | None = None

    @property
    def whole(self) -> bool:
        """Whether it never has a ticket."""
        return self.since is None and self.until is None


def shadows(policies: Iterable[Policy]) -> list[Shadow]:
    """Return the policies that can match no ticket at all, each once, for the first time in which that is so."""
    texts = tuple(policies)
    dates = sorted({at for each in texts for at in (each.since, each.until) if at is not None})
    by_name: dict[str, list[tuple[Policy, _Stretch, str]]] = {}
    for stretch in pairwise((None, *dates, None)):
        earlier: list[Policy] = []
        for policy in texts:
            if not _holds_in(policy, stretch):
                continue
            wider = (one for one in earlier if one.agreement is policy.agreement)
            by = next((one.name for one in wider if holds_wherever(one.when, policy.when)), "")
            by_name.setdefault(policy.name, []).append((policy, stretch, by))
            earlier.append(policy)
    return [found for each in by_name.values() for found in _shadow(each)]


def _holds_in(policy: Policy, stretch: _Stretch) -> bool:
    """Tell whether a text holds in a stretch of time that no text begins or ends in."""
    return policy.since is None if stretch[0] is None else policy.holds(stretch[0])


def _shadow(stretches: list[tuple[Policy, _Stretch, str]]) -> Iterator[Shadow]:
    """Yield for the stretches of one policy, in order, the first ones in which another has all of its tickets."""
    hidden = list(takewhile(_by_another, dropwhile(lambda each: not _by_another(each), stretches)))
    if hidden:
        policy, (since, _), by = hidden[0]
        until = hidden[-1][1][1]
        whole = len(hidden) == len(stretches)
        yield Shadow(policy.name, by, policy.agreement, None if whole else since, None if whole else until)


def _by_another(stretch: tuple[Policy, _Stretch, str]) -> bool:
    return stretch[2] != ""
