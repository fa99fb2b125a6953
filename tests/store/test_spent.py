"""What was called of a source, counted for all processes, however many there are and however they end."""

from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import Bucket, Limits
from core.errors import StoreError
from core.ports import Bound
from core.store import Store, tables
from core.store.spent import Spent, boot

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)


machines = count()
"""Each example has one of its own."""


class Ticks:
    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


def opened(store: Store, connection: int, ticks: Ticks, boot: str = "one") -> Spent:
    return Spent(store, connection, lambda: NOON + timedelta(seconds=ticks.now), boot=boot, ticks=ticks)


def test_a_call_is_counted_where_there_is_room_and_waited_for_where_there_is_none(desk: Any) -> None:
    ticks, bound = Ticks(), Bound("all", 2, 60.0)
    spent = opened(desk.store, desk.id, ticks)
    assert [spent.take([bound]), spent.take([bound])] == [0.0, 0.0]
    wait = spent.take([bound])
    assert 60 <= wait <= 61
    ticks.now += wait - 0.01
    assert spent.take([bound]) > 0
    ticks.now += 0.02
    assert spent.take([bound]) == 0.0


def test_a_call_under_two_bounds_is_counted_for_both_or_for_none(desk: Any) -> None:
    ticks, narrow, wide = Ticks(), Bound("exports", 1, 60.0), Bound("all", 3, 60.0)
    spent = opened(desk.store, desk.id, ticks)
    assert spent.take([wide, narrow]) == 0.0
    assert spent.take([wide, narrow]) > 0
    assert [spent.take([wide]), spent.take([wide])] == [0.0, 0.0]
    assert spent.take([wide]) > 0


def test_another_process_finds_what_one_that_is_dead_has_spent(desk: Any) -> None:
    ticks, bound = Ticks(), Bound("all", 2, 60.0)
    opened(desk.store, desk.id, ticks).note([bound])
    opened(desk.store, desk.id, ticks).note([bound])
    assert opened(desk.store, desk.id, ticks).take([bound]) > 0
    # The clock of a machine that was started anew has begun again.
    assert opened(desk.store, desk.id, ticks, boot="two").take([bound]) == 0.0


def test_a_host_s_clock_that_is_set_forward_by_days_forgets_no_call(desk: Any) -> None:
    ticks, bound, other = Ticks(), Bound("all", 1, 60.0), Bound("exports", 5, 60.0)
    assert opened(desk.store, desk.id, ticks).take([bound]) == 0.0
    ahead = Spent(desk.store, desk.id, lambda: NOON + timedelta(days=9), boot="one", ticks=ticks)
    ahead.note([other])
    assert ahead.take([bound]) > 0


def test_what_a_source_says_of_its_limits_is_known_to_the_next_process(desk: Any) -> None:
    ticks, bucket = Ticks(), Bucket("all", 2, MINUTE)
    first = Limits([bucket], share=1.0, spending=opened(desk.store, desk.id, ticks), now=ticks)
    first.heard("GET", "/", {"x-rate-limit": "4"}, 200)
    first.heard("GET", "/", {"x-rate-limit": "3"}, 200)
    second = Limits([bucket], share=1.0, spending=opened(desk.store, desk.id, ticks), now=ticks)
    assert [second.take("GET", "/") == 0.0 for _ in range(4)] == [True, True, True, False]


def test_connections_are_told_apart(desk: Any, open_desk: Any) -> None:
    ticks, bound = Ticks(), Bound("all", 1, 60.0)
    other = open_desk(desk.store, "other")
    assert opened(desk.store, desk.id, ticks).take([bound]) == 0.0
    assert opened(desk.store, other.id, ticks).take([bound]) == 0.0


def test_little_is_kept_of_what_counts_no_more(desk: Any) -> None:
    ticks, bound = Ticks(), Bound("all", 1000, 60.0)
    spent = opened(desk.store, desk.id, ticks)
    opened(desk.store, desk.id, ticks, boot="before").note([bound])
    for _ in range(300):
        spent.note([bound])
        ticks.now += 10
    ticks.now += 3 * 86_400
    spent.note([bound])
    assert len(desk.rows(tables.spent)) == 1


@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(0, 9), st.booleans()), max_size=60),
    st.integers(1, 6),
    st.sampled_from([1.0, 7.0, 60.0]),
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_processes_together_never_exceed_a_limit(
    sqlite_desk: Any, calls: list[tuple[int, float, bool]], most: int, span: float
) -> None:
    ticks, bucket = Ticks(), Bucket(f"all {most} {span}", most, timedelta(seconds=span))
    machine = str(next(machines))

    def process() -> Limits:
        return Limits(
            [bucket], share=1.0, spending=opened(sqlite_desk.store, sqlite_desk.id, ticks, machine), now=ticks
        )

    running, made = [process() for _ in range(3)], deque[float]()
    for number, later, dies in calls:
        ticks.now += later
        if dies:
            running[number] = process()
        if running[number].take("GET", "/") == 0.0:
            made.append(ticks.now)
        while made and made[0] <= ticks.now - span:
            made.popleft()
        assert len(made) <= most


def test_this_machine_has_a_name_since_it_was_started() -> None:
    assert boot() == boot() != ""


def test_no_call_is_made_that_cannot_be_counted(desk: Any) -> None:
    limits = Limits([Bucket("all", 5, MINUTE)], share=1.0, spending=opened(desk.store, desk.id + 1, Ticks()))
    with pytest.raises(StoreError):
        limits.take("GET", "/")
