"""What the stage hand does, and what is left of it in audit, journal and clocks."""

from typing import Any

import httpx
import pytest

from connectors.servicenow.emulator import KNOWN, Stage


@pytest.fixture
def site(open_site: Any) -> Any:
    return open_site(tickets=0)


def changed(site: Any, ticket: str) -> list[tuple[str, str, str]]:
    return [(one["fieldname"], one["oldvalue"], one["newvalue"]) for one in site.history(ticket)]


def test_initial_values_leave_no_audit(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket(impact=1, urgency=1)
    assert site.history(ticket) == []
    stage.advance(60)
    stage.edit(ticket, {"urgency": "2"})
    assert set(changed(site, ticket)) == {("urgency", "1", "2"), ("priority", "1", "2")}


def test_all_rows_of_one_save_share_its_checkpoint(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.start_work(ticket)
    stage.hold(ticket, 4, text="We ask the supplier.")
    found = site.history(ticket)
    assert {one["record_checkpoint"] for one in found} == {"1", "2"}
    held = {one["fieldname"]: one["newvalue"] for one in found if one["record_checkpoint"] == "2"}
    assert held == {
        "state": "3",
        "incident_state": "3",
        "hold_reason": "4",
        "comments": "We ask the supplier.",
    }


def test_an_answer_of_the_caller_ends_a_hold(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.hold(ticket, 1)
    stage.reply(ticket, "agent", "Still waiting for you.")
    assert site.one("incident", ticket)["state"] == "3"
    stage.reply(ticket, "caller", "Here it is.")
    row = site.one("incident", ticket)
    assert (row["state"], row["incident_state"], row["hold_reason"]) == ("2", "2", "")


def test_a_hold_reason_may_stay_behind(site: Any, stage: Stage) -> None:
    stage.traps(["stale_hold_reason"])
    ticket = stage.new_ticket()
    stage.hold(ticket, 1)
    stage.start_work(ticket)
    row = site.one("incident", ticket)
    assert (row["state"], row["hold_reason"]) == ("2", "1")


def test_a_ticket_is_resolved_reopened_and_closed(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.assign(ticket, "ben.birch", "Workplace")
    stage.assign(ticket, "cem.cedar", "Network Support")
    stage.advance(600)
    stage.resolve(ticket)
    row = site.one("incident", ticket)
    assert (row["state"], row["active"], row["resolved_at"]) == ("6", "true", "2026-03-04 10:10:00")
    assert (row["close_code"], row["reassignment_count"]) == ("Solution provided", "1")
    stage.reopen(ticket)
    row = site.one("incident", ticket)
    assert (row["state"], row["reopen_count"], row["resolved_at"]) == ("2", "1", "")
    stage.resolve(ticket)
    stage.close(ticket)
    row = site.one("incident", ticket)
    assert (row["state"], row["active"], row["closed_at"]) == ("7", "false", "2026-03-04 10:10:00")
    assert row["sys_updated_by"] == "system"


def test_scripts_and_imports_leave_holes(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.advance(60)
    stage.edit(ticket, {"state": "2"}, audit=False)
    stage.edit(ticket, {"state": "3", "hold_reason": "4"})
    assert ("state", "2", "3") in changed(site, ticket)
    assert ("state", "1", "2") not in changed(site, ticket)
    before = site.one("incident", ticket)
    stage.advance(60)
    stage.edit(ticket, {"urgency": "1"}, workflow=False, audit=False, stamps=False)
    row = site.one("incident", ticket)
    assert row["urgency"] == "1"
    assert (row["sys_updated_on"], row["sys_mod_count"]) == (before["sys_updated_on"], before["sys_mod_count"])
    assert row["priority"] == before["priority"]  # no rule ran


def test_tables_are_audited_by_their_own_flag(site: Any, stage: Stage) -> None:
    task = stage.new_ticket(table="sc_task")
    stage.start_work(task)
    assert site.history(task) == []
    stage.audit("sc_task", on=True)
    stage.resolve(task)
    assert ("state", "2", "3") in changed(site, task)
    assert stage.purge_audit("2026-03-05 00:00:00") > 0
    assert site.history(task) == []


def test_a_ticket_changes_its_class_and_keeps_its_id(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.start_work(ticket)
    stage.move(ticket, "u_field_work")
    assert site.get(f"table/incident/{ticket}").status_code == 404
    row = site.one("u_field_work", ticket)
    assert row["sys_class_name"] == "u_field_work"
    assert site.one("task", ticket)["number"] == row["number"]
    names = {one["fieldname"]: one["tablename"] for one in site.history(ticket)}
    assert (names["state"], names["sys_class_name"]) == ("incident", "u_field_work")
    before = row["sys_updated_on"]
    stage.advance(60)
    stage.move(ticket, "incident", stamps=False)
    assert site.one("incident", ticket)["sys_updated_on"] == before


def test_an_archived_incident_is_in_its_archive_and_among_the_deletions(
    site: Any, stage: Stage, admin: httpx.Client
) -> None:
    ticket = stage.new_ticket()
    stage.archive(ticket)
    assert site.get(f"table/incident/{ticket}").status_code == 404
    assert [one["sys_id"] for one in site.rows("ar_incident")] == [ticket]
    rows = admin.get("api/now/v2/table/sys_audit_delete").json()["result"]
    assert [one["documentkey"] for one in rows] == [ticket]
    gone = stage.new_ticket()
    stage.delete(gone)
    assert {one["sys_id"]: one["presence"] for one in stage.truth()["tickets"]} == {
        ticket: "archived",
        gone: "deleted",
    }


def test_a_save_may_be_committed_after_its_stamp(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.advance(60)
    stage.edit(ticket, {"state": "2", "comments": "Late."}, lag=30)
    late = stage.new_ticket("Later", lag=30)
    assert site.one("incident", ticket)["state"] == "1"
    assert site.history(ticket) == site.rows("sys_journal_field", f"element_id={ticket}") == []
    assert site.rows("incident", f"sys_id={late}") == []
    stage.advance(29)
    assert site.one("incident", ticket)["state"] == "1"
    stage.advance(1)
    row = site.one("incident", ticket)
    assert (row["state"], row["sys_updated_on"]) == ("2", "2026-03-04 10:01:00")
    assert ("state", "1", "2") in changed(site, ticket)
    assert len(site.rows("sys_journal_field", f"element_id={ticket}")) == 1
    assert site.one("incident", late)["sys_created_on"] == "2026-03-04 10:01:00"


def test_many_rows_share_one_second(site: Any, stage: Stage) -> None:
    for place in range(12):
        stage.new_ticket(f"Number {place}")
        stage.advance(1)
    assert stage.mass_update(100) == 12
    assert {one["sys_updated_on"] for one in site.rows("incident")} == {"2026-03-04 10:00:12"}


def test_journal_rows_may_be_filed_under_task_and_the_audit_out_of_step(site: Any, stage: Stage) -> None:
    stage.traps(["journal_under_task", "journal_split", "audit_late"])
    ticket = stage.new_ticket()
    for place in range(20):
        stage.reply(ticket, "agent", f"Reply {place}")
    entries = site.rows("sys_journal_field", f"element_id={ticket}")
    assert {one["name"] for one in entries} == {"incident", "task"}
    copies = [one["newvalue"] for one in site.history(ticket) if one["fieldname"] == "comments"]
    assert {copies.count(one["value"]) for one in entries} == {0, 1, 2}
    assert {one["sys_created_on"] for one in site.history(ticket)} == {"2026-03-04 10:00:01"}


def test_the_key_of_the_audit_may_be_blanked_for_lists(site: Any, stage: Stage, admin: httpx.Client) -> None:
    ticket = stage.new_ticket()
    stage.start_work(ticket)
    stage.traps(["audit_key_blanked"])
    assert site.rows("sys_audit", f"documentkeyIN{ticket}") == []
    assert site.rows("sys_audit", f"documentkey={ticket}") != []
    path = f"api/now/v2/table/sys_audit?sysparm_query=documentkeyIN{ticket}"
    assert admin.get(path).json()["result"] != []


def test_blocks_of_rows_are_hidden_and_pages_of_them_empty(site: Any, stage: Stage) -> None:
    for place in range(100):
        stage.new_ticket(f"Number {place}")
    stage.traps(["empty_pages"])
    pages = [len(one) for one in site.pages("incident", "ORDERBYnumber", 10)]
    assert 0 in pages[:-1]
    assert pages[-1] == 10


def test_unsorted_rows_come_in_another_order_each_time(site: Any, stage: Stage) -> None:
    for place in range(20):
        stage.new_ticket(f"Number {place}")
    stage.traps(["unsorted"])
    first, second = ([one["number"] for one in site.rows("incident")] for _ in range(2))
    assert sorted(first) == sorted(second)
    assert first != second


def test_an_outage_a_survey_and_their_rows(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.outage("ERP", 7200, "degradation", ticket)
    stage.outage("Mail", None)
    ended, lasting = site.rows("cmdb_ci_outage", "ORDERBYnumber")
    assert (ended["begin"], ended["end"]) == ("2026-03-04 08:00:00", "2026-03-04 10:00:00")
    assert (ended["duration"], ended["task_number"]) == ("1970-01-01 02:00:00", ticket)
    assert lasting["end"] == ""
    assert {one["outage"] for one in site.rows("cmdb_outage_ci_mtom")} == {ended["sys_id"], lasting["sys_id"]}
    assert [one["outage"] for one in site.rows("task_outage")] == [ended["sys_id"]]
    survey = stage.rate(ticket, 4)
    (result,) = site.rows("asmt_metric_result")
    assert (result["instance"], result["actual_value"], result["normalized_value"]) == (survey, "4", "75")
    assert site.rows("asmt_assessment_instance")[0]["task_id"] == ticket


def test_people_are_renamed_and_leave_their_groups(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.reply(ticket, "ben.birch", "Before.")
    before = len(site.rows("sys_user_grmember"))
    stage.rename_user("ben.birch", "ben.beech")
    stage.leave_group("ben.beech")
    stage.reply(ticket, "ben.beech", "After.")
    authors = [one["sys_created_by"] for one in site.rows("sys_journal_field", f"element_id={ticket}")]
    assert authors == ["ben.birch", "ben.beech"]
    assert [one["name"] for one in site.rows("sys_user", "user_name=ben.beech")] == ["Ben Birch"]
    assert len(site.rows("sys_user_grmember")) == before - 1


def test_an_entry_of_the_journal_may_vanish(site: Any, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.reply(ticket, text="Gone.")
    stage.reply(ticket, text="Here.")
    stage.delete_entry(ticket, "Gone.")
    assert [one["value"] for one in site.rows("sys_journal_field", f"element_id={ticket}")] == ["Here."]
    assert [one["newvalue"] for one in site.history(ticket)] == ["Gone.", "Here."]
    with pytest.raises(LookupError, match="no entry"):
        stage.delete_entry(ticket, "Gone.")


def test_metrics_follow_the_state_a_little_later(site: Any, stage: Stage) -> None:
    stage.advance(30)
    ticket = stage.new_ticket()
    stage.advance(600)
    stage.start_work(ticket)
    query = f"id={ticket}^field=incident_state^ORDERBYstart"
    assert [one["end"] for one in site.rows("metric_instance", query)] == [""]
    stage.advance(30)
    first, second = site.rows("metric_instance", query)
    assert (first["field_value"], first["value"], first["duration"]) == ("1", "New", "1970-01-01 00:10:00")
    assert (first["start"], first["end"]) == ("2026-03-04 10:00:30", "2026-03-04 10:10:30")
    assert (second["value"], second["calculation_complete"], second["end"]) == ("In Progress", "false", "")
    assert second["sys_created_on"] == "2026-03-04 10:10:50"


def test_what_cannot_be_is_an_error(stage: Stage) -> None:
    ticket = stage.new_ticket()
    with pytest.raises(LookupError, match="no ticket"):
        stage.resolve("INC0")
    with pytest.raises(LookupError, match="no column u_none"):
        stage.edit(ticket, {"u_none": "x"})
    with pytest.raises(LookupError, match="nobody is called"):
        stage.assign(ticket, "no.one")
    with pytest.raises(ValueError, match="is open"):
        stage.reopen(ticket)
    with pytest.raises(ValueError, match="cannot become"):
        stage.move(ticket, "incident")
    with pytest.raises(ValueError, match="not made in"):
        stage.new_ticket(table="sys_user")


def test_the_door_does_over_http_what_the_stage_can(site: Any, http: httpx.Client) -> None:
    made = http.post("_stage/new_ticket", json={"short_description": "Over HTTP"}).json()["result"]
    assert site.one("incident", made)["short_description"] == "Over HTTP"
    assert http.post("_stage/advance", json={"seconds": 60}).json()["result"] == "2026-03-04T10:01:00Z"
    truth = http.get("_stage/truth").json()
    assert [one["sys_id"] for one in truth["tickets"]] == [made]
    assert http.post("_stage/dance", json={}).status_code == 404
    site.patch("incident", made, {"u_sla_metric": "x"})
    log = http.get("_stage/writes").json()
    assert (log["count"], log["writes"][0]["body"]) == (1, {"u_sla_metric": "x"})
    assert log["calls"] == {
        "GET /api/now/v2/table/incident/{sys_id}": 1,
        "PATCH /api/now/v2/table/incident/{sys_id}": 1,
    }


def test_hints_come_for_saves_of_others_and_may_be_doubled_or_lost(site: Any, stage: Stage, receiver: Any) -> None:
    stage.push(receiver.url)
    ticket = stage.new_ticket()
    site.patch("incident", ticket, {"u_sla_metric": "x"})  # our own: no hint
    stage.advance(60)
    receiver.answers.append(500)  # never tried again
    stage.start_work(ticket)
    assert stage.push_wait()
    assert [one["sys_mod_count"] for one, _ in receiver.got] == ["0", "2"]
    body, headers = receiver.got[1]
    assert set(body) == {"table", "sys_id", "number", "sys_updated_on", "sys_mod_count"}
    assert (body["table"], body["sys_id"], body["sys_updated_on"]) == ("incident", ticket, "2026-03-04 10:01:00")
    assert headers["x-hub-secret"] == KNOWN.push_secret
    stage.push_trap("lose")
    stage.hold(ticket)
    stage.push_trap("double")
    stage.start_work(ticket)
    stage.push_trap("reorder")
    stage.hold(ticket)
    stage.start_work(ticket)
    assert stage.push_wait()
    assert [one["sys_mod_count"] for one, _ in receiver.got[2:]] == ["4", "4", "6", "5"]


def test_whoever_saves_a_record_next_has_waited_for_the_commit_before_with_all_its_traces(
    site: Any, stage: Stage
) -> None:
    ticket = stage.new_ticket("Twice")
    stage.edit(ticket, {"state": "2", "comments": "First."}, lag=30)
    assert site.history(ticket) == []
    stage.edit(ticket, {"urgency": "1"})
    assert {row["fieldname"] for row in site.history(ticket)} >= {"state", "comments", "urgency"}
    assert site.rows("sys_journal_field", f"element_id={ticket}") != []
