"""The search finds everything, however the list of issues moves while it is read."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Http, Limits, perhaps
from connectors.jira.client import Api
from connectors.jira.search import NotTaken, Query, Search

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


class Site:
    """Issues by their last change. `before` runs ahead of each search; `takes` says which bounds are understood."""

    def __init__(self, *, cloud: bool, size: int = 3, takes: str = r"\d{11,}") -> None:
        self.cloud, self.size, self.takes = cloud, size, takes
        self.now = NOON
        self.issues: dict[int, datetime] = {}
        self.before: Callable[[], None] = lambda: None
        self.asked: list[str] = []
        self.short: list[int] = []  # so many rows have the next pages at most

    def search(self) -> Search:
        client = httpx.Client(base_url="https://jira.example", transport=httpx.MockTransport(self.answer))
        http = Http(client, Limits((), rate=(10**6, SECOND)), stop=Never(), now=lambda: self.now)
        return Search(Api(http))

    def answer(self, request: httpx.Request) -> httpx.Response:
        headers = {"date": format_datetime(self.now, usegmt=True)}
        if request.url.path.endswith("serverInfo"):
            kind = "Cloud" if self.cloud else "Server"
            return httpx.Response(200, json={"deploymentType": kind, "version": "1"}, headers=headers)
        self.before()
        body = json.loads(request.content)
        self.asked.append(body["jql"])
        bound = re.search(r'updated >= (\S+|"[^"]*") ORDER', body["jql"])
        assert bound is not None
        if not re.fullmatch(self.takes, bound[1]):
            said = f"Date value '{bound[1]}' for field 'updated' is invalid."
            return httpx.Response(400, json={"errorMessages": [said], "errors": {}}, headers=headers)
        rows = self.rows(self.since(bound[1]), body["jql"])
        answer = self.by_token(rows, body) if self.cloud else self.by_position(rows, body)
        return httpx.Response(200, json=answer, headers=headers)

    def since(self, bound: str) -> datetime:
        if bound.isdigit():
            return datetime.fromtimestamp(int(bound) / 1000, UTC)
        return self.now - timedelta(minutes=int(bound.strip('"-m')))

    def rows(self, since: datetime, jql: str) -> list[tuple[datetime, int]]:
        found = [(at, number) for number, at in self.issues.items() if at >= since]
        return sorted(found, key=(lambda row: row) if "ORDER BY updated" in jql else (lambda row: (row[1], row[1])))

    def by_token(self, rows: list[tuple[datetime, int]], body: dict[str, Any]) -> dict[str, Any]:
        if token := body.get("nextPageToken"):
            at, _, number = token.partition("|")
            place = (datetime.fromisoformat(at), int(number))
            rows = [row for row in rows if row > place]
        page = rows[: self.size]
        more = {"nextPageToken": f"{page[-1][0].isoformat()}|{page[-1][1]}"} if len(rows) > len(page) else {}
        return {"issues": [shown(*row) for row in page], "isLast": not more, **more}

    def by_position(self, rows: list[tuple[datetime, int]], body: dict[str, Any]) -> dict[str, Any]:
        size = self.short.pop(0) if self.short else self.size
        page = rows[body["startAt"] :][: min(size, body["maxResults"])]
        return {"startAt": body["startAt"], "total": len(rows), "issues": [shown(*row) for row in page]}


def shown(at: datetime, number: int) -> dict[str, Any]:
    told = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    return {"id": str(number), "key": f"SUP-{number}", "fields": {"updated": told}}


def read(search: Search, since: datetime = NOON - timedelta(days=30)) -> set[str]:
    pages = search.changed(Query("", ["updated"]), int(since.timestamp() * 1000))
    return {str(perhaps(item)["id"]) for page in pages for item in page.items}


steps = st.lists(st.lists(st.integers(1, 30), max_size=4), max_size=12)
"""Which issues are changed ahead of each search."""


@pytest.mark.parametrize("cloud", [True, False])
@given(
    seconds=st.lists(st.sampled_from([0, 0, 0, 1, 59, 60, 61, 3600]), min_size=1, max_size=30),
    moves=steps,
    size=st.integers(3, 7),
)
def test_no_issue_is_passed_over_while_others_move_to_the_end(
    cloud: bool, seconds: Sequence[int], moves: list[list[int]], size: int
) -> None:
    site = Site(cloud=cloud, size=size)
    at = NOON - timedelta(days=2)
    for number, more in enumerate(seconds, 1):
        at += timedelta(seconds=more)
        site.issues[number] = at
    left = list(moves)

    def move() -> None:
        site.now += SECOND
        for number in left.pop(0) if left else ():
            if number in site.issues:
                site.issues[number] = site.now

    site.before = move
    assert read(site.search()) == set(map(str, site.issues))


@given(seconds=st.lists(st.sampled_from([0, 1, 60]), min_size=1, max_size=30), gone=steps)
def test_no_id_is_left_out_while_others_are_deleted(seconds: Sequence[int], gone: list[list[int]]) -> None:
    site = Site(cloud=False)
    site.issues = {number: NOON - timedelta(days=1, seconds=more) for number, more in enumerate(seconds, 1)}
    left = list(gone)

    def delete() -> None:
        for number in left.pop(0) if left else ():
            site.issues.pop(number, None)

    site.before = delete
    found = {str(perhaps(item)["id"]) for page in site.search().ids("", 0) for item in page.items}
    assert found >= set(map(str, site.issues))


@given(
    seconds=st.lists(st.sampled_from([0, 1, 60]), min_size=1, max_size=20),
    short=st.lists(st.integers(0, 4), max_size=20),
)
def test_a_page_that_is_shorter_than_it_might_be_is_not_the_last(seconds: Sequence[int], short: list[int]) -> None:
    site, at = Site(cloud=False, size=4), NOON - timedelta(days=1)
    for number, more in enumerate(seconds):
        at += timedelta(seconds=more)
        site.issues[number] = at
    site.short = list(short)
    assert read(site.search()) == set(map(str, site.issues))
    site.short = list(short)
    found = {str(perhaps(item)["id"]) for page in site.search().ids("", 0) for item in page.items}
    assert found == set(map(str, site.issues))


@pytest.mark.parametrize("cloud", [True, False])
def test_where_instants_are_not_understood_an_age_is_told_that_is_large_enough(cloud: bool) -> None:
    site = Site(cloud=cloud, takes=r'"-\d+m"')
    since = NOON - timedelta(hours=5, seconds=30)
    site.issues = {number: since + timedelta(minutes=number) for number in range(8)}
    site.issues[99] = since - timedelta(hours=1)
    assert read(site.search(), since) == set(map(str, range(8)))


@pytest.mark.parametrize("cloud", [True, False])
def test_a_query_that_is_not_taken_at_all_is_told_in_jiras_own_words(cloud: bool) -> None:
    site = Site(cloud=cloud, takes="never")
    with pytest.raises(NotTaken, match="Date value"):
        read(site.search())


def test_no_bound_names_a_local_time() -> None:
    site = Site(cloud=True)
    read(site.search())
    assert all("-" not in each and ":" not in each for each in site.asked)


@pytest.mark.parametrize("size", [3, 7])
def test_thousands_of_issues_of_one_minute_are_read_in_calls_that_grow_with_their_number(size: int) -> None:
    site = Site(cloud=False, size=size)
    site.issues = {number: NOON - timedelta(milliseconds=number) for number in range(300)}
    assert len(read(site.search())) == 300
    assert len(site.asked) <= 300 / (size - 2) + 10
