import httpx
import pytest

from connectors.jira.emulator import KNOWN

ALL = "ORDER BY updated ASC, key ASC"


def found(center, jql: str, size: int) -> list[dict[str, object]]:
    rows, start = [], 0
    while True:
        page = center.get("search", jql=jql, startAt=start, maxResults=size, fields="updated").json()
        rows += page["issues"]
        start += len(page["issues"])
        if start >= page["total"]:
            return rows


def test_the_flavour_tells_itself_below_the_context_path(center):
    info = httpx.get(f"{center.url}/jira/rest/api/2/serverInfo").json()
    assert (info["deploymentType"], info["serverTimeZone"]) == ("Server", "Australia/Sydney")
    assert info["baseUrl"] == f"{center.url}/jira"
    assert info["serverTime"] == "2026-03-04T21:00:00.000+1100"
    assert httpx.get(f"{center.url}/rest/api/2/serverInfo").status_code == 404
    assert center.http.get("rest/api/3/serverInfo").status_code == 404
    assert center.http.get("rest/api/latest/serverInfo").status_code == 200


def test_search_is_by_offset_and_an_empty_query_is_allowed(center):
    rows = found(center, ALL, 7)
    assert len({one["id"] for one in rows}) == len(rows) == 40
    assert center.get("search").json()["total"] == 40


def test_a_list_that_moves_skips_an_issue(center):
    first = center.get("search", jql=ALL, maxResults=10, fields="updated").json()["issues"]
    center.stage.advance(60)
    center.stage.reply(int(first[0]["id"]))
    rest = center.get("search", jql=ALL, startAt=10, maxResults=100, fields="updated").json()["issues"]
    seen = {one["id"] for one in first + rest}
    assert len(seen) == 39


def test_the_body_takes_expand_as_an_array(center):
    issue = center.stage.new_ticket()
    center.stage.set_priority(issue, 1)
    body = {"jql": f"id = {issue}", "expand": ["names", "changelog"], "fields": ["summary"]}
    page = center.post("search", **body).json()
    assert page["names"] == {"summary": "Summary"}
    assert page["issues"][0]["changelog"]["total"] == 1
    assert center.post("search", **body | {"expand": "names"}).status_code == 400
    everything = center.post("search", jql=f"id = {issue}").json()["issues"][0]["fields"]
    assert "status" in everything
    assert "comment" not in everything


def test_the_server_lowers_the_page_and_says_so(center):
    center.stage.search_maximum(15)
    page = center.get("search", maxResults=1000).json()
    assert (page["maxResults"], len(page["issues"])) == (15, 15)


def test_the_embedded_changelog_is_whole_and_begins_with_the_oldest(center):
    center.stage.traps(["changelog_cut"])
    issue = center.stage.new_ticket()
    for number in range(120):
        center.stage.advance(60)
        center.stage.set_priority(issue, 1 + number % 2)
    shown = center.get(f"issue/{issue}", expand="changelog").json()["changelog"]["histories"]
    assert len(shown) == 120
    stamps = [one["created"] for one in shown]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "issue/bulkfetch"),
        ("POST", "changelog/bulkfetch"),
        ("GET", "issue/HELP-1/changelog"),
        ("GET", "search/jql"),
        ("POST", "comment/list"),
        ("GET", "project/search"),
        ("GET", "user/bulk"),
    ],
)
def test_what_only_cloud_has_is_not_there(center, method, path):
    body = {} if method == "GET" else {"json": {}}
    assert center.http.request(method, f"rest/api/2/{path}", **body).status_code == 404


def test_people_have_names_and_keys_and_texts_are_plain(center):
    issue = center.stage.new_ticket(description="One\n\ntwo")
    center.stage.assign(issue, "agent")
    fields = center.get(f"issue/{issue}").json()["fields"]
    assert fields["description"] == "One\n\ntwo"
    assert (fields["assignee"]["name"], fields["reporter"]["key"][:8]) == ("agent0", "JIRAUSER")
    assert "accountId" not in fields["assignee"]
    (history,) = center.get(f"issue/{issue}", expand="changelog").json()["changelog"]["histories"]
    assert history["items"][0]["to"] == fields["assignee"]["key"]
    assert center.get("user", username="agent0").json() == fields["assignee"]
    assert center.get("search", jql="assignee = agent0", maxResults=0).json()["total"] >= 1


def test_comments_come_all_at_once_unless_fewer_are_asked_for(center):
    issue = center.stage.new_ticket()
    for _ in range(120):
        center.stage.reply(issue)
    assert len(center.get(f"issue/{issue}/comment").json()["comments"]) == 120
    assert len(center.get(f"issue/{issue}/comment", maxResults=3).json()["comments"]) == 3


def test_a_token_or_a_password_lets_in_and_a_captcha_shuts_out(center):
    url = f"{center.url}/jira/rest/api/2/myself"
    assert httpx.get(url, headers={"Authorization": f"Bearer {KNOWN.pat}"}).json()["name"] == "hub"
    entered = httpx.get(url, auth=(KNOWN.login, KNOWN.password))
    assert (entered.status_code, entered.headers["x-ausername"]) == (200, "hub")
    wrong = httpx.get(url, auth=(KNOWN.login, "wrong"))
    assert (wrong.status_code, wrong.headers["x-seraph-loginreason"]) == (401, "AUTHENTICATED_FAILED")
    center.stage.captcha()
    blocked = httpx.get(url, auth=(KNOWN.login, KNOWN.password))
    assert (blocked.status_code, blocked.headers["x-seraph-loginreason"]) == (403, "AUTHENTICATION_DENIED")
    center.stage.captcha(on=False)
    assert httpx.get(url, auth=(KNOWN.login, KNOWN.password)).status_code == 200


def test_milliseconds_in_a_query_can_be_refused(center):
    assert center.get("search", jql="updated >= 1772618400000").status_code == 200
    center.stage.epoch_literals(on=False)
    answer = center.get("search", jql="updated >= 1772618400000")
    assert (answer.status_code, "Date value" in answer.text) == (400, True)
