"""What an account promises, shows and may lack."""

from typing import Any

import httpx
import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, Stage

FORBIDDEN = {
    "error": {
        "title": "Forbidden",
        "message": "You do not have access to this page. Please contact the account owner of this help desk for "
        "further help.",
    }
}


def test_policies_are_in_minutes_and_group_policies_in_seconds(http: httpx.Client) -> None:
    body = http.get("slas/policies.json").json()
    assert [one["position"] for one in body["sla_policies"]] == [1, 2, 3]
    assert (body["count"], body["next_page"]) == (3, None)
    target = next(one for one in body["sla_policies"][2]["policy_metrics"] if one["priority"] == "urgent")
    assert target == {
        "priority": "urgent",
        "target": 60,
        "target_in_seconds": 3600,
        "business_hours": False,
        "metric": "first_reply_time",
    }
    (group,) = http.get("group_slas/policies").json()["group_sla_policies"]
    assert isinstance(group["id"], str)
    assert group["policy_metrics"][0]["target"] == 14400
    one = body["sla_policies"][0]
    assert http.get(f"slas/policies/{one['id']}").json()["sla_policy"] == one
    assert http.get("slas/policies/1").status_code == 404


def test_schedules_count_minutes_from_sunday_in_zones_of_either_name(http: httpx.Client, stage: Stage) -> None:
    body = http.get("business_hours/schedules").json()
    assert [one["time_zone"] for one in body["schedules"]] == ["Berlin", "Eastern Time (US & Canada)"]
    assert body["schedules"][0]["intervals"][0] == {"start_time": 1440 + 540, "end_time": 1440 + 1020}
    number = body["schedules"][0]["id"]
    holidays = http.get(f"business_hours/schedules/{number}/holidays.json").json()["holidays"]
    assert {"name": "Christmas", "start_date": "2026-12-24", "end_date": "2026-12-26"}.items() <= holidays[-1].items()
    stage.zone_names("iana")
    assert http.get(f"business_hours/schedules/{number}").json()["schedule"]["time_zone"] == "Europe/Berlin"
    assert http.get("business_hours/schedules/5/holidays").status_code == 404


@pytest.mark.parametrize(
    ("feature", "path"),
    [
        ("slas", "slas/policies"),
        ("group_slas", "group_slas/policies"),
        ("schedules", "business_hours/schedules"),
        ("satisfaction", "satisfaction_ratings"),
        ("exports", "incremental/tickets/cursor?start_time=0"),
        ("exports", "incremental/ticket_metric_events?start_time=0"),
        ("exports", "incremental/users?start_time=0"),
    ],
)
def test_what_the_account_lacks_is_forbidden_until_it_has_it(
    http: httpx.Client, stage: Stage, feature: str, path: str
) -> None:
    stage.features(**{feature: False})
    refused = http.get(path)
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    assert http.get("tickets").status_code == 200
    stage.features(**{feature: True})
    assert http.get(path).status_code == 200


def test_promises_are_for_administrators(url: str) -> None:
    agent = (f"{KNOWN.agent[0]}/token", KNOWN.agent[1])
    for path in ("slas/policies", "business_hours/schedules", "satisfaction_ratings", "ticket_audits"):
        assert httpx.get(f"{url}/api/v2/{path}", auth=agent).json() == FORBIDDEN
    assert httpx.get(f"{url}/api/v2/views", auth=agent).status_code == 200


def test_an_account_can_begin_without_features_and_as_a_sandbox() -> None:
    emulator = Emulator(tickets=0, lacks=("exports", "slas"), sandbox=True)
    assert emulator.world.lacks == {"exports", "slas"}
    assert emulator.world.sandbox
    with pytest.raises(ValueError, match="features are"):
        emulator.stage.features(moon=False)


def test_closed_tickets_are_archived_later_and_sooner_in_a_sandbox(http: httpx.Client, stage: Stage) -> None:
    stage.limits(on=False, sandbox=True)
    ticket = stage.new_ticket()
    stage.close(ticket)
    stage.advance(61)
    before = exported(http, ticket)
    stage.advance(3 * 86400)
    listed = http.get("tickets", params={"page[size]": 100, "sort": "-id"}).json()["tickets"]
    assert ticket not in {one["id"] for one in listed}
    assert http.get(f"tickets/{ticket}").json()["ticket"]["status"] == "closed"
    found = http.get("search/export", params={"query": "type:ticket", "filter[type]": "ticket", "page[size]": 1000})
    assert ticket in {one["id"] for one in found.json()["results"]}
    after = exported(http, ticket)
    assert (after["updated_at"], after["generated_timestamp"] > before["generated_timestamp"]) == (
        before["updated_at"],
        True,
    )
    assert ticket not in {one["ticket_id"] for one in http.get("ticket_audits").json()["audits"]}
    (told,) = (one for one in stage.truth()["tickets"] if one["ticket"]["id"] == ticket)
    assert told["presence"] == "archived"


