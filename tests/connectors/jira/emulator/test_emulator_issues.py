import httpx
import pytest

from connectors.jira.emulator import KNOWN


def changes(histories):
    return [(item["field"], item["fromString"], item["toString"]) for one in histories for item in one["items"]]


def test_the_versions_differ_by_rich_text_alone(open_site):
    three, two = open_site(), open_site(version=2)
    bodies = []
    for site in (three, two):
        issue = site.stage.new_ticket(description="One\ntwo\n\nthree")
        site.stage.reply(issue, body="Hello")
        bodies.append(site.get(f"issue/{issue}").json()["fields"])
    rich, plain = bodies
    assert plain["description"] == "One\ntwo\n\nthree"
    assert rich["description"]["content"][0]["content"] == [
        {"type": "text", "text": "One"},
        {"type": "hardBreak"},
        {"type": "text", "text": "two"},
    ]
    assert plain["comment"]["comments"][0]["body"] == "Hello"
    assert rich["comment"]["comments"][0]["body"]["type"] == "doc"
    assert {one for one in rich if one not in ("description", "comment")} == {
        one for one in plain if one not in ("description", "comment")
    }


def test_an_old_key_answers_with_the_new_one_and_the_id_stays(site):
    issue = site.stage.new_ticket()
    old = site.stage.key_of(issue)
    new = site.stage.move(issue, "FAC")
    got = site.get(f"issue/{old}", expand="changelog").json()
    assert (got["id"], got["key"]) == (str(issue), new)
    assert ("Key", old, new) in changes(got["changelog"]["histories"])
    assert ("project", "Help Center", "Facilities") in changes(got["changelog"]["histories"])
    by_key = site.post("issue/bulkfetch", issueIdsOrKeys=[old], fields=["summary"]).json()["issues"]
    assert [one["key"] for one in by_key] == [new]


def test_a_renamed_project_gives_its_issues_new_keys_and_the_old_ones_resolve(site):
    issue = site.stage.new_ticket()
    old = site.stage.key_of(issue)
    site.stage.rename_project("HELP", "CARE")
    assert site.get(f"issue/{old}").json()["key"] == old.replace("HELP", "CARE")
    assert site.get("project/HELP").json()["key"] == "CARE"
    assert site.post("search/jql", jql=f"project = HELP AND id = {issue}").status_code == 200


@pytest.mark.parametrize("name", ["HELP-99999", "99999999", "nonsense"])
def test_an_issue_that_is_not_there_is_404(site, name):
    answer = site.get(f"issue/{name}")
    assert (answer.status_code, answer.json()["errorMessages"]) == (
        404,
        ["Issue does not exist or you do not have permission to see it."],
    )


def test_a_deleted_issue_and_one_out_of_reach_look_the_same(site):
    gone, hidden, moved = (site.stage.new_ticket(project="FAC") for _ in range(3))
    site.stage.delete(gone)
    site.stage.move(moved, "SEC")
    site.stage.revoke_project("FAC")
    answers = [site.get(f"issue/{one}") for one in (gone, hidden, moved)]
    assert len({(one.status_code, one.text) for one in answers}) == 1
    fetched = site.post("issue/bulkfetch", issueIdsOrKeys=[str(one) for one in (gone, hidden, moved)]).json()
    assert (fetched["issues"], fetched["issueErrors"]) == ([], [])
    assert "FAC" not in {one["key"] for one in site.get("project/search").json()["values"]}
    site.stage.grant_project("FAC")
    assert site.get(f"issue/{hidden}").status_code == 200


def test_archived_issues_drop_out_of_search_and_answer_by_id(site):
    one, other = site.stage.new_ticket(), site.stage.new_ticket(project="FAC")
    site.stage.archive(one)
    site.stage.archive_project("FAC")
    assert site.found(f"id in ({one}, {other})") == []
    assert site.get(f"issue/{one}").status_code == site.get(f"issue/{other}").status_code == 200
    site.stage.archive(one, on=False)
    assert len(site.found(f"id in ({one}, {other})")) == 1


