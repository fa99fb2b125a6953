"""Cursors of the exports: what is resumed, what is held back, and how far a page proves that nothing is missing."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import (
    Checkpoint,
    Event,
    Label,
    Limits,
    Page,
    Person,
    RetryLater,
    SourceError,
    SourceRefused,
    Team,
    Ticket,
)
from connectors.zendesk import ZendeskConnector

Json = dict[str, Any]

MINUTE = timedelta(minutes=1)


def answered(body: Json, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


def export_of(times: list[int], **more: Any) -> httpx.Response:
    told = [
        {"id": at, "ticket_id": 1, "timestamp": at, "created_at": "2026-03-02T08:00:00Z", "updater_id": 1,
         "event_type": "Audit", "child_events": []}
        for at in times
    ]  # fmt: skip
    return answered({"ticket_events": told, **more})


def interrupted(pages: Iterator[Page]) -> list[Page]:
    """Return what came before the call limits ended the pull."""
    read: list[Page] = []
    try:
        for page in pages:
            read.append(page)
    except RetryLater:
        return read
    pytest.fail("nothing ended the pull")


def test_an_export_by_cursor_goes_on_where_zendesk_said(desk: Any) -> None:
    body: Json = {"tickets": [], "after_cursor": "MTc3==", "end_of_stream": True}
    desk.answers["incremental/tickets/cursor"] = [answered(body), answered(body)]
    seen: list[dict[str, str]] = []
    desk.before = lambda request: seen.append(dict(request.url.params))
    connector = desk.connector({})
    (first,) = connector.pull("tickets", connector.start("tickets", desk.now))
    (second,) = connector.pull("tickets", first.checkpoint)
    assert seen[0]["start_time"] == str(int(desk.now.timestamp()))
    assert (seen[1]["cursor"], "start_time" in seen[1]) == ("MTc3==", False)
    assert second.checkpoint == first.checkpoint == Checkpoint("cursor:MTc3==")


def test_a_missing_cursor_keeps_the_one_before(desk: Any) -> None:
    desk.answers["incremental/tickets/cursor"] = [
        answered({"tickets": [], "after_cursor": None, "end_of_stream": True}),
    ]
    (page,) = desk.connector({}).pull("tickets", Checkpoint("cursor:abc"))
    assert page.checkpoint == Checkpoint("cursor:abc")


def test_a_cursor_that_stands_still_ends_the_pull(desk: Any) -> None:
    body: Json = {"tickets": [], "after_cursor": "abc", "end_of_stream": False}
    desk.answers["incremental/tickets/cursor"] = [answered(body) for _ in range(3)]
    (page,) = desk.connector({}).pull("tickets", Checkpoint("cursor:abc"))
    assert page.settled_until is None


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("stream", ["tickets", "ticket_events"])
def test_a_start_less_than_a_minute_ago_means_nothing_new_yet(stream: str, status: int, desk: Any) -> None:
    path = {"tickets": "incremental/tickets/cursor", "ticket_events": "incremental/ticket_events"}[stream]
    said = {"error": "InvalidValue", "description": "Too recent start_time. Use a start_time older than 1 minute"}
    desk.answers[path] = [answered(said, status)]
    connector = desk.connector({})
    since = connector.start(stream, desk.now)
    (page,) = connector.pull(stream, since)
    assert (page.records, page.checkpoint, page.settled_until) == ((), since, None)


@pytest.mark.parametrize(
    "said",
    [
        "Too recent start_time. Use a start_time older than 60 seconds",
        '{"error": {"title": "StartTimeTooRecent", "message": "too recent start_time"}}',
    ],
)
def test_a_start_less_than_a_minute_ago_is_told_by_its_words(said: str, desk: Any) -> None:
    desk.answers["incremental/tickets/cursor"] = [httpx.Response(400, text=said)]
    (page,) = desk.connector({}).pull("tickets", Checkpoint("at:0"))
    assert (page.records, page.checkpoint, page.settled_until) == ((), Checkpoint("at:0"), None)


def test_another_refusal_of_an_export_is_told(desk: Any) -> None:
    desk.answers["incremental/tickets/cursor"] = [answered({"error": "InvalidCursor", "description": "bad"}, 400)]
    with pytest.raises(SourceError, match="InvalidCursor; bad"):
        list(desk.connector({}).pull("tickets", Checkpoint("cursor:abc")))


def test_a_page_that_times_out_is_asked_for_in_halves(desk: Any) -> None:
    desk.answers["incremental/tickets/cursor"] = [
        httpx.Response(504, text="upstream request timeout"),
        httpx.Response(504, text="upstream request timeout"),
        answered({"tickets": [], "after_cursor": "a", "end_of_stream": True}),
    ]
    sizes: list[str] = []
    desk.before = lambda request: sizes.append(request.url.params["per_page"])
    list(desk.connector({}).pull("tickets", Checkpoint("at:0")))
    assert sizes == ["1000", "500", "250"]


def test_pages_grow_again_once_they_come_in_time(desk: Any) -> None:
    good = [answered({"tickets": [], "after_cursor": str(page), "end_of_stream": page == 44}) for page in range(45)]
    desk.answers["incremental/tickets/cursor"] = [httpx.Response(504, text="timeout") for _ in range(2)] + good
    sizes: list[str] = []
    desk.before = lambda request: sizes.append(request.url.params["per_page"])
    list(desk.connector({}).pull("tickets", Checkpoint("at:0")))
    assert list(dict.fromkeys(sizes)) == ["1000", "500", "250"]
    assert sizes[2:] == sorted(sizes[2:], key=int)
    assert (sizes[2:].count("250"), sizes[-1]) == (20, "1000")


def test_small_pages_that_time_out_are_left_to_the_next_run(desk: Any) -> None:
    desk.answers["incremental/tickets/cursor"] = [httpx.Response(504, text="timeout") for _ in range(9)]
    with pytest.raises(RetryLater):
        list(desk.connector({}).pull("tickets", Checkpoint("at:0")))


def test_the_last_page_settles_all_but_the_minute_held_back(busy_desk: Any) -> None:
    for stream in ("tickets", "ticket_events"):
        connector = busy_desk.connector()
        *_, last = connector.pull(stream, connector.start(stream, None))
        assert busy_desk.now - timedelta(seconds=78) <= last.settled_until <= busy_desk.now - timedelta(seconds=76)


def test_a_page_before_the_last_settles_no_more_than_it_shows(busy_desk: Any) -> None:
    connector = busy_desk.connector()
    whole = {event.id: event for page in connector.pull("ticket_events", Checkpoint("at:0")) for event in page.records}
    read: set[str] = set()
    for page in connector.pull("ticket_events", Checkpoint("at:0")):
        read |= {event.id for event in page.records}
        assert {each.id for each in whole.values() if each.at < page.settled_until} <= read


def test_nothing_of_the_minute_held_back_is_passed_over(desk: Any) -> None:
    at = int(desk.now.timestamp())
    desk.answers["incremental/ticket_events"] = [export_of([at - 500], end_time=at, end_of_stream=True)]
    (page,) = desk.connector({}).pull("ticket_events", Checkpoint("at:0"))
    assert int(page.checkpoint.cursor.removeprefix("at:")) <= at - 76


def test_an_end_time_that_stands_still_is_stepped_over_and_told(desk: Any) -> None:
    desk.answers["incremental/ticket_events"] = [
        export_of([100, 100], end_time=100, end_of_stream=False),
        export_of([], end_time=101, end_of_stream=True),
    ]
    stuck, last = desk.connector({}).pull("ticket_events", Checkpoint("at:100"))
    assert stuck.checkpoint == Checkpoint("at:101")
    assert [each.source_id for each in stuck.set_aside] == ["second:100"]
    assert last.set_aside == ()


@pytest.mark.parametrize("odd", [10**13, -1, "soon", True, 2.5])
def test_a_time_that_is_none_moves_nothing(odd: Any, desk: Any) -> None:
    at = int(desk.now.timestamp())
    row = {"id": 1, "created_at": "2026-03-02T08:00:00Z", "updated_at": "2026-03-02T08:00:00Z"}
    body: Json = {"tickets": [row | {"generated_timestamp": odd}], "after_cursor": "b", "end_of_stream": False}
    desk.answers["incremental/tickets/cursor"] = [
        answered(body),
        answered({"tickets": [], "after_cursor": None, "end_of_stream": True}),
    ]
    first, _ = desk.connector({}).pull("tickets", Checkpoint("cursor:a"))
    assert first.settled_until is None
    desk.answers["incremental/ticket_events"] = [
        export_of([at - 500], end_time=odd, end_of_stream=False),
        export_of([], end_time=odd, end_of_stream=True),
    ]
    pages = list(desk.connector({}).pull("ticket_events", Checkpoint("at:0")))
    assert pages[-1].checkpoint == Checkpoint(f"at:{at - 500}")


def test_a_checkpoint_of_another_stream_is_refused(desk: Any) -> None:
    with pytest.raises(SourceError, match="not a checkpoint"):
        list(desk.connector({}).pull("ticket_events", Checkpoint("cursor:abc")))
    with pytest.raises(SourceError, match="not a checkpoint"):
        list(desk.connector({}).pull("open_tickets", Checkpoint("at:0")))
    with pytest.raises(SourceError, match="no stream 'mail'"):
        list(desk.connector({}).pull("mail", Checkpoint("at:0")))


@pytest.mark.parametrize(
    ("stream", "cursor"),
    [
        pytest.param("ticket_events", "at:" + "9" * 5000, id="a number of 5000 digits"),
        ("ticket_events", "at:999999999999"),
        ("ticket_events", "at:\ud800"),
        ("ticket_events", '{"at":1e999,"ids":[],"second":null,"after":""}'),
        ("ticket_events", '{"at":1,"ids":["x"],"second":null,"after":""}'),
        pytest.param("ticket_events", '{"at":' + "[" * 5000, id="nested"),
        ("open_tickets", "[]"),
        ("open_tickets", '{"listed":true,"after":"","asked":"soon","ids":[]}'),
        ("open_tickets", '{"listed":true,"after":"","asked":"","ids":[1e999]}'),
        ("ratings", "[1]"),
        ("ratings", '{"mark":1e999,"asked":0,"after":""}'),
        ("ratings", '{"mark":999999999999,"asked":0,"after":""}'),
    ],
)
def test_a_checkpoint_that_no_stream_can_have_left_is_refused_before_a_call(
    desk: Any, stream: str, cursor: str
) -> None:
    with pytest.raises(SourceError, match="not a checkpoint of this stream"):
        list(desk.connector({}).pull(stream, Checkpoint(cursor)))
    assert not desk.calls


def test_an_export_whose_time_stands_still_for_ever_is_given_up(desk: Any) -> None:
    at = 1_700_000_000

    def by_time(_: str, rows: list[Json], params: Any) -> httpx.Response:
        return export_of([at], end_time=int(params["start_time"]), end_of_stream=False)

    desk.by_time = by_time
    with pytest.raises(SourceError, match="its time stands still"):
        list(desk.connector({}).pull("ticket_events", Checkpoint(f"at:{at}")))
    assert desk.calls["incremental/ticket_events"] <= 60


def test_a_list_whose_page_numbers_never_end_is_given_up(desk: Any) -> None:
    answer = desk.answer

    def endless(request: httpx.Request, path: str) -> httpx.Response:
        return answered({"brands": [], "next_page": "https://x"}) if path == "brands" else answer(request, path)

    desk.answer = endless
    with pytest.raises(SourceError, match="and with no last one"):
        list(desk.connector().pull("catalogue", Checkpoint("")))
    assert desk.calls["brands"] == 300


def test_people_are_exported_inside_a_limit_of_their_own() -> None:
    limits = Limits(ZendeskConnector.buckets, share=None)
    exports = "/api/v2/incremental/ticket_events.json"
    for _ in range(15):
        assert limits.take("GET", "/api/v2/incremental/users/cursor.json") == 0
    assert [limits.take("GET", exports) > 0 for _ in range(11)] == [False] * 10 + [True]


def test_a_role_that_may_not_export_is_refused(desk: Any) -> None:
    said = {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
    desk.answers["incremental/tickets/cursor"] = [answered(said, 403)]
    with pytest.raises(SourceRefused):
        list(desk.connector({}).pull("tickets", Checkpoint("at:0")))


def test_the_catalogue_names_what_the_plan_has(desk: Any) -> None:
    region: Json = {"id": 31, "title": "Region", "type": "tagger", "active": True, "removable": True}
    region["custom_field_options"] = [{"name": "The North", "value": "north"}, {"name": "South", "value": "south"}]
    old = {"id": 32, "title": "Land", "type": "text", "active": False, "removable": True}
    own = {"id": 33, "title": "Priority", "type": "priority", "active": True, "removable": False}
    desk.fields = [*desk.fields, region, old, own]
    (page,) = desk.connector().pull("catalogue", Checkpoint(""))
    field_names = (
        Label("field", "31", "Region", "tagger"),
        Label("field:31", "north", "The North"),
        Label("field:31", "south", "South"),
        Label("field", "32", "Land", "inactive"),
    )
    assert page.records == (
        *field_names,
        Team("11", "First line"),
        Team("12", "Old", active=False),
        Label("custom_status", "41", "New", "new"),
        Label("brand", "31", "Lumen"),
        Label("brand", "32", "Lux"),
    )


def test_a_list_that_knows_only_page_numbers_is_read_to_its_end(desk: Any) -> None:
    desk.answers["brands"] = [
        answered({"brands": [{"id": 1, "name": "One"}], "next_page": "https://x", "count": 2}),
        answered({"brands": [{"id": 2, "name": "Two"}], "next_page": None, "count": 2}),
    ]
    (page,) = desk.connector().pull("catalogue", Checkpoint(""))
    assert {each.text for each in page.records if isinstance(each, Label)} == {"New", "One", "Two"}


def test_open_tickets_come_newest_first_with_all_their_events(busy_desk: Any) -> None:
    connector = busy_desk.connector()
    pages = list(connector.pull("open_tickets", connector.start("open_tickets", None)))
    tickets = [each.id for page in pages for each in page.records if isinstance(each, Ticket)]
    assert sorted(tickets) == ["1", "4", "5"]
    assert json.loads(pages[0].checkpoint.cursor)["ids"] == [5, 4, 1]
    assert {each.ticket_id for page in pages for each in page.complete} == {"1", "4", "5"}
    assert pages[-1].settled_until == busy_desk.now
    assert [page.settled_until for page in pages[:-1]] == [None] * (len(pages) - 1)


def test_open_tickets_say_about_how_many_records_there_will_be(desk: Any) -> None:
    for ticket_id in range(1, 26):
        desk.open(ticket_id)
    connector = desk.connector({})
    pages = list(connector.pull("open_tickets", connector.start("open_tickets", None)))
    telling = [page for page in pages if page.records]
    read = sum(len(page.records) for page in telling)
    assert len(telling) > 1
    assert all(page.total and len(page.records) < page.total <= 2 * read for page in telling)
    assert telling[-1].total == read
    resumed = next(iter(desk.connector({}).pull("open_tickets", telling[0].checkpoint)))
    assert resumed.total == telling[1].total


def test_open_tickets_survive_a_search_whose_cursor_has_expired(desk: Any) -> None:
    for ticket_id in range(1, 251):
        desk.open(ticket_id)
    connector = desk.connector({})
    first = next(iter(connector.pull("open_tickets", connector.start("open_tickets", None))))
    desk.now += timedelta(hours=2)
    desk.answers["search/export"] = [answered({"error": "invalid", "description": "page[after] is not valid"}, 400)]
    pages = list(desk.connector({}).pull("open_tickets", first.checkpoint))
    tickets = [each.id for page in pages for each in page.records if isinstance(each, Ticket)]
    assert sorted(map(int, tickets)) == list(range(1, 251))


def test_open_tickets_keep_what_the_call_limits_allowed(desk: Any) -> None:
    for ticket_id in range(1, 6):
        desk.open(ticket_id)
    connector = desk.connector({}, share=None, rate=(4, MINUTE))
    pages = interrupted(connector.pull("open_tickets", connector.start("open_tickets", None)))
    done = {each.id for page in pages for each in page.records if isinstance(each, Ticket)}
    assert done == {"5", "4"}
    rest = desk.connector({}).pull("open_tickets", pages[-1].checkpoint)
    assert {each.id for page in rest for each in page.records if isinstance(each, Ticket)} == {"3", "2", "1"}


def test_a_fetch_covers_what_happened_before_its_first_answer(busy_desk: Any) -> None:
    page = busy_desk.connector().fetch(["4", "99"])
    assert [(each.ticket_id, each.stream, each.since, each.until) for each in page.complete] == [
        ("4", "ticket_events", None, busy_desk.now)
    ]
    assert {each.id for each in page.records if isinstance(each, Ticket)} == {"4"}


def test_a_fetch_reads_all_pages_of_audits(desk: Any) -> None:
    desk.open(1)
    for _ in range(230):
        desk.now += timedelta(seconds=1)
        desk.reply(1, 601)
    page = desk.connector({}).fetch(["1"])
    assert sum(isinstance(each, Event) for each in page.records) == 231


@pytest.mark.parametrize("calls", [0, 1])
def test_audits_that_are_gone_say_nothing_of_the_tickets_history(calls: int, desk: Any) -> None:
    desk.open(1)
    desk.open(2)
    for _ in range(120):
        desk.reply(1, 601)

    def vanish(request: httpx.Request) -> None:
        if desk.calls["tickets/1/audits"] == calls:
            desk.answers["tickets/1/audits"] = [answered({"error": "RecordNotFound"}, 404)]
            desk.answers["tickets/1"] = [answered({"error": "RecordNotFound"}, 404)]

    desk.before = vanish
    page = desk.connector({}).fetch(["1", "2"])
    assert [each.ticket_id for each in page.complete] == ["2"]
    assert {each.id for each in page.records if isinstance(each, Ticket)} == {"2"}
    assert {each.ticket_id for each in page.records if isinstance(each, Event)} == {"2"}


def test_an_unreadable_audit_leaves_the_ticket_uncovered(busy_desk: Any) -> None:
    busy_desk.audits[4][1]["created_at"] = None
    page = busy_desk.connector().fetch(["4", "5"])
    assert [each.ticket_id for each in page.complete] == ["5"]
    assert [each.stream for each in page.set_aside] == ["ticket_events"]


def test_people_in_a_fetched_ticket_come_along_and_unknown_ones_are_known_to_be_nobody(busy_desk: Any) -> None:
    busy_desk.reply(4, 777)
    people = {each.id: each for each in busy_desk.connector().fetch(["4"]).records if isinstance(each, Person)}
    assert people["502"].role == "agent"
    assert people["777"] == Person("777", "", "deleted", active=False)
    assert "-1" not in people


def test_a_fetch_returns_what_the_call_limits_allowed(busy_desk: Any) -> None:
    page = busy_desk.connector({}, share=None, rate=(3, MINUTE)).fetch(["5", "4", "1"])
    assert {each.id for each in page.records if isinstance(each, Ticket)} == {"5", "4"}
    assert page.left_out == ("1",)
    assert page.after is not None
    assert timedelta() < page.after <= MINUTE
    with pytest.raises(RetryLater):
        busy_desk.connector({}, share=None, rate=(1, MINUTE)).fetch(["5", "4", "1"])


def test_the_hub_finds_its_fields_once_they_exist(busy_desk: Any) -> None:
    fields, busy_desk.fields = busy_desk.fields, []
    connector = busy_desk.connector()
    own = [each.own for each in connector.fetch(["1"]).records if isinstance(each, Ticket)]
    busy_desk.fields = fields
    assert own == [{}]
    shown = [each.own for each in connector.fetch(["1"]).records if isinstance(each, Ticket)]
    assert shown == [{"due": "2026-03-02T18:00:00Z", "state": None}]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 4),
    moves=st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from(["status", "reply", "show"]), st.integers(0, 40)), max_size=15
    ),
    crashes=st.sets(st.integers(1, 20), max_size=5),
)
def test_paging_over_a_drifting_list_loses_nothing(
    rows: int, moves: list[tuple[int, str, int]], crashes: set[int], new_desk: Callable[[], Any]
) -> None:
    """Tickets change between the pages, many in one second, and the reader dies now and then."""
    desk = new_desk()
    desk.rows = rows
    for ticket_id in range(1, 7):
        desk.open(ticket_id)
        desk.now += timedelta(seconds=ticket_id % 2)
    desk.now += timedelta(minutes=3)
    todo = list(moves)

    def drift(_: httpx.Request) -> None:
        if todo:
            ticket_id, what, later = todo.pop()
            desk.now += timedelta(seconds=later)
            if what == "reply":
                desk.reply(ticket_id, 601)
            elif what == "status":
                desk.change(ticket_id, 502, status="open" if desk.tickets[ticket_id]["status"] == "new" else "new")
            else:
                desk.show(ticket_id, 7100000000001, f"shown at {later}")

    desk.before = drift
    seen: set[str] = set()
    newest: dict[str, int] = {}
    for stream in ("tickets", "ticket_events"):
        checkpoint, turn = desk.connector().start(stream, None), 0
        still = 0
        while still < 2:
            still += not todo
            for page in desk.connector().pull(stream, checkpoint):
                turn += 1
                if turn in crashes:
                    still = 0
                    break
                checkpoint = page.checkpoint
                seen |= {each.id for each in page.records if isinstance(each, Event)}
                for each in page.records:
                    if isinstance(each, Ticket):
                        newest[each.id] = max(newest.get(each.id, 0), each.version)
            desk.now += timedelta(seconds=61)
    done = [each for page in desk.connector().pull("tickets", Checkpoint("at:0")) for each in page.records]
    assert newest == {each.id: each.version for each in done if isinstance(each, Ticket)}
    told = {
        str(audit["id"])
        for audits in desk.audits.values()
        for audit in audits
        if any(part.get("field_name") not in {"7100000000001"} for part in audit["events"])
    }
    assert seen == told


@pytest.mark.parametrize("status", [403, 404])
def test_open_tickets_are_left_to_the_exports_where_the_search_is_not_to_be_had(desk: Any, status: int) -> None:
    desk.open(1)
    desk.answers["search/export"] = [httpx.Response(status, json={"error": "InvalidEndpoint"})]
    connector = desk.connector()
    pages = list(connector.pull("open_tickets", connector.start("open_tickets", None)))
    assert [record for page in pages for record in page.records] == []


def test_organisations_of_any_age_come_from_the_plain_list(desk: Any) -> None:
    for number in range(3):
        desk.organisations[700 + number] = {"id": 700 + number, "name": f"House {number}", "_at": 0}
    connector = desk.connector()
    pages = list(connector.pull("organisations", connector.start("organisations", None)))
    assert {record.id for page in pages for record in page.records} == {"700", "701", "702"}
    assert desk.calls["incremental/organizations"] == 0
