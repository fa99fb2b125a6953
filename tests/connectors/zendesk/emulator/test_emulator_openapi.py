"""Every answer of the emulator, held against Zendesk's own description of its API.

The document stands beside the repository and is no part of it. Where it is known to be wrong, a deviation says so,
for one field of one schema, with the fact that it rests on.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker, ValidationError

from connectors import open_client
from connectors.zendesk.emulator import KNOWN, Emulator, serve
from connectors.zendesk.emulator.routes import ROUTES

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
Json = dict[str, Any]

_INSTANT = {"type": "string", "format": "date-time"}
_SPAN = {"type": "object", "required": ["start_time", "end_time"], "properties": {"start_time": {"type": "integer"}}}
_SCHEDULE = {
    "type": "object",
    "required": ["id", "name", "time_zone", "intervals", "created_at", "updated_at"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "time_zone": {"type": "string"},
        "intervals": {"type": "array", "items": _SPAN},
        "created_at": _INSTANT,
        "updated_at": _INSTANT,
    },
}
_HOLIDAY = {
    "type": "object",
    "required": ["id", "name", "start_date", "end_date"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "start_date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "end_date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    },
}
_EVENT = {"$ref": "#/components/schemas/TicketMetricEventBaseObject"}
_CHILD = {"type": "object", "required": ["id", "event_type"], "properties": {"id": {"type": "integer"}}}
_TICKET_EVENT = {
    "type": "object",
    "required": ["id", "ticket_id", "timestamp", "created_at", "updater_id", "event_type", "child_events"],
    "properties": {
        "id": {"type": "integer"},
        "ticket_id": {"type": "integer"},
        "timestamp": {"type": "integer"},
        "created_at": _INSTANT,
        "updater_id": {"type": "integer"},
        "via": {"type": "string"},
        "event_type": {"enum": ["Audit"]},
        "child_events": {"type": "array", "items": _CHILD},
    },
}


def _list(name: str, line: Json) -> Json:
    return {"type": "object", "required": [name], "properties": {name: {"type": "array", "items": line}}}


LACKING = {
    "business_hours/schedules": _list("schedules", _SCHEDULE),
    "business_hours/schedules/{id}": {"required": ["schedule"], "properties": {"schedule": _SCHEDULE}},
    "business_hours/schedules/{id}/holidays": _list("holidays", _HOLIDAY),
    "tickets/{id}/metric_events": {
        "required": ["metric_events"],
        "properties": {"metric_events": {"additionalProperties": {"type": "array", "items": _EVENT}}},
    },
}
"""Paths that the document lacks, and what is known of them: schedules by sections 6 and 10, metric events by 5.4."""

INSTEAD = {**LACKING, "incremental/ticket_events": _list("ticket_events", _TICKET_EVENT)}
"""And one whose answer it mistakes for another's: section 10, with the shape of section 5.1."""

NULL = {"type": "null"}
EXPORTS = "incremental/"


@dataclass(frozen=True, slots=True)
class Deviation:
    """Where the document is wrong about one field. `too`: what it may be besides. `only`: in answers of these paths."""

    schema: str
    field: str
    fact: str
    too: Json
    only: str = ""


def nulls(schema: str, fields: str, fact: str, only: str = "") -> list[Deviation]:
    return [Deviation(schema, one, fact, NULL, only) for one in fields.split()]


_TEN, _SAMPLE = "10: not nullable in the schema but null in reality", "null in the sample"
DEVIATIONS = [
    *nulls(
        "TicketObject",
        "priority type assignee_id group_id organization_id external_id problem_id recipient",
        _TEN,
    ),
    *nulls("TicketObject", "forum_topic_id", f"{_SAMPLE} ticket.json"),
    *nulls("TicketObject", "requester_id submitter_id", "4: people are nulled in scrubbed tickets", EXPORTS),
    Deviation("TicketObject", "status", "4: exports bring deleted tickets", {"enum": ["deleted"]}, EXPORTS),
    Deviation("TicketObject", "custom_fields.value", "10: string, number, boolean, array or null", {}),
    *nulls(
        "CustomStatusObject",
        "description raw_description end_user_description raw_end_user_description",
        "10: custom status descriptions are null",
    ),
    *nulls("BrandObject", "host_mapping logo", f"{_SAMPLE} brands.json"),
    *nulls("SatisfactionRatingObject", "assignee_id group_id", "1: can be null"),
    *nulls("ViewObject", "restriction", "the document's own words: null when everyone can access it"),
    *nulls("SatisfactionRatingObject", "comment reason reason_id", f"{_SAMPLE} satisfaction_ratings.json"),
    *nulls("TicketFieldObject", "agent_description", f"{_SAMPLE} ticket_fields.json"),
    *nulls(
        "UserForAdmin",
        "alias default_group_id details last_login_at notes signature",
        f"{_SAMPLE} users_page.json",
    ),
]

