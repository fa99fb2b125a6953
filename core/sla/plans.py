"""Metrics made ready: what happens in an event that matters to them, and what each status means."""

from dataclasses import dataclass
from typing import Final

from core.sla.conditions import Happening
from core.sla.matching import happenings
from core.sla.policy import Agreement, Change, Metric, MetricKind, Policy, Reopen, StatusPattern
from core.sla.run import CANCELS, EXCLUDING, GONE, INCLUDING, PAUSES, RESTART, STOPS, UNCLEAR
from core.sla.verdict import CREATED, ClockId
from core.tickets import Phase, Status

__all__ = [
    "ASKED",
    "ASSIGNED",
    "AWAY",
    "ENTERS",
    "HAPPENINGS",
    "HIDDEN",
    "PRIVATE_MAYBE",
    "PRIVATE_REPLY",
    "PUBLIC_MAYBE",
    "PUBLIC_REPLY",
    "Plan",
    "bits",
    "plans",
]

PUBLIC_REPLY: Final = 1
PRIVATE_REPLY: Final = 2
ASSIGNED: Final = 4
PUBLIC_MAYBE: Final = 8
"""A comment whose author is not known yet."""
PRIVATE_MAYBE: Final = 16
HIDDEN: Final = 32
"""The ticket itself is gone, or no business of ours any more."""
AWAY: Final = 64
"""The ticket is out of scope for a while, and its clocks stand still."""
ASKED: Final = 128
"""A customer has written a public comment."""

HAPPENINGS: Final[dict[Happening, int]] = {
    "agent_public_comment": PUBLIC_REPLY,
    "agent_private_comment": PRIVATE_REPLY,
    "customer_public_comment": ASKED,
    "assign": ASSIGNED,
}
"""The bit of each word of a condition; that of a ticket's creation is its first row."""

_MAYBE: Final = {PUBLIC_REPLY: PUBLIC_MAYBE, ASKED: PUBLIC_MAYBE, PRIVATE_REPLY: PRIVATE_MAYBE}

ENTERS: Final = 1 << 20
"""Among a status's bits: entering it ends the clock."""

_REOPEN: Final = {
    Reopen.CONTINUE_EXCLUDING: EXCLUDING,
    Reopen.CONTINUE_INCLUDING: INCLUDING,
    Reopen.RESTART: RESTART,
}
_RECURRING: Final = frozenset({MetricKind.NEXT_RESPONSE, MetricKind.PERIODIC_UPDATE, MetricKind.CUSTOM})
_STOP_ON: Final = {
    "agent_public_comment": (PUBLIC_REPLY, PUBLIC_MAYBE),
    "agent_private_comment": (PRIVATE_REPLY, PRIVATE_MAYBE),
    "assign": (ASSIGNED, 0),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One metric of one policy. owner: the policy's place in its revision.

    created: the identity of a clock that starts with the ticket.
    recurs: its cycles follow one another.
    begins, ends, moves, cancels, maybe: the happenings that do this to the clock, or might complete it.
    hears: every happening that matters to it. enters: some status ends it when it is entered.
    renewing, keeping: the fields whose change ends the clock and starts it anew, or does nothing to its target.
    """

    index: int
    owner: int
    policy: Policy
    name: str
    metric: Metric
    reopen: int
    created: ClockId
    recurs: bool
    begins: int
    ends: int
    moves: int
    cancels: int
    maybe: int
    hears: int
    enters: bool
    renewing: tuple[str, ...]
    keeping: tuple[str, ...]


def plans(policies: tuple[Policy, ...]) -> tuple[Plan, ...]:
    """Return every metric of every policy, in order."""
    found: list[Plan] = []
    for owner, policy in enumerate(policies):
        for name, metric in policy.metrics.items():
            found.append(_plan(len(found), owner, policy, name, metric))
    return tuple(found)


def _plan(index: int, owner: int, policy: Policy, name: str, metric: Metric) -> Plan:
    begins = ends = moves = cancels = maybe = hears = 0
    match metric.kind:
        case MetricKind.NEXT_RESPONSE:
            begins, ends, maybe = ASKED, PUBLIC_REPLY, PUBLIC_MAYBE
            moves = ASKED if metric.anchor == "newest" else 0
        case MetricKind.PERIODIC_UPDATE:
            begins = ends = PUBLIC_REPLY
            maybe = PUBLIC_MAYBE
            cancels = ASKED if metric.customer_cancels else 0
        case MetricKind.CUSTOM:
            hears, maybe = _heard(metric)
        case _:
            for stop in metric.stop_on:
                if not isinstance(stop, StatusPattern):
                    ends |= _STOP_ON[stop][0]
                    maybe |= _STOP_ON[stop][1]
    return Plan(
        index=index,
        owner=owner,
        policy=policy,
        name=name,
        metric=metric,
        reopen=_REOPEN[metric.reopen],
        created=ClockId(policy.name, name, CREATED),
        recurs=metric.kind in _RECURRING or policy.agreement is Agreement.OLA,
        begins=begins,
        ends=ends,
        moves=moves,
        cancels=cancels,
        maybe=maybe,
        hears=hears | begins | ends | cancels | maybe,
        enters=any(isinstance(stop, StatusPattern) for stop in metric.stop_on),
        renewing=tuple(name for name, does in _changes(policy) if does is Change.RESTART),
        keeping=tuple(name for name, does in _changes(policy) if does is Change.KEEP),
    )


def _changes(policy: Policy) -> tuple[tuple[str, Change], ...]:
    return ("priority", policy.on_change.priority), ("organisation", policy.on_change.organisation)


def _heard(metric: Metric) -> tuple[int, int]:
    """Return the happenings that a custom clock's conditions speak of, and those that might be such."""
    words: set[Happening] = set()
    for part in metric.turns.conditions() if metric.turns else ():
        words |= happenings(part)
    heard = maybe = 0
    for word in words:
        bit = HAPPENINGS.get(word, 0)
        heard |= bit
        maybe |= _MAYBE.get(bit, 0)
    return heard, maybe


def bits(metric: Metric, status: Status) -> int:
    """Return what a status means to a metric, as bits of a row. A cancelled ticket's clocks are gone
    unless the metric itself names that status.
    """
    if status.phase is Phase.UNKNOWN:
        return UNCLEAR
    found = 0
    if any(_is(status, pattern) for pattern in metric.stop_in):
        found |= STOPS
    if any(_is(status, pattern) for pattern in metric.pause_in):
        found |= PAUSES
    if any(_is(status, pattern) for pattern in metric.end_in):
        found |= CANCELS
    if any(isinstance(stop, StatusPattern) and _is(status, stop) for stop in metric.stop_on):
        found |= ENTERS
    if status.phase is Phase.CANCELLED and not found:
        return GONE
    if metric.kind is MetricKind.STATUS_TIME and not any(_is(status, pattern) for pattern in metric.run_in):
        found |= PAUSES
    return found


def _is(status: Status, pattern: StatusPattern) -> bool:
    return pattern.phase is status.phase and pattern.wait_on in (None, status.wait_on)
