"""Filters of Zendesk's SLA policies in the words of `when`: exactly, or between two bounds. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors import Clause, Holding, Unreadable, fields_of, perhaps, several, text
from connectors.zendesk.mapping import FIELDS, custom

__all__ = ["CUSTOM", "CustomField", "Filter", "Terms", "mentioned", "read", "sayable"]

IDS = {
    name: FIELDS[name]
    for name in ("group_id", "organization_id", "brand_id", "ticket_form_id", "assignee_id", "requester_id")
}
NORMAL = {"type": "kind", "priority": "priority", "status": "status", "custom_status_id": "status"}
PEOPLE = frozenset({"assignee", "requester"})
CUSTOM = "custom_fields_"
POSITIVE, NEGATIVE = frozenset({"is", "includes"}), frozenset({"is_not", "not_includes"})
ORDERS = {
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
    "priority": ("low", "normal", "high", "urgent"),
}
CHANNELS = {
    "0": "web",
    "4": "email",
    "5": "api",
    "8": "rule",
    "17": "web",
    "20": "web",
    "24": "forum",
    "27": "web",
    "29": "chat",
    "31": "api",
    "33": "voice",
    "34": "voice",
    "35": "voice",
    "36": "api",
    "39": "api",
    "40": "api",
}
"""What a ticket names as its channel, by the number that filters use; all but e-mail share one with others."""

NUMBERED = frozenset({"4"})
"""Channels of one number alone."""


@dataclass(frozen=True, slots=True)
class CustomField:
    """A ticket field. options: its values, by value and by the option's id."""

    type: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Terms:
    """What conditions are read with.

    names: what people see, by our field and the id; only names that stand for one id.
    words: the normal words of `kind`, `priority` and `status` by Zendesk's, "" for none; for `status` by
        category and, where the account has them, by the id of a custom status.
    categories: of the custom statuses, by id.
    """

    names: Mapping[tuple[str, str], str]
    words: Mapping[str, Mapping[str, str]]
    categories: Mapping[str, str]
    custom: Mapping[str, CustomField]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets a policy is for, every clause of it.

    sure: surely these; None when that can be said of no ticket. widest: no others than these.
    left_out: conditions that cannot be said exactly. notes: names beside ids.
    """

    sure: tuple[Clause, ...] | None
    widest: tuple[Clause, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class _Bounds(NamedTuple):
    """One condition: `sure` None can hold for no ticket, `widest` None may hold for every one."""

    sure: Holding | None = None
    widest: Holding | None = None


def read(raw: object, terms: Terms) -> Filter:
    """Return what a policy's `filter` says."""
    whole = perhaps(raw)
    every, some = several(whole.get("all")), several(whole.get("any"))
    bounds = [(each, _bounds(each, terms)) for each in (*every, *some)]
    all_of, one_of = [each for _, each in bounds[: len(every)]], [each for _, each in bounds[len(every) :]]
    sure: list[Clause] | None = None
    if all(each.sure for each in all_of) and (not some or any(each.sure for each in one_of)):
        sure = [(each.sure,) for each in all_of if each.sure]
        sure += [tuple(each.sure for each in one_of if each.sure)] if some else []
    widest: list[Clause] = [(each.widest,) for each in all_of if each.widest]
    if some and all(each.widest for each in one_of):
        widest.append(tuple(each.widest for each in one_of if each.widest))
    return Filter(
        None if sure is None else tuple(sure),
        tuple(widest),
        tuple(_told(each) for each, found in bounds if found.sure is None or found.sure != found.widest),
        tuple(_notes([found.widest for _, found in bounds], terms)),
    )


def mentioned(policies: Iterable[object]) -> dict[str, set[str]]:
    """Return the values that filters name, by Zendesk's name of the field."""
    found = defaultdict[str, set[str]](set)
    for policy in policies:
        whole = perhaps(perhaps(policy).get("filter"))
        for each in (*several(whole.get("all")), *several(whole.get("any"))):
            condition = perhaps(each)
            found[str(condition.get("field"))] |= set(_values(condition.get("value")))
    return dict(found)


def sayable(word: str) -> bool:
    """Say whether a value can stand in the configuration: not as nothing, nor as a reference to a secret."""
    return word.isprintable() and word.casefold() != "none" and "${" not in word and not word.startswith("file:")


def _bounds(raw: object, terms: Terms) -> _Bounds:
    try:
        condition = fields_of(raw, "condition")
        name, operator = text(condition, "field"), text(condition, "operator")
    except Unreadable:
        return _Bounds()
    values = _values(condition.get("value"))
    if name in NORMAL:
        return _normal(name, operator, values, terms)
    if name == "via_id":
        return _channel(operator, values)
    if name == "current_tags":
        tags = [tag for each in values for tag in each.split()]
        return _exactly("tags", operator, tags) if operator in POSITIVE | NEGATIVE else _Bounds()
    if name in IDS:
        return _identified(IDS[name], operator, values, terms)
    return _custom(name.removeprefix(CUSTOM), operator, values, terms) if name.startswith(CUSTOM) else _Bounds()


