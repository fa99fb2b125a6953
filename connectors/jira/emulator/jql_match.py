"""How a clause becomes a test of an issue."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.jira.emulator.answers import Refusal, refused
from connectors.jira.emulator.jql_tree import Clause, Operand
from connectors.jira.emulator.jql_values import NOTHING
from connectors.jira.emulator.records import Issue, User
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.world import World

__all__ = ["Asker", "Maker", "Test", "fields_named", "membership", "one_of", "unfit"]

Test = Callable[[Issue], bool]


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose query it is: dates are read in the caller's zone, projects out of reach do not exist."""

    world: World
    caller: User | None

    @property
    def zone(self) -> str:
        return self.world.site_zone if self.caller is None else self.caller.zone


Maker = Callable[[Asker, Field, Clause], Test]
"""Makes the test of one field's clause, or raises Refusal (400)."""


def fields_named(world: World, name: str) -> list[Field]:
    """Return the fields that a query calls so; names of custom fields may repeat."""
    low = name.lower()
    if low in ("key", "id", "issue", "issuekey", "text"):
        return [Field("text" if low == "text" else "issuekey", name, "string")]
    found = [
        one
        for one in world.fields.values()
        if one.searchable and not one.trashed and low in (one.id.lower(), *(clause.lower() for clause in one.clauses))
    ]
    if not found:
        raise refused(400, f"Field '{name}' does not exist or you do not have permission to view it.")
    return found


def unfit(field: Field, clause: Clause) -> Refusal:
    return refused(400, f"The operator '{clause.operator}' is not supported by the '{field.name}' field.")


def one_of(value: object) -> set[object]:
    return set() if value is None else {value}


def membership(
    field: Field, clause: Clause, meant: Callable[[Operand], set[object]], of: Callable[[Issue], set[object]]
) -> Test:
    """Return a test of whether an issue's values are among those meant; without a value it is in no negation."""
    if clause.operator not in ("=", "!=", "in", "not in"):
        raise unfit(field, clause)
    wanted = set[object]().union(*(meant(one) for one in clause.operands))
    if clause.operator in ("=", "in"):
        return lambda issue: not wanted.isdisjoint(of(issue) or {NOTHING})
    return lambda issue: bool(of(issue)) and wanted.isdisjoint(of(issue))
