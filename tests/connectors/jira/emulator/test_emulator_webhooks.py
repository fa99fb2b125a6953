"""Webhooks: registered by apps and administrators, delivered to a real address, signed, and ended."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.jira.emulator import KNOWN, Emulator, Stage

Json = dict[str, Any]
ADMIN, APP = "/rest/webhooks/1.0/webhook", "/rest/api/3/webhook"
SECRET = "It's a Secret to Everybody"
EVENTS = ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created"]


@pytest.fixture
def app(url: str) -> Iterator[httpx.Client]:
    """An OAuth app's way in, through the gateway."""
    with open_client(url) as http:
        given = {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret}
        given |= {"grant_type": "refresh_token", "refresh_token": KNOWN.refresh_token}
        token = http.post("/oauth/token", json=given).json()["access_token"]
        cloud = http.get("/_edge/tenant_info").json()["cloudId"]
    with open_client(f"{url}/ex/jira/{cloud}", headers={"Authorization": f"Bearer {token}"}) as http:
        yield http


def by_admin(admin: httpx.Client, receiver: Any, **more: Any) -> Json:
    body = {"name": "SLA hub", "url": receiver.url, "events": EVENTS, "excludeBody": False, "secret": SECRET}
    filters = {"issue-related-events-section": "project = HELP"}
    answer = admin.post(ADMIN, json={**body, "filters": filters, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_what_happens_is_told_signed_over_the_raw_bytes(admin: httpx.Client, receiver: Any, stage: Stage) -> None:
    made = by_admin(admin, receiver)
    assert (made["isSigned"], "secret" in made) == (True, False)
    issue = stage.new_ticket(summary="Größe")
    stage.set_priority(issue, 1)
    stage.reply(issue, "customer", "Any news?")
    stage.delete(issue)
    stage.new_ticket(project="FAC")
    stage.hooks_delivered()
    created, changed, said, gone = receiver.events()
    assert [one["webhookEvent"] for one in (created, changed, said, gone)] == [
        "jira:issue_created",
        "jira:issue_updated",
        "comment_created",
        "jira:issue_deleted",
    ]
    assert created["issue"]["fields"]["summary"] == "Größe"
    item = changed["changelog"]["items"][0]
    assert (item["fieldId"], item["from"], item["to"]) == ("priority", "3", "1")
    assert (said["comment"]["body"], said["comment"]["jsdPublic"]) == ("Any news?", True)
    assert said["issue"]["id"] == str(issue)
    assert isinstance(gone["timestamp"], int)
    for content, headers in receiver.got:
        mark = "sha256=" + hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature"] == mark
        assert headers["x-atlassian-webhook-flow"] == "Primary"
    assert len({headers["x-atlassian-webhook-identifier"] for _, headers in receiver.got}) == 4


def test_without_a_secret_nothing_is_signed_and_older_servers_never_sign(
    admin: httpx.Client, receiver: Any, stage: Stage
) -> None:
    by_admin(admin, receiver, secret="")
    stage.hook_signatures(on=False)
    by_admin(admin, receiver)
    stage.new_ticket()
    assert stage.hooks_delivered()["sent"] == 2
    assert all("x-hub-signature" not in headers for _, headers in receiver.got)


def test_webhooks_are_doubled_lost_and_forged_by_trap(admin: httpx.Client, receiver: Any, stage: Stage) -> None:
    by_admin(admin, receiver)
    for trap in ("double", "lose", "forge"):
        stage.hook_trap(trap)
        stage.new_ticket()
    assert stage.hooks_delivered() == {"sent": 3, "failed": 0, "lost": 1}
    marks = [headers["x-atlassian-webhook-identifier"] for _, headers in receiver.got]
    assert marks[0] == marks[1]
    content, headers = receiver.got[2]
    assert headers["x-hub-signature"] != "sha256=" + hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()


def test_bulk_changes_come_by_the_second_way(
    admin: httpx.Client, http: httpx.Client, receiver: Any, stage: Stage, emulator: Emulator
) -> None:
    by_admin(admin, receiver, events=["jira:issue_updated"])
    metric, issue = emulator.field_ids()["metric"], stage.new_ticket()
    fields = {"singleLineTextFields": [{"fieldId": metric, "text": "bulk"}]}
    body = {"selectedIssueIdsOrKeys": [str(issue)], "selectedActions": [metric], "editedFieldsInput": fields}
    assert http.post("/rest/api/3/bulk/issues/fields", json=body).status_code == 201
    stage.advance(1)
    stage.hooks_delivered()
    assert [headers["x-atlassian-webhook-flow"] for _, headers in receiver.got] == ["Secondary"]


def test_administrators_manage_theirs(admin: httpx.Client, http: httpx.Client, receiver: Any) -> None:
    path = f"{ADMIN}/{by_admin(admin, receiver)['self'].rpartition('/')[2]}"
    assert [one["name"] for one in admin.get(ADMIN).json()] == ["SLA hub"]
    changed = admin.put(path, json={"name": "Other", "url": receiver.url, "events": EVENTS, "enabled": False})
    assert (changed.json()["name"], changed.json()["enabled"]) == ("Other", False)
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    assert http.get(ADMIN).status_code == 403
    assert admin.post(ADMIN, json={"name": "x", "url": receiver.url, "events": ["nothing"]}).status_code == 400


def test_an_app_registers_and_learns_what_failed_in_a_good_answer(app: httpx.Client, receiver: Any) -> None:
    entries = [
        {"events": ["jira:issue_created", "jira:issue_updated"], "jqlFilter": "project = HELP"},
        {"events": ["comment_created"], "jqlFilter": "updated > -1d"},
    ]
    answer = app.post(APP, json={"url": receiver.url, "webhooks": entries})
    assert answer.status_code == 200
    first, second = answer.json()["webhookRegistrationResult"]
    assert isinstance(first["createdWebhookId"], int)
    assert second == {"errors": ["The clause updated is unsupported", "Unsupported operator or ORDER BY in jqlFilter"]}
    more = app.post(APP, json={"url": receiver.url, "webhooks": entries[:1] * 6}).json()["webhookRegistrationResult"]
    assert ["errors" in one for one in more] == [False] * 4 + [True] * 2
    other = app.post(APP, json={"url": f"{receiver.url}/other", "webhooks": entries[:1]})
    assert other.status_code == 400


def test_an_apps_webhooks_end_after_thirty_days_unless_refreshed(
    app: httpx.Client, receiver: Any, stage: Stage, emulator: Emulator
) -> None:
    stage.tokens(life=100 * 86_400)
    emulator.world.office.authority.idle = 1e9
    entry = {"events": ["jira:issue_created"], "jqlFilter": "project = HELP"}
    body = {"url": receiver.url, "webhooks": [entry, entry]}
    one, other = (each["createdWebhookId"] for each in app.post(APP, json=body).json()["webhookRegistrationResult"])
    stage.new_ticket()
    stage.hooks_delivered()
    assert len(receiver.got) == 2
    assert receiver.got[0][1]["authorization"].startswith("Bearer ey")
    assert "x-hub-signature" not in receiver.got[0][1]
    assert [each["id"] for each in app.get(APP).json()["values"]] == [one, other]
    renewed = app.put(f"{APP}/refresh", json={"webhookIds": [one]}).json()["expirationDate"]
    assert renewed.startswith("2026-04-03T")
    assert app.request("DELETE", APP, json={"webhookIds": [other]}).status_code == 202
    assert [each["id"] for each in app.get(APP).json()["values"]] == [one]
    stage.advance(30 * 86_400)
    stage.new_ticket()
    stage.hooks_delivered()
    assert len(receiver.got) == 2


def test_dynamic_webhooks_are_for_apps_alone(http: httpx.Client, admin: httpx.Client, receiver: Any) -> None:
    body = {"url": receiver.url, "webhooks": [{"events": ["jira:issue_created"], "jqlFilter": "project = HELP"}]}
    for client in (http, admin):
        assert client.post(APP, json=body).status_code == 403
        assert client.get(APP).status_code == 403


def test_a_field_filter_lets_other_changes_pass(app: httpx.Client, receiver: Any, stage: Stage) -> None:
    entry = {"events": ["jira:issue_updated"], "jqlFilter": "project = HELP", "fieldIdsFilter": ["priority"]}
    app.post(APP, json={"url": receiver.url, "webhooks": [entry]})
    issue = stage.new_ticket()
    stage.assign(issue, "agent")
    stage.set_priority(issue, 1)
    stage.hooks_delivered()
    assert [one["changelog"]["items"][0]["fieldId"] for one in receiver.events()] == ["priority"]


def test_a_webhook_without_a_body_is_just_a_knock(admin: httpx.Client, receiver: Any, stage: Stage) -> None:
    by_admin(admin, receiver, excludeBody=True)
    stage.new_ticket()
    stage.hooks_delivered()
    assert receiver.got[0][0] == b""
