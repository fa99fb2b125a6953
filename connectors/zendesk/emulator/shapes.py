"""Records as the API's JSON documents. `base` is scheme and host of the caller's request."""

from collections.abc import Iterable

from connectors.emulation import iso
from connectors.zendesk.emulator.answers import as_doc
from connectors.zendesk.emulator.records import (
    RATING_IDS,
    SYSTEM,
    Audit,
    Comment,
    Doc,
    Event,
    Job,
    Ticket,
    TicketField,
    Via,
)
from connectors.zendesk.emulator.values import unset
from connectors.zendesk.emulator.world import World

__all__ = ["IDS", "audit_doc", "comment_doc", "field_doc", "html", "job_doc", "ticket_doc", "ticket_docs", "via_doc"]

IDS = frozenset(
    {
        "requester_id",
        "assignee_id",
        "group_id",
        "organization_id",
        "brand_id",
        "ticket_form_id",
        "custom_status_id",
        "problem_id",
    }
)
_CLIENT: Doc = {
    "client": "Mozilla/5.0",
    "ip_address": "192.0.2.10",
    "location": "Berlin, BE, Germany",
    "latitude": 52.52,
    "longitude": 13.4,
}


def via_doc(via: Via) -> Doc:
    """Return the `via` object with its source."""
    from_: Doc = {}
    if via.rule is not None:
        from_ = {"deleted": False, "title": via.rule[1], "id": via.rule[0], "revision_id": 3}
    elif via.rel == "merge":
        from_ = {"ticket_ids": list(via.ticket_ids)}
    elif via.ticket_ids:
        from_ = {"ticket_id": via.ticket_ids[0], "channel": "web"}
    return {"channel": via.channel, "source": {"from": from_, "to": {}, "rel": via.rel}}


def html(body: str) -> str:
    """Return a comment's text as the desk's own HTML."""
    paragraphs = "".join(f'<p dir="auto">{part}</p>' for part in body.split("\n\n"))
    return f'<div class="zd-comment" dir="auto">{paragraphs}</div>'


def ticket_docs(world: World, tickets: Iterable[Ticket], base: str, *, exported: bool = False) -> list[Doc]:
    """Return many tickets. `exported`: with `generated_timestamp`, as incremental answers have it."""
    fields = [(one.id, unset(one)) for one in world.fields.values() if one.custom and one.active]
    return [_ticket(one, fields, base, exported=exported) for one in tickets]


def ticket_doc(world: World, ticket: Ticket, base: str, *, exported: bool = False) -> Doc:
    return ticket_docs(world, [ticket], base, exported=exported)[0]


def _ticket(ticket: Ticket, fields: list[tuple[int, object]], base: str, *, exported: bool) -> Doc:
    values = ticket.values
    custom = [{"id": number, "value": values.get(number, nothing)} for number, nothing in fields]
    doc: Doc = {
        "url": f"{base}/api/v2/tickets/{ticket.id}.json",
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": via_doc(ticket.via),
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "type": ticket.type,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": ticket.status,
        "recipient": None,
        "requester_id": ticket.requester_id,
        "submitter_id": ticket.submitter_id,
        "assignee_id": ticket.assignee_id,
        "organization_id": ticket.organization_id,
        "group_id": ticket.group_id,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": ticket.problem_id,
        "has_incidents": False,
        "is_public": ticket.is_public,
        "due_at": ticket.due_at if ticket.type == "task" else None,
        "tags": ticket.tags,
        "custom_fields": custom,
        "satisfaction_rating": _rating(ticket),
        "sharing_agreement_ids": [],
        "custom_status_id": ticket.custom_status_id,
        "fields": custom,
        "followup_ids": ticket.followup_ids,
        "ticket_form_id": ticket.ticket_form_id,
        "brand_id": ticket.brand_id,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": ticket.via.channel == "native_messaging",
    }
    if exported:
        doc["generated_timestamp"] = ticket.generated
    return doc


def _rating(ticket: Ticket) -> Doc:
    rated = ticket.score in ("good", "bad")
    return {"score": ticket.score, "id": RATING_IDS + ticket.id} if rated else {"score": ticket.score}


