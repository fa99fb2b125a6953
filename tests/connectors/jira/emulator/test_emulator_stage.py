import threading

import httpx
import pytest

from connectors.jira.emulator import Emulator


def tell(site, verb: str, **arguments: object) -> httpx.Response:
    return httpx.post(f"{site.url}/_stage/{verb}", json=arguments)


def test_the_stage_hand_can_be_told_over_http(site):
    issue = tell(site, "new_ticket", summary="Over HTTP", priority=1).json()["result"]
    assert tell(site, "move_status", issue=issue, status="In Progress").status_code == 200
    assert tell(site, "traps", names=["short_pages"]).json()["result"] == ["short_pages"]
    assert tell(site, "advance", seconds=60).json()["result"] == "2026-03-04T10:01:00Z"
    fields = site.get(f"issue/{issue}").json()["fields"]
    assert (fields["summary"], fields["status"]["name"]) == ("Over HTTP", "In Progress")
    assert len(httpx.get(f"{site.url}/_stage/truth").json()["issues"]) == 41


def test_what_is_not_there_and_what_cannot_be_are_told_apart(site):
    assert tell(site, "resolve", issue="HELP-99999").status_code == 404
    assert tell(site, "move_status", issue="HELP-1", status="Nonsense").status_code == 404
    assert tell(site, "move", issue="HELP-1", project="HELP").status_code == 400
    assert tell(site, "nonsense").status_code == 404
    assert tell(site, "resolve").status_code == 400


def test_a_resolution_comes_and_goes_with_the_status(site):
    issue = site.stage.new_ticket()
    site.stage.advance(60)
    site.stage.resolve(issue)
    fields = site.get(f"issue/{issue}").json()["fields"]
    assert (fields["resolution"]["name"], fields["resolutiondate"]) == ("Done", "2026-03-04T02:01:00.000-0800")
    assert fields["statuscategorychangedate"] == "2026-03-04T02:01:00.000-0800"
    site.stage.reopen(issue)
    fields = site.get(f"issue/{issue}").json()["fields"]
    assert (fields["resolution"], fields["resolutiondate"], fields["status"]["name"]) == (None, None, "Reopened")


def test_a_save_that_changes_nothing_is_none(site):
    issue = site.stage.new_ticket(priority=3)
    site.stage.advance(60)
    site.stage.set_priority(issue, 3)
    assert site.get(f"issue/{issue}/changelog").json()["total"] == 0
    assert site.get(f"issue/{issue}").json()["fields"]["updated"] == "2026-03-04T02:00:00.000-0800"


def test_listeners_are_told_of_every_change_after_it_was_made(site):
    told = []
    site.emulator.world.listeners.append(lambda one: told.append((one.kind, one.issue.summary)))
    issue = site.stage.new_ticket("a")
    site.stage.edit(issue, {"summary": "b"})
    comment = site.stage.reply(issue)
    site.stage.edit_comment(comment, "c")
    site.stage.delete_comment(comment)
    site.stage.move(issue, "FAC")
    site.stage.delete(issue)
    assert told == [
        ("created", "a"),
        ("updated", "b"),
        ("commented", "b"),
        ("comment_changed", "b"),
        ("comment_deleted", "b"),
        ("updated", "b"),
        ("deleted", "b"),
    ]


def test_calls_are_counted_by_endpoint_and_reading_posts_are_no_writes(site):
    site.stage.forget_calls()
    site.get("issue/HELP-1")
    site.get("issue/100001")
    site.post("search/jql", jql="id > 0")
    site.post("changelog/bulkfetch", issueIdsOrKeys=["100001"])
    assert site.http.put("rest/api/3/nonsense", json={}).status_code == 404
    written = site.stage.writes()
    assert written["calls"] == {
        "GET /rest/api/3/issue/{id}": 2,
        "POST /rest/api/3/search/jql": 1,
        "POST /rest/api/3/changelog/bulkfetch": 1,
        "PUT /rest/api/3/nonsense": 1,
    }
    assert written["count"] == 1


def test_the_next_calls_can_be_spoilt(site):
    site.stage.fail("search", status=503, headers={"Retry-After": "1"})
    assert site.http.get("rest/api/3/search/jql?jql=id>0").status_code == 503
    assert site.http.get("rest/api/3/search/jql?jql=id>0").status_code == 200
    site.stage.fail("myself", "reset")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{site.url}/rest/api/3/myself")


def test_credentials_can_be_turned_away_for_a_while(site):
    site.stage.revoke()
    assert site.get("myself").status_code == 401
    site.stage.allow()
    assert site.get("myself").status_code == 200


def test_people_keep_working_until_sent_home(site):
    ten, told = threading.Event(), []

    def count(happening: object) -> None:
        told.append(happening)
        if len(told) == 10:
            ten.set()

    site.emulator.world.listeners.append(count)
    site.stage.people(6000)
    assert ten.wait(60)
    site.stage.people(0)
    assert not any(thread.name == "people" for thread in threading.enumerate())


def test_people_with_all_traps_never_stumble():
    from connectors.jira.emulator.people import People

    emulator = Emulator(seed=3, tickets=100, traps=["all"])
    people = People(emulator.world)
    for _ in range(2000):
        emulator.stage.advance(30)
        people.step()
    assert {one["presence"] for one in emulator.stage.truth()["issues"]} == {"present", "deleted", "hidden", "archived"}
