"""Hidden properties of an issue: no history, no mail, and `updated` stays."""

import json

from connectors.jira.emulator.answers import Answer, Call, refused
from connectors.jira.emulator.change import set_property
from connectors.jira.emulator.edits import LONGEST_PROPERTY, check_may_edit
from connectors.jira.emulator.issues import issue_of
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]

_LONGEST_KEY = 255


def keys(world: World, call: Call) -> Answer:
    issue = issue_of(world, call)
    link = call.link(f"issue/{call.args[0]}/properties")
    return Answer({"keys": [{"self": f"{link}/{name}", "key": name} for name in issue.properties]})


def show(world: World, call: Call) -> Answer:
    issue, name = issue_of(world, call), call.args[1]
    if name not in issue.properties:
        raise refused(404, f"The property {name} does not exist.")
    return Answer({"key": name, "value": issue.properties[name]})


def put(world: World, call: Call) -> Answer:
    """Set a property to any JSON but null: 201 for a new one, 200 for a changed one."""
    issue, name = issue_of(world, call), call.args[1]
    check_may_edit(world, call, issue)
    if call.body is None:
        raise refused(400, "The property value must be valid JSON and may not be empty.")
    if len(name) > _LONGEST_KEY:
        raise refused(400, f"The length of a property's key can be {_LONGEST_KEY} characters at most.")
    if len(json.dumps(call.body, ensure_ascii=False, separators=(",", ":"))) > LONGEST_PROPERTY:
        raise refused(400, f"The length of a property's value can be {LONGEST_PROPERTY} characters at most.")
    known = set_property(world, issue, None if call.user is None else call.user.id, name, call.body)
    return Answer(None, 200 if known else 201)


def delete(world: World, call: Call) -> Answer:
    issue, name = issue_of(world, call), call.args[1]
    check_may_edit(world, call, issue)
    if name not in issue.properties:
        raise refused(404, f"The property {name} does not exist.")
    set_property(world, issue, None if call.user is None else call.user.id, name, None)
    return Answer(None, 204)


_ROOT = "issue/{issue}/properties"
ROUTES = (
    Route("GET", _ROOT, keys, anonymous=True),
    Route("GET", f"{_ROOT}/{{name}}", show, anonymous=True),
    Route("PUT", f"{_ROOT}/{{name}}", put, anonymous=True),
    Route("DELETE", f"{_ROOT}/{{name}}", delete, anonymous=True),
)
