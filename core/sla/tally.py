"""Comparisons of many tickets summed up: by policy, customer, team and month, with some tickets behind each number."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias, get_args

from core.sla.compare import Change, Outcome, Pair

__all__ = ["BY", "SAMPLES", "By", "Grouping", "Narrowed", "Tallies", "Tally"]

SAMPLES = 3
"""Tickets that are named for each number."""

By: TypeAlias = Literal["total", "policy", "customer", "team", "month"]
BY: Sequence[By] = get_args(By)

Move: TypeAlias = tuple[Outcome | None, Outcome | None, Change | None]
"""How a clock counts before and after, None where it is not there; no change: it is counted in another group."""


class Grouping(NamedTuple):
    """Where a ticket's clocks are counted. month: of its creation, `2026-01` in UTC, so the same on both sides."""

    customer: str | None
    team: str | None
    month: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is counted at all; empty: everything. policy: on either side."""

    policy: str = ""
    customer: str = ""
    team: str = ""
    month: str = ""

    def of(self, grouping: Grouping, compared: list[Pair]) -> list[Pair] | None:
        """Return which of a ticket's clocks count; None: the ticket does not."""
        wanted = ((self.customer, grouping.customer), (self.team, grouping.team), (self.month, grouping.month))
        if any(asked and asked != has for asked, has in wanted):
            return None
        if not self.policy:
            return compared
        kept = [pair for pair in compared if any(one is not None and one.policy == self.policy for one in pair[:2])]
        return kept or None


@dataclass(slots=True)
class Tally:
    """Numbers of one group. at_risk: seconds of clock time before and after."""

    tickets: int = 0
    moves: Counter[Move] = field(default_factory=Counter[Move])
    at_risk: tuple[int, int] = (0, 0)
    samples: dict[Change, list[str]] = field(default_factory=dict[Change, list[str]])

    def risk(self, before: int, after: int) -> None:
        """Add to the time at risk."""
        old, new = self.at_risk
        self.at_risk = (old + before, new + after)

    def name(self, change: Change, key: str) -> None:
        """Keep the key of a ticket to which this happens, while there are few."""
        named = self.samples.setdefault(change, [])
        if len(named) < SAMPLES and key not in named:
            named.append(key)

    def absorb(self, other: "Tally") -> None:
        """Add what was counted of later tickets."""
        self.tickets += other.tickets
        for move, count in other.moves.items():
            self.moves[move] += count
        self.risk(*other.at_risk)
        for change, keys in other.samples.items():
            for key in keys:
                self.name(change, key)

    def before(self, outcome: Outcome | None = None) -> int:
        """Return how many clocks count so as it is now; None: how many there are."""
        return sum(n for (old, _, _), n in self.moves.items() if old is not None and outcome in (None, old))

    def after(self, outcome: Outcome | None = None) -> int:
        """Return how many clocks count so by the draft; None: how many there are."""
        return sum(n for (_, new, _), n in self.moves.items() if new is not None and outcome in (None, new))

    def changes(self, *kinds: Change) -> int:
        """Return to how many clocks one of these happens; none named: anything at all."""
        wanted = kinds or tuple(kind for kind in Change if kind is not Change.SAME)
        return sum(n for (_, _, change), n in self.moves.items() if change in wanted)


class Tallies:
    """The tallies of each group, by what they are grouped by and its value; None: tickets that have none."""

    def __init__(self) -> None:
        self.groups: dict[tuple[By, str | None], Tally] = {("total", None): Tally()}
        self._known: dict[Grouping, tuple[Tally, ...]] = {}

    def add(self, key: str, grouping: Grouping, compared: Iterable[Pair]) -> None:
        """Count one ticket with its clocks."""
        here = self._here(grouping)
        policies = set[str]()
        was = will = 0
        for before, after, change in compared:
            old_risk, new_risk = before.at_risk if before else 0, after.at_risk if after else 0
            was, will = was + old_risk, will + new_risk
            old, new = before.outcome if before else None, after.outcome if after else None
            move = (old, new, change)
            for tally in here:
                tally.moves[move] += 1
            governing = after or before
            if governing is None:
                continue
            policy = self._of("policy", governing.policy)
            policies.add(governing.policy)
            if before is not None and before.policy != governing.policy:
                policies.add(before.policy)
                former = self._of("policy", before.policy)
                former.moves[old, None, None] += 1
                former.risk(old_risk, 0)
                policy.moves[None, new, change] += 1
                policy.risk(0, new_risk)
            else:
                policy.moves[move] += 1
                policy.risk(old_risk, new_risk)
            if change is not Change.SAME:
                for tally in (*here, policy):
                    tally.name(change, key)
        for tally in here:
            tally.tickets += 1
            tally.risk(was, will)
        for name in policies:
            self._of("policy", name).tickets += 1

    def absorb(self, other: "Tallies") -> None:
        """Add what was counted of later tickets."""
        for group, tally in other.groups.items():
            self._of(*group).absorb(tally)

    @property
    def total(self) -> Tally:
        return self.groups["total", None]

    def by(self, what: By) -> Mapping[str | None, Tally]:
        """Return the tallies of one grouping, where most changes first, then where most clocks are."""
        found = [(value, tally) for (by, value), tally in self.groups.items() if by == what]
        order = {value: (-tally.changes(), -tally.after(), value or "") for value, tally in found}
        return dict(sorted(found, key=lambda one: order[one[0]]))

    def _here(self, grouping: Grouping) -> tuple[Tally, ...]:
        """Return where a ticket's clocks are counted, whichever policy has them."""
        found = self._known.get(grouping)
        if found is None:
            found = self._known[grouping] = (
                self._of("total", None),
                self._of("customer", grouping.customer),
                self._of("team", grouping.team),
                self._of("month", grouping.month),
            )
        return found

    def __reduce__(self) -> tuple[type["Tallies"], tuple[()], dict[str, object]]:
        # What is only remembered need not go from one process to another.
        return Tallies, (), {"groups": self.groups}

    def _of(self, by: By, value: str | None) -> Tally:
        tally = self.groups.get((by, value))
        if tally is None:
            tally = self.groups[by, value] = Tally()
        return tally
