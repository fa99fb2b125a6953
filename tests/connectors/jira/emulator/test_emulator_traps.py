from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.jira.emulator import KNOWN, TRAPS

ALL = "updated >= 0 ORDER BY updated ASC, key ASC"


def ids(rows) -> list[int]:
    return [int(one["id"]) for one in rows]


def reach(site) -> set[int]:
    """Return what there is to be found."""
    return {one["id"] for one in site.stage.truth()["issues"] if one["presence"] == "present"}


def test_search_learns_late_and_a_direct_look_at_once(site):
    site.stage.traps(["index_lag"])
    site.stage.lag(30)
    issue = site.stage.new_ticket("At first")
    assert ids(site.found(f"id = {issue}")) == []
    assert site.get(f"issue/{issue}").json()["fields"]["summary"] == "At first"
    assert ids(site.post("issue/bulkfetch", issueIdsOrKeys=[str(issue)]).json()["issues"]) == [issue]
    assert ids(site.found(f"id = {issue}", reconcileIssues=[issue])) == [issue]
    site.stage.advance(29)
    assert ids(site.found(f"id = {issue}")) == []
    site.stage.advance(1)
    assert ids(site.found(f"id = {issue}")) == [issue]


def test_search_shows_an_issue_as_it_was_until_it_learns(site):
    site.stage.traps(["index_lag"])
    issue = site.stage.new_ticket("At first")
    site.stage.advance(300)
    site.stage.edit(issue, {"summary": "In the end"})
    site.stage.move_status(issue, "In Progress")

    def shown(**more):
        (row,) = site.found(f"id = {issue}", fields=["summary", "updated"], **more)
        return row["fields"]["summary"], row["fields"]["updated"]

    assert shown() == ("At first", "2026-03-04T02:00:00.000-0800")
    assert shown(reconcileIssues=[issue]) == ("In the end", "2026-03-04T02:05:00.000-0800")
    assert ids(site.found(f"id = {issue} AND status = 'Waiting for support'")) == [issue]
    site.stage.advance(60)
    assert shown() == ("In the end", "2026-03-04T02:05:00.000-0800")
    assert ids(site.found(f"id = {issue} AND status = 'In Progress'")) == [issue]


def test_an_issue_updated_earlier_may_arrive_in_search_later(site):
    slow, quick = site.stage.new_ticket(), site.stage.new_ticket()
    site.stage.lag(90, slow)
    site.stage.advance(10)
    site.stage.reply(slow)
    site.stage.advance(10)
    site.stage.reply(quick)
    since = f"updated > {int(datetime(2026, 3, 4, 10, tzinfo=UTC).timestamp() * 1000)} ORDER BY updated ASC"
    assert ids(site.found(since)) == [quick]
    site.stage.advance(90)
    assert ids(site.found(since)) == [slow, quick]


def test_a_deleted_issue_stays_in_search_until_it_learns(site):
    site.stage.traps(["index_lag"])
    issue = site.stage.new_ticket()
    site.stage.advance(60)
    site.stage.delete(issue)
    assert ids(site.found("project = HELP AND created >= -2m", fields=["summary"])) == [issue]
    assert site.get(f"issue/{issue}").status_code == 404
    site.stage.advance(60)
    assert ids(site.found("project = HELP AND created >= -5m")) == []


def test_changes_arrive_in_any_order_with_mixed_lags(site):
    site.stage.traps(["index_lag", "mixed_lag"])
    made = [site.stage.new_ticket() for _ in range(30)]
    arrived: list[int] = []
    for _ in range(150):
        site.stage.advance(1)
        arrived += [one for one in ids(site.found("created >= -10m ORDER BY key ASC")) if one not in arrived]
    mine = [one for one in arrived if one in made]
    assert sorted(mine) == made
    assert mine != made


def test_the_index_may_compare_whole_seconds(site):
    site.stage.advance(0.5)
    issue = site.stage.new_ticket()
    at = int(datetime(2026, 3, 4, 10, tzinfo=UTC).timestamp() * 1000)
    assert ids(site.found(f"id = {issue} AND updated >= {at + 200}")) == [issue]
    site.stage.traps(["index_seconds"])
    assert ids(site.found(f"id = {issue} AND updated >= {at + 200}")) == []
    assert ids(site.found(f"id = {issue} AND updated >= {at}")) == [issue]


