"""Custom fields that rules call by their title: found by the names that people see at one helpdesk."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from core.sla.conditions import All, Any, Changed, Condition, Empty, Happened, HasTag, In, Not
from core.sla.policy import Policy, Rules, Turns
from core.tickets import Label

__all__ = ["called", "named", "unresolved"]

_PREFIX = f"{Label.FIELD}:"

Labels = Mapping[tuple[str, str], str]


def named(policies: tuple[Policy, ...], labels: Labels) -> tuple[Policy, ...]:
    """Return the policies with ids for the titles of custom fields.

    A title that no field in use has, or more than one, stays as it is: such a field is empty on every ticket.
    """
    if not any(_titles_in(policy, labels) for policy in policies):
        return policies
    known = _ids(labels)
    return tuple(_renamed(policy, lambda field: _called(field, labels, known)) for policy in policies)


def called(field: str, labels: Labels) -> str:
    """Return a field by its id where it is a custom one that is called by its title."""
    return _called(field, labels, _ids(labels)) if _is_title(field, labels) else field


def unresolved(rules: Rules, labels: Labels, connection: str) -> dict[str, tuple[str, ...]]:
    """Return the titles by which rules for this connection call a field in vain, each with the fields' ids.

    Several ids: the title is not unique. None where the helpdesk has not told of its fields yet.
    """
    known = _ids(labels)
    mine = [policy for policy in rules.policies if _may_hold(policy.when, connection)]
    asked = {field for policy in mine for field in _titles_in(policy, labels)}
    asked |= {field for field in rules.customer_fields.get(connection, {}) if _is_title(field, labels)}
    links = (link.field for link in rules.links if link.source == connection)
    asked |= {field for field in links if _is_title(field, labels)}
    found = {field.removeprefix(_PREFIX): known.get(_title(field), ()) for field in sorted(asked) if known}
    return {title: ids for title, ids in found.items() if len(ids) != 1}


def _called(field: str, labels: Labels, known: Mapping[str, tuple[str, ...]]) -> str:
    ids = known.get(_title(field), ()) if _is_title(field, labels) else ()
    return f"{_PREFIX}{ids[0]}" if len(ids) == 1 else field


def _ids(labels: Labels) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of custom fields by title, whatever its case."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for (field, value), text in labels.items():
        if field == Label.FIELD:
            found[text.strip().casefold()].append(value)
    return {title: tuple(sorted(ids)) for title, ids in found.items()}


def _title(field: str) -> str:
    return field.removeprefix(_PREFIX).strip().casefold()


def _is_title(field: str, labels: Labels) -> bool:
    """Say whether a custom field is called by its title, not by its id; digits alone are an id."""
    rest = field.removeprefix(_PREFIX)
    return field != rest and not rest.isdecimal() and (Label.FIELD, rest) not in labels


def _titles_in(policy: Policy, labels: Labels) -> set[str]:
    by = policy.calendar.by
    fields = [*(() if by is None else (by,)), *(field for each in policy.conditions() for field in _fields(each))]
    return {field for field in fields if _is_title(field, labels)}


def _fields(condition: Condition) -> Iterator[str]:
    match condition:
        case In(field) | Empty(field) | Changed(field):
            yield field
        case All(parts) | Any(parts):
            for part in parts:
                yield from _fields(part)
        case Not(part):
            yield from _fields(part)
        case HasTag() | Happened():
            return


def _may_hold(condition: Condition, connection: str) -> bool:
    """Say whether a condition can hold for tickets of this connection at all."""
    match condition:
        case In("connection", values):
            return connection.casefold() in {value.casefold() for value in values}
        case All(parts):
            return all(_may_hold(part, connection) for part in parts)
        case _:
            return True


def _renamed(policy: Policy, called: Callable[[str], str]) -> Policy:
    by = policy.calendar.by
    calendar = policy.calendar if by is None else replace(policy.calendar, by=called(by))
    metrics = {
        name: metric if metric.turns is None else replace(metric, turns=_turned(metric.turns, called))
        for name, metric in policy.metrics.items()
    }
    return replace(policy, when=_reading(policy.when, called), calendar=calendar, metrics=metrics)


def _turned(turns: Turns, called: Callable[[str], str]) -> Turns:
    start, stop = _reading(turns.start, called), _reading(turns.stop, called)
    pause, cancel, reset = (
        None if part is None else _reading(part, called) for part in (turns.pause, turns.cancel, turns.reset)
    )
    return Turns(start, stop, pause, cancel, reset)


def _reading(condition: Condition, called: Callable[[str], str]) -> Condition:
    match condition:
        case In(field) | Empty(field) | Changed(field):
            return replace(condition, field=called(field))
        case All(parts):
            return All(tuple(_reading(part, called) for part in parts))
        case Any(parts):
            return Any(tuple(_reading(part, called) for part in parts))
        case Not(part):
            return Not(_reading(part, called))
        case HasTag() | Happened():
            return condition
