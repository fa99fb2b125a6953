"""Zendesk's SLA policies and group SLA policies as policies of the hub. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors import MetricName, Priority, SuggestedMetric, SuggestedPolicy, SuggestedTarget, perhaps, several
from connectors.zendesk.filters import Filter, Terms, read

__all__ = ["Hours", "group_policies", "in_order", "sla_policies"]

FIRST_REPLY, OWNERSHIP = "first_reply_time", "group_ownership_time"
METRICS: Mapping[str, MetricName] = {
    FIRST_REPLY: "first_response",
    "next_reply_time": "next_response",
    "periodic_update_time": "periodic_update",
    "pausable_update_time": "pausable_update",
    "requester_wait_time": "requester_wait",
    "agent_work_time": "agent_work",
    "total_resolution_time": "resolution",
}
"""Zendesk's metrics and ours for them, in our order."""

PAUSES: Mapping[str, tuple[str, ...]] = {
    "pausable_update_time": ("pending",),
    "requester_wait_time": ("pending",),
    "agent_work_time": ("pending", "hold"),
}
"""The statuses in which a clock stands still."""

SOLVED = ("resolved", "closed")
INTERNAL_NOTE = "fulfill_on_agent_internal_note"
BY_DEFAULT = frozenset({"activate_on_ticket_created_for_end_user", INTERNAL_NOTE})
FINAL = ("resolved", "closed", "cancelled")
PRIORITIES = ("low", "normal", "high", "urgent")


@dataclass(frozen=True, slots=True)
class Hours:
    """What business hours are. calendar: its id; None: there is none, as `reason` says."""

    calendar: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a policy's metrics."""

    metric: str
    priority: str
    seconds: int
    business_hours: bool

    def __str__(self) -> str:
        return f"{self.priority} {_span(self.seconds)}" + (" of business hours" if self.business_hours else "")


def sla_policies(raw: Iterable[object], terms: Terms, hours: Hours) -> Iterator[SuggestedPolicy]:
    """Yield the policies in the order in which Zendesk tries them."""
    for row in in_order(raw):
        lines, odd = _rows(row, unit=60)
        metrics: list[SuggestedMetric] = []
        remarks = [*odd]
        by_metric = _by_metric(lines)
        for name, ours in METRICS.items():
            promised = by_metric.pop(name, [])
            metric, lost = _metric(ours, promised, terms, hours) if promised else (None, [])
            metrics += [_as_in_zendesk(metric, name, row, terms)] if metric else []
            remarks += lost
        remarks += [_unknown(name, others) for name, others in by_metric.items()]
        policy = SuggestedPolicy(_id(row), _title(row), metrics=tuple(metrics), remarks=tuple(remarks))
        yield from _bounded(policy, read(row.get("filter"), terms))


def group_policies(raw: Iterable[object], terms: Terms, hours: Hours) -> Iterator[SuggestedPolicy]:
    """Yield the policies on groups, each for one group: its clock begins anew with every other group."""
    for row in in_order(raw):
        lines, odd = _rows(row, unit=1)
        by_metric = _by_metric(lines)
        owned = by_metric.pop(OWNERSHIP, [])
        remarks = [*odd]
        remarks += [_unknown(name, others) for name, others in by_metric.items()]
        metric, lost = _metric("resolution", owned, terms, hours) if owned else (None, [])
        metrics = (_ownership(metric),) if metric else ()
        whole = SuggestedPolicy(_id(row), _title(row), "ola", metrics=metrics, remarks=(*remarks, *lost))
        groups = list(_by_group(row, terms))
        for name, of_group in groups:
            title = f"{whole.title} ({name})" if len(groups) > 1 else whole.title
            yield from _bounded(replace(whole, title=title), of_group)
        if not groups:
            told = "It names no group: Zendesk's clock begins anew with each group, which cannot be said here."
            found = read(row.get("filter"), terms)
            yield _withheld(replace(whole, remarks=(told, *whole.remarks)), found)


