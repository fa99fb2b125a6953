"""Saving issues: what is taken, what is refused, what is written down, and who is written to."""

from typing import Any

import httpx
import pytest

from connectors.jira.emulator import Emulator, Stage

DUE = "2026-03-05T10:00:00.000+0000"
Json = dict[str, Any]


@pytest.fixture
def issue(stage: Stage) -> int:
    return stage.new_ticket()


def put(http: httpx.Client, issue: int | str, fields: Json, version: int = 3, **query: object) -> httpx.Response:
    return http.put(f"/rest/api/{version}/issue/{issue}", json={"fields": fields}, params={**query})


def fields_of(http: httpx.Client, issue: int | str, version: int = 3) -> Json:
    return dict(http.get(f"/rest/api/{version}/issue/{issue}").json()["fields"])


def wrong(answer: httpx.Response) -> Json:
    assert answer.status_code == 400, answer.text
    return dict(answer.json()["errors"])


def test_the_hubs_fields_are_written_and_read_back_in_the_sites_zone(
    http: httpx.Client, emulator: Emulator, issue: int
) -> None:
    ids = emulator.field_ids()
    given = {ids["due"]: DUE, ids["state"]: {"value": "Breached"}, ids["metric"]: "resolution"}
    answer = put(http, issue, given)
    assert answer.status_code == 204
    assert answer.content == b""
    shown = fields_of(http, issue)
    assert shown[ids["due"]] == "2026-03-05T02:00:00.000-0800"
    assert shown[ids["state"]]["value"] == "Breached"
    assert shown[ids["metric"]] == "resolution"
    assert put(http, issue, {ids["state"]: {"id": shown[ids["state"]]["id"]}, ids["due"]: None}).status_code == 204
    assert fields_of(http, issue)[ids["due"]] is None


def test_an_edit_bumps_updated_and_one_that_changes_nothing_does_not(
    http: httpx.Client, stage: Stage, emulator: Emulator, issue: int
) -> None:
    metric = emulator.field_ids()["metric"]
    stage.advance(60)
    put(http, issue, {metric: "one"})
    record = emulator.world.issues[issue]
    assert record.updated == emulator.world.ms()
    assert len(record.histories) == 1
    before = record.updated
    stage.advance(60)
    assert put(http, issue, {metric: "one"}).status_code == 204
    assert record.updated == before
    assert len(record.histories) == 1


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05T10:00:00Z",
        "2026-03-05T10:00:00.000Z",
        "2026-03-05T10:00:00.000000+0000",
        "2026-03-05T10:00:00.000+00:00",
        "2026-03-05T10:00:00+0000",
        "2026-03-05 10:00:00.000+0000",
        "2026-02-30T10:00:00.000+0000",
        "2026-03-05",
    ],
)
def test_an_instant_is_taken_in_one_form_alone(http: httpx.Client, emulator: Emulator, issue: int, text: str) -> None:
    due = emulator.field_ids()["due"]
    assert wrong(put(http, issue, {due: text})) == {due: f"Error parsing date string: {text}"}


def test_an_instant_has_milliseconds_and_any_offset(http: httpx.Client, emulator: Emulator, issue: int) -> None:
    due = emulator.field_ids()["due"]
    assert put(http, issue, {due: "2026-03-05T15:30:00.123+0530"}).status_code == 204
    assert fields_of(http, issue)[due] == "2026-03-05T02:00:00.123-0800"


def test_everything_wrong_is_named_and_nothing_is_saved(http: httpx.Client, emulator: Emulator, issue: int) -> None:
    ids = emulator.field_ids()
    given = {
        ids["metric"]: "fine",
        ids["policy"]: "x" * 256,
        ids["state"]: {"value": "Nope"},
        ids["breached_at"]: 5,
        "customfield_99999": "?",
        "description": "text where a document is due",
        "summary": "",
        "priority": {"name": "None such"},
        "status": {"id": "3"},
    }
    errors = wrong(put(http, issue, given))
    screen = "cannot be set. It is not on the appropriate screen, or unknown."
    assert errors == {
        ids["policy"]: "The entered text is too long. It exceeds the allowed limit of 255 characters.",
        ids["state"]: "Option value 'Nope' is not valid",
        ids["breached_at"]: "Operation value must be a string",
        "customfield_99999": f"Field 'customfield_99999' {screen}",
        "description": "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
        "summary": "You must specify a summary of the issue.",
        "priority": "Specify a valid 'id' or 'name' for Priority",
        "status": f"Field 'status' {screen}",
    }
    assert fields_of(http, issue)[ids["metric"]] is None


def test_an_option_id_of_another_field_is_none(http: httpx.Client, emulator: Emulator, issue: int) -> None:
    state = emulator.field_ids()["state"]
    severity = next(one.id for one in emulator.world.options.values() if one.field_id == "customfield_10030")
    assert wrong(put(http, issue, {state: {"id": str(severity)}})) == {state: f"Option id '{severity}' is not valid"}
    assert wrong(put(http, issue, {state: "Breached"})) == {state: "Specify a valid 'id' or 'name' for SLA state"}


