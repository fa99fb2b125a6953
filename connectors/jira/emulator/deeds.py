"""What people, automations and administrators do to issues."""

from collections.abc import Sequence

from connectors.jira.emulator.change import change, create, touch
from connectors.jira.emulator.fields_at_start import ORGANISATIONS, REQUEST_TYPE
from connectors.jira.emulator.records import Comment, History, Issue, Item, Link, Rating, RemoteLink, Value
from connectors.jira.emulator.site_records import Project
from connectors.jira.emulator.world import Happening, World

__all__ = [
    "archive",
    "delete",
    "delete_comment",
    "edit_comment",
    "link",
    "move",
    "move_status",
    "open_issue",
    "rate",
    "remote_link",
    "reopen",
    "resolve",
]

DONE = 10000  # the resolution


def open_issue(
    world: World,
    project: Project,
    reporter: str | None,
    *,
    summary: str,
    creator: str | None = None,
    type_id: int | None = None,
    description: str | None = None,
    priority_id: int | None = 3,
    request_type: int | None = None,
    organisations: Sequence[int] = (),
    labels: Sequence[str] = (),
) -> Issue:
    """Open an issue at the present moment."""
    at = world.ms()
    issue = Issue(
        world.number("issue", 100_001),
        world.next_key(project),
        project.id,
        project.type_ids[0] if type_id is None else type_id,
        summary,
        project.status_ids[0],
        reporter,
        reporter if creator is None else creator,
        at,
        at,
        at,
        description,
        priority_id=priority_id,
        labels=list(labels),
    )
    if request_type is not None:
        issue.values[REQUEST_TYPE] = request_type
    if organisations:
        issue.values[ORGANISATIONS] = list(organisations)
    create(world, issue)
    return issue


def move_status(
    world: World, issue: Issue, author: str | None, status_id: int, via: int | None = None
) -> History | None:
    """Move to a status. Into a done one it resolves, out of it it unresolves, as workflows are set up here.

    via: a status that is passed through in the same save.
    """
    wishes: dict[str, Value] = {}
    done = world.statuses[status_id].category == "done"
    if done and issue.resolution_id is None:
        wishes["resolution"] = DONE
    elif not done and issue.resolution_id is not None:
        wishes["resolution"] = None
    wishes["status"] = status_id
    return change(world, issue, author, wishes, via={} if via is None else {"status": via})


def resolve(world: World, issue: Issue, author: str | None) -> None:
    """Resolve by the first done status of the project."""
    statuses = world.project_of(issue).status_ids
    move_status(world, issue, author, next(one for one in statuses if world.statuses[one].category == "done"))


def reopen(world: World, issue: Issue, author: str | None) -> None:
    """Go to Reopened where there is one, else to the first status."""
    statuses = world.project_of(issue).status_ids
    again = [one for one in statuses if world.statuses[one].name == "Reopened"]
    move_status(world, issue, author, (again or statuses)[0])


def move(world: World, issue: Issue, author: str | None, project: Project) -> None:
    """Move to another project: a new key; the type and the status become ones of its own."""
    world.index.before(issue)
    old = issue.key
    issue.key = world.next_key(project)
    issue.old_keys.append(old)
    world.keys[issue.key] = issue.id
    extra = [Item("Key", "jira", None, None, old, None, issue.key)]
    wishes: dict[str, Value] = {"project": project.id}
    if issue.type_id not in project.type_ids:
        wishes["issuetype"] = project.type_ids[0]
    if issue.status_id not in project.status_ids:
        category = world.statuses[issue.status_id].category
        fitting = [one for one in project.status_ids if world.statuses[one].category == category]
        wishes["status"] = (fitting or project.status_ids)[0]
        extra.append(Item("Workflow", "jira", None, "10001", "Desk workflow", "10002", f"{project.key} workflow"))
    if REQUEST_TYPE in issue.values:
        wishes[REQUEST_TYPE] = None
    change(world, issue, author, wishes, extra)


def delete(world: World, issue: Issue, author: str | None) -> None:
    """Delete for good; no trace is left in the API."""
    world.index.before(issue)
    issue.deleted = world.ms()
    world.index.after(issue, issue.deleted)
    world.tell(Happening("deleted", issue, issue.deleted, author))


def archive(world: World, issue: Issue, *, on: bool = True) -> None:
    """Archive, or bring back; `updated` stays, and no history tells."""
    world.index.before(issue)
    issue.archived = on
    world.index.after(issue, world.ms())


def rate(world: World, issue: Issue, score: int, comment: str = "") -> None:
    """Let the customer say how it was, from 1 to 5; no history tells of it."""
    world.index.before(issue)
    issue.rating = Rating(score, comment, world.ms())
    touch(world, issue, "rated", issue.reporter)


def edit_comment(world: World, issue: Issue, author: str | None, comment: Comment, body: str) -> None:
    world.index.before(issue)
    comment.body, comment.updated, comment.update_author = body, world.ms(), author
    touch(world, issue, "comment_changed", author, comment)


def delete_comment(world: World, issue: Issue, author: str | None, comment: Comment) -> None:
    """Delete a comment; the issue's `updated` moves, and nothing else tells."""
    world.index.before(issue)
    comment.deleted = world.ms()
    touch(world, issue, "comment_deleted", author, comment)


def link(world: World, source: Issue, target: Issue, author: str | None, type_id: int = 10002) -> Link:
    """Link two issues; both histories tell, at the same moment."""
    made = Link(world.number("link", 20_000), type_id, source.id, target.id)
    world.links[made.id] = made
    kind = world.link_types[type_id]
    for one, other, word in ((source, target, kind.outward), (target, source, kind.inward)):
        world.index.before(one)
        one.links.append(made)
        change(
            world,
            one,
            author,
            {},
            [Item("Link", "jira", None, None, None, other.key, f"This issue {word} {other.key}")],
        )
    return made


def remote_link(world: World, issue: Issue, author: str | None, url: str, title: str) -> RemoteLink:
    """Link an issue to something elsewhere, such as a ticket of another helpdesk."""
    world.index.before(issue)
    made = RemoteLink(world.number("remote link", 30_000), f"link={url}", url, title)
    issue.remote_links.append(made)
    text = f'This issue links to "{title} (Web Link)"'
    change(world, issue, author, {}, [Item("RemoteIssueLink", "jira", None, None, None, str(made.id), text)])
    return made
