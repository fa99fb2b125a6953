from datetime import UTC, datetime

import httpx
import pytest

ALL = "updated >= 0 ORDER BY updated ASC, key ASC"


def message(answer: httpx.Response) -> str:
    (text,) = answer.json()["errorMessages"]
    return text


def test_only_ids_come_unless_fields_are_asked_for(site):
    page = site.post("search/jql", jql="project = HELP", maxResults=3).json()
    assert [list(one) for one in page["issues"]] == [["id"]] * 3
    assert set(page) == {"issues", "nextPageToken", "isLast"}


def test_without_an_order_the_newest_come_first(site):
    ids = [int(one["id"]) for one in site.found("project = HELP", maxResults=4)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) > 8


def test_pages_in_order_of_update_hold_every_issue_once(site):
    rows = site.found(ALL, maxResults=7, fields=["updated"])
    there = {one.id for one in site.emulator.world.issues.values() if one.project_id != 10004}
    assert sorted(int(one["id"]) for one in rows) == sorted(there)
    stamps = [one["fields"]["updated"] for one in rows]
    assert stamps == sorted(stamps)


def test_get_and_post_answer_alike(site):
    query = {"jql": ALL, "maxResults": 5, "fields": "summary,status", "expand": "names"}
    body = {**query, "fields": ["summary", "status"]}
    got, posted = site.get("search/jql", **query).json(), site.post("search/jql", **body).json()
    assert got["issues"] == posted["issues"]
    assert got["names"] == posted["names"] == {"summary": "Summary", "status": "Status"}


def test_five_thousand_ids_are_a_page_and_a_hundred_issues(open_site):
    site = open_site(tickets=160)
    assert len(site.post("search/jql", jql="id > 0", maxResults=5000).json()["issues"]) == 160
    assert len(site.post("search/jql", jql="id > 0", maxResults=5000, fields=["key"]).json()["issues"]) == 160
    assert len(site.post("search/jql", jql="id > 0", maxResults=5000, fields=["summary"]).json()["issues"]) == 100


def test_an_issue_that_moves_while_paging_is_seen_again_and_none_is_skipped(site):
    first = site.post("search/jql", jql=ALL, maxResults=10).json()
    moved = first["issues"][0]["id"]
    site.stage.advance(60)
    site.stage.reply(int(moved))
    rest, token = [], first["nextPageToken"]
    while token is not None:
        page = site.post("search/jql", jql=ALL, maxResults=10, nextPageToken=token).json()
        rest += page["issues"]
        token = page.get("nextPageToken")
    seen = [one["id"] for one in first["issues"] + rest]
    assert seen.count(moved) == 2
    assert len(set(seen)) == len(seen) - 1 == 40


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "eyJxIjogIngifQ"])
def test_a_bad_token_is_refused(site, token):
    answer = site.post("search/jql", jql=ALL, nextPageToken=token)
    assert (answer.status_code, message(answer)) == (400, "The provided next page token is invalid or has expired.")


def test_a_token_belongs_to_its_query_and_lives_seven_days(site):
    token = site.post("search/jql", jql=ALL, maxResults=3).json()["nextPageToken"]
    assert site.post("search/jql", jql="project = HELP", nextPageToken=token).status_code == 400
    site.stage.advance(7 * 86400 - 1)
    assert site.post("search/jql", jql=ALL, nextPageToken=token).status_code == 200
    site.stage.advance(2)
    assert site.post("search/jql", jql=ALL, nextPageToken=token).status_code == 400


@pytest.mark.parametrize("jql", ["", "ORDER BY updated"])
def test_an_unbounded_query_is_refused(site, jql):
    answer = site.post("search/jql", jql=jql)
    assert answer.status_code == 400
    assert message(answer).startswith("Unbounded JQL queries are not allowed here.")


