"""Answers have the shape of the vendor's: the keys, and the kind of each value.

What stands here is our own short list. The same comparison runs over the vendor's samples, which lie beside the clone.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, Stage

VIA = {"channel": "web", "source": {"from": {}, "to": {}, "rel": "trigger"}}
PERSON = {
    "id": 1,
    "name": "",
    "email": "",
    "role": "",
    "active": True,
    "suspended": False,
    "created_at": "",
    "updated_at": "",
}
TICKET = {
    "id": 1,
    "url": "",
    "via": VIA,
    "subject": "",
    "status": "",
    "priority": "",
    "type": "",
    "created_at": "",
    "updated_at": "",
    "requester_id": 1,
    "assignee_id": 1,
    "group_id": 1,
    "organization_id": 1,
    "brand_id": 1,
    "ticket_form_id": 1,
    "custom_status_id": 1,
    "tags": [""],
    "custom_fields": [{"id": 1, "value": "x"}],
    "fields": [{"id": 1, "value": "x"}],
    "satisfaction_rating": {"score": ""},
}
AUDIT = {
    "id": 1,
    "ticket_id": 1,
    "created_at": "",
    "author_id": 1,
    "metadata": {"system": {}, "custom": {}},
    "via": VIA,
    "events": [
        {"id": 1, "type": "Comment", "author_id": 1, "body": "", "public": True, "audit_id": 1},
        {"id": 1, "type": "Create", "field_name": "", "value": "x"},
        {"id": 1, "type": "Change", "field_name": "", "value": "x", "previous_value": "x"},
        {"id": 1, "type": "Notification", "via": VIA, "subject": "", "body": "", "recipients": [1]},
    ],
}
META = {"meta": {"has_more": False, "after_cursor": "", "before_cursor": ""}, "links": {"prev": "", "next": ""}}
FIELD = {"id": 1, "type": "", "title": "", "active": True, "removable": True, "created_at": "", "updated_at": ""}
JOB = {"id": "", "url": "", "total": 1, "status": "", "progress": 1, "message": "", "results": [{"id": 1}]}
LINE = {"id": 1, "via": "", "via_reference_id": 1, "event_type": "Change", "status": "", "previous_value": ""}
EVENT = {
    "id": 1,
    "ticket_id": 1,
    "timestamp": 1,
    "created_at": "",
    "updater_id": 1,
    "via": "",
    "event_type": "Audit",
    "system": {},
    "metadata": {},
}
EXPECTED: dict[str, Any] = {
    "incremental_tickets_cursor_page": {
        "tickets": [{**TICKET, "generated_timestamp": 1}],
        "users": [PERSON],
        "groups": [{"id": 1, "name": "", "deleted": False}],
        "organizations": [{"id": 1, "name": "", "tags": []}],
        "metric_sets": [{"ticket_id": 1, "replies": 1, "reply_time_in_minutes": {"calendar": 1, "business": 1}}],
        "after_url": "",
        "before_url": None,
        "after_cursor": "",
        "before_cursor": None,
        "end_of_stream": True,
    },
    "incremental_tickets_time_page": {
        "tickets": [{**TICKET, "generated_timestamp": 1}],
        "count": 1,
        "end_of_stream": False,
        "next_page": "",
        "end_time": 1,
    },
    "incremental_ticket_events_page": {
        "ticket_events": [{**EVENT, "child_events": [LINE]}],
        "count": 1,
        "end_of_stream": False,
        "next_page": "",
        "end_time": 1,
    },
    "incremental_ticket_events_without_sideload": {
        "ticket_events": [{**EVENT, "child_events": [{"comment_present": True, "comment_public": True}]}],
    },
    "incremental_organizations": {
        "organizations": [{"id": 1, "name": "", "deleted_at": None}],
        "count": 1,
        "end_time": 1,
    },
    "incremental_users_cursor": {"users": [PERSON], "after_cursor": "", "after_url": "", "end_of_stream": False},
    "ticket": {"ticket": TICKET, "users": [PERSON]},
    "ticket_audits": {"audits": [AUDIT], **META},
    "ticket_comments": {"comments": [{"id": 1, "public": True, "via": VIA, "created_at": "", "metadata": {}}], **META},
    "tickets_offset_page": {"tickets": [TICKET], "next_page": "", "previous_page": "", "count": 1},
    "ticket_update": {"ticket": {**TICKET, "generated_timestamp": 0}, "audit": AUDIT},
    "ticket_fields": {
        "ticket_fields": [{**FIELD, "custom_field_options": [{"id": 1, "name": "", "value": ""}]}],
        "count": 1,
    },
    "ticket_field_create_text": {"ticket_field": FIELD},
    "ticket_field_create_dropdown": {"ticket_field": {**FIELD, "custom_field_options": [{"id": 1, "value": ""}]}},
    "update_many_batch": {"job_status": {"id": "", "url": "", "total": 1, "status": "queued", "results": None}},
    "job_status_completed": {"job_status": JOB},
    "users_page": {"users": [PERSON], **META},
    "groups": {"groups": [{"id": 1, "name": "", "default": True}], **META},
    "brands": {"brands": [{"id": 1, "name": "", "default": True, "ticket_form_ids": [1]}], "count": 1},
    "custom_statuses": {"custom_statuses": [{"id": 1, "status_category": "", "agent_label": "", "default": True}]},
    "deleted_tickets": {
        "deleted_tickets": [{"id": 1, "actor": {"id": 1, "name": ""}, "deleted_at": "", "previous_state": ""}],
        **META,
    },
    "oauth_client_credentials": {
        "access_token": "",
        "token_type": "bearer",
        "scope": "",
        "expires_in": 1,
        "refresh_token": None,
    },
    "users_me_anonymous": {"user": {"id": None, "name": "", "email": "", "role": ""}},
    "error_401": {"error": ""},
    "error_403_plan_or_role": {"error": {"title": "", "message": ""}},
    "error_404_endpoint": {"error": "", "description": ""},
    "error_404_record": {"error": "", "description": ""},
    "error_400_page_size": {"error": "", "description": ""},
    "error_400_offset_depth": {"errors": [{"code": "", "title": "", "detail": ""}]},
    "error_400_start_time_too_recent": {"error": "", "description": ""},
    "error_409_safe_update": {"error": "", "description": ""},
    "error_422_closed_ticket": {"error": "", "description": "", "details": {"status": [{"description": ""}]}},
    "error_422_search_limit": {"error": "", "description": ""},
    "error_429_incremental": {"error": "", "description": ""},
    "ticket_field_create_dropdown_422": {"details": {"field_options": [{"description": "", "error": ""}]}},
    "update_many_over_100_400": {"error": "", "description": "", "max_count": 1},
}


def merged(documents: list[Any]) -> Any:
    """Return one document with every key that any of them has, preferring values that are there."""
    found: dict[str, Any] = {}
    for document in documents:
        for key, value in document.items():
            if isinstance(value, dict) and isinstance(found.get(key), dict):
                found[key] = merged([found[key], value])
            elif isinstance(value, list) and isinstance(found.get(key), list):
                found[key] = [*found[key], *value]
            elif found.get(key) is None:
                found[key] = value
    return found


def kind(line: dict[str, Any]) -> str:
    """Return what an audit's line is; lines of one list differ by it."""
    return str(line.get("event_type") or line.get("type"))