def in_order(raw: Iterable[object]) -> list[Mapping[str, object]]:
    """Return policies by their position."""

    def position(row: Mapping[str, object]) -> float:
        found = row.get("position")
        return found if isinstance(found, int) else float("inf")

    return sorted((perhaps(each) for each in raw), key=position)


def _bounded(policy: SuggestedPolicy, found: Filter) -> Iterator[SuggestedPolicy]:
    """Yield the policy for those tickets that it is surely for, and end the search for those it may be for."""
    if found.sure == found.widest:
        yield replace(policy, when=found.widest, notes=(*policy.notes, *found.notes))
    elif found.sure is None or not policy.metrics:
        yield _withheld(policy, found)
    else:
        told = (
            f"This is narrower than in Zendesk, since some of it cannot be said exactly: "
            f"{'; '.join(found.left_out)}. Tickets that it is for besides get no promise, by the next entry."
        )
        yield replace(policy, when=found.sure, notes=found.notes, remarks=(told, *policy.remarks))
        yield SuggestedPolicy(
            policy.id,
            f"{policy.title}, perhaps",
            policy.agreement,
            when=found.widest,
            notes=("What Zendesk's policy before this one may be for, beyond what could be said.",),
        )


def _withheld(policy: SuggestedPolicy, found: Filter) -> SuggestedPolicy:
    if not found.left_out:
        return replace(policy, when=found.widest, withheld=True, notes=(*policy.notes, *found.notes))
    told = (
        f"Which tickets this is for cannot be said exactly: {'; '.join(found.left_out)}. All that it may be for "
        f"end here without a promise, so that nobody is promised what Zendesk does not promise."
    )
    remarks = (told, *policy.remarks)
    return replace(policy, when=found.widest, withheld=True, notes=(*policy.notes, *found.notes), remarks=remarks)


def _by_group(row: Mapping[str, object], terms: Terms) -> Iterator[tuple[str, Filter]]:
    """Yield each group that a filter names, and the filter for it alone."""
    conditions = [perhaps(each) for each in several(perhaps(row.get("filter")).get("all"))]
    for at, condition in enumerate(conditions):
        if condition.get("field") == "group_id" and condition.get("operator") in ("is", "includes"):
            value = condition.get("value")
            for group in several(value) or ([value] if value else []):
                alone = [*conditions[:at], {**condition, "value": group}, *conditions[at + 1 :]]
                yield terms.names.get(("team", str(group)), str(group)), read({"all": alone}, terms)
            return


def _metric(
    name: MetricName, rows: Sequence[_Row], terms: Terms, hours: Hours
) -> tuple[SuggestedMetric | None, list[str]]:
    """Return a metric with those targets that can be said, and what cannot; None when no target is left."""
    lost: list[str] = []
    uncounted = [row for row in rows if row.business_hours and hours.calendar is None]
    if uncounted:
        lost.append(f"Zendesk promises {_words(rows[0].metric)}: {_listed(uncounted)}; {hours.reason}")
    targets: dict[Priority, SuggestedTarget] = {}
    unclear = set[Priority]()
    for row in rows:
        word = terms.words["priority"].get(row.priority)
        if row in uncounted or word is None:
            continue
        target = SuggestedTarget(Priority(word), row.seconds, hours.calendar if row.business_hours else None)
        other = targets.setdefault(target.priority, target)
        if other.calendar != target.calendar:
            unclear.add(target.priority)
        elif other.seconds < target.seconds:
            targets[target.priority] = target
    for priority in unclear:
        del targets[priority]
        lost.append(f"Two of Zendesk's priorities are `{priority}` here, with hours of two kinds: neither is taken.")
    if not targets:
        return None, lost
    return SuggestedMetric(name, tuple(targets.values())), lost


