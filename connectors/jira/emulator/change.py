"""The one way by which anything about an issue changes: it is written down, dated, indexed, and told of."""

from collections.abc import Mapping, Sequence

from connectors.jira.emulator.item_texts import item_of
from connectors.jira.emulator.records import Comment, History, Issue, Item, Value
from connectors.jira.emulator.world import Happening, World

__all__ = ["ATTRIBUTES", "change", "create", "set_property", "touch", "value_of", "write_comment"]

ATTRIBUTES = {
    "summary": "summary",
    "description": "description",
    "environment": "environment",
    "status": "status_id",
    "priority": "priority_id",
    "resolution": "resolution_id",
    "issuetype": "type_id",
    "project": "project_id",
    "assignee": "assignee",
    "reporter": "reporter",
    "duedate": "due_date",
    "labels": "labels",
}
"""Fields of the system that a save may change -> where they are kept."""


def value_of(issue: Issue, field_id: str) -> Value:
    """Return what is kept of a field; None for a custom field that has no value."""
    name = ATTRIBUTES.get(field_id)
    if name is None:
        return issue.values.get(field_id)
    kept: Value = getattr(issue, name)
    return kept


def create(world: World, issue: Issue) -> None:
    """Let an issue be there from its `created` on."""
    issue.first_status_id = issue.status_id
    world.issues[issue.id] = issue
    world.keys[issue.key] = issue.id
    world.index.after(issue, issue.updated)
    world.tell(Happening("created", issue, issue.created, issue.creator))


def change(
    world: World,
    issue: Issue,
    author: str | None,
    wishes: Mapping[str, Value],
    extra: Sequence[Item] = (),
    via: Mapping[str, Value] | None = None,
) -> History | None:
    """Save new values by field id as one history, and return it; None when nothing changes.

    extra: items beside those of the fields, as a move or an automation writes them.
    via: values that a field passes through in the same save, each with an item of its own.
    """
    at = world.ms()
    new = {field_id: value for field_id, value in wishes.items() if value_of(issue, field_id) != value}
    if not new and not extra:
        return None
    world.index.before(issue)
    items = list(extra)
    for name, value in new.items():
        before = value_of(issue, name)
        if via and name in via:
            items.append(item_of(world, name, before, via[name]))
            before = via[name]
        items.append(item_of(world, name, before, value))
    category = world.statuses[issue.status_id].category
    for name, value in new.items():
        _put(issue, name, value)
    if world.statuses[issue.status_id].category != category:
        issue.category_changed = at
    if "resolution" in new:
        issue.resolved = None if issue.resolution_id is None else at
    history = History(world.number("history", 100_000), issue.id, at, author, items)
    issue.histories.append(history)
    _bump(world, issue, at)
    world.tell(Happening("updated", issue, at, author, history))
    return history


def write_comment(
    world: World,
    issue: Issue,
    author: str | None,
    body: str,
    *,
    public: bool = True,
    visibility: tuple[str, str] | None = None,
    properties: Mapping[str, object] | None = None,
) -> Comment:
    """Add a comment, which bumps `updated` and leaves no history. Outside service projects all are public."""
    at = world.ms()
    world.index.before(issue)
    public = public or world.project_of(issue).kind != "service_desk"
    comment = Comment(world.number("comment", 900_000), issue.id, author, body, at, at, author, public, visibility)
    comment.properties.update(properties or {})
    issue.comments.append(comment)
    world.comments[comment.id] = comment
    _bump(world, issue, at)
    world.tell(Happening("commented", issue, at, author, comment=comment))
    return comment


def set_property(world: World, issue: Issue, author: str | None, name: str, value: object) -> bool:
    """Set a hidden property, or take it away (None); return whether it was there before. `updated` stays."""
    known = name in issue.properties
    world.index.before(issue)
    if value is None:
        issue.properties.pop(name, None)
    else:
        issue.properties[name] = value
    world.index.after(issue, world.ms())
    world.tell(
        Happening("property_set" if value is not None else "property_deleted", issue, world.ms(), author, name=name)
    )
    return known


def touch(world: World, issue: Issue, kind: str, author: str | None, comment: Comment | None = None) -> None:
    """Date, index and tell of what was already done to an issue without a history. `before` it was kept."""
    at = world.ms()
    _bump(world, issue, at)
    world.tell(Happening(kind, issue, at, author, comment=comment))


def _bump(world: World, issue: Issue, at: int) -> None:
    issue.updated = at
    world.index.after(issue, at)


def _put(issue: Issue, field_id: str, value: Value) -> None:
    name = ATTRIBUTES.get(field_id)
    if name is not None:
        setattr(issue, name, value)
    elif value is None:
        issue.values.pop(field_id, None)
    else:
        issue.values[field_id] = value
