"""Clients that others wrote work against the emulator: `jira` and `atlassian-python-api`, Cloud and Data Center."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from atlassian import ServiceDesk
from atlassian.jira import JiraCloud, JiraServer
from jira import JIRA
from jira.exceptions import JIRAError

from connectors.jira.emulator import KNOWN, Emulator, Stage

DUE = "2026-03-05T10:00:00.000+0000"


@pytest.fixture
def cloud(url: str) -> Iterator[JIRA]:
    client = JIRA(url, basic_auth=(KNOWN.email, KNOWN.api_token), max_retries=0)
    yield client
    client.close()


@pytest.fixture
def server(center: Any) -> Iterator[JIRA]:
    client = JIRA(f"{center.url}/jira", token_auth=KNOWN.pat, max_retries=0)
    yield client
    client.close()


def test_jira_reads_a_cloud_site_to_its_end(cloud: JIRA, emulator: Emulator) -> None:
    assert cloud.deploymentType == "Cloud"
    assert cloud.myself()["emailAddress"] == KNOWN.email
    found = cloud.search_issues("updated >= -52w ORDER BY updated ASC", maxResults=0, fields="summary,status")
    there = {str(one.id) for one in emulator.world.issues.values() if one.deleted is None}
    assert {one.id for one in found} == there
    assert cloud.approximate_issue_count("updated >= -52w") == len(there)
    assert {one.key for one in cloud.projects()} == {"HELP", "FAC", "ENG", "TEAM"}
    assert "Time to resolution" in {one["name"] for one in cloud.fields()}


def test_jira_edits_comments_and_moves_an_issue(cloud: JIRA, stage: Stage, emulator: Emulator) -> None:
    ids = emulator.field_ids()
    issue = cloud.issue(str(stage.new_ticket()))
    stage.forget_mail()
    with pytest.raises(JIRAError) as loud:
        issue.update(notify=False, fields={ids["due"]: DUE})
    assert loud.value.status_code == 403
    issue.update(fields={ids["due"]: DUE, ids["state"]: {"value": "At risk"}})
    assert cloud.issue(issue.id).get_field(ids["state"]).value == "At risk"
    cloud.add_comment(issue, "We look into it.")
    cloud.add_comment(issue, "Among us.", is_internal=True)
    assert [one.jsdPublic for one in cloud.comments(issue)] == [True, False]
    cloud.transition_issue(issue, "Resolved")
    assert cloud.issue(issue.id).fields.resolution.name == "Done"
    history = cloud.issue(issue.id, expand="changelog").changelog.histories
    assert "status" in {item.field for one in history for item in one.items}
    cloud.add_issue_property(issue, "hub.sla", {"v": 1})
    assert cloud.issue_property(issue, "hub.sla").value.v == 1
    assert stage.mail() == 3  # the edit, the public comment, the transition


def test_jira_knows_desks_and_their_request_types(cloud: JIRA) -> None:
    desks = {one.projectKey: one for one in cloud.service_desks()}
    assert set(desks) == {"HELP", "FAC", "TEAM"}
    names = {one.name for one in cloud.request_types(desks["HELP"])}
    assert names == {"Report a problem", "Ask a question", "Get access"}


def test_jira_reads_and_edits_a_data_center(server: JIRA, center: Any) -> None:
    assert server.deploymentType == "Server"
    there = [one for one in center.emulator.world.issues.values() if one.deleted is None]
    found = server.search_issues("ORDER BY updated ASC, key ASC", maxResults=False, fields="summary")
    assert {int(one.id) for one in found} == {one.id for one in there}
    issue, metric = server.issue(str(center.stage.new_ticket())), center.emulator.field_ids()["metric"]
    issue.update(fields={metric: "resolution"})
    assert server.issue(issue.id, expand="changelog").changelog.histories[-1].items[0].toString == "resolution"
    server.add_comment(issue, "By text")
    assert [one.body for one in server.comments(issue)] == ["By text"]


def test_atlassian_reads_and_writes_a_cloud_site(url: str, stage: Stage, emulator: Emulator) -> None:
    client = JiraCloud(url=url, username=KNOWN.email, password=KNOWN.api_token, cloud=True)
    found = client.enhanced_jql_get_list_of_tickets("updated >= -52w", fields=["summary"])
    assert len(found) == len([one for one in emulator.world.issues.values() if one.deleted is None])
    issue, ids = str(stage.new_ticket()), emulator.field_ids()
    client.edit_issue(issue, data={"fields": {ids["due"]: DUE}})
    assert client.get_issue(issue)["fields"][ids["due"]] == "2026-03-05T02:00:00.000-0800"
    assert ids["due"] in client.get_edit_issue_meta(issue)["fields"]
    goals = client.get_transitions(issue)["transitions"]
    client.do_transition(issue, data={"transition": {"id": goals[0]["id"]}})
    stage.advance(1)
    logs = client.get_bulk_changelogs(data={"issueIdsOrKeys": [issue], "fieldIds": ["status"]})["issueChangeLogs"]
    assert len(logs[0]["changeHistories"]) == 1


def test_atlassian_makes_a_field_and_its_options(url: str, emulator: Emulator) -> None:
    client = JiraCloud(url=url, username=KNOWN.admin_email, password=KNOWN.admin_token, cloud=True)
    kind = "com.atlassian.jira.plugin.system.customfieldtypes:"
    body = {"name": "Mine", "type": f"{kind}select", "searcherKey": f"{kind}multiselectsearcher"}
    field = client.create_custom_field(data=body)["id"]
    rows = client.get_project_context_mapping(field)["values"]
    made = client.create_custom_field_option(field, rows[0]["contextId"], data={"options": [{"value": "Late"}]})
    assert [one["value"] for one in made["options"]] == ["Late"]
    screens = client.get_issue_type_screen_scheme_project_associations(project_id=10000)["values"]
    assert screens[0]["projectIds"] == ["10000"]
    assert emulator.world.fields[field].name == "Mine"


def test_atlassian_asks_the_desk_for_sla_records_and_comments(url: str, stage: Stage) -> None:
    desk = ServiceDesk(url=url, username=KNOWN.email, password=KNOWN.api_token)
    request = stage.new_ticket(priority=1)
    stage.advance(60)
    records = desk.get_sla(request)
    assert [one["name"] for one in records] == ["Time to resolution", "Time to first response"]
    desk.create_request_comment(request, "Among us.", public=False)
    said = desk.get_request_comments(request)
    assert [one["public"] for one in said] == [False]
    assert {one["projectKey"] for one in desk.get_service_desks()} == {"HELP", "FAC", "TEAM"}
    assert len(desk.get_organisations()["values"]) > 0
    assert {one["name"] for one in desk.get_queues("1")["values"]} == {"All open", "Unassigned"}


def test_atlassian_reads_and_edits_a_data_center(open_site: Callable[..., Any]) -> None:
    site = open_site(flavour="datacenter")
    client = JiraServer(url=site.url, token=KNOWN.pat)
    found = client.jql_get_list_of_tickets("project = HELP", fields="summary")
    help_desk = [one for one in site.emulator.world.issues.values() if one.key.startswith("HELP-")]
    assert len(found) == len([one for one in help_desk if one.deleted is None])
    issue, metric = site.stage.new_ticket(), site.emulator.field_ids()["metric"]
    key = site.emulator.world.issues[issue].key
    client.update_issue_field(key, {metric: "resolution"})
    assert client.issue(key)["fields"][metric] == "resolution"
    client.set_issue_status(key, "Resolved")
    assert client.get_issue_status(key) == "Resolved"
    client.issue_add_comment(key, "By text")
    assert [one["body"] for one in client.issue_get_comments(key)["comments"]] == ["By text"]
