"""Every answer of the emulated Cloud site, held against Atlassian's own descriptions of its API.

The documents stand beside the repository and are no part of it. Where they are known to be wrong, a deviation says so
with the fact that it rests on.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator, ValidationError

from connectors import open_client
from connectors.jira.emulator import KNOWN, Emulator
from connectors.jira.emulator.endpoints import ROUTES
from connectors.jira.emulator.route import Route

Json = dict[str, Any]

NULL = {"type": "null"}
OPT_IN = {"X-ExperimentalApi": "opt-in"}
TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
STARTS = {"api": "/rest/api/3/", "desk": "/rest/servicedeskapi/"}

_NULL, _NUMBER = "null in changelog `from`/`to`, as the samples' notes say", "the description's own example"
DEVIATIONS = {
    **{("items[].", name, "null"): _NULL for name in ("from", "fromString", "to", "toString")},
    ("changeHistories[].", "created", "number"): "6.2: `created` is a number in field data",
    **{("$.", name, "number"): _NUMBER for name in ("created", "started", "updated")},
    ("$.", "expirationDate", "text"): "the samples' notes: a string",
    ("values[].", "expirationDate", "text"): "the samples' notes: a string",
    ("$", "", "list"): "remote links: the description's own example",
    ("$", "defaultLocale", "unknown"): "sample server_info_cloud.json",
    ("$[]", "untranslatedName", "unknown"): "sample field_list.json",
    ("$", "untranslatedName", "unknown"): "sample field_create.json",
    ("$", "expand", "unknown"): "sample issue_bulkfetch.json",
    ("$", "names", "unknown"): "3.4: what `expand` asks for",
}
"""(where, field, what it is that it should not be) -> the fact behind it."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer."""

    method: str
    route: Route
    status: int
    body: Any

    @property
    def name(self) -> str:
        return f"{self.method} {STARTS[self.route.face]}{self.route.template}"


