"""The names that an instance knows: from its lists of choices where they may be read, and from what tickets show."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

from connectors import KnownNames, Label, Record, perhaps
from connectors.servicenow import catalogue
from connectors.servicenow.client import Api, listed
from connectors.servicenow.mapping import labels
from connectors.servicenow.rights import Look
from connectors.servicenow.scope import Scope
from connectors.servicenow.shapes import stored
from connectors.servicenow.words import CUSTOMER, DELETED, MEMBER, PERSON, SERVICE, SYSTEM

__all__ = ["known_names", "named", "plain"]

T = TypeVar("T")

MOST: Final = 1000

PLAIN: Final = frozenset({"new", "open", "in progress", "work in progress"})
"""Statuses that say no more than what their number means, by name."""

LISTS: Final = {"team": "sys_user_group", "organisation": "core_company"}

AT_ONCE: Final = 40
"""Names in one filter: they may be long."""

SAFE: Final = re.compile(r"(?!javascript:)[^,^\r\n]{1,100}")

CLASSES: Final = ("kind", "table")


class Tries(Protocol):
    """Returns an answer, None where there is none, which is noted under `what`."""

    def __call__(self, what: str, ask: Callable[[], T], /) -> T | None: ...


def known_names(
    api: Api, scope: Scope, more: Sequence[str], looks: Sequence[Look], tried: Tries
) -> dict[str, KnownNames]:
    """Return names by field. They are whole where the instance's lists may be read. more: columns followed besides."""
    read = tried("names", lambda: catalogue.read(api, scope, more))
    told = read.records if read else ()
    seen: list[Record] = []
    for look in looks:
        for row in look.rows:
            seen += labels(row, scope.tables[look.table])
    whole = {each.field for each in told if isinstance(each, Label)}
    found: dict[str, dict[str, str]] = {name: dict.fromkeys(scope.tables, "") for name in CLASSES}
    categories: dict[str, dict[str, str]] = {}
    for each in (*seen, *told):
        if isinstance(each, Label):
            found.setdefault(each.field, {})[each.value] = each.text
            if each.category:
                categories.setdefault(each.field, {})[each.value] = each.category
    names = {field: KnownNames(words, field in whole, categories.get(field, {})) for field, words in found.items()}
    names["role"] = KnownNames({word: word for word in (PERSON, MEMBER, SERVICE, CUSTOMER, SYSTEM, DELETED)})
    for field, table in LISTS.items():
        if (rows := tried(table, partial(_listed, api, table))) is not None:
            names[field] = rows
    return names


def named(api: Api, field: str, words: Sequence[str]) -> Mapping[str, str] | None:
    """Return by id the teams or organisations that have one of these ids or names; None for what is read whole.

    A name that could end its term of the filter is asked for by nobody.
    """
    if field not in LISTS:
        return None
    found: dict[str, str] = {}
    safe = [word for word in words if SAFE.fullmatch(word)]
    wanted = {word.casefold() for word in safe}
    for column in ("sys_id", "name"):
        for first in range(0, len(safe), AT_ONCE):
            query = listed(column, safe[first : first + AT_ONCE])
            for row in map(perhaps, api.page(LISTS[field], query, ("sys_id", "name"), MOST).items):
                ident, name = stored(row, "sys_id"), stored(row, "name")
                if ident.casefold() in wanted or name.casefold() in wanted:
                    found[ident] = name
    return found


def plain(names: Mapping[str, KnownNames]) -> Iterator[tuple[str, str]]:
    """Yield the statuses that say no more than what their number means."""
    for key, word in names["status"].names.items() if "status" in names else ():
        if word.casefold() in PLAIN:
            yield "status", key


def _listed(api: Api, table: str) -> KnownNames:
    page = api.page(table, "ORDERBYsys_id", ("sys_id", "name"), MOST)
    rows = [perhaps(each) for each in page.items]
    found = {stored(row, "sys_id"): stored(row, "name") for row in rows}
    return KnownNames(found, whole=bool(rows) and page.after is None)
