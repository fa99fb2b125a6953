"""Who may see what."""

from connectors.jira.emulator.records import Comment, Issue, User
from connectors.jira.emulator.site_records import Project
from connectors.jira.emulator.world import World

__all__ = ["browses", "browses_issue", "reads", "searches", "visible_projects"]


def browses(project: Project, caller: User | None) -> bool:
    """Return whether a project can be seen: by no visitor, and by nobody whom it was closed to."""
    return caller is not None and caller.is_staff and caller.id not in project.closed_to


def browses_issue(world: World, issue: Issue, caller: User | None) -> bool:
    return browses(world.project_of(issue), caller)


def searches(world: World, issue: Issue, caller: User | None) -> bool:
    """Return whether search shows an issue, as it is in the index: archived ones drop out of it."""
    project = world.projects[issue.project_id]
    if not browses(project, caller):
        return False
    return not (issue.archived or project.archived)


def reads(comment: Comment, caller: User | None) -> bool:
    """Return whether a comment can be seen: one for a role or group by administrators alone."""
    return comment.deleted is None and (comment.visibility is None or (caller is not None and caller.admin))


def visible_projects(world: World, caller: User | None) -> list[Project]:
    """Return the projects that lists show, by key."""
    found = [one for one in world.projects.values() if browses(one, caller) and not one.archived]
    return sorted(found, key=lambda one: one.key)
