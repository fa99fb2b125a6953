"""What administrators do to the site itself: rename and delete statuses, forget people, close projects."""

from dataclasses import replace

from connectors.jira.emulator.records import Issue, Item, User
from connectors.jira.emulator.site_records import Project, Status
from connectors.jira.emulator.world import World

__all__ = ["delete_status", "forget_user", "rename_project_key", "rename_status"]


def rename_status(status: Status, name: str) -> None:
    """Rename; histories keep the name of their time."""
    status.old_names.append(status.name)
    status.name = name


def delete_status(world: World, status: Status, into: Status) -> None:
    """Delete a status: issues in it move on, and every history that names it is rewritten to the other one.

    Each issue so rewritten is saved again, so that its `updated` tells.
    """
    for issue in world.issues.values():
        named = any(str(status.id) in (item.old, item.new) for item in _status_items(issue))
        if issue.deleted is not None or not (named or status.id in (issue.status_id, issue.first_status_id)):
            continue
        world.index.before(issue)
        for history in issue.histories:
            history.items = [_rewritten(item, str(status.id), into) for item in history.items]
        issue.status_id = into.id if issue.status_id == status.id else issue.status_id
        issue.first_status_id = into.id if issue.first_status_id == status.id else issue.first_status_id
        issue.updated = world.ms()
        world.index.after(issue, issue.updated)
    status.deleted = True
    for project in world.projects.values():
        project.status_ids = [one for one in project.status_ids if one != status.id]


def _status_items(issue: Issue) -> list[Item]:
    return [item for history in issue.histories for item in history.items if item.field == "status"]


def _rewritten(item: Item, gone: str, into: Status) -> Item:
    if item.field != "status" or gone not in (item.old, item.new):
        return item
    old = (str(into.id), into.name) if item.old == gone else (item.old, item.old_text)
    new = (str(into.id), into.name) if item.new == gone else (item.new, item.new_text)
    return replace(item, old=old[0], old_text=old[1], new=new[0], new_text=new[1])


def forget_user(user: User) -> None:
    """Delete a person under privacy law; what they did stays, by nobody in particular."""
    user.deleted, user.active, user.display_name, user.shows_email = True, False, "Former user", False


def rename_project_key(world: World, project: Project, key: str) -> None:
    """Give a project another key; every issue's key changes with it, without a history."""
    project.old_keys.append(project.key)
    project.key = key
    for issue in world.issues.values():
        if issue.project_id == project.id:
            world.index.before(issue)
            issue.old_keys.append(issue.key)
            issue.key = f"{key}-{issue.key.rpartition('-')[2]}"
            world.keys[issue.key] = issue.id
            world.index.after(issue, world.ms())