def test_rich_text_is_a_document_in_version_3_and_text_in_version_2(http: httpx.Client, issue: int) -> None:
    node = {"type": "paragraph", "content": [{"type": "text", "text": "Hello"}]}
    assert put(http, issue, {"description": {"version": 1, "type": "doc", "content": [node]}}).status_code == 204
    assert fields_of(http, issue, 2)["description"] == "Hello"
    assert put(http, issue, {"description": "By text"}, version=2).status_code == 204
    shown = fields_of(http, issue)["description"]["content"]
    assert shown == [{"type": "paragraph", "content": [{"type": "text", "text": "By text"}]}]


def test_labels_are_added_and_taken_away(http: httpx.Client, issue: int) -> None:
    path = f"/rest/api/3/issue/{issue}"
    verbs = [{"add": "sla"}, {"add": "gold"}, {"remove": "sla"}]
    assert http.put(path, json={"update": {"labels": verbs}}).status_code == 204
    assert fields_of(http, issue)["labels"] == ["gold"]
    both = http.put(path, json={"update": {"labels": [{"set": []}]}, "fields": {"labels": []}})
    assert both.status_code == 400


def test_a_field_that_is_on_no_edit_screen_is_refused_while_screens_are_checked(
    http: httpx.Client, stage: Stage, issue: int
) -> None:
    metric = stage.hub_fields(on_screens=False)["metric"]
    assert metric in wrong(put(http, issue, {metric: "one"}))
    stage.edits(screens=False)
    assert put(http, issue, {metric: "one"}).status_code == 204


