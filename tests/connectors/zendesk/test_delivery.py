"""Write-back: what is sent, what is refused before it is sent, and what became of each row of a job."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors import Delivery, FieldName, FieldUpdate, Limits, Outcome, RetryLater, Slot
from connectors.zendesk import ZendeskConnector

DUE, STATE = 7100000000001, 7100000000002
WHEN = "2026-03-02T20:00:00Z"


def settled(connector: Any, *updates: FieldUpdate) -> dict[str, Delivery]:
    jobs = sorted({each.job for each in connector.write_back(updates) if each.job})
    return {each.ticket_id: each for each in connector.settle(jobs)}


def finished(desk: Any, results: Any, status: str = "completed") -> None:
    """Make every job end like this."""
    job = {"id": "V3-1", "status": status, "message": "", "results": results}
    desk.answers["tickets/update_many"] = [httpx.Response(200, json={"job_status": {"id": "V3-1"}})]
    desk.answers["job_statuses/show_many"] = [httpx.Response(200, json={"job_statuses": [job]})]


def test_only_the_named_fields_of_the_tickets_are_sent(busy_desk: Any) -> None:
    update = FieldUpdate("1", {Slot.DUE: WHEN, Slot.STATE: "at risk"})
    (answer,) = busy_desk.connector().write_back([update])
    assert busy_desk.bodies == [
        {"tickets": [{"id": 1, "custom_fields": [{"id": DUE, "value": WHEN}, {"id": STATE, "value": "sla_at_risk"}]}]}
    ]
    assert (answer.outcome, answer.job) == (Outcome.PENDING, next(iter(busy_desk.jobs)))


def test_clearing_sends_null(busy_desk: Any) -> None:
    list(busy_desk.connector().write_back([FieldUpdate("1", {Slot.DUE: None, Slot.STATE: None})]))
    assert [pair["value"] for pair in busy_desk.bodies[0]["tickets"][0]["custom_fields"]] == [None, None]


def test_nothing_is_asked_before_the_first_delivery(busy_desk: Any) -> None:
    busy_desk.connector().write_back([FieldUpdate("1", {Slot.DUE: WHEN})])
    assert busy_desk.calls.total() == 0


def test_more_than_a_hundred_updates_go_in_several_jobs(busy_desk: Any) -> None:
    for ticket_id in range(100, 250):
        busy_desk.open(ticket_id)
    updates = [FieldUpdate(str(each), {Slot.DUE: WHEN}) for each in range(100, 250)]
    answers = list(busy_desk.connector().write_back(updates))
    assert [len(body["tickets"]) for body in busy_desk.bodies] == [100, 50]
    assert len({each.job for each in answers}) == 2


def test_a_job_is_shown_as_it_was_read_back(busy_desk: Any) -> None:
    busy_desk.now += timedelta(seconds=30)
    shown = settled(busy_desk.connector(), FieldUpdate("1", {Slot.DUE: WHEN, Slot.STATE: "breached"}))["1"]
    assert shown.outcome is Outcome.SHOWN
    assert shown.shown == {Slot.DUE: WHEN, Slot.STATE: "breached"}
    (ticket,) = (each for each in busy_desk.connector().fetch(["1"]).records if getattr(each, "version", 0))
    assert shown.version == str(ticket.version)


def test_a_value_that_zendesk_dropped_is_not_taken_for_shown(busy_desk: Any) -> None:
    finished(busy_desk, [{"action": "update", "id": 1, "status": "Updated", "success": True}])
    shown = settled(busy_desk.connector(), FieldUpdate("1", {Slot.STATE: "breached"}))["1"]
    assert shown.shown == {Slot.DUE: "2026-03-02T18:00:00Z", Slot.STATE: None}


def test_an_option_that_does_not_exist_is_refused_before_sending(busy_desk: Any) -> None:
    options = busy_desk.fields[1]["custom_field_options"]
    busy_desk.fields[1]["custom_field_options"] = [each for each in options if each["name"] != "Paused"]
    refused, sent = busy_desk.connector().write_back(
        [FieldUpdate("1", {Slot.STATE: "paused"}), FieldUpdate("2", {Slot.STATE: "met"})]
    )
    assert (refused.ticket_id, refused.outcome) == ("1", Outcome.REFUSED)
    assert refused.reason == "write_back.state: 'SLA state' has no option named 'paused'"
    assert sent.outcome is Outcome.PENDING
    assert [row["id"] for row in busy_desk.bodies[0]["tickets"]] == [2]


def test_an_option_that_was_added_is_found_on_the_next_write(busy_desk: Any) -> None:
    options = busy_desk.fields[1]["custom_field_options"]
    busy_desk.fields[1]["custom_field_options"] = options[:1]
    connector = busy_desk.connector()
    connector.probe()
    busy_desk.fields[1]["custom_field_options"] = options
    (answer,) = connector.write_back([FieldUpdate("1", {Slot.STATE: "paused"})])
    assert answer.outcome is Outcome.PENDING


def test_a_field_that_does_not_exist_is_refused_with_its_problem(busy_desk: Any) -> None:
    connector = busy_desk.connector({Slot.DUE: FieldName("SLA dew")})
    (answer,) = connector.write_back([FieldUpdate("1", {Slot.DUE: WHEN})])
    assert answer.outcome is Outcome.REFUSED
    assert "no ticket field called 'SLA dew'; the nearest is 'SLA due'" in answer.reason
    assert busy_desk.bodies == []


def test_each_row_of_a_job_has_its_own_fate(busy_desk: Any) -> None:
    answers = settled(
        busy_desk.connector(), *(FieldUpdate(each, {Slot.STATE: "met"}) for each in ("3", "1", "888", "4"))
    )
    assert {ticket_id: each.outcome for ticket_id, each in answers.items()} == {
        "1": Outcome.SHOWN, "4": Outcome.SHOWN, "3": Outcome.REFUSED, "888": Outcome.REFUSED,
    }  # fmt: skip
    assert answers["3"].reason == "TicketUpdateFailed: Status: closed prevents ticket update"


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        ({"id": 1, "error": "UpdateConflict", "details": "Safe Update prevented the update"}, Outcome.CONFLICT),
        ({"id": 1, "error": "TicketUpdateFailed", "details": "Database lock, try again"}, Outcome.CONFLICT),
        ({"id": 1, "error": "TicketUpdateFailed", "details": {"base": "some new trouble"}}, Outcome.RETRY),
        ({"index": 0, "error": "TicketNotFound"}, Outcome.REFUSED),
        ({"id": 1, "error": "RecordInvalid", "details": {"base": [{"description": "Locked out"}]}}, Outcome.REFUSED),
        ({"id": 1, "error": "TicketUpdateFailed", "details": "SLA due: is not properly formatted"}, Outcome.REFUSED),
        ({"index": 0, "success": False}, Outcome.RETRY),
    ],
)
def test_failures_are_told_apart_by_their_words(row: Any, outcome: Outcome, busy_desk: Any) -> None:
    finished(busy_desk, [row])
    assert settled(busy_desk.connector(), FieldUpdate("1", {Slot.DUE: WHEN}))["1"].outcome is outcome


@pytest.mark.parametrize("status", ["queued", "working"])
def test_a_job_under_way_yields_nothing(status: str, busy_desk: Any) -> None:
    finished(busy_desk, None, status)
    assert settled(busy_desk.connector(), FieldUpdate("1", {Slot.DUE: WHEN})) == {}


@pytest.mark.parametrize("status", ["failed", "killed"])
def test_the_tickets_of_a_failed_job_are_looked_at_again(status: str, busy_desk: Any) -> None:
    finished(busy_desk, None, status)
    answer = settled(busy_desk.connector(), FieldUpdate("1", {Slot.DUE: WHEN}))["1"]
    assert (answer.outcome, answer.reason.endswith("look again")) == (Outcome.RETRY, True)


def test_a_job_that_zendesk_forgot_is_looked_at_again(busy_desk: Any) -> None:
    connector = busy_desk.connector()
    (pending,) = connector.write_back([FieldUpdate("1", {Slot.DUE: WHEN})])
    busy_desk.jobs.clear()
    (answer,) = connector.settle([pending.job])
    assert (answer.ticket_id, answer.outcome) == ("1", Outcome.RETRY)
    assert "no longer knows the job; look again" in answer.reason


@pytest.mark.parametrize(
    "row", [None, "x", {"id": "--5", "success": True}, {"id": "1" * 5000}, {"index": 99}, {"id": None, "success": True}]
)
def test_a_row_that_cannot_be_read_leaves_the_others_their_fate(row: Any, busy_desk: Any) -> None:
    finished(busy_desk, [row, {"id": 2, "success": True}])
    answers = settled(busy_desk.connector(), *(FieldUpdate(each, {Slot.DUE: WHEN}) for each in ("1", "2")))
    assert {ticket_id: each.outcome for ticket_id, each in answers.items()} == {
        "1": Outcome.RETRY, "2": Outcome.SHOWN,
    }  # fmt: skip


@pytest.mark.parametrize("job", [None, {"id": 7, "status": "completed"}, {"id": "V3-1", "status": {}}])
def test_a_job_that_cannot_be_read_leaves_the_others_their_fate(job: Any, busy_desk: Any) -> None:
    sound = {"id": "V3-2", "status": "completed", "results": [{"id": 2, "success": True}]}
    busy_desk.answers["job_statuses/show_many"] = [httpx.Response(200, json={"job_statuses": [job, sound]})]
    answers = {(each.ticket_id, each.job): each.outcome for each in busy_desk.connector().settle(["V3-1", "V3-2"])}
    assert (answers["", "V3-1"], answers["2", ""]) == (Outcome.RETRY, Outcome.SHOWN)


@pytest.mark.parametrize(
    ("status", "results", "told"),
    [
        ("killed", [{"id": 1, "success": True}], {"1"}),
        ("failed", [], set()),
        ("completed", [{"index": 0, "success": True}, {"id": 2, "success": True}], {"2"}),
    ],
)
def test_what_a_job_of_another_process_says_nothing_of_is_answered_by_the_jobs_id(
    status: str, results: list[Any], told: set[str], busy_desk: Any
) -> None:
    finished(busy_desk, results, status)
    answers = list(busy_desk.connector().settle(["V3-1"]))
    assert {each.ticket_id for each in answers if each.outcome is Outcome.SHOWN} == told
    (rest,) = [each for each in answers if not each.ticket_id]
    assert (rest.outcome, rest.job) == (Outcome.RETRY, "V3-1")


def test_a_forgotten_job_of_another_process_is_answered_by_its_id(busy_desk: Any) -> None:
    (answer,) = busy_desk.connector().settle(["V3-gone"])
    assert (answer.ticket_id, answer.job, answer.outcome) == ("", "V3-gone", Outcome.RETRY)


def test_a_job_of_another_process_is_settled_by_what_its_rows_say(busy_desk: Any) -> None:
    (pending,) = busy_desk.connector().write_back([FieldUpdate("1", {Slot.DUE: WHEN})])
    answer, rest = busy_desk.connector().settle([pending.job])
    assert (answer.ticket_id, answer.outcome, answer.shown[Slot.DUE]) == ("1", Outcome.SHOWN, WHEN)
    assert (rest.ticket_id, rest.job, rest.outcome) == ("", pending.job, Outcome.RETRY)


def test_a_job_that_succeeded_as_a_whole_is_read_back(busy_desk: Any) -> None:
    finished(busy_desk, {"success": True})
    answer = settled(busy_desk.connector(), FieldUpdate("1", {Slot.DUE: WHEN}))["1"]
    assert (answer.outcome, answer.shown[Slot.DUE]) == (Outcome.SHOWN, "2026-03-02T18:00:00Z")


def test_a_ticket_that_its_job_does_not_mention_is_looked_at_again(busy_desk: Any) -> None:
    finished(busy_desk, [])
    assert settled(busy_desk.connector(), FieldUpdate("1", {Slot.DUE: WHEN}))["1"].outcome is Outcome.RETRY


def test_a_batch_in_conflict_is_a_conflict_of_each(busy_desk: Any) -> None:
    body = {"error": "UpdateConflict", "description": "Safe Update prevented the update due to outdated ticket data."}
    busy_desk.answers["tickets/update_many"] = [httpx.Response(409, json=body)]
    answers = list(busy_desk.connector().write_back([FieldUpdate(each, {Slot.DUE: WHEN}) for each in ("1", "2")]))
    assert [each.outcome for each in answers] == [Outcome.CONFLICT, Outcome.CONFLICT]


def test_a_batch_that_is_not_taken_refuses_no_single_ticket(busy_desk: Any) -> None:
    busy_desk.answers["tickets/update_many"] = [httpx.Response(404, json={"error": "RecordNotFound"})]
    (answer,) = busy_desk.connector().write_back([FieldUpdate("1", {Slot.DUE: WHEN})])
    assert (answer.outcome, answer.job) == (Outcome.RETRY, "")


def test_too_many_jobs_are_left_to_the_next_run(busy_desk: Any) -> None:
    busy_desk.answers["tickets/update_many"] = [httpx.Response(429, json={"error": "TooManyJobs"})]
    with pytest.raises(RetryLater):
        list(busy_desk.connector().write_back([FieldUpdate("1", {Slot.DUE: WHEN})]))


@pytest.mark.parametrize("told", [{}, {"retry-after": "10"}])
def test_too_many_jobs_keep_nothing_else_waiting(told: dict[str, str]) -> None:
    limits = Limits(ZendeskConnector.buckets, share=None)
    left = {"x-rate-limit": "700", "x-rate-limit-remaining": "650"}
    limits.heard("PUT", "/api/v2/tickets/update_many.json", {**left, **told}, 429)
    assert limits.take("GET", "/api/v2/tickets/1/audits.json") == 0
    assert limits.take("PUT", "/api/v2/tickets/update_many.json") >= 10


@pytest.mark.parametrize(("share", "jobs"), [(None, 30), (0.25, 7), (0.01, 1)])
def test_a_share_of_the_accounts_jobs_is_ours(share: float | None, jobs: int, desk: Any) -> None:
    assert desk.connector(share=share).most_jobs() == jobs


def test_jobs_are_asked_about_one_by_one_where_the_list_of_them_is_not_to_be_had(busy_desk: Any) -> None:
    finished(busy_desk, [{"id": 1, "success": True}])
    (listed,) = busy_desk.answers["job_statuses/show_many"]
    job = listed.json()["job_statuses"][0]
    busy_desk.answers["job_statuses/show_many"] = [httpx.Response(404, json={"error": "InvalidEndpoint"})]
    busy_desk.answers["job_statuses/V3-1"] = [httpx.Response(200, json={"job_status": job})]
    answered = settled(busy_desk.connector(), FieldUpdate("1", {Slot.DUE: WHEN}))
    assert answered["1"].outcome is Outcome.SHOWN