class Caller:
    """Calls a site as its administrator and writes down what it answers."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.exchanges: list[Exchange] = []

    def __call__(self, method: str, path: str, body: Any = None, *, face: str = "api", **query: Any) -> Any:
        """Return the parsed body of the answer."""
        answer = self._http.request(method, STARTS[face] + path, params=query, json=body, headers=OPT_IN)
        found = answer.json() if answer.content else ""
        self.exchanges.append(Exchange(method, route_of(method, path, face), answer.status_code, found))
        return found


def route_of(method: str, path: str, face: str) -> Route:
    fitting = [
        one
        for one in sorted(ROUTES, key=lambda one: one.template.count("{"))
        if (one.method, one.face) == (method, face)
        and "cloud" in one.flavours
        and re.fullmatch(re.sub(r"{\w+}", "[^/]+", one.template), path)
    ]
    return fitting[0]


def play(emulator: Emulator) -> Json:
    """Let there be an issue of every kind, and return their ids."""
    stage = emulator.stage
    one = stage.new_ticket(priority=1)
    stage.assign(one, "agent")
    stage.reply(one, "agent", "We look into it.")
    stage.reply(one, "agent", "Among us.", public=False)
    stage.advance(600)
    stage.move_status(one, "Waiting for customer")
    stage.advance(600)
    stage.move_status(one, "Resolved")
    stage.advance(600)
    stage.move_status(one, "Reopened")
    stage.rate(one, 4, "Thanks")
    other = stage.new_ticket(project="TEAM")
    stage.link(one, other)
    stage.remote_link(one, "https://desk.example.test/tickets/1", "Ticket 1")
    moved = stage.new_ticket(project="FAC")
    stage.move(moved, "ENG")
    unassigned = stage.new_ticket(priority=None)
    stage.advance(60)
    return {"one": one, "team": other, "moved": moved, "plain": unassigned}


def ask(call: Caller, emulator: Emulator, ids: Json) -> None:
    """Call every endpoint that reads, and some in several ways."""
    one, everybody = ids["one"], list(emulator.world.users)
    for path in ("myself", "serverInfo", "project", "status", "priority", "resolution", "issuetype", "field"):
        call("GET", path)
    for path in ("issueLinkType", "project/10000", "project/10003", "project/10000/statuses", "status/10010"):
        call("GET", path)
    call("GET", "project/search", expand="description,lead,issueTypes")
    for path in ("field/search", "users", "users/search", "screens", "screenscheme", "issuetypescreenscheme"):
        call("GET", path)
    call("GET", "user", accountId=everybody[0])
    call("GET", "user/bulk", accountId=everybody[:5])
    call("GET", "user/search", query="a")
    call("GET", "mypermissions", permissions="BROWSE_PROJECTS,ADMINISTER")
    jql = "updated >= -52w ORDER BY updated ASC"
    call("GET", "search/jql", jql=jql)
    call("GET", "search/jql", jql=jql, fields="*all", expand="names,schema,changelog", maxResults=20)
    call("POST", "search/jql", {"jql": jql, "fields": ["*all"], "expand": "names,schema,changelog", "maxResults": 50})
    call("POST", "search/approximate-count", {"jql": jql})
    for method in ("GET", "POST"):
        call(method, "search", {} if method == "POST" else None)
    call("POST", "search/id", {})
    for each in ids.values():
        call("GET", f"issue/{each}", expand="names,schema,changelog,renderedFields", properties="*all")
        call("GET", f"issue/{each}/changelog")
        call("GET", f"issue/{each}/comment", expand="properties,renderedBody")
        call("GET", f"issue/{each}/editmeta")
        call("GET", f"issue/{each}/transitions")
        call("GET", f"issue/{each}/remotelink")
    record = emulator.world.issues[one]
    call("POST", f"issue/{one}/changelog/list", {"changelogIds": [record.histories[0].id]})
    call("GET", f"issue/{one}/comment/{record.comments[0].id}")
    call("POST", "comment/list", {"ids": [each.id for each in record.comments]}, expand="properties")
    names = [str(each) for each in ids.values()]
    call("POST", "issue/bulkfetch", {"issueIdsOrKeys": names, "fields": ["*all"], "expand": ["changelog", "names"]})
    for trap in (False, True):
        emulator.stage.traps(["numeric_created"], on=trap)
        call("POST", "changelog/bulkfetch", {"issueIdsOrKeys": names, "fieldIds": ["status", "priority"]})
    call("GET", "bulk/issues/fields", issueIdsOrKeys=str(one))


def write(call: Caller, emulator: Emulator, ids: Json) -> None:
    """Save, transition and comment, singly and in bulk."""
    one, fields = ids["one"], emulator.field_ids()
    due = "2026-03-05T10:00:00.000+0000"
    call("PUT", f"issue/{one}", {"fields": {fields["due"]: due, fields["state"]: {"value": "At risk"}}})
    call("PUT", f"issue/{one}", {"fields": {fields["metric"]: "resolution"}}, returnIssue="true")
    call("PUT", f"issue/{one}", {"fields": {"customfield_1": 1}})
    for value in (1, 2):
        call("PUT", f"issue/{one}/properties/hub.sla", {"v": value})
    call("GET", f"issue/{one}/properties")
    call("GET", f"issue/{one}/properties/hub.sla")
    call("DELETE", f"issue/{one}/properties/hub.sla")
    goals = call("GET", f"issue/{one}/transitions")["transitions"]
    call("POST", f"issue/{one}/transitions", {"transition": {"id": goals[0]["id"]}})
    text = {"type": "paragraph", "content": [{"type": "text", "text": "Hello"}]}
    call("POST", f"issue/{one}/comment", {"body": {"version": 1, "type": "doc", "content": [text]}})
    given: Json = {"selectedIssueIdsOrKeys": [str(one), str(ids["team"]), "HELP-99999"]}
    given |= {"selectedActions": [fields["metric"]]}
    given["editedFieldsInput"] = {"singleLineTextFields": [{"fieldId": fields["metric"], "text": "bulk"}]}
    task = call("POST", "bulk/issues/fields", given)["taskId"]
    call("POST", "bulk/issues/fields", {**given, "selectedActions": []})
    for _ in range(3):
        call("GET", f"bulk/queue/{task}")
        emulator.stage.advance(0.2)


def administer(call: Caller) -> None:
    """Make a field, give it contexts and options, and put it on screens."""
    name = {"name": "Hub state", "type": f"{TYPES}select", "searcherKey": f"{TYPES}multiselectsearcher"}
    field = call("POST", "field", name)["id"]
    root = f"field/{field}/context"
    wide = call("GET", root)["values"][0]["id"]
    made = call("POST", root, {"name": "Help", "projectIds": ["10000"], "issueTypeIds": []})["id"]
    call("PUT", f"{root}/{made}/project", {"projectIds": ["10001"]})
    call("GET", f"{root}/projectmapping")
    call("POST", f"{root}/{made}/project/remove", {"projectIds": ["10001"]})
    option = call("POST", f"{root}/{made}/option", {"options": [{"value": "Late"}]})["options"][0]["id"]
    call("PUT", f"{root}/{made}/option", {"options": [{"id": option, "value": "Later", "disabled": False}]})
    call("GET", f"{root}/{made}/option")
    call("DELETE", f"{root}/{made}/option/{option}")
    call("DELETE", f"{root}/{wide}")
    context = [{"identifier": 10001, "type": "PROJECT_ID"}]
    fields = [{"identifier": field, "type": "FIELD_ID"}]
    call("PUT", "field/association", {"fields": fields, "associationContexts": context})
    call("PUT", f"field/{field}", {"name": "Hub's state"})
    call("POST", f"screens/addToDefault/{field}")
    scheme = call("GET", "issuetypescreenscheme/project", projectId="10000")["values"][0]["issueTypeScreenScheme"]["id"]
    call("GET", "issuetypescreenscheme/mapping", issueTypeScreenSchemeId=scheme)
    tab = call("GET", "screens/2/tabs")[0]["id"]
    call("POST", f"screens/2/tabs/{tab}/fields", {"fieldId": field})
    call("GET", f"screens/2/tabs/{tab}/fields")
    call("DELETE", f"screens/2/tabs/{tab}/fields/{field}")
    call("POST", f"field/{field}/trash")
    call("POST", f"field/{field}/restore")
    call("GET", f"task/{call('DELETE', f'field/{field}')['id']}")


def serve_desk(call: Caller, emulator: Emulator, ids: Json) -> None:
    """Call everything of Service Management."""
    one = ids["one"]
    parts = "participant,status,sla,requestType,serviceDesk,comment"
    call("GET", f"request/{one}", face="desk", expand=parts)
    for part in ("status", "participant", "feedback", "sla", "comment"):
        call("GET", f"request/{one}/{part}", face="desk")
    call("GET", f"request/{one}/sla/1", face="desk")
    call("GET", f"request/{ids['moved']}", face="desk")
    said = call("POST", f"request/{one}/comment", {"body": "Hello", "public": True}, face="desk")
    call("GET", f"request/{one}/comment/{said['id']}", face="desk")
    call("POST", f"request/{one}/comment", {"body": "Hello"}, face="desk")
    call("GET", "request", face="desk", requestOwnership="ALL_REQUESTS")
    for path in ("info", "servicedesk", "requesttype", "organization"):
        call("GET", path, face="desk")
    for path in ("servicedesk/1", "servicedesk/1/requesttype", "servicedesk/1/requesttype/25"):
        call("GET", path, face="desk")
    call("GET", "servicedesk/1/organization", face="desk")
    call("GET", "servicedesk/1/queue", face="desk", includeCount="true")
    call("GET", "servicedesk/1/queue/11", face="desk")
    call("GET", "servicedesk/1/queue/11/issue", face="desk")
    with_members = next(one.id for one in emulator.world.organisations.values() if one.members)
    call("GET", f"organization/{with_members}", face="desk")
    call("GET", f"organization/{with_members}/user", face="desk")


def register(call: Caller) -> None:
    """Let an app register a webhook that works and one that does not."""
    events = ["jira:issue_updated"]
    entries = [{"events": events, "jqlFilter": jql} for jql in ("project = HELP", "updated > -1d")]
    body = {"url": "http://127.0.0.1:9/hook", "webhooks": entries}
    made = call("POST", "webhook", body)["webhookRegistrationResult"][0]["createdWebhookId"]
    call("GET", "webhook")
    call("PUT", "webhook/refresh", {"webhookIds": [made]})
    call("DELETE", "webhook", {"webhookIds": [made]})


@pytest.fixture(scope="module")
def exchanges(opened: Callable[..., AbstractContextManager[Any]]) -> list[Exchange]:
    """Every call to a site with a past, whose issues are of every kind."""
    with opened(limits=False) as site:
        emulator: Emulator = site.emulator
        ids = play(emulator)
        auth = httpx.BasicAuth(KNOWN.admin_email, KNOWN.admin_token)
        with open_client(site.url, auth=auth) as http:
            call = Caller(http)
            ask(call, emulator, ids)
            write(call, emulator, ids)
            administer(call)
            serve_desk(call, emulator, ids)
            cloud = http.get("/_edge/tenant_info").json()["cloudId"]
            given = {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret}
            given |= {"grant_type": "refresh_token", "refresh_token": KNOWN.refresh_token}
            token = http.post("/oauth/token", json=given).json()["access_token"]
        with open_client(f"{site.url}/ex/jira/{cloud}", headers={"Authorization": f"Bearer {token}"}) as http:
            app = Caller(http)
            register(app)
            return call.exchanges + app.exchanges


def operation(documents: list[Json], exchange: Exchange) -> tuple[Json, Json] | None:
    """Return the document that describes a call, and what it says of it."""
    wanted = re.sub(r"{\w+}", "{}", STARTS[exchange.route.face] + exchange.route.template)
    for document in documents:
        for path, operations in document["paths"].items():
            if re.sub(r"{\w+}", "{}", path) == wanted and exchange.method.lower() in operations:
                return document, operations[exchange.method.lower()]
    return None


def with_null(node: Any) -> Any:
    if isinstance(node, list):
        return [with_null(one) for one in node]
    if not isinstance(node, dict):
        return node
    changed = {name: with_null(value) for name, value in node.items() if name != "nullable"}
    return {"anyOf": [changed, NULL]} if node.get("nullable") is True else changed


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield what is wrong where a value may be null as well, of the other alternative."""
    if error.validator == "anyOf":
        for one in error.context or ():
            if one.schema_path[0] == 0:
                yield from leaves(one)
    else:
        yield error


