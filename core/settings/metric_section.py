"""One metric of a policy: the keys that its kind knows, and the value they make."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from core.settings.conditions_section import MOMENT, Names, condition
from core.settings.plain import KeyPath, is_keys
from core.settings.positions import Problems
from core.settings.scalars import Patterns, Section, Stop, as_list
from core.settings.target_section import Targets, check_calendars, targets
from core.settings.translation import keys_of, validated
from core.settings.words import key_hint, likeliest, meant, or_list
from core.sla.conditions import All, Condition
from core.sla.policy import Metric, MetricKind, Reopen, StatusPattern, Turns
from core.tickets import Phase, WaitOn

__all__ = ["KINDS", "OF_KIND", "STANDARD", "TURNS", "MetricSection", "MetricsSection", "metric"]

RESOLVED = frozenset({StatusPattern(Phase.RESOLVED), StatusPattern(Phase.CLOSED)})
AT_WORK = frozenset({StatusPattern(Phase.NEW), StatusPattern(Phase.OPEN)})
NOT_ON_CUSTOMER = frozenset(StatusPattern(Phase.WAITING, on) for on in (WaitOn.VENDOR, WaitOn.INTERNAL))
TURNS = ("start", "stop", "pause", "cancel", "reset")

Stops: TypeAlias = Annotated[frozenset[Stop], BeforeValidator(as_list, json_schema_input_type=frozenset[Stop] | Stop)]
Some: TypeAlias = Annotated[Patterns, Field(min_length=1)]
When: TypeAlias = Annotated[dict[str, object], WithJsonSchema(MOMENT)]


class MetricSection(Section):
    """What every kind knows."""

    targets: Targets
    clock: Literal["calendar", "always"] = "calendar"
    breach: Literal["after", "at"] = "after"
    pause_accounting: Literal["calendar", "wall_clock"] = "calendar"
    calendar_change: Literal["latest", "segment"] = "latest"


class _Ticket(MetricSection):
    """What every kind knows that begins with the ticket."""

    start: Literal["created", "attached"] = "created"
    pause_in: Patterns = frozenset()


class FirstResponseSection(_Ticket):
    kind: Literal["first_response"] = "first_response"
    stop_on: Annotated[Stops, Field(min_length=1)] = frozenset({"agent_public_comment"})


class NextResponseSection(_Ticket):
    kind: Literal["next_response"] = "next_response"
    anchor: Literal["oldest", "newest"] = "oldest"
    count_initial: bool = False
    end_in: Patterns = frozenset()


class PeriodicUpdateSection(_Ticket):
    kind: Literal["periodic_update"] = "periodic_update"
    customer_cancels: bool = False
    from_creation: bool = False
    end_in: Patterns = frozenset()


class PausableUpdateSection(PeriodicUpdateSection):
    pause_in: Patterns = frozenset({StatusPattern(Phase.WAITING, WaitOn.CUSTOMER)})


class ResolutionSection(_Ticket):
    kind: Literal["resolution"] = "resolution"
    stop_in: Some = RESOLVED
    reopen: Reopen = Reopen.CONTINUE_EXCLUDING


class StatusTimeSection(_Ticket):
    kind: Literal["status_time"] = "status_time"
    run_in: Some
    stop_in: Some = RESOLVED
    reopen: Reopen = Reopen.CONTINUE_EXCLUDING


class RequesterWaitSection(StatusTimeSection):
    run_in: Some = AT_WORK | NOT_ON_CUSTOMER


class AgentWorkSection(StatusTimeSection):
    run_in: Some = AT_WORK


class CustomSection(MetricSection):
    kind: Literal["custom"]
    start: When
    stop: When
    pause: When | None = None
    cancel: When | None = None
    reset: When | None = None


OF_KIND: Mapping[str, type[MetricSection]] = {
    "first_response": FirstResponseSection,
    "next_response": NextResponseSection,
    "periodic_update": PeriodicUpdateSection,
    "resolution": ResolutionSection,
    "status_time": StatusTimeSection,
    "custom": CustomSection,
}
KINDS = tuple(OF_KIND)
STANDARD: Mapping[str, type[MetricSection]] = {
    **{kind: section for kind, section in OF_KIND.items() if kind != "custom"},
    "requester_wait": RequesterWaitSection,
    "agent_work": AgentWorkSection,
    "pausable_update": PausableUpdateSection,
}
"""The names that say by themselves how their clock starts and ends."""


class MetricsSection(Section):
    """The metrics of a policy, for editors; any other name says its kind."""

    first_response: FirstResponseSection | None = None
    next_response: NextResponseSection | None = None
    periodic_update: PeriodicUpdateSection | None = None
    pausable_update: PausableUpdateSection | None = None
    requester_wait: RequesterWaitSection | None = None
    agent_work: AgentWorkSection | None = None
    resolution: ResolutionSection | None = None
    status_time: StatusTimeSection | None = None


def metric(
    name: str,
    raw: object,
    path: KeyPath,
    names: Names,
    problems: Problems,
    *,
    defaults: Mapping[str, Mapping[str, object]] | None = None,
) -> Metric | None:
    """Return one metric; None when it has mistakes, which are then in `problems`.

    defaults: keys that hold where the metric does not say them, by kind or, before that, by name.
    """
    before = problems.count()
    if raw is None:
        problems.add(path, "a metric needs targets", "as in {targets: {other: 4h}}")
        return None
    if not is_keys(raw):
        problems.add(path, "expected keys with values", "as in {targets: {other: 4h}}")
        return None
    model = _model(name, raw, path, problems)
    if model is None:
        return None
    kind = _kind(model)
    usual = {**(defaults or {}).get(kind, {}), **(defaults or {}).get(name, {})}
    known = _of_this_kind(raw, model, kind, path, problems)
    check_calendars(raw.get("targets"), (*path, "targets"), names.calendars, problems)
    section = validated(model, {**usual, **known}, path, problems)
    turns = _turns(raw, path, names, problems) if model is CustomSection else None
    if section is None or problems.count() > before:
        return None
    return replace(_value(section), turns=turns)


def _model(name: str, raw: Mapping[str, object], path: KeyPath, problems: Problems) -> type[MetricSection] | None:
    """Return what the metric's name, else its kind, says of its keys."""
    model, said = STANDARD.get(name), raw.get("kind")
    if model is None and "kind" not in raw:
        mistyped = next((key for key in raw if likeliest(key, (*keys_of(CustomSection), *_owners())) == "kind"), None)
        hint = meant(name, STANDARD) or f"a name of your own needs `kind`: {or_list(KINDS)}"
        if mistyped is not None:
            problems.add((*path, mistyped), *key_hint(mistyped, ["kind"]))
        else:
            problems.add(path, f"there is no metric `{name}`", hint)
        return None
    if model is not None and said not in (None, _kind(model)):
        text = f"{name} is of the kind {_kind(model)}"
        problems.add((*path, "kind"), text, "leave `kind` out, or give the metric a name of its own")
        return None
    if model is None and (not isinstance(said, str) or said not in OF_KIND):
        text = f"expected {or_list(KINDS)}" + (f", found `{said}`" if isinstance(said, str) else "")
        problems.add((*path, "kind"), text, meant(said, OF_KIND) if isinstance(said, str) else "")
        return None
    return model or OF_KIND[str(said)]


