"""A query, ready to be run: which issues, in which order, from where."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from connectors.jira.emulator.answers import refused
from connectors.jira.emulator.jql_dates import instant
from connectors.jira.emulator.jql_fields import INSTANTS, test_of
from connectors.jira.emulator.jql_match import Asker, Test, fields_named
from connectors.jira.emulator.jql_tree import All, Clause, Either, Node, Not, Query, Term, parsed
from connectors.jira.emulator.records import Issue
from connectors.jira.emulator.world import World

__all__ = ["Order", "Search", "compiled"]

Sorted = list[int | float | str]
_Key = Callable[[Issue], int | float | str]
_NONE: int = 0


class Order:
    """How issues are ordered: by the terms of the query, and by id in the end."""

    def __init__(self, asker: Asker, terms: tuple[Term, ...]) -> None:
        self._keys: list[tuple[_Key, bool]] = [_key_of(asker.world, term) for term in terms]
        if not terms:
            self._keys = [(_newest, True)]
        self.by_updated = bool(terms) and _is_updated(asker.world, terms[0])

    def values(self, issue: Issue) -> Sorted:
        """Return what an issue is ordered by, for a token to carry."""
        return [*(key(issue) for key, _ in self._keys), issue.id]

    def compare(self, one: Sorted, other: Sorted) -> int:
        """Return below, at or above zero as one comes before, at or after the other."""
        ways = [*(descending for _, descending in self._keys), False]
        for mine, its, descending in zip(one, other, ways, strict=True):
            if mine != its:
                before = _below(mine, its) is not descending
                return -1 if before else 1
        return 0

    def _of_issues(self, one: Issue, other: Issue) -> int:
        return self.compare(self.values(one), self.values(other))

    def sorted(self, issues: Iterable[Issue]) -> list[Issue]:
        return sorted(issues, key=functools.cmp_to_key(self._of_issues))


def _newest(issue: Issue) -> int:
    return issue.id


def _below(one: float | str, other: float | str) -> bool:
    """Compare values of one kind; of numbers and texts, numbers come first: a number stands for nothing."""
    if isinstance(one, str) and isinstance(other, str):
        return one < other
    if isinstance(one, str) or isinstance(other, str):
        return not isinstance(one, str)
    return one < other


@dataclass(frozen=True, slots=True)
class Search:
    """from_updated: below this `updated` there is nothing to be found."""

    test: Test
    order: Order
    bounded: bool
    from_updated: int = 0

    def candidates(self, world: World, after: int = 0) -> Iterable[Issue]:
        """Return issues to be tested, those in order of `updated` that can matter if that is the first term."""
        if self.order.by_updated:
            return world.index.updated_from(max(after, self.from_updated))
        return world.index.all()


def compiled(asker: Asker, jql: str) -> Search:
    """Raises: Refusal (400) for what is no JQL, and for what names things that are not there."""
    query: Query = parsed(jql)
    test: Test = (lambda _: True) if query.where is None else _test(asker, query.where)
    return Search(test, Order(asker, query.order), query.where is not None, _lower_bound(asker, query.where))


def _test(asker: Asker, node: Node) -> Test:
    if isinstance(node, Clause):
        return test_of(asker, node)
    if isinstance(node, Not):
        inner = _test(asker, node.inner)
        return lambda issue: not inner(issue)
    parts = [_test(asker, one) for one in node.parts]
    if isinstance(node, Either):
        return lambda issue: any(one(issue) for one in parts)
    return lambda issue: all(one(issue) for one in parts)


def _lower_bound(asker: Asker, node: Node | None) -> int:
    parts = node.parts if isinstance(node, All) else () if node is None else (node,)
    bounds = [0]
    for one in parts:
        if (
            isinstance(one, Clause)
            and one.operator in (">", ">=")
            and one.field.text.lower() in ("updated", "updateddate")
        ):
            # A second less: the index may compare whole seconds.
            bounds.append(instant(asker.world, asker.zone, "updated", one.operands[0]) - 1000)
    return max(bounds)


def _is_updated(world: World, term: Term) -> bool:
    return term.descending is False and fields_named(world, term.field.text)[0].id == "updated"


def _key_of(world: World, term: Term) -> tuple[_Key, bool]:
    """Return what a term orders by, and whether the greatest comes first."""
    field = fields_named(world, term.field.text)[0]
    if field.id in INSTANTS:
        of = INSTANTS[field.id]
        return (lambda issue: of(issue) or _NONE), term.descending is not False
    down = term.descending is True
    if field.id == "issuekey":
        return (lambda issue: f"{issue.key.rpartition('-')[0]}-{issue.key.rpartition('-')[2]:>9}"), down
    attributes = {
        "status": "status_id",
        "priority": "priority_id",
        "resolution": "resolution_id",
        "issuetype": "type_id",
        "project": "project_id",
        "summary": "summary",
        "assignee": "assignee",
        "reporter": "reporter",
        "creator": "creator",
        "duedate": "due_date",
    }
    name = attributes.get(field.id)
    if name is not None:
        return (lambda issue: cast("int | str | None", getattr(issue, name)) or _NONE), down
    if not field.custom:
        raise refused(400, f"Field '{term.field.text}' does not support sorting.")

    def custom(issue: Issue) -> int | float | str:
        value = issue.values.get(field.id)
        return value if isinstance(value, int | float | str) else _NONE

    return custom, down
