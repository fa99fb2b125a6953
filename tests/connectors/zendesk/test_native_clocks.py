"""Zendesk's metric events as statements about its own clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors import Checkpoint, NativeClock, Says
from connectors.zendesk.native_clocks import statements

SEVEN = datetime(2026, 5, 11, 7, tzinfo=UTC)
POLICY = {"id": 2615, "title": "Gold", "description": "For those who pay"}


def event(kind: str, number: int = 70, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "ticket_id": 155, "metric": "reply_time", "instance_id": 1, "type": kind,
        "time": "2026-05-11T07:00:00Z", **more,
    }  # fmt: skip


def stated(raw: dict[str, Any]) -> list[NativeClock]:
    found, aside = statements([raw])
    assert aside == ()
    return list(found)


def clock(source_id: str, says: Says, *rest: Any, **more: Any) -> NativeClock:
    return NativeClock(source_id, "155", "reply_time", 1, says, SEVEN, *rest, **more)


@pytest.mark.parametrize(
    ("kind", "says"),
    [("activate", Says.STARTED), ("pause", Says.PAUSED), ("fulfill", Says.COMPLETED), ("breach", Says.DUE)],
)
def test_what_happens_to_a_clock_is_a_statement(kind: str, says: Says) -> None:
    assert stated(event(kind)) == [clock("70", says)]
    assert stated(event(kind, deleted=True)) == [clock("70", says, withdrawn=True)]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"sla": {"target": 160, "business_hours": True, "policy": POLICY}}, 9600),
        ({"sla": {"target": 160, "target_in_seconds": 9590, "business_hours": True, "policy": POLICY}}, 9590),
    ],
)
def test_a_target_is_told_in_minutes_or_exactly(told: dict[str, Any], seconds: int) -> None:
    assert stated(event("apply_sla", **told)) == [clock("70", Says.TARGET, seconds, True, "Gold")]


def test_a_group_s_target_is_told_in_seconds() -> None:
    told = {"group_sla": {"target": 3600, "business_hours": False, "policy": {"id": "01J", "title": "Tier 2"}}}
    assert stated(event("apply_group_sla", **told)) == [clock("70", Says.TARGET, 3600, False, "Tier 2")]


def test_both_measures_of_what_has_elapsed_are_statements() -> None:
    found = stated(event("update_status", status={"business": 31, "calendar": 143}))
    assert found == [clock("70:business", Says.ELAPSED, 1860, True), clock("70:calendar", Says.ELAPSED, 8580, False)]
    gone = stated(event("update_status", deleted=True))
    assert {(each.id, each.withdrawn) for each in gone} == {("70:business", True), ("70:calendar", True)}


@pytest.mark.parametrize("kind", ["measure", "something_new"])
def test_other_types_state_nothing(kind: str) -> None:
    assert stated(event(kind, instance_id=0)) == []


@pytest.mark.parametrize("wrong", [{"time": None}, {"instance_id": -3}, {"instance_id": 10**12}, {"ticket_id": "x"}])
def test_an_event_that_cannot_be_read_is_set_aside(wrong: dict[str, Any]) -> None:
    found, aside = statements([event("breach", 71, **wrong), event("breach")])
    assert [each.id for each in found] == ["70"]
    assert [(each.stream, each.source_id) for each in aside] == [("native_clocks", "71")]


def test_the_next_look_begins_well_before_the_end_of_this_one(desk: Any) -> None:
    now = int(desk.now.timestamp())
    body = {"ticket_metric_events": [event("breach")], "end_time": now + 9999, "end_of_stream": True}
    desk.answers["incremental/ticket_metric_events"] = [httpx.Response(200, json=body)]
    asked: list[dict[str, str]] = []
    desk.before = lambda request: asked.append(dict(request.url.params))
    (page,) = desk.connector({}).pull("native_clocks", Checkpoint("at:1000"))
    at = int(page.checkpoint.cursor.removeprefix("at:"))
    assert now - 3600 < at <= now - 1860
    assert asked[0]["include_changes"] == "true"
    assert [each.id for each in page.records] == ["70"]


def test_a_live_look_begins_before_the_instant_it_is_asked_for(desk: Any) -> None:
    at = desk.connector({}).start("native_clocks", desk.now).cursor
    assert int(at.removeprefix("at:")) <= (desk.now - timedelta(minutes=30)).timestamp()


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("stream", ["native_clocks", "ratings"])
def test_what_the_plan_does_not_have_is_no_failure(desk: Any, stream: str, status: int) -> None:
    for path in ("incremental/ticket_metric_events", "satisfaction_ratings"):
        desk.answers[path] = [httpx.Response(status, json={"error": {"title": "Forbidden", "message": "no such plan"}})]
    since = desk.connector({}).start(stream, desk.now)
    (page,) = desk.connector({}).pull(stream, since)
    assert (page.records, page.checkpoint, page.set_aside) == ((), since, ())
