"""Pages of a search: by key-set, and what traps make of them."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from connectors.jira.emulator.access import searches
from connectors.jira.emulator.answers import as_doc, refused
from connectors.jira.emulator.deeds import delete
from connectors.jira.emulator.jql import Search, Sorted
from connectors.jira.emulator.records import Issue, User
from connectors.jira.emulator.world import World

__all__ = ["TOKEN_LIFE", "found", "next_page", "read_token"]

TOKEN_LIFE = 7 * 86_400_000


def found(
    world: World, caller: User | None, search: Search, fresh: Sequence[int] = (), after: int = 0
) -> Iterator[Issue]:
    """Yield the issues that a search finds, in no order, or by `updated` from `after` on.

    fresh: ids of issues that are looked at as they are, not as the index knows them.
    """
    candidates: Iterable[Issue] = search.candidates(world, after)
    if fresh:
        live = [world.find(one) for one in fresh]
        indexed = [one for one in world.index.all() if one.id not in fresh]
        candidates = [*indexed, *(one for one in live if one is not None)]
    for issue in candidates:
        if searches(world, issue, caller) and search.test(issue):
            yield issue


def next_page(
    world: World, caller: User | None, jql: str, search: Search, token: str | None, size: int, fresh: Sequence[int]
) -> tuple[list[Issue], str | None]:
    """Return the issues after a token, and the token of the page that follows, if one does."""
    after = None if token is None else read_token(world, jql, token)
    size, empty = _sizes(world, size)
    rows = _rows(world, caller, search, after, size + 1, fresh)
    if empty and rows:
        return [], _token(world, jql, after)
    page, more = rows[:size], len(rows) > size
    last = page[-1] if page else None
    if more and "duplicate_rows" in world.traps and len(page) > 1 and world.dice.random() < 0.3:
        last = page[-2]
    if "deleted_meanwhile" in world.traps and page and world.traps.deletions > 0 and world.dice.random() < 0.1:
        world.traps.deletions -= 1
        gone = world.find(world.dice.choice(page).id)
        if gone is not None:
            delete(world, gone, None)
    if not more or last is None:
        return page, None
    return page, _token(world, jql, search.order.values(last))


def _rows(
    world: World, caller: User | None, search: Search, after: Sorted | None, count: int, fresh: Sequence[int]
) -> list[Issue]:
    order = search.order
    start = int(after[0]) if order.by_updated and after is not None else 0
    behind = found(world, caller, search, fresh, start)
    if after is not None:
        behind = (one for one in behind if order.compare(order.values(one), after) > 0)
    if not order.by_updated or fresh:
        return order.sorted(behind)[:count]
    rows, alike = list[Issue](), list[Issue]()
    for issue in behind:
        if alike and issue.updated != alike[0].updated:
            rows += order.sorted(alike)
            alike = []
            if len(rows) >= count:
                break
        alike.append(issue)
    return (rows + order.sorted(alike))[:count]


def _sizes(world: World, size: int) -> tuple[int, bool]:
    """Return how many rows this page has, and whether it has none though more follow."""
    dice, traps = world.dice, world.traps
    if "lowered_maximum" in traps and dice.random() < 0.3:
        size = max(1, size // 2)
    if "short_pages" in traps and dice.random() < 0.3:
        size = dice.randint(1, size)
    return size, "empty_pages" in traps and dice.random() < 0.15


def _hash(jql: str) -> str:
    return hashlib.sha256(jql.encode()).hexdigest()[:12]


def _token(world: World, jql: str, values: Sorted | None) -> str:
    content = {"q": _hash(jql), "at": world.ms(), "n": world.number("token"), "after": values}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def read_token(world: World, jql: str, token: str) -> Sorted | None:
    """Return behind which values a page begins. Raises: Refusal (400) for a bad, old or another query's token."""
    bad = refused(400, "The provided next page token is invalid or has expired.")
    try:
        content = as_doc(json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))))
    except (binascii.Error, ValueError):
        raise bad from None
    made = content.get("at")
    if content.get("q") != _hash(jql) or not isinstance(made, int) or world.ms() - made > TOKEN_LIFE:
        raise bad
    return cast("Sorted | None", content.get("after"))
