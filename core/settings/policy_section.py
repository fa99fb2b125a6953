"""The section `policies`: which tickets get which targets, in which hours."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from core.settings.conditions_section import FIELDS, WHEN, Names, condition, is_field
from core.settings.plain import KeyPath, entry, is_keys, strings
from core.settings.positions import Problems
from core.settings.scalars import Allowed, Patterns, Section, Stop, Threshold, as_list
from core.settings.translation import keys_of, validated
from core.settings.words import Mistake, nearest
from core.sla.policy import (
    ALWAYS,
    Agreement,
    AtRisk,
    CalendarChoice,
    Metric,
    MetricKind,
    Policy,
    Reopen,
    StatusPattern,
)
from core.tickets import Phase, Priority

__all__ = ["PolicySection", "policy"]

OTHER = "other"
TARGETS = (*Priority, OTHER, "*")
SOON = (
    "next_response",
    "periodic_update",
    "requester_wait",
    "agent_work",
    "status_time",
    "pausable_update",
)


def _target_key(key: str) -> str:
    if key not in TARGETS:
        raise Mistake(f"`{key}` is not a priority", nearest(key, TARGETS))
    return key


def _targets(value: object) -> object:
    if is_keys(value) and OTHER in value and "*" in value:
        raise Mistake("`other` and `*` are the same key", "keep one of them", ("*",))
    if not value:
        raise Mistake("a metric needs at least one target", "as in {critical: 30m, other: 4h}")
    return value


def _target(value: object) -> object:
    return value if is_keys(value) else {"in": value}


def _choice(value: object) -> object:
    return value if is_keys(value) else {"else": value}


class CalendarChoiceSection(Section):
    default: str = Field(alias="else")
    by: str | None = None
    map: dict[str, str] = Field(default_factory=dict[str, str])


class TargetSection(Section):
    allowed: Allowed = Field(alias="in")
    calendar: str | None = None


TargetKey: TypeAlias = Annotated[str, AfterValidator(_target_key)]
Targets: TypeAlias = Annotated[
    dict[
        TargetKey,
        Annotated[TargetSection, BeforeValidator(_target, json_schema_input_type=TargetSection | Allowed)],
    ],
    BeforeValidator(_targets),
]
Stops: TypeAlias = Annotated[frozenset[Stop], BeforeValidator(as_list, json_schema_input_type=frozenset[Stop] | Stop)]
Calendars: TypeAlias = Annotated[
    CalendarChoiceSection, BeforeValidator(_choice, json_schema_input_type=CalendarChoiceSection | str)
]
When: TypeAlias = Annotated[dict[str, object], WithJsonSchema(WHEN)]


class MetricSection(Section):
    targets: Targets
    pause_in: Patterns = frozenset()
    start: Literal["created", "attached"] = "created"
    clock: Literal["calendar", "always"] = "calendar"
    breach: Literal["after", "at"] = "after"
    pause_accounting: Literal["calendar", "wall_clock"] = "calendar"
    calendar_change: Literal["latest", "segment"] = "latest"


class FirstResponseSection(MetricSection):
    stop_on: Annotated[Stops, Field(min_length=1)] = frozenset({"agent_public_comment"})


class ResolutionSection(MetricSection):
    stop_in: Annotated[Patterns, Field(min_length=1)] = frozenset(
        {StatusPattern(Phase.RESOLVED), StatusPattern(Phase.CLOSED)}
    )
    reopen: Reopen = Reopen.CONTINUE_EXCLUDING


class MetricsSection(Section):
    first_response: FirstResponseSection | None = None
    resolution: ResolutionSection | None = None


class PolicySection(Section):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    label: str = ""
    agreement: Agreement = Agreement.SLA
    when: When | None = None
    calendar: Calendars | None = None
    metrics: MetricsSection = MetricsSection()
    at_risk: Threshold = AtRisk()
    sla: Literal["none"] | None = None
    match: Literal["completion", "now"] = "completion"


def policy(index: int, raw: object, names: Names, problems: Problems) -> Policy | None:
    """Return one policy; None when it has mistakes, which are then in `problems`."""
    path: KeyPath = ("policies", index)
    before = problems.count()
    if not is_keys(raw):
        problems.add(path, "expected a policy", "each one begins with `- name:`")
        return None
    when = condition(raw.get("when", {}), (*path, "when"), names, problems)
    known: dict[str, object] = {**raw, "when": None, "metrics": _known_metrics(raw, path, problems)}
    section = validated(PolicySection, known, path, problems, instead={"name": "?"})
    for place, name in _named_calendars(raw):
        valid = (*sorted(names.calendars), ALWAYS)
        if name not in valid:
            problems.add((*path, *place), f"there is no calendar `{name}`", nearest(name, valid))
    choice = _calendar(raw, section, path, problems) if section else CalendarChoice(ALWAYS)
    if section is None or problems.count() > before:
        return None
    metrics = _metrics(section.metrics)
    return Policy(section.name, metrics, choice, section.agreement, when, section.at_risk, section.label, section.match)


def _named_calendars(raw: object) -> Iterator[tuple[KeyPath, str]]:
    """Yield the calendars that a policy names, whether the rest of it is right or not."""
    calendar = entry(raw, "calendar")
    chosen = entry(calendar, "map")
    yield from strings(calendar if isinstance(calendar, str) else None, ("calendar",))
    yield from strings(entry(calendar, "else"), ("calendar", "else"))
    yield from strings(chosen if is_keys(chosen) else None, ("calendar", "map"))
    metrics = entry(raw, "metrics")
    for metric in metrics if is_keys(metrics) else ():
        targets = entry(entry(metrics, metric), "targets")
        for key, target in targets.items() if is_keys(targets) else ():
            named = entry(target, "calendar")
            yield from strings(named, ("metrics", metric, "targets", key, "calendar"))


def _known_metrics(raw: Mapping[str, object], path: KeyPath, problems: Problems) -> object:
    """Return the metrics that exist; say of the others whether they are to come, and of none that one is needed."""
    metrics = raw.get("metrics")
    if not metrics:
        if "sla" not in raw:
            problems.add(path, "a policy needs metrics with targets", "or `sla: none` for tickets without a promise")
        return {}
    if "sla" in raw:
        problems.add((*path, "sla"), "`sla: none` and metrics exclude each other", "keep one of them")
    if not is_keys(metrics):
        return metrics
    known: dict[str, object] = {}
    for name, metric in metrics.items():
        if name in SOON:
            problems.add((*path, "metrics", name), f"the metric {name} is not available yet")
        elif name not in keys_of(MetricsSection):
            text = f"there is no metric `{name}`"
            problems.add((*path, "metrics", name), text, nearest(name, keys_of(MetricsSection)))
        elif metric is None:
            problems.add((*path, "metrics", name), "a metric needs targets", "as in {targets: {other: 4h}}")
        else:
            known[name] = metric
    return known


def _calendar(raw: object, section: PolicySection, path: KeyPath, problems: Problems) -> CalendarChoice:
    place = (*path, "calendar")
    chosen = section.calendar
    if chosen is None:
        if entry(raw, "sla") is None and entry(raw, "calendar") is None:
            text = "which hours count? a policy needs a calendar"
            problems.add(path, text, f"write calendar: {ALWAYS} for round the clock")
        return CalendarChoice(ALWAYS)
    if chosen.by is not None and not is_field(chosen.by):
        problems.add((*place, "by"), f"`{chosen.by}` is not a field of a ticket", nearest(chosen.by, FIELDS))
    if (chosen.by is None) != (not chosen.map):
        problems.add(place, "`by` and `map` belong together", "as in {by: team, map: {Boston: boston}, else: munich}")
    return CalendarChoice(chosen.default, chosen.by, chosen.map)


def _metrics(section: MetricsSection) -> dict[str, Metric]:
    metrics: dict[str, Metric] = {}
    if section.first_response:
        kind, stop = MetricKind.FIRST_RESPONSE, section.first_response.stop_on
        metrics[str(kind)] = replace(_metric(kind, section.first_response), stop_on=stop)
    if section.resolution:
        kind, ends, again = MetricKind.RESOLUTION, section.resolution.stop_in, section.resolution.reopen
        metrics[str(kind)] = replace(_metric(kind, section.resolution), stop_in=ends, reopen=again)
    return metrics


def _metric(kind: MetricKind, section: MetricSection) -> Metric:
    return Metric(
        kind=kind,
        targets={
            None if key in (OTHER, "*") else Priority(key): replace(target.allowed, calendar=target.calendar)
            for key, target in section.targets.items()
        },
        clock=section.clock,
        start=section.start,
        pause_in=section.pause_in,
        pause_accounting=section.pause_accounting,
        calendar_change=section.calendar_change,
        breach=section.breach,
    )
