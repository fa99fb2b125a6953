"""The Aggregate API: counts, minima and maxima, grouped or not. Access to single rows is not looked at."""

from collections.abc import Iterator, Mapping

from connectors.servicenow.emulator.answers import JSON, Answer, Call, Doc, failure, forbidden
from connectors.servicenow.emulator.finding import check_table, find_rows
from connectors.servicenow.emulator.reading import Getter, getter
from connectors.servicenow.emulator.rights import sight
from connectors.servicenow.emulator.showing import shown
from connectors.servicenow.emulator.world import World

__all__ = ["aggregate"]

_Rows = list[Mapping[str, str]]


def aggregate(world: World, call: Call) -> Answer:
    """Answer statistics of what a query matches; numbers come as text."""
    table = call.path[1]
    check_table(world, table)
    if sight(world, call.account, table) != "rows":
        raise forbidden()
    rows: _Rows = [values for _, values in find_rows(world, call, table).rows]
    names = [one for one in call.query.get("sysparm_group_by", "").split(",") if one]
    if not names:
        return Answer({"result": {"stats": _stats(world, call, table, rows)}}, 200, {"content-type": JSON})
    getters = {name: found for name in names for found in _getters(world, call, table, name)}
    groups: dict[tuple[str, ...], _Rows] = {}
    for values in rows:
        groups.setdefault(tuple(read(values) for read in getters.values()), []).append(values)
    ordered = sorted(groups.items(), key=lambda one: one[0])
    result = [
        {
            "stats": _stats(world, call, table, members),
            "groupby_fields": [
                _group(world, call, table, name, value, members[0]) for name, value in zip(getters, key, strict=True)
            ],
        }
        for key, members in ordered
    ]
    return Answer({"result": result}, 200, {"content-type": JSON})


def _getters(world: World, call: Call, table: str, name: str) -> Iterator[Getter]:
    found = getter(world, table, name, call.asker(world).readable)
    if not isinstance(found, str):
        yield found[0]


def _group(world: World, call: Call, table: str, name: str, value: str, values: Mapping[str, str]) -> Doc:
    doc: Doc = {"field": name, "value": value}
    column = world.schema.column(table, name)
    if call.query.get("sysparm_display_value") in ("true", "all") and column is not None:
        doc["display_value"] = shown(world, call.account, table, column, values)
    return doc


def _stats(world: World, call: Call, table: str, rows: _Rows) -> Doc:
    doc: Doc = {}
    if call.flag("sysparm_count"):
        doc["count"] = str(len(rows))
    for kind in ("min", "max", "sum", "avg"):
        named = call.query.get(f"sysparm_{kind}_fields", "")
        found = {
            name: _figure(kind, [read(values) for values in rows])
            for name in named.split(",")
            if name
            for read in _getters(world, call, table, name)
        }
        if found:
            doc[kind] = found
    if not doc:
        raise failure(400, "No aggregate function was asked for")
    return doc


def _figure(kind: str, values: list[str]) -> str:
    """Return a figure over what is not empty; numbers count as such."""
    there = [one for one in values if one]
    if not there:
        return ""
    try:
        numbers = [float(one) for one in there]
    except ValueError:
        return {"min": min(there), "max": max(there)}.get(kind, "")
    figure = {"min": min(numbers), "max": max(numbers), "sum": sum(numbers)}.get(kind, sum(numbers) / len(numbers))
    return f"{figure:.4f}".rstrip("0").rstrip(".")
