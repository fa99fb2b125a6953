"""Encoded queries as tests of records: which match, in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from connectors.servicenow.emulator.query_syntax import Group, Term, parsed
from connectors.servicenow.emulator.query_terms import Test, condition
from connectors.servicenow.emulator.reading import Getter, Key, Readable, getter, sort_key
from connectors.servicenow.emulator.schema import Column
from connectors.servicenow.emulator.stamps import zone
from connectors.servicenow.emulator.world import INDEXED, World

__all__ = ["Asker", "Compiled", "compiled"]


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a query is read: their zone and user, and which columns they may read."""

    world: World
    user_id: str = ""
    zone_name: str = "GMT"
    readable: Readable = field(default=lambda _table, _column: True)
    scripts: bool = True

    @property
    def zone(self) -> ZoneInfo:
        return zone(self.zone_name)


@dataclass(slots=True)
class Compiled:
    """A query of one table. unknown: fields that it names and the table lacks; forbidden: those one may not read.

    keys: the values of the indexed column (or `sys_id`) that it is confined to, None: it is not.
    """

    test: Test
    order: list[tuple[Key, bool]]
    unknown: list[str]
    forbidden: list[str]
    keys: set[str] | None = None
    key_column: str = ""
    confined: bool = False  # to an index, or to a stretch of time


def compiled(asker: Asker, table: str, text: str) -> Compiled:
    """Return a query made ready; unknown fields are dropped from it."""
    found = parsed(text)
    made = Compiled(_always, [], [], [])
    groups: list[list[Test]] = []
    for group in found.groups:
        tests = [one for one in (_either(asker, table, terms, made) for terms in group) if one is not None]
        groups.append(tests)
    made.test = _any([_all(tests) for tests in groups])
    for name, descending in found.order:
        ordered = getter(asker.world, table, name, asker.readable)
        if not isinstance(ordered, str):
            made.order.append((sort_key(ordered[1], ordered[0]), descending))
    _confine(table, found.groups, made)
    return made


def _always(_: Mapping[str, str]) -> bool:
    return True


def _all(tests: list[Test]) -> Test:
    if not tests:
        return _always
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        one, two = tests
        return lambda values: one(values) and two(values)
    return lambda values: all(test(values) for test in tests)


def _any(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda values: any(test(values) for test in tests)


def _either(asker: Asker, table: str, terms: list[Term], made: Compiled) -> Test | None:
    tests: list[Test] = []
    for term in terms:
        column = _column(asker, table, term.field, made)
        if column is not None and term.operator:
            tests.append(_test(asker, table, term, column[0], column[1]))
    return _any(tests) if tests else None


def _test(asker: Asker, table: str, term: Term, read: Getter, column: Column) -> Test:
    if term.operator in ("SAMEAS", "NSAMEAS"):
        other = getter(asker.world, table, term.value, asker.readable)
        if isinstance(other, str):
            return lambda _: False
        read_other, same = other[0], term.operator == "SAMEAS"
        return lambda values: (read(values) == read_other(values)) is same
    return condition(asker.world, term, column, read, asker.zone, asker.user_id, scripts=asker.scripts)


def _column(asker: Asker, table: str, name: str, made: Compiled) -> tuple[Getter, Column] | None:
    found = getter(asker.world, table, name, asker.readable)
    if isinstance(found, str):
        (made.forbidden if found == "forbidden" else made.unknown).append(name)
        return None
    return found


def _confine(table: str, groups: list[Group], made: Compiled) -> None:
    """See whether every group names the values of one indexed column, so that not all rows need be looked at."""
    for key in (INDEXED.get(table, ""), "sys_id"):
        keys: set[str] = set()
        for group in groups:
            named = [_named(terms, key) for terms in group]
            found = [one for one in named if one is not None]
            if not found:
                break
            keys |= found[0].intersection(*found)
        else:
            if key:
                made.keys, made.key_column, made.confined = keys, key, True
                return
    times = [
        any(
            terms[0].field in ("sys_created_on", "sys_updated_on") and terms[0].operator in (">", ">=")
            for terms in group
        )
        for group in groups
    ]
    made.confined = all(times)


def _named(terms: list[Term], key: str) -> set[str] | None:
    if any(term.field != key or term.operator not in ("=", "IN") for term in terms):
        return None
    return {value for term in terms for value in (term.value.split(",") if term.operator == "IN" else [term.value])}
