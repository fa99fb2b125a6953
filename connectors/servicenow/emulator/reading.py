"""Reads columns of records, also through references: `caller_id.company.name`."""

from collections.abc import Callable, Mapping

from connectors.servicenow.emulator.schema import Column
from connectors.servicenow.emulator.world import World

__all__ = ["Getter", "Key", "Readable", "getter", "owner", "sort_key"]

Getter = Callable[[Mapping[str, str]], str]
Readable = Callable[[str, str], bool]
"""Whether a column of a table may be read."""

Key = Callable[[Mapping[str, str]], tuple[float, str]]
_NUMBERS = ("integer", "decimal")


def getter(world: World, table: str, path: str, readable: Readable) -> tuple[Getter, Column] | str:
    """Return what reads a column, and the column at the end of the path; `unknown` or `forbidden` if there is none."""
    name, _, rest = path.partition(".")
    column = world.schema.column(table, name)
    if column is None:
        return "unknown"
    if not readable(table, name):
        return "forbidden"
    if not rest:
        return (lambda values: values.get(name, "")), column
    if not column.reference or column.reference not in world.schema.tables:
        return "unknown"
    target = column.reference
    further = getter(world, target, rest, readable)
    if isinstance(further, str):
        return further
    read = further[0]

    def through(values: Mapping[str, str]) -> str:
        row = world.find(target, values.get(name, ""))
        seen = None if row is None else row.seen(world.clock.exact())
        return "" if seen is None else read(seen)

    return through, further[1]


def owner(world: World, table: str, path: str) -> str:
    """Return the table that the column at the end of a path belongs to."""
    head, _, rest = path.partition(".")
    column = world.schema.column(table, head)
    return table if not rest or column is None else owner(world, column.reference, rest)


def sort_key(column: Column, read: Getter) -> Key:
    """Return a key that sorts numbers as such; empty values come first."""
    if column.type not in _NUMBERS:
        return lambda values: (0.0, read(values))

    def number(values: Mapping[str, str]) -> tuple[float, str]:
        text = read(values)
        try:
            return (float(text) if text else float("-inf")), ""
        except ValueError:
            return float("-inf"), ""

    return number
