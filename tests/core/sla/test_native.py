"""The source's own clocks as people read them, out of single statements in any order."""

from datetime import UTC, datetime, timedelta
from itertools import count, permutations

import pytest

from core.sla.native import NativeReading, read
from core.tickets import NativeClock, Says

NINE = datetime(2026, 5, 11, 9, tzinfo=UTC)
NOW = NINE + timedelta(hours=8)
NUMBERS = count(100)


def at(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


def said(says: Says, hours: float, **more: object) -> NativeClock:
    return NativeClock(str(next(NUMBERS)), "1", "reply_time", 1, says, at(hours), **more)


def one(*statements: NativeClock, now: datetime = NOW) -> NativeReading:
    (found,) = {read(order, now) for order in permutations(statements)}
    (reading,) = found
    return reading


def test_a_clock_that_runs_has_its_target_and_its_due_instant() -> None:
    found = one(
        said(Says.STARTED, 0),
        said(Says.TARGET, 0, seconds=36000, business=False, policy="Gold"),
        said(Says.DUE, 10),
    )
    assert found == NativeReading("reply_time", 1, "running", "Gold", 36000, False, at(0), due_at=at(10))
    assert not found.breached


def test_a_due_instant_that_has_passed_unfulfilled_is_a_breach() -> None:
    assert one(said(Says.STARTED, 0), said(Says.DUE, 4)).breached_at == at(4)
    assert one(said(Says.STARTED, 0), said(Says.DUE, 4), said(Says.COMPLETED, 5)).breached_at == at(4)
    assert one(said(Says.STARTED, 0), said(Says.DUE, 4), now=at(3)).breached_at is None


def test_a_due_instant_that_was_taken_back_is_no_breach() -> None:
    found = one(said(Says.STARTED, 0), said(Says.DUE, 4, withdrawn=True), said(Says.COMPLETED, 2))
    assert (found.state, found.completed_at, found.due_at, found.breached) == ("completed", at(2), None, False)


def test_a_new_target_moves_the_due_instant_and_a_breach_before_it_stays() -> None:
    found = one(
        said(Says.STARTED, 0),
        said(Says.TARGET, 0, seconds=3600, business=False),
        said(Says.DUE, 1),
        said(Says.TARGET, 2, seconds=86400, business=False),
        said(Says.DUE, 24),
    )
    assert (found.target_seconds, found.due_at, found.breached_at) == (86400, at(24), at(1))


@pytest.mark.parametrize(("business", "seconds"), [(True, 60), (False, 300)])
def test_what_has_elapsed_is_told_in_the_hours_of_the_target(business: bool, seconds: int) -> None:
    found = one(
        said(Says.STARTED, 0),
        said(Says.TARGET, 0, seconds=600, business=business),
        said(Says.ELAPSED, 1, seconds=60, business=True),
        said(Says.ELAPSED, 1, seconds=300, business=False),
        said(Says.PAUSED, 1),
    )
    assert (found.state, found.elapsed_seconds) == ("paused", seconds)


def test_clocks_are_told_apart_by_metric_and_cycle_and_come_by_their_start() -> None:
    second = NativeClock("1", "1", "reply_time", 2, Says.STARTED, at(3))
    other = NativeClock("2", "1", "agent_work_time", 1, Says.STARTED, at(0))
    first = NativeClock("3", "1", "reply_time", 1, Says.COMPLETED, at(2))
    start = NativeClock("4", "1", "reply_time", 1, Says.STARTED, at(1))
    found = [(each.metric, each.cycle, each.state) for each in read((second, other, first, start), NOW)]
    assert found == [("agent_work_time", 1, "running"), ("reply_time", 1, "completed"), ("reply_time", 2, "running")]


def test_what_is_due_while_a_clock_stands_still_is_no_breach() -> None:
    found = one(said(Says.STARTED, 0), said(Says.DUE, 4), said(Says.PAUSED, 3, seconds=0))
    assert (found.state, found.due_at, found.breached) == ("paused", at(4), False)
    assert one(said(Says.STARTED, 0), said(Says.DUE, 4), said(Says.PAUSED, 5, seconds=0)).breached_at == at(4)