@pytest.fixture(scope="module")
def errors(documents: list[Json], exchanges: list[Exchange]) -> list[tuple[Exchange, ValidationError]]:
    """Everything in which an answer differs from what is described."""
    schemas = {id(one): with_null(one["components"]["schemas"]) for one in documents}
    found = []
    for exchange in exchanges:
        described = operation(documents, exchange)
        if described is None:
            continue
        document, says = described
        content = says["responses"].get(str(exchange.status), {}).get("content", {}).get("application/json", {})
        if not content.get("schema"):
            continue
        schema = {**with_null(content["schema"]), "components": {"schemas": schemas[id(document)]}}
        for error in Draft4Validator(schema).iter_errors(exchange.body):
            found += [(exchange, leaf) for leaf in leaves(error)]
    return found


def test_every_endpoint_is_called(exchanges: list[Exchange]) -> None:
    good = {(one.method, one.route.template) for one in exchanges if one.status < 300}
    gone = {("GET", "search"), ("POST", "search"), ("POST", "search/id"), ("DELETE", "field/{field}")}
    there = {(one.method, one.template) for one in ROUTES if "cloud" in one.flavours and one.face in STARTS}
    assert there - good == gone


def test_every_path_and_every_good_status_is_in_the_documents(documents: list[Json], exchanges: list[Exchange]) -> None:
    unknown = set()
    for one in exchanges:
        described = operation(documents, one)
        if one.status < 300 and (described is None or str(one.status) not in described[1]["responses"]):
            unknown.add(f"{one.name} {one.status}")
    assert unknown == set()