def test_a_team_managed_project_has_no_field_of_the_site(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    issue, metric = stage.new_ticket(project="TEAM"), emulator.field_ids()["metric"]
    stage.edits(screens=False)
    assert metric in wrong(put(http, issue, {metric: "one"}))
    assert put(http, issue, {"customfield_10050": {"value": "High"}}).status_code == 204
    shown = http.get(f"/rest/api/3/issue/{issue}/editmeta").json()["fields"]
    assert "customfield_10050" in shown
    assert metric not in shown


def test_silence_needs_the_right_to_administer_and_never_comes_by_halves(
    http: httpx.Client, admin: httpx.Client, stage: Stage, emulator: Emulator, issue: int
) -> None:
    metric = emulator.field_ids()["metric"]
    stage.forget_mail()
    refused = put(http, issue, {metric: "quiet"}, notifyUsers="false")
    assert refused.status_code == 403
    assert refused.json()["errorMessages"] == [
        "To discard the user notification either admin or project admin permissions are required."
    ]
    assert fields_of(http, issue)[metric] is None
    assert put(admin, issue, {metric: "quiet"}, notifyUsers="false").status_code == 204
    assert stage.mail() == 0
    stage.appoint("HELP")
    assert put(http, issue, {metric: "quiet too"}, notifyUsers="false").status_code == 204
    assert stage.mail() == 0
    assert put(http, issue, {metric: "loud"}).status_code == 204
    assert stage.mail() == 1
    assert put(http, issue, {metric: "loud"}).status_code == 204
    assert stage.mail() == 1


def test_nobody_is_written_to_about_their_own_doing(
    http: httpx.Client, stage: Stage, emulator: Emulator, issue: int
) -> None:
    metric = emulator.field_ids()["metric"]
    stage.assign(issue, "hub")
    stage.forget_mail()
    assert put(http, issue, {metric: "mine"}).status_code == 204
    assert stage.mail() == 1
    stage.assign(issue, "agent")
    assert put(http, issue, {metric: "theirs"}).status_code == 204
    assert stage.mail() == 3


def test_a_site_may_ignore_the_flag_instead(http: httpx.Client, stage: Stage, emulator: Emulator, issue: int) -> None:
    stage.edits(quiet="ignore")
    answer = put(http, issue, {emulator.field_ids()["metric"]: "x"}, notifyUsers="false")
    assert answer.status_code == 204


def test_overriding_screens_is_for_apps(admin: httpx.Client, issue: int) -> None:
    assert put(admin, issue, {"labels": []}, overrideScreenSecurity="true").status_code == 403


def test_without_the_right_to_edit_nothing_is_editable(http: httpx.Client, stage: Stage, issue: int) -> None:
    stage.deny("EDIT_ISSUES")
    assert put(http, issue, {"labels": []}).status_code == 403
    assert http.get(f"/rest/api/3/issue/{issue}/editmeta").json() == {"fields": {}}
    assert http.put(f"/rest/api/3/issue/{issue}/properties/hub.sla", json=1).status_code == 403


def test_a_status_may_lock_its_issues(http: httpx.Client, stage: Stage, emulator: Emulator, issue: int) -> None:
    stage.edits(locked=[emulator.world.issues[issue].status_id])
    assert put(http, issue, {"labels": ["x"]}).status_code == 400
    assert http.get(f"/rest/api/3/issue/{issue}/editmeta").json() == {"fields": {}}


def test_a_conflict_is_told_and_passes(http: httpx.Client, stage: Stage, issue: int) -> None:
    stage.edits(conflicts=1)
    assert put(http, issue, {"labels": ["x"]}).status_code == 409
    assert put(http, issue, {"labels": ["x"]}).status_code == 204


def test_saves_meet_others_now_and_then_where_the_trap_is_on(http: httpx.Client, stage: Stage) -> None:
    stage.traps(["conflicts"])
    issues = [stage.new_ticket() for _ in range(40)]
    seen = [put(http, one, {"labels": ["x"]}).status_code for one in issues]
    assert set(seen) == {204, 409}
    assert seen.count(409) < 20


def test_the_saved_issue_comes_back_when_asked_for(http: httpx.Client, emulator: Emulator, issue: int) -> None:
    metric = emulator.field_ids()["metric"]
    answer = put(http, issue, {metric: "seen"}, returnIssue="true")
    assert answer.status_code == 200
    assert answer.json()["fields"][metric] == "seen"


def test_an_edit_by_an_old_key_reaches_the_moved_issue_and_an_unknown_one_nobody(http: httpx.Client) -> None:
    assert put(http, "HELP-99999", {"labels": []}).status_code == 404


@pytest.mark.parametrize("body", ["{", '{"fields": []}', '{"nothing": {}}', "", "[]"])
def test_a_broken_body_is_refused(http: httpx.Client, issue: int, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = http.put(f"/rest/api/3/issue/{issue}", content=body, headers=headers)
    assert answer.status_code == 400
    assert set(answer.json()) == {"errorMessages"}


def test_properties_come_and_go_without_a_trace(
    http: httpx.Client, stage: Stage, emulator: Emulator, issue: int
) -> None:
    path, record = f"/rest/api/3/issue/{issue}/properties/hub.sla", emulator.world.issues[issue]
    updated = record.updated
    stage.advance(10)
    stage.forget_mail()
    assert http.get(path).status_code == 404
    assert http.put(path, json={"v": 1}).status_code == 201
    assert http.put(path, json={"v": 2}).status_code == 200
    assert http.get(path).json() == {"key": "hub.sla", "value": {"v": 2}}
    assert [one["key"] for one in http.get(path.rpartition("/")[0]).json()["keys"]] == ["hub.sla"]
    assert http.put(path, json="x" * 40_000).status_code == 400
    assert http.delete(path).status_code == 204
    assert http.delete(path).status_code == 404
    assert (record.updated, record.histories, stage.mail()) == (updated, [], 0)


def test_an_edit_brings_properties_along(http: httpx.Client, issue: int) -> None:
    body = {"fields": {"labels": ["x"]}, "properties": [{"key": "hub.sla", "value": {"v": 1}}]}
    assert http.put(f"/rest/api/3/issue/{issue}", json=body).status_code == 204
    assert http.get(f"/rest/api/3/issue/{issue}/properties/hub.sla").json()["value"] == {"v": 1}


def test_a_transition_moves_and_resolves_in_one_history(http: httpx.Client, emulator: Emulator, issue: int) -> None:
    path = f"/rest/api/3/issue/{issue}/transitions"
    found = {one["name"]: one["id"] for one in http.get(path).json()["transitions"]}
    assert "Waiting for support" not in found
    assert http.post(path, json={"transition": {"id": found["Resolved"]}}).status_code == 204
    assert [item.field for item in emulator.world.issues[issue].histories[-1].items] == ["resolution", "status"]
    again = http.post(path, json={"transition": {"id": found["Resolved"]}})
    assert again.json()["errorMessages"] == [f"Transition id '{found['Resolved']}' is not valid for this issue."]
    assert http.post(path, json={}).status_code == 400


def test_comments_are_public_unless_a_property_says_otherwise(
    http: httpx.Client, stage: Stage, emulator: Emulator, issue: int
) -> None:
    path = f"/rest/api/2/issue/{issue}/comment"
    said = http.post(path, json={"body": "Hello"})
    assert said.status_code == 201
    assert said.json()["jsdPublic"] is True
    internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
    hidden = http.post(path, json={"body": "Among us", "properties": internal})
    assert hidden.json()["jsdPublic"] is False
    assert hidden.json()["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]
    bad = http.post(f"/rest/api/3/issue/{issue}/comment", json={"body": "no document"})
    assert bad.json()["errors"] == {"comment": "Comment body is not valid!"}
    assert [one.public for one in emulator.world.issues[issue].comments] == [True, False]
    stage.deny("ADD_COMMENTS")
    assert http.post(path, json={"body": "Hello"}).status_code == 403
