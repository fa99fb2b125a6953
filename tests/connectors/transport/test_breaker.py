"""A source that does not answer is left alone by all lanes, and asked by one of them now and then."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from connectors import Bucket, Http, Limits
from connectors.breaker import AFTER, LONGEST_PAUSE, Breaker
from core.errors import RetryLater, SourceError
from core.ports import Purpose
from tests.connectors.transport.conftest import Desk, Host

CALLS = AFTER // 4
"""That fail with all their attempts until no more are made."""


@pytest.fixture
def breaker(host: Host) -> Breaker:
    return Breaker(host.monotonic)


@pytest.fixture
def http(client: httpx.Client, limits: Limits, host: Host, breaker: Breaker) -> Http:
    return Http(client, limits, stop=host, now=host.now, breaker=breaker)


def fails(http: Http, path: str = "/x") -> RetryLater:
    with pytest.raises(RetryLater) as caught:
        http.call("GET", path)
    return caught.value


def stop(http: Http) -> None:
    for _ in range(CALLS):
        fails(http)


def trouble(desk: Desk) -> list[object]:
    return [desk.answer(502), desk.html(200), desk.html(503), desk.reset, desk.cut, desk.answer(500)]


@pytest.mark.parametrize("which", range(6))
def test_after_some_failures_in_a_row_of_any_kind_no_call_is_made(
    http: Http, desk: Desk, host: Host, which: int
) -> None:
    desk.will(*[trouble(desk)[which]] * 100)
    for _ in range(20):
        error = fails(http)
    assert len(desk.seen) == AFTER
    assert error.after is not None
    assert "has not answered lately and is asked again in 5 s" in str(error)


def test_the_calls_that_failed_tell_what_is_wrong_and_name_no_time(http: Http, desk: Desk) -> None:
    desk.will(*[desk.answer(502)] * 100)
    errors = [fails(http) for _ in range(CALLS)]
    assert [error.after for error in errors] == [None] * CALLS
    assert "answered 502" in str(errors[-1])
    assert len(desk.seen) == AFTER


def test_every_lane_of_the_connection_sees_it_at_once(http: Http, client: httpx.Client, desk: Desk, host: Host) -> None:
    breaker = Breaker(host.monotonic)
    limits = Limits([], now=host.monotonic)
    one, other = (Http(client, limits, stop=host, now=host.now, breaker=breaker) for _ in range(2))
    desk.will(*[desk.answer(502)] * 100)
    stop(one)
    assert fails(other).after is not None
    assert len(desk.seen) == AFTER


def test_trial_calls_come_ever_more_rarely_and_one_good_answer_opens_everything(
    http: Http, desk: Desk, host: Host
) -> None:
    desk.will(*[desk.answer(502)] * (AFTER + 6))
    stop(http)
    gaps: list[float] = []
    last = host.passed
    while len(desk.seen) < AFTER + 6:
        before = len(desk.seen)
        fails(http)
        if len(desk.seen) > before:
            gaps.append(round(host.passed - last))
            last = host.passed
        host.passed += 0.5
    assert gaps == [5, 10, 20, 40, 80, 120]
    host.passed += LONGEST_PAUSE
    http.call("GET", "/x")
    for _ in range(3):
        http.call("GET", "/x")
    desk.will(desk.answer(502))
    assert http.call("GET", "/x").status == 200


def test_one_thread_makes_the_trial_call_and_the_others_wait(breaker: Breaker, host: Host) -> None:
    for _ in range(AFTER):
        breaker.failed()
    host.passed += 5
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: breaker.wait(), range(8)))
    assert waits.count(0.0) == 1
    # One that was under way when it stopped says nothing of the trial.
    breaker.failed()
    assert breaker.wait() > 5


def test_an_answer_that_says_no_is_an_answer(http: Http, desk: Desk, host: Host) -> None:
    desk.will(*([desk.answer(404), desk.answer(429, retry_after="1"), desk.answer(422)] * 10))
    for _ in range(20):
        with pytest.raises(SourceError):
            http.call("POST", "/x", json={})
        host.passed += 2
    assert len(desk.seen) == 30


def test_failures_between_good_answers_stop_nothing(http: Http, desk: Desk) -> None:
    for _ in range(10):
        desk.will(*[desk.answer(502)] * 4, desk.answer(200))
        fails(http)
        http.call("GET", "/x")
    assert len(desk.seen) == 50


def test_a_trial_that_the_call_limits_forbid_leaves_the_trial_to_another(
    client: httpx.Client, desk: Desk, host: Host, breaker: Breaker
) -> None:
    limits = Limits(
        [Bucket("all", 1000, timedelta(minutes=1)), Bucket("slow", 1, timedelta(hours=1), path="/slow")],
        share=None,
        now=host.monotonic,
    )
    http = Http(client, limits, stop=host, now=host.now, breaker=breaker)
    http.call("GET", "/slow")
    desk.will(*[desk.answer(502)] * AFTER)
    stop(http)
    host.passed += 5
    assert "call limits" in str(fails(http, "/slow"))
    assert http.call("GET", "/x").status == 200


def test_inside_a_block_calls_are_for_its_purpose(client: httpx.Client, desk: Desk, host: Host) -> None:
    limits = Limits([Bucket("all", 10, timedelta(minutes=1))], share=None, now=host.monotonic)
    asked: list[Purpose] = []

    def part(purpose: Purpose) -> float:
        asked.append(purpose)
        return 1.0

    http = Http(client, limits, stop=host, now=host.now, part=part, purpose=Purpose.BACKFILL)
    with http.on(Purpose.WRITES):
        http.call("GET", "/x")
    http.call("GET", "/x")
    assert asked == [Purpose.WRITES, Purpose.BACKFILL]
