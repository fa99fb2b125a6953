"""Encoded queries, put together: terms joined by `^`, groups of them by `^NQ`. Pure.

There are no brackets: what is to hold besides an administrator's query has to stand in each of its groups.
"""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["GROUP", "named", "within"]

GROUP: Final = "^NQ"

TERM: Final = re.compile(r"\^(?:OR(?!DERBY))?")

COLUMN: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")


def within(query: str, *terms: str, order: tuple[str, ...] = ()) -> str:
    """Return the query narrowed by terms. order: columns, ascending; the query's own order is left out."""
    groups = ["^".join(each for each in (*terms, _plain(group)) if each) for group in query.split(GROUP)]
    return "".join((GROUP.join(groups), *(f"^ORDERBY{each}" for each in order))).removeprefix("^")


def named(query: str) -> Iterator[str]:
    """Yield the columns that a query names, each once; of a dotted one the whole path."""
    seen = set[str]()
    for group in query.split(GROUP):
        for term in TERM.split(_plain(group)):
            found = COLUMN.match(term)
            if found is not None and found[0] not in seen:
                seen.add(found[0])
                yield found[0]


def _plain(group: str) -> str:
    """Return a group without its order and the mark of its end."""
    kept = [each for each in group.strip("^ ").split("^") if not each.startswith("ORDERBY") and each != "EQ"]
    return "^".join(kept)
