"""Comments and remote links of issues, to be read."""

from typing import cast

from connectors.jira.emulator.access import browses_issue, reads
from connectors.jira.emulator.answers import Answer, Call, Doc, bad_payload, refused
from connectors.jira.emulator.issues import issue_of
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.shapes_history import comment_doc, comments_of
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]

_A_PAGE, _MOST_IDS = 100, 1000


def of_issue(world: World, call: Call) -> Answer:
    """Answer a page of comments: at most 100 on Cloud, all of them on Data Center unless fewer are asked for."""
    issue = issue_of(world, call)
    found = comments_of(issue, call)
    order = call.query.get("orderBy", "created")
    if order.lstrip("+-") != "created":
        raise refused(400, f"The orderBy value '{order}' is not supported.")
    if order.startswith("-"):
        found.reverse()
    start = max(0, call.number("startAt", 0))
    cloud = world.flavour == "cloud"
    size = call.number("maxResults", _A_PAGE if cloud else max(50, len(found)))
    size = max(0, min(size, _A_PAGE) if cloud else size)
    if "lowered_maximum" in world.traps and world.dice.random() < 0.3:
        size = max(1, size // 2)
    expand = call.words("expand") or []
    docs = [
        comment_doc(world, call, one, properties="properties" in expand, rendered="renderedBody" in expand)
        for one in found[start : start + size]
    ]
    return Answer({"startAt": start, "maxResults": size, "total": len(found), "comments": docs})


def show(world: World, call: Call) -> Answer:
    issue = issue_of(world, call)
    for one in comments_of(issue, call):
        if str(one.id) == call.args[1]:
            return Answer(comment_doc(world, call, one, properties="properties" in (call.words("expand") or [])))
    raise refused(404, f"Can not find a comment for the id: {call.args[1]}.")


def by_ids(world: World, call: Call) -> Answer:
    """Answer comments by their ids; what is not there or out of sight is left out."""
    ids = cast("list[object]", call.json(ids=list).get("ids") or [])
    if not all(isinstance(one, int) for one in ids):
        raise bad_payload()
    if len(ids) > _MOST_IDS:
        raise refused(400, f"A maximum of {_MOST_IDS} comments can be asked for.")
    docs = list[Doc]()
    for number in sorted({one for one in ids if isinstance(one, int)}):
        comment = world.comments.get(number)
        issue = None if comment is None else world.find(comment.issue_id)
        if comment is None or issue is None or not browses_issue(world, issue, call.user):
            continue
        if reads(comment, call.user):
            docs.append(comment_doc(world, call, comment, properties="properties" in (call.words("expand") or [])))
    return Answer({"maxResults": _MOST_IDS, "startAt": 0, "total": len(docs), "isLast": True, "values": docs})


def remote_links(world: World, call: Call) -> Answer:
    issue = issue_of(world, call)
    docs: list[Doc] = [
        {
            "id": one.id,
            "self": call.link(f"issue/{issue.id}/remotelink/{one.id}"),
            "globalId": one.global_id,
            "application": {},
            **({"relationship": one.relationship} if one.relationship else {}),
            "object": {
                "url": one.url,
                "title": one.title,
                "icon": {},
                "status": {"resolved": one.resolved, "icon": {}},
            },
        }
        for one in issue.remote_links
    ]
    return Answer(docs)


ROUTES = (
    Route("GET", "issue/{issue}/comment", of_issue, anonymous=True),
    Route("GET", "issue/{issue}/comment/{comment}", show, anonymous=True),
    Route("POST", "comment/list", by_ids, CLOUD, anonymous=True, reads=True),
    Route("GET", "issue/{issue}/remotelink", remote_links, anonymous=True),
)
