"""Where a custom field holds: its contexts, their projects, and the options of each."""

from collections.abc import Iterable
from typing import cast

from connectors.emulation import as_docs
from connectors.jira.emulator.answers import Answer, Call, Doc, bad_payload, refused, strings
from connectors.jira.emulator.beans import bean, numbers, whole
from connectors.jira.emulator.records import Issue
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.site_records import Context, Field, Option
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]


def listed(world: World, call: Call) -> Answer:
    wanted, spread = numbers(call, "contextId"), call.query.get("isGlobalContext")
    found = [
        one
        for one in _contexts(world, _field(world, call))
        if (wanted is None or one.id in wanted) and spread in (None, str(not one.project_ids).lower())
    ]
    return bean(world, call, found, _context_doc)


def create(world: World, call: Call) -> Answer:
    """Make a context for some projects, or a global one; a project is in one, and there is one global one."""
    field = _field(world, call)
    body = call.json(name=str, description=str, projectIds=list, issueTypeIds=list)
    name = str(body.get("name") or "")
    if not name:
        raise refused(400, "The context name must be specified.")
    projects = _projects(world, body.get("projectIds"))
    types = [whole(one) for one in strings(body.get("issueTypeIds") or [])]
    if any(one not in world.types for one in types):
        raise refused(404, "The issue type was not found.")
    others = _contexts(world, field)
    if not projects and any(not one.project_ids for one in others):
        raise refused(400, "Only one global context may exist for a custom field.")
    _check_free(others, projects)
    made = Context(world.number("context", 10_200), field.id, name, projects, types)
    world.contexts[made.id] = made
    doc: Doc = {"id": str(made.id), "name": name, "description": str(body.get("description") or "")}
    shown = {"projectIds": [str(one) for one in projects], "issueTypeIds": [str(one) for one in types]}
    return Answer({**doc, **shown}, 201)


def add_projects(world: World, call: Call) -> Answer:
    field, context = _field(world, call), _context(world, call)
    projects = _projects(world, call.json(projectIds=list).get("projectIds"))
    if not context.project_ids:
        raise refused(400, "Projects cannot be assigned to a global context.")
    _check_free([one for one in _contexts(world, field) if one.id != context.id], projects)
    context.project_ids += [one for one in projects if one not in context.project_ids]
    return Answer(None, 204)


def remove_projects(world: World, call: Call) -> Answer:
    """Take projects away; a context that has lost its last one is a global one."""
    context = _context(world, call)
    gone = _projects(world, call.json(projectIds=list).get("projectIds"))
    context.project_ids = [one for one in context.project_ids if one not in gone]
    return Answer(None, 204)


def delete(world: World, call: Call) -> Answer:
    context = _context(world, call)
    del world.contexts[context.id]
    for one in [one.id for one in world.options.values() if one.context_id == context.id]:
        del world.options[one]
    return Answer(None, 204)


def mapping(world: World, call: Call) -> Answer:
    """Answer with a row for each project of each context, and one for a global context."""
    wanted = numbers(call, "contextId")
    found = list[Doc]()
    for one in _contexts(world, _field(world, call)):
        if wanted is not None and one.id not in wanted:
            continue
        for number in one.project_ids:
            found.append({"contextId": str(one.id), "projectId": str(number)})
        if not one.project_ids:
            found.append({"contextId": str(one.id), "isGlobalContext": True})
    return bean(world, call, found, lambda doc: doc)


def options(world: World, call: Call) -> Answer:
    _field(world, call)
    return bean(world, call, _options(world, _context(world, call)), _option_doc, default=100)


def add_options(world: World, call: Call) -> Answer:
    """Add options to a select's context; a text stands there once."""
    field, context = _field(world, call), _context(world, call)
    if field.type != "option":
        raise refused(400, "The custom field does not support options.")
    there = {one.value for one in _options(world, context)}
    made = list[Option]()
    for doc in _asked(call):
        value = str(doc.get("value") or "")
        if not value or value in there:
            raise refused(400, f"The option '{value}' already exists." if value else "The option value is required.")
        there.add(value)
        made.append(Option(0, value, field.id, context.id, doc.get("disabled") is True))
    for one in made:
        one.id = world.number("option", 10_500)
        world.options[one.id] = one
    return Answer({"options": [_option_doc(one) for one in made]})