def _normal(name: str, operator: str, values: Sequence[str], terms: Terms) -> _Bounds:
    """Return the bounds of a field that is compared in normal words."""
    field = NORMAL[name]
    if name == "custom_status_id":
        chosen = values if all(each in terms.categories for each in values) else list[str]()
        left = {category for each, category in terms.categories.items() if each not in chosen}
        chosen = [*chosen, *sorted({terms.categories[each] for each in chosen} - left)]
    else:
        operator, chosen = _in_order(name, operator, values)
    if name == "status":
        # Custom statuses may have words of their own.
        chosen = [*chosen, *(each for each, category in terms.categories.items() if category in chosen)]
    return _worded(field, operator, chosen, terms.words[field])


def _exactly(name: str, operator: str, values: Sequence[str | None]) -> _Bounds:
    """Return bounds that are one; an operator or a value that cannot be said has none."""
    if operator in ("present", "not_present"):
        found = Holding(name, (None,), negated=operator == "present")
        return _Bounds(found, found)
    if operator not in POSITIVE | NEGATIVE or not values or not all(each is None or sayable(each) for each in values):
        return _Bounds()
    found = Holding(name, tuple(dict.fromkeys(values)), negated=operator in NEGATIVE)
    return _Bounds(found, found)


def _worded(name: str, operator: str, chosen: Sequence[str], words: Mapping[str, str]) -> _Bounds:
    """Return bounds in normal words; where a word means other values of the source too, only one of them.

    chosen: the source's values, all of them known in `words`; others cannot be said.
    """
    if operator in ("present", "not_present"):
        operator, chosen = ("is_not" if operator == "present" else "is"), [""]
    if not chosen or operator not in POSITIVE | NEGATIVE or not all(each in words for each in chosen):
        return _Bounds()
    said = {words[each] for each in chosen}
    found = Holding(name, tuple(dict.fromkeys(words[each] for each in chosen)), negated=operator in NEGATIVE)
    # `waiting` alone means every wait.
    meant = {each for each, word in words.items() if not said.isdisjoint((word, word.partition("/")[0]))}
    if meant <= set(chosen):
        return _Bounds(found, found)
    return _Bounds(sure=found) if found.negated else _Bounds(widest=found)


def _in_order(name: str, operator: str, values: Sequence[str]) -> tuple[str, list[str]]:
    """Return a comparison as a list of what it holds for; anything else as it is."""
    order = ORDERS.get(name, ())
    if operator not in ("less_than", "greater_than") or len(values) != 1 or values[0] not in order:
        return operator, list(_empty(values))
    at = order.index(values[0])
    return "is", list(order[:at] if operator == "less_than" else order[at + 1 :])


def _channel(operator: str, values: Sequence[str]) -> _Bounds:
    if not values or not all(each in CHANNELS for each in values):
        return _Bounds()
    found = _exactly("channel", operator, [CHANNELS[each] for each in values])
    if set(values) <= NUMBERED or found.sure is None:
        return found
    return _Bounds(sure=found.sure) if found.sure.negated else _Bounds(widest=found.widest)


def _identified(name: str, operator: str, values: Sequence[str], terms: Terms) -> _Bounds:
    chosen = _empty(values)
    if not all(each == "" or each.isdecimal() for each in chosen):
        return _Bounds()
    words = [each if name in PEOPLE else terms.names.get((name, each), each) for each in chosen]
    return _exactly(name, operator, [word or None for word in words])


def _custom(source_id: str, operator: str, values: Sequence[str], terms: Terms) -> _Bounds:
    known, name = terms.custom.get(source_id), custom(source_id)
    if known is None:
        return _Bounds()
    if known.type == "checkbox":
        # A ticket made before the field was has no value in it.
        states: dict[str, list[str | None]] = {"true": ["true"], "false": ["false", None]}
        state = states.get(values[0].lower()) if len(values) == 1 else None
        return _exactly(name, operator, state) if state else _Bounds()
    if operator in ("present", "not_present"):
        return _exactly(name, operator, ())
    several_at_once = known.type == "multiselect" and operator in ("is", "is_not")
    if known.type in ("tagger", "multiselect") and not several_at_once:
        chosen = _empty(values)
        if all(each == "" or each in known.options for each in chosen):
            return _exactly(name, operator, [known.options[each] if each else None for each in chosen])
    if known.type == "integer" and operator in ("is", "is_not"):
        return _exactly(name, operator, values)
    return _Bounds()


def _values(raw: object) -> list[str]:
    """Return the values of a condition as text; numbers and texts are the same, and nothing is no value."""
    if raw is None or raw == "":
        return []
    if isinstance(raw, bool):
        return [str(raw).lower()]
    # A value of several that is empty is the empty field.
    found = [one for each in several(raw) for one in (_values(each) or [""])]
    return found or ([] if raw == [] else [str(raw)])


def _empty(values: Sequence[str]) -> list[str]:
    """Return the values, of which none means the empty field."""
    return list(values) or [""]


def _told(raw: object) -> str:
    condition = perhaps(raw)
    values = ", ".join(_values(condition.get("value"))) or "empty"
    operator = str(condition.get("operator")).replace("_", " ")
    return f"{condition.get('field')} {operator}" + ("" if operator.endswith("present") else f" {values}")


def _notes(holdings: Iterable[Holding | None], terms: Terms) -> Iterable[str]:
    for each in holdings:
        if each is not None and each.field in PEOPLE:
            for value in each.values:
                name = terms.names.get((each.field, value)) if value else None
                if name:
                    yield f"{each.field} {value} is {name}"
