"""The desk's own SLA clock: what it writes, when it shows, and what it takes back."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.zendesk.emulator import Emulator, Stage
from connectors.zendesk.emulator.records import AUDIT_IDS

EXPORT = "incremental/ticket_metric_events"


@pytest.fixture(autouse=True)
def _no_limits(stage: Stage) -> None:
    stage.limits(on=False)


def lines(http: httpx.Client, ticket: int, metric: str) -> list[tuple[int, str, str]]:
    events = http.get(f"tickets/{ticket}/metric_events").raise_for_status().json()["metric_events"]
    return [(one["instance_id"], one["type"], one["time"][8:16]) for one in events.get(metric, [])]


def export(http: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    start = params.pop("start_time", 0)
    for _ in range(500):
        page = http.get(EXPORT, params={"start_time": start, **params}).raise_for_status().json()
        found += page["ticket_metric_events"]
        if page["end_of_stream"]:
            return found
        assert page["end_time"] >= start
        start = page["end_time"]
    pytest.fail("the pages do not come to an end")


def on_time(stage: Stage, emulator: Emulator) -> None:
    """Let the next audits be none that the desk measures late."""
    while any((emulator.world.next_audit_id // AUDIT_IDS + ahead) % 16 == 5 for ahead in range(6)):
        stage.new_ticket("In between")


def test_a_breach_is_written_in_advance_and_gone_when_the_reply_comes_in_time(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    on_time(stage, emulator)
    ticket = stage.new_ticket(requester="user10@customer10.example", priority="urgent")
    assert lines(http, ticket, "reply_time") == [
        (0, "measure", "04T10:00"),
        (1, "activate", "04T10:00"),
        (1, "apply_sla", "04T10:00"),
        (1, "breach", "04T11:00"),
    ]
    stage.advance(1800)
    stage.reply(ticket, status="pending")
    kinds = [(kind, at) for _, kind, at in lines(http, ticket, "reply_time")]
    assert kinds[3:] == [("fulfill", "04T10:30"), ("update_status", "04T10:30")]
    assert lines(http, ticket, "requester_wait_time")[-2:] == [
        (1, "pause", "04T10:30"),
        (1, "update_status", "04T10:30"),
    ]
    status = http.get(f"tickets/{ticket}/metric_events").json()["metric_events"]["reply_time"][-1]["status"]
    assert status == {"business": 30, "calendar": 30}


def test_a_late_reply_leaves_the_breach_and_touches_no_ticket(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    on_time(stage, emulator)
    ticket = stage.new_ticket(priority="urgent", requester="user10@customer10.example")
    before = http.get(f"tickets/{ticket}").json()["ticket"]["updated_at"]
    stage.advance(7200)
    assert http.get(f"tickets/{ticket}").json()["ticket"]["updated_at"] == before
    stage.reply(ticket)
    assert (1, "breach", "04T11:00") in lines(http, ticket, "reply_time")
    stage.reply(ticket, by="customer")
    assert lines(http, ticket, "reply_time")[-1] == (2, "activate", "04T12:00")


def test_a_pause_moves_the_breach(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    on_time(stage, emulator)
    ticket = stage.new_ticket(priority="urgent", requester="user10@customer10.example")
    assert (1, "breach", "04T22:00") not in lines(http, ticket, "requester_wait_time")
    assert (1, "breach", "04T16:00") in lines(http, ticket, "requester_wait_time")
    stage.advance(3600)
    stage.status(ticket, "pending")
    assert "breach" not in {kind for _, kind, _ in lines(http, ticket, "requester_wait_time")}
    stage.advance(7200)
    stage.status(ticket, "open")
    assert lines(http, ticket, "requester_wait_time")[-1] == (1, "breach", "04T18:00")


def test_business_hours_leave_out_nights_weekends_and_holidays(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    on_time(stage, emulator)
    # Friday 16:00 in Berlin; eight hours of 9:00 to 17:00 end on Monday at 16:00.
    stage.advance(2 * 86400 + 5 * 3600)
    ticket = stage.new_ticket(priority="normal", requester="user10@customer10.example")
    assert lines(http, ticket, "reply_time")[-1] == (1, "breach", "09T15:00")


def test_no_priority_means_no_target_and_a_later_one_counts_from_creation(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    on_time(stage, emulator)
    ticket = stage.new_ticket(requester="user10@customer10.example")
    assert {kind for _, kind, _ in lines(http, ticket, "reply_time")} == {"measure", "activate"}
    stage.advance(600)
    stage.priority(ticket, "urgent")
    assert lines(http, ticket, "reply_time")[-2:] == [(1, "apply_sla", "04T10:10"), (1, "breach", "04T11:00")]


def test_groups_have_a_promise_of_their_own_in_seconds(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    on_time(stage, emulator)
    tier2 = next(one.id for one in emulator.world.groups.values() if one.name == "Tier 2")
    ticket = stage.new_ticket(priority="high")
    stage.assign(ticket, None, tier2)
    events = http.get(f"tickets/{ticket}?include=metric_events").json()["ticket"]["metric_events"]
    owned = events["group_ownership_time"]
    assert [one["type"] for one in owned] == ["activate", "apply_group_sla", "breach"]
    assert owned[1]["group_sla"]["target"] == 4 * 3600
    assert isinstance(owned[1]["group_sla"]["policy"]["id"], str)


def test_the_export_brings_breaches_to_come_and_holds_back_the_last_minute(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    on_time(stage, emulator)
    ticket = stage.new_ticket(priority="urgent", requester="user10@customer10.example")
    now = int(emulator.world.now())
    assert ticket not in {one["ticket_id"] for one in export(http)}
    stage.advance(60)
    page = http.get(EXPORT, params={"start_time": now}).json()
    mine = [one for one in page["ticket_metric_events"] if one["ticket_id"] == ticket]
    assert (mine[-1]["type"], mine[-1]["time"]) == ("breach", "2026-03-04T16:00:00Z")
    assert page["end_time"] <= now, "the next request begins in the past"


def test_what_was_taken_back_comes_with_its_changes_alone(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    on_time(stage, emulator)
    ticket = stage.new_ticket(priority="urgent", requester="user10@customer10.example")
    stage.advance(61)
    (breach,) = (
        one["id"]
        for one in export(http)
        if (one["ticket_id"], one["metric"], one["type"]) == (ticket, "reply_time", "breach")
    )
    since = int(emulator.world.now())
    stage.reply(ticket)
    stage.advance(61)
    assert breach not in {one["id"] for one in export(http)}
    changed = {one["id"]: one for one in export(http, include_changes="true", start_time=since)}
    assert changed[breach]["deleted"] is True


def test_some_events_are_written_minutes_late_with_their_own_time(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    while emulator.world.next_audit_id // AUDIT_IDS % 16 != 5:
        stage.new_ticket("In between")
    ticket = stage.new_ticket(priority="urgent")
    for seconds, seen in ((600, False), (300, True)):
        stage.advance(seconds)
        mine = [one for one in export(http) if one["ticket_id"] == ticket and one["type"] == "activate"]
        assert bool(mine) is seen
    assert {one["time"] for one in mine} == {"2026-03-04T10:00:00Z"}


@pytest.mark.parametrize("per_page", [1, 40, 1000])
def test_pages_of_any_size_bring_every_event(http: httpx.Client, stage: Stage, per_page: int) -> None:
    stage.advance(1000)
    truth = [one["id"] for one in stage.truth()["metric_events"] if not one.get("deleted")]
    assert {one["id"] for one in export(http, per_page=per_page)} == set(truth)
    assert len(truth) > 300


def cursor_pages(http: httpx.Client) -> Iterator[list[dict[str, Any]]]:
    params: dict[str, Any] = {"start_time": 0, "page[size]": 100}
    for _ in range(500):
        page = http.get(EXPORT, params=params).raise_for_status().json()
        yield page["ticket_metric_events"]
        if not page["meta"]["has_more"]:
            return
        params["page[after]"] = page["meta"]["after_cursor"]


def test_cursor_pages_are_in_order_of_time_with_many_events_in_one_second(http: httpx.Client, stage: Stage) -> None:
    stage.advance(1000)
    rows = [row for page in cursor_pages(http) for row in page]
    assert [(row["time"], row["id"]) for row in rows] == sorted((row["time"], row["id"]) for row in rows)
    assert {row["id"] for row in rows} == {one["id"] for one in export(http)}
    assert len({row["time"] for row in rows}) < len(rows) / 2
    assert http.get(EXPORT, params={"start_time": 0, "page[size]": 101}).status_code == 400
