"""Search on Cloud: by token, bounded, ids alone unless more is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from connectors.jira.emulator.answers import Answer, Call, Doc, bad_payload, problem, refused, strings
from connectors.jira.emulator.jql import Search, compiled
from connectors.jira.emulator.jql_match import Asker
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.search_pages import found, next_page
from connectors.jira.emulator.shapes import issue_doc, names_and_schema, wanted
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]

_MOST_IDS, _MOST, _DEFAULT = 5000, 100, 50
_MOST_PROPERTIES, _MOST_FRESH = 5, 50


@dataclass(frozen=True, slots=True)
class _Asked:
    jql: str
    fields: Sequence[str]
    expand: Sequence[str]
    size: int
    token: str | None
    properties: Sequence[str]
    fresh: Sequence[int]


def by_query(world: World, call: Call) -> Answer:
    """Answer `GET search/jql`."""
    fresh = call.words("reconcileIssues") or []
    if not all(one.isdecimal() for one in fresh):
        raise problem(400, "Bad Request", f"Failed to convert 'reconcileIssues' with value: '{fresh}'", call.path)
    return _answered(
        world,
        call,
        _Asked(
            call.query.get("jql", ""),
            call.words("fields") or ["id"],
            call.words("expand") or [],
            call.number("maxResults", _DEFAULT),
            call.query.get("nextPageToken"),
            call.words("properties") or [],
            [int(one) for one in fresh],
        ),
    )


def by_body(world: World, call: Call) -> Answer:
    """Answer `POST search/jql`, which takes no property that it does not know."""
    body = call.json(
        jql=str,
        fields=list,
        expand=str,
        maxResults=int,
        nextPageToken=str,
        properties=list,
        fieldsByKeys=bool,
        failFast=bool,
        reconcileIssues=list,
    )
    fresh = cast("list[object]", body.get("reconcileIssues") or [])
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in fresh):
        raise bad_payload()
    fields = strings(body.get("fields") or [])
    size = body.get("maxResults")
    return _answered(
        world,
        call,
        _Asked(
            cast("str", body.get("jql") or ""),
            fields or ["id"],
            [one.strip() for one in cast("str", body.get("expand") or "").split(",")],
            size if isinstance(size, int) else _DEFAULT,
            cast("str | None", body.get("nextPageToken")),
            strings(body.get("properties") or []),
            cast("list[int]", fresh),
        ),
    )


def _answered(world: World, call: Call, asked: _Asked) -> Answer:
    if call.user is None and "expired_empty" in world.traps:
        return Answer({"issues": [], "isLast": True})
    if len(asked.properties) > _MOST_PROPERTIES:
        raise refused(400, f"A maximum of {_MOST_PROPERTIES} properties can be requested.")
    if len(asked.fresh) > _MOST_FRESH:
        raise refused(400, f"A maximum of {_MOST_FRESH} issues can be reconciled.")
    search = _bounded(world, call, asked.jql)
    show = wanted(world, asked.fields, asked.expand, asked.properties, searching=True)
    bare = show.keys_only and not show.properties and "changelog" not in show.expand
    most = _MOST_IDS if bare else min(_MOST, world.search_maximum)
    size = max(1, min(asked.size, most))
    rows, token = next_page(world, call.user, asked.jql, search, asked.token, size, asked.fresh)
    doc: Doc = {"issues": [issue_doc(world, call, one, show) for one in rows]}
    if token is not None:
        doc["nextPageToken"] = token
    return Answer({**doc, "isLast": token is None, **names_and_schema(call, show)})


def _bounded(world: World, call: Call, jql: str) -> Search:
    search = compiled(Asker(world, call.user), jql)
    if not search.bounded:
        text = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        raise refused(400, text)
    return search


def count(world: World, call: Call) -> Answer:
    """Answer `POST search/approximate-count`."""
    body = call.json(jql=str)
    search = _bounded(world, call, cast("str", body.get("jql") or ""))
    return Answer({"count": sum(1 for _ in found(world, call.user, search))})


def removed(_: World, call: Call) -> Answer:
    """Answer what there was until 2025."""
    text = (
        f"The requested API has been removed. Please migrate to the /rest/api/{call.version}/search/jql API. A full "
        "migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
    )
    raise refused(410, text)


ROUTES = (
    Route("GET", "search/jql", by_query, CLOUD, anonymous=True),
    Route("POST", "search/jql", by_body, CLOUD, anonymous=True, reads=True),
    Route("POST", "search/approximate-count", count, CLOUD, anonymous=True, reads=True),
    Route("GET", "search", removed, CLOUD, anonymous=True),
    Route("POST", "search", removed, CLOUD, anonymous=True, reads=True),
    Route("POST", "search/id", removed, CLOUD, anonymous=True, reads=True),
)
