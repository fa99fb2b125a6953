"""Webhooks: how they are registered, by apps and by administrators, and when they end."""

import re
from collections.abc import Mapping
from typing import cast

from connectors.emulation import as_docs
from connectors.jira.emulator.answers import Answer, Call, Doc, Refusal, bad_payload, refused, strings
from connectors.jira.emulator.beans import bean, whole
from connectors.jira.emulator.jql import compiled
from connectors.jira.emulator.jql_match import Asker
from connectors.jira.emulator.office import Hook
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.stamps import stamp
from connectors.jira.emulator.world import World

__all__ = ["EVENTS", "LIFE", "MOST_OF_APP", "ROUTES", "ended"]

LIFE = 30 * 86_400_000  # milliseconds that a dynamic webhook lives
MOST_OF_APP = 5  # of an app and its user
EVENTS = (
    *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
    *("comment_created", "comment_updated", "comment_deleted", "issue_property_set", "issue_property_deleted"),
)
_ADMIN_EVENTS = (
    *EVENTS,
    "worklog_created",
    "worklog_updated",
    "issuelink_created",
    "sprint_created",
    "project_updated",
)
_CLAUSES = ("issuekey", "key", "issue", "project", "issuetype", "type", "status", "assignee", "reporter")
_OPERATORS = re.compile(r"^\s*([\w.\[\]\"]+)\s*(=|!=|NOT\s+IN|IN|[<>~]=?|!~|IS(?:\s+NOT)?|WAS|CHANGED)", re.IGNORECASE)
_ALLOWED = ("=", "!=", "IN", "NOT IN")


def register(world: World, call: Call) -> Answer:
    """Answer `POST /webhook`: 200, also when an entry failed."""
    app = _app(call)
    body = call.json(url=str, webhooks=list)
    url, rows = str(body.get("url") or ""), as_docs(body.get("webhooks"))
    if not url or not rows:
        raise bad_payload()
    others = [one for one in world.office.hooks.values() if one.app == app]
    if any(one.url != url for one in others):
        raise refused(400, "Only a single URL per app is allowed to be registered via REST API.")
    result = list[Doc]()
    for row in rows:
        wrong = _wrong(row)
        if not wrong and sum(1 for one in world.office.hooks.values() if one.app == app) >= MOST_OF_APP:
            wrong = ["The limit of webhooks for this app and user was reached."]
        if wrong:
            result.append({"errors": wrong})
            continue
        number = world.number("hook", 1001)
        events = strings(row.get("events"))
        fields = strings(row.get("fieldIdsFilter") or [])
        hook = Hook(number, url, events, str(row.get("jqlFilter", "")), app=app, fields=fields)
        hook.expires, hook.base = world.ms() + LIFE, call.base
        world.office.hooks[number] = hook
        result.append({"createdWebhookId": number})
    return Answer({"webhookRegistrationResult": result})


def _wrong(row: Doc) -> list[str]:
    """Return what is wrong with one entry."""
    events = row.get("events")
    named = cast("list[object]", events) if isinstance(events, list) else []
    found = [f"Unsupported event: {one}" for one in named if one not in EVENTS]
    if not named:
        found.append("No events were specified.")
    jql = row.get("jqlFilter")
    if not isinstance(jql, str):
        return [*found, "The jqlFilter must be specified."]
    for clause in re.split(r"\s+(?:AND|OR)\s+", jql, flags=re.IGNORECASE) if jql.strip() else []:
        match = _OPERATORS.match(clause)
        name = "" if match is None else match[1].lower()
        known = name in _CLAUSES or name.startswith("issue.property")
        if match is None or not known:
            found.append(f"The clause {name or clause} is unsupported")
        operator = "" if match is None else re.sub(r"\s+", " ", match[2].upper())
        if operator not in _ALLOWED or "ORDER BY" in clause.upper():
            found.append("Unsupported operator or ORDER BY in jqlFilter")
    return found


def listed(world: World, call: Call) -> Answer:
    return bean(world, call, _own(world, call), lambda one: _dynamic_doc(world, one), default=100)


def refresh(world: World, call: Call) -> Answer:
    """Let webhooks live for another thirty days; unknown ones are passed over."""
    asked = _ids(call)
    expires = world.ms() + LIFE
    for one in _own(world, call):
        if one.id in asked:
            one.expires = expires
    return Answer({"expirationDate": stamp(world, expires)})


def delete(world: World, call: Call) -> Answer:
    asked = _ids(call)
    for one in _own(world, call):
        if one.id in asked:
            del world.office.hooks[one.id]
    return Answer(None, 202)