EXTRA = {
    "": ("audit",),  # 7.1: a write answers with its audit
    "AuditObject.events": ("previous_value",),  # 5.2
    "TicketObject": ("fields", "metric_events"),  # 10; 5.4
    "OrganizationObject": ("deleted_at",),  # 6: in the incremental export
    "SLAPolicyMetricObject": ("target_in_seconds",),  # 6
    "TicketFieldObject": ("key",),  # 8
    "CustomFieldOptionObject": ("default",),  # sample ticket_field_create_dropdown.json
    "CustomStatusObject": ("url",),  # sample custom_statuses.json
    "ListDeletedTicketsResponse.deleted_tickets": ("description",),  # sample deleted_tickets.json
    "TicketMetricEventBaseObject": ("sla", "group_sla", "status"),  # 5.4, and the document's own descendants of it
}
"""Fields that answers have and the document lacks."""

SIDELOADS = {"users", "groups", "organizations", "brands", "metric_sets"}
"""Section 4: what `include` adds."""

PAGING = {"meta", "links", "count", "next_page", "previous_page", "end_of_stream"}
"""Section 10: most of paging is not described."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer."""

    method: str
    template: str
    status: int
    body: Any


def calls(emulator: Emulator) -> Iterator[tuple[str, str, str, Json, Json]]:
    """Yield method, template, path, query and body of a call to every endpoint, and to some in several ways."""
    world, field = emulator.world, emulator.field_ids()
    ticket = next(one for one in world.tickets.values() if one.status == "open")
    person, organisation = next(iter(world.people)), next(iter(world.organisations))
    schedule = world.agreements.schedules[0].id
    policy = world.agreements.policies[0].id
    cursor = {"page[size]": 50}
    for name in ("tickets", "ticket_events", "ticket_metric_events", "organizations", "users"):
        yield "GET", f"incremental/{name}", f"incremental/{name}", {"start_time": 0}, {}
    yield "GET", "incremental/ticket_events", "incremental/ticket_events?include=comment_events&start_time=0", {}, {}
    changes = {"start_time": 0, "include_changes": "true", "page[size]": 100}
    yield "GET", "incremental/ticket_metric_events", "incremental/ticket_metric_events", changes, {}
    everything = "users,groups,organizations,brands,metric_sets,metric_events"
    yield (
        "GET",
        "incremental/tickets/cursor",
        "incremental/tickets/cursor",
        {"start_time": 0, "include": everything},
        {},
    )
    yield "GET", "incremental/users/cursor", "incremental/users/cursor", {"start_time": 0}, {}
    lists = (
        "tickets users organizations groups group_memberships brands ticket_forms ticket_fields deleted_tickets "
        "suspended_tickets satisfaction_ratings views job_statuses"
    )
    for name in lists.split():
        yield "GET", name, name, {}, {}
        yield "GET", name, name, cursor, {}
    plain = (
        "tickets/count users/me custom_statuses slas/policies group_slas/policies business_hours/schedules "
        "account/settings ticket_audits"
    )
    for name in plain.split():
        yield "GET", name, name, {}, {}
    for name in ("tickets", "users", "organizations"):
        number = {"tickets": ticket.id, "users": person, "organizations": organisation}[name]
        yield "GET", f"{name}/show_many", f"{name}/show_many", {"ids": number}, {}
    singles: dict[str, object] = {
        "tickets/{id}": ticket.id,
        "users/{id}": person,
        "organizations/{id}": organisation,
        "groups/{id}": next(iter(world.groups)),
        "brands/{id}": next(iter(world.brands)),
        "ticket_forms/{id}": next(iter(world.forms)),
        "ticket_fields/{id}": field["state"],
        "ticket_fields/{id}/options": field["state"],
        "slas/policies/{id}": policy,
        "business_hours/schedules/{id}": schedule,
        "business_hours/schedules/{id}/holidays": schedule,
        "tickets/{id}/audits": ticket.id,
        "tickets/{id}/comments": ticket.id,
        "tickets/{id}/metric_events": ticket.id,
        "tickets/{id}/tags": ticket.id,
        "views/{id}": next(iter(world.views)),
        "views/{id}/tickets": next(iter(world.views)),
        "views/{id}/count": next(iter(world.views)),
    }
    for template, number in singles.items():
        yield "GET", template, template.replace("{id}", str(number)), {}, {}
    yield "GET", "tickets/{id}", f"tickets/{ticket.id}?include=metric_events,users", {}, {}
    yield "GET", "tickets/{id}/audits/{id}", f"tickets/{ticket.id}/audits/{ticket.audits[0].id}", {}, {}
    yield "GET", "organizations/search", "organizations/search", {"name": "Customer 0004 Ltd"}, {}
    yield "GET", "organizations/autocomplete", "organizations/autocomplete", {"name": "Customer"}, {}
    yield "GET", "search", "search", {"query": "type:ticket"}, {}
    yield "GET", "search/export", "search/export", {"query": "type:ticket", "filter[type]": "ticket"}, {}
    yield from _writes(emulator, ticket.id)
    yield from _refused(ticket.id)


