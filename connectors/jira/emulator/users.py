"""People, and what the caller may do."""

from collections.abc import Sequence

from connectors.jira.emulator.access import browses
from connectors.jira.emulator.answers import Answer, Call, Doc, refused
from connectors.jira.emulator.paging import page_bean
from connectors.jira.emulator.projects import project_of
from connectors.jira.emulator.records import User
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.shapes_people import user_doc
from connectors.jira.emulator.site_records import Project
from connectors.jira.emulator.world import World

__all__ = ["PERMISSIONS", "ROUTES", "permitted"]

_MOST, _A_PAGE = 200, 1000

PERMISSIONS = {
    "BROWSE_PROJECTS": ("Browse Projects", "PROJECT"),
    "EDIT_ISSUES": ("Edit Issues", "PROJECT"),
    "ADD_COMMENTS": ("Add Comments", "PROJECT"),
    "ADMINISTER_PROJECTS": ("Administer Projects", "PROJECT"),
    "ADMINISTER": ("Administer", "GLOBAL"),
    "BULK_CHANGE": ("Bulk Change", "GLOBAL"),
    "USER_PICKER": ("Browse Users", "GLOBAL"),
    "SERVICEDESK_AGENT": ("Service Project Agent", "PROJECT"),
}


def permitted(world: World, user: User | None, name: str, project: Project | None) -> bool:
    """Return whether somebody has a permission, in a project or, without one, in any."""
    if user is None or not user.is_staff:
        return False
    projects = [one for one in world.projects.values() if browses(one, user)] if project is None else [project]
    if name in ("ADMINISTER", "ADMINISTER_PROJECTS"):
        local = name == "ADMINISTER_PROJECTS" and any(user.id in one.admins for one in projects)
        return (user.admin or local) and name not in world.denied
    if PERMISSIONS.get(name, ("", ""))[1] == "PROJECT":
        return name not in world.denied and any(browses(one, user) for one in projects)
    return name not in world.denied


def show(world: World, call: Call) -> Answer:
    """Answer one person, by account id on Cloud, by login or key on Data Center."""
    cloud = world.flavour == "cloud"
    wanted = call.query.get("accountId") if cloud else call.query.get("username") or call.query.get("key")
    if wanted is None:
        raise refused(400, "The query parameter 'accountId' must be provided." if cloud else "No user was named.")
    for one in world.users.values():
        if wanted == one.id or (not cloud and wanted == one.name):
            return Answer(user_doc(world, call, one))
    raise refused(404, "Specified user does not exist or you do not have required permissions")


def bulk(world: World, call: Call) -> Answer:
    """Answer a page of the people of these account ids."""
    ids = call.query.getlist("accountId")
    if not ids:
        raise refused(400, "The query parameter 'accountId' must be provided.")
    found = [world.users[one] for one in ids if one in world.users]
    return Answer(
        page_bean(world, call, "user/bulk", found, lambda one: user_doc(world, call, one), default=10, most=_MOST)
    )


def everybody(world: World, call: Call) -> Answer:
    """Answer a bare array of people; its end is that it is short."""
    return Answer(_window(world, call, list(world.users.values()), 50))


def search(world: World, call: Call) -> Answer:
    """Answer people by a part of their name or address."""
    text = (call.query.get("query") or call.query.get("username") or "").lower()
    found = [
        one
        for one in world.users.values()
        if text == "." or text in one.display_name.lower() or text in one.email.lower() or text in one.name
    ]
    return Answer(_window(world, call, found, 50))


def _window(world: World, call: Call, found: Sequence[User], default: int) -> list[Doc]:
    start, size = max(0, call.number("startAt", 0)), max(0, min(call.number("maxResults", default), _A_PAGE))
    if "USER_PICKER" in world.denied:
        return []
    return [user_doc(world, call, one) for one in found[start : start + size]]


def permissions(world: World, call: Call) -> Answer:
    """Answer what the caller may do; on Cloud the permissions must be named."""
    names = call.words("permissions")
    if names is None and world.flavour == "cloud":
        raise refused(400, "The 'permissions' query parameter is required.")
    names = list(PERMISSIONS) if names is None else names
    unknown = [one for one in names if one not in PERMISSIONS]
    if unknown:
        raise refused(400, f"Unrecognized permissions: {', '.join(unknown)}")
    named = call.query.get("projectKey") or call.query.get("projectId")
    issue = call.query.get("issueKey") or call.query.get("issueId")
    if named is None and issue is not None:
        found = world.named(issue)
        named = "" if found is None else str(found.project_id)
    project = None if named is None else project_of(world, call, named)
    return Answer(
        {
            "permissions": {
                name: {
                    "id": str(place),
                    "key": name,
                    "name": PERMISSIONS[name][0],
                    "type": PERMISSIONS[name][1],
                    "description": "",
                    "havePermission": permitted(world, call.user, name, project),
                }
                for place, name in enumerate(names)
            }
        }
    )


ROUTES = (
    Route("GET", "user", show),
    Route("GET", "user/bulk", bulk, CLOUD),
    Route("GET", "users/search", everybody, CLOUD),
    Route("GET", "users", everybody, CLOUD),
    Route("GET", "user/search", search),
    Route("GET", "mypermissions", permissions, anonymous=True),
)
