"""What a service project has promised, as far as its tickets tell: goals by priority, where clocks stand still. Pure.

Jira says neither the conditions of its SLAs nor their calendars. A cycle that runs goes by what the ticket is now; one
that is over may go by what it was then, so it counts only where nothing runs.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors import MetricName, Priority, Status, SuggestedMetric, SuggestedTarget, perhaps, several

__all__ = ["Seen", "metrics", "note"]

METRICS: tuple[tuple[re.Pattern[str], MetricName], ...] = (
    (re.compile(r"(time to |)first (response|reply)( time|)"), "first_response"),
    (re.compile(r"(time to |)(resolution|resolve|done|close)( time|)"), "resolution"),
)
"""SLAs that time what one of the hub's metrics does, by what Jira and people call them."""

HOUR, MINUTE = 3600, 60


@dataclass
class Seen:
    """What was seen of one SLA. running, over: goals (seconds) by priority, each with the number of tickets.

    still, moving: by status, on how many tickets the clock stood still in it, or ran. closed: on how many it was
    outside of its calendar's hours, so that nothing can be said of their statuses.
    """

    name: str
    running: defaultdict[Priority, Counter[int]] = field(default_factory=lambda: defaultdict(Counter[int]))
    over: defaultdict[Priority, Counter[int]] = field(default_factory=lambda: defaultdict(Counter[int]))
    still: Counter[str] = field(default_factory=Counter[str])
    moving: Counter[str] = field(default_factory=Counter[str])
    closed: int = 0

    def goals(self, priority: Priority) -> Counter[int]:
        """Return the goals that tell what is promised now."""
        return self.running.get(priority) or self.over[priority]

    def priorities(self) -> list[Priority]:
        """Return the priorities of which a goal was seen, the most urgent first."""
        return [each for each in Priority if each in self.running or each in self.over]


def note(found: dict[str, Seen], raw: object, priority: Priority, status: str) -> None:
    """Take in what one ticket's field tells of an SLA."""
    sla = perhaps(raw)
    name = sla.get("name")
    if not isinstance(name, str) or not name.strip():
        return
    ongoing = perhaps(sla.get("ongoingCycle"))
    last = ongoing or perhaps(next(reversed(several(sla.get("completedCycles"))), None))
    millis = perhaps(last.get("goalDuration")).get("millis")
    if type(millis) is not int or millis <= 0:
        return
    seen = found.setdefault(name.strip(), Seen(name.strip()))
    (seen.running if ongoing else seen.over)[priority][millis // 1000] += 1
    if not ongoing:
        return
    if ongoing.get("withinCalendarHours") is False:
        seen.closed += 1
    elif ongoing.get("paused") is True:
        seen.still[status] += 1
    else:
        seen.moving[status] += 1


def metrics(
    found: Iterable[Seen], meanings: Mapping[str, Status], names: Mapping[str, str]
) -> tuple[tuple[SuggestedMetric, ...], tuple[str, ...]]:
    """Return the metrics that time the same, and a remark for each SLA of which that cannot be said.

    meanings, names: of the statuses, by id.
    """
    made: dict[MetricName, SuggestedMetric] = {}
    remarks: list[str] = []
    for seen in sorted(found, key=lambda each: each.name):
        metric = _times(seen.name.casefold())
        if metric is None:
            remarks.append(
                f"The SLA '{seen.name}' ({_told(seen)}) is none of the hub's usual metrics: write one by hand."
            )
        elif metric in made:
            remarks.append(f"The SLA '{seen.name}' ({_told(seen)}) times what another one does already.")
        else:
            made[metric] = _metric(metric, seen, meanings, names)
    return tuple(made[name] for name in sorted(made)), tuple(remarks)


def _times(called: str) -> MetricName | None:
    for pattern, name in METRICS:
        if pattern.fullmatch(called):
            return name
    return None


def _metric(
    metric: MetricName, seen: Seen, meanings: Mapping[str, Status], names: Mapping[str, str]
) -> SuggestedMetric:
    targets = tuple(
        SuggestedTarget(each, seen.goals(each).most_common(1)[0][0]) for each in seen.priorities() if seen.goals(each)
    )
    pauses, remarks = _pauses(seen, meanings, names)
    several_goals = [each for each in seen.priorities() if len(seen.goals(each)) > 1]
    if several_goals:
        told = ", ".join(map(str, several_goals))
        remarks.append(f"More than one goal was seen for the priority {told}: something besides decides on it in Jira.")
    if seen.closed:
        remarks.append(
            f"It counts in a calendar, not round the clock: {_tickets(seen.closed)} stood still outside of its hours."
        )
    return SuggestedMetric(
        metric,
        targets,
        pause_in=pauses,
        reopen="restart" if metric == "resolution" else "",
        notes=(f"Jira calls it '{seen.name}'. Goals seen: {_told(seen)}.",),
        remarks=tuple(remarks),
    )


def _pauses(seen: Seen, meanings: Mapping[str, Status], names: Mapping[str, str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the words in which the clock stood still whenever it was looked at, and what no word can say."""
    moving = {str(meanings[each]) for each in seen.moving if each in meanings}
    found: list[str] = []
    remarks: list[str] = []
    for status, count in seen.still.items():
        word, moved = str(meanings.get(status, "unknown")), seen.moving[status]
        lead = f"In the status '{names.get(status, status)}' it stood still on {_tickets(count)}"
        if moved:
            remarks.append(f"{lead} and ran on {_tickets(moved)}.")
        elif status not in meanings or word in moving:
            remarks.append(
                f"{lead}, but `{word}` is what other statuses mean, too: give it a word of its own in "
                f"`mapping.status`, and name that in `pause_in`."
            )
        else:
            found.append(word)
    return tuple(sorted(set(found))), remarks


def _told(seen: Seen) -> str:
    """Return how often which goal was seen: `critical 4h (7), high 8h (12), 1d (1)`."""
    return "; ".join(f"{priority} {', '.join(_counts(seen.goals(priority)))}" for priority in seen.priorities())


def _counts(goals: Counter[int]) -> Iterator[str]:
    for seconds, count in goals.most_common():
        yield f"{_spoken(seconds)} ({count})"


def _spoken(seconds: int) -> str:
    hours, rest = divmod(seconds, HOUR)
    minutes, seconds = divmod(rest, MINUTE)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def _tickets(count: int) -> str:
    return "1 ticket" if count == 1 else f"{count} tickets"
