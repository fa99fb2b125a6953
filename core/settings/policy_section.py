"""The section `policies`: which tickets get which targets, in which hours."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from core.settings.conditions_section import FIELDS, WHEN, Names, condition, is_field
from core.settings.metric_section import KINDS, MetricsSection, metric
from core.settings.plain import KeyPath, entry, is_keys, strings
from core.settings.positions import Problems
from core.settings.presets import PresetName, preset
from core.settings.scalars import Section, Threshold
from core.settings.translation import keys_of, validated
from core.settings.versions_section import Told, versions
from core.settings.words import Mistake, likeliest, meant, nearest, or_list
from core.sla.policy import ALWAYS, Agreement, AtRisk, CalendarChoice, Change, Metric, OnChange, Policy

__all__ = ["OnChangeSection", "PolicySection", "VersionSection", "policy"]

PARTLY: JsonSchemaValue = {"type": "object", "additionalProperties": {"type": ["object", "string"]}}
CHANGING = ("priority", "organisation", "policy")


def _choice(value: object) -> object:
    return value if is_keys(value) else {"else": value}


def _all_three(value: object) -> object:
    if is_keys(value):
        return value
    if value not in tuple(Change):
        hint = meant(value, Change) if isinstance(value, str) else "as in {priority: restart}"
        raise Mistake(f"expected {or_list(Change)}" + (f", found `{value}`" if isinstance(value, str) else ""), hint)
    return dict.fromkeys(CHANGING, value)


class CalendarChoiceSection(Section):
    default: str = Field(alias="else")
    by: str | None = None
    map: dict[str, str] = Field(default_factory=dict[str, str])


class OnChangeSection(Section):
    """None: the preset's, else to carry over."""

    priority: Change | None = None
    organisation: Change | None = None
    policy: Change | None = None


Calendars: TypeAlias = Annotated[
    CalendarChoiceSection, BeforeValidator(_choice, json_schema_input_type=CalendarChoiceSection | str)
]
Changes: TypeAlias = Annotated[
    OnChangeSection, BeforeValidator(_all_three, json_schema_input_type=OnChangeSection | Change)
]
When: TypeAlias = Annotated[dict[str, object], WithJsonSchema(WHEN)]


class _Text(Section):
    """What a version may say as well."""

    when: When | None = None
    preset: PresetName | None = None
    calendar: Calendars | None = None
    pause_accounting: Literal["calendar", "wall_clock"] | None = None
    calendar_change: Literal["latest", "segment"] | None = None
    on_change: Changes = OnChangeSection()
    at_risk: Threshold = AtRisk()
    sla: Literal["none"] | None = None
    match: Literal["completion", "now"] = "completion"


class VersionSection(_Text):
    """For editors: of its metrics a version says only what is new, or `none`."""

    metrics: Annotated[dict[str, object] | None, WithJsonSchema(PARTLY)] = None
    since: Annotated[
        str, Field(alias="from"), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9][0-9]-[0-9][0-9]"})
    ]


class PolicySection(_Text):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    label: str = ""
    agreement: Agreement = Agreement.SLA
    metrics: MetricsSection | None = None
    versions: tuple[VersionSection, ...] = ()


def policy(index: int, raw: object, names: Names, problems: Problems) -> tuple[Policy, ...]:
    """Return the texts of one policy that follow one another.

    Returns: nothing when it has mistakes, which are then in `problems`.
    """
    path: KeyPath = ("policies", index)
    before = problems.count()
    if not is_keys(raw):
        problems.add(path, "expected a policy", "each one begins with `- name:`")
        return ()
    known = set[object]()
    first = {key: part for key, part in raw.items() if key != "versions"}
    found = [_text(first, path, names, Told(problems, path, path, first, known))]
    starts: list[datetime | None] = [None]
    for since, text, place, own in versions(raw, path, keys_of(VersionSection), names, problems):
        starts.append(since)
        found.append(_text(text, path, names, Told(problems, path, place, own, known)))
    if problems.count() > before:
        return ()
    return tuple(
        replace(each, since=since, until=until)
        for each, (since, until) in zip(found, pairwise((*starts, None)), strict=True)
        if each is not None
    )