def test_bulkfetch_answers_by_ascending_id_and_leaves_out_what_it_does_not_know(site):
    ids = sorted(site.stage.new_ticket() for _ in range(3))
    asked = [str(ids[2]), "NO-1", site.stage.key_of(ids[0]), str(ids[1]), str(ids[0])]
    got = site.post("issue/bulkfetch", issueIdsOrKeys=asked, fields=["status"]).json()
    assert [int(one["id"]) for one in got["issues"]] == ids
    assert site.post("issue/bulkfetch", issueIdsOrKeys=[str(one) for one in range(101)]).status_code == 400


def test_fields_are_chosen_by_id_and_unknown_ones_are_ignored(site):
    issue = site.stage.new_ticket()

    def fields(text: str) -> set[str]:
        return set(site.get(f"issue/{issue}", fields=text).json()["fields"])

    assert fields("summary,nonsense") == {"summary"}
    assert fields("*all,-comment") == fields("*all") - {"comment"}
    assert fields("-comment") == fields("*all") - {"comment"}
    assert "comment" not in fields("*navigable") < fields("*all")
    assert "customfield_10050" not in fields("*all"), "a field of the team-managed project"


def test_links_and_remote_links_are_shown_at_both_ends(site):
    one, other = site.stage.new_ticket(), site.stage.new_ticket("The other")
    link = site.stage.link(one, other)
    site.stage.remote_link(one, "https://desk.example.test/tickets/7", "Ticket 7")
    (outward,) = site.get(f"issue/{one}").json()["fields"]["issuelinks"]
    (inward,) = site.get(f"issue/{other}").json()["fields"]["issuelinks"]
    assert outward["id"] == inward["id"] == str(link)
    assert outward["outwardIssue"]["fields"]["summary"] == "The other"
    assert inward["inwardIssue"]["id"] == str(one)
    (remote,) = site.get(f"issue/{one}/remotelink").json()
    assert remote["object"]["url"] == "https://desk.example.test/tickets/7"


def test_a_request_tells_its_type_organisations_and_participants(site):
    issue = site.stage.new_ticket(organisations=[3])
    customer = next(one for one in site.emulator.world.users.values() if one.email == KNOWN.customer)
    site.stage.edit(issue, {"customfield_10026": [customer.id]})
    fields = site.get(f"issue/{issue}").json()["fields"]
    assert fields["customfield_10010"]["currentStatus"]["statusCategory"] == "NEW"
    assert [one["name"] for one in fields["customfield_10002"]] == ["Drum Laptop Ltd"]
    assert [one["accountId"] for one in fields["customfield_10026"]] == [customer.id]
    assert fields["customfield_10030"] is None
    engineering = site.stage.new_ticket(project="ENG", reporter="agent")
    assert site.get(f"issue/{engineering}").json()["fields"]["customfield_10010"] is None


@pytest.mark.parametrize(
    ("path", "count"),
    [("status", 14), ("priority", 5), ("resolution", 3), ("issuetype", 5), ("project", 4), ("user/search?query=.", 50)],
)
def test_lists_are_bare_arrays(site, path, count):
    assert len(site.http.get(f"rest/api/3/{path}").json()) == count


def test_projects_come_in_pages_that_say_which_is_last(site):
    first = site.get("project/search", maxResults=3).json()
    assert (first["isLast"], first["total"], len(first["values"])) == (False, 4, 3)
    last = site.http.get(first["nextPage"]).json()
    assert (last["isLast"], len(last["values"])) == (True, 1)
    assert {one["style"] for one in first["values"] + last["values"]} == {"classic", "next-gen"}
    assert [one["name"] for one in site.get("project/TEAM/statuses").json()[0]["statuses"]] == [
        "To Do",
        "In Progress",
        "Done",
    ]


