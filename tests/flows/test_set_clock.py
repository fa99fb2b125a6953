"""The host's clock is set by somebody, far back or ahead: nothing stops, and nothing is done too often."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

import scheduler
from core.errors import RetryLater
from core.flows.stop import StopSignal
from core.flows.sync import sync
from core.hub import Hub
from core.ports import Delivery, LaneKind, Outcome
from core.settings import Configuration
from core.store import lanes, marks, revisions, waits
from scheduler import Daemon

LIVE = frozenset({LaneKind.LIVE})


def read_by_its_rhythm(bench) -> int:
    return sync(bench.store, bench.source, LIVE, bench.stop).read


def test_lanes_are_read_on_after_the_clock_was_set_back(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    bench.set_clock(hours=-1)
    bench.ticket("2")
    assert read_by_its_rhythm(bench) > 0
    bench.ticket("3")
    bench.pass_time(seconds=5)
    assert read_by_its_rhythm(bench) == 0
    bench.pass_time(minutes=2)
    assert read_by_its_rhythm(bench) > 0


@pytest.mark.parametrize("after", [None, timedelta(hours=3)])
def test_a_lane_that_was_put_off_is_read_on_however_far_the_clock_was_set_back(make_bench, after) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    bench.pass_time(minutes=3)
    bench.ticket("2")
    for stream in ("tickets", "ticket_events", "people"):
        bench.connector.break_at(stream, RetryLater("away", after))
    assert read_by_its_rhythm(bench) == 0
    bench.set_clock(days=-2)
    assert read_by_its_rhythm(bench) > 0


def test_what_was_put_off_waits_no_longer_and_no_shorter_once_it_is_moved_along(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    bench.pass_time(minutes=3)
    bench.act("1", "reply", reply=True)
    bench.pull()
    bench.judge()
    for stream in ("tickets", "ticket_events", "people"):
        bench.connector.break_at(stream, RetryLater("away", timedelta(minutes=10)))
    bench.pull()
    bench.connector.answers["1"] = Delivery("1", Outcome.RETRY, reason="busy")
    bench.deliver()
    bench.set_clock(minutes=-50)
    with bench.store.unit() as tx:
        waits.shift(tx, timedelta(minutes=-50))
        (until, *_) = (row.not_before for row in lanes.every(tx, bench.source.id) if row.not_before)
    assert until - bench.now == timedelta(minutes=10)
    bench.pass_time(seconds=29)
    assert bench.deliver().written == 0
    bench.pass_time(seconds=2)
    assert bench.deliver().written == 1


def test_what_this_process_leaves_alone_rests_for_as_long_as_it_takes(make_bench) -> None:
    bench = make_bench()
    bench.source.rest("confirm", timedelta(seconds=30))
    for hours in (-1, 2):
        bench.set_clock(hours=hours)
        assert bench.source.resting("confirm")
    bench.pass_time(seconds=30)
    assert not bench.source.resting("confirm")


def test_a_source_is_asked_who_it_is_by_time_as_it_passes(make_bench) -> None:
    bench = make_bench()
    read = Configuration({}, bench.active.rules[-1])
    sources = {"desk": bench.source}
    hub = Hub(bench.store, read, bench.active, sources, {}, bench.source.host_now, ticks=bench.source.ticks)
    hub.probe(bench.source)
    bench.set_clock(hours=-5)
    assert not hub.probe_due(bench.source)
    bench.pass_time(hours=1)
    assert hub.probe_due(bench.source)


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(hours=1)])
def test_the_daemons_jobs_go_on_after_the_clock_was_set(make_bench, monkeypatch, by: timedelta) -> None:
    ahead = [timedelta()]

    class HostClock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + ahead[0]

    for place in ("apscheduler.schedulers.base", "apscheduler.triggers.interval", "scheduler"):
        monkeypatch.setattr(f"{place}.datetime", HostClock)
    monkeypatch.setattr(scheduler, "LOOKS", 0.1)
    bench, stop = make_bench(), StopSignal()
    with bench.store.unit() as tx:
        revisions.apply(tx, applied_at=bench.now, author="admin", content="{}")
        marks.everything(tx)
    read = Configuration({}, bench.active.rules[-1])
    hub = Hub(bench.store, read, bench.active, {"desk": bench.source}, {}, lambda: HostClock.now(UTC))

    def story() -> None:
        try:
            for key, ahead[0] in (("1", timedelta()), ("2", by)):
                bench.ticket(key)
                bench.pull()
                until(lambda key=key: bench.clocks(key))
        finally:
            stop.set()

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(story)
        Daemon(hub, lambda: hub, stop).run()
        told.result()


def until(what: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if what():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come true")
