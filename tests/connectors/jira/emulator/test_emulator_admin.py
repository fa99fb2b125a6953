"""Administration: fields, their contexts and options, and the screens that make them writable."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.jira.emulator import KNOWN, Emulator, Stage

Json = dict[str, Any]
API = "/rest/api/3"
TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"


def make(admin: httpx.Client, kind: str = "datetime", searcher: str | None = "datetimerange", **more: Any) -> Json:
    body = {"name": "Hub due", "description": "By the hub", "type": TYPES + kind, **more}
    if searcher is not None:
        body["searcherKey"] = TYPES + searcher
    answer = admin.post(f"{API}/field", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def values(answer: httpx.Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    return list(answer.json()["values"])


def test_a_field_is_made_with_a_global_context_and_its_name_need_not_be_new(
    admin: httpx.Client, http: httpx.Client
) -> None:
    one, other = make(admin), make(admin)
    assert one["id"] != other["id"]
    assert one["schema"]["custom"] == TYPES + "datetime"
    assert one["clauseNames"] == [f"cf[{one['schema']['customId']}]", "Hub due"]
    contexts = values(admin.get(f"{API}/field/{one['id']}/context"))
    assert [(each["isGlobalContext"], each["isAnyIssueType"]) for each in contexts] == [(True, True)]
    assert {each["id"] for each in http.get(f"{API}/field").json()} >= {one["id"], other["id"]}
    found = values(admin.get(f"{API}/field/search", params={"query": "hub due", "type": "custom"}))
    assert {each["id"] for each in found} == {one["id"], other["id"]}


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"type": "datetime"}, "type"),
        ({"type": "com.example:other"}, "type"),
        ({"name": ""}, "name"),
        ({"searcherKey": TYPES + "textsearcher"}, "searcherKey"),
    ],
)
def test_a_field_needs_a_name_a_known_type_and_a_fitting_searcher(admin: httpx.Client, more: Json, error: str) -> None:
    body = {"name": "Hub due", "type": TYPES + "datetime", "searcherKey": TYPES + "datetimerange", **more}
    answer = admin.post(f"{API}/field", json=body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [error]


def test_only_administrators_make_fields(http: httpx.Client) -> None:
    assert http.post(f"{API}/field", json={"name": "x", "type": TYPES + "float"}).status_code == 403


def test_a_project_is_in_one_context_and_one_context_is_global(admin: httpx.Client) -> None:
    path = f"{API}/field/{make(admin)['id']}/context"
    first = values(admin.get(path))[0]["id"]
    again = admin.post(path, json={"name": "Everywhere", "projectIds": []})
    assert again.status_code == 400
    made = admin.post(path, json={"name": "Help", "projectIds": ["10000"], "issueTypeIds": []})
    assert (made.status_code, made.json()["projectIds"]) == (201, ["10000"])
    assert admin.post(path, json={"name": "Too", "projectIds": ["10000"]}).status_code == 400
    added = admin.put(f"{path}/{made.json()['id']}/project", json={"projectIds": ["10001"]})
    assert added.status_code == 204
    assert admin.put(f"{path}/{first}/project", json={"projectIds": ["10002"]}).status_code == 400
    assert admin.post(path, json={"name": "Team", "projectIds": ["10003"]}).status_code == 404
    rows = values(admin.get(f"{path}/projectmapping"))
    assert {(row.get("projectId"), row.get("isGlobalContext")) for row in rows} == {
        (None, True),
        ("10000", None),
        ("10001", None),
    }


def test_an_option_has_another_id_in_each_context_and_the_issues_own_counts(
    admin: httpx.Client, http: httpx.Client, stage: Stage
) -> None:
    field = make(admin, "select", "multiselectsearcher")["id"]
    path = f"{API}/field/{field}/context"
    wide = values(admin.get(path))[0]["id"]
    help_ = admin.post(path, json={"name": "Help", "projectIds": ["10000"]}).json()["id"]
    ids = {}
    for context in (wide, help_):
        made = admin.post(f"{path}/{context}/option", json={"options": [{"value": "Late"}, {"value": "Fine"}]})
        ids[context] = [one["id"] for one in made.json()["options"]]
    assert not set(ids[wide]) & set(ids[help_])
    assert [one["value"] for one in values(admin.get(f"{path}/{help_}/option"))] == ["Late", "Fine"]
    assert admin.post(f"{path}/{wide}/option", json={"options": [{"value": "Late"}]}).status_code == 400
    stage.edits(screens=False)
    issue = f"{API}/issue/{stage.new_ticket()}"
    assert http.put(issue, json={"fields": {field: {"id": ids[wide][0]}}}).status_code == 400
    assert http.put(issue, json={"fields": {field: {"value": "Late"}}}).status_code == 204
    assert http.get(issue).json()["fields"][field]["id"] == ids[help_][0]
    allowed = http.get(f"{issue}/editmeta").json()["fields"][field]["allowedValues"]
    assert [one["id"] for one in allowed] == ids[help_]
    assert admin.delete(f"{path}/{help_}/option/{ids[help_][0]}").status_code == 409
    assert admin.delete(f"{path}/{help_}/option/{ids[help_][1]}").status_code == 204


def test_a_field_is_put_on_the_screens_that_a_project_uses(
    admin: httpx.Client, http: httpx.Client, stage: Stage
) -> None:
    field = make(admin, "textfield", "textsearcher")["id"]
    issue = f"{API}/issue/{stage.new_ticket()}"
    body = {"fields": {field: "one"}}
    assert http.put(issue, json=body).status_code == 400
    assert field not in http.get(f"{issue}/editmeta").json()["fields"]
    of_project = values(admin.get(f"{API}/issuetypescreenscheme/project", params={"projectId": "10000"}))
    scheme = of_project[0]["issueTypeScreenScheme"]["id"]
    items = values(admin.get(f"{API}/issuetypescreenscheme/mapping", params={"issueTypeScreenSchemeId": scheme}))
    assert [one["issueTypeId"] for one in items] == ["default"]
    screens = values(admin.get(f"{API}/screenscheme", params={"id": items[0]["screenSchemeId"]}))[0]["screens"]
    assert set(screens) == {"default", "create"}
    for screen in screens.values():
        tab = admin.get(f"{API}/screens/{screen}/tabs").json()[0]["id"]
        path = f"{API}/screens/{screen}/tabs/{tab}/fields"
        assert admin.post(path, json={"fieldId": field}).json() == {"id": field, "name": "Hub due"}
        assert admin.post(path, json={"fieldId": field}).status_code == 400
        assert field in [one["id"] for one in admin.get(path).json()]
    assert http.put(issue, json=body).status_code == 204
    assert admin.delete(f"{path}/{field}").status_code == 204


def test_the_short_cut_leads_to_the_default_screen_alone(admin: httpx.Client) -> None:
    field = make(admin)["id"]
    path = f"{API}/screens/addToDefault/{field}"
    assert admin.post(path).status_code == 200
    assert admin.post(path).status_code == 404
    names = {one["name"]: one["id"] for one in values(admin.get(f"{API}/screens"))}
    tab = admin.get(f"{API}/screens/{names['Default Screen']}/tabs").json()[0]["id"]
    on = admin.get(f"{API}/screens/{names['Default Screen']}/tabs/{tab}/fields").json()
    assert field in [one["id"] for one in on]


def test_a_team_managed_project_has_no_screens(admin: httpx.Client, http: httpx.Client) -> None:
    assert values(admin.get(f"{API}/issuetypescreenscheme/project", params={"projectId": "10003"})) == []
    shown = {one["id"]: one for one in http.get(f"{API}/field").json()}
    assert shown["customfield_10050"]["scope"] == {"type": "PROJECT", "project": {"id": "10003"}}
    assert admin.get(f"{API}/field/customfield_10050/context").status_code == 400


def test_association_reaches_every_project_that_shares_the_configuration(
    admin: httpx.Client, emulator: Emulator
) -> None:
    field = make(admin)["id"]
    path = f"{API}/field/{field}/context"
    first = values(admin.get(path))[0]["id"]
    admin.delete(f"{path}/{first}")
    admin.post(path, json={"name": "Engineering", "projectIds": ["10002"]})
    context = [{"identifier": 10000, "type": "PROJECT_ID"}]
    body = {"fields": [{"identifier": field, "type": "FIELD_ID"}], "associationContexts": context}
    assert admin.put(f"{API}/field/association", json=body).status_code == 204
    rows = values(admin.get(f"{path}/projectmapping"))
    assert {row["projectId"] for row in rows} == {"10000", "10001", "10002"}
    context[0]["identifier"] = 10003
    assert admin.put(f"{API}/field/association", json=body).status_code == 404
    assert emulator.world.fields[field].name == "Hub due"


def test_a_field_in_the_trash_is_gone_until_it_is_restored(admin: httpx.Client, http: httpx.Client) -> None:
    field = make(admin)["id"]
    assert admin.post(f"{API}/field/{field}/trash").status_code == 200
    assert field not in [one["id"] for one in http.get(f"{API}/field").json()]
    assert admin.post(f"{API}/field/{field}/restore").status_code == 200
    assert field in [one["id"] for one in http.get(f"{API}/field").json()]


def test_a_field_is_deleted_by_a_task_that_a_redirection_names(
    admin: httpx.Client, http: httpx.Client, stage: Stage
) -> None:
    stage.jobs(delay=5)
    field = make(admin)["id"]
    answer = admin.delete(f"{API}/field/{field}")
    assert answer.status_code == 303
    task = answer.headers["location"]
    assert admin.get(task).json()["status"] == "RUNNING"
    assert field in [one["id"] for one in http.get(f"{API}/field").json()]
    stage.advance(5)
    assert admin.get(task).json()["status"] == "COMPLETE"
    assert field not in [one["id"] for one in http.get(f"{API}/field").json()]
    assert admin.get(f"{API}/task/1").status_code == 404


def test_a_server_has_screens_as_well(open_site: Callable[..., Any]) -> None:
    site = open_site(flavour="datacenter")
    with open_client(site.url, headers={"Authorization": f"Bearer {KNOWN.admin_token}"}) as admin:
        body = {"name": "Hub due", "type": TYPES + "textfield", "searcherKey": TYPES + "textsearcher"}
        field = admin.post("/rest/api/2/field", json=body).json()["id"]
        tab = admin.get("/rest/api/2/screens/2/tabs").json()[0]["id"]
        added = admin.post(f"/rest/api/2/screens/2/tabs/{tab}/fields", json={"fieldId": field})
        assert added.status_code == 201
        issue = site.stage.new_ticket()
        edited = admin.put(f"/rest/api/2/issue/{issue}?notifyUsers=false", json={"fields": {field: "one"}})
        assert edited.status_code == 204
        refused = site.http.put(f"/rest/api/2/issue/{issue}?notifyUsers=false", json={"fields": {field: "two"}})
        assert refused.status_code == 403
        assert admin.get("/rest/api/2/issuetypescreenscheme").status_code == 404
