from typing import Any

import httpx
import pytest

from connectors.zendesk.emulator import Emulator, Stage


@pytest.fixture(autouse=True)
def _jobs_take_four_seconds(stage: Stage) -> None:
    stage.jobs(delay=4)


def update(http: httpx.Client, *rows: dict[str, Any]) -> dict[str, Any]:
    job: dict[str, Any] = http.put("tickets/update_many.json", json={"tickets": list(rows)}).raise_for_status().json()
    return job["job_status"]


def look(http: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = http.get(job["url"]).raise_for_status().json()["job_status"]
    return seen


def test_a_job_is_queued_then_working_then_completed_row_by_row(http: httpx.Client, stage: Stage) -> None:
    good, closed = stage.new_ticket(), stage.new_ticket()
    stage.close(closed)
    job = update(
        http, {"id": good, "priority": "low"}, {"id": closed, "priority": "low"}, {"id": 99_999, "priority": "low"}
    )
    assert job["id"].startswith("V3-")
    assert (job["status"], job["total"], job["progress"], job["results"]) == ("queued", 3, None, None)
    assert look(http, job)["status"] == "queued"
    stage.advance(2)
    working = look(http, job)
    assert (working["status"], working["message"], working["results"]) == ("working", "Updating ticket #1", None)
    assert http.get(f"tickets/{good}").json()["ticket"]["priority"] != "low"
    stage.advance(2)
    done = look(http, job)
    assert (done["status"], done["progress"]) == ("completed", 3)
    assert done["message"].startswith("Completed at 2026-03-04 10:00:04")
    rows = {row["id"]: row for row in done["results"]}
    assert rows[good] == {"action": "update", "id": good, "status": "Updated", "success": True}
    assert rows[closed]["details"] == "Status: closed prevents ticket update"
    assert rows[closed]["index"] == 1
    assert "success" not in rows[99_999]
    assert http.get(f"tickets/{good}").json()["ticket"]["priority"] == "low"


def test_results_do_not_follow_the_order_of_the_request(http: httpx.Client, stage: Stage) -> None:
    tickets = [stage.new_ticket() for _ in range(20)]
    stage.advance(1)
    job = update(http, *({"id": one, "priority": "low"} for one in tickets))
    stage.advance(4)
    results = [row["id"] for row in look(http, job)["results"]]
    assert sorted(results) == tickets
    assert results != tickets


def test_an_odd_value_fails_its_row_and_nothing_else(http: httpx.Client, stage: Stage) -> None:
    options = [{"name": "Odd", "value": "odd_one"}]
    made = {"type": "multiselect", "title": "Several", "custom_field_options": options}
    field = http.post("ticket_fields", json={"ticket_field": made}).json()["ticket_field"]["id"]
    ticket = stage.new_ticket()
    stage.advance(1)
    value = [{"a": 1}, ["odd_one"], "odd_one"]
    job = update(http, {"id": ticket, "custom_fields": [{"id": field, "value": value}]})
    stage.advance(4)
    assert look(http, job)["status"] == "completed"
    shown = http.get(f"tickets/{ticket}").json()["ticket"]["custom_fields"]
    assert next(one["value"] for one in shown if one["id"] == field) == ["odd_one"]


def test_one_change_for_many_with_tags(http: httpx.Client, stage: Stage) -> None:
    tickets = [stage.new_ticket(tags=["old"]) for _ in range(3)]
    ids = ",".join(map(str, tickets))
    change = {"ticket": {"additional_tags": ["new"], "remove_tags": ["old"]}}
    http.put("tickets/update_many", params={"ids": ids}, json=change).raise_for_status()
    stage.advance(4)
    for one in http.get("tickets/show_many", params={"ids": ids}).json()["tickets"]:
        assert one["tags"] == ["new"]


def test_a_ticket_changed_while_the_job_waited_is_not_overwritten(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.advance(1)
    job = update(http, {"id": ticket, "priority": "low"})
    stage.advance(1)
    stage.priority(ticket, "urgent")
    stage.advance(3)
    row = look(http, job)["results"][0]
    assert "success" not in row
    assert "Safe Update" in row["details"]
    assert http.get(f"tickets/{ticket}").json()["ticket"]["priority"] == "urgent"


def test_a_row_with_its_own_stamp_is_judged_by_it(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stamp = http.get(f"tickets/{ticket}").json()["ticket"]["updated_at"]
    stage.advance(5)
    stage.note(ticket)
    stage.advance(5)
    job = update(http, {"id": ticket, "priority": "low", "safe_update": True, "updated_stamp": stamp})
    stage.advance(4)
    assert "success" not in look(http, job)["results"][0]


def test_more_than_a_hundred_rows_and_more_than_thirty_jobs_are_refused(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    row = {"id": ticket, "priority": "low"}
    assert http.put("tickets/update_many", json={"tickets": [row] * 101}).json()["error"] == "TooManyValues"
    jobs = [update(http, row) for _ in range(30)]
    refused = http.put("tickets/update_many", json={"tickets": [row]})
    assert (refused.status_code, refused.json()["error"]) == (429, "TooManyJobs")
    stage.advance(4)
    assert update(http, row)["status"] == "queued"
    names = ",".join(job["id"] for job in jobs)
    many = http.get("job_statuses/show_many", params={"ids": names}).json()["job_statuses"]
    assert [one["status"] for one in many] == ["completed"] * 30
    assert len(http.get("job_statuses").json()["job_statuses"]) == 31


def test_a_job_is_forgotten_after_an_hour(http: httpx.Client, stage: Stage) -> None:
    job = update(http, {"id": stage.new_ticket(), "priority": "low"})
    stage.advance(3604)
    assert look(http, job)["status"] == "completed"
    stage.advance(1)
    gone = http.get(job["url"])
    assert (gone.status_code, gone.json()["error"]) == (404, "RecordNotFound")


def test_results_can_be_one_object(http: httpx.Client, stage: Stage) -> None:
    stage.jobs(shape="object")
    job = update(http, {"id": stage.new_ticket(), "priority": "low"})
    stage.advance(4)
    assert look(http, job)["results"] == {"success": True}


def test_unknown_dropdown_values_are_dropped_in_jobs_too(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    ticket, field = stage.new_ticket(), emulator.field_ids()["state"]
    job = update(http, {"id": ticket, "custom_fields": [{"id": field, "value": "nonsense"}]})
    stage.advance(4)
    assert look(http, job)["results"][0]["success"] is True
    assert len(http.get(f"tickets/{ticket}/audits").json()["audits"]) == 1
