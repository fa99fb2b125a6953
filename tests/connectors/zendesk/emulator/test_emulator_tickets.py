from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.zendesk.emulator import KNOWN, Emulator, Stage


@pytest.fixture
def fields(emulator: Emulator) -> dict[str, int]:
    return emulator.field_ids()


def put(http: httpx.Client, ticket: int, **change: Any) -> httpx.Response:
    return http.put(f"tickets/{ticket}.json", json={"ticket": change})


def value_of(document: dict[str, Any], field: int) -> Any:
    return next(one["value"] for one in document["custom_fields"] if one["id"] == field)


def audits_of(http: httpx.Client, ticket: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"tickets/{ticket}/audits.json").json()["audits"]
    return found


def changes_in(audit: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        line["field_name"]: (line["previous_value"], line["value"])
        for line in audit["events"]
        if line["type"] == "Change"
    }


def test_a_write_changes_the_ticket_and_makes_an_audit(
    http: httpx.Client, stage: Stage, fields: dict[str, int]
) -> None:
    ticket = stage.new_ticket()
    before = http.get(f"tickets/{ticket}").json()["ticket"]
    stage.advance(10)
    body = put(
        http,
        ticket,
        custom_fields=[
            {"id": fields["due"], "value": "2026-03-04T16:30:00Z"},
            {"id": fields["state"], "value": "sla_at_risk"},
        ],
        comment={"body": "At risk.", "public": False},
    ).json()
    assert body["ticket"]["updated_at"] > before["updated_at"]
    assert body["ticket"]["generated_timestamp"] == 0
    assert value_of(body["ticket"], fields["due"]) == "2026-03-04T16:30:00Z"
    assert body["ticket"]["fields"] == body["ticket"]["custom_fields"]
    assert "sla_at_risk" in body["ticket"]["tags"]
    assert changes_in(body["audit"])[str(fields["state"])] == (None, "sla_at_risk")
    assert "tags" in changes_in(body["audit"])
    assert body["audit"] == audits_of(http, ticket)[-1]
    assert body["audit"]["via"]["channel"] == "api"


