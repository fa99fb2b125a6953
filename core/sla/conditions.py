"""Conditions as data: which tickets a policy means. Typed, so that errors can name the key."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["All", "Any", "Changed", "Condition", "Empty", "Happened", "Happening", "HasTag", "In", "Not"]


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


Happening: TypeAlias = Literal[
    "created", "agent_public_comment", "agent_private_comment", "customer_public_comment", "assign"
]
"""What happens in one event and holds no longer than that."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The field has changed in this very event, to one of these values; empty: to whatever. For custom metrics only."""

    field: str
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Happened:
    """One of these happened in this very event. For custom metrics only."""

    what: frozenset[Happening]


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition: TypeAlias = In | HasTag | Empty | Changed | Happened | All | Any | Not
