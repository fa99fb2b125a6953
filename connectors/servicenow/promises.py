"""ServiceNow's SLA definitions as policies of the hub. Pure.

There every definition that fits a record attaches; here the first policy of an agreement that fits takes the ticket. So
definitions for the same tickets become one policy: those that differ by priority its targets, response and resolution
its metrics.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from connectors import Clause, Holding, Priority, SuggestedMetric, SuggestedPolicy, SuggestedTarget
from connectors.servicenow.definitions import ALL, DAY, Part, span

__all__ = ["REST", "policies"]

REST = "ServiceNow promises nothing to any other ticket. Take this entry out if other policies are to take them."

NAMES = {"sla": "SLA", "ola": "OLA", "vendor": "underpinning contract"}
AGREEMENTS = tuple(NAMES)

EVERY = frozenset(ALL)


@dataclass(slots=True)
class _Draft:
    """A policy as it grows. parts: by metric and priority."""

    first: Part
    parts: dict[str, dict[str, Part]] = field(default_factory=dict[str, dict[str, Part]])
    shapes: dict[str, SuggestedMetric] = field(default_factory=dict[str, SuggestedMetric])
    named: dict[str, Part] = field(default_factory=dict[str, Part])
    remarks: list[str] = field(default_factory=list[str])

    def fits(self, bundle: Sequence[Part]) -> bool:
        """Tell whether the clocks of some definitions go like those of the same name here.

        A policy has one choice of calendars.

        A change of the priority begins all clocks of a policy anew, or none: those that begin with the ticket and those
        that begin when they attach are one policy for one priority only.
        """
        shapes = [one.shape for one in bundle if one.shape is not None and not one.lost]
        starts = {shape.start for shape in (*shapes, *self.shapes.values())}
        choices = {one.calendar for one in (*self.named.values(), *bundle) if one.chosen}
        return (
            len(starts) < 2
            and len(choices) < 2
            and all(self.shapes.get(shape.name, shape) == shape for shape in shapes)
        )

    def take(self, one: Part) -> None:
        self.named[one.id] = one
        if one.shape is None or one.lost:
            self.remarks += [one.lost] if one.lost else []
            return
        if one.chosen and any(each.chosen and each.calendar != one.calendar for each in self.named.values()):
            told = f"ServiceNow promises '{one.title}', {span(one.seconds)}: its hours go by another field than those"
            self.remarks.append(f"{told} of the definitions above, and a policy has one choice of calendars.")
            return
        self.shapes[one.shape.name] = one.shape
        there = self.parts.setdefault(one.shape.name, {})
        if twice := next((there[each] for each in one.priorities if each in there), None):
            told = f"ServiceNow promises '{one.title}', {span(one.seconds)}, to tickets of '{twice.title}', too"
            self.remarks.append(f"{told}: here one clock of a kind counts, that of the first.")
        for each in one.priorities:
            there.setdefault(each, one)

    @property
    def priorities(self) -> frozenset[str]:
        """Return the priorities that anything is promised to."""
        return frozenset(each for one in self.named.values() for each in one.priorities)

    @property
    def attached(self) -> bool:
        """Whether its clocks begin when they attach."""
        return bool(self.shapes) and all(shape.start for shape in self.shapes.values())

    @property
    def sure(self) -> bool:
        """Whether anything is promised."""
        return not self.first.reasons and bool(self.parts)

    @property
    def title(self) -> str:
        if len(self.named) == 1:
            return self.first.title
        values = [str(value) for clause in self.first.clauses for each in clause for value in each.values if value]
        return " ".join((self.first.table.replace("_", " "), NAMES[self.first.agreement], *values))

    @property
    def restarts(self) -> bool:
        """Whether a change of the priority begins the clocks anew: a definition gives way to another, or to none."""
        return self.attached and any(frozenset(one.priorities) != self.priorities for one in self.named.values())

    def meant(self) -> tuple[Clause, ...]:
        """Return for which tickets there are definitions."""
        if self.priorities == EVERY:
            return self.first.clauses
        return (*self.first.clauses, (Holding("priority", tuple(each for each in ALL if each in self.priorities)),))


def policies(parts: Iterable[Part], *, table_said: bool) -> Iterator[SuggestedPolicy]:
    """Yield the policies, the narrower ones first, those that promise nothing last.

    table_said: the connection reads more tables than one, so that each policy says which it is for.
    """
    drafts = _drafted(parts)
    drafts.sort(key=lambda one: (not one.sure, AGREEMENTS.index(one.first.agreement), -len(one.meant())))
    told: list[SuggestedPolicy] = []
    for at, draft in enumerate(drafts):
        rivals = [each for each in drafts[:at] if draft.sure and _rivals(each, draft)]
        told.append(_beside(_policy(draft, table_said=table_said), rivals))
    yield from _told_apart(told)
    if any(each.agreement == "sla" for each in told):
        yield SuggestedPolicy("", "No promise", notes=(REST,))


def _told_apart(drafted: Sequence[SuggestedPolicy]) -> Iterator[SuggestedPolicy]:
    """Yield the policies; those of one title have the priorities that they are for in it."""
    times = Counter(one.title for one in drafted)
    for one in drafted:
        words = [
            str(value) for clause in one.when for each in clause if each.field == "priority" for value in each.values
        ]
        yield replace(one, title=" ".join((one.title, *words))) if times[one.title] > 1 and not one.id else one


def _drafted(parts: Iterable[Part]) -> list[_Draft]:
    groups: defaultdict[object, dict[tuple[str, ...], list[Part]]] = defaultdict(dict)
    for one in parts:
        key = (one.agreement, one.table, one.clauses, one.reasons, bool(one.lost))
        groups[key].setdefault(one.priorities, []).append(one)
    return [draft for bundles in groups.values() for draft in _joined(bundles)]


def _joined(bundles: Mapping[tuple[str, ...], list[Part]]) -> list[_Draft]:
    """Return definitions for the same tickets but for their priority as few policies."""
    found: list[_Draft] = []
    for _, bundle in sorted(bundles.items(), key=lambda pair: (len(pair[0]), ALL.index(pair[0][0]))):
        draft = next((each for each in found if each.fits(bundle)), None)
        if draft is None:
            draft = _Draft(bundle[0])
            found.append(draft)
        for one in bundle:
            draft.take(one)
    return found


def _policy(draft: _Draft, *, table_said: bool) -> SuggestedPolicy:
    first = draft.first
    when: list[Clause] = []
    if table_said:
        when.append((Holding("table", (first.table,)),))
    when += draft.meant()
    definitions = list(draft.named.values())
    titles = "; ".join(one.title for one in definitions)
    on_change: dict[Literal["priority", "policy"], str] = {}
    if draft.attached:
        on_change = {**({"priority": "restart"} if draft.restarts else {}), "policy": "restart"}
    return SuggestedPolicy(
        first.id if len(definitions) == 1 else "",
        draft.title,
        first.agreement,
        tuple(when),
        tuple(_metrics(draft)),
        withheld=bool(first.reasons),
        notes=(f"ServiceNow's definitions: {titles}.",) if len(definitions) > 1 else (),
        remarks=(*first.reasons, *draft.remarks),
        on_change=on_change,
    )


def _metrics(draft: _Draft) -> Iterator[SuggestedMetric]:
    for name in ("first_response", "resolution"):
        by_priority = draft.parts.get(name, {})
        if not by_priority:
            continue
        targets = tuple(
            SuggestedTarget(Priority(each), by_priority[each].seconds, by_priority[each].calendar)
            for each in ALL
            if each in by_priority
        )
        shape = draft.shapes[name]
        whole = {one.id: one for one in by_priority.values() if len(one.priorities) > 1}
        remarks = list(shape.remarks)
        if draft.restarts and whole:
            titles = ", ".join(f"'{one.title}'" for one in whole.values())
            remarks.append(f"A change of the priority leaves the clock of {titles} as it is in ServiceNow; here not.")
        days = any(target.seconds >= DAY and target.calendar is not None for target in targets)
        notes = ("A day of ServiceNow's is 24 hours of the calendar.",) if days else ()
        turns = shape.turns and replace(shape.turns, start=(*draft.meant(), *shape.turns.start))
        yield replace(shape, targets=targets, turns=turns, notes=notes, remarks=tuple(remarks))


def _rivals(one: _Draft, other: _Draft) -> bool:
    """Tell whether a policy takes tickets that there are definitions of another one for."""
    if one.first.agreement != other.first.agreement or one.first.table != other.first.table:
        return False
    return not _apart(one.meant(), other.meant())


def _beside(policy: SuggestedPolicy, rivals: Sequence[_Draft]) -> SuggestedPolicy:
    """Return a policy with a remark on those before it that take tickets from it; in ServiceNow both would count."""
    if not rivals:
        return policy
    names = ", ".join(each.title for each in rivals)
    told = f"Tickets of {names} have what that promises, and not this as well, as they have in ServiceNow."
    return replace(policy, remarks=(*policy.remarks, told))


def _apart(one: Sequence[Clause], other: Sequence[Clause]) -> bool:
    """Tell whether no ticket can be meant by both."""
    pairs = ((a[0], b[0]) for a in one for b in other if len(a) == len(b) == 1 and a[0].field == b[0].field)
    return any(
        (a.negated is b.negated is False and set(a.values).isdisjoint(b.values))
        or (a.negated is not b.negated and set((b if a.negated else a).values) <= set((a if a.negated else b).values))
        for a, b in pairs
    )
