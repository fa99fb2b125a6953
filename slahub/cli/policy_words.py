"""What a policy does, in plain words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.settings.policy_keys import pattern_word
from core.settings.words import or_list
from core.sla.conditions import All, Any, Changed, Condition, Empty, Happened, HasTag, In, Not
from core.sla.policy import ALWAYS, CalendarChoice, Change, Metric, MetricKind, Policy, Reopen, StatusPattern, Target
from core.tickets import Phase, Priority

__all__ = ["condition_words", "metric_lines", "policy_lines"]

Line = tuple[str, str]

WAITS = {
    "waiting": "waiting for anybody",
    "waiting/customer": "waiting for the customer",
    "waiting/vendor": "waiting for a vendor",
    "waiting/internal": "waiting internally",
}
STOPS = {
    "agent_public_comment": "public comment of an agent",
    "agent_private_comment": "internal comment of an agent",
    "assign": "assignment",
}
HAPPENINGS = {
    "created": "the ticket is created",
    "agent_public_comment": "an agent comments in public",
    "agent_private_comment": "an agent comments internally",
    "customer_public_comment": "the customer comments in public",
    "assign": "the ticket is assigned",
}
REOPEN = {
    Reopen.CONTINUE_EXCLUDING: "the clock goes on, without the time in between",
    Reopen.CONTINUE_INCLUDING: "the clock goes on, and the time in between counts",
    Reopen.RESTART: "a new clock starts, the old one stays as it is",
}
CHANGES = {
    Change.CARRY_OVER: "the clock goes on as if it had always been so",
    Change.KEEP: "the clock keeps what it has until its end",
    Change.RESTART: "the clock ends without result and starts anew",
}
REPLY = "with the next public comment of an agent"


def policy_lines(policy: Policy) -> Iterator[Line]:
    """Yield what concerns the whole of a policy: whom it is for, its hours, what changes do."""
    yield "for", condition_words(policy.when)
    if not policy.metrics:
        yield "promises", "nothing, and no later policy of its agreement is looked at"
        return
    yield "hours", _hours(policy.calendar)
    at_risk = policy.at_risk
    bounds = (("at most", at_risk.at_most), ("at least", at_risk.at_least))
    limits = [f"{word} {_span(bound)}" for word, bound in bounds if bound is not None]
    yield "at risk", ", ".join([f"from {at_risk.share * 100:g}% of the target left", *limits])
    changes = policy.on_change
    parts = (("priority", changes.priority), ("organisation", changes.organisation), ("policy", changes.policy))
    for change in dict.fromkeys(each for _, each in parts):
        names = [name for name, each in parts if each is change]
        yield f"new {or_list(names)}", CHANGES[change]
    matched = {
        "completion": "a completed clock keeps the policy that it was completed under",
        "now": "all clocks go by what the ticket is now",
    }
    yield "matched", matched[policy.match]


def metric_lines(metric: Metric, calendar: CalendarChoice) -> Iterator[Line]:
    """Yield the effective switches of a metric. calendar: its policy's."""
    yield "target", _targets(metric, calendar)
    yield "starts", _starts(metric)
    if metric.kind is MetricKind.STATUS_TIME:
        yield "runs", f"while the ticket is {_statuses(metric.run_in)}, and stands still otherwise"
    yield "ends", _ends(metric)
    if metric.kind in (MetricKind.NEXT_RESPONSE, MetricKind.PERIODIC_UPDATE):
        yield "without result", _without_result(metric)
    turns = metric.turns
    if turns is not None:
        yield "without result", f"when {condition_words(turns.cancel)}" if turns.cancel else "never"
        yield "starts anew", f"when {condition_words(turns.reset)}" if turns.reset else "never"
        yield "stands still", f"while {condition_words(turns.pause)}" if turns.pause else "never"
    elif metric.pause_in or metric.kind is not MetricKind.STATUS_TIME:
        yield "stands still", f"while {_statuses(metric.pause_in)}" if metric.pause_in else "never"
    if metric.kind in (MetricKind.RESOLUTION, MetricKind.STATUS_TIME):
        yield "reopened", REOPEN[metric.reopen]
    stops = metric.pause_in or metric.kind is MetricKind.STATUS_TIME or (turns is not None and turns.pause is not None)
    by_length = metric.pause_accounting == "wall_clock"
    if stops:
        yield "a pause", "moves the due time by its whole length" if by_length else "takes open time only"
    latest = metric.calendar_change == "latest"
    yield "new hours", "hold for all of the clock" if latest else "hold from then on, the old ones until then"
    yield "breached", "after the due time" if metric.breach == "after" else "at the due time"


def condition_words(condition: Condition) -> str:
    """Return which tickets, or which moments, a condition means."""
    match condition:
        case All(()):
            return "every ticket"
        case All(parts):
            return ", and ".join(map(_bound, parts))
        case Any(parts):
            return ", or ".join(map(_bound, parts))
        case Not(In() | HasTag() | Empty() as part):
            return _holds(part, "not ")
        case Not(part):
            return f"not ({condition_words(part)})"
        case _:
            return _holds(condition)


