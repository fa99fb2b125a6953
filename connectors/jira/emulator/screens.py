"""Screens, their tabs, and what they hold; and the schemes that tell which project uses which."""

from connectors.jira.emulator.answers import Answer, Call, Doc, refused
from connectors.jira.emulator.beans import bean, numbers, whole
from connectors.jira.emulator.office import ScreenScheme, TypeScreenScheme
from connectors.jira.emulator.records import Issue
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.site_records import Field, Project, Screen, Tab
from connectors.jira.emulator.world import World

__all__ = ["DEFAULT_SCREEN", "ROUTES", "is_editable", "screens_of"]

DEFAULT_SCREEN = 1
_UNEDITABLE = frozenset(
    (
        *("status", "statusCategory", "statuscategorychangedate", "resolution", "resolutiondate", "created"),
        *("updated", "creator", "project", "issuelinks", "subtasks", "watches", "votes", "worklog", "timespent"),
        *("lastViewed", "comment", "attachment", "components", "fixVersions"),
    )
)


def is_editable(world: World, issue: Issue, field: Field) -> bool:
    """Return whether a save may set a field: it is one for saves, known to the project, and on its edit screen."""
    if field.id in _UNEDITABLE or field.trashed or (field.locked and not field.custom.endswith("organizations")):
        return False
    project = world.project_of(issue)
    if project.simplified:
        # A team-managed project has its own fields, and none of those that are made for the whole site.
        return not field.custom or field.project_id == project.id or field.locked
    if field.project_id not in (None, project.id):
        return False
    if not world.office.checks_screens:
        return True
    return any(field.id in tab.field_ids for tab in world.screens[_edit_screen(world, project, issue.type_id)].tabs)


def _edit_screen(world: World, project: Project, type_id: int) -> int:
    for one in world.office.type_schemes.values():
        if project.id in one.project_ids:
            scheme = one.schemes.get(str(type_id), one.schemes["default"])
            screens = world.office.screen_schemes[scheme].screens
            return screens.get("edit", screens["default"])
    return DEFAULT_SCREEN


def screens_of(world: World, project: Project) -> list[Screen]:
    """Return every screen that a project uses, for whatever type and operation; none for a team-managed one."""
    found = [one for one in world.office.type_schemes.values() if project.id in one.project_ids]
    schemes = {number for one in found for number in one.schemes.values()}
    numbers_ = {number for one in schemes for number in world.office.screen_schemes[one].screens.values()}
    return [world.screens[number] for number in sorted(numbers_)]


def listed(world: World, call: Call) -> Answer:
    wanted, text = numbers(call, "id"), call.query.get("queryString", "").lower()
    found = [
        one
        for one in world.screens.values()
        if (wanted is None or one.id in wanted) and (not text or text in one.name.lower())
    ]
    return bean(world, call, found, lambda one: {"id": one.id, "name": one.name, "description": ""}, default=100)


def tabs(world: World, call: Call) -> Answer:
    return Answer([{"id": one.id, "name": one.name} for one in _screen(world, call).tabs])


def fields(world: World, call: Call) -> Answer:
    tab = _tab(world, call)
    return Answer([_field_doc(world.fields[one]) for one in tab.field_ids if one in world.fields])


def add(world: World, call: Call) -> Answer:
    """Put a field on a tab; a field stands once on a screen."""
    tab = _tab(world, call)
    field = _known(world, call.json(fieldId=str).get("fieldId"))
    if any(field.id in one.field_ids for one in _screen(world, call).tabs):
        raise refused(400, f"The field with id '{field.id}' already exists on the screen.")
    tab.field_ids.append(field.id)
    return Answer(_field_doc(field), 200 if world.flavour == "cloud" else 201)


def remove(world: World, call: Call) -> Answer:
    tab, field_id = _tab(world, call), call.args[2]
    if field_id not in tab.field_ids:
        raise refused(404, f"The field '{field_id}' is not on the screen tab.")
    tab.field_ids.remove(field_id)
    return Answer(None, 204)