def _metadata(author_id: int) -> Doc:
    return {"system": {} if author_id == SYSTEM else _CLIENT, "custom": {}}


def comment_doc(comment: Comment) -> Doc:
    """Return a comment as `/tickets/{id}/comments` shows it."""
    return {
        **_comment_line(comment),
        "via": via_doc(comment.via),
        "created_at": iso(comment.created_at),
        "metadata": _metadata(comment.author_id),
    }


def _comment_line(comment: Comment) -> Doc:
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author_id,
        "body": comment.body,
        "html_body": html(comment.body),
        "plain_body": comment.body,
        "public": comment.public,
        "attachments": [],
        "audit_id": comment.audit_id,
    }


def audit_doc(audit: Audit) -> Doc:
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "created_at": iso(audit.created_at),
        "author_id": audit.author_id,
        "metadata": _metadata(audit.author_id),
        "events": [_event(one, audit) for one in audit.events],
        "via": via_doc(audit.via),
    }


def _event(event: Event, audit: Audit) -> Doc:
    if event.comment is not None:
        line = _comment_line(event.comment)
        return line if event.comment.via == audit.via else {**line, "via": via_doc(event.comment.via)}
    doc: Doc = {"id": event.id, "type": event.kind}
    if event.via is not None:
        doc["via"] = via_doc(event.via)
    if event.kind == "Notification":
        return {**doc, **as_doc(event.value)}
    if event.kind == "SatisfactionRating":
        return {**doc, "score": event.value, "assignee_id": None, "body": ""}
    if event.kind == "CommentPrivacyChange":
        return {**doc, "comment_id": event.value, "public": False}
    doc["value"] = _as_text(event.field, event.value)
    doc["field_name"] = event.field
    if event.kind == "Change":
        doc["previous_value"] = _as_text(event.field, event.previous)
    return doc


def _as_text(name: str, value: object) -> object:
    """Return an id as a string, which is how audits hold them and nothing else does."""
    return str(value) if name in IDS and value is not None else value


def field_doc(field: TicketField, base: str) -> Doc:
    doc: Doc = {
        "url": f"{base}/api/v2/ticket_fields/{field.id}.json",
        "id": field.id,
        "type": field.type,
        "title": field.title,
        "raw_title": field.title,
        "description": field.title,
        "raw_description": field.title,
        "position": field.position,
        "active": field.active,
        "required": False,
        "collapsed_for_agents": False,
        "regexp_for_validation": field.regexp,
        "title_in_portal": field.title,
        "raw_title_in_portal": field.title,
        "visible_in_portal": not field.custom,
        "editable_in_portal": not field.custom,
        "required_in_portal": False,
        "tag": field.tag,
        "created_at": iso(field.created_at),
        "updated_at": iso(field.updated_at),
        "removable": field.custom,
        "key": None,
        "agent_description": None,
        **field.extra,
    }
    if field.options:
        doc["custom_field_options"] = [
            {"id": one.id, "name": one.name, "raw_name": one.name, "value": one.value, "default": False}
            for one in field.options
        ]
    return doc


def job_doc(job: Job, now: float, base: str) -> Doc:
    """Return a job as it stands: queued, working from half-way on, then completed, killed or failed."""
    doc: Doc = {
        "id": job.id,
        "url": f"{base}/api/v2/job_statuses/{job.id}.json",
        "total": job.total,
        "progress": None,
        "status": "queued",
        "message": None,
        "results": None,
    }
    if job.completed_at and job.fate in ("killed", "failed"):
        doc |= {"progress": job.total // 2, "status": job.fate, "message": f"Job {job.fate}"}
    elif job.completed_at:
        done = iso(job.completed_at).replace("T", " ").replace("Z", " +0000")
        doc |= {"progress": job.total, "status": "completed", "message": f"Completed at {done}", "results": job.results}
    elif job.fate != "queued" and now >= (job.queued_at + job.due) / 2:
        progress = max(1, job.total // 2)
        doc |= {"progress": progress, "status": "working", "message": f"Updating ticket #{progress}"}
    return doc
