"""Everything that happened at the site, as plain data: what a store that read it all has to end equal to."""

from connectors.emulation import Doc
from connectors.jira.emulator.access import browses
from connectors.jira.emulator.jsm_sla import readings
from connectors.jira.emulator.records import Comment, History, Issue, Item, User
from connectors.jira.emulator.sla_clock import Reading
from connectors.jira.emulator.world import World

__all__ = ["presence", "truth"]


def presence(world: World, issue: Issue, hub: User) -> str:
    """Return where an issue is for somebody: `present`, `archived`, `deleted`, or `hidden` (out of reach)."""
    if issue.deleted is not None:
        return "deleted"
    project = world.project_of(issue)
    if not browses(project, hub):
        return "hidden"
    return "archived" if issue.archived or project.archived else "present"


def truth(world: World, hub: User) -> Doc:
    """Return issues with all their histories and comments, people, organisations, projects and statuses.

    Nothing is late, paged or cut: deleted issues and comments are there, marked. Instants are milliseconds.
    """
    return {
        "now": world.ms(),
        "issues": [_issue(world, one, hub) for one in world.issues.values()],
        "users": [
            {
                "id": one.id,
                "name": one.display_name,
                "email": None if one.deleted else one.email,
                "kind": one.kind,
                "active": one.active,
                "deleted": one.deleted,
            }
            for one in world.users.values()
        ],
        "organizations": [
            {"id": one.id, "name": one.name, "members": list(one.members)} for one in world.organisations.values()
        ],
        "projects": [
            {
                "id": one.id,
                "key": one.key,
                "old_keys": list(one.old_keys),
                "name": one.name,
                "kind": one.kind,
                "style": one.style,
                "archived": one.archived,
                "open": browses(one, hub),
            }
            for one in world.projects.values()
        ],
        "statuses": [
            {"id": one.id, "name": one.name, "old_names": list(one.old_names), "category": one.category}
            for one in world.statuses.values()
            if not one.deleted
        ],
    }


def _issue(world: World, issue: Issue, hub: User) -> Doc:
    return {
        "id": issue.id,
        "key": issue.key,
        "old_keys": list(issue.old_keys),
        "presence": presence(world, issue, hub),
        "project_id": issue.project_id,
        "issuetype_id": issue.type_id,
        "summary": issue.summary,
        "description": issue.description,
        "status_id": issue.status_id,
        "first_status_id": issue.first_status_id,
        "priority_id": issue.priority_id,
        "resolution_id": issue.resolution_id,
        "assignee": issue.assignee,
        "reporter": issue.reporter,
        "creator": issue.creator,
        "created": issue.created,
        "updated": issue.updated,
        "resolved": issue.resolved,
        "due_date": issue.due_date,
        "labels": list(issue.labels),
        "values": dict(issue.values),
        "properties": dict(issue.properties),
        "rating": None if issue.rating is None else issue.rating.score,
        "sla": [_sla(one, world.ms()) for one in readings(world, issue)],
        "histories": [_history(one) for one in sorted(issue.histories, key=lambda one: (one.created, one.id))],
        "comments": [_comment(one) for one in issue.comments],
        "links": [
            {"id": one.id, "type_id": one.type_id, "source": one.source, "target": one.target} for one in issue.links
        ],
        "remote_links": [{"id": one.id, "url": one.url, "title": one.title} for one in issue.remote_links],
        "deleted": issue.deleted,
    }


def _sla(reading: Reading, now: int) -> Doc:
    """Return the cycles of one of the site's own clocks; the one that has no `stop` is going on."""
    cycles = [*reading.completed, *([] if reading.ongoing is None else [reading.ongoing])]
    return {
        "id": int(reading.metric.id),
        "name": reading.metric.name,
        "cycles": [
            {
                "start": one.start,
                "stop": one.stop,
                "breach": one.breach(),
                "goal": one.goal.length,
                "elapsed": one.elapsed(now if one.stop is None else one.stop),
                "paused": one.stop is None and one.since is None,
            }
            for one in cycles
        ],
    }


def _history(history: History) -> Doc:
    return {
        "id": history.id,
        "created": history.created,
        "author": history.author,
        "items": [_item(one) for one in history.items],
    }


def _item(item: Item) -> Doc:
    return {
        "field": item.field,
        "field_id": item.field_id,
        "from": item.old,
        "from_string": item.old_text,
        "to": item.new,
        "to_string": item.new_text,
    }


def _comment(comment: Comment) -> Doc:
    return {
        "id": comment.id,
        "author": comment.author,
        "body": comment.body,
        "created": comment.created,
        "updated": comment.updated,
        "public": comment.public,
        "visibility": None if comment.visibility is None else list(comment.visibility),
        "deleted": comment.deleted,
    }
