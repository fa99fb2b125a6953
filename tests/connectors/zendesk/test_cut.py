"""Events that the export cuts short are read by the audits of their tickets, in the same pull."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors import Checkpoint, Event, Page, RetryLater


def told_by_audits(desk: Any) -> set[str]:
    return {str(each["id"]) for audits in desk.audits.values() for each in audits}


def events_in(pages: list[Page]) -> set[str]:
    return {each.id for page in pages for each in page.records if isinstance(each, Event)}


def spoil_exports(desk: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """Let the export alone tell every event changed."""
    tell = desk.by_time

    def by_time(key: str, rows: list[dict[str, Any]], params: Any) -> httpx.Response:
        for each in rows if key == "ticket_events" else ():
            change(each)
        return tell(key, rows, params)

    desk.by_time = by_time


def without_publicness(row: dict[str, Any]) -> None:
    for child in row["child_events"]:
        if child["event_type"] == "Comment":
            del child["public"]


@pytest.fixture
def lively(desk: Any) -> Any:
    desk.now -= timedelta(hours=1)
    desk.person(601), desk.person(502, "agent")
    for ticket in range(1, 25):
        desk.open(ticket)
        desk.now += timedelta(seconds=20)
        desk.reply(ticket, 502)
    desk.now += timedelta(minutes=5)
    return desk


def pulled(desk: Any) -> list[Page]:
    return list(desk.connector({}).pull("ticket_events", Checkpoint("at:0")))


def test_a_comment_of_unknown_publicness_is_read_by_audits(lively: Any) -> None:
    spoil_exports(lively, without_publicness)
    pages = pulled(lively)
    assert events_in(pages) == told_by_audits(lively)
    assert [each for page in pages for each in page.set_aside] == []
    assert {each.ticket_id for page in pages for each in page.complete} == {str(number) for number in range(1, 25)}


def test_nothing_is_settled_before_the_audits_are_read(lively: Any) -> None:
    spoil_exports(lively, without_publicness)
    *before, last = pulled(lively)
    assert [page.settled_until for page in before] == [None] * len(before)
    assert last.settled_until is not None
    assert last.checkpoint.cursor.startswith("at:")


def test_only_the_tickets_concerned_are_read_by_audits(lively: Any) -> None:
    spoilt = lively.audits[7][1]["id"]

    def break_one(row: dict[str, Any]) -> None:
        if row["id"] == spoilt:
            row["created_at"] = "yesterday"

    spoil_exports(lively, break_one)
    assert events_in(pulled(lively)) == told_by_audits(lively)
    assert {path: count for path, count in lively.calls.items() if "audits" in path} == {"tickets/7/audits": 1}


def test_reading_goes_on_where_the_limits_ended_it(lively: Any) -> None:
    spoil_exports(lively, without_publicness)
    checkpoint, read, runs = Checkpoint("at:0"), list[Page](), 0
    while runs < 40:
        runs += 1
        try:
            for page in lively.connector({}, share=None, rate=(6, timedelta(minutes=1))).pull(
                "ticket_events", checkpoint
            ):
                read.append(page)
                checkpoint = page.checkpoint
            break
        except RetryLater:
            continue
    assert events_in(read) == told_by_audits(lively)
    assert lively.calls["incremental/ticket_events"] == 2
    assert max(count for path, count in lively.calls.items() if path.endswith("/audits")) <= 2


def test_what_cannot_be_read_by_audits_either_is_set_aside(lively: Any) -> None:
    spoil_exports(lively, without_publicness)
    gone = lively.tickets.pop(3)
    assert gone["id"] == 3
    pages = pulled(lively)
    assert [each.source_id for page in pages for each in page.set_aside] == ["ticket:3"]
    assert "3" not in {each.ticket_id for page in pages for each in page.complete}


def test_a_row_that_names_no_ticket_is_set_aside_at_once(lively: Any) -> None:
    def nameless(row: dict[str, Any]) -> None:
        if row["ticket_id"] == 5:
            row["ticket_id"] = None

    spoil_exports(lively, nameless)
    aside = [each for page in pulled(lively) for each in page.set_aside]
    assert {each.source_id for each in aside} == {str(each["id"]) for each in lively.audits[5]}


def crowd(desk: Any) -> None:
    """Let the export repeat the first two rows of a second for ever, as a page too small for it does."""
    second = max(each["_at"] for audits in desk.audits.values() for each in audits)
    tell = desk.by_time

    def by_time(key: str, rows: list[dict[str, Any]], params: Any) -> httpx.Response:
        if key == "ticket_events" and int(params["start_time"]) == second:
            first = [
                {name: value for name, value in row.items() if name != "_at"} for row in rows if row["_at"] == second
            ]
            return httpx.Response(200, json={key: first[:2], "end_time": second, "end_of_stream": False})
        answer = tell(key, [row for row in rows if row["_at"] != second] or rows, params)
        body = answer.json()
        if key == "ticket_events" and int(params["start_time"]) < second:
            body |= {"end_time": second, "end_of_stream": False}
        return httpx.Response(answer.status_code, json=body)

    desk.by_time = by_time


def test_a_second_with_more_events_than_a_page_is_read_by_the_tickets_that_changed_since(lively: Any) -> None:
    for ticket in range(1, 12):
        lively.reply(ticket, 502)
    lively.now += timedelta(minutes=5)
    crowd(lively)
    pages = pulled(lively)
    assert events_in(pages) == told_by_audits(lively)
    assert [each for page in pages for each in page.set_aside] == []
    read = {path for path in lively.calls if path.endswith("/audits")}
    assert read == {f"tickets/{ticket}/audits" for ticket in range(1, 12)}