def test_every_answer_is_as_the_documents_say_but_for_what_is_known(
    errors: list[tuple[Exchange, ValidationError]],
) -> None:
    found = {one: f"{exchange.name}: {error.message[-200:]}" for exchange, error in errors for one in kinds(error)}
    assert {one: found[one] for one in found.keys() - DEVIATIONS.keys()} == {}
    assert DEVIATIONS.keys() - found.keys() == set()


def kinds(error: ValidationError) -> Iterator[tuple[str, str, str]]:
    """Yield where an answer differs, in which field, and how."""
    path = re.sub(r"\[\d+\]", "[]", error.json_path)
    if error.validator == "additionalProperties":
        for name in error.instance.keys() - error.schema.get("properties", {}).keys():
            yield path, name, "unknown"
        return
    before, dot, field = path.rpartition(".")
    what = {type(None): "null", int: "number", str: "text", list: "list"}.get(type(error.instance), error.message)
    yield (f"{re.split(r'[.]', before)[-1]}." if dot else path, field if dot else "", what)


def test_refusals_have_one_of_the_known_shapes(exchanges: list[Exchange]) -> None:
    refused = [one for one in exchanges if one.status >= 300 and one.status != 303]
    assert {one.status for one in refused} == {400, 404, 410}
    for one in refused:
        if one.route.face == "desk":
            assert set(one.body) == {"errorMessage", "i18nErrorMessage"}
        elif one.route.template.startswith("bulk/"):
            assert set(one.body) == {"errors"}
        else:
            assert set(one.body) == {"errorMessages", "errors"}
