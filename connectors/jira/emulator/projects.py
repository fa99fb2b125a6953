"""Projects and their statuses."""

from connectors.jira.emulator.access import browses, visible_projects
from connectors.jira.emulator.answers import Answer, Call, Doc, refused
from connectors.jira.emulator.paging import page_bean
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.shapes_people import user_of
from connectors.jira.emulator.shapes_site import project_doc, status_doc, type_doc
from connectors.jira.emulator.site_records import Project
from connectors.jira.emulator.world import World

__all__ = ["ROUTES", "project_of"]

_A_PAGE = 50


def project_of(world: World, call: Call, name: str) -> Project:
    """Return a project by id or key that the caller may browse, an archived one too. Raises: Refusal (404)."""
    for one in world.projects.values():
        known = (str(one.id), one.key, *one.old_keys)
        if name.upper() in known and browses(one, call.user):
            return one
    raise refused(404, f"No project could be found with key '{name}'.")


def _whole(world: World, call: Call, project: Project) -> Doc:
    doc: Doc = {
        **project_doc(call, project),
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        "description": "",
        "lead": user_of(world, call, project.lead),
        "assigneeType": "UNASSIGNED",
        "style": project.style,
        "isPrivate": False,
        "properties": {},
        "components": [],
        "versions": [],
        "roles": {},
        "issueTypes": [type_doc(call, world.types[one]) for one in project.type_ids],
    }
    if project.archived:
        doc["archived"] = True
    if world.flavour == "datacenter":
        del doc["style"], doc["simplified"]
    return doc


def search(world: World, call: Call) -> Answer:
    """Answer a page of projects; `keys`, `id`, `typeKey` and `query` narrow it down."""
    keys, ids, kinds = call.words("keys"), call.words("id"), call.words("typeKey")
    text = call.query.get("query", "").lower()
    found = [
        one
        for one in visible_projects(world, call.user)
        if (keys is None or one.key in keys)
        and (ids is None or str(one.id) in ids)
        and (kinds is None or one.kind in kinds)
        and (text in one.key.lower() or text in one.name.lower())
    ]
    return Answer(
        page_bean(world, call, "project/search", found, lambda one: _whole(world, call, one), default=50, most=_A_PAGE)
    )


def listed(world: World, call: Call) -> Answer:
    return Answer([_whole(world, call, one) for one in visible_projects(world, call.user)])


def show(world: World, call: Call) -> Answer:
    return Answer(_whole(world, call, project_of(world, call, call.args[0])))


def statuses(world: World, call: Call) -> Answer:
    """Answer the statuses of each issue type of a project."""
    project = project_of(world, call, call.args[0])
    shown = [status_doc(call, world.statuses[one]) for one in project.status_ids]
    found = list[Doc]()
    for number in project.type_ids:
        kind = type_doc(call, world.types[number])
        found.append({**{name: kind[name] for name in ("self", "id", "name", "subtask")}, "statuses": shown})
    return Answer(found)


ROUTES = (
    Route("GET", "project/search", search, CLOUD, anonymous=True),
    Route("GET", "project", listed, anonymous=True),
    Route("GET", "project/{project}", show, anonymous=True),
    Route("GET", "project/{project}/statuses", statuses, anonymous=True),
)
