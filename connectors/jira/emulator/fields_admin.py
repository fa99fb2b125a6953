"""How custom fields are made, changed, put away, and given to projects."""

from connectors.emulation import as_docs
from connectors.jira.emulator.answers import Answer, Call, Doc, bad_payload, refused
from connectors.jira.emulator.beans import whole
from connectors.jira.emulator.fields_at_start import TYPES
from connectors.jira.emulator.office_at_start import new_field
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.shapes_site import field_doc
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]

_PREFIX = "com.atlassian.jira.plugin.system.customfieldtypes:"
_SEARCHERS = {
    "datetime": ("datetimerange",),
    "datepicker": ("daterange",),
    "select": ("multiselectsearcher",),
    "textfield": ("textsearcher",),
    "textarea": ("textsearcher",),
    "readonlyfield": ("textsearcher",),
    "float": ("exactnumber", "numberrange"),
}


def create(world: World, call: Call) -> Answer:
    """Make a custom field. Its name need not be new; its searcher has to fit its type."""
    body = call.json(name=str, description=str, type=str, searcherKey=str)
    name, custom, searcher = str(body.get("name") or ""), str(body.get("type") or ""), body.get("searcherKey")
    if not name:
        raise refused(400, name="The custom field name must be specified.")
    short = custom.removeprefix(_PREFIX)
    if custom not in TYPES or short not in _SEARCHERS or short == custom:
        raise refused(400, type="Invalid custom field type selected.")
    if searcher is not None and searcher not in [_PREFIX + one for one in _SEARCHERS[short]]:
        raise refused(400, searcherKey="The searcher is not valid for the given custom field type.")
    key = None if searcher is None else str(searcher)
    return Answer(field_doc(call, new_field(world, name, custom, str(body.get("description") or ""), key)), 201)


def update(world: World, call: Call) -> Answer:
    field = _custom(world, call.args[0])
    body = call.json(name=str, description=str, searcherKey=str)
    field.name = str(body.get("name") or field.name)
    field.description = str(body.get("description") or field.description)
    field.clauses = (f"cf[{field.number}]", field.name)
    return Answer(None, 204)


def trash(world: World, call: Call) -> Answer:
    _custom(world, call.args[0]).trashed = True
    return Answer({})


def restore(world: World, call: Call) -> Answer:
    field = world.fields.get(call.args[0])
    if field is None or not field.trashed:
        raise refused(404, f"The custom field '{call.args[0]}' was not found in the trash.")
    field.trashed = False
    return Answer({})


def delete(world: World, call: Call) -> Answer:
    """Delete a field by a long task, whose place is told by a redirection that nobody should follow blindly."""
    field = _custom(world, call.args[0])
    now = world.ms()
    number = world.number("task", 10_601)
    world.office.deletions[number] = now
    due = now / 1000 + world.office.bulk_delay
    world.later(due, lambda: _forget(world, field))
    where = call.link(f"task/{number}")
    return Answer(_task_doc(world, call, number), 303, {"location": where})


def _forget(world: World, field: Field) -> None:
    for issue in world.issues.values():
        issue.values.pop(field.id, None)
    for screen in world.screens.values():
        for tab in screen.tabs:
            tab.field_ids = [one for one in tab.field_ids if one != field.id]
    for one in [one.id for one in world.contexts.values() if one.field_id == field.id]:
        del world.contexts[one]
    for one in [one.id for one in world.options.values() if one.field_id == field.id]:
        del world.options[one]
    world.fields.pop(field.id, None)


def task(world: World, call: Call) -> Answer:
    """Answer how far a long task is."""
    number = whole(call.args[0])
    if number not in world.office.deletions:
        raise refused(404, f"The task with id '{number}' was not found.")
    return Answer(_task_doc(world, call, number))


def _task_doc(world: World, call: Call, number: int) -> Doc:
    begun = world.office.deletions[number]
    elapsed = world.ms() - begun
    done = elapsed >= world.office.bulk_delay * 1000
    return {
        "self": call.link(f"task/{number}"),
        "id": str(number),
        "status": "COMPLETE" if done else "RUNNING",
        "submittedBy": 10000,
        "progress": 100 if done else 0,
        "elapsedRuntime": elapsed,
        "submitted": begun,
        "started": begun,
        "lastUpdate": world.ms(),
    }


def _custom(world: World, field_id: str) -> Field:
    field = world.fields.get(field_id)
    if field is None or not field.custom or field.trashed:
        raise refused(404, f"The custom field with id '{field_id}' was not found.")
    if field.locked:
        raise refused(400, f"The custom field '{field_id}' is locked.")
    return field


def associate(world: World, call: Call) -> Answer:
    """Give fields to projects, and with them to every project that shares their field configuration."""
    body = call.json(fields=list, associationContexts=list)
    fields = [_custom(world, name) for name in _identifiers(body.get("fields"), "FIELD_ID", 50)]
    asked = list[int]()
    for name in _identifiers(body.get("associationContexts"), "PROJECT_ID", 100):
        found = world.project_named(name)
        if found is None or found.simplified:
            raise refused(404, f"The project with id '{name}' was not found.")
        asked += [one.id for one in world.projects.values() if one.kind == found.kind and not one.simplified]
    for field in fields:
        there = [one for one in world.contexts.values() if one.field_id == field.id]
        if any(not one.project_ids for one in there):
            continue
        missing = {one for one in asked if not any(one in context.project_ids for context in there)}
        if missing and there:
            there[0].project_ids += sorted(missing)
    return Answer(None, 204)


def _identifiers(value: object, kind: str, most: int) -> list[str]:
    docs = as_docs(value)
    if not docs or len(docs) > most or any(one.get("type") != kind for one in docs):
        raise bad_payload()
    return [str(one.get("identifier")) for one in docs]


ROUTES = (
    Route("POST", "field", create, admin=True),
    Route("PUT", "field/association", associate, CLOUD, admin=True),
    Route("PUT", "field/{field}", update, CLOUD, admin=True),
    Route("DELETE", "field/{field}", delete, CLOUD, admin=True),
    Route("GET", "task/{task}", task, CLOUD, admin=True),
    Route("POST", "field/{field}/trash", trash, CLOUD, admin=True),
    Route("POST", "field/{field}/restore", restore, CLOUD, admin=True),
)