def _text(raw: Mapping[str, object], path: KeyPath, names: Names, problems: Problems) -> Policy | None:
    """Return what one text says, as if it were the only one; None when it has mistakes."""
    before = problems.count()
    when = condition(raw.get("when", {}), (*path, "when"), names, problems)
    known: dict[str, object] = {**raw, "when": None, "metrics": {}}
    section = validated(PolicySection, known, path, problems, instead={"name": "?"})
    for place, name in _named_calendars(raw):
        valid = (*sorted(names.calendars), ALWAYS)
        if name not in valid:
            problems.add((*path, *place), f"there is no calendar `{name}`", nearest(name, valid))
    choice = _calendar(raw, section, path, problems) if section else CalendarChoice(ALWAYS)
    metrics = _metrics(raw, section, path, names, problems)
    if section is None or problems.count() > before:
        return None
    return Policy(
        name=section.name,
        metrics=metrics,
        calendar=choice,
        agreement=section.agreement,
        when=when,
        at_risk=section.at_risk,
        label=section.label,
        match=section.match,
        on_change=_on_change(section),
    )


def _named_calendars(raw: object) -> Iterator[tuple[KeyPath, str]]:
    """Yield the calendars that a policy chooses from, whether the rest of it is right or not."""
    calendar = entry(raw, "calendar")
    chosen = entry(calendar, "map")
    yield from strings(calendar if isinstance(calendar, str) else None, ("calendar",))
    yield from strings(entry(calendar, "else"), ("calendar", "else"))
    yield from strings(chosen if is_keys(chosen) else None, ("calendar", "map"))


def _calendar(raw: Mapping[str, object], section: PolicySection, path: KeyPath, problems: Problems) -> CalendarChoice:
    place = (*path, "calendar")
    chosen = section.calendar
    if chosen is None:
        keys = keys_of(PolicySection)
        mistyped = any(key not in keys and likeliest(key, keys) == "calendar" for key in raw)
        if "sla" not in raw and raw.get("calendar") is None and not mistyped:
            text = "which hours count? a policy needs a calendar"
            problems.add(path, text, f"write calendar: {ALWAYS} for round the clock")
        return CalendarChoice(ALWAYS)
    if chosen.by is not None and not is_field(chosen.by):
        problems.add((*place, "by"), f"`{chosen.by}` is not a field of a ticket", nearest(chosen.by, FIELDS))
    if (chosen.by is None) != (not chosen.map):
        problems.add(place, "`by` and `map` belong together", "as in {by: team, map: {Boston: boston}, else: munich}")
    return CalendarChoice(chosen.default, chosen.by, chosen.map)


def _metrics(
    raw: Mapping[str, object], section: PolicySection | None, path: KeyPath, names: Names, problems: Problems
) -> dict[str, Metric]:
    """Return the metrics by name; say of none that one is needed."""
    given = raw.get("metrics")
    if not given:
        if "sla" not in raw:
            problems.add(path, "a policy needs metrics with targets", "or `sla: none` for tickets without a promise")
        return {}
    if "sla" in raw:
        problems.add((*path, "sla"), "`sla: none` and metrics exclude each other", "keep one of them")
    if not is_keys(given):
        problems.add((*path, "metrics"), "expected keys with values", "as in {resolution: {targets: {other: 4h}}}")
        return {}
    usual = _defaults(section) if section else {}
    found = {
        name: metric(name, one, (*path, "metrics", name), names, problems, defaults=usual)
        for name, one in given.items()
    }
    return {name: one for name, one in found.items() if one is not None}


def _defaults(section: PolicySection) -> dict[str, dict[str, object]]:
    """Return what holds for metrics that do not say it: by the preset, and above it by the policy for all of them."""
    whole = {"pause_accounting": section.pause_accounting, "calendar_change": section.calendar_change}
    said = {key: value for key, value in whole.items() if value is not None}
    usual = preset(section.preset).metrics
    return {key: {**usual.get(key, {}), **said} for key in dict.fromkeys((*KINDS, *usual))}


def _on_change(section: PolicySection) -> OnChange:
    said = section.on_change.model_dump(exclude_none=True)
    return OnChange(**{key: Change(value) for key, value in {**preset(section.preset).on_change, **said}.items()})
