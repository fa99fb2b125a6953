"""Records as documents, in each of the three display modes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.servicenow.emulator.answers import Call, Doc
from connectors.servicenow.emulator.reading import owner
from connectors.servicenow.emulator.rights import readable
from connectors.servicenow.emulator.schema import Column
from connectors.servicenow.emulator.showing import shown
from connectors.servicenow.emulator.world import World

__all__ = ["Shape", "shape_of"]

_Part = Callable[[Mapping[str, str]], object]


@dataclass(frozen=True, slots=True)
class Shape:
    """Makes documents of one kind."""

    parts: tuple[tuple[str, _Part], ...]

    def __call__(self, values: Mapping[str, str]) -> Doc:
        return {name: part(values) for name, part in self.parts}


def shape_of(world: World, call: Call, table: str) -> Shape:
    """Return how the records of a call look. Names that are unknown or may not be read are left out."""
    asked = call.query.get("sysparm_fields", "")
    known = world.schema.columns(table)
    names = [one.strip() for one in asked.split(",") if one.strip()] if asked else [*known]
    parts: list[tuple[str, _Part]] = []
    for name in dict.fromkeys(names):
        part = _part(world, call, table, name)
        if part is not None:
            parts.append((name, part))
    return Shape(tuple(parts))


def _part(world: World, call: Call, table: str, path: str) -> _Part | None:
    head, _, rest = path.partition(".")
    column = world.schema.column(table, head)
    if column is None or not readable(world, call.account, table, head):
        return None
    if not rest:
        return _single(world, call, table, column)
    target = column.reference
    if not target or target not in world.schema.tables:
        return None
    further = _part(world, call, target, rest)
    if further is None:
        return None

    empty: object = _empty(world, call, owner(world, target, rest), rest.rpartition(".")[2])

    def through(values: Mapping[str, str]) -> object:
        row = world.find(target, values.get(head, ""))
        seen = None if row is None or row.id in world.hidden else row.seen(world.clock.exact())
        return empty if seen is None else further(seen)

    return through


def _empty(world: World, call: Call, table: str, name: str) -> object:
    column = world.schema.column(table, name)
    if call.query.get("sysparm_display_value") == "all":
        return {"display_value": None if column is not None and column.choice else "", "value": ""}
    return ""


def _single(world: World, call: Call, table: str, column: Column) -> _Part:
    name, mode = column.name, call.query.get("sysparm_display_value", "false").lower()
    refers = bool(column.reference)
    linked = refers and not call.flag("sysparm_exclude_reference_link")
    place = f"{call.base}/api/now/{call.version + '/' if call.version else ''}table/{column.reference}/"
    journal = column.type.startswith("journal")
    if mode not in ("true", "all"):
        if journal:
            return lambda _: ""
        if not linked:
            return lambda values: values.get(name, "")

        def raw(values: Mapping[str, str]) -> object:
            value = values.get(name, "")
            return {"link": place + value, "value": value} if value else ""

        return raw

    def pretty(values: Mapping[str, str]) -> object:
        value = "" if journal else values.get(name, "")
        text = shown(world, call.account, table, column, values)
        if mode == "all":
            both: Doc = {"display_value": text, "value": value}
            return {"display_value": text, "link": place + value, "value": value} if linked and value else both
        return {"display_value": text, "link": place + value} if linked and value else text

    return pretty