def _kind(model: type[MetricSection]) -> str:
    return next(kind for kind, section in OF_KIND.items() if issubclass(model, section))


def _owners() -> dict[str, list[str]]:
    """Return the kinds that know a key, by key."""
    found: dict[str, list[str]] = {}
    for kind, section in OF_KIND.items():
        for key in keys_of(section):
            found.setdefault(key, []).append(kind)
    return found


def _of_this_kind(
    raw: Mapping[str, object], model: type[MetricSection], kind: str, path: KeyPath, problems: Problems
) -> dict[str, object]:
    """Return the keys without those that only other kinds know, which are told."""
    owners, mine = _owners(), keys_of(model)
    for key in raw:
        if key not in mine and key in owners:
            told = f"{or_list(owners[key])} {'knows' if len(owners[key]) == 1 else 'know'} it"
            near = meant(key, [each for each in mine if each not in raw])
            problems.add((*path, key), f"the kind {kind} does not know `{key}`", f"{near} {told}" if near else told)
    return {key: value for key, value in raw.items() if key in mine or key not in owners}


def _turns(raw: Mapping[str, object], path: KeyPath, names: Names, problems: Problems) -> Turns:
    found: dict[str, Condition] = {}
    for part in TURNS:
        given = raw.get(part)
        if is_keys(given):
            found[part] = condition(given, (*path, part), names, problems, moments=True)
            if not given:
                problems.add((*path, part), "without a field it always holds", "as in {changed: {status: [open]}}")
    return Turns(
        start=found.get("start", All()),
        stop=found.get("stop", All()),
        pause=found.get("pause"),
        cancel=found.get("cancel"),
        reset=found.get("reset"),
    )


def _value(section: MetricSection) -> Metric:
    common = Metric(
        kind=MetricKind(_kind(type(section))),
        targets=targets(section.targets),
        clock=section.clock,
        breach=section.breach,
        pause_accounting=section.pause_accounting,
        calendar_change=section.calendar_change,
    )
    if isinstance(section, _Ticket):
        common = replace(common, start=section.start, pause_in=section.pause_in)
    match section:
        case FirstResponseSection(stop_on=stop_on):
            return replace(common, stop_on=stop_on)
        case NextResponseSection(anchor=anchor, count_initial=count_initial, end_in=end_in):
            return replace(common, anchor=anchor, count_initial=count_initial, end_in=end_in)
        case PeriodicUpdateSection(customer_cancels=cancels, from_creation=from_creation, end_in=end_in):
            return replace(common, customer_cancels=cancels, from_creation=from_creation, end_in=end_in)
        case ResolutionSection(stop_in=stop_in, reopen=reopen):
            return replace(common, stop_in=stop_in, reopen=reopen)
        case StatusTimeSection(run_in=run_in, stop_in=stop_in, reopen=reopen):
            return replace(common, run_in=run_in, stop_in=stop_in, reopen=reopen)
        case _:
            return common