def _writes(emulator: Emulator, ticket: int) -> Iterator[tuple[str, str, str, Json, Json]]:
    world = emulator.world
    box = {"ticket": {"subject": "By API", "comment": {"body": "Hello.", "public": False}}}
    yield "POST", "tickets", "tickets", {}, box
    yield "PUT", "tickets/{id}", f"tickets/{ticket}", {}, {"ticket": {"priority": "low", "type": "task"}}
    for method in ("PUT", "POST", "DELETE"):
        yield method, "tickets/{id}/tags", f"tickets/{ticket}/tags", {}, {"tags": ["one"]}
    yield "PUT", "tickets/update_many", "tickets/update_many", {"ids": f"{ticket},999999"}, {"ticket": {"type": None}}
    job = next(reversed(world.jobs))
    yield "GET", "job_statuses/{key}", f"job_statuses/{job}", {}, {}
    emulator.stage.advance(10)
    yield "GET", "job_statuses/{key}", f"job_statuses/{job}", {}, {}
    yield "GET", "job_statuses/show_many", "job_statuses/show_many", {"ids": job}, {}
    gone = emulator.stage.new_ticket()
    yield "DELETE", "tickets/{id}", f"tickets/{gone}", {}, {}
    yield "PUT", "deleted_tickets/{id}/restore", f"deleted_tickets/{gone}/restore", {}, {}
    mail = next(iter(world.suspended))
    yield "PUT", "suspended_tickets/{id}/recover", f"suspended_tickets/{mail}/recover", {}, {}
    options = [{"name": "On", "value": "on_track_again"}]
    field = {"type": "tagger", "title": "Again", "custom_field_options": options, "agent_description": "For agents"}
    yield "POST", "ticket_fields", "ticket_fields", {}, {"ticket_field": field}
    made = max(world.fields)
    yield "PUT", "ticket_fields/{id}", f"ticket_fields/{made}", {}, {"ticket_field": {"title": "Once more"}}
    yield "DELETE", "ticket_fields/{id}", f"ticket_fields/{made}", {}, {}
    condition = {"field": "status", "operator": "less_than", "value": "solved"}
    view: Json = {"title": "Made", "all": [condition], "output": {"columns": ["status"], "group_by": "status"}}
    view |= {"description": "Unsolved", "restriction": {"type": "Group", "id": next(iter(world.groups))}}
    yield "POST", "views", "views", {}, {"view": view}
    made = max(world.views)
    yield "PUT", "views/{id}", f"views/{made}", {}, {"view": {"title": "Changed"}}
    yield "DELETE", "views/{id}", f"views/{made}", {}, {}