@pytest.mark.parametrize(
    "body",
    [
        {"startAt": 0},
        {"validateQuery": "none"},
        {"expand": ["names"]},
        {"fields": "summary"},
        {"maxResults": "50"},
        {"maxResults": True},
        {"reconcileIssues": ["10042"]},
    ],
)
def test_an_unknown_property_or_a_wrong_type_is_refused(site, body):
    answer = site.post("search/jql", jql=ALL, **body)
    assert answer.status_code == 400
    assert answer.json() == {
        "errorMessages": ["Invalid request payload. Refer to the REST API documentation and try again."]
    }


def test_broken_json_and_other_content_are_refused_each_in_its_own_form(site):
    path = "rest/api/3/search/jql"
    broken = site.http.post(path, content="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400
    assert broken.json()["errorMessages"][0].startswith("There was an error parsing JSON.")
    other = site.http.post(path, content="{}", headers={"Content-Type": "text/plain"})
    assert (other.status_code, other.headers["content-type"]) == (415, "application/problem+json;charset=UTF-8")
    assert other.json()["detail"] == "Content-Type 'text/plain' is not supported."
    number = site.get("search/jql", jql=ALL, maxResults="abc")
    assert number.json()["detail"] == "Failed to convert 'maxResults' with value: 'abc'"


def test_a_call_that_looks_like_a_browsers_fails_the_xsrf_check(site):
    browser = {"User-Agent": "Mozilla/5.0 (X11)"}
    answer = site.http.post("rest/api/3/search/jql", json={"jql": ALL}, headers=browser)
    assert (answer.status_code, answer.json()["message"]) == (403, "XSRF check failed")
    browser["X-Atlassian-Token"] = "no-check"
    assert site.http.post("rest/api/3/search/jql", json={"jql": ALL}, headers=browser).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "search"), ("POST", "search"), ("POST", "search/id")])
@pytest.mark.parametrize("version", ["2", "3", "latest"])
def test_the_old_search_is_gone(site, method, path, version):
    body = {} if method == "GET" else {"json": {}}
    answer = site.http.request(method, f"rest/api/{version}/{path}", **body)
    assert answer.status_code == 410
    assert "CHANGE-2046" in message(answer)


def test_the_count_is_that_of_the_search(site):
    assert site.post("search/approximate-count", jql="project = HELP").json() == {
        "count": len(site.found("project = HELP", maxResults=5000))
    }


def test_names_schema_changelog_and_properties_come_when_asked_for(site):
    issue = site.stage.new_ticket()
    site.stage.set_priority(issue, 1)
    page = site.get(
        "search/jql", jql=f"id = {issue}", fields="customfield_10010,summary", expand="names,schema,changelog"
    ).json()
    assert page["names"]["customfield_10010"] == "Request Type"
    assert page["schema"]["customfield_10010"]["custom"] == "com.atlassian.servicedesk:vp-origin"
    (row,) = page["issues"]
    assert row["changelog"]["histories"][0]["items"][0]["toString"] == "Highest"
    assert row["fields"]["customfield_10010"]["requestType"]["name"] == "Report a problem"


@pytest.mark.parametrize(
    ("zone", "stamp"),
    [("America/Los_Angeles", "2026-03-04T02:00:00.000-0800"), ("UTC", "2026-03-04T10:00:00.000+0000")],
)
def test_stamps_are_in_the_zone_of_the_site(site, zone, stamp):
    site.stage.site_zone(zone)
    issue = site.stage.new_ticket()
    assert site.get(f"issue/{issue}", fields="created").json()["fields"]["created"] == stamp
    assert site.get("serverInfo").json()["serverTime"] == stamp


def test_the_date_header_tells_the_sites_time(site):
    assert site.get("myself").headers["date"] == f"{datetime(2026, 3, 4, 10, tzinfo=UTC):%a, %d %b %Y %H:%M:%S} GMT"


def test_a_project_out_of_reach_is_as_if_it_were_not_there(site):
    answer = site.post("search/jql", jql="project in (HELP, SEC)")
    assert (answer.status_code, message(answer)) == (400, "The value 'SEC' does not exist for the field 'project'.")
