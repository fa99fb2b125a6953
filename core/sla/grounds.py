"""Why a clock is measured as it is: which policy has the ticket, by which calendar, against which target."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from core.sla.conditions import All, Any, Condition, Empty, HasTag, In, Not
from core.sla.found import Found, renewed, target_by
from core.sla.matching import Facts, matches
from core.sla.policy import Agreement, Policy
from core.sla.program import Combination, Program, Term
from core.sla.run import ENDED, STOPPED, VOID
from core.sla.stretches import last_of
from core.sla.timeline import Timeline
from core.tickets import Priority

__all__ = [
    "CalendarGround",
    "Passed",
    "PolicyGround",
    "TargetGround",
    "calendar_ground",
    "deciding",
    "passed_by",
    "policy_ground",
    "target_of",
    "term_in",
]

Chosen: TypeAlias = Literal["target", "always", "fixed", "value", "else"]


@dataclass(frozen=True, slots=True)
class Passed:
    """An earlier policy of the same agreement that does not mean the ticket, and the fields by which it does not."""

    policy: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyGround:
    """The first policy of its agreement that means the ticket.

    asked: of the ticket as it was at that point. customer: whose ticket it was there.
    stays: it would be another's, but policies keep theirs on a change.
    """

    name: str
    label: str
    passed: tuple[Passed, ...]
    asked: Literal["completion", "now"]
    stays: bool
    customer: str | None


@dataclass(frozen=True, slots=True)
class CalendarGround:
    """How a calendar was chosen.

    target: it is the target's own; always: the metric counts round the clock; fixed: it is the policy's only one;
    value: by a field's value; else: no value of that field has another.
    """

    name: str
    chosen: Chosen
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class TargetGround:
    """The time allowed. priority: that of the ticket; named: the target is that priority's own, not `other`."""

    seconds: int | None
    working_days: int | None
    priority: Priority
    named: bool


def deciding(found: Found, program: Program, rows: Timeline) -> Combination:
    """Return the values of the ticket by which the clock has its term."""
    return _kept(found, program, rows, _last(found, rows, over=found.cycle.state in (STOPPED, ENDED, VOID)), ended=True)


def _last(found: Found, rows: Timeline, *, over: bool) -> Combination:
    """Return the ticket as it was when the clock was over, else as it is."""
    if not over:
        return rows.combinations[-1]
    first, last = found.cycle.first, found.cycle.last
    if found.plan.policy.agreement is Agreement.OLA:
        return last_of(found.plan, rows.combinations, first, last)
    return rows.combinations[last]


def term_in(found: Found, program: Program, rows: Timeline, row: int) -> Term:
    """Return what would be allowed if the clock were judged in this row, and by which calendar."""
    values = _kept(found, program, rows, rows.combinations[row], ended=row == found.cycle.last)
    term = program.term(found.plan, values)
    if found.plan.metric.calendar_change == "segment":
        return term._replace(calendar=program.term(found.plan, rows.combinations[row]).calendar)
    return term


def _kept(found: Found, program: Program, rows: Timeline, values: Combination, *, ended: bool) -> Combination:
    until = renewed(found.plan, found.cycle, rows.combinations) if ended else None
    return target_by(program, found.plan, values, rows.combinations[found.cycle.first], until)


def policy_ground(found: Found, program: Program, rows: Timeline) -> PolicyGround:
    """Say why this policy has the ticket."""
    plan = found.plan
    asked = _last(found, rows, over=found.kept)
    earlier = [
        one
        for owner, one in enumerate(program.rules.policies[: plan.owner])
        if one.agreement is plan.policy.agreement and program.text_of(one.name, asked.era) == owner
    ]
    lacking = [one for one in earlier if not matches(one.when, asked.facts)]
    return PolicyGround(
        name=plan.policy.name,
        label=plan.policy.label,
        passed=tuple(_passed(one, asked.facts) for one in lacking),
        asked="completion" if found.kept else "now",
        stays=len(lacking) < len(earlier) or not matches(plan.policy.when, asked.facts),
        customer=asked.customer,
    )


def passed_by(program: Program, combination: Combination) -> tuple[Passed, ...]:
    """Return the policies in force that do not mean a ticket with these values."""
    facts = combination.facts
    return tuple(
        _passed(one, facts)
        for owner, one in enumerate(program.rules.policies)
        if program.text_of(one.name, combination.era) == owner and not matches(one.when, facts)
    )


def _passed(policy: Policy, facts: Facts) -> Passed:
    return Passed(policy.name, tuple(dict.fromkeys(_lacking(policy.when, facts))))


def _lacking(condition: Condition, facts: Facts) -> Iterator[str]:
    """Yield the fields of those parts of a condition that do not hold."""
    if isinstance(condition, All):
        for part in condition.parts:
            if not matches(part, facts):
                yield from _lacking(part, facts)
    else:
        yield from _fields(condition)


def _fields(condition: Condition) -> Iterator[str]:
    match condition:
        case In(field) | Empty(field):
            yield field
        case HasTag():
            yield "tags"
        case All(parts) | Any(parts):
            for part in parts:
                yield from _fields(part)
        case Not(part):
            yield from _fields(part)
        case _:
            return


def target_of(found: Found, program: Program, rows: Timeline) -> TargetGround:
    """Say why this much time is allowed."""
    priority = deciding(found, program, rows).priority
    return TargetGround(
        seconds=found.term.seconds,
        working_days=found.term.working_days,
        priority=priority,
        named=priority in found.plan.metric.targets,
    )


def calendar_ground(found: Found, term: Term, combination: Combination) -> CalendarGround:
    """Say why a clock goes by the calendar of this term, which these values of the ticket have led to."""
    metric, name = found.plan.metric, term.calendar.name
    target = metric.targets.get(combination.priority, metric.targets.get(None))
    if target is not None and target.calendar is not None:
        return CalendarGround(name, "target")
    if metric.clock == "always":
        return CalendarGround(name, "always")
    return _by_field(found.plan.policy, name, combination.facts)


def _by_field(policy: Policy, name: str, facts: Facts) -> CalendarGround:
    choice = policy.calendar
    if choice.by is None:
        return CalendarGround(name, "fixed")
    words = facts.words(choice.by)
    value = next(
        (value for value, calendar in choice.map.items() if value.casefold() in words and calendar == name), None
    )
    if value is not None:
        return CalendarGround(name, "value", choice.by, value)
    return CalendarGround(name, "else", choice.by, ", ".join(sorted(words)))