def lacks(wanted: Any, got: Any, where: str = "") -> Iterator[str]:
    """Yield what `got` has not that `wanted` has: a key, or the kind of a value. Null fits every kind."""
    if wanted is None or got is None:
        return
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            if key not in got:
                yield f"{where}.{key} is missing"
            elif key not in ("value", "previous_value", "custom_ticket_fields"):  # these hold anything
                yield from lacks(value, got[key], f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(got, list):
        mixed = where.endswith("events")
        kinds = {kind(one) for one in wanted} & {kind(one) for one in got} if mixed else {""}
        for one_kind in kinds if wanted and got and isinstance(wanted[0], dict) else set[str]():
            pair = [merged([one for one in some if not mixed or kind(one) == one_kind]) for some in (wanted, got)]
            yield from lacks(*pair, f"{where}[{one_kind}]")
    elif type(wanted) is not type(got):
        yield f"{where} is {type(got).__name__}, wanted {type(wanted).__name__}"


class Asker:
    """Brings about each answer at an emulated desk."""

    def __init__(self, http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
        self.http, self.stage = http, stage
        self.state = emulator.field_ids()["state"]
        self.number = stage.new_ticket(priority="urgent", type="task", tags=["one"])
        stage.reply(self.number, status="pending")
        stage.assign(self.number, "agent")
        stage.solve(self.number)
        stage.rate(self.number)
        self.closed, self.gone = stage.new_ticket(), stage.new_ticket()
        stage.close(self.closed)
        stage.delete(self.gone)
        stage.jobs(delay=0)
        stage.limits(on=False)
        stage.advance(61)

    def ask(self, name: str) -> Any:
        asked: Callable[[], httpx.Response] | None = getattr(self, name, None)
        return (asked() if asked is not None else self.http.get(PATHS[name].format(**vars(self)))).json()

    def ticket_update(self) -> httpx.Response:
        change = {
            "custom_fields": [{"id": self.state, "value": "sla_met"}],
            "comment": {"body": "x", "public": True},
            "priority": "low",
        }
        return self.http.put(f"tickets/{self.number}", json={"ticket": change})

    def update_many_batch(self, count: int = 1) -> httpx.Response:
        rows = [{"id": self.number, "priority": "low"}, {"id": self.closed, "priority": "low"}] * count
        return self.http.put("tickets/update_many", json={"tickets": rows})

    def update_many_over_100_400(self) -> httpx.Response:
        return self.update_many_batch(51)

    def job_status_completed(self) -> httpx.Response:
        return self.http.get(self.update_many_batch().json()["job_status"]["url"])

    def ticket_field_create_text(self) -> httpx.Response:
        return self.http.post("ticket_fields", json={"ticket_field": {"type": "text", "title": "T"}})

    def ticket_field_create_dropdown(self) -> httpx.Response:
        field = {"type": "tagger", "title": "D", "custom_field_options": [{"name": "One", "value": "o_one"}]}
        return self.http.post("ticket_fields", json={"ticket_field": field})

    def ticket_field_create_dropdown_422(self) -> httpx.Response:
        return self.http.post("ticket_fields", json={"ticket_field": {"type": "tagger", "title": "D"}})

    def oauth_client_credentials(self) -> httpx.Response:
        client = {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret}
        return self.http.post(
            self.http.base_url.join("/oauth/tokens"), json={"grant_type": "client_credentials", **client}
        )

    def users_me_anonymous(self) -> httpx.Response:
        return httpx.get(f"{self.http.base_url}users/me")

    def error_401(self) -> httpx.Response:
        return httpx.get(f"{self.http.base_url}tickets")

    def error_401_expired_bearer(self) -> httpx.Response:
        return httpx.get(f"{self.http.base_url}tickets", headers={"Authorization": "Bearer x"})

    def error_403_plan_or_role(self) -> httpx.Response:
        auth = (f"{KNOWN.customer[0]}/token", KNOWN.customer[1])
        return self.http.get("tickets", auth=auth)

    def error_409_safe_update(self) -> httpx.Response:
        change = {"safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z", "priority": "low"}
        return self.http.put(f"tickets/{self.number}", json={"ticket": change})

    def error_422_closed_ticket(self) -> httpx.Response:
        return self.http.put(f"tickets/{self.closed}", json={"ticket": {"priority": "low"}})

    def error_429_incremental(self) -> httpx.Response:
        self.stage.limits(on=True)
        self.stage.spend("incremental-exports", 10)
        return self.http.get("incremental/tickets/cursor?start_time=0")


SIDELOADS = "users,groups,organizations,metric_sets"
PATHS = {
    "incremental_tickets_cursor_page": "incremental/tickets/cursor?start_time=0&include=" + SIDELOADS,
    "incremental_tickets_cursor_end": "incremental/tickets/cursor?cursor=MTk3MjcxNzQxLjB8fDQwNDV8&exclude_deleted=true",
    "incremental_tickets_time_page": "incremental/tickets?start_time=0&per_page=30",
    "incremental_ticket_events_page": "incremental/ticket_events?start_time=0&include=comment_events&per_page=200",
    "incremental_ticket_events_without_sideload": "incremental/ticket_events?start_time=0&per_page=200",
    "incremental_organizations": "incremental/organizations?start_time=0&per_page=4",
    "incremental_users_cursor": "incremental/users/cursor?start_time=0&per_page=6",
    "ticket": "tickets/{number}?include=users,groups,organizations",
    "ticket_audits": "tickets/{number}/audits?page[size]=100",
    "ticket_comments": "tickets/{number}/comments?page[size]=100",
    "tickets_offset_page": "tickets?page=2&per_page=1",
    "ticket_fields": "ticket_fields",
    "users_page": "users?page[size]=3",
    "groups": "groups?page[size]=100",
    "brands": "brands",
    "custom_statuses": "custom_statuses",
    "deleted_tickets": "deleted_tickets?page[size]=100",
    "error_404_endpoint": "no_such_thing",
    "error_404_record": "tickets/99999999",
    "error_400_page_size": "tickets?page[size]=101",
    "error_400_offset_depth": "tickets?page=101&per_page=100",
    "error_400_start_time_too_recent": "incremental/tickets/cursor?start_time=1893456000",
    "error_422_search_limit": "search?query=type:ticket&page=11&per_page=100",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_answer_has_the_expected_shape(http: httpx.Client, stage: Stage, emulator: Emulator, name: str) -> None:
    assert list(lacks(EXPECTED[name], Asker(http, stage, emulator).ask(name))) == []


def test_every_sample_of_the_vendor_is_matched(
    http: httpx.Client, stage: Stage, emulator: Emulator, vendor: Path
) -> None:
    samples = sorted((vendor / "samples" / "zendesk").glob("*.json"))
    documents = {one.stem: json.loads(one.read_text(encoding="utf-8")) for one in samples}
    wanted = {name: one["response"]["body"] for name, one in documents.items() if "response" in one}
    assert len(wanted.keys() & (EXPECTED.keys() | PATHS.keys())) > 10
    asker, problems = Asker(http, stage, emulator), list[str]()
    for name in sorted(wanted.keys() & (EXPECTED.keys() | PATHS.keys())):
        problems.extend(f"{name}: {one}" for one in lacks(wanted[name], asker.ask(name)))
        stage.limits(on=False)
    assert not problems, "\n".join(problems)


def test_the_comparison_notices_what_is_missing_or_of_another_kind() -> None:
    assert list(lacks({"a": [{"b": 1}]}, {"a": [{"b": "1"}]})) == [".a[].b is str, wanted int"]
    assert list(lacks({"a": {"b": 1}}, {"a": {}})) == [".a.b is missing"]
    assert list(lacks({"a": None, "b": 1}, {"a": 1, "b": None})) == []