def update_options(world: World, call: Call) -> Answer:
    known = {one.id: one for one in _options(world, _context(world, call))}
    changed = list[Option]()
    for doc in _asked(call):
        one = known.get(whole(doc.get("id")))
        if one is None:
            raise refused(404, "The custom field option was not found.")
        one.value = str(doc.get("value") or one.value)
        one.disabled = bool(doc.get("disabled", one.disabled))
        changed.append(one)
    return Answer({"options": [_option_doc(one) for one in changed]})


def delete_option(world: World, call: Call) -> Answer:
    context = _context(world, call)
    option = world.options.get(whole(call.args[2]))
    if option is None or option.context_id != context.id:
        raise refused(404, "The custom field option was not found.")
    if any(_uses(one, option) for one in world.issues.values()):
        raise refused(409, "The custom field option is used in issues.")
    del world.options[option.id]
    return Answer(None, 204)


def _uses(issue: Issue, option: Option) -> bool:
    return issue.values.get(option.field_id) == option.id


def _asked(call: Call) -> list[Doc]:
    found = as_docs(call.json(options=list).get("options"))
    if not found:
        raise bad_payload()
    return found


def _field(world: World, call: Call) -> Field:
    field = world.fields.get(call.args[0])
    if field is None or not field.custom or field.trashed:
        raise refused(404, f"The custom field with id '{call.args[0]}' was not found.")
    if field.project_id is not None:
        raise refused(400, "The custom field belongs to a team-managed project.")
    return field


def _contexts(world: World, field: Field) -> list[Context]:
    return [one for one in world.contexts.values() if one.field_id == field.id]


def _context(world: World, call: Call) -> Context:
    found = world.contexts.get(whole(call.args[1]))
    if found is None or found.field_id != call.args[0]:
        raise refused(404, f"The custom field context with id '{call.args[1]}' was not found.")
    return found


def _projects(world: World, value: object) -> list[int]:
    given = cast("list[object]", value) if isinstance(value, list) else []
    found = [whole(one) for one in given]
    for one in found:
        if one not in world.projects or world.projects[one].simplified:
            raise refused(404, f"The project with id '{one}' was not found.")
    return found


def _check_free(others: Iterable[Context], projects: list[int]) -> None:
    """Raises: Refusal (400) when a project is in one of the other contexts."""
    for one in others:
        taken = [number for number in projects if number in one.project_ids]
        if taken:
            raise refused(400, f"The project with id '{taken[0]}' is already in the context '{one.name}'.")


def _options(world: World, context: Context) -> list[Option]:
    return [one for one in world.options.values() if one.context_id == context.id]


def _context_doc(one: Context) -> Doc:
    return {
        "id": str(one.id),
        "name": one.name,
        "description": "",
        "isGlobalContext": not one.project_ids,
        "isAnyIssueType": not one.type_ids,
    }


def _option_doc(one: Option) -> Doc:
    return {"id": str(one.id), "value": one.value, "disabled": one.disabled}


_ROOT = "field/{field}/context"
ROUTES = (
    Route("GET", _ROOT, listed, CLOUD, admin=True),
    Route("POST", _ROOT, create, CLOUD, admin=True),
    Route("GET", f"{_ROOT}/projectmapping", mapping, CLOUD, admin=True),
    Route("DELETE", f"{_ROOT}/{{context}}", delete, CLOUD, admin=True),
    Route("PUT", f"{_ROOT}/{{context}}/project", add_projects, CLOUD, admin=True),
    Route("POST", f"{_ROOT}/{{context}}/project/remove", remove_projects, CLOUD, admin=True),
    Route("GET", f"{_ROOT}/{{context}}/option", options, CLOUD, admin=True),
    Route("POST", f"{_ROOT}/{{context}}/option", add_options, CLOUD, admin=True),
    Route("PUT", f"{_ROOT}/{{context}}/option", update_options, CLOUD, admin=True),
    Route("DELETE", f"{_ROOT}/{{context}}/option/{{option}}", delete_option, CLOUD, admin=True),
)