def test_a_save_without_change_shows_an_older_audit(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket(priority="high")
    before = http.get(f"tickets/{ticket}").json()["ticket"]
    stage.advance(10)
    answer = put(http, ticket, priority="high")
    assert answer.status_code == 200
    assert answer.json()["audit"]["id"] == audits_of(http, ticket)[0]["id"]
    assert http.get(f"tickets/{ticket}").json()["ticket"] == before


def test_an_unknown_dropdown_value_is_dropped_without_a_word(
    http: httpx.Client, stage: Stage, fields: dict[str, int]
) -> None:
    ticket = stage.new_ticket()
    put(http, ticket, custom_fields=[{"id": fields["state"], "value": "sla_on_track"}])
    count = len(audits_of(http, ticket))
    answer = put(http, ticket, custom_fields=[{"id": fields["state"], "value": "on track"}])
    assert answer.status_code == 200
    assert value_of(answer.json()["ticket"], fields["state"]) == "sla_on_track"
    assert len(audits_of(http, ticket)) == count


def test_a_closed_ticket_refuses_every_change(http: httpx.Client, stage: Stage, fields: dict[str, int]) -> None:
    ticket = stage.new_ticket()
    stage.close(ticket)
    for change in ({"priority": "low"}, {"tags": ["x"]}, {"custom_fields": [{"id": fields["due"], "value": "x"}]}):
        answer = put(http, ticket, **change)
        assert answer.status_code == 422
        details = {"status": [{"description": "Status: closed prevents ticket update"}]}
        assert answer.json() == {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": details,
        }
    assert http.put(f"tickets/{ticket}/tags", json={"tags": ["x"]}).status_code == 422


def test_keys_that_are_not_taken_are_named_in_a_header(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    answer = put(http, ticket, id=ticket, priority="low")
    assert '"id"' in answer.headers["x-zendesk-api-warn"]
    assert answer.json()["ticket"]["priority"] == "low"


@pytest.mark.parametrize("day", ["20260511", "2026-W20-1", 20260511, "2026-05-11T00:00:00Z", "2026-02-30"])
def test_a_date_field_takes_a_day_written_one_way(
    http: httpx.Client, stage: Stage, emulator: Emulator, day: object
) -> None:
    field = emulator.world.field_of("Delivery date").id
    ticket = stage.new_ticket()
    assert put(http, ticket, custom_fields=[{"id": field, "value": "2026-05-11"}]).status_code == 200
    refused = put(http, ticket, custom_fields=[{"id": field, "value": day}])
    assert refused.status_code == 422
    assert "is not properly formatted" in refused.text


def test_a_safe_update_with_an_old_stamp_conflicts(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stamp = http.get(f"tickets/{ticket}").json()["ticket"]["updated_at"]
    stage.advance(5)
    stage.note(ticket)
    conflict = put(http, ticket, safe_update=True, updated_stamp=stamp, priority="high")
    assert (conflict.status_code, conflict.json()["error"]) == (409, "UpdateConflict")
    stamp = http.get(f"tickets/{ticket}").json()["ticket"]["updated_at"]
    stage.advance(5)
    stage.system_update(ticket)
    assert put(http, ticket, safe_update=True, updated_stamp=stamp, priority="high").status_code == 200
    assert put(http, ticket, safe_update=True, priority="low").status_code == 422


def test_removing_a_dropdowns_tag_clears_the_dropdown(http: httpx.Client, stage: Stage, fields: dict[str, int]) -> None:
    ticket = stage.new_ticket(tags=["other"])
    put(http, ticket, custom_fields=[{"id": fields["state"], "value": "sla_met"}])
    http.request("DELETE", f"tickets/{ticket}/tags", json={"tags": ["sla_met"]})
    after = http.get(f"tickets/{ticket}").json()["ticket"]
    assert value_of(after, fields["state"]) is None
    assert after["tags"] == ["other"]


def test_replacing_the_tags_wipes_dropdowns_and_adding_one_sets_them(
    http: httpx.Client, stage: Stage, fields: dict[str, int]
) -> None:
    ticket = stage.new_ticket()
    put(http, ticket, custom_fields=[{"id": fields["state"], "value": "sla_met"}])
    assert http.post(f"tickets/{ticket}/tags", json={"tags": ["Alone Again"]}).json() == {"tags": ["alone_again"]}
    assert value_of(http.get(f"tickets/{ticket}").json()["ticket"], fields["state"]) is None
    http.put(f"tickets/{ticket}/tags", json={"tags": ["sla_paused"]})
    assert value_of(http.get(f"tickets/{ticket}").json()["ticket"], fields["state"]) == "sla_paused"
    put(http, ticket, custom_fields=[{"id": fields["state"], "value": "sla_breached"}])
    assert http.get(f"tickets/{ticket}/tags").json()["tags"] == ["alone_again", "sla_breached"]


def test_malformed_dates_and_unknown_words_are_refused(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    date = next(one["id"] for one in http.get("ticket_fields").json()["ticket_fields"] if one["type"] == "date")
    answer = put(http, ticket, custom_fields=[{"id": date, "value": "2026-05-11T16:30:00Z"}])
    assert answer.status_code == 422
    line = answer.json()["details"]["base"][0]
    assert (line["ticket_field_id"], line["ticket_field_type"]) == (date, "FieldDate")
    assert put(http, ticket, custom_fields=[{"id": date, "value": "2026-05-11"}]).status_code == 200
    assert put(http, ticket, priority="highest").json()["details"].keys() == {"priority"}
    assert put(http, ticket, assignee_id=1).status_code == 422


def test_status_and_custom_status_are_two_lines_and_one_category_gives_one(http: httpx.Client, stage: Stage) -> None:
    statuses = http.get("custom_statuses").json()["custom_statuses"]
    ids = {one["agent_label"]: str(one["id"]) for one in statuses}
    ticket = stage.new_ticket()
    stage.status(ticket, "pending")
    assert changes_in(audits_of(http, ticket)[-1]) == {
        "status": ("new", "pending"),
        "custom_status_id": (ids["New"], ids["Pending"]),
    }
    stage.status(ticket, "Waiting for customer info")
    assert changes_in(audits_of(http, ticket)[-1]) == {
        "custom_status_id": (ids["Pending"], ids["Waiting for customer info"])
    }


def test_assigning_a_new_ticket_opens_it(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.assign(ticket, "agent")
    after = http.get(f"tickets/{ticket}").json()["ticket"]
    assert after["status"] == "open"
    assert after["group_id"] is not None
    line = next(one for one in audits_of(http, ticket)[-1]["events"] if one.get("field_name") == "assignee_id")
    assert line["value"] == str(after["assignee_id"])


@pytest.mark.parametrize("status", ["pending", "hold", "solved"])
def test_a_customers_reply_reopens_in_the_same_audit(http: httpx.Client, stage: Stage, status: str) -> None:
    ticket = stage.new_ticket()
    stage.status(ticket, status)
    stage.reply(ticket, by="customer", body="No.")
    audit = audits_of(http, ticket)[-1]
    assert [line["type"] for line in audit["events"]][:2] == ["Comment", "Change"]
    assert changes_in(audit)["status"] == (status, "open")


def test_a_customers_reply_to_a_closed_ticket_is_a_follow_up(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.close(ticket)
    follow_up = stage.reply(ticket, by="customer")
    assert follow_up != ticket
    assert http.get(f"tickets/{follow_up}").json()["ticket"]["via"]["source"]["rel"] == "follow_up"
    assert http.get(f"tickets/{ticket}").json()["ticket"]["followup_ids"] == [follow_up]


def test_a_comment_without_public_is_as_the_first_one(http: httpx.Client, stage: Stage) -> None:
    for public in (True, False):
        ticket = stage.new_ticket(by="agent", public=public)
        line = put(http, ticket, comment={"body": "x"}).json()["audit"]["events"][0]
        assert line["public"] is public
    assert http.get(f"tickets/{ticket}").json()["ticket"]["is_public"] is False
    put(http, ticket, comment={"body": "now public", "public": True})
    assert http.get(f"tickets/{ticket}").json()["ticket"]["is_public"] is True
    assert put(http, ticket, comment={"body": "x"}).json()["audit"]["events"][0]["public"] is False


def test_a_light_agent_comments_privately_alone(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.edit(ticket, {"comment": {"body": "x", "public": True}}, by="light@example.test")
    assert http.get(f"tickets/{ticket}/comments").json()["comments"][-1]["public"] is False


def test_a_triggers_effects_stand_in_the_audit_that_fired_it(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket(priority="urgent")
    audit = audits_of(http, ticket)[0]
    lines = [line for line in audit["events"] if line["type"] == "Change"]
    assert {line["field_name"] for line in lines} == {"group_id", "tags"}
    assert {line["via"]["source"]["rel"] for line in lines} == {"trigger"}
    assert audit["events"][-1]["type"] == "Notification"
    assert audit["events"][-1]["recipients"] == [audit["author_id"]]


def test_a_trigger_raises_the_priority_of_a_vip_customers_ticket(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()  # the known customer belongs to an organisation with the tag vip
    assert http.get(f"tickets/{ticket}").json()["ticket"]["priority"] == "high"
    lines = [line for line in audits_of(http, ticket)[0]["events"] if line.get("field_name") == "priority"]
    assert [(line["type"], line["value"]) for line in lines] == [("Create", None), ("Change", "high")]
    assert lines[1]["via"]["source"]["from"]["title"] == "Raise priority for VIP customers"


def test_solved_tickets_are_closed_by_the_system_after_four_days(http: httpx.Client, stage: Stage) -> None:
    ticket, reopened = stage.new_ticket(), stage.new_ticket()
    stage.solve(ticket)
    stage.solve(reopened)
    stage.advance(86400)
    stage.reopen(reopened)
    stage.advance(3 * 86400 + 7200)
    assert http.get(f"tickets/{ticket}").json()["ticket"]["status"] == "closed"
    assert http.get(f"tickets/{reopened}").json()["ticket"]["status"] == "open"
    audit = audits_of(http, ticket)[-1]
    assert (audit["author_id"], audit["via"]["source"]["rel"]) == (-1, "automation")
    assert audit["created_at"] < stage.now()
    assert changes_in(audit) == {"status": ("solved", "closed")}


def test_merging_closes_the_source_and_tells_both(http: httpx.Client, stage: Stage) -> None:
    source, target = stage.new_ticket(), stage.new_ticket()
    stage.merge(source, into=target)
    ticket = http.get(f"tickets/{source}").json()["ticket"]
    assert ticket["status"] == "closed"
    assert "closed_by_merge" in ticket["tags"]
    comment = http.get(f"tickets/{target}/comments").json()["comments"][-1]
    assert comment["via"]["source"] == {"from": {"ticket_ids": [source]}, "to": {}, "rel": "merge"}


def test_a_deleted_ticket_comes_back_as_it_was(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.status(ticket, "Waiting on vendor")
    before = http.get(f"tickets/{ticket}").json()["ticket"]
    assert http.delete(f"tickets/{ticket}").status_code == 204
    assert put(http, ticket, priority="low").status_code == 404
    assert http.put(f"deleted_tickets/{ticket}/restore").status_code == 200
    after = http.get(f"tickets/{ticket}").json()["ticket"]
    assert (after["status"], after["custom_status_id"]) == (before["status"], before["custom_status_id"])
    assert changes_in(audits_of(http, ticket)[-1]) == {"status": ("deleted", "hold")}


def test_a_scrubbed_ticket_keeps_nothing(stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.delete(ticket)
    stage.scrub(ticket)
    left = next(one["ticket"] for one in stage.truth()["tickets"] if one["ticket"]["id"] == ticket)
    assert (left["subject"], left["requester_id"], left["status"]) == ("SCRUBBED", None, "deleted")


def test_a_create_with_an_idempotency_key_makes_one_ticket(http: httpx.Client) -> None:
    body = {"ticket": {"subject": "New", "comment": {"body": "Hello", "public": False}, "priority": "low"}}
    first, second = (http.post("tickets", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status_code, first.headers["x-idempotency-lookup"]) == (201, "miss")
    assert second.headers["x-idempotency-lookup"] == "hit"
    assert first.json()["ticket"]["id"] == second.json()["ticket"]["id"]
    assert first.headers["location"].endswith(f"/tickets/{first.json()['ticket']['id']}.json")
    assert http.post("tickets", json={"ticket": {"subject": "Empty"}}).status_code == 422


def test_fields_are_created_changed_and_deleted(http: httpx.Client, stage: Stage) -> None:
    lacking = http.post("ticket_fields", json={"ticket_field": {"type": "tagger", "title": "Empty"}})
    assert (lacking.status_code, lacking.json()["details"]["field_options"][0]["error"]) == (422, "EmptyValue")
    options = [{"name": "One", "value": "opt_one"}]
    body = {"ticket_field": {"type": "tagger", "title": "Mine", "custom_field_options": options}}
    made = http.post("ticket_fields", json=body)
    assert made.status_code == 201
    number = made.json()["ticket_field"]["id"]
    assert http.post("ticket_fields", json=body).status_code == 422, "an option's tag is unique in the account"
    assert http.get(f"ticket_fields/{number}/options").json()["count"] == 1
    ticket = stage.new_ticket()
    assert (
        value_of(put(http, ticket, custom_fields=[{"id": number, "value": "opt_one"}]).json()["ticket"], number)
        == "opt_one"
    )
    assert http.delete(f"ticket_fields/{number}").status_code == 204
    assert number not in {one["id"] for one in http.get(f"tickets/{ticket}").json()["ticket"]["custom_fields"]}


def test_the_hubs_fields_are_there_with_their_options(http: httpx.Client, fields: dict[str, int]) -> None:
    found = {one["id"]: one for one in http.get("ticket_fields.json").json()["ticket_fields"]}
    assert {slot: (found[number]["title"], found[number]["type"]) for slot, number in fields.items()} == {
        "due": ("SLA due", "text"),
        "state": ("SLA state", "tagger"),
        "metric": ("SLA metric", "text"),
        "policy": ("SLA policy", "text"),
        "breached_at": ("SLA breached at", "text"),
    }
    assert {one["name"]: one["value"] for one in found[fields["state"]]["custom_field_options"]} == {
        "on track": "sla_on_track",
        "at risk": "sla_at_risk",
        "breached": "sla_breached",
        "paused": "sla_paused",
        "met": "sla_met",
        "missed": "sla_missed",
        "none": "sla_none",
        "unknown": "sla_unknown",
    }


def test_a_restricted_agent_sees_the_tickets_of_some_groups_and_no_others(
    url: str, http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    groups = sorted(emulator.world.groups)
    mine, other, gone, view = (
        stage.new_ticket(),
        stage.new_ticket(),
        stage.new_ticket(),
        next(iter(emulator.world.views)),
    )
    for ticket, group in ((mine, groups[0]), (other, groups[1]), (gone, groups[1])):
        stage.edit(ticket, {"group_id": group})
    stage.delete(gone)
    stage.advance(300)
    stage.restrict("agent", [groups[0]])
    email, token = KNOWN.agent
    with open_client(f"{url}/api/v2/", auth=httpx.BasicAuth(f"{email}/token", token)) as agent:

        def seen(client: httpx.Client, path: str, rows: str, **params: str) -> set[int]:
            return {row["id"] for row in client.get(path, params=params).json()[rows]}

        for path, rows, params in (
            ("tickets.json", "tickets", {"page[size]": "100"}),
            ("tickets/show_many.json", "tickets", {"ids": f"{mine},{other},{gone}"}),
            ("search/export.json", "results", {"query": "type:ticket", "page[size]": "1000"}),
            (f"views/{view}/tickets.json", "tickets", {}),
        ):
            assert {mine, other} <= seen(http, path, rows, **params) or path.startswith("views")
            assert {mine, other, gone} & seen(agent, path, rows, **params) <= {mine}
        assert mine in seen(agent, "search/export.json", "results", query="type:ticket")
        assert gone in seen(http, "deleted_tickets.json", "deleted_tickets")
        assert gone not in seen(agent, "deleted_tickets.json", "deleted_tickets")
        paths = (
            f"tickets/{mine}.json",
            f"tickets/{other}.json",
            f"tickets/{other}/audits.json",
            f"tickets/{gone}.json",
        )
        assert [agent.get(each).status_code for each in paths] == [200, 403, 403, 404]
        assert put(agent, other, priority="low").status_code == 403
        total = http.get("tickets/count.json").json()["count"]["value"]
        assert agent.get("tickets/count.json").json()["count"]["value"] < total
        stage.restrict("agent", None)
        assert agent.get(f"tickets/{other}.json").status_code == 200
