"""Targets: how long the clocks of the past took, by policy, calendar and priority."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.calendar.instants import to_us
from core.flows.evaluate import Active
from core.flows.plan_standing import Stands
from core.sla.policy import Target
from core.sla.targets import Spread, spread
from core.store import Tx, taken
from core.tickets import Priority

__all__ = ["Group", "Only", "targets"]


@dataclass(frozen=True, slots=True)
class Only:
    """Which clocks are looked at; empty: all."""

    policy: str = ""
    calendar: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Clocks that are timed alike. priority: None for all of them. promised: the target in force, if there is one."""

    policy: str
    calendar: str
    priority: Priority | None
    promised: Target | None
    spread: Spread


def targets(tx: Tx, connections: Mapping[int, datetime], active: Active, metric: str, only: Only) -> list[Group]:
    """Return how long clocks of a metric took, the most used policy first, all priorities before each of them.

    connections: by row id, the present in its source's time.
    """
    stands = Stands(active.rules)
    found: defaultdict[tuple[str, str], defaultdict[str | None, tuple[list[int], list[int]]]] = defaultdict(
        lambda: defaultdict(lambda: ([], []))
    )

    def add(policy: str, calendar: str, priority: str | None, seconds: int, place: int) -> None:
        asked = ((only.policy, policy), (only.calendar, calendar), (only.priority, priority or ""))
        if all(wanted in ("", has) for wanted, has in asked):
            for group in (None, priority or Priority.NONE):
                found[policy, calendar][group][place].append(seconds)

    for connection, now in connections.items():
        for policy, calendar, priority, seconds in taken.finished(tx, connection, metric):
            add(policy, calendar, priority, seconds, 0)
        for priority, clock in taken.going(tx, connection, metric):
            add(clock.policy, clock.calendar, priority, stands.elapsed(clock, to_us(now)), 1)
    used = sorted(found.items(), key=lambda one: (-len(one[1][None][0]), one[0]))
    return [
        Group(policy, calendar, word, _promised(active, policy, metric, word), spread(*times))
        for (policy, calendar), groups in used
        for word, times in _in_order(groups)
    ]


def _in_order(
    groups: Mapping[str | None, tuple[list[int], list[int]]],
) -> list[tuple[Priority | None, tuple[list[int], list[int]]]]:
    each = [(word, groups[word]) for word in Priority if word in groups]
    return [(None, groups[None]), *each] if len(each) > 1 else list(each)


def _promised(active: Active, policy: str, metric: str, priority: Priority | None) -> Target | None:
    found = active.rules[-1].metric(policy, metric)
    if found is None:
        return None
    if priority is None:
        every = set(found.targets.values())
        return next(iter(every)) if len(every) == 1 else None
    return found.targets.get(priority, found.targets.get(None))
