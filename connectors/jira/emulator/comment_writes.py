"""Commenting on an issue through the platform's API."""

from connectors.emulation import as_doc, as_docs
from connectors.jira.emulator.adf_text import is_adf, text_of
from connectors.jira.emulator.answers import Answer, Call, refused
from connectors.jira.emulator.change import write_comment
from connectors.jira.emulator.issues import issue_of
from connectors.jira.emulator.mail import notify
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.shapes_history import comment_doc
from connectors.jira.emulator.users import permitted
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]

_INTERNAL = "sd.public.comment"


def add(world: World, call: Call) -> Answer:
    """Add a comment; in a service project a property of it makes it internal."""
    issue = issue_of(world, call)
    project = world.project_of(issue)
    if not permitted(world, call.user, "ADD_COMMENTS", project):
        raise refused(403, "You do not have the permission to comment on this issue.")
    body = call.json(body=(str, dict), visibility=dict, properties=list, public=bool)
    properties = {str(one.get("key")): one.get("value") for one in as_docs(body.get("properties"))}
    internal = as_doc(properties.pop(_INTERNAL, None)).get("internal") is True
    author = None if call.user is None else call.user.id
    comment = write_comment(
        world,
        issue,
        author,
        _text(body.get("body"), call.version),
        public=not (internal and project.kind == "service_desk"),
        visibility=_visibility(body.get("visibility")),
        properties=properties,
    )
    notify(world, issue, author, public=comment.public)
    return Answer(comment_doc(world, call, comment, properties=True), 201)


def _text(body: object, version: int) -> str:
    if version == 3 and is_adf(body):
        body = text_of(as_doc(body))
    elif version == 3:
        body = None
    if not isinstance(body, str) or not body.strip():
        raise refused(400, comment="Comment body is not valid!")
    return body


def _visibility(value: object) -> tuple[str, str] | None:
    doc = as_doc(value)
    if not doc:
        return None
    kind, name = doc.get("type"), doc.get("value", doc.get("identifier"))
    if kind not in ("role", "group") or not isinstance(name, str):
        raise refused(400, commentLevel="Group or role must be given by its name.")
    return str(kind), name


ROUTES = (Route("POST", "issue/{issue}/comment", add, anonymous=True),)
