"""Writes over REST: what is stored, what is dropped without a word, what is refused, what follows from it."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.servicenow.emulator import KNOWN, Stage

OURS = "sys_id,sys_updated_on,sys_updated_by,sys_mod_count,u_sla_due,u_sla_state,u_sla_metric,u_sla_policy"


@pytest.fixture
def site(open_site: Any) -> Any:
    return open_site(tickets=0)


@pytest.fixture
def ticket(stage: Stage) -> str:
    found = stage.new_ticket("Checkout terminals lose the network")
    stage.start_work(found)
    stage.advance(60)
    return found


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_our_write_moves_stamps_and_leaves_no_audit(site: Any, samples: Path, ticket: str) -> None:
    sent = read(samples / "patch_request.json")
    before = site.history(ticket)
    found = site.patch("incident", ticket, sent["body"], sysparm_fields=OURS).json()["result"]
    wanted = read(samples / "patch_response.json")["result"]
    assert list(found) == list(wanted)
    assert {name: found[name] for name in sent["body"]} == sent["body"]
    assert (found["sys_updated_by"], found["sys_mod_count"]) == (KNOWN.user, "2")
    assert found["sys_updated_on"] == "2026-03-04 10:01:00"
    assert site.history(ticket) == before


def test_a_write_that_changes_nothing_is_no_update(site: Any, ticket: str) -> None:
    first = site.patch("incident", ticket, {"u_sla_metric": "resolution"}).json()["result"]
    site.stage.advance(60)
    again = site.patch("incident", ticket, {"u_sla_metric": "resolution"}).json()["result"]
    assert (again["sys_mod_count"], again["sys_updated_on"]) == (first["sys_mod_count"], first["sys_updated_on"])


def test_what_does_not_fit_is_dropped_or_emptied_with_success(site: Any, stage: Stage, ticket: str) -> None:
    def after(body: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = site.patch("incident", ticket, body, **more)
        assert answer.status_code == 200
        return answer.json()["result"]

    assert "u_no_such" not in after({"u_no_such": "x", "u_sla_metric": "resolution"})
    assert after({"u_sla_state": "on_track"})["u_sla_state"] == "on_track"
    assert after({"u_sla_state": ""})["u_sla_state"] == "on_track"
    assert after({"u_sla_state": "nearly late"})["u_sla_state"] == ""
    assert after({"u_sla_policy": "x" * 200})["u_sla_policy"] == "x" * 100
    assert after({"u_sla_due": "2026-03-10T09:20:00Z"})["u_sla_due"] == ""
    assert after({"u_sla_due": "2026-03-10 09:20:00"})["u_sla_due"] == "2026-03-10 09:20:00"
    assert after({"u_sla_due": ""})["u_sla_due"] == ""
    assert after({"sys_updated_by": "me", "sys_mod_count": "99"})["sys_updated_by"] != "me"
    stage.deny("task", "u_sla_metric", "write")
    assert after({"u_sla_metric": "other"})["u_sla_metric"] == "resolution"
    stage.overrule("u_sla_policy")
    assert after({"u_sla_policy": "other"})["u_sla_policy"] == "x" * 100
    stage.deny("task", "u_sla_due")
    assert "u_sla_due" not in after({"u_sla_due": "2026-03-10 09:20:00"})


def test_display_values_are_taken_where_asked_for(site: Any, stage: Stage, ticket: str) -> None:
    stage.profile(zone="Europe/Berlin")
    body = {"u_sla_due": "2026-03-10 10:20:00", "u_sla_state": "On track", "assigned_to": "Ben Birch"}
    found = site.patch("incident", ticket, body, sysparm_input_display_value="true").json()["result"]
    assert (found["u_sla_due"], found["u_sla_state"]) == ("2026-03-10 09:20:00", "on_track")
    assert found["assigned_to"] == site.emulator.world.user_ids["ben.birch"]


def test_put_is_a_patch_and_no_body_can_be_asked_for(site: Any, http: httpx.Client, ticket: str) -> None:
    found = http.put(f"api/now/v2/table/incident/{ticket}", json={"u_sla_metric": "x"}).json()["result"]
    assert found["short_description"] == "Checkout terminals lose the network"
    quiet = {"X-no-response-body": "true"}
    answer = http.patch(f"api/now/v2/table/incident/{ticket}", json={"u_sla_metric": "y"}, headers=quiet)
    assert (answer.status_code, answer.content) == (204, b"")
    assert site.one("incident", ticket)["u_sla_metric"] == "y"


def test_a_record_is_made_from_the_first_of_a_list(site: Any, http: httpx.Client) -> None:
    body = [{"short_description": "One", "impact": 1, "urgency": 1}, {"short_description": "Two"}]
    answer = http.post("api/now/v2/table/incident", json=body)
    made = answer.json()["result"]
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{site.url}/api/now/v2/table/incident/{made['sys_id']}"
    assert (made["priority"], made["sys_created_by"], made["number"][:3]) == ("1", KNOWN.user, "INC")
    assert len(site.rows("incident")) == 1
    again = http.post("api/now/v2/table/incident", json={"sys_id": made["sys_id"]})
    assert again.status_code == 403


def test_refusals_are_worded_as_in_the_samples(
    site: Any, samples: Path, stage: Stage, ticket: str, reader: httpx.Client
) -> None:
    denied = read(samples / "error_403_write_acl.json")
    body = {"u_sla_metric": "x"}
    assert reader.patch(f"api/now/v2/table/incident/{ticket}", json=body).json() == denied
    stage.lock(ticket)
    answer = site.patch("incident", ticket, body)
    assert (answer.status_code, answer.json()) == (403, denied)
    stage.lock(ticket, on=False)
    stage.lock(ticket, "rule")
    assert "Error during update" in site.patch("incident", ticket, body).json()["error"]["detail"]
    stage.lock(ticket, "rule", on=False)
    policy = site.patch("incident", ticket, {"state": "6", "close_notes": "Done."})
    assert (policy.status_code, policy.json()) == (403, read(samples / "error_403_data_policy.json"))
    missing = site.patch("incident", "0" * 32, body)
    assert (missing.status_code, missing.json()) == (404, read(samples / "error_404.json"))


def test_a_closed_incident_is_read_only(site: Any, stage: Stage, ticket: str) -> None:
    stage.resolve(ticket)
    assert site.patch("incident", ticket, {"u_sla_metric": "x"}).status_code == 200
    stage.close(ticket)
    assert site.patch("incident", ticket, {"u_sla_metric": "y"}).status_code == 403


@pytest.mark.parametrize("table", ["problem", "change_request"])
def test_state_models_refuse_states_over_rest(site: Any, stage: Stage, table: str) -> None:
    ticket = stage.new_ticket(table=table)
    assert site.patch(table, ticket, {"state": "3"}).status_code == 403
    assert site.patch(table, ticket, {"u_sla_metric": "x"}).status_code == 200


def test_a_rule_may_change_a_ticket_after_our_write(site: Any, stage: Stage, ticket: str) -> None:
    stage.traps(["async_rules"])
    count = int(site.patch("incident", ticket, {"u_sla_metric": "x"}).json()["result"]["sys_mod_count"])
    stage.advance(5)
    row = site.one("incident", ticket)
    assert (row["sys_updated_by"], int(row["sys_mod_count"])) == ("system", count + 1)


def test_a_rule_may_reopen_what_is_written_to(site: Any, stage: Stage, ticket: str) -> None:
    stage.resolve(ticket)
    stage.traps(["reopens_on_update"])
    found = site.patch("incident", ticket, {"u_sla_metric": "x"}).json()["result"]
    assert (found["state"], found["reopen_count"], found["resolved_at"]) == ("2", "1", "")


def test_a_comment_over_rest_is_an_entry_of_the_journal(site: Any, ticket: str) -> None:
    answer = site.patch("incident", ticket, {"comments": "Said over REST."}).json()["result"]
    assert answer["comments"] == ""
    entries = site.rows("sys_journal_field", f"element_id={ticket}")
    assert [(one["element"], one["value"], one["sys_created_by"]) for one in entries] == [
        ("comments", "Said over REST.", KNOWN.user)
    ]


def test_only_administrators_delete_and_it_leaves_its_traces(
    site: Any, samples: Path, ticket: str, admin: httpx.Client
) -> None:
    path = f"api/now/v2/table/incident/{ticket}"
    number = site.one("incident", ticket)["number"]
    assert site.http.delete(path).status_code == 403
    assert admin.delete(path).status_code == 204
    assert admin.delete(path).status_code == 404
    (audit,) = [one for one in site.history(ticket) if one["fieldname"] == "DELETED"]
    wanted = read(samples / "sys_audit_deleted_record.json")["result"][0]
    assert set(audit) == set(wanted)
    assert (audit["oldvalue"], audit["newvalue"], audit["user"]) == ("DELETED", "DELETED", KNOWN.admin)
    rows = admin.get("api/now/v2/table/sys_audit_delete").json()["result"]
    assert set(rows[0]) == {*read(samples / "sys_audit_delete.json")["result"][0], "payload"}
    assert [(one["tablename"], one["documentkey"], one["display_value"]) for one in rows] == [
        ("incident", ticket, number)
    ]
    assert site.rows("sys_audit_delete") == []


def test_an_administrator_makes_a_column_and_it_is_there_at_once(site: Any, admin: httpx.Client, ticket: str) -> None:
    entry = {"name": "task", "element": "sla_note", "internal_type": "string", "max_length": "60"}
    made = admin.post("api/now/v2/table/sys_dictionary", json={**entry, "column_label": "SLA note"}).json()["result"]
    assert made["element"] == "u_sla_note"
    found = site.patch("incident", ticket, {"u_sla_note": "Here."}).json()["result"]
    assert found["u_sla_note"] == "Here."
    assert site.http.post("api/now/v2/table/sys_dictionary", json=entry).status_code == 403
    choice = {"name": "task", "element": "u_sla_state", "value": "late", "label": "Late", "language": "en"}
    assert site.patch("incident", ticket, {"u_sla_state": "late"}).json()["result"]["u_sla_state"] == ""
    assert admin.post("api/now/v2/table/sys_choice", json=choice).status_code == 201
    assert site.patch("incident", ticket, {"u_sla_state": "late"}).json()["result"]["u_sla_state"] == "late"


def test_schedule_entries_cannot_be_written(admin: httpx.Client) -> None:
    assert admin.post("api/now/v2/table/cmn_schedule_span", json={"name": "x"}).status_code == 403


def test_an_instance_may_lack_our_columns(open_site: Any) -> None:
    bare = open_site(tickets=0, hub_columns=False)
    ticket = bare.stage.new_ticket()
    found = bare.patch("incident", ticket, {"u_sla_metric": "x"}).json()["result"]
    assert "u_sla_metric" not in found
    assert found["sys_mod_count"] == "0"
    assert bare.emulator.column_names() == {}
