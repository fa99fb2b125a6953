"""Internal notes: comments in service projects that no customer sees, found again by their mark."""

from collections.abc import Mapping

from connectors import dumped, fields_of, flag, marked, perhaps
from connectors.jira.client import Api

__all__ = ["by_mark", "note", "noted"]

INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}

EXPECTED = frozenset({400, 403, 404, 413})


def note(api: Api, ticket_id: str, said: str) -> str:
    """Leave an internal comment; return why the issue takes none, empty where it did.

    Outside service projects everybody who sees an issue sees its comments: none is left there.
    """
    shown = api.get(f"~/issue/{ticket_id}", {"fields": "project"}, frozenset({404}))
    if not shown.good:
        return "Jira does not show the ticket"
    project = perhaps(perhaps(fields_of(shown.body).get("fields")).get("project"))
    if project.get("projectTypeKey") != "service_desk":
        return f"project {project.get('key')} is no service project, so its comments cannot be hidden from anybody"
    body: object = said
    if api.site().cloud:
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": said}]}
        body = {"type": "doc", "version": 1, "content": [paragraph]}
    reply = api.send("POST", f"~/issue/{ticket_id}/comment", {"body": body, "properties": [INTERNAL]}, None, EXPECTED)
    return "" if reply.good else f"Jira takes no comment: {reply.said or reply.status}"


def noted(api: Api, ticket_id: str, mark: str) -> bool:
    """Say whether a comment of the issue bears the mark."""
    path = f"~/issue/{ticket_id}/comment"
    every = api.counted(path, "comments", {"orderBy": "-created", "expand": "properties"})
    return any(mark in dumped(perhaps(each).get("body")) for each in every or ())


def by_mark(raw: Mapping[str, object]) -> bool:
    """Say whether a comment is internal and bears the hub's mark."""
    return not flag(raw, "jsdPublic", default=True) and marked(dumped(raw.get("body")))
