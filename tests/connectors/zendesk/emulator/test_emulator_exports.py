import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, Stage

CURSOR, BY_TIME, EVENTS = "incremental/tickets/cursor.json", "incremental/tickets", "incremental/ticket_events"


@pytest.fixture(autouse=True)
def _no_limits(stage: Stage) -> None:
    stage.limits(on=False)


def cursor_pages(http: httpx.Client, per_page: int, **first: Any) -> Iterator[dict[str, Any]]:
    params: dict[str, Any] = {**(first or {"start_time": 0}), "per_page": per_page}
    for _ in range(2000):
        page = http.get(CURSOR, params=params).raise_for_status().json()
        yield page
        if page["end_of_stream"]:
            return
        params = {"cursor": page["after_cursor"], "per_page": per_page}
    pytest.fail("the pages do not come to an end")


def time_pages(http: httpx.Client, path: str, name: str, per_page: int) -> Iterator[list[dict[str, Any]]]:
    start = 0
    for _ in range(2000):
        page = http.get(path, params={"start_time": start, "per_page": per_page}).raise_for_status().json()
        yield page[name]
        if page["end_of_stream"]:
            return
        assert page["end_time"] >= start
        assert f"start_time={page['end_time']}" in page["next_page"]
        start = page["end_time"]
    pytest.fail("the pages do not come to an end")


def settled_tickets(stage: Stage) -> set[int]:
    stage.advance(61)
    return {one["ticket"]["id"] for one in stage.truth()["tickets"]}


@pytest.mark.parametrize("per_page", [1, 7, 1000])
def test_cursor_pages_of_any_size_bring_every_ticket_once_in_order_of_change(
    http: httpx.Client, stage: Stage, per_page: int
) -> None:
    expected = settled_tickets(stage)
    rows = [row for page in cursor_pages(http, per_page) for row in page["tickets"]]
    order = [(row["generated_timestamp"], row["id"]) for row in rows]
    assert order == sorted(order)
    assert len(rows) == len(expected)
    assert {row["id"] for row in rows} == expected
    assert {"deleted", "closed", "open"} <= {row["status"] for row in rows}


def test_the_cursor_is_time_and_id_of_the_last_row(http: httpx.Client) -> None:
    page = http.get(CURSOR, params={"start_time": 0, "per_page": 3}).json()
    last = page["tickets"][-1]
    assert base64.b64decode(page["after_cursor"]).decode() == f"{last['generated_timestamp']}.0||{last['id']}|"
    assert page["after_url"].startswith(str(http.base_url))
    assert http.get(page["after_url"]).json()["tickets"][0]["id"] != last["id"]


def test_the_last_minute_is_held_back(http: httpx.Client, stage: Stage) -> None:
    end = list(cursor_pages(http, 1000))[-1]["after_cursor"]
    ticket = stage.new_ticket()
    for seconds, seen in ((0, False), (59, False), (1, True)):
        stage.advance(seconds)
        rows = http.get(CURSOR, params={"cursor": end}).json()["tickets"]
        assert (ticket in {row["id"] for row in rows}) is seen, seconds
        events = http.get(EVENTS, params={"start_time": 0}).json()["ticket_events"]
        assert (ticket in {event["ticket_id"] for event in events}) is seen, seconds


@pytest.mark.parametrize(
    ("path", "name"), [("incremental/organizations", "organizations"), ("incremental/users/cursor", "users")]
)
def test_the_last_minute_of_people_and_organisations_is_held_back_too(
    http: httpx.Client, stage: Stage, path: str, name: str
) -> None:
    stage.advance(3600)
    begin = int(datetime.fromisoformat(stage.now()).timestamp()) - 120
    organisation = http.get("organizations").json()["organizations"][0]["id"]
    changed = organisation
    if name == "organizations":
        stage.rename_organisation(organisation, "Changed Ltd")
    else:
        stage.change_role(KNOWN.agent[0], "admin")
        changed = next(one["id"] for one in http.get("users").json()["users"] if one["email"] == KNOWN.agent[0])
    for seconds, seen in ((0, False), (59, False), (1, True)):
        stage.advance(seconds)
        rows = http.get(path, params={"start_time": begin}).json()[name]
        assert (changed in {row["id"] for row in rows}) is seen, seconds


@pytest.mark.parametrize("start", ["--5", "²", "", "1e9", "9" * 40])
def test_a_start_that_is_no_number_is_refused(http: httpx.Client, start: str) -> None:
    assert http.get(CURSOR, params={"start_time": start}).status_code == 400


def test_a_cursor_beyond_all_time_is_refused(http: httpx.Client) -> None:
    odd = base64.b64encode(b"1e999||1|").decode()
    assert http.get(CURSOR, params={"cursor": odd}).status_code == 400


@pytest.mark.parametrize(("answer", "same"), [("same", True), ("null", False)])
def test_with_nothing_new_the_cursor_comes_back_or_is_null(
    http: httpx.Client, stage: Stage, answer: str, same: bool
) -> None:
    settled_tickets(stage)
    cursor = list(cursor_pages(http, 1000))[-1]["after_cursor"]
    stage.exports(empty_cursor=answer)
    page = http.get(CURSOR, params={"cursor": cursor}).json()
    assert page["tickets"] == []
    assert page["end_of_stream"] is True
    assert page["after_cursor"] == (cursor if same else None)


