"""Internal notes: private comments of the hub's own, found again by their mark."""

from collections.abc import Mapping

from connectors import marked, perhaps, several
from connectors.zendesk.client import Api

__all__ = ["by_mark", "note", "noted"]


def note(api: Api, ticket_id: str, said: str) -> str:
    """Leave a private comment; return why the ticket takes none, empty where it did."""
    return api.comment(ticket_id, said)


def noted(api: Api, ticket_id: str, mark: str) -> bool:
    """Say whether a comment of the ticket bears the mark."""
    audits = api.audits(ticket_id) or ()
    parts = (perhaps(part) for audit in map(perhaps, audits) for part in several(audit.get("events")))
    return any(part.get("type") == "Comment" and mark in str(part.get("body")) for part in parts)


def by_mark(part: Mapping[str, object]) -> bool:
    """Say whether a comment, as an audit or the export tells it, is private and bears the hub's mark."""
    public = part.get("public", part.get("comment_public"))
    return public is False and marked(str(part.get("body")))
