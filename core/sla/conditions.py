"""Conditions as data: which tickets a policy means. Typed, so that errors can name the key."""

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["All", "Any", "Condition", "Empty", "HasTag", "In", "Not"]


@dataclass(frozen=True, slots=True)
class In:
    """The field has one of these values.

    field: `connection customer kind priority status phase wait_on requester assignee team organisation
        brand form channel`, or `field:<source id>`. Values of `kind priority status phase wait_on` are
        normal words; all others match the source id or the name people see, case-insensitively.
    """

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasTag:
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Empty:
    field: str


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition: TypeAlias = In | HasTag | Empty | All | Any | Not
