"""Saving an issue: what is asked, whether it may be, and what becomes of it."""

from collections.abc import Mapping
from typing import cast

from connectors.emulation import as_doc, as_docs
from connectors.jira.emulator.answers import Answer, Call, Doc, bad_payload, refused
from connectors.jira.emulator.change import change, set_property, value_of
from connectors.jira.emulator.edit_values import Wrong, options_of, taken
from connectors.jira.emulator.issues import issue_of
from connectors.jira.emulator.mail import notify
from connectors.jira.emulator.records import History, Issue, Value
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.screens import is_editable
from connectors.jira.emulator.shapes import issue_doc, wanted
from connectors.jira.emulator.shapes_site import option_doc, priority_doc, schema_doc
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.users import permitted
from connectors.jira.emulator.world import World

__all__ = ["LONGEST_PROPERTY", "ROUTES", "check_conflict", "check_may_edit", "not_on_screen", "save", "values"]

LONGEST_PROPERTY = 32_768  # characters of a property's JSON
_CONFLICTS = 0.1  # share of the saves that meet another, where the trap is on
_LOUD = "To discard the user notification either admin or project admin permissions are required."
_OVERRIDE = "Only apps with the administer permission can override the screen security or the editable flag."


def edit(world: World, call: Call) -> Answer:
    """Answer `PUT /issue/{id}`: all of it or nothing."""
    issue = issue_of(world, call)
    check_may_edit(world, call, issue)
    loud = call.query.get("notifyUsers", "true").lower() != "false"
    _check_flags(world, call, issue, loud=loud)
    body = call.json(fields=dict, update=dict, properties=list, historyMetadata=dict, transition=dict)
    wishes = values(world, call, issue, as_doc(body.get("fields")), as_doc(body.get("update")))
    properties = _properties(body.get("properties"))
    check_conflict(world)
    author = None if call.user is None else call.user.id
    save(world, issue, author, wishes, loud=loud)
    for name, value in properties.items():
        set_property(world, issue, author, name, value)
    if call.query.get("returnIssue", "").lower() == "true" and world.flavour == "cloud":
        return Answer(issue_doc(world, call, issue, wanted(world, ["*all"])))
    return Answer(None, 204)


def save(world: World, issue: Issue, author: str | None, wishes: Mapping[str, Value], *, loud: bool) -> History | None:
    """Change an issue and write to those who follow it, unless that is not wanted or nothing changed."""
    history = change(world, issue, author, wishes)
    if history is not None and loud:
        notify(world, issue, author)
    return history


def values(world: World, call: Call, issue: Issue, fields: Doc, update: Doc) -> dict[str, Value]:
    """Return the new values by field id. Raises: Refusal (400) that names everything that is wrong."""
    both = fields.keys() & update.keys()
    if both:
        raise refused(400, *(f"Field '{one}' cannot be set and updated at once." for one in sorted(both)))
    found: dict[str, Value] = {}
    wrong: dict[str, str] = {}
    for name in (*fields, *update):
        field = world.fields.get(name)
        if field is None or not is_editable(world, issue, field):
            wrong[name] = not_on_screen(name)
            continue
        try:
            if name in fields:
                found[name] = taken(world, issue, field, fields[name], call.version)
            else:
                found[name] = _updated(world, call, issue, field, update[name])
        except Wrong as error:
            wrong[name] = str(error)
    if wrong:
        raise refused(400, **wrong)
    return found


def check_conflict(world: World) -> None:
    """Raises: Refusal (409) when a save meets another one."""
    if world.office.conflicts:
        world.office.conflicts -= 1
    elif "conflicts" not in world.traps or world.dice.random() >= _CONFLICTS:
        return
    raise refused(409, "The issue was changed by someone else. Please try again.")


def check_may_edit(world: World, call: Call, issue: Issue) -> None:
    """Raises: Refusal (403)."""
    if not permitted(world, call.user, "EDIT_ISSUES", world.project_of(issue)):
        raise refused(403, "You do not have permission to edit issues in this project.")


def not_on_screen(name: str) -> str:
    return f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."


def _check_flags(world: World, call: Call, issue: Issue, *, loud: bool) -> None:
    """Raises: Refusal (403) for what takes more rights, (400) where the workflow lets nobody edit."""
    project = world.project_of(issue)
    rules = [permitted(world, call.user, one, project) for one in ("ADMINISTER", "ADMINISTER_PROJECTS")]
    if not loud and world.office.quiet_edits == "refuse" and not any(rules):
        raise refused(403, _LOUD)
    if any(call.query.get(one, "").lower() == "true" for one in ("overrideScreenSecurity", "overrideEditableFlag")):
        raise refused(403, _OVERRIDE)
    if issue.status_id in world.office.locked_statuses:
        raise refused(400, "The issue cannot be edited in its current workflow status.")


def _updated(world: World, call: Call, issue: Issue, field: Field, value: object) -> Value:
    """Return what a list of operations makes of a value."""
    if not isinstance(value, list):
        raise Wrong("data was not an array")
    now: object = value_of(issue, field.id)
    result: Value = value_of(issue, field.id)
    for one in as_docs(cast("object", value)):
        for verb, operand in one.items():
            if verb == "set":
                result = taken(world, issue, field, operand, call.version)
                now = result
            elif verb in ("add", "remove") and field.type == "array":
                there = list(cast("list[object]", now)) if isinstance(now, list) else []
                word = taken(world, issue, field, [operand], call.version)
                more = cast("list[object]", word)
                kept = [item for item in there if item not in more]
                result = cast("Value", sorted(kept + more if verb == "add" else kept, key=str))
                now = result
            else:
                raise Wrong(f"Field with id '{field.id}' and name '{field.name}' does not support operation '{verb}'")
    return result


def _properties(value: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for doc in as_docs(value):
        if not isinstance(doc.get("key"), str) or "value" not in doc:
            raise bad_payload()
        found[str(doc["key"])] = doc["value"]
    return found


def meta(world: World, call: Call) -> Answer:
    """Answer with what the caller may edit now; nothing, where the workflow or the rights forbid it."""
    issue = issue_of(world, call)
    locked = issue.status_id in world.office.locked_statuses
    if locked or not permitted(world, call.user, "EDIT_ISSUES", world.project_of(issue)):
        return Answer({"fields": {}})
    shown = [one for one in world.fields.values() if is_editable(world, issue, one)]
    return Answer({"fields": {one.id: _meta_doc(world, call, issue, one) for one in shown}})


def _meta_doc(world: World, call: Call, issue: Issue, field: Field) -> Doc:
    doc: Doc = {"required": field.id in ("summary", "issuetype"), "schema": schema_doc(field), "name": field.name}
    if world.flavour == "cloud":
        doc["key"] = field.id
    else:
        doc["fieldId"] = field.id
    several = field.type == "array" and field.items == "string"
    doc["operations"] = ["add", "set", "remove"] if several else ["set"]
    if field.type == "option":
        there = [one for one in options_of(world, field, issue) if not one.disabled]
        doc["allowedValues"] = [option_doc(call, one) for one in there]
    elif field.id == "priority":
        doc["allowedValues"] = [priority_doc(call, one) for one in world.priorities.values()]
    return doc


ROUTES = (
    Route("PUT", "issue/{issue}", edit, anonymous=True),
    Route("GET", "issue/{issue}/editmeta", meta, anonymous=True),
)
