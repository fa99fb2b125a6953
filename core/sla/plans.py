"""Metrics made ready: what happens in an event that matters to them, and what each status means."""

from dataclasses import dataclass
from typing import Final

from core.sla.policy import Metric, Policy, Reopen, StatusPattern
from core.sla.run import EXCLUDING, GONE, INCLUDING, PAUSES, RESTART, STOPS, UNCLEAR
from core.sla.verdict import CREATED, ClockId
from core.tickets import Phase, Status

__all__ = [
    "ASSIGNED",
    "AWAY",
    "ENTERS",
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

ENTERS: Final = 1 << 10
"""Among a status's bits: entering it ends the clock."""

_REOPEN: Final = {
    Reopen.CONTINUE_EXCLUDING: EXCLUDING,
    Reopen.CONTINUE_INCLUDING: INCLUDING,
    Reopen.RESTART: RESTART,
}
_STOP_ON: Final = {
    "agent_public_comment": (PUBLIC_REPLY, PUBLIC_MAYBE),
    "agent_private_comment": (PRIVATE_REPLY, PRIVATE_MAYBE),
    "assign": (ASSIGNED, 0),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One metric of one policy. owner: the policy's place in its revision.

    created: the identity of a clock that starts with the ticket.
    ends, maybe: the happenings that complete the clock, and those that might. enters: some status does.
    """

    index: int
    owner: int
    policy: Policy
    name: str
    metric: Metric
    reopen: int
    created: ClockId
    ends: int
    maybe: int
    enters: bool


def plans(policies: tuple[Policy, ...]) -> tuple[Plan, ...]:
    """Return every metric of every policy, in order."""
    found: list[Plan] = []
    for owner, policy in enumerate(policies):
        for name, metric in policy.metrics.items():
            ends = maybe = 0
            enters = False
            for stop in metric.stop_on:
                if isinstance(stop, StatusPattern):
                    enters = True
                else:
                    ends |= _STOP_ON[stop][0]
                    maybe |= _STOP_ON[stop][1]
            created = ClockId(policy.name, name, CREATED)
            reopen = _REOPEN[metric.reopen]
            found.append(Plan(len(found), owner, policy, name, metric, reopen, created, ends, maybe, enters))
    return tuple(found)


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
    if any(isinstance(stop, StatusPattern) and _is(status, stop) for stop in metric.stop_on):
        found |= ENTERS
    return GONE if status.phase is Phase.CANCELLED and not found else found


def _is(status: Status, pattern: StatusPattern) -> bool:
    return pattern.phase is status.phase and pattern.wait_on in (None, status.wait_on)
