"""Finds the rows of a query: by index where it can, committed ones only, in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain

from connectors.emulation import Dice
from connectors.servicenow.emulator.answers import Call, failure, forbidden
from connectors.servicenow.emulator.query import Compiled, compiled
from connectors.servicenow.emulator.reading import Key
from connectors.servicenow.emulator.records import Row
from connectors.servicenow.emulator.world import World

__all__ = ["Found", "check_table", "find_rows", "query_text"]

_PLAIN = ("sysparm_", "displayvalue")
_INVALID = "glide.invalid_query.returns_no_rows"


@dataclass(frozen=True, slots=True)
class Found:
    """rows: with the values that others see, ordered, before access control."""

    rows: list[tuple[Row, dict[str, str]]]
    query: Compiled


def check_table(world: World, table: str) -> None:
    """Raises: Refusal for a table that is not there."""
    if table not in world.schema.tables:
        raise failure(400, f"Invalid table {table}")


def query_text(call: Call) -> str:
    """Return the encoded query of a call; without one, plain `field=value` pairs make it up."""
    text = call.query.get("sysparm_query")
    if text is not None:
        return text
    pairs = [f"{name}={value}" for name, value in call.query.items() if not name.startswith(_PLAIN)]
    return "^".join(pairs)


def find_rows(world: World, call: Call, table: str) -> Found:
    """Return what matches. Raises: Refusal for a field that may not be read, and where unknown ones are refused."""
    text = query_text(call)
    blanked = "audit_key_blanked" in world.traps and table == "sys_audit" and not call.account.admin
    query = compiled(call.asker(world), table, text)
    if query.forbidden or (query.unknown and "unknown_403" in world.traps and not call.account.admin):
        raise forbidden("Field(s) present in the query do not have permission to be read")
    none = bool(query.unknown) and world.properties.get(_INVALID) == "true"
    if none or (blanked and "documentkeyIN" in text):
        return Found([], query)
    now, rows = world.clock.exact(), list[tuple[Row, dict[str, str]]]()
    for row in _candidates(world, table, query):
        seen = row.values if row.commits <= now else row.before
        if seen is not None and _in_domain(call, seen) and query.test(seen):
            rows.append((row, seen))
    if not query.order and "unsorted" in world.traps:
        Dice(f"{world.seed} {world.number('unsorted')}").shuffle(rows)
    for key, descending in reversed(query.order):
        rows.sort(key=partial(_keyed, key), reverse=descending)
    return Found(rows, query)


def _keyed(key: Key, one: tuple[Row, dict[str, str]]) -> tuple[float, str]:
    return key(one[1])


def _candidates(world: World, table: str, query: Compiled) -> Iterable[Row]:
    below = world.schema.below(table)
    if query.keys is None:
        return chain.from_iterable(list(world.rows[name].values()) for name in below)
    if query.key_column == "sys_id":
        tables = [world.rows[name] for name in below]
        return [rows[key] for rows in tables for key in sorted(query.keys) if key in rows]
    return [row for key in sorted(query.keys) for row in world.related(table, key)]


def _in_domain(call: Call, values: dict[str, str]) -> bool:
    """Return whether a record lies in the caller's domain or below; other ones are silently not there."""
    domain = values.get("sys_domain", "global")
    if domain == "global" or call.account.admin:
        return True
    return call.account.domain in ("TOP", domain) or _crosses(call)


def _crosses(call: Call) -> bool:
    return call.flag("sysparm_query_no_domain") and "query_no_domain_table_api" in call.account.roles