def _holds(condition: In | HasTag | Empty | Changed | Happened, negated: str = "") -> str:
    match condition:
        case In(field, values):
            return f"{_field(field)} is {negated}{or_list(sorted(values))}"
        case HasTag(tags):
            return f"it has {negated}the tag {or_list(sorted(tags))}"
        case Empty(field):
            return f"{_field(field)} is {negated}empty"
        case Changed(field, values):
            return f"{_field(field)} {f'becomes {or_list(sorted(values))}' if values else 'changes'}"
        case Happened(what):
            return or_list(HAPPENINGS[each] for each in sorted(what))


def _bound(condition: Condition) -> str:
    several = isinstance(condition, All | Any) and len(condition.parts) > 1
    return f"({condition_words(condition)})" if several else condition_words(condition)


def _field(field: str) -> str:
    return field.replace("field:", "field ").replace("_", " ")


def _hours(choice: CalendarChoice) -> str:
    if choice.by is None:
        return _of(choice.default)
    chosen: dict[str, list[str]] = {}
    for value, name in choice.map.items():
        chosen.setdefault(name, []).append(value)
    parts = [f"{_of(name)} where {_field(choice.by)} is {or_list(values)}" for name, values in chosen.items()]
    return "; ".join([*parts, f"else {_of(choice.default)}"])


def _of(calendar: str) -> str:
    return "round the clock" if calendar == ALWAYS else f"those of {calendar}"


def _in(calendar: str) -> str:
    return "round the clock" if calendar == ALWAYS else f"in the hours of {calendar}"


def _targets(metric: Metric, choice: CalendarChoice) -> str:
    chosen = _in(choice.default) if choice.by is None else f"in the hours of its {_field(choice.by)}"
    usual = "round the clock" if metric.clock == ALWAYS else chosen
    by_hours: dict[str, list[str]] = {}
    for priority, target in _ordered(metric.targets):
        hours = usual if target.calendar is None else _in(target.calendar)
        named = "others" if priority is None else str(priority)
        name = "all priorities" if priority is None and len(metric.targets) == 1 else named
        by_hours.setdefault(hours, []).append(f"{name} {_allowed(target)}")
    parts = [f"{', '.join(targets)} {hours}" for hours, targets in by_hours.items()]
    return "; ".join(parts if None in metric.targets else [*parts, "no clock at other priorities"])


def _ordered(targets: Mapping[Priority | None, Target]) -> Sequence[tuple[Priority | None, Target]]:
    order = [*Priority, None]
    return sorted(targets.items(), key=lambda each: order.index(each[0]))


def _allowed(target: Target) -> str:
    days = target.working_days
    return _span(target.seconds or 0) if days is None else f"{days} working day{'' if days == 1 else 's'}"


def _span(seconds: int) -> str:
    parts = ((seconds // 3600, "hour"), (seconds // 60 % 60, "minute"), (seconds % 60, "second"))
    return " ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in parts if count) or "0 seconds"


def _statuses(patterns: Iterable[StatusPattern]) -> str:
    order = [*Phase]
    chosen = sorted(patterns, key=lambda each: (order.index(each.phase), each.wait_on or ""))
    return or_list(WAITS.get(pattern_word(each), str(each.phase)) for each in chosen)


def _starts(metric: Metric) -> str:
    attached = metric.start == "attached"
    match metric.kind:
        case MetricKind.NEXT_RESPONSE:
            first = (
                "those before the first public reply, too" if metric.count_initial else "after the first public reply"
            )
            return (
                f"with the {metric.anchor} public comment of the customer that waits for an answer; {first}"
                f"{', once the policy applies' if attached else ''}"
            )
        case MetricKind.PERIODIC_UPDATE:
            first = ", and when the ticket is created" if metric.from_creation else ""
            return f"with each public comment of an agent{first}{', once the policy applies' if attached else ''}"
        case MetricKind.CUSTOM:
            return f"when {condition_words(metric.turns.start)}" if metric.turns else ""
        case _:
            return "when the policy first applies" if attached else "when the ticket is created"


def _ends(metric: Metric) -> str:
    match metric.kind:
        case MetricKind.NEXT_RESPONSE:
            return REPLY
        case MetricKind.PERIODIC_UPDATE:
            return f"{REPLY}, which starts the next clock"
        case MetricKind.CUSTOM:
            return f"when {condition_words(metric.turns.stop)}" if metric.turns else ""
        case MetricKind.FIRST_RESPONSE:
            patterns = [stop for stop in metric.stop_on if isinstance(stop, StatusPattern)]
            firsts = [STOPS[stop] for stop in STOPS if stop in metric.stop_on]
            entered = [f"when the ticket becomes {_statuses(patterns)}"] if patterns else []
            return ", or ".join([*([f"with the first {or_list(firsts)}"] if firsts else []), *entered])
        case _:
            return f"when the ticket is {_statuses(metric.stop_in)}"


def _without_result(metric: Metric) -> str:
    ended = [f"when the ticket is {_statuses(metric.end_in)}"] if metric.end_in else []
    cancelled = ["with a public comment of the customer"] if metric.customer_cancels else []
    return or_list([*cancelled, *ended]) if ended or cancelled else "never: it runs on when the ticket is resolved"
