"""Conditions evaluated over one combination of a ticket's field values."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from core.sla.conditions import All, Any, Changed, Condition, Empty, Happened, Happening, HasTag, In, Not
from core.sla.mapping import customer_of, kind_of, priority_of, status_of, text_of
from core.tickets import SourceMapping, SourceValue

__all__ = ["Facts", "Moment", "happenings", "matches", "reads", "source_fields"]


@dataclass(frozen=True, slots=True)
class Facts:
    """One ticket's values and what they are read with."""

    connection: str
    mapping: SourceMapping
    labels: Mapping[tuple[str, str], str]
    customers: Mapping[tuple[str, str], str]
    values: Mapping[str, SourceValue]
    customer_fields: Mapping[str, Mapping[str, str]] = dataclass_field(default_factory=dict[str, Mapping[str, str]])

    def words(self, field: str) -> frozenset[str]:
        """Return what a condition may call this field's value, in lower case; nothing when empty or unmapped."""
        match field:
            case "connection":
                found = [self.connection]
            case "customer":
                customer = customer_of(self.customers, self.customer_fields, self.connection, self.values, self.labels)
                found = [customer] if customer else []
            case "kind":
                kind, unmapped = kind_of(self.mapping, self.values)
                found = [] if unmapped else [kind]
            case "priority":
                priority, unmapped = priority_of(self.mapping, self.values)
                found = [] if unmapped else [priority]
            case "status" | "phase" | "wait_on":
                status, _ = status_of(self.mapping, self.values)
                found = {
                    "status": [str(status), str(status.phase)],
                    "phase": [str(status.phase)],
                    "wait_on": [str(status.wait_on)],
                }[field]
            case "linked.status":
                status_word = text_of(self.values.get(field)) or ""
                found = [word for word in (status_word, status_word.partition("/")[0]) if word]
            case _:
                found = self._named(field)
        return frozenset(word.casefold() for word in found)

    def _named(self, field: str) -> list[str]:
        value = self.values.get(field)
        found = [value] if isinstance(value, str) else list(value or ())
        found += [self.labels[field, one] for one in found if (field, one) in self.labels]
        return [word for word in found if word]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event: the values before it, and what happened in it. before: None for the ticket's creation."""

    before: Facts | None
    happened: frozenset[Happening]


_NONE_IS_EMPTY = frozenset({"kind", "priority", "wait_on"})


def matches(condition: Condition, facts: Facts, moment: Moment | None = None) -> bool:
    """Tell whether the condition holds. An unmapped value is none of the normal words.

    moment: the event in which; without it nothing changes and nothing happens.
    """
    match condition:
        case All(parts):
            return all(matches(part, facts, moment) for part in parts)
        case Any(parts):
            return any(matches(part, facts, moment) for part in parts)
        case Not(part):
            return not matches(part, facts, moment)
        case Changed(field, values):
            return moment is not None and _changed(field, values, facts, moment.before)
        case Happened(what):
            return moment is not None and not what.isdisjoint(moment.happened)
        case In() | HasTag() | Empty():
            return _holds(condition, facts)


def _holds(condition: In | HasTag | Empty, facts: Facts) -> bool:
    match condition:
        case In(field, values):
            return not facts.words(field).isdisjoint(value.casefold() for value in values)
        case HasTag(tags):
            return not facts.words("tags").isdisjoint(tag.casefold() for tag in tags)
        case Empty(field):
            words = facts.words(field)
            return not words or (field in _NONE_IS_EMPTY and words == frozenset({"none"}))


def _changed(field: str, values: frozenset[str], facts: Facts, before: Facts | None) -> bool:
    if before is None:
        return False
    words = facts.words(field)
    return words != before.words(field) and (not values or not words.isdisjoint(map(str.casefold, values)))


def source_fields(field: str, mapping: SourceMapping) -> frozenset[str]:
    """Return the ticket fields behind a condition's field, without those that name customers."""
    match field:
        case "connection":
            return frozenset()
        case "customer":
            return frozenset({"organisation"})
        case "status" | "phase" | "wait_on":
            return frozenset(mapping.status_fields)
        case _:
            return frozenset({field})


def reads(condition: Condition, mapping: SourceMapping) -> frozenset[str]:
    """Return the ticket fields that can change what the condition says."""
    match condition:
        case In(field) | Empty(field) | Changed(field):
            return source_fields(field, mapping)
        case HasTag():
            return frozenset({"tags"})
        case Happened():
            return frozenset()
        case All(parts) | Any(parts):
            return frozenset[str]().union(*(reads(part, mapping) for part in parts))
        case Not(part):
            return reads(part, mapping)


def happenings(condition: Condition) -> frozenset[Happening]:
    """Return what has to happen for the condition to change its answer, besides changes of values."""
    match condition:
        case Happened(what):
            return what
        case All(parts) | Any(parts):
            return frozenset[Happening]().union(*map(happenings, parts))
        case Not(part):
            return happenings(part)
        case In() | HasTag() | Empty() | Changed():
            return frozenset()