def test_the_profile_may_be_in_another_zone(site):
    assert site.get("myself").json()["timeZone"] == "UTC"
    site.stage.traps(["profile_zone"])
    assert site.get("myself").json()["timeZone"] == "America/New_York"
    site.stage.traps(["profile_zone"], on=False)
    assert site.get("myself").json()["timeZone"] == "UTC"


@pytest.mark.parametrize(
    "trap", ["short_pages", "empty_pages", "duplicate_rows", "lowered_maximum", "index_lag", "deleted_meanwhile"]
)
def test_pages_may_be_odd_and_the_whole_is_there(open_site, trap):
    site = open_site(tickets=150, traps=[trap])
    before = reach(site)
    pages, token, tokens = [], None, []
    while True:
        body = {"jql": ALL, "maxResults": 10} | ({} if token is None else {"nextPageToken": token})
        page = site.post("search/jql", **body).json()
        pages.append(ids(page["issues"]))
        token = page.get("nextPageToken")
        if token is None:
            break
        tokens.append(token)
    seen = [one for page in pages for one in page]
    assert set(seen) >= reach(site)
    assert set(seen) <= before
    assert len(set(tokens)) == len(tokens)
    sizes = [len(page) for page in pages[:-1]]
    if trap in ("short_pages", "lowered_maximum"):
        assert 0 < min(sizes) < max(sizes) == 10
    elif trap == "empty_pages":
        assert {0, 10} == set(sizes)
    elif trap == "duplicate_rows":
        assert 0 < len(seen) - len(set(seen)) < 15
    elif trap == "deleted_meanwhile":
        assert 1 <= len(before - reach(site)) <= 5
        gone = (before - reach(site)).pop()
        assert site.get(f"issue/{gone}").status_code == 404


def test_a_lowered_page_of_a_list_is_echoed(site):
    site.stage.traps(["lowered_maximum"])
    sizes = {
        (page["maxResults"], len(page["values"]))
        for page in (site.get("project/search", maxResults=4).json() for _ in range(40))
    }
    assert sizes == {(4, 4), (2, 2)}


@pytest.mark.parametrize("quiet", [False, True])
def test_an_expired_token_may_be_answered_with_nothing(site, quiet):
    site.stage.traps(["expired_empty", "no_seraph"] if quiet else ["expired_empty"])
    issue = site.stage.new_ticket()
    site.stage.expire(KNOWN.api_token)
    found = site.post("search/jql", jql="project = HELP")
    assert (found.status_code, found.json()) == (200, {"issues": [], "isLast": True})
    assert found.headers.get("x-seraph-loginreason") == (None if quiet else "AUTHENTICATED_FAILED")
    assert "x-aaccountid" not in found.headers
    assert site.get("project/search").json()["total"] == 0
    assert site.get(f"issue/{issue}").status_code == 404
    assert site.get("myself").status_code == 401


def test_an_expired_token_at_a_data_center_finds_nothing(center):
    center.stage.traps(["expired_empty"])
    center.stage.expire(KNOWN.pat)
    assert center.get("search", jql="project = HELP").json()["total"] == 0
    assert center.get("myself").status_code == 401


def test_answers_come_in_the_language_of_the_profile_unless_forced(site):
    site.stage.traps(["foreign_language"])
    issue = site.stage.new_ticket()
    forced = {"X-Force-Accept-Language": "true", "Accept-Language": "en"}
    path = f"rest/api/3/issue/{issue}?expand=names"
    there, here = site.http.get(path).json(), site.http.get(path, headers=forced).json()
    assert there["fields"]["status"]["name"] == "Warten auf Support"
    assert here["fields"]["status"]["name"] == "Waiting for support"
    assert (there["names"]["priority"], here["names"]["priority"]) == ("Priorität", "Priority")
    assert there["fields"]["status"]["id"] == here["fields"]["status"]["id"]
    missing = site.get("issue/HELP-99999").json()["errorMessages"]
    assert missing[0].startswith("Der Vorgang ist nicht vorhanden")


def histories(site):
    return [(one["id"], history) for one in site.stage.truth()["issues"] for history in one["histories"]]


