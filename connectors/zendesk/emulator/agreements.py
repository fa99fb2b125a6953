"""What the account promises, as Zendesk itself knows it: SLA policies, group SLA policies, schedules, holidays."""

from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Agreements", "Condition", "Holiday", "Schedule", "SlaPolicy", "Target", "agree"]

_WORKDAYS = range(1, 6)  # a week begins with Sunday
_PRIORITIES = ("low", "normal", "high", "urgent")
Conditions: TypeAlias = tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a filter, of a policy or a view."""

    field: str
    operator: str
    value: object


@dataclass(frozen=True, slots=True)
class Target:
    """`seconds` of open time when `business_hours`, else of wall time."""

    metric: str
    priority: str
    seconds: int
    business_hours: bool


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """A policy; those on groups have a string as their id. The first by `position` that matches counts."""

    id: int | str
    title: str
    position: int
    targets: tuple[Target, ...]
    created_at: int
    all: Conditions = ()
    any: Conditions = ()

    @property
    def description(self) -> str:
        return f"{self.title} policy"

    def target(self, metric: str, priority: str | None) -> Target | None:
        return next((one for one in self.targets if (one.metric, one.priority) == (metric, priority)), None)


@dataclass(frozen=True, slots=True)
class Holiday:
    """Local dates, both closed, as `YYYY-MM-DD`."""

    id: int
    name: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """Open hours in minutes since Sunday 00:00 local time. `zone` is (the desk's friendly name, IANA name)."""

    id: int
    name: str
    zone: tuple[str, str]
    intervals: tuple[tuple[int, int], ...]
    created_at: int
    holidays: tuple[Holiday, ...] = ()


@dataclass(slots=True)
class Agreements:
    """Policies by position. The first schedule is the account's default."""

    policies: list[SlaPolicy] = field(default_factory=list[SlaPolicy])
    group_policies: list[SlaPolicy] = field(default_factory=list[SlaPolicy])
    schedules: list[Schedule] = field(default_factory=list[Schedule])

    @property
    def read(self) -> set[str]:
        """The ticket attributes that the policies' filters look at."""
        return {one.field for policy in (*self.policies, *self.group_policies) for one in (*policy.all, *policy.any)}


def agree(agreements: Agreements, since: int, year: int, *, vips: tuple[int, ...], groups: tuple[int, ...]) -> None:
    """Fill in the policies and schedules of a furnished account.

    since: when they were made, in epoch seconds. year: the last one whose holidays are entered.
    vips: organisations with a policy of their own. groups: those whose ownership is limited.
    """
    agreements.policies = [
        _policy(0, "VIP organisations", (Condition("organization_id", "includes", list(vips)),), 1, since, full=True),
        _policy(1, "Incidents", (Condition("type", "is", "incident"),), 2, since),
        _policy(2, "Default", (Condition("current_tags", "not_includes", "no_sla"),), 2, since),
    ]
    owned = tuple(Target("group_ownership_time", one, 4 * 3600, business_hours=False) for one in _PRIORITIES)
    filtered = (Condition("group_id", "includes", list(groups)),)
    agreements.group_policies = [SlaPolicy("01H078CBDY28BZG7P6BONY09DN", "Tier 2 ownership", 1, owned, since, filtered)]
    berlin = tuple((day * 1440 + 540, day * 1440 + 1020) for day in _WORKDAYS)
    new_york = tuple((day * 1440 + 480, day * 1440 + 1200) for day in range(1, 7))
    agreements.schedules = [
        Schedule(26155800000000, "Berlin office", ("Berlin", "Europe/Berlin"), berlin, since, _holidays(year)),
        Schedule(26155800000007, "US support", ("Eastern Time (US & Canada)", "America/New_York"), new_york, since),
    ]


def _policy(
    index: int, title: str, conditions: Conditions, slower: int, since: int, *, full: bool = False
) -> SlaPolicy:
    """Return a policy. `slower`: its targets are so many times those of the first. `full`: with every metric."""
    targets = list[Target]()
    for priority, minutes in zip(_PRIORITIES, (720, 240, 120, 30), strict=True):
        by_day = priority in ("low", "normal")
        allowed = {"first_reply_time": minutes, "requester_wait_time": 6 * minutes}
        if full:
            allowed |= {
                "next_reply_time": 2 * minutes,
                "pausable_update_time": 12 * minutes,
                "agent_work_time": 8 * minutes,
                "total_resolution_time": 16 * minutes,
            }
        targets += [Target(metric, priority, slower * 60 * least, by_day) for metric, least in allowed.items()]
    return SlaPolicy(26155700000000 + 13 * index, title, index + 1, tuple(targets), since, conditions)


def _holidays(year: int) -> tuple[Holiday, ...]:
    days = (("New Year", "01-01", "01-01"), ("Labour Day", "05-01", "05-01"), ("Christmas", "12-24", "12-26"))
    found = [(one, *day) for one in (year - 1, year) for day in days]
    return tuple(
        Holiday(26155800000100 + index, name, f"{one}-{first}", f"{one}-{last}")
        for index, (one, name, first, last) in enumerate(found)
    )
