"""Service Management: desks, requests, what is said on them, and the site's own SLA records."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.jira.emulator import KNOWN, Emulator, Stage, serve

Json = dict[str, Any]
DESK = "/rest/servicedeskapi"
OPT_IN = {"X-ExperimentalApi": "opt-in"}


@pytest.fixture
def request_id(stage: Stage) -> int:
    return stage.new_ticket(priority=1)


@pytest.fixture
def customer(url: str, emulator: Emulator) -> Iterator[httpx.Client]:
    emulator.stage.let_in("customer", "customer-token")
    with open_client(url, auth=httpx.BasicAuth(KNOWN.customer, "customer-token")) as client:
        yield client


def records(http: httpx.Client, issue: int) -> list[Json]:
    return list(http.get(f"{DESK}/request/{issue}/sla").json()["values"])


def test_the_same_records_stand_in_the_field_and_at_the_request(
    http: httpx.Client, stage: Stage, request_id: int
) -> None:
    stage.advance(600)
    resolution, response = records(http, request_id)
    fields = http.get(f"/rest/api/3/issue/{request_id}").json()["fields"]
    assert fields["customfield_10020"] == resolution
    assert fields["customfield_10021"] == response
    assert http.get(f"{DESK}/request/{request_id}/sla/{resolution['id']}").json() == resolution
    assert http.get(f"{DESK}/request/{request_id}/sla/999").status_code == 404
    ongoing = resolution["ongoingCycle"]
    assert ongoing["goalDuration"] == {"millis": 14_400_000, "friendly": "4h 0m"}
    assert ongoing["elapsedTime"] == {"millis": 600_000, "friendly": "10m"}
    assert ongoing["breachTime"]["epochMillis"] == ongoing["startTime"]["epochMillis"] + 14_400_000
    assert ongoing["startTime"]["iso8601"] == "2026-03-04T02:00:00-0800"
    assert ongoing["startTime"]["jira"].startswith("2026-03-04T02:00:00.")


def test_a_breach_shows_without_anybody_touching_the_issue(
    http: httpx.Client, stage: Stage, emulator: Emulator, request_id: int
) -> None:
    updated = emulator.world.issues[request_id].updated
    stage.advance(4 * 3600 + 61)
    ongoing = records(http, request_id)[0]["ongoingCycle"]
    assert ongoing["breached"] is True
    assert ongoing["remainingTime"] == {"millis": -61_000, "friendly": "-1m"}
    assert emulator.world.issues[request_id].updated == updated


def test_a_paused_clock_has_no_breach_time(http: httpx.Client, stage: Stage, request_id: int) -> None:
    stage.advance(3600)
    stage.move_status(request_id, "Waiting for customer")
    stage.advance(3600)
    ongoing = records(http, request_id)[0]["ongoingCycle"]
    assert ongoing["paused"] is True
    assert "breachTime" not in ongoing
    assert ongoing["elapsedTime"]["millis"] == 3_600_000


def test_a_reopened_request_has_a_cycle_behind_it(http: httpx.Client, stage: Stage, request_id: int) -> None:
    stage.advance(3600)
    stage.reply(request_id, "agent")
    stage.advance(60)
    stage.move_status(request_id, "Resolved")
    stage.advance(60)
    done, answered = records(http, request_id)
    assert "ongoingCycle" not in done
    assert done["completedCycles"][0]["elapsedTime"]["millis"] == 3_660_000
    assert answered["completedCycles"][0]["elapsedTime"]["millis"] == 3_600_000
    stage.move_status(request_id, "Reopened")
    again = records(http, request_id)[0]
    assert len(again["completedCycles"]) == 1
    assert again["ongoingCycle"]["elapsedTime"]["millis"] == 0


def test_a_higher_priority_shortens_the_goal_of_the_running_cycle(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    issue = stage.new_ticket(priority=3)
    stage.advance(3600)
    assert records(http, issue)[0]["ongoingCycle"]["goalDuration"]["millis"] == 24 * 3_600_000
    stage.set_priority(issue, 1)
    ongoing = records(http, issue)[0]["ongoingCycle"]
    assert ongoing["goalDuration"]["millis"] == 4 * 3_600_000
    assert ongoing["elapsedTime"]["millis"] == 3_600_000


def test_facilities_counts_office_hours_for_what_is_less_urgent(http: httpx.Client, stage: Stage) -> None:
    issue = stage.new_ticket(project="FAC", priority=3)  # at 11:00 in Berlin, a Wednesday
    stage.advance(24 * 3600)
    ongoing = records(http, issue)[0]["ongoingCycle"]
    assert ongoing["elapsedTime"]["millis"] == 9 * 3_600_000
    assert ongoing["withinCalendarHours"] is True
    stage.advance(8 * 3600)
    ongoing = records(http, issue)[0]["ongoingCycle"]
    assert (ongoing["withinCalendarHours"], ongoing["paused"]) == (False, True)


def test_records_are_for_agents(http: httpx.Client, stage: Stage, customer: httpx.Client, request_id: int) -> None:
    assert customer.get(f"{DESK}/request/{request_id}/sla").status_code == 403
    stage.deny("SERVICEDESK_AGENT")
    assert http.get(f"{DESK}/request/{request_id}/sla").status_code == 403


def test_a_server_may_give_the_field_as_text(stage: Stage) -> None:
    site = Emulator(seed=7, tickets=5, flavour="datacenter")
    site.world.sla_as_text = True
    issue = site.stage.new_ticket()
    headers = {"Authorization": f"Bearer {KNOWN.pat}"}
    with serve(site) as base, open_client(base) as http:
        shown = http.get(f"/rest/api/2/issue/{issue}", headers=headers).json()["fields"]["customfield_10020"]
        assert isinstance(shown, str)
        there = http.get(f"{DESK}/request/{issue}/sla", headers=headers).json()["values"]
    assert "ongoingCycle" in there[0]


def test_a_request_is_shown_with_what_is_asked_for(http: httpx.Client, stage: Stage, request_id: int) -> None:
    stage.reply(request_id, "agent", "Looking into it.")
    stage.reply(request_id, "agent", "Among us.", public=False)
    parts = "participant,status,sla,requestType,serviceDesk,comment"
    shown = http.get(f"{DESK}/request/{request_id}", params={"expand": parts}).json()
    assert shown["currentStatus"]["status"] == "Waiting for support"
    assert shown["serviceDesk"]["projectKey"] == "HELP"
    assert shown["requestType"]["id"] == shown["requestTypeId"]
    assert [one["name"] for one in shown["sla"]["values"]] == ["Time to resolution", "Time to first response"]
    assert [one["public"] for one in shown["comments"]["values"]] == [True, False]
    assert [one["fieldId"] for one in shown["requestFieldValues"]] == ["summary", "description"]


def test_what_is_no_request_is_as_missing_as_what_is_hidden(http: httpx.Client, stage: Stage) -> None:
    for name in ("HELP-99999", str(stage.new_ticket(project="ENG", reporter="agent"))):
        answer = http.get(f"{DESK}/request/{name}")
        assert answer.status_code == 404
        assert answer.json()["i18nErrorMessage"]["i18nKey"] == "sd.request.error.not.found"


def test_statuses_come_newest_first_by_the_names_that_customers_read(
    http: httpx.Client, stage: Stage, request_id: int
) -> None:
    for name in ("In Progress", "Escalated"):
        stage.advance(60)
        stage.move_status(request_id, name)
    found = http.get(f"{DESK}/request/{request_id}/status").json()["values"]
    assert [one["status"] for one in found] == ["In progress", "In Progress", "Waiting for support"]
    assert found[0]["statusCategory"] == "INDETERMINATE"


def test_comments_are_public_or_internal(http: httpx.Client, customer: httpx.Client, request_id: int) -> None:
    path = f"{DESK}/request/{request_id}/comment"
    assert http.post(path, json={"body": "For all", "public": True}).status_code == 201
    assert http.post(path, json={"body": "Among us", "public": False}).json()["public"] is False
    missing = http.post(path, json={"body": "?"})
    assert missing.status_code == 400
    assert missing.json()["errorMessage"] == "The 'public' property is required."
    texts = [one["body"] for one in http.get(path).json()["values"]]
    assert texts == ["For all", "Among us"]
    assert [one["body"] for one in http.get(path, params={"public": "false"}).json()["values"]] == ["Among us"]
    assert [one["body"] for one in customer.get(path).json()["values"]] == ["For all"]
    assert customer.post(path, json={"body": "?", "public": False}).status_code == 403
    shown = http.get(f"/rest/api/3/issue/{request_id}/comment").json()["comments"]
    assert [one["jsdPublic"] for one in shown] == [True, False]


def test_an_internal_comment_is_not_mailed_to_the_customer(http: httpx.Client, stage: Stage, request_id: int) -> None:
    stage.forget_mail()
    path = f"{DESK}/request/{request_id}/comment"
    http.post(path, json={"body": "Among us", "public": False})
    assert stage.mail() == 0
    http.post(path, json={"body": "For all", "public": True})
    assert stage.mail() == 1


def test_the_list_of_requests_is_the_callers_own(
    http: httpx.Client, customer: httpx.Client, stage: Stage, request_id: int
) -> None:
    stage.advance(60)
    other = stage.new_ticket(project="FAC")
    assert http.get(f"{DESK}/request").json()["values"] == []
    found = customer.get(f"{DESK}/request", params={"requestStatus": "OPEN_REQUESTS"}).json()["values"]
    assert [one["issueId"] for one in found[:2]] == [str(other), str(request_id)]
    one_desk = customer.get(f"{DESK}/request", params={"serviceDeskId": "2"}).json()["values"]
    assert {one["serviceDeskId"] for one in one_desk} == {"2"}
    assert customer.get(f"/rest/api/3/issue/{request_id}").status_code == 404


def test_experimental_operations_have_to_be_opted_in(http: httpx.Client, stage: Stage, request_id: int) -> None:
    stage.rate(request_id, 4, "Thanks")
    for path in (f"request/{request_id}/feedback", "requesttype"):
        assert http.get(f"{DESK}/{path}").status_code == 412
    found = http.get(f"{DESK}/request/{request_id}/feedback", headers=OPT_IN).json()
    assert found == {"type": "csat", "rating": 4, "comment": {"body": "Thanks"}}
    assert http.get(f"{DESK}/request/{stage.new_ticket()}/feedback", headers=OPT_IN).status_code == 404
    assert http.get(f"{DESK}/requesttype", headers=OPT_IN).json()["size"] == 6


def test_the_truth_holds_the_cycles_that_are_shown(http: httpx.Client, stage: Stage, request_id: int) -> None:
    stage.advance(600)
    stage.move_status(request_id, "Resolved")
    told = next(one for one in stage.truth()["issues"] if one["id"] == request_id)
    shown = {one["id"]: one["completedCycles"][0] for one in records(http, request_id)}
    for one in told["sla"]:
        cycle, there = one["cycles"][0], shown[str(one["id"])]
        assert cycle["stop"] == there["stopTime"]["epochMillis"]
        assert cycle["breach"] == there["breachTime"]["epochMillis"]
        assert cycle["elapsed"] == there["elapsedTime"]["millis"] == 600_000


def test_some_customers_said_how_it_was(emulator: Emulator) -> None:
    rated = [one for one in emulator.world.issues.values() if one.rating is not None]
    assert rated
    assert all(one.resolution_id is not None and one.rating.at > one.resolved for one in rated if one.rating)


@pytest.mark.parametrize("name", ["1", "HELP", "projectKey:HELP", "projectId:10000", "serviceDeskId:1"])
def test_a_desk_goes_by_several_names(http: httpx.Client, name: str) -> None:
    assert http.get(f"{DESK}/servicedesk/{name}").json()["projectKey"] == "HELP"
    assert http.get(f"{DESK}/servicedesk/{name}/requesttype").json()["size"] == 3


def test_a_page_is_capped_without_a_word(http: httpx.Client, stage: Stage) -> None:
    stage.desk_lists(most=2)
    first = http.get(f"{DESK}/organization", params={"limit": 5}).json()
    assert (first["size"], first["limit"], first["isLastPage"]) == (2, 5, False)
    assert first["_links"]["next"].endswith(f"{DESK}/organization?start=2&limit=5")
    rows, start = list(first["values"]), 2
    while not (page := http.get(f"{DESK}/organization", params={"start": start, "limit": 5}).json())["isLastPage"]:
        rows += page["values"]
        start += page["size"]
    rows += page["values"]
    assert len({one["id"] for one in rows}) == len(rows)
    assert http.get(f"{DESK}/organization", params={"start": "x"}).status_code == 400


def test_organisations_tell_their_members(http: httpx.Client, emulator: Emulator) -> None:
    one = next(one for one in emulator.world.organisations.values() if one.members)
    found = http.get(f"{DESK}/organization/{one.id}/user").json()["values"]
    assert [person["accountId"] for person in found] == one.members[:50]
    mine = http.get(f"{DESK}/organization", params={"accountId": one.members[0]}).json()["values"]
    assert str(one.id) in {organisation["id"] for organisation in mine}
    assert http.get(f"{DESK}/organization/9999").status_code == 404


def test_queues_hold_issues_with_the_fields_that_they_show(http: httpx.Client, request_id: int) -> None:
    found = http.get(f"{DESK}/servicedesk/1/queue", params={"includeCount": "true"}).json()["values"]
    held = http.get(f"{DESK}/servicedesk/1/queue/{found[0]['id']}/issue").json()["values"]
    assert found[0]["issueCount"] >= len(held) > 0
    assert set(held[0]["fields"]) == set(found[0]["fields"])
    assert json.dumps(found[0]["jql"]).count("HELP") == 1