def test_fields_tell_their_type_and_whose_they_are(site):
    fields = {one["id"]: one for one in site.get("field").json()}
    assert fields["customfield_10020"]["schema"]["custom"] == "com.atlassian.servicedesk:sd-sla-field"
    assert fields["customfield_10050"]["scope"] == {"type": "PROJECT", "project": {"id": "10003"}}
    assert [one["name"] for one in fields.values()].count("Severity") == 2


def test_field_search_is_for_administrators_in_pages_of_fifty(site):
    assert site.get("field/search").status_code == 403
    admin = (KNOWN.admin_email, KNOWN.admin_token)
    page = httpx.get(f"{site.url}/rest/api/3/field/search?type=custom&maxResults=500", auth=admin).json()
    assert (page["maxResults"], page["isLast"]) == (50, True)
    assert "customfield_10050" not in {one["id"] for one in page["values"]}


def test_people_come_by_account_id_and_in_a_bare_array(site):
    everybody = site.get("users/search", maxResults=1000).json()
    assert {one["accountType"] for one in everybody} == {"atlassian", "app", "customer"}
    assert any("emailAddress" not in one for one in everybody)
    some = [one["accountId"] for one in everybody[:12]]
    page = site.http.get("rest/api/3/user/bulk", params=[("accountId", one) for one in some]).json()
    assert (len(page["values"]), page["isLast"]) == (10, False)
    assert site.get("user", accountId=some[0]).json()["accountId"] == some[0]
    assert site.get("user", accountId="nobody").status_code == 404
    site.stage.deny("USER_PICKER")
    assert site.get("users/search").json() == []


def test_permissions_must_be_named_and_hang_on_the_project(site):
    assert site.get("mypermissions").status_code == 400

    def may(name: str, **where: str) -> bool:
        return site.get("mypermissions", permissions=name, **where).json()["permissions"][name]["havePermission"]

    assert may("BROWSE_PROJECTS", projectKey="HELP")
    assert not may("ADMINISTER_PROJECTS", projectKey="HELP")
    site.stage.appoint("HELP")
    assert may("ADMINISTER_PROJECTS", projectKey="HELP")
    assert not may("ADMINISTER_PROJECTS", projectKey="FAC")
    site.stage.deny("EDIT_ISSUES")
    assert not may("EDIT_ISSUES")


def test_a_bad_credential_is_told_of(site):
    with httpx.Client(base_url=site.url, auth=(KNOWN.email, "wrong")) as stranger:
        for path in ("myself", "search/jql?jql=id>0"):
            answer = stranger.get(f"/rest/api/3/{path}")
            assert answer.status_code == 401
            assert answer.headers["x-seraph-loginreason"] == "AUTHENTICATED_FAILED"
    assert site.get("myself").headers["x-aaccountid"] == site.get("myself").json()["accountId"]
    site.stage.expire(KNOWN.api_token)
    assert site.get("myself").status_code == 401


def test_a_visitor_sees_nothing_where_visitors_are_let_in(site):
    issue = site.stage.new_ticket()
    with httpx.Client(base_url=site.url) as visitor:
        assert visitor.get("/rest/api/3/myself").status_code == 401
        assert visitor.get(f"/rest/api/3/issue/{issue}").status_code == 404
        assert visitor.get("/rest/api/3/search/jql?jql=id>0").json() == {"issues": [], "isLast": True}
        assert visitor.get("/rest/api/3/search/jql?jql=project=HELP").status_code == 400
        assert visitor.get("/rest/api/3/project/search").json()["values"] == []
        assert visitor.get("/rest/api/2/serverInfo").json()["deploymentType"] == "Cloud"


def test_an_unknown_path_is_404_in_its_own_form(site):
    answer = site.get("nosuch")
    assert (answer.status_code, answer.json()["status-code"]) == (404, 404)
    assert answer.json()["message"].startswith("null for uri: http")


def test_links_name_the_host_as_the_caller_wrote_it(site):
    headers = {"Host": "acme.atlassian.test", "X-Forwarded-Proto": "https"}
    got = httpx.get(f"{site.url}/rest/api/2/serverInfo", headers=headers)
    assert got.json()["baseUrl"] == "https://acme.atlassian.test"
