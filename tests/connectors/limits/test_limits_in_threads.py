"""Threads of one connection share its limits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from connectors import Bucket, Limits
from tests.connectors.limits.conftest import Clock


def test_many_threads_together_get_no_more_than_one() -> None:
    limits = Limits([Bucket("account", 1000, timedelta(minutes=1))], now=Clock())

    def taken(_: int) -> int:
        return sum(limits.take("GET", "/x", part=part) == 0 for part in (1.0, 0.2) for _ in range(100))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(taken, range(8))) == 250
