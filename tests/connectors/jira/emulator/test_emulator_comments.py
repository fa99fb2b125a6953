import pytest

from connectors.jira.emulator import KNOWN


@pytest.fixture
def talk(site):
    """An issue of 130 comments, one a minute, every third internal."""
    issue = site.stage.new_ticket()
    for number in range(130):
        site.stage.advance(60)
        site.stage.reply(issue, by="agent", body=f"Number {number}", public=number % 3 != 0)
    return issue


def test_comments_come_in_pages_of_a_hundred_by_offset(site, talk):
    first = site.get(f"issue/{talk}/comment", maxResults=5000).json()
    assert (first["startAt"], first["maxResults"], first["total"], len(first["comments"])) == (0, 100, 130, 100)
    assert "isLast" not in first
    rest = site.get(f"issue/{talk}/comment", startAt=100).json()
    assert len(rest["comments"]) == 30
    newest = site.get(f"issue/{talk}/comment", orderBy="-created", maxResults=1).json()["comments"]
    assert newest == rest["comments"][-1:]
    assert site.get(f"issue/{talk}/comment", orderBy="author").status_code == 400


def test_internal_comments_are_told_by_two_marks(site, talk):
    page = site.get(f"issue/{talk}/comment", expand="properties", maxResults=3).json()["comments"]
    assert [one["jsdPublic"] for one in page] == [False, True, True]
    assert [one["properties"][0]["value"]["internal"] for one in page] == [True, False, False]
    assert "properties" not in site.get(f"issue/{talk}/comment", maxResults=1).json()["comments"][0]


def test_the_page_embedded_in_a_search_is_cut(site, talk):
    def embedded():
        (row,) = site.post("search/jql", jql=f"id = {talk}", fields=["comment"]).json()["issues"]
        return row["fields"]["comment"]["total"], len(row["fields"]["comment"]["comments"])

    assert embedded() == (130, 130)
    site.stage.traps(["comment_cut"])
    assert embedded() == (130, 20)


def test_comments_are_not_in_the_changelog_and_bump_the_issue(site):
    issue = site.stage.new_ticket()
    site.stage.advance(60)
    comment = site.stage.reply(issue)
    assert site.get(f"issue/{issue}/changelog").json()["total"] == 0
    assert site.get(f"issue/{issue}").json()["fields"]["updated"] == "2026-03-04T02:01:00.000-0800"
    site.stage.advance(60)
    site.stage.edit_comment(comment, "A better reply.")
    (shown,) = site.get(f"issue/{issue}/comment").json()["comments"]
    assert (shown["created"], shown["updated"]) == ("2026-03-04T02:01:00.000-0800", "2026-03-04T02:02:00.000-0800")


def test_a_deleted_comment_leaves_no_trace_but_a_bump(site):
    issue = site.stage.new_ticket()
    kept, gone = site.stage.reply(issue), site.stage.reply(issue)
    site.stage.advance(60)
    site.stage.delete_comment(gone)
    assert [one["id"] for one in site.get(f"issue/{issue}/comment").json()["comments"]] == [str(kept)]
    assert site.get(f"issue/{issue}/comment/{gone}").status_code == 404
    listed = site.post("comment/list", ids=[kept, gone, 1]).json()
    assert [one["id"] for one in listed["values"]] == [str(kept)]
    assert site.get(f"issue/{issue}/changelog").json()["total"] == 0
    assert site.get(f"issue/{issue}").json()["fields"]["updated"] == "2026-03-04T02:01:00.000-0800"


def test_a_comment_for_a_role_calls_itself_public_and_is_hidden(site):
    issue = site.stage.new_ticket()
    comment = site.stage.reply(issue, role="Administrators")
    assert site.get(f"issue/{issue}/comment").json()["total"] == 0
    auth = (KNOWN.admin_email, KNOWN.admin_token)
    shown = site.http.get(f"rest/api/2/issue/{issue}/comment/{comment}", auth=auth).json()
    assert shown["jsdPublic"] is True
    assert shown["visibility"] == {"type": "role", "value": "Administrators", "identifier": "Administrators"}


def test_customers_and_forgotten_people_stand_as_authors(site):
    issue = site.stage.new_ticket()
    site.stage.reply(issue, by="customer")
    (shown,) = site.get(f"issue/{issue}/comment").json()["comments"]
    assert shown["author"]["accountType"] == "customer"
    site.stage.forget_user("customer")
    (shown,) = site.get(f"issue/{issue}/comment").json()["comments"]
    assert (shown["author"]["displayName"], shown["author"]["active"]) == ("Former user", False)
    assert "emailAddress" not in shown["author"]