def exported(http: httpx.Client, ticket: int) -> dict[str, Any]:
    rows = http.get("incremental/tickets/cursor", params={"start_time": 0}).json()["tickets"]
    (found,) = (one for one in rows if one["id"] == ticket)
    return dict(found)


def test_ratings_change_and_are_found_by_their_last_change(http: httpx.Client, stage: Stage) -> None:
    ticket, other = stage.new_ticket(), stage.new_ticket()
    stage.rate(ticket, "bad", "Too slow")
    stage.advance(3600)
    stage.rate(ticket, "good")
    stage.rate(other, "bad")
    now = stage.now()

    def found(**params: object) -> set[int]:
        rows = http.get("satisfaction_ratings", params={"page[size]": 100, **params}).json()["satisfaction_ratings"]
        return {one["ticket_id"] for one in rows if one["ticket_id"] in (ticket, other)}

    start = 1772618400 + 3600
    assert found(start_time=start) == {ticket, other}
    assert found(end_time=start - 1) == set()
    assert found(score="good") == {ticket}
    assert found(score="received") == {ticket, other}
    assert found(score="bad_with_comment") == set()
    rating = http.get(f"tickets/{ticket}").json()["ticket"]["satisfaction_rating"]
    assert rating["score"] == "good"
    rows = http.get("satisfaction_ratings?score=good").json()["satisfaction_ratings"]
    row = next(one for one in rows if one["id"] == rating["id"])
    assert (row["created_at"], row["updated_at"]) == ("2026-03-04T10:00:00Z", now)
    assert http.get("satisfaction_ratings?score=lovely").status_code == 400


def test_suspended_mails_are_no_tickets_until_recovered(http: httpx.Client, emulator: Emulator) -> None:
    body = http.get("suspended_tickets", params={"page[size]": 2}).json()
    assert (len(body["suspended_tickets"]), body["meta"]["has_more"]) == (2, True)
    count = len(emulator.world.tickets)
    mail = body["suspended_tickets"][0]
    (ticket,) = http.put(f"suspended_tickets/{mail['id']}/recover").json()["ticket"]
    assert (ticket["subject"], len(emulator.world.tickets)) == (mail["subject"], count + 1)
    assert http.put(f"suspended_tickets/{mail['id']}/recover").status_code == 404


def test_people_and_organisations_are_found_by_role_and_name(http: httpx.Client) -> None:
    people = http.get("users", params={"role[]": ["agent", "admin"], "page[size]": 100}).json()["users"]
    assert {one["role"] for one in people} == {"agent", "admin"}
    assert {one["role"] for one in http.get("users?role=end-user").json()["users"]} == {"end-user"}
    assert http.get("users?role=king").status_code == 422
    name = "Customer 0004 Ltd"
    for path, word in (("search", name.upper()), ("autocomplete", "customer 0004")):
        (found,) = http.get(f"organizations/{path}", params={"name": word}).json()["organizations"]
        assert found["name"] == name
    assert http.get("organizations/search?name=Customer").json()["organizations"] == []
    assert http.get("organizations/search").status_code == 400
    (found,) = http.get("organizations/search?external_id=ORG-3").json()["organizations"]
    assert found["external_id"] == "org-3"


def test_memberships_name_each_agents_groups(http: httpx.Client, emulator: Emulator) -> None:
    rows = http.get("group_memberships", params={"page[size]": 100}).json()["group_memberships"]
    staff = {one.id for one in emulator.world.people.values() if one.is_staff}
    assert {one["user_id"] for one in rows} == staff
    assert len({one["id"] for one in rows}) == len(rows) > len(staff)
    mine = http.get("group_memberships", params={"user_id": rows[0]["user_id"]}).json()["group_memberships"]
    assert {one["user_id"] for one in mine} == {rows[0]["user_id"]}


def test_the_settings_tell_what_is_switched_on(http: httpx.Client, stage: Stage) -> None:
    stage.features(schedules=False)
    settings = http.get("account/settings.json").json()["settings"]
    assert settings["active_features"]["business_hours"] is False
    assert settings["tickets"]["status_hold"] is True


def test_all_audits_come_newest_first_and_lead_back_to_the_first(http: httpx.Client, emulator: Emulator) -> None:
    seen: list[int] = []
    page = http.get("ticket_audits", params={"limit": 50}).json()
    newest = page["after_cursor"]
    while True:
        seen += [one["id"] for one in page["audits"]]
        if "before_cursor" not in page:
            break
        page = http.get(page["before_url"]).json()
    there = {one.id for one in emulator.world.tickets.values() if one.status != "deleted" and not one.archived}
    assert seen == sorted((one.id for one in emulator.world.audits if one.ticket_id in there), reverse=True)
    assert http.get("ticket_audits", params={"cursor": newest}).json()["audits"] == []
    assert http.get("ticket_audits", params={"cursor": "no"}).status_code == 400
