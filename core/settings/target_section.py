"""`targets` of a metric: the time allowed, by priority."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from core.settings.plain import KeyPath, entry, is_keys
from core.settings.positions import Problems
from core.settings.scalars import Allowed, Section
from core.settings.words import Mistake, nearest
from core.sla.policy import ALWAYS, Target
from core.tickets import Priority

__all__ = ["OTHERS", "TargetSection", "Targets", "check_calendars", "targets"]

OTHERS = ("other", "*")
"""Two words for every priority that is not named."""

KEYS = (*Priority, *OTHERS)


def _key(key: str) -> str:
    if key not in KEYS:
        raise Mistake(f"`{key}` is not a priority", nearest(key, KEYS))
    return key


def _all(value: object) -> object:
    if is_keys(value) and all(word in value for word in OTHERS):
        raise Mistake("`other` and `*` are the same key", "keep one of them", ("*",))
    if not value:
        raise Mistake("a metric needs at least one target", "as in {critical: 30m, other: 4h}")
    return value


def _one(value: object) -> object:
    return value if is_keys(value) else {"in": value}


class TargetSection(Section):
    allowed: Allowed = Field(alias="in")
    calendar: str | None = None


Key: TypeAlias = Annotated[str, AfterValidator(_key)]
Targets: TypeAlias = Annotated[
    dict[
        Key,
        Annotated[TargetSection, BeforeValidator(_one, json_schema_input_type=TargetSection | Allowed)],
    ],
    BeforeValidator(_all),
]


def targets(given: Mapping[str, TargetSection]) -> dict[Priority | None, Target]:
    """Return the targets by priority, None for every one that is not named."""
    return {
        None if key in OTHERS else Priority(key): replace(target.allowed, calendar=target.calendar)
        for key, target in given.items()
    }


def check_calendars(raw: object, path: KeyPath, calendars: frozenset[str], problems: Problems) -> None:
    """Tell of the calendars that targets name and nobody has defined, whether the rest of them is right or not."""
    valid = (*sorted(calendars), ALWAYS)
    for key, target in raw.items() if is_keys(raw) else ():
        name = entry(target, "calendar")
        if isinstance(name, str) and name not in valid:
            problems.add((*path, key, "calendar"), f"there is no calendar `{name}`", nearest(name, valid))