def _refused(ticket: int) -> Iterator[tuple[str, str, str, Json, Json]]:
    """Yield calls that are answered with each shape of an error."""
    yield "GET", "tickets/{id}", "tickets/999999", {}, {}
    yield "GET", "tickets", "tickets", {"page": 101}, {}
    yield "GET", "tickets", "tickets", {"page[size]": 101}, {}
    yield "GET", "organizations/autocomplete", "organizations/autocomplete", {"name": "C"}, {}
    yield "GET", "incremental/tickets/cursor", "incremental/tickets/cursor", {"start_time": 99999999999}, {}
    yield "GET", "search", "search", {"query": "type:ticket", "page": 11}, {}
    yield "PUT", "tickets/{id}", f"tickets/{ticket}", {}, {"ticket": {"status": "lost"}}
    yield "POST", "ticket_fields", "ticket_fields", {}, {"ticket_field": {"type": "tagger", "title": "Empty"}}


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """Every call to a desk with a past, whose tickets are in every state there is."""
    emulator = Emulator(seed=7, tickets=40, start=START, limits=False)
    stage = emulator.stage
    stage.hold_time()
    scrubbed, merged, rated, gone, archived = (stage.new_ticket() for _ in range(5))
    stage.assign(stage.new_ticket(priority="high"), None, next(iter(emulator.world.groups)) + 127)
    stage.delete(scrubbed)
    stage.scrub(scrubbed)
    stage.merge(merged, rated)
    stage.rate(rated, "bad", "Too slow")
    stage.delete(gone)
    stage.close(archived)
    stage.archive(archived)
    stage.new_ticket(requester="user10@customer10.example", type="task")
    stage.advance(1000)
    found: list[Exchange] = []
    auth = httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token)
    with serve(emulator) as url, open_client(f"{url}/api/v2/", auth=auth) as http:
        for method, template, path, query, body in calls(emulator):
            answer = http.request(method, path, params=query or None, json=body or None)
            content = answer.json() if answer.content else ""
            found.append(Exchange(method, template, answer.status_code, content))
    return found