def test_the_past_has_what_the_events_are_named_for(open_site):
    plain, harsh = open_site(tickets=400), open_site(tickets=400, traps=["all"])

    def marks(site) -> dict[str, int]:
        truth = site.stage.truth()
        issues = truth["issues"]
        logs = histories(site)
        moments = [(number, one["created"]) for number, one in logs]
        return {
            "archived": sum(one["presence"] == "archived" for one in issues),
            "deleted_comments": sum(bool(comment["deleted"]) for one in issues for comment in one["comments"]),
            "deleted_issues": sum(one["presence"] == "deleted" for one in issues),
            "deleted_statuses": 14 - len(truth["statuses"]),
            "former_users": sum(one["deleted"] for one in truth["users"]),
            "moves": sum(bool(one["old_keys"]) for one in issues),
            "moved out of reach": sum(one["presence"] == "hidden" for one in issues),
            "no_author": sum(one["author"] is None for _, one in logs),
            "null_priority": sum(one["priority_id"] is None for one in issues),
            "renamed_statuses": sum(bool(one["old_names"]) for one in truth["statuses"]),
            "old names": sum(item["to_string"] == "On hold" for _, one in logs for item in one["items"]),
            "same_field_twice": sum(
                len([item for item in one["items"] if item["field"] == "status"]) > 1 for _, one in logs
            ),
            "same_millisecond": len(moments) - len(set(moments)),
        }

    assert marks(plain) == dict.fromkeys(marks(plain), 0)
    assert {name: count for name, count in marks(harsh).items() if count == 0} == {}


def test_much_happens_in_the_hours_in_which_clocks_are_changed(open_site):
    turn = datetime(2025, 11, 2, 6, tzinfo=UTC)  # New York goes back
    start = datetime(2025, 11, 20, tzinfo=UTC)

    def then(site) -> int:
        low, high = ((turn + timedelta(hours=by)).timestamp() * 1000 for by in (-1, 1))
        return sum(low <= one["created"] <= high for one in site.stage.truth()["issues"])

    usual = open_site(tickets=300, start=start, traps=["profile_zone"])
    odd = open_site(tickets=300, start=start, traps=["profile_zone", "dst"])
    assert then(usual) < 5 < 20 < then(odd)


def test_a_project_may_be_lost_while_people_work(open_site):
    site = open_site(traps=["lost_projects"])
    from connectors.jira.emulator.people import People

    people = People(site.emulator.world)
    for _ in range(3000):
        people.step()
    assert site.get("project/FAC").status_code == 404
    assert site.get("project/HELP").status_code == 200


def test_traps_are_known_by_name_alone(site):
    assert site.stage.traps() == []
    assert site.stage.traps(["all"]) == sorted(TRAPS)
    assert site.stage.traps(["all"], on=False) == []
    with pytest.raises(ValueError, match="traps are all, "):
        site.stage.traps(["nonsense"])


def test_with_all_traps_a_careful_reader_ends_up_with_the_truth(open_site):
    site = open_site(tickets=120, traps=["all"])
    site.stage.advance(300)
    rows = ids(site.found("id > 0 ORDER BY updated ASC", maxResults=20))
    truth = {one["id"]: one for one in site.stage.truth()["issues"] if one["presence"] == "present"}
    assert set(rows) >= set(truth)
    for number in list(truth)[:40]:
        logs, start = [], 0
        while True:
            page = site.get(f"issue/{number}/changelog", startAt=start).json()
            logs += page["values"]
            start += len(page["values"])
            if page["isLast"]:
                break
        assert [int(one["id"]) for one in logs] == [one["id"] for one in truth[number]["histories"]]
        assert [len(one["items"]) for one in logs] == [len(one["items"]) for one in truth[number]["histories"]]
        comments = site.get(f"issue/{number}/comment").json()
        there = [one for one in truth[number]["comments"] if one["deleted"] is None]
        assert comments["total"] == len(there)
        fields = site.get(f"issue/{number}").json()["fields"]
        assert fields["status"]["id"] == str(truth[number]["status_id"])


def test_a_bad_token_is_refused_unless_a_trap_is_on(site):
    answer = httpx.get(f"{site.url}/rest/api/3/search/jql?jql=id>0", auth=(KNOWN.email, "wrong"))
    assert answer.status_code == 401
