"""A policy as one would write it with every default filled in: the way back from values to keys."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from core.settings.conditions_section import NOTHING
from core.settings.duration import format_seconds
from core.settings.metric_section import OF_KIND, TURNS
from core.settings.plain import Json
from core.settings.target_section import OTHERS
from core.settings.translation import keys_of
from core.sla.conditions import All, Any, Changed, Condition, Empty, Happened, HasTag, In, Not
from core.sla.policy import AtRisk, CalendarChoice, Metric, Policy, StatusPattern, StopOn, Target

__all__ = ["condition_keys", "metric_keys", "pattern_word", "policy_keys"]


def policy_keys(policy: Policy) -> dict[str, Json]:
    """Return the keys of one text of a policy; `since` and `until` say when it holds."""
    keys: dict[str, Json] = {
        "name": policy.name,
        "label": policy.label or policy.name,
        "agreement": str(policy.agreement),
        "since": _instant(policy.since),
        "until": _instant(policy.until),
        "when": condition_keys(policy.when),
        "match": policy.match,
    }
    if not policy.metrics:
        return _said({**keys, "sla": NOTHING})
    keys |= {
        "calendar": _calendar(policy.calendar),
        "at_risk": _at_risk(policy.at_risk),
        "on_change": {
            "priority": str(policy.on_change.priority),
            "organisation": str(policy.on_change.organisation),
            "policy": str(policy.on_change.policy),
        },
        "metrics": {name: metric_keys(metric) for name, metric in policy.metrics.items()},
    }
    return _said(keys)


def _said(keys: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in keys.items() if value is not None}


def metric_keys(metric: Metric) -> dict[str, Json]:
    """Return the keys that the metric's kind knows."""
    turns = metric.turns
    values: dict[str, Json] = {
        "kind": str(metric.kind),
        "targets": {str(key or OTHERS[0]): _target(target) for key, target in metric.targets.items()},
        "clock": metric.clock,
        "breach": metric.breach,
        "pause_accounting": metric.pause_accounting,
        "calendar_change": metric.calendar_change,
        "start": metric.start,
        "pause_in": _patterns(metric.pause_in),
        "stop_on": _words(map(_stop, metric.stop_on)),
        "anchor": metric.anchor,
        "count_initial": metric.count_initial,
        "customer_cancels": metric.customer_cancels,
        "from_creation": metric.from_creation,
        "end_in": _patterns(metric.end_in),
        "run_in": _patterns(metric.run_in),
        "stop_in": _patterns(metric.stop_in),
        "reopen": str(metric.reopen),
    }
    known: dict[str, Json] = {key: values[key] for key in ("kind", *keys_of(OF_KIND[metric.kind])) if key in values}
    if turns is None:
        return known
    parts = dict(zip(TURNS, (turns.start, turns.stop, turns.pause, turns.cancel, turns.reset), strict=True))
    known.update((key, condition_keys(part)) for key, part in parts.items() if part is not None)
    return known


def condition_keys(condition: Condition) -> dict[str, Json]:
    """Return a condition as a mapping of fields."""
    match condition:
        case Not(part):
            return {"not": condition_keys(part)}
        case Any(parts):
            return {"any": [condition_keys(part) for part in parts]}
        case All(parts):
            found = [condition_keys(part) for part in parts]
            joined = {key: value for each in found for key, value in each.items()}
            return joined if len(joined) == sum(map(len, found)) else {"all": [*found]}
        case _:
            return _holds(condition)


def _holds(condition: In | HasTag | Empty | Changed | Happened) -> dict[str, Json]:
    match condition:
        case In(field, values):
            return {field: _words(values)}
        case HasTag(tags):
            return {"tags": _words(tags)}
        case Empty(field):
            return {field: NOTHING}
        case Changed(field, values):
            return {"changed": {field: _words(values)} if values else [field]}
        case Happened(what):
            return {"on": _words(what)}


def _words(words: Iterable[str]) -> list[Json]:
    return [*sorted(words)]


def pattern_word(pattern: StatusPattern) -> str:
    """Return a status as it is written."""
    return f"{pattern.phase}/{pattern.wait_on}" if pattern.wait_on else str(pattern.phase)


def _patterns(patterns: frozenset[StatusPattern]) -> list[Json]:
    return _words(map(pattern_word, patterns))


def _stop(stop: StopOn) -> str:
    return f"status:{pattern_word(stop)}" if isinstance(stop, StatusPattern) else stop


def _target(target: Target) -> Json:
    days = target.working_days
    text = format_seconds(target.seconds or 0) if days is None else f"{days} working_day{'' if days == 1 else 's'}"
    return text if target.calendar is None else {"in": text, "calendar": target.calendar}


def _calendar(choice: CalendarChoice) -> Json:
    return choice.default if choice.by is None else {"by": choice.by, "map": dict(choice.map), "else": choice.default}


def _at_risk(at_risk: AtRisk) -> str:
    bounds = (("at most", at_risk.at_most), ("at least", at_risk.at_least))
    parts = [f"{at_risk.share * 100:g}% left", *(f"{word} {format_seconds(bound)}" for word, bound in bounds if bound)]
    return ", ".join(parts)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