@pytest.fixture(scope="module")
def document(vendor: Path) -> Json:
    text = (vendor / "openapi" / "zendesk" / "support-oas.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))


def operation(document: Json, exchange: Exchange) -> Json | None:
    wanted = "/api/v2/" + re.sub(r"{\w+}", "{}", exchange.template)
    for path, operations in document["paths"].items():
        if re.sub(r"{\w+}", "{}", path) == wanted and exchange.method.lower() in operations:
            return dict(operations[exchange.method.lower()])
    return None


def schema_of(document: Json, exchange: Exchange) -> Json | None:
    """Return the schema of an answer; None where there is nothing to describe or it is not described."""
    if exchange.template in INSTEAD:
        return INSTEAD[exchange.template]
    described = (operation(document, exchange) or {})["responses"].get(str(exchange.status), {})
    found = described.get("content", {}).get("application/json", {}).get("schema")
    if exchange.template.startswith("search") and found is not None:
        # What is common to all kinds of results is described; these are tickets, in whole.
        return {"properties": {"results": {"items": {"$ref": "#/components/schemas/TicketObject"}}}, "allOf": [found]}
    return None if found is None else dict(found)


def places(schema: Json, name: str) -> Iterator[Json]:
    """Yield the property lists in a schema, and in what it is put together from, that hold a field."""
    if name in schema.get("properties", {}):
        yield schema["properties"]
    for part in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(part, []):
            yield from places(each, name)


@pytest.fixture(scope="module")
def schemas(document: Json) -> Json:
    """The document's schemas, in JSON Schema's own words for what may be null."""
    return dict(with_null(document["components"]["schemas"]))


def spots(schemas: Json, one: Deviation) -> Iterator[Json]:
    """Yield the property lists that describe a deviation's field."""
    *outer, field = one.field.split(".")
    node = schemas[one.schema]
    for name in outer:
        node = next(places(node, name))[name]["items"]
    yield from list(places(node, field))


def corrected(schemas: Json, template: str) -> Json:
    """Return the schemas with the deviations that hold for a path."""
    found = dict(schemas)
    for name in {one.schema for one in DEVIATIONS}:
        found[name] = deepcopy(found[name])
    for one in (one for one in DEVIATIONS if template.startswith(one.only)):
        field = one.field.rpartition(".")[2]
        for spot in spots(found, one):
            spot[field] = {"anyOf": [spot[field], one.too]}
    return found


def with_null(node: Any) -> Any:
    if isinstance(node, list):
        return [with_null(one) for one in node]
    if not isinstance(node, dict):
        return node
    changed = {name: with_null(value) for name, value in node.items() if name != "nullable"}
    return {"anyOf": [changed, NULL]} if node.get("nullable") is True else changed


CHECKER = FormatChecker(formats=[])


@CHECKER.checks("date-time", raises=ValueError)
def is_instant(value: object) -> bool:
    return not isinstance(value, str) or (value.endswith("Z") and bool(datetime.fromisoformat(value)))


def faults(document: Json, exchange: Exchange, schemas: Json) -> Iterator[ValidationError]:
    """Yield what is wrong with an answer, down to what each alternative says."""
    schema = schema_of(document, exchange)
    if schema is not None:
        components = {"components": {"schemas": schemas}}
        validator = Draft4Validator({**with_null(schema), **components}, format_checker=CHECKER)
        yield from validator.iter_errors(exchange.body)


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    yield error
    for one in error.context or ():
        yield from leaves(one)


def test_every_endpoint_is_called(exchanges: list[Exchange]) -> None:
    good = {(one.method, one.template) for one in exchanges if one.status < 300}
    assert {(route.method, route.template) for route in ROUTES} - good == set()


def test_every_path_and_status_is_in_the_document(document: Json, exchanges: list[Exchange]) -> None:
    unknown = {
        f"{one.method} {one.template} {one.status}"
        for one in exchanges
        if one.template not in INSTEAD
        and one.status < 300
        and str(one.status) not in (operation(document, one) or {"responses": {}})["responses"]
    }
    assert unknown == set()


def test_the_paths_that_the_document_lacks_are_still_lacking(document: Json) -> None:
    there = [one for one in LACKING if operation(document, Exchange("GET", one, 200, None)) is not None]
    assert there == []


def test_every_answer_is_as_the_document_says(document: Json, schemas: Json, exchanges: list[Exchange]) -> None:
    found = {only: corrected(schemas, only) for only in ("", EXPORTS)}
    wrong = [
        f"{one.method} {one.template} {one.status} {error.json_path}: {error.message[:200]}"
        for one in exchanges
        for error in faults(document, one, found[EXPORTS if one.template.startswith(EXPORTS) else ""])
    ]
    assert wrong == []


def test_every_deviation_is_needed(document: Json, schemas: Json, exchanges: list[Exchange]) -> None:
    described: dict[int, str] = {}
    for one in DEVIATIONS:
        for spot in spots(schemas, one):
            schema = spot[one.field.rpartition(".")[2]]
            schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            described[id(schema)] = f"{one.schema}.{one.field}"
    needed = {
        described.get(id(leaf.schema))
        for one in exchanges
        for error in faults(document, one, schemas)
        for leaf in leaves(error)
    }
    assert set(described.values()) - needed == set()


def test_errors_have_one_of_the_five_shapes(exchanges: list[Exchange]) -> None:
    refused = [one.body for one in exchanges if one.status >= 400]
    assert len(refused) == 8
    for body in refused:
        assert isinstance(body.get("error") or body.get("errors"), str | dict | list)
        assert "errors" in body or isinstance(body["error"], dict) or isinstance(body.get("description"), str)


def test_no_answer_has_a_field_that_nobody_knows(document: Json, exchanges: list[Exchange]) -> None:
    found = {
        f"{name}.{field}"
        for one in exchanges
        if one.status < 300 and one.template not in INSTEAD
        for name, field in Unknown(document).fields(one.body, schema_of(document, one))
    }
    expected = {f"{name}.{field}" for name, fields in EXTRA.items() for field in fields}
    assert found == expected


class Unknown:
    """Finds fields of an answer that no schema names; the outermost ones may be paging."""

    def __init__(self, document: Json) -> None:
        self._schemas = document["components"]["schemas"]

    def fields(self, body: Any, schema: Json | None) -> set[tuple[str, str]]:
        if schema is None:
            return set()
        return {
            (name, field) for name, field in self._walk(body, [schema], "") if name or field not in PAGING | SIDELOADS
        }

    def _walk(self, value: Any, schemas: list[Json], where: str) -> Iterator[tuple[str, str]]:
        known: dict[str, list[Json]] = {}
        names: list[str] = []
        for schema in schemas:
            self._collect(schema, known, names)
        top = where == "" and names[:1] and names[0].endswith("Response")
        name = "" if top else (names or [where])[0]
        if isinstance(value, list):
            for one in value:
                yield from self._walk(one, known.get("[]", []), name)
        elif isinstance(value, dict) and known:
            for field, inner in value.items():
                if field in known:
                    yield from self._walk(inner, known[field], f"{(names or [where])[0]}.{field}")
                else:
                    yield name, field

    def _collect(self, schema: Json, known: dict[str, list[Json]], names: list[str]) -> None:
        if "$ref" in schema:
            names.append(schema["$ref"].rsplit("/", 1)[1])
            schema = self._schemas[names[-1]]
        for field, inner in schema.get("properties", {}).items():
            known.setdefault(field, []).append(inner)
        for part in ("allOf", "anyOf", "oneOf"):
            for each in schema.get(part, []):
                self._collect(each, known, names)
        if "items" in schema:
            known.setdefault("[]", []).append(schema["items"])
