"""Audits as the incremental ticket event export shows them: each line names its field as a key."""

from typing import cast

from connectors.emulation import iso
from connectors.zendesk.emulator.records import SYSTEM, Audit, Comment, Doc, Event, Via
from connectors.zendesk.emulator.shapes import IDS, html, via_doc

__all__ = ["ticket_event_doc"]

_CHANNELS = {
    "web": "Web form",
    "email": "Mail",
    "api": "Web service",
    "native_messaging": "Messaging",
    "voice": "Phone call (inbound)",
    "chat": "Chat",
    "rule": "Rule",
}
_CLIENT: Doc = {"client": "Mozilla/5.0", "location": "Berlin, BE, Germany", "latitude": 52.52, "longitude": 13.4}
_SHOWN = frozenset({"Create", "Change", "Comment", "SatisfactionRating"})


def ticket_event_doc(audit: Audit, *, with_comments: bool) -> Doc:
    """Return one audit. `with_comments`: whole comments instead of `comment_present` and `comment_public`."""
    return {
        "child_events": [_child(one, audit, with_comments) for one in audit.events if one.kind in _SHOWN],
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "timestamp": audit.created_at,
        "created_at": iso(audit.created_at),
        "updater_id": audit.author_id,
        "via": _channel(audit.via),
        "system": {} if audit.author_id == SYSTEM else _CLIENT,
        "metadata": {},
        "event_type": "Audit",
    }


def _channel(via: Via) -> str:
    return _CHANNELS.get(via.channel, "Web form")


def _child(event: Event, audit: Audit, with_comments: bool) -> Doc:
    if event.comment is not None and with_comments:
        return _comment(event.comment)
    via = event.via or (event.comment.via if event.comment is not None else audit.via)
    doc: Doc = {
        "id": event.id,
        "via": _channel(via),
        "via_reference_id": via.rule[0] if via.rule is not None else None,
    }
    if event.comment is not None:
        # The export is written once: a comment that became private later stays public here.
        return {**doc, "comment_present": True, "comment_public": event.comment.was_public, "event_type": "Comment"}
    if event.field == "tags":
        doc |= _tags(event)
    elif event.field.isdigit():
        doc["custom_ticket_fields"] = {event.field: event.value}
    else:
        doc[event.field] = event.value
    doc["event_type"] = "Create" if event.kind == "Create" else "Change"
    if event.kind != "Create":
        is_id = event.field in IDS and event.previous is not None
        doc["previous_value"] = str(event.previous) if is_id else event.previous
    return doc


def _tags(event: Event) -> Doc:
    now = cast("list[str]", event.value)
    before = cast("list[str]", event.previous or [])
    return {
        "tags": now,
        "added_tags": [tag for tag in now if tag not in before],
        "removed_tags": [tag for tag in before if tag not in now],
    }


def _comment(comment: Comment) -> Doc:
    return {
        "id": comment.id,
        "via": via_doc(comment.via),
        "via_reference_id": None,
        "type": "Comment",
        "author_id": comment.author_id,
        "body": comment.body,
        "html_body": html(comment.body),
        "public": comment.was_public,
        "attachments": [],
        "audit_id": comment.audit_id,
        "created_at": iso(comment.created_at),
        "event_type": "Comment",
    }
