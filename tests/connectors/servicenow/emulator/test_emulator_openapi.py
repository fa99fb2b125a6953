"""Every answer of the emulated instance, held against the description of the endpoints that the hub calls.

The description stands beside the repository and is no part of it.
"""

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from connectors.servicenow.emulator import KNOWN, Stage

Json = dict[str, Any]
OTHER_VERSIONS = re.compile(r"^/api/now/(?:v1/|v2/)?(table|stats|batch|import)")
WRITTEN = {"table": "v2/table", "stats": "v1/stats", "batch": "v1/batch", "import": "v1/import"}


@dataclass(frozen=True, slots=True)
class Exchange:
    method: str
    path: str
    status: int
    kind: str
    body: Any
    headers: httpx.Headers


class Caller:
    """Calls an instance and writes down what it answers."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.exchanges: list[Exchange] = []

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = self._http.request(method, path, json=body, **more)
        kind = answer.headers.get("content-type", "").partition(";")[0]
        found = answer.json() if kind == "application/json" and answer.content else answer.text
        self.exchanges.append(Exchange(method, path, answer.status_code, kind, found, answer.headers))
        return found


@pytest.fixture(scope="module")
def document(vendor: Path) -> Json:
    text = (vendor / "openapi" / "servicenow" / "slahub-servicenow.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def template(document: Json, path: str) -> str:
    """Return the path of the description that a call belongs to."""
    plain = httpx.URL(path).path
    match = OTHER_VERSIONS.match(plain)
    if match is not None:
        plain = f"/api/now/{WRITTEN[match[1]]}{plain[match.end() :]}"
    ordered = sorted(document["paths"], key=lambda one: one.count("{"))
    return next(one for one in ordered if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), plain))


def resolved(document: Json, node: Json) -> Json:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def problems(document: Json, one: Exchange) -> list[str]:
    """Return what of an answer is not as described."""
    path = template(document, one.path)
    where = f"{one.method} {path} {one.status}"
    described = document["paths"][path][one.method.lower()]["responses"]
    if str(one.status) not in described:
        return [f"{where}: not described"]
    response = resolved(document, described[str(one.status)])
    found = [
        f"{where}: header {name} is {one.headers[name]!r}"
        for name, header in response.get("headers", {}).items()
        if name in one.headers and not _fits(document, resolved(document, header)["schema"], one.headers[name])
    ]
    kinds = response.get("content", {})
    if not kinds:
        return found if not one.body else [*found, f"{where}: has a body"]
    if one.kind not in kinds:
        return [*found, f"{where}: comes as {one.kind}"]
    schema = {**kinds[one.kind]["schema"], "components": document["components"]}
    return found + [f"{where}: {error.json_path} {error.message[:200]}" for error in _errors(schema, one.body)]


def _fits(document: Json, schema: Json, value: str) -> bool:
    return not _errors({**schema, "components": document["components"]}, value)


def _errors(schema: Json, value: Any) -> list[Any]:
    return list(Draft202012Validator(schema).iter_errors(value))


def ask(call: Caller, stage: Stage) -> None:
    """Call everything that is described, well and badly."""
    ticket = stage.new_ticket(impact=1, urgency=1)
    stage.assign(ticket, "ben.birch", "Workplace")
    stage.reply(ticket, text="We look into it.")
    locked = stage.new_ticket()
    stage.lock(locked)
    for version in ("", "v1/", "v2/"):
        for mode in ("false", "true", "all"):
            for links in ("false", "true"):
                query = f"sysparm_display_value={mode}&sysparm_exclude_reference_link={links}&sysparm_limit=20"
                call("GET", f"/api/now/{version}table/incident?{query}")
                call("GET", f"/api/now/{version}table/incident/{ticket}?{query}")
    for table in (
        "task",
        "sys_user",
        "sys_audit",
        "sys_journal_field",
        "task_sla",
        "contract_sla",
        "cmn_schedule_span",
    ):
        call("GET", f"/api/now/v2/table/{table}?sysparm_limit=10")
    made = call("POST", "/api/now/v2/table/incident", {"short_description": "Made", "impact": 2})
    call("POST", "/api/now/v2/table/sys_user", {"user_name": "x"})
    call("PATCH", f"/api/now/v2/table/incident/{made['result']['sys_id']}", {"u_sla_metric": "x", "urgency": 1})
    quiet = {"X-no-response-body": "true"}
    call("PATCH", f"/api/now/v2/table/incident/{ticket}", {"u_sla_metric": "y"}, headers=quiet)
    call("PATCH", f"/api/now/v2/table/incident/{locked}", {"u_sla_metric": "y"})
    call("PATCH", "/api/now/v2/table/incident/0", {"u_sla_metric": "y"})
    call("DELETE", f"/api/now/v2/table/incident/{ticket}")
    call("GET", "/api/now/v2/table/incident/0")
    call("GET", "/api/now/v2/table/u_none")
    call("GET", "/api/now/v2/table/sys_choice?sysparm_query=name=incident")
    call("GET", f"/api/now/v2/table/incident?sysparm_query=sys_idIN{'0' * 9000}")
    for query in ("sysparm_count=true", "sysparm_count=true&sysparm_group_by=state&sysparm_display_value=all"):
        call("GET", f"/api/now/v1/stats/incident?{query}")
        call("GET", f"/api/now/stats/incident?{query}&sysparm_max_fields=sys_updated_on")
    body = base64.b64encode(b'{"u_sla_metric":"z"}').decode()
    headers = [{"name": "Content-Type", "value": "application/json"}, {"name": "Accept", "value": "application/json"}]
    items = [
        {"id": name, "method": "PATCH", "url": f"/api/now/v2/table/incident/{name}", "headers": headers, "body": body}
        for name in (ticket, locked, "0")
    ]
    call("POST", "/api/now/v1/batch", {"batch_request_id": "1", "rest_requests": items})
    call("POST", "/api/now/import/u_slahub_import", {"u_number": stage.number_of(ticket), "u_sla_metric": "m"})
    call("POST", "/api/now/import/u_slahub_import/insertMultiple", {"records": [{"u_number": "INC0"}]})
    form = {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret}
    password = {"username": KNOWN.user, "password": KNOWN.password}
    for given in ({"grant_type": "client_credentials"}, {"grant_type": "password", **password}, {"grant_type": "x"}):
        call("POST", "/oauth_token.do", data={**form, **given})


def spoil(call: Caller, stage: Stage) -> None:
    """Call where something stands in the way."""
    listed = "/api/now/v2/table/incident?sysparm_limit=5"
    stage.cancel("error")
    call("GET", listed)
    for page in ("hibernation", "login", ""):
        stage.page(page)
        call("GET", listed)
        call("POST", "/oauth_token.do", data={"grant_type": "client_credentials"})
    stage.limit(2)
    for _ in range(3):
        call("GET", listed)
        call("PATCH", "/api/now/v2/table/incident/0", {})
    stage.unlimit()
    stage.revoke()
    call("GET", listed)
    stage.allow()


def test_every_answer_is_as_described(site: Any, stage: Stage, document: Json) -> None:
    call = Caller(site.http)
    ask(call, stage)
    spoil(call, stage)
    wrong = {problem for one in call.exchanges for problem in problems(document, one)}
    assert wrong == set()
    asked = {(one.method, template(document, one.path)) for one in call.exchanges}
    described = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method in ("get", "post", "patch", "delete")
    }
    assert described - asked == set()


def test_an_answer_that_is_broken_is_not_as_described(site: Any, stage: Stage, document: Json) -> None:
    call = Caller(site.http)
    stage.cancel("both")
    call("GET", "/api/now/v2/table/incident?sysparm_limit=5")
    assert problems(document, call.exchanges[0])
    good = json.loads(json.dumps({"result": [{"state": 1}]}))
    odd = Exchange("GET", "/api/now/v2/table/incident", 200, "application/json", good, httpx.Headers())
    assert problems(document, odd)
