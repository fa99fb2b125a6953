"""Flows that run at once, in threads and processes: what is known later stands, whoever is quicker."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.flows.deliver import deliver
from core.flows.evaluate import Active, desk_of
from core.flows.rebuild import belief, rebuild
from core.sla import judge
from core.store import connections, histories, judgements, lists, queue, revisions
from core.store.judgements import Evaluated


def test_a_judgement_from_older_knowledge_never_stands_over_a_newer_one(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.pull()
    with bench.store.view() as tx:
        ids = queue.waiting(tx, bench.source.id, bench.now, 10)
        old = histories.load(tx, bench.source.id, ids)
        desk = desk_of(tx, bench.source, old)
    bench.pass_time(minutes=5)
    bench.act("1", "reply", reply=True)
    bench.pull()
    bench.judge()
    late = [
        Evaluated(each.id, each.input_version, judge(each.history, desk, bench.active.rules, bench.now), {})
        for each in old
    ]
    with bench.store.unit() as tx:
        judgements.record(tx, late, revision=1, judged_at=bench.now, known_from=bench.now)
    assert bench.clocks("1")["first_response"].standing == "met"
    with bench.store.view() as tx:
        assert all(row.wanted for row in lists.field_rows(tx, bench.source.id))


def test_the_later_of_two_judgements_of_the_same_input_stands(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.pull()
    with bench.store.view() as tx:
        old = histories.load(tx, bench.source.id, queue.waiting(tx, bench.source.id, bench.now, 10))
        desk = desk_of(tx, bench.source, old)
    early = bench.now
    bench.pass_time(hours=2)
    bench.judge()
    late = [
        Evaluated(each.id, each.input_version, judge(each.history, desk, bench.active.rules, early), {}) for each in old
    ]
    with bench.store.unit() as tx:
        judgements.record(tx, late, revision=1, judged_at=early, known_from=bench.now)
    assert bench.clocks("1")["first_response"].breached


def test_rules_that_are_in_force_no_more_judge_nothing(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.pull()
    with bench.store.unit() as tx:
        for _ in range(2):
            revisions.apply(tx, applied_at=bench.now, author="admin", content="{}")
    assert bench.judge().evaluated == 0
    bench.active = Active((bench.rules(1), bench.rules(2, response=7200, applied_at=bench.now)))
    assert bench.judge().evaluated == 1
    assert bench.clocks("1")["first_response"].target_seconds == 7200


@pytest.mark.parametrize("jobs", [False, True])
def test_flows_in_many_threads_end_in_the_belief_of_a_database_built_anew(make_bench, empty_store, jobs: bool) -> None:
    bench = make_bench(jobs=jobs)
    for number in range(6):
        bench.ticket(str(number))
    over = threading.Event()

    def often(work: Callable[[], object]) -> None:
        while not over.wait(0.005):
            work()

    def other_process() -> object:
        return deliver(bench.store, bench.source, bench.active, bench.stop, process="elsewhere:1:other")

    works = (bench.pull, bench.judge, bench.judge, bench.confirm, bench.deliver, other_process)
    with ThreadPoolExecutor(len(works)) as pool:
        running = [pool.submit(often, work) for work in works]
        for step in range(12):
            bench.pass_time(minutes=5)
            key = str(step % 6)
            bench.act(key, f"step{step}", reply=step % 3 == 0, status=("open", "pending", "solved")[step % 3])
            bench.pull()
        over.set()
    assert [each.exception() for each in running] == [None] * len(works)
    bench.pass_time(minutes=30)
    for _ in range(4):
        bench.cycle()
    rebuild(bench.store, empty_store, [bench.source], bench.active, bench.now)
    assert belief(empty_store, [bench.source]) == belief(bench.store, [bench.source])
    with bench.store.view() as tx:
        rows = lists.field_rows(tx, bench.source.id)
        row = connections.get(tx, "desk")
    assert not [each for each in rows if each.wanted and not each.refused_reason and each.desired != each.shown]
    assert row.state == "ok"
