"""The daemon's jobs over a helpdesk made of lists: what breaks ends nothing, and what is new is taken up."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import text

import scheduler
from connectors.testing import HintedLists
from core.errors import SettingsError, StoreError
from core.flows.evaluate import Active
from core.flows.stop import StopSignal
from core.hub import Hub
from core.settings import Configuration, Hints, SecretRef
from core.store import marks, owner, provisions, revisions
from scheduler import Daemon


def until(what: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    pause = threading.Event()
    while not what():
        assert time.monotonic() < end
        pause.wait(0.02)


@pytest.fixture
def daemons() -> Iterator[Callable[..., Daemon]]:
    """Give a starter of daemons, which are ended at the end."""
    made: list[Daemon] = []
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    def start(hub: Hub, reopen: Callable[[], Hub] | None = None) -> Daemon:
        daemon = Daemon(hub, reopen or (lambda: hub), StopSignal())
        made.append(daemon)
        daemon.start()
        return daemon

    yield start
    for each in made:
        each.end()
    structlog.reset_defaults()


def in_force(bench, active: Active) -> None:
    with bench.store.unit() as tx:
        revisions.apply(tx, applied_at=bench.now, author="admin", content="{}")
        marks.everything(tx)
    bench.active = active


def hub_of(bench, **sources) -> Hub:
    here = sources or {"desk": bench.source}
    rules = bench.active.rules[-1]
    return Hub(bench.store, Configuration({}, rules), bench.active, here, {}, bench.source.host_now)


def test_a_job_that_breaks_ends_nothing_and_is_done_again(make_bench, daemons, monkeypatch) -> None:
    monkeypatch.setattr(scheduler, "REST", 0.1)
    bench = make_bench()
    in_force(bench, bench.active)
    bench.ticket("1")
    real, broken = bench.connector.pull, []

    def breaking(stream, since):
        if len(broken) < 3:
            broken.append(stream)
            raise KeyError(stream)
        return real(stream, since)

    bench.connector.pull = breaking
    daemons(hub_of(bench))
    until(lambda: bench.shown("1")["state"] == "on track")
    assert len(broken) == 3


def test_hints_are_registered_by_a_job_of_their_own_where_the_connection_says_where_to(make_bench, daemons) -> None:
    bench, plain = make_bench(), make_bench(name="plain")
    in_force(bench, bench.active)
    for each in (bench, plain):
        each.source = replace(each.source, connector=HintedLists(now=lambda: bench.now), hint_secret="long and random")
    bench.configure(hints=Hints("https://hub.example/hooks/desk", SecretRef("file:hints")))
    desk, other = bench.source.connector, plain.source.connector
    daemons(hub_of(bench, desk=bench.source, plain=plain.source))
    until(lambda: desk.secrets)
    assert desk.secrets == {"hook-1": "long and random"}
    until(lambda: plain.source.rests.get("hints"))
    assert other.asked["registrations"] == 0


def test_a_revision_from_elsewhere_is_taken_up_and_one_that_cannot_be_opened_is_tried_again(
    make_bench, daemons, monkeypatch
) -> None:
    monkeypatch.setattr(scheduler, "REST", 0.1)
    bench = make_bench()
    in_force(bench, bench.active)
    bench.ticket("1")
    tries: list[int] = []

    def reopen() -> Hub:
        tries.append(1)
        if len(tries) == 1:
            raise SettingsError("the secret is missing")
        return hub_of(bench)

    daemons(hub_of(bench), reopen)
    until(lambda: bench.shown("1")["due"] == "2026-05-11T10:00:00Z")
    in_force(bench, Active((bench.rules(1), bench.rules(2, response=7200, applied_at=bench.now))))
    until(lambda: bench.shown("1")["due"] == "2026-05-11T11:00:00Z")
    assert len(tries) == 2


def test_what_was_deleted_is_found_once_the_past_is_read(make_bench, daemons, monkeypatch) -> None:
    monkeypatch.setattr(scheduler, "CENSUS_LOOKS", timedelta(seconds=0.1))
    bench = make_bench()
    bench.connector.parts = "project"
    in_force(bench, bench.active)
    for key in ("1", "2", "3"):
        bench.ticket(key, project="10001")
    bench.settle()
    daemons(hub_of(bench))
    until(lambda: bench.shown("3")["state"] == "on track")
    bench.connector.delete("2")
    bench.pass_time(days=1)
    until(lambda: bench.clocks("2")["resolution"].reason == "the ticket was deleted")


def test_fields_that_were_recorded_elsewhere_are_taken_up(make_bench, daemons) -> None:
    bench = make_bench()
    in_force(bench, bench.active)
    opened: list[Hub] = []

    def reopen() -> Hub:
        with bench.store.view() as tx:
            opened.append(replace(hub_of(bench), provided=provisions.newest(tx)))
        return opened[-1]

    daemons(hub_of(bench), reopen)
    bench.ticket("1")
    until(lambda: bench.shown("1")["state"] == "on track")
    assert opened == []
    for number in (1, 2):
        bench.pass_time(seconds=1)
        with bench.store.unit() as tx:
            provisions.record(tx, bench.source.id, "field:due", "SLA due", str(number), bench.now)
        until(lambda: opened and opened[-1].provided == bench.now)
        assert len(opened) == number


def test_a_daemon_ends_when_another_one_has_come_to_own_the_database(bench_in, postgresql_stores) -> None:
    store, stop = postgresql_stores(), StopSignal()
    bench = bench_in(store)
    in_force(bench, bench.active)

    def take_over() -> None:
        """The server loses the daemon's session, and somebody else is quicker than the daemon to take the role."""
        held = "FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND d.datname = "
        with store.session() as tx:
            ended = text(f"SELECT count(pg_terminate_backend(pid, 5000)) {held} current_database()")
            until(lambda: tx.execute(ended).scalar() and claimed())

    def claimed() -> bool:
        try:
            others.enter_context(owner.claim(store, now=bench.now + timedelta(hours=1)))
        except StoreError:
            return False
        return True

    with ExitStack() as others, ThreadPoolExecutor(1) as pool:
        rival = pool.submit(take_over)
        try:
            with pytest.raises(StoreError, match="another one has taken over: process"):
                Daemon(hub_of(bench), lambda: hub_of(bench), stop).run()
        finally:
            rival.result()


def test_what_still_runs_by_a_replaced_configuration_ends(make_bench, daemons) -> None:
    bench = make_bench()
    in_force(bench, bench.active)
    running, ended = threading.Event(), threading.Event()
    real = bench.connector.pull

    def endless(stream, since):
        running.set()
        try:
            while True:
                yield from real(stream, since)
                bench.ticket(f"more {time.monotonic_ns()}")
        finally:
            ended.set()

    bench.connector.pull = endless
    quiet = replace(bench.source, rests={}, failing={})
    daemons(hub_of(bench), lambda: hub_of(bench, other=quiet))
    until(running.is_set)
    bench.connector.pull = real
    in_force(bench, bench.active)
    bench.active = Active((bench.rules(1), bench.rules(2)))
    until(ended.is_set)


def test_a_part_of_a_stop_ends_alone_and_with_the_whole() -> None:
    stop = StopSignal()
    one, other = stop.part(), stop.part()
    one.set()
    assert (stop.reached(), one.reached(), other.reached()) == (False, True, False)
    stop.set()
    assert other.reached()
    assert stop.part().reached()
