"""Search on Data Center: by offset over a list that moves."""

from collections.abc import Sequence
from typing import cast

from connectors.jira.emulator.answers import Answer, Call, strings
from connectors.jira.emulator.jql import compiled
from connectors.jira.emulator.jql_match import Asker
from connectors.jira.emulator.route import DATACENTER, Route
from connectors.jira.emulator.search_pages import found
from connectors.jira.emulator.shapes import issue_doc, names_and_schema, wanted
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]

_DEFAULT = 50


def by_query(world: World, call: Call) -> Answer:
    return _answered(
        world,
        call,
        call.query.get("jql", ""),
        (call.number("startAt", 0), call.number("maxResults", _DEFAULT)),
        call.words("fields") or ["*navigable"],
        call.words("expand") or [],
    )


def by_body(world: World, call: Call) -> Answer:
    """Answer the POST, where `expand` is an array."""
    body = call.json(
        jql=str, startAt=int, maxResults=int, fields=list, expand=list, validateQuery=(bool, str), properties=list
    )
    start, size = body.get("startAt"), body.get("maxResults")
    return _answered(
        world,
        call,
        cast("str", body.get("jql") or ""),
        (start if isinstance(start, int) else 0, size if isinstance(size, int) else _DEFAULT),
        strings(body.get("fields") or []) or ["*navigable"],
        strings(body.get("expand") or []),
    )


def _answered(
    world: World, call: Call, jql: str, window: tuple[int, int], fields: Sequence[str], expand: Sequence[str]
) -> Answer:
    start, size = window
    size = max(0, min(size, world.search_maximum))
    if "lowered_maximum" in world.traps and world.dice.random() < 0.3:
        size = max(1, size // 2)
    if call.user is None and "expired_empty" in world.traps:
        return Answer({"expand": "schema,names", "startAt": start, "maxResults": size, "total": 0, "issues": []})
    search = compiled(Asker(world, call.user), jql)
    rows = search.order.sorted(found(world, call.user, search))
    page = rows[start : start + size]
    if "short_pages" in world.traps and len(page) > 1 and world.dice.random() < 0.3:
        page = page[: world.dice.randint(1, len(page))]
    show = wanted(world, fields, expand, searching=True)
    return Answer(
        {
            "expand": "schema,names",
            "startAt": start,
            "maxResults": size,
            "total": len(rows),
            "issues": [issue_doc(world, call, one, show) for one in page],
            **names_and_schema(call, show),
        }
    )


ROUTES = (
    Route("GET", "search", by_query, DATACENTER, anonymous=True),
    Route("POST", "search", by_body, DATACENTER, anonymous=True, reads=True),
)
