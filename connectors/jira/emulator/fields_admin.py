"""How custom fields are made, changed, put away, and given to projects."""

from connectors.emulation import as_docs
from connectors.jira.emulator.answers import Answer, Call, bad_payload, refused
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
    Route("POST", "field/{field}/trash", trash, CLOUD, admin=True),
    Route("POST", "field/{field}/restore", restore, CLOUD, admin=True),
)
