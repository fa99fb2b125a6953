"""Histories and comments as documents."""

from collections.abc import Sequence

from connectors.jira.emulator.access import reads
from connectors.jira.emulator.adf import rich
from connectors.jira.emulator.answers import Call, Doc
from connectors.jira.emulator.records import Comment, History, Issue, Item
from connectors.jira.emulator.shapes_people import user_of
from connectors.jira.emulator.stamps import stamp
from connectors.jira.emulator.world import World

__all__ = ["comment_doc", "comments_of", "embedded_changelog", "history_doc", "in_order", "item_doc", "shown_field_id"]

INTERNAL = "sd.public.comment"


def in_order(issue: Issue) -> list[History]:
    """Return an issue's histories, oldest first."""
    return sorted(issue.histories, key=lambda one: (one.created, one.id))


def shown_field_id(world: World, history: History, item: Item) -> str | None:
    """Return the fieldId that the site tells; of custom fields it tells every other one at best."""
    hidden = "missing_field_ids" in world.traps and item.kind == "custom" and history.id % 2 == 0
    return None if hidden else item.field_id


def item_doc(world: World, history: History, item: Item) -> Doc:
    doc: Doc = {"field": item.field, "fieldtype": item.kind}
    field_id = shown_field_id(world, history, item)
    if field_id is not None:
        doc["fieldId"] = field_id
    return {**doc, "from": item.old, "fromString": item.old_text, "to": item.new, "toString": item.new_text}


def history_doc(
    world: World, call: Call, history: History, items: Sequence[Item] | None = None, *, numeric: bool = False
) -> Doc:
    """Return a history, or some of its items; `created` as a number of milliseconds if so asked."""
    doc: Doc = {"id": str(history.id)}
    author = user_of(world, call, history.author)
    if author is not None:
        doc["author"] = author
    chosen = history.items if items is None else items
    return {
        **doc,
        "created": history.created if numeric else stamp(world, history.created),
        "items": [item_doc(world, history, one) for one in chosen],
    }


def embedded_changelog(world: World, call: Call, issue: Issue, most: int) -> Doc:
    """Return the changelog inside an issue: newest first and cut on Cloud, oldest first and whole on Data Center."""
    found = in_order(issue)
    total = len(found)
    if world.flavour == "cloud":
        found.reverse()
        if "changelog_cut" in world.traps:
            found = found[:most]
    return {
        "startAt": 0,
        "maxResults": len(found),
        "total": total,
        "histories": [history_doc(world, call, one) for one in found],
    }


def comments_of(issue: Issue, call: Call) -> list[Comment]:
    """Return the comments that the caller may read, oldest first."""
    return sorted((one for one in issue.comments if reads(one, call.user)), key=lambda one: (one.created, one.id))


def comment_doc(world: World, call: Call, comment: Comment, *, properties: bool = False, rendered: bool = False) -> Doc:
    doc: Doc = {
        "self": call.link(f"issue/{comment.issue_id}/comment/{comment.id}"),
        "id": str(comment.id),
    }
    author, editor = user_of(world, call, comment.author), user_of(world, call, comment.update_author)
    if author is not None:
        doc["author"] = author
    doc["body"] = rich(comment.body, call.version)
    if rendered:
        doc["renderedBody"] = f"<p>{comment.body}</p>"
    if editor is not None:
        doc["updateAuthor"] = editor
    doc |= {"created": stamp(world, comment.created), "updated": stamp(world, comment.updated)}
    if comment.visibility is not None:
        kind, name = comment.visibility
        doc["visibility"] = {"type": kind, "value": name, "identifier": name}
    doc["jsdPublic"] = comment.public
    if properties:
        service = world.projects[world.issues[comment.issue_id].project_id].kind == "service_desk"
        own: Doc = {INTERNAL: {"internal": not comment.public}} if service else {}
        doc["properties"] = [{"key": key, "value": value} for key, value in {**own, **comment.properties}.items()]
    return doc
