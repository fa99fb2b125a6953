"""The census: what is listed, in how many calls, and where a ticket is that is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors import Absence, Census, Event, Presence, RetryLater, SourceError, Ticket
from connectors.zendesk import ZendeskConnector

MINUTE = timedelta(minutes=1)
LAG = timedelta(minutes=10)
START = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def full_desk(desk: Any) -> Any:
    """2,500 tickets, one an hour, of two brands in turn; the last was made just now."""
    for number in range(1, 2501):
        at = START - timedelta(hours=2500 - number)
        desk.tickets[number] = {
            "id": number, "brand_id": 31 + number % 2, "group_id": None, "created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "updated_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "_at": int(at.timestamp()),
        }  # fmt: skip
    return desk


def by_part(parts: Any) -> dict[str, Census]:
    return {each.part: each for each in parts}


def listed(parts: Any) -> set[str]:
    return {one for each in parts for one in each.ids or ()}


def queries(desk: Any) -> list[str]:
    """Note down what is searched for from now on."""
    asked: list[str] = []

    def note(request: httpx.Request) -> None:
        if request.url.path.endswith("search/export.json"):
            asked.append(request.url.params["query"])

    desk.before = note
    return asked


def test_each_brand_is_told_with_its_tickets_and_when_they_changed(busy_desk: Any) -> None:
    busy_desk.tickets[2]["brand_id"] = 32
    parts = by_part(busy_desk.connector().census(None))
    assert parts.keys() == {"Lumen", "Lux"}
    lux = parts["Lux"]
    assert (lux.field, lux.value, lux.ids, lux.archived) == ("brand", "32", {"2"}, True)
    assert lux.as_of == busy_desk.now - LAG
    assert lux.changed == {"2": datetime.fromisoformat(busy_desk.tickets[2]["updated_at"])}
    assert parts["Lumen"].ids == {"1", "3", "4", "5"}


def test_a_brand_without_tickets_is_there_all_the_same(busy_desk: Any) -> None:
    assert by_part(busy_desk.connector().census(None))["Lux"].ids == frozenset()


def test_a_thousand_ids_cost_one_call(full_desk: Any) -> None:
    for number in range(1, 1501):
        del full_desk.tickets[number]
    assert len(listed(full_desk.connector().census(None))) == 1000
    assert (full_desk.calls["search/export"], full_desk.calls.total()) == (1, 2)


def test_more_of_them_are_listed_in_windows_the_youngest_first(full_desk: Any) -> None:
    asked = queries(full_desk)
    assert listed(full_desk.connector().census(None)) == {str(each) for each in range(1, 2501)}
    # All at once, 30 days of 720 tickets, 60 of 1,440 in two pages, 60 of the rest, 120 of none, and all before that.
    assert len(asked) == 7
    assert asked[0] == "type:ticket"
    assert asked[1] == "created>=2026-01-31T12:00:01Z created<2026-03-02T12:00:01Z"
    assert asked[-1] == "created<2025-06-05T12:00:01Z"
    assert full_desk.calls.total() == 8


def test_behind_a_gap_of_years_the_rest_is_found(full_desk: Any) -> None:
    for number in range(1, 1101):
        old = full_desk.tickets[number]
        old["created_at"] = old["created_at"].replace("2025", "2011").replace("2026", "2012")
    assert len(listed(full_desk.connector().census(None))) == 2500
    assert full_desk.calls["search/export"] < 30


def test_what_the_limits_break_off_goes_on_where_it_was(full_desk: Any) -> None:
    passed = [0.0]
    connector = full_desk.connector({}, share=None, rate=(2, MINUTE), now=lambda: passed[0])
    parts: list[Census] = []
    for _ in range(10):
        try:
            parts = list(connector.census(None))
            break
        except RetryLater:
            passed[0] += 61
    assert len(listed(parts)) == 2500
    assert {each.as_of for each in parts} == {full_desk.now - LAG}
    assert (full_desk.calls["search/export"], full_desk.calls.total()) == (7, 8)
    passed[0] += 61
    with pytest.raises(RetryLater):
        list(connector.census(None))
    # The next one begins anew.
    assert full_desk.calls["search/export"] == 9


def test_a_round_that_broke_off_between_two_parts_is_not_listed_again(full_desk: Any) -> None:
    connector = full_desk.connector()
    next(connector.census(None))
    assert len(listed(connector.census(None))) == 2500
    assert full_desk.calls["search/export"] == 7
    list(connector.census(START - timedelta(days=1)))
    assert full_desk.calls["search/export"] > 7


def test_a_window_whose_cursor_has_ended_is_listed_anew_and_smaller(full_desk: Any) -> None:
    ended: list[str] = []

    def end(request: httpx.Request) -> None:
        if "page[after]" in request.url.params and not ended:
            ended.append(request.url.params["query"])
            full_desk.answers["search/export"] = [httpx.Response(400, json={"error": "page[after] is not valid"})]

    full_desk.before = end
    assert len(listed(full_desk.connector().census(None))) == 2500
    assert len(ended) == 1


def test_a_search_of_the_admins_own_that_outlives_its_cursor_again_and_again_is_given_up(full_desk: Any) -> None:
    full_desk.scope = {"query": "tags:vip"}
    full_desk.searched = lambda ticket: True

    def end(request: httpx.Request) -> None:
        if "page[after]" in request.url.params:
            full_desk.answers["search/export"] = [httpx.Response(400, json={"error": "page[after] is not valid"})]

    full_desk.before = end
    with pytest.raises(SourceError, match="the search for 'tags:vip' finds more tickets than the call limits let"):
        list(full_desk.connector().census(None))


def test_what_has_not_changed_since_the_past_was_read_from_is_not_searched_for(full_desk: Any) -> None:
    asked = queries(full_desk)
    since = START - timedelta(hours=10)
    assert listed(full_desk.connector().census(since)) == {str(each) for each in range(2490, 2501)}
    assert asked == ["updated>=2026-03-02T02:00:00Z"]


@pytest.mark.parametrize(
    ("scope", "parts", "searches"),
    [
        ({"brands": ["Lux"]}, {"Lux": {"1", "2"}}, ["brand:32"]),
        ({"brands": ["Lux", "Lumen"]}, {"Lux": {"1", "2"}, "Lumen": {"3", "4", "5"}}, ["brand:31", "brand:32"]),
        ({"groups": ["First line"]}, {"Lux": {"1"}, "Lumen": {"3"}}, ["group:11"]),
        ({"brands": [32], "groups": [11]}, {"Lux": {"1"}}, ["brand:32"]),
        ({"query": "tags:vip"}, {"Lux": {"2"}, "Lumen": {"4"}}, ["tags:vip"]),
        ({"query": "tags:vip", "brands": "Lux"}, {"Lux": {"2"}}, ["tags:vip"]),
    ],
)
def test_of_a_part_of_the_account_no_more_is_searched_for(
    busy_desk: Any, scope: Any, parts: dict[str, set[str]], searches: list[str]
) -> None:
    for number in (1, 2):
        busy_desk.tickets[number]["brand_id"] = 32
    for number in (1, 3):
        busy_desk.tickets[number]["group_id"] = 11
    busy_desk.scope, busy_desk.searched = scope, lambda ticket: ticket["id"] % 2 == 0
    asked = queries(busy_desk)
    found = by_part(busy_desk.connector().census(None))
    assert {name: set(each.ids or ()) for name, each in found.items()} == parts
    assert asked == searches


def test_to_a_query_of_the_admins_own_nothing_is_added_and_old_tickets_are_left_out_here(full_desk: Any) -> None:
    full_desk.scope = {"query": "tags:vip"}
    full_desk.searched = lambda ticket: True
    asked = queries(full_desk)
    assert len(listed(full_desk.connector().census(START - timedelta(hours=10)))) == 11
    assert asked == ["tags:vip"] * 3


def test_where_brands_are_not_shown_their_ids_do(busy_desk: Any) -> None:
    busy_desk.answers["brands"] = [httpx.Response(403, json={"error": {"title": "Forbidden", "message": "no"}})]
    assert by_part(busy_desk.connector().census(None)).keys() == {"31"}


def test_a_search_that_is_refused_is_no_empty_account(busy_desk: Any) -> None:
    refusal = httpx.Response(403, json={"error": {"title": "Forbidden", "message": "no"}})
    connector = busy_desk.connector()
    busy_desk.answers["search/export"] = [refusal]
    with pytest.raises(SourceError, match="403"):
        list(connector.census(None))
    assert len(listed(connector.census(None))) == 5


def test_a_ticket_whose_change_cannot_be_read_is_listed_without_it(busy_desk: Any) -> None:
    busy_desk.tickets[4]["updated_at"] = "yesterday"
    (part,) = [each for each in busy_desk.connector().census(None) if each.ids]
    assert (part.ids, part.changed.keys()) == ({"1", "2", "3", "4", "5"}, {"1", "2", "3", "5"})


def gone(desk: Any, number: int) -> None:
    del desk.tickets[number], desk.audits[number]


def trash(desk: Any, number: int) -> None:
    gone(desk, number)
    desk.trash.append({
        "id": number, "subject": "private words", "actor": {"id": 502, "name": "Ben"}, "previous_state": "open",
        "deleted_at": f"{desk.now:%Y-%m-%dT%H:%M:%SZ}",
    })  # fmt: skip


def hide(desk: Any, number: int) -> None:
    """Let this user see a ticket no more, neither among others nor by itself."""
    gone(desk, number)
    desk.refused.add(number)


def test_trashed_hidden_and_purged_tickets_are_told_apart(busy_desk: Any) -> None:
    trash(busy_desk, 1)
    hide(busy_desk, 2)
    gone(busy_desk, 3)
    page = busy_desk.connector().fetch(["1", "2", "3", "4"])
    (absence,) = [each for each in page.records if isinstance(each, Absence)]
    assert (absence.ticket_id, absence.presence, absence.updated_at) == ("1", Presence.TRASHED, busy_desk.now)
    assert absence.values == {"status": "deleted"}
    assert page.hidden == {"2"}
    assert {each.id for each in page.records if isinstance(each, Ticket)} == {"4"}
    assert (page.left_out, page.set_aside) == ((), ())
    assert [each.ticket_id for each in page.complete] == ["4"]


def test_a_trashed_ticket_is_as_new_as_what_the_export_tells_of_it(busy_desk: Any) -> None:
    busy_desk.change(1, 502, status="deleted")
    row = dict(busy_desk.tickets[1])
    trash(busy_desk, 1)
    connector = busy_desk.connector()
    (absence,) = [each for each in connector.fetch(["1"]).records if isinstance(each, Absence)]
    busy_desk.tickets[1] = row
    busy_desk.now += timedelta(minutes=5)
    pages = connector.pull("tickets", connector.start("tickets", None))
    (exported,) = [each for page in pages for each in page.records if isinstance(each, Ticket) and each.id == "1"]
    assert (exported.version, exported.presence) == (absence.version, absence.presence)


def test_each_ticket_that_is_not_shown_costs_a_call_and_the_trash_one_for_all_of_them(busy_desk: Any) -> None:
    connector = busy_desk.connector()
    connector.fetch(["4"])
    busy_desk.calls.clear()
    connector.fetch(["4"])
    usual = busy_desk.calls.total()
    for number in (1, 2, 3):
        trash(busy_desk, number)
    busy_desk.calls.clear()
    connector.fetch(["1", "2", "3", "4"])
    assert busy_desk.calls["deleted_tickets"] == 1
    assert busy_desk.calls.total() == usual + 3 + 1


def test_hidden_tickets_cost_nothing_of_the_few_calls_for_the_trash(busy_desk: Any) -> None:
    for number in (1, 2, 3):
        hide(busy_desk, number)
    busy_desk.connector().fetch(["1", "2", "3"])
    assert busy_desk.calls["deleted_tickets"] == 0


def test_a_user_who_is_not_shown_the_trash_is_told_nothing_of_it(busy_desk: Any) -> None:
    trash(busy_desk, 1)
    busy_desk.answers["deleted_tickets"] = [httpx.Response(403, json={"error": {"title": "Forbidden", "message": "-"}})]
    page = busy_desk.connector().fetch(["1"])
    assert (page.records, page.hidden, page.left_out) == ((), frozenset(), ())


def test_a_ticket_that_is_back_before_it_was_asked_for_by_itself_is_whole(busy_desk: Any) -> None:
    row, audits = busy_desk.tickets[1], busy_desk.audits[1]
    trash(busy_desk, 1)

    def restore(request: httpx.Request) -> None:
        if request.url.path.endswith("tickets/1.json"):
            busy_desk.tickets[1], busy_desk.audits[1] = row, audits

    busy_desk.before = restore
    page = busy_desk.connector().fetch(["1", "4"])
    assert {each.id for each in page.records if isinstance(each, Ticket)} == {"1", "4"}
    assert {each.ticket_id for each in page.records if isinstance(each, Event)} == {"1", "4"}
    assert (page.left_out, [each.ticket_id for each in page.complete]) == ((), ["4", "1"])


def test_a_ticket_that_is_shown_and_whose_audits_are_not_is_there_and_cannot_be_read(busy_desk: Any) -> None:
    missing = httpx.Response(404, json={"error": "RecordNotFound"})
    busy_desk.answers["tickets/1/audits"] = [missing, missing]
    page = busy_desk.connector().fetch(["1", "4"])
    assert [(each.source_id, each.reason) for each in page.set_aside] == [
        ("1", "Zendesk shows this ticket, and nothing of what happened to it")
    ]
    assert (page.left_out, page.hidden) == ((), frozenset())


def bounded(desk: Any, passed: list[float], calls: int) -> ZendeskConnector:
    connector: ZendeskConnector = desk.connector({}, share=None, rate=(calls, MINUTE), now=lambda: passed[0])
    return connector


def test_a_trash_that_the_limits_do_not_let_be_read_at_once_is_read_on(busy_desk: Any) -> None:
    for number in range(1000, 1450):
        busy_desk.trash.append({"id": number, "actor": None, "deleted_at": f"{busy_desk.now:%Y-%m-%dT%H:%M:%SZ}"})
    trash(busy_desk, 1)
    gone(busy_desk, 2)
    passed = [0.0]
    connector = bounded(busy_desk, passed, 4)
    absences: list[Absence] = []
    for _ in range(10):
        try:
            page = connector.fetch(["1", "2"])
        except RetryLater:
            passed[0] += 61
            continue
        absences = [each for each in page.records if isinstance(each, Absence)]
        assert page.left_out == ()
        break
    assert [each.ticket_id for each in absences] == ["1"]
    assert (busy_desk.calls["deleted_tickets"], busy_desk.calls["tickets/1"], busy_desk.calls["tickets/2"]) == (5, 1, 1)


def test_a_ticket_that_went_while_the_trash_was_read_is_looked_for_in_it_once_more(busy_desk: Any) -> None:
    for number in range(1000, 1150):
        busy_desk.trash.append({"id": number, "actor": None, "deleted_at": f"{busy_desk.now:%Y-%m-%dT%H:%M:%SZ}"})
    gone(busy_desk, 2)
    passed = [0.0]
    connector = bounded(busy_desk, passed, 3)
    with pytest.raises(RetryLater):
        connector.fetch(["2"])
    gone(busy_desk, 1)
    busy_desk.trash.insert(0, {"id": 1, "actor": None, "deleted_at": f"{busy_desk.now:%Y-%m-%dT%H:%M:%SZ}"})
    found: set[str] = set()
    for _ in range(10):
        passed[0] += 61
        try:
            page = connector.fetch(["1", "2"])
        except RetryLater:
            continue
        found |= {each.ticket_id for each in page.records if isinstance(each, Absence)}
        if not page.left_out:
            break
    assert found == {"1"}


def test_what_the_limits_leave_of_the_looks_is_left_out(busy_desk: Any) -> None:
    for number in (1, 2, 3):
        hide(busy_desk, number)
    page = bounded(busy_desk, [0.0], 3).fetch(["1", "2", "3"])
    assert (page.hidden, page.left_out) == ({"1", "2"}, ("3",))
    assert page.after is not None
