"""What is kept for the urgent: neither a saturating backfill nor a live lane that catches up starves a write."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Bucket, Limits, Purpose
from connectors.shares import SHARES
from tests.connectors.limits.conftest import Clock
from tests.connectors.limits.test_limits import most_in_any

MINUTE = timedelta(minutes=1)
PARTS: Mapping[Purpose, float] = {Purpose.BACKFILL: 0.2, Purpose.CENSUS: 0.1}
KEPT: Mapping[Purpose, float] = {Purpose.WRITES: 0.2, Purpose.HINTS: 0.1}


def limits_of(calls: int, clock: Clock) -> Limits:
    return Limits([Bucket("account", calls, MINUTE)], share=None, shares=SHARES, now=clock)


def take(limits: Limits, purpose: Purpose) -> bool:
    return limits.take("GET", "/x", purpose, part=PARTS.get(purpose, 1.0)) == 0


def take_all(limits: Limits, purpose: Purpose) -> int:
    taken = 0
    while take(limits, purpose):
        taken += 1
        assert taken <= 10_000
    return taken


def within(times: Sequence[float], now: float) -> int:
    return sum(1 for at in times if at + 60 > now)


def kept(calls: int, purpose: Purpose) -> int:
    return int(calls * KEPT[purpose])


work = st.lists(st.tuples(st.floats(0, 25), st.sampled_from(Purpose), st.integers(1, 30)), max_size=60)


@given(work, st.integers(1, 120))
def test_no_share_is_exceeded_and_none_waits_for_what_is_kept_for_it(
    work: list[tuple[float, Purpose, int]], calls: int
) -> None:
    clock = Clock()
    limits = limits_of(calls, clock)
    made: defaultdict[Purpose, list[float]] = defaultdict(list)
    for gap, purpose, times in work:
        clock.passed += gap
        for _ in range(times):
            if take(limits, purpose):
                made[purpose].append(clock.passed)
            elif purpose in KEPT and within(made[Purpose.WRITES], clock.passed) <= kept(calls, Purpose.WRITES):
                assert within(made[purpose], clock.passed) >= kept(calls, purpose)
    assert most_in_any(60, [at for times in made.values() for at in times]) <= calls
    for purpose, part in PARTS.items():
        span = max(60, 60 / (calls * part))
        assert most_in_any(span - 0.001, made[purpose]) <= max(1, int(calls * part))


@given(st.integers(3, 120), st.lists(st.floats(0, 5), min_size=20, max_size=80), st.sampled_from(list(Purpose)[1:]))
def test_beside_any_work_that_takes_whatever_it_gets_a_write_waits_for_nothing(
    calls: int, gaps: list[float], greedy: Purpose
) -> None:
    clock = Clock()
    limits = limits_of(calls, clock)
    for gap in gaps:
        clock.passed += gap
        for purpose in (greedy, Purpose.CENSUS, Purpose.BACKFILL):
            take_all(limits, purpose)
    assert take_all(limits, Purpose.WRITES) >= max(1, int(calls * 0.2))


def test_what_nobody_uses_is_lent_to_the_more_urgent_and_never_to_the_past() -> None:
    taken: dict[Purpose, int] = {}
    for purpose in Purpose:
        taken[purpose] = take_all(limits_of(100, Clock()), purpose)
    assert taken == {
        Purpose.WRITES: 100,
        Purpose.HINTS: 80,
        Purpose.LIVE: 70,
        Purpose.BACKFILL: 20,
        Purpose.CENSUS: 10,
    }


def test_what_is_used_of_a_share_is_kept_no_second_time() -> None:
    limits = limits_of(100, Clock())
    for _ in range(15):
        take(limits, Purpose.WRITES)
    assert take_all(limits, Purpose.LIVE) == 70
    assert take_all(limits, Purpose.HINTS) == 10
    assert take_all(limits, Purpose.WRITES) == 5


@pytest.mark.parametrize(("calls", "live"), [(1, 1), (2, 1), (3, 1), (4, 2), (10, 7)])
def test_of_very_few_calls_one_is_left_for_those_who_come_last(calls: int, live: int) -> None:
    assert take_all(limits_of(calls, Clock()), Purpose.LIVE) == live


def test_a_limit_of_some_calls_is_kept_for_nobody_who_has_never_drawn_on_it() -> None:
    clock = Clock()
    export = Bucket("export", 10, MINUTE, path="/export")
    limits = Limits([Bucket("account", 400, MINUTE), export], share=None, shares=SHARES, now=clock)
    assert sum(limits.take("GET", "/export", Purpose.LIVE) == 0 for _ in range(20)) == 10
    clock.passed += 60
    limits.take("GET", "/export", Purpose.WRITES)
    clock.passed += 60
    assert sum(limits.take("GET", "/export", Purpose.LIVE) == 0 for _ in range(20)) == 8


@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from(Purpose)), min_size=1, max_size=60), st.integers(1, 30))
def test_the_wait_named_to_any_purpose_is_long_enough(gaps: list[tuple[float, Purpose]], calls: int) -> None:
    clock = Clock()
    limits = limits_of(calls, clock)
    for gap, purpose in gaps:
        clock.passed += gap
        wait = limits.take("GET", "/x", purpose, part=PARTS.get(purpose, 1.0))
        if wait > 0:
            clock.passed += wait + 0.001
            assert take(limits, purpose)