def test_a_ticket_changed_while_paging_comes_again_later_in_the_same_run(http: httpx.Client, stage: Stage) -> None:
    settled_tickets(stage)
    pages = cursor_pages(http, 20)
    first = next(pages)["tickets"]
    again = next(row["id"] for row in first if row["status"] in ("open", "new", "pending", "hold"))
    stage.note(again)
    stage.advance(61)
    assert again in {row["id"] for page in pages for row in page["tickets"]}


def test_a_system_update_moves_generated_timestamp_alone(http: httpx.Client, stage: Stage) -> None:
    settled_tickets(stage)
    end = list(cursor_pages(http, 1000))[-1]["after_cursor"]
    ticket = stage.new_ticket()
    stage.advance(61)
    before = http.get(CURSOR, params={"cursor": end}).json()
    stage.system_update(ticket)
    stage.advance(61)
    after = http.get(CURSOR, params={"cursor": before["after_cursor"]}).json()["tickets"]
    assert [row["id"] for row in after] == [ticket]
    assert after[0]["updated_at"] == before["tickets"][0]["updated_at"]
    assert after[0]["generated_timestamp"] > before["tickets"][0]["generated_timestamp"]
    assert len(http.get(f"tickets/{ticket}/audits").json()["audits"]) == 1


def test_renaming_an_organisation_brings_its_tickets_and_itself(http: httpx.Client, stage: Stage) -> None:
    settled_tickets(stage)
    end = list(cursor_pages(http, 1000))[-1]["after_cursor"]
    row = next(one["ticket"] for one in stage.truth()["tickets"] if one["ticket"]["organization_id"])
    since = http.get("incremental/organizations", params={"start_time": 0}).json()["end_time"]
    stage.rename_organisation(row["organization_id"], "New Name AG")
    stage.advance(61)
    rows = http.get(CURSOR, params={"cursor": end, "include": "organizations"}).json()
    assert row["id"] in {one["id"] for one in rows["tickets"]}
    assert rows["organizations"][0]["name"] == "New Name AG"
    organisations = http.get("incremental/organizations", params={"start_time": since + 1}).json()["organizations"]
    assert [(one["id"], one["name"]) for one in organisations] == [(row["organization_id"], "New Name AG")]


