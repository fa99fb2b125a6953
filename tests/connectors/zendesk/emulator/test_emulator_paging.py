from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.zendesk.emulator import Stage


@pytest.fixture(autouse=True)
def _no_limits(stage: Stage) -> None:
    stage.limits(on=False)


@pytest.mark.parametrize("sort", ["id", "-id", "updated_at", "-updated_at", "status"])
def test_cursor_pages_bring_every_listed_ticket_once(http: httpx.Client, sort: str) -> None:
    seen: list[int] = []
    page = http.get("tickets", params={"page[size]": 7, "sort": sort}).json()
    for _ in range(100):
        seen.extend(row["id"] for row in page["tickets"])
        if not page["meta"]["has_more"]:
            break
        page = http.get(page["links"]["next"]).raise_for_status().json()
    assert len(seen) == len(set(seen)) == http.get("tickets/count").json()["count"]["value"]
    if sort == "-id":
        assert seen == sorted(seen, reverse=True)


def test_links_stay_on_the_last_page_and_on_the_first(http: httpx.Client) -> None:
    page = http.get("groups.json", params={"page[size]": 100}).json()
    assert page["meta"]["has_more"] is False
    assert "page%5Bafter%5D=" in page["links"]["next"]
    assert page["links"]["prev"] is not None
    beyond = http.get(page["links"]["next"]).json()
    assert (beyond["groups"], beyond["meta"]["has_more"], beyond["links"]["next"]) == ([], False, None)


def test_a_page_can_be_read_backwards(http: httpx.Client) -> None:
    first = http.get("users", params={"page[size]": 3}).json()
    second = http.get(first["links"]["next"]).json()
    assert http.get(second["links"]["prev"]).json()["users"] == first["users"]


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ({"page[size]": 101}, 400, "InvalidPaginationParameter"),
        ({"page[size]": 0}, 400, "InvalidPaginationParameter"),
        ({"page[size]": 5, "page[after]": "junk"}, 400, "InvalidPaginationParameter"),
        ({"page[size]": 5, "sort": "priority"}, 400, "InvalidPaginationParameter"),
        ({"page": "x"}, 400, "InvalidPaginationParameter"),
    ],
)
def test_wrong_cursor_paging_is_refused(http: httpx.Client, query: dict[str, str], status: int, error: str) -> None:
    answer = http.get("tickets", params=query)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_sort_by_is_ignored_beside_a_cursor_and_start_time_always(http: httpx.Client) -> None:
    plain = http.get("tickets", params={"page[size]": 5}).json()["tickets"]
    ignored = {"page[size]": 5, "sort_by": "updated_at", "sort_order": "desc", "start_time": 2_000_000_000}
    assert http.get("tickets", params=ignored).json()["tickets"] == plain
    ids = [row["id"] for row in http.get("tickets", params={"sort_by": "id", "sort_order": "desc"}).json()["tickets"]]
    assert ids == sorted(ids, reverse=True)


def test_offset_pages_have_an_end_and_a_depth(http: httpx.Client) -> None:
    page = http.get("tickets", params={"page": 2, "per_page": 5}).json()
    assert parse_qs(urlsplit(page["next_page"]).query) == {"page": ["3"], "per_page": ["5"]}
    assert page["count"] == http.get("tickets/count").json()["count"]["value"]
    assert http.get("tickets", params={"page": 100, "per_page": 100}).json()["next_page"] is None
    refused = http.get("tickets", params={"page": 101, "per_page": 1})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "InvalidPaginationDepth")
    assert len(http.get("users", params={"per_page": 500}).json()["users"]) <= 100


@pytest.mark.parametrize("path", ["tickets/show_many", "users/show_many", "organizations/show_many"])
def test_more_than_a_hundred_ids_are_refused(http: httpx.Client, path: str) -> None:
    assert http.get(path, params={"ids": ",".join(map(str, range(1, 101)))}).status_code == 200
    refused = http.get(path, params={"ids": ",".join(map(str, range(1, 102)))})
    assert refused.status_code == 400
    assert refused.json() == {
        "error": "TooManyValues",
        "description": "Parameter  cannot specify more than 100 values",
        "max_count": 100,
    }


def test_audits_are_paged_oldest_first_or_newest_first(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    for _ in range(4):
        stage.note(ticket)  # five audits in one second
    first = http.get(f"tickets/{ticket}/audits", params={"page[size]": 2}).json()
    second = http.get(first["links"]["next"]).json()
    third = http.get(second["links"]["next"]).json()
    ids = [one["id"] for page in (first, second, third) for one in page["audits"]]
    assert ids == sorted(set(ids))
    assert len(ids) == 5
    newest = http.get(f"tickets/{ticket}/audits", params={"page[size]": 2, "sort_order": "desc"}).json()
    assert [one["id"] for one in newest["audits"]] == ids[:-3:-1]
    assert http.get(f"tickets/{ticket}/audits", params={"page[size]": 101}).status_code == 400
    assert http.get(f"tickets/{ticket}/audits/{ids[2]}").json()["audit"]["id"] == ids[2]


def test_search_finds_open_tickets(http: httpx.Client, stage: Stage) -> None:
    tickets = [one["ticket"] for one in stage.truth()["tickets"]]
    old = {one["id"]: one for one in tickets if one["created_at"] < "2026-03-04T09:58:00Z"}
    unsolved = {number for number, one in old.items() if one["status"] in ("new", "open", "pending", "hold")}
    found = http.get("search.json", params={"query": "type:ticket status<solved", "per_page": 100}).json()
    assert {one["id"] for one in found["results"]} == unsolved
    assert {one["result_type"] for one in found["results"]} == {"ticket"}
    urgent = {number for number, one in old.items() if one["priority"] == "urgent" and one["status"] != "deleted"}
    found = http.get("search", params={"query": "type:ticket priority:urgent"}).json()
    assert {one["id"] for one in found["results"]} == urgent
    late = {number for number, one in old.items() if one["created_at"] >= "2026-02-20" and one["status"] != "deleted"}
    found = http.get("search", params={"query": "created>=2026-02-20 -type:user"}).json()
    assert {one["id"] for one in found["results"]} == late


def test_the_search_index_lags_behind(http: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket(subject="zebra crossing")
    query = {"query": 'type:ticket "zebra crossing"'}
    assert http.get("search", params=query).json()["count"] == 0
    stage.advance(121)
    assert [one["id"] for one in http.get("search", params=query).json()["results"]] == [ticket]


def test_search_ends_at_a_thousand_and_knows_no_cursor(http: httpx.Client) -> None:
    beyond = http.get("search", params={"query": "type:ticket", "page": 11, "per_page": 100})
    assert (beyond.status_code, beyond.json()["error"]) == (422, "invalid")
    assert http.get("search", params={"query": "type:ticket", "page[size]": 10}).status_code == 400


def test_a_search_export_cursor_lives_for_an_hour(http: httpx.Client, stage: Stage) -> None:
    first = http.get(
        "search/export", params={"query": "status<closed", "filter[type]": "ticket", "page[size]": 5}
    ).json()
    assert len(first["results"]) == 5
    stage.advance(3500)
    second = http.get(first["links"]["next"])
    assert second.status_code == 200
    assert not {one["id"] for one in first["results"]} & {one["id"] for one in second.json()["results"]}
    stage.advance(200)
    assert http.get(second.json()["links"]["next"]).status_code == 400
