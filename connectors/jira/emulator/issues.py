"""Issues one by one and by id: from the database, not from the index."""

from collections.abc import Iterable

from connectors.jira.emulator.access import browses_issue
from connectors.jira.emulator.answers import Answer, Call, Doc, issue_missing, refused, strings
from connectors.jira.emulator.records import Issue
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.shapes import issue_doc, names_and_schema, wanted
from connectors.jira.emulator.world import World

__all__ = ["ROUTES", "issue_of", "issues_of"]

_MOST = 100


def issue_of(world: World, call: Call) -> Issue:
    """Return the issue that the path names by id, key or an earlier key. Raises: Refusal (404)."""
    issue = world.named(call.args[0])
    if issue is None or not browses_issue(world, issue, call.user):
        raise issue_missing()
    return issue


def issues_of(world: World, call: Call, names: Iterable[str]) -> list[Issue]:
    """Return the issues of these ids and keys, by id; what is not there or out of sight is left out."""
    found = {one.id: one for one in (world.named(name) for name in names) if one is not None}
    return [found[number] for number in sorted(found) if browses_issue(world, found[number], call.user)]


def show(world: World, call: Call) -> Answer:
    issue = issue_of(world, call)
    fields = call.words("fields") or ["*all"]
    chosen = wanted(world, fields, call.words("expand") or [], _properties(issue, call.words("properties") or []))
    return Answer({**issue_doc(world, call, issue, chosen), **names_and_schema(call, chosen)})


def _properties(issue: Issue, names: list[str]) -> list[str]:
    return list(issue.properties) if "*all" in names else names


def bulk_fetch(world: World, call: Call) -> Answer:
    """Answer many by id: unknown and invisible ones are missing without a word."""
    body = call.json(issueIdsOrKeys=list, fields=list, expand=list, properties=list, fieldsByKeys=bool)
    names = strings(body.get("issueIdsOrKeys") or [])
    if not names or len(names) > _MOST:
        raise refused(400, f"Between 1 and {_MOST} issues can be fetched at once.")
    chosen = wanted(
        world,
        strings(body.get("fields") or []) or ["*navigable"],
        strings(body.get("expand") or []),
        strings(body.get("properties") or []),
    )
    docs: list[Doc] = [issue_doc(world, call, one, chosen) for one in issues_of(world, call, names)]
    return Answer({"expand": "schema,names", "issueErrors": [], "issues": docs, **names_and_schema(call, chosen)})


ROUTES = (
    Route("GET", "issue/{issue}", show, anonymous=True),
    Route("POST", "issue/bulkfetch", bulk_fetch, CLOUD, anonymous=True, reads=True),
)