def test_deleted_tickets_are_exported_unless_excluded(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.delete(ticket)
    stage.advance(61)
    rows = http.get(CURSOR, params={"start_time": 0}).json()["tickets"]
    assert {row["id"]: row["status"] for row in rows}[ticket] == "deleted"
    rows = http.get(CURSOR, params={"start_time": 0, "exclude_deleted": "true"}).json()["tickets"]
    assert "deleted" not in {row["status"] for row in rows}
    assert http.get(f"tickets/{ticket}").status_code == 404
    assert ticket in {row["id"] for row in http.get("deleted_tickets").json()["deleted_tickets"]}


@pytest.mark.parametrize("path", [CURSOR, BY_TIME, EVENTS, "incremental/users/cursor", "incremental/organizations"])
def test_a_start_time_younger_than_a_minute_is_refused(http: httpx.Client, emulator: Emulator, path: str) -> None:
    now = emulator.world.now()
    assert http.get(path, params={"start_time": now - 60}).status_code == 200
    refused = http.get(path, params={"start_time": now - 59})
    assert refused.status_code == 400
    assert refused.json()["error"] == "StartTimeTooRecent"
    assert refused.json()["description"].startswith("Too recent start_time")


def test_cursor_and_start_time_exclude_each_other(http: httpx.Client) -> None:
    cursor = http.get(CURSOR, params={"start_time": 0}).json()["after_cursor"]
    assert http.get(CURSOR, params={"start_time": 0, "cursor": cursor}).status_code == 400
    assert http.get(CURSOR, params={"cursor": "not a cursor"}).status_code == 400
    assert http.get(CURSOR).status_code == 400


def test_time_pages_repeat_the_last_second(http: httpx.Client, stage: Stage) -> None:
    expected = settled_tickets(stage)
    seen: list[tuple[int, int]] = []
    for page in time_pages(http, BY_TIME, "tickets", 5):
        rows = [(row["generated_timestamp"], row["id"]) for row in page]
        if seen and len({at for at, _ in rows}) > 1:
            assert rows[0][0] >= seen[-1][0]
        seen.extend(rows)
    assert {number for _, number in seen} == expected
    assert len(seen) > len(expected)


def test_a_page_of_one_single_second_grows_to_all_of_it(http: httpx.Client, stage: Stage) -> None:
    settled_tickets(stage)
    start = int(http.get(BY_TIME, params={"start_time": 0}).json()["end_time"])
    made = {stage.new_ticket() for _ in range(7)}
    stage.advance(61)
    stage.new_ticket()
    stage.advance(61)
    page = http.get(BY_TIME, params={"start_time": start + 1, "per_page": 1}).json()
    assert {row["id"] for row in page["tickets"]} == made
    assert page["count"] == 7
    assert page["end_time"] == page["tickets"][0]["generated_timestamp"] + 1
    assert page["end_of_stream"] is False


@pytest.mark.parametrize("per_page", [1, 6, 1000])
def test_ticket_events_bring_every_audit_in_order(http: httpx.Client, stage: Stage, per_page: int) -> None:
    settled_tickets(stage)
    expected = [audit["id"] for one in stage.truth()["tickets"] for audit in one["audits"]]
    seen = list(
        dict.fromkeys(event["id"] for page in time_pages(http, EVENTS, "ticket_events", per_page) for event in page)
    )
    assert seen == sorted(expected)


def test_ticket_events_say_what_the_audits_say(http: httpx.Client, stage: Stage) -> None:
    settled_tickets(stage)
    audits = {audit["id"]: audit for one in stage.truth()["tickets"] for audit in one["audits"]}
    events = http.get(EVENTS, params={"start_time": 0, "include": "comment_events"}).json()["ticket_events"]
    assert len(events) == len(audits)
    for event in events:
        audit = audits[event["id"]]
        assert (event["updater_id"], event["created_at"]) == (audit["author_id"], audit["created_at"])
        lines = {line["id"]: line for line in audit["events"]}
        assert {child["id"] for child in event["child_events"]} == {
            number for number, line in lines.items() if line["type"] not in ("Notification", "CommentPrivacyChange")
        }
        for child in event["child_events"]:
            line = lines[child["id"]]
            if line["type"] == "Comment":
                assert child["body"] == line["body"]
                assert isinstance(child["via"], dict)
            elif line["type"] != "SatisfactionRating":
                name = line["field_name"]
                value = child["custom_ticket_fields"][name] if name.isdigit() else child[name]
                assert (str(value) if name.endswith("_id") and value is not None else value) == line["value"]


def test_without_the_sideload_comments_are_only_mentioned(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.note(ticket)
    stage.advance(61)
    events = http.get(EVENTS, params={"start_time": 0}).json()["ticket_events"]
    lines = [child for event in events if event["ticket_id"] == ticket for child in event["child_events"]]
    told = [(line["comment_present"], line["comment_public"]) for line in lines if line["event_type"] == "Comment"]
    assert told == [(True, True), (True, False)]


def test_a_comment_made_private_stays_public_in_the_event_export(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    comment = http.get(f"tickets/{ticket}/comments").json()["comments"][0]["id"]
    stage.hide_comment(ticket, comment)
    stage.advance(61)
    assert http.get(f"tickets/{ticket}/comments").json()["comments"][0]["public"] is False
    kinds = [
        line["type"] for audit in http.get(f"tickets/{ticket}/audits").json()["audits"] for line in audit["events"]
    ]
    assert "CommentPrivacyChange" in kinds
    events = http.get(EVENTS, params={"start_time": 0, "include": "comment_events"}).json()["ticket_events"]
    child = next(line for event in events for line in event["child_events"] if line["id"] == comment)
    assert child["public"] is True
    events = http.get(EVENTS, params={"start_time": 0}).json()["ticket_events"]
    child = next(line for event in events for line in event["child_events"] if line["id"] == comment)
    assert child["comment_public"] is True


def test_people_come_by_cursor_and_again_when_their_role_changes(http: httpx.Client, stage: Stage) -> None:
    stage.advance(61)
    first = http.get("incremental/users/cursor", params={"start_time": 0, "per_page": 50}).json()
    second = http.get("incremental/users/cursor", params={"cursor": first["after_cursor"]}).json()
    ids = [one["id"] for one in first["users"] + second["users"]]
    assert len(ids) == len(set(ids)) == len(stage.truth()["users"])
    stage.change_role(ids[-1], "agent")
    stage.advance(61)
    third = http.get("incremental/users/cursor", params={"cursor": second["after_cursor"]}).json()
    assert [(one["id"], one["role"]) for one in third["users"]] == [(ids[-1], "agent")]


def test_sideloads_cover_the_page(http: httpx.Client) -> None:
    include = "users,groups,organizations,brands,metric_sets"
    page = http.get(CURSOR, params={"start_time": 0, "per_page": 5, "include": include}).json()
    assert {one["ticket_id"] for one in page["metric_sets"]} == {row["id"] for row in page["tickets"]}
    assert {row["requester_id"] for row in page["tickets"]} <= {one["id"] for one in page["users"]}
    assert {row["group_id"] for row in page["tickets"]} - {None} == {one["id"] for one in page["groups"]}


def test_a_metric_set_counts_replies_and_reopenings(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    stage.advance(600)
    stage.reply(ticket, status="solved")
    stage.advance(600)
    stage.reply(ticket, by="customer")
    stage.advance(61)
    page = http.get(CURSOR, params={"start_time": 0, "include": "metric_sets"}).json()
    metrics = next(one for one in page["metric_sets"] if one["ticket_id"] == ticket)
    assert metrics["reply_time_in_minutes"]["calendar"] == 10
    assert (metrics["reopens"], metrics["replies"]) == (1, 1)
