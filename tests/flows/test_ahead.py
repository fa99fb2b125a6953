"""A page is fetched while the one before it is stored; errors, stops and ends leave nothing behind."""

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import RetryLater, StoreError
from core.flows.ahead import ahead
from core.flows.source import Progress
from core.flows.sync import open_lanes, sync_lane
from core.ports import Checkpoint, LaneKind, Page, Stop
from core.store import connections, lanes
from core.tickets import Person

LONG = 30  # seconds, for what comes at once unless something is broken
AT = datetime(2026, 5, 1, tzinfo=UTC)


class Pages:
    """A connector whose pages a test writes as a generator of its own."""

    def __init__(self, whole: Any, pages: Callable[[], Iterator[Page]]) -> None:
        self.streams, self.start, self.mapping = whole.streams, whole.start, whole.mapping
        self._pages = pages

    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        return self._pages()


def page(number: int) -> Page:
    return Page((Person(f"p{number}", f"Person {number}", "agent", AT),), Checkpoint(f"after {number}"))


def lane_of(bench: Any) -> lanes.LaneRow:
    rows = open_lanes(bench.store, bench.source)
    return next(row for row in rows if row.stream == "people" and row.kind is LaneKind.LIVE)


def read(
    bench: Any, pages: Callable[[], Iterator[Page]], stored: Callable[[int], None] = lambda _: None
) -> tuple[int, object]:
    """Pull the pages; `stored` hears how many records are in after each. Returns: records read, and the error."""
    lane = lane_of(bench)

    def report(progress: Progress) -> None:
        stored(progress.read)

    source = replace(bench.source, connector=Pages(bench.connector, pages), report=report)
    done, error = sync_lane(bench.store, source, lane, bench.stop)
    assert left() == []
    return done.read, error


def left() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("ahead")]


def cursor(bench: Any) -> str:
    return lane_of(bench).checkpoint.cursor


def test_a_page_is_fetched_while_the_one_before_it_is_stored(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    first_is_in = threading.Event()
    together: list[bool] = []

    def pages() -> Iterator[Page]:
        with bench.store.unit() as tx:
            connections.hold(tx, bench.source.id)
            yield page(1)
            # Nothing can be stored until here, where the second page is being fetched.
        together.append(first_is_in.wait(LONG))
        yield page(2)

    assert read(bench, pages, lambda _: first_is_in.set()) == (2, None)
    assert together == [True]
    assert cursor(bench) == "after 2"


def test_no_more_than_one_page_is_fetched_ahead() -> None:
    begun = [threading.Event() for _ in range(6)]

    def numbers() -> Iterator[int]:
        for number, event in enumerate(begun):
            event.set()
            yield number

    with ahead(numbers(), lambda _: False) as found:
        assert not begun[0].is_set()
        for number in found:
            assert number == 5 or begun[number + 1].wait(LONG)
            assert [event.is_set() for event in begun[number + 2 :]] == [False] * len(begun[number + 2 :])


def test_what_came_before_a_failing_fetch_is_stored(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()

    def pages() -> Iterator[Page]:
        yield page(1)
        raise RetryLater("gone")

    count, error = read(bench, pages)
    assert (count, str(error)) == (1, "gone")
    assert cursor(bench) == "after 1"


def test_a_stop_ends_the_fetch_that_is_under_way(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    closed: list[threading.Thread] = []

    def pages() -> Iterator[Page]:
        stop: Stop = bench.stop
        try:
            yield page(1)
            if stop.wait(LONG):
                raise RetryLater("stopping")
            yield page(2)
        finally:
            closed.append(threading.current_thread())

    assert read(bench, pages, lambda _: bench.stop.set()) == (1, None)
    assert len(closed) == 1
    assert cursor(bench) == "after 1"


def test_no_fetch_is_begun_once_the_stop_is_set(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    begun: list[int] = []

    def pages() -> Iterator[Page]:
        for number in range(1, 9):
            begun.append(number)
            if number == 3:
                bench.stop.set()
            yield page(number)

    count, error = read(bench, pages)
    assert error is None
    assert begun == [1, 2, 3]
    # The stop came with the third page, while the second one was stored or had been.
    assert count in {2, 3}


def test_pages_are_made_and_closed_in_one_thread(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    threads: list[threading.Thread] = []

    def pages() -> Iterator[Page]:
        try:
            for number in range(1, 9):
                threads.append(threading.current_thread())
                yield page(number)
        finally:
            threads.append(threading.current_thread())

    def stored(count: int) -> None:
        if count == 2:
            bench.stop.set()

    assert read(bench, pages, stored) == (2, None)
    assert len(set(threads)) == 1
    assert threads[0] is not threading.current_thread()


def test_a_store_that_fails_ends_the_reading(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    closed: list[bool] = []

    def pages() -> Generator[Page]:
        try:
            yield page(1)
            # Without a time zone no instant can be stored.
            yield replace(page(2), settled_until=AT.replace(tzinfo=None))
            yield page(3)
        finally:
            closed.append(True)

    with pytest.raises((StoreError, ValueError, TypeError)):
        read(bench, pages)
    assert closed == [True]
    assert left() == []
    assert cursor(bench) == "after 1"
