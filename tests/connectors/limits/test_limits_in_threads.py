"""Threads of one connection share its limits."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from connectors import Bucket, Limits, Purpose
from tests.connectors.limits.conftest import Clock

MINUTE = timedelta(minutes=1)


def test_many_threads_together_get_no_more_than_one() -> None:
    limits = Limits([Bucket("account", 1000, MINUTE)], now=Clock())

    def taken(_: int) -> int:
        return sum(limits.take("GET", "/x", each) == 0 for _ in range(50) for each in (Purpose.LIVE, Purpose.CENSUS))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(taken, range(8))) == 250


class Crossroads(Clock):
    """Keeps who asks for the time a moment, so that two threads meet here if nothing keeps them apart."""

    def __init__(self) -> None:
        super().__init__()
        self.meeting = threading.Barrier(2)
        self.met = False

    def __call__(self) -> float:
        try:
            self.meeting.wait(0.1)
            self.met = True
        except threading.BrokenBarrierError:
            pass
        return super().__call__()


def test_two_threads_never_count_at_the_same_time() -> None:
    clock = Crossroads()
    limits = Limits([Bucket("account", 1000, MINUTE)], now=clock)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: limits.take("GET", "/x"), range(2)))
    assert not clock.met
