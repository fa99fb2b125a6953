"""Tickets that the source's limits kept a fetch from asking about: tried again as soon as these allow, not put off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from core.errors import RetryLater
from core.ports import Delivery, Outcome

MINUTE = timedelta(minutes=1)


def limited(bench, calls: int, every: timedelta):
    """Give the helpdesk a limit: so many tickets are fetched in each stretch of time."""
    real, window = bench.connector.fetch, [bench.now, calls]

    def fetch(ids):
        if bench.now >= window[0] + every:
            window[:] = [bench.now, calls]
        asked, window[1] = ids[: window[1]], max(0, window[1] - len(ids))
        after = window[0] + every - bench.now
        if not asked:
            bench.connector.asked["in vain"] += 1
            raise RetryLater("no calls left", after)
        return replace(real(asked), left_out=tuple(ids[len(asked) :]), after=after)

    bench.connector.fetch = fetch
    return bench


def three(bench):
    for key in "123":
        bench.ticket(key)
    return bench


def seconds_until(bench, what: Callable[[], bool], work: Callable[[], None]) -> int:
    for seconds in range(0, 1800, 5):
        work()
        if what():
            return seconds
        bench.pass_time(seconds=5)
    raise AssertionError("it did not come true")


def test_breaches_that_a_look_left_out_are_confirmed_as_soon_as_the_limits_allow(make_bench) -> None:
    bench = three(make_bench())
    bench.settle()
    bench.cycle()
    bench.pass_time(hours=1, seconds=1)
    limited(bench, 1, timedelta(seconds=10))

    def work() -> None:
        bench.judge()
        bench.confirm()
        bench.judge()
        bench.deliver()

    seconds = seconds_until(bench, lambda: all(bench.shown(key)["state"] == "breached" for key in "123"), work)
    assert seconds == 20
    assert bench.connector.asked["in vain"] == 0


def test_what_was_asked_for_and_stays_in_doubt_is_still_put_off(make_bench) -> None:
    bench = three(make_bench())
    bench.settle()
    bench.cycle()
    bench.pass_time(hours=1, seconds=1)
    bench.judge()
    limited(bench, 1, timedelta(seconds=5))
    real = bench.connector.fetch
    bench.connector.fetch = lambda ids: replace(real(ids), records=(), complete=())
    for _ in range(4):
        bench.confirm()
        bench.pass_time(seconds=5)
    assert bench.connector.asked["fetch"] == 3


def test_writes_that_a_look_left_out_go_on_as_soon_as_the_limits_allow_and_others_meanwhile(make_bench) -> None:
    bench = three(make_bench())
    bench.pull()
    bench.judge()
    for key in "123":
        bench.connector.answers[key] = Delivery(key, Outcome.RETRY, reason="busy")
    bench.deliver()
    limited(bench, 1, MINUTE)
    bench.pass_time(seconds=31)
    bench.deliver()
    bench.ticket("4")
    bench.pull()
    bench.judge()
    bench.pass_time(seconds=5)
    bench.deliver()
    assert [key for key in "1234" if bench.shown(key)["state"]] == ["1", "4"]
    seconds = seconds_until(bench, lambda: all(bench.shown(key)["state"] for key in "123"), bench.deliver)
    assert seconds == 85
    assert bench.connector.asked["in vain"] == 0


def test_a_ticket_that_the_source_shows_no_more_waits_however_many_are_left_out(make_bench) -> None:
    bench = three(make_bench())
    bench.pull()
    bench.judge()
    for key in "123":
        bench.connector.answers[key] = Delivery(key, Outcome.RETRY, reason="busy")
    bench.deliver()
    limited(bench, 1, timedelta(seconds=10))
    real = bench.connector.fetch
    bench.connector.fetch = lambda ids: replace(real(ids), records=())
    bench.pass_time(seconds=31)
    for _ in range(6):
        bench.deliver()
        bench.pass_time(seconds=10)
    assert bench.connector.asked["fetch"] == 3
