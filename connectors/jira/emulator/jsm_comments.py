"""What is said on a request, to everybody or among agents."""

from connectors.jira.emulator.answers import Answer, Call, Doc
from connectors.jira.emulator.change import write_comment
from connectors.jira.emulator.jsm_requests import EXPANDS, customer_view, is_agent
from connectors.jira.emulator.jsm_shapes import customer_doc, inner_page, jsm_refusal, paged
from connectors.jira.emulator.mail import notify
from connectors.jira.emulator.records import Comment, Issue
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.stamps import date_doc
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]


def _said(world: World, call: Call, issue: Issue) -> list[Comment]:
    """Return the comments that the caller reads; what is internal is not for customers."""
    agent = is_agent(world, call, world.project_of(issue))
    wants = {True: call.query.get("public", "true"), False: call.query.get("internal", "true")}
    return [
        one
        for one in issue.comments
        if one.deleted is None
        and one.visibility is None
        and (one.public or agent)
        and wants[one.public].lower() == "true"
    ]


def listed(world: World, call: Call) -> Answer:
    issue = customer_view(world, call)
    return paged(world, call, _said(world, call, issue), lambda one: _comment_doc(world, call, one))


def show(world: World, call: Call) -> Answer:
    for one in _said(world, call, customer_view(world, call)):
        if str(one.id) == call.args[1]:
            return Answer(_comment_doc(world, call, one))
    raise jsm_refusal(404, "sd.comment.not.found", f"The comment with id '{call.args[1]}' does not exist.")


def add(world: World, call: Call) -> Answer:
    """Say something; both properties are required, and only agents talk among themselves."""
    issue = customer_view(world, call)
    body = call.json(body=str, public=bool, additionalComment=dict)
    text, public = body.get("body"), body.get("public")
    if public is None:
        raise jsm_refusal(400, "sd.comment.error.public", "The 'public' property is required.")
    if not text:
        raise jsm_refusal(400, "sd.comment.error.body", "The 'body' property is required.")
    if public is False and not is_agent(world, call, world.project_of(issue)):
        raise jsm_refusal(403, "sd.comment.error.internal", "You cannot add internal comments to this request.")
    author = None if call.user is None else call.user.id
    comment = write_comment(world, issue, author, str(text), public=public is True)
    notify(world, issue, author, public=comment.public)
    return Answer(_comment_doc(world, call, comment), 201)


def _comment_doc(world: World, call: Call, comment: Comment) -> Doc:
    author = world.users.get(comment.author or "")
    link = f"{call.base}/rest/servicedeskapi/request/{comment.issue_id}/comment/{comment.id}"
    return {
        "_expands": ["attachment", "renderedBody"],
        "id": str(comment.id),
        "body": comment.body,
        "public": comment.public,
        **({} if author is None else {"author": customer_doc(world, call, author)}),
        "created": date_doc(world, comment.created),
        "_links": {"self": link},
    }


def _part(world: World, call: Call, issue: Issue) -> tuple[str, object]:
    return "comments", inner_page([_comment_doc(world, call, one) for one in _said(world, call, issue)])


EXPANDS["comment"] = _part

ROUTES = (
    Route("GET", "request/{issue}/comment", listed, face="desk"),
    Route("POST", "request/{issue}/comment", add, face="desk"),
    Route("GET", "request/{issue}/comment/{comment}", show, face="desk"),
)