def add_to_default(world: World, call: Call) -> Answer:
    field = world.fields.get(call.args[0])
    screen = world.screens[DEFAULT_SCREEN]
    if field is None or not field.custom:
        raise refused(404, f"The field with id '{call.args[0]}' was not found.")
    if field.project_id is not None:
        raise refused(400, "Fields of a team-managed project are on no screen.")
    if any(field.id in one.field_ids for one in screen.tabs):
        raise refused(404, f"The field with id '{field.id}' already exists on the screen.")
    screen.tabs[0].field_ids.append(field.id)
    return Answer({})


def type_schemes(world: World, call: Call) -> Answer:
    wanted = numbers(call, "id")
    found = [one for one in world.office.type_schemes.values() if wanted is None or one.id in wanted]
    return bean(world, call, found, _type_scheme_doc)


def type_schemes_of_projects(world: World, call: Call) -> Answer:
    wanted = numbers(call, "projectId")
    if wanted is None:
        raise refused(400, "The 'projectId' query parameter is required.")
    found = list[Doc]()
    for one in world.office.type_schemes.values():
        projects = [number for number in one.project_ids if number in wanted]
        if projects:
            shown = [str(number) for number in projects]
            found.append({"issueTypeScreenScheme": _type_scheme_doc(one), "projectIds": shown})
    return bean(world, call, found, lambda doc: doc)


def type_scheme_items(world: World, call: Call) -> Answer:
    wanted = numbers(call, "issueTypeScreenSchemeId")
    found: list[Doc] = [
        {"issueTypeScreenSchemeId": str(one.id), "issueTypeId": kind, "screenSchemeId": str(scheme)}
        for one in world.office.type_schemes.values()
        if wanted is None or one.id in wanted
        for kind, scheme in one.schemes.items()
    ]
    return bean(world, call, found, lambda doc: doc)


def screen_schemes(world: World, call: Call) -> Answer:
    wanted = numbers(call, "id")
    found = [one for one in world.office.screen_schemes.values() if wanted is None or one.id in wanted]
    return bean(world, call, found, _screen_scheme_doc, default=25)


def _screen_scheme_doc(one: ScreenScheme) -> Doc:
    return {"id": one.id, "name": one.name, "description": "", "screens": dict(one.screens)}


def _type_scheme_doc(one: TypeScreenScheme) -> Doc:
    return {"id": str(one.id), "name": one.name, "description": ""}


def _field_doc(field: Field) -> Doc:
    return {"id": field.id, "name": field.name}


def _screen(world: World, call: Call) -> Screen:
    found = world.screens.get(whole(call.args[0]))
    if found is None:
        raise refused(404, f"The screen with id '{call.args[0]}' was not found.")
    return found


def _tab(world: World, call: Call) -> Tab:
    wanted = whole(call.args[1])
    for one in _screen(world, call).tabs:
        if one.id == wanted:
            return one
    raise refused(404, f"The screen tab with id '{call.args[1]}' was not found.")


def _known(world: World, field_id: object) -> Field:
    field = world.fields.get(str(field_id))
    if field is None or field.project_id is not None:
        raise refused(400, f"The field with id '{field_id}' was not found.")
    return field


ROUTES = (
    Route("GET", "screens", listed, admin=True),
    Route("POST", "screens/addToDefault/{field}", add_to_default, admin=True),
    Route("GET", "screens/{screen}/tabs", tabs, admin=True),
    Route("GET", "screens/{screen}/tabs/{tab}/fields", fields, admin=True),
    Route("POST", "screens/{screen}/tabs/{tab}/fields", add, admin=True),
    Route("DELETE", "screens/{screen}/tabs/{tab}/fields/{field}", remove, admin=True),
    Route("GET", "issuetypescreenscheme", type_schemes, CLOUD, admin=True),
    Route("GET", "issuetypescreenscheme/project", type_schemes_of_projects, CLOUD, admin=True),
    Route("GET", "issuetypescreenscheme/mapping", type_scheme_items, CLOUD, admin=True),
    Route("GET", "screenscheme", screen_schemes, CLOUD, admin=True),
)