def _app(call: Call) -> str:
    if call.app is None:
        raise refused(403, "Only Connect and OAuth 2.0 apps can use this operation.")
    return call.app


def _own(world: World, call: Call) -> list[Hook]:
    """Return the caller's webhooks that still live."""
    app = _app(call)
    return [one for one in world.office.hooks.values() if one.app == app and not ended(world, one)]


def ended(world: World, one: Hook) -> bool:
    """Return whether a dynamic webhook's thirty days are over."""
    return one.expires is not None and one.expires <= world.ms()


def _ids(call: Call) -> list[int]:
    given = call.json(webhookIds=list).get("webhookIds")
    return [whole(one) for one in cast("list[object]", given or [])]


def _dynamic_doc(world: World, one: Hook) -> Doc:
    fields = {"fieldIdsFilter": list(one.fields)} if one.fields else {}
    shown: Doc = {"id": one.id, "jqlFilter": one.jql, "events": list(one.events), "url": one.url, **fields}
    return {**shown, "expirationDate": stamp(world, one.expires or 0)}


def create(world: World, call: Call) -> Answer:
    """Answer `POST rest/webhooks/1.0/webhook`, an administrator's way, whose webhooks stay until deleted."""
    hook = Hook(world.number("hook", 1001), "", [], base=call.base)
    _fill(world, call, hook)
    world.office.hooks[hook.id] = hook
    return Answer(_admin_doc(call, hook), 201)


def update(world: World, call: Call) -> Answer:
    hook = _admin_hook(world, call)
    _fill(world, call, hook)
    return Answer(_admin_doc(call, hook))


def _fill(world: World, call: Call, hook: Hook) -> None:
    body = call.json(
        name=str, url=str, events=list, filters=dict, excludeBody=bool, secret=str, enabled=bool, description=str
    )
    events = strings(body.get("events") or [])
    if not body.get("name") or not body.get("url"):
        raise Refusal(400, {"messages": [{"key": "error", "message": "A webhook needs a name and a URL."}]})
    if any(one not in _ADMIN_EVENTS for one in events):
        raise Refusal(400, {"messages": [{"key": "error", "message": "There is an unknown event."}]})
    filters = cast("Mapping[str, object]", body.get("filters") or {})
    hook.jql = str(filters.get("issue-related-events-section", ""))
    if hook.jql:
        compiled(Asker(world, call.user), hook.jql)
    hook.name, hook.url, hook.events = str(body["name"]), str(body["url"]), events
    hook.secret = str(body.get("secret") or hook.secret)
    hook.exclude_body, hook.enabled = body.get("excludeBody") is True, body.get("enabled") is not False


def all_of_admins(world: World, call: Call) -> Answer:
    return Answer([_admin_doc(call, one) for one in world.office.hooks.values() if one.app is None])


def show(world: World, call: Call) -> Answer:
    return Answer(_admin_doc(call, _admin_hook(world, call)))


def remove(world: World, call: Call) -> Answer:
    del world.office.hooks[_admin_hook(world, call).id]
    return Answer(None, 204)


def _admin_hook(world: World, call: Call) -> Hook:
    found = world.office.hooks.get(whole(call.args[0]))
    if found is None or found.app is not None:
        raise Refusal(404, {"messages": [{"key": "error", "message": "The webhook does not exist."}]})
    return found


def _admin_doc(call: Call, one: Hook) -> Doc:
    return {
        "name": one.name,
        "url": one.url,
        "excludeBody": one.exclude_body,
        "filters": {"issue-related-events-section": one.jql} if one.jql else {},
        "events": list(one.events),
        "enabled": one.enabled,
        "self": f"{call.base}/rest/webhooks/1.0/webhook/{one.id}",
        "lastUpdatedDisplayName": "" if call.user is None else call.user.display_name,
        "isSigned": bool(one.secret),
    }


ROUTES = (
    Route("POST", "webhook", register, CLOUD),
    Route("GET", "webhook", listed, CLOUD),
    Route("PUT", "webhook/refresh", refresh, CLOUD),
    Route("DELETE", "webhook", delete, CLOUD),
    Route("GET", "webhook", all_of_admins, face="webhooks", admin=True),
    Route("POST", "webhook", create, face="webhooks", admin=True),
    Route("GET", "webhook/{hook}", show, face="webhooks", admin=True),
    Route("PUT", "webhook/{hook}", update, face="webhooks", admin=True),
    Route("DELETE", "webhook/{hook}", remove, face="webhooks", admin=True),
)