def _as_in_zendesk(metric: SuggestedMetric, name: str, row: Mapping[str, object], terms: Terms) -> SuggestedMetric:
    """Return a metric with the switches of Zendesk's."""
    match metric.name:
        case "first_response":
            return _first_reply(metric, row)
        case "next_response" | "periodic_update" | "pausable_update":
            told = f"Zendesk's {_words(name)}. A solved ticket fulfils it there; here it then ends without result."
            ended = replace(metric, end_in=SOLVED, notes=(told,))
            return _paused(ended, name, terms) if name in PAUSES else ended
        case "requester_wait" | "agent_work":
            return _paused(replace(metric, notes=(f"Zendesk's {_words(name)}.",)), name, terms)
        case "resolution":
            return replace(metric, notes=(f"Zendesk's {_words(name)}.",))


def _first_reply(metric: SuggestedMetric, row: Mapping[str, object]) -> SuggestedMetric:
    settings = perhaps(perhaps(row.get("metrics_settings")).get(FIRST_REPLY))
    notes = ("agent_private_comment",) if settings.get(INTERNAL_NOTE) is True else ()
    others = sorted(key for key, value in settings.items() if value is True and key not in BY_DEFAULT)
    remarks = (f"Zendesk's special settings of this clock: {', '.join(others)}.",) if others else ()
    return replace(
        metric,
        stop_on=("agent_public_comment", *notes, *(f"status:{word}" for word in SOLVED)),
        notes=("Zendesk's first reply time, which ends when the ticket is solved, too.",),
        remarks=remarks,
    )


def _paused(metric: SuggestedMetric, name: str, terms: Terms) -> SuggestedMetric:
    """Return a metric that stands still where Zendesk's does, in the words of the connection."""
    statuses = terms.words["status"]
    open_ones = {key: word for key, word in statuses.items() if word not in FINAL}
    paused = [key for key in open_ones if terms.categories.get(key, key) in PAUSES[name]]
    words = dict.fromkeys(open_ones[key] for key in paused)
    also = sorted(key for key, word in open_ones.items() if word in words and key not in paused)
    remarks = (
        (f"The clock also stands still in Zendesk's {', '.join(also)}, which mean the same here.",) if also else ()
    )
    if metric.name == "pausable_update":
        return replace(metric, pause_in=tuple(words), remarks=remarks)
    runs = tuple(dict.fromkeys(word for word in open_ones.values() if word not in words))
    return replace(metric, run_in=runs, remarks=remarks)


def _ownership(metric: SuggestedMetric) -> SuggestedMetric:
    told = "Handing the ticket on ends the clock without a verdict; in Zendesk it fulfils the target."
    return replace(metric, start="attached", reopen="restart", notes=("Zendesk's ownership time.",), remarks=(told,))


def _rows(row: Mapping[str, object], *, unit: int) -> tuple[list[_Row], list[str]]:
    """Return the lines of a policy's metrics that can be read, and a remark for each that cannot.

    unit: seconds of one in `target`; where `target_in_seconds` stands too, that counts.
    """
    found: list[_Row] = []
    odd: list[str] = []
    for each in several(row.get("policy_metrics")):
        line = perhaps(each)
        metric, priority, target = line.get("metric"), line.get("priority"), line.get("target")
        exact = line.get("target_in_seconds")
        seconds = exact if isinstance(exact, int) else target * unit if isinstance(target, int) else 0
        if isinstance(metric, str) and priority in PRIORITIES and seconds > 0:
            found.append(_Row(metric, str(priority), seconds, line.get("business_hours") is True))
        else:
            odd.append(f"A target cannot be read: metric {metric}, priority {priority}, target {target}.")
    return found, odd


def _by_metric(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.metric, []).append(row)
    return found


def _unknown(metric: str, rows: Iterable[_Row]) -> str:
    return f"Zendesk also promises {_words(metric)}: {_listed(rows)}; this version has no such metric."


def _id(row: Mapping[str, object]) -> str:
    return str(row.get("id", ""))


def _title(row: Mapping[str, object]) -> str:
    return str(row.get("title") or f"policy {_id(row)}")


def _words(metric: str) -> str:
    return metric.replace("_", " ")


def _listed(rows: Iterable[_Row]) -> str:
    return ", ".join(str(row) for row in rows)


def _span(seconds: int) -> str:
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)
