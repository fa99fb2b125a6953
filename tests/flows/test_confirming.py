"""What rests on silence: looked at directly, or waited for; unknown until the past has been read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import RetryLater, SourceError, SourceRefused
from core.flows.evaluate import desk_of
from core.ports import LaneKind, Slot
from core.settings import Backfill
from core.sla import judge
from core.store import connections, findings, histories, judgements, queue
from core.store.judgements import Evaluated
from core.tickets import Person


def overdue(bench):
    bench.ticket("1")
    bench.settle()
    bench.cycle()
    bench.pass_time(hours=1, seconds=2)
    bench.judge()
    return bench


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RetryLater("no answer"), "unreachable"),
        (SourceRefused("no rights"), "refused"),
        (SourceError("what?"), "failed"),
    ],
)
def test_a_look_that_fails_is_told_and_left_alone_for_a_while(make_bench, error, state: str) -> None:
    bench = overdue(make_bench())
    bench.connector.break_at("fetch", error)
    assert bench.confirm().reason == str(error)
    with bench.store.view() as tx:
        assert connections.get(tx, "desk").state == state
    assert not bench.confirm().reason
    assert bench.connector.asked["fetch"] == 1
    bench.pass_time(seconds=31)
    bench.confirm()
    bench.judge()
    assert bench.clocks("1")["first_response"].confirmed
    bench.pull()
    with bench.store.view() as tx:
        assert connections.get(tx, "desk").state == "ok"
        assert findings.open_ones(tx, "desk") == []


def test_a_limit_that_forbids_a_look_is_no_failure(make_bench) -> None:
    bench = overdue(make_bench())
    bench.connector.break_at("fetch", RetryLater("no calls left", timedelta(minutes=2)))
    assert bench.confirm().reason == ""
    bench.pass_time(minutes=1)
    bench.confirm()
    assert bench.connector.asked["fetch"] == 1


def test_a_ticket_that_the_source_shows_no_more_is_asked_for_ever_more_rarely(make_bench) -> None:
    bench = overdue(make_bench())
    real = bench.connector.fetch
    bench.connector.fetch = lambda ids: real([])
    for _ in range(60):
        bench.pass_time(minutes=2)
        bench.judge()
        bench.confirm()
    assert 10 < bench.connector.asked["fetch"] < 25
    assert not bench.clocks("1")["first_response"].confirmed


def test_what_waits_for_an_author_is_not_looked_at_again_and_again(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.pass_time(minutes=10)
    bench.act("1", "reply", reply=True, actor="carla")
    bench.cycle()
    for _ in range(20):
        bench.pass_time(minutes=5)
        bench.settle()
        bench.cycle()
    assert bench.connector.asked["fetch"] <= 2
    assert all(update.fields.get(Slot.STATE) != "breached" for update in bench.connector.writes)
    bench.connector.add("people", Person("carla", "Carla", "agent"))
    bench.cycle()
    assert bench.clocks("1")["first_response"].standing == "met"


def test_an_agent_who_is_no_longer_shown_has_replied_all_the_same(make_bench) -> None:
    bench = make_bench()
    bench.connector.add("people", Person("carla", "Carla", "agent", since=bench.now + timedelta(days=2)))
    bench.ticket("1")
    bench.pass_time(minutes=10)
    bench.act("1", "reply", reply=True, actor="carla")
    bench.pass_time(hours=3)
    bench.settle()
    bench.cycle()
    bench.connector.add("people", Person("carla", "", "deleted", active=False))
    bench.cycle()
    clock = bench.clocks("1")["first_response"]
    assert (clock.standing, clock.breached, clock.confirmed) == ("met", False, True)


def test_where_nothing_can_be_looked_at_a_breach_waits_for_the_horizon(make_bench) -> None:
    bench = make_bench(fetches=False)
    bench.ticket("1")
    bench.settle()
    bench.cycle()
    bench.pass_time(hours=1, seconds=30)
    bench.cycle()
    assert bench.shown("1")["state"] == "at risk"
    bench.settle()
    bench.cycle()
    assert bench.shown("1")["state"] == "breached"


def test_a_ticket_from_before_is_unknown_until_its_past_has_been_read(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1", created=bench.now - timedelta(days=20))
    bench.act("1", "wait", status="open")
    bench.settle()
    bench.pull(LaneKind.LIVE)
    bench.judge()
    assert {row.state for row in bench.clocks("1").values()} == {"unknown"}
    assert bench.deliver().written == 0
    bench.pull(LaneKind.BACKFILL)
    bench.judge()
    assert bench.clocks("1")["first_response"].breached


def test_a_judgement_that_was_under_way_when_the_past_was_read_is_made_again(make_bench) -> None:
    bench = make_bench()
    # The live lane brings all there is, so that the past brings nothing new but that there is no more.
    bench.ticket("0")
    bench.ticket("1", created=bench.now - timedelta(days=20))
    bench.act("1", "wait", status="open")
    bench.settle()
    bench.pull(LaneKind.LIVE)
    with bench.store.view() as tx:
        loaded = histories.load(tx, bench.source.id, queue.waiting(tx, bench.source.id, bench.now, 10))
        desk = desk_of(tx, bench.source, loaded)
    early = [
        Evaluated(each.id, each.input_version, judge(each.history, desk, bench.active.rules, bench.now), None)
        for each in loaded
    ]
    bench.pull(LaneKind.BACKFILL)
    with bench.store.unit() as tx:
        judgements.record(tx, early, revision=1, judged_at=bench.now, known_from=bench.now)
    bench.judge()
    assert bench.clocks("1")["first_response"].breached


def test_a_ticket_older_than_the_past_that_is_read_becomes_known_by_a_look(make_bench) -> None:
    bench = make_bench(backfill=Backfill(since=timedelta(days=5)))
    bench.ticket("1", created=bench.now - timedelta(days=20))
    bench.act("1", "wait", status="open")
    bench.settle()
    bench.pull()
    bench.judge()
    assert {row.state for row in bench.clocks("1").values()} == {"unknown"}
    bench.confirm()
    bench.judge()
    assert bench.clocks("1")["first_response"].breached


def test_a_beginning_that_no_look_shows_is_not_asked_for_again_at_once(make_bench) -> None:
    bench = make_bench(backfill=Backfill(since=timedelta(days=5)))
    bench.ticket("1", created=bench.now - timedelta(days=20))
    bench.act("1", "wait", status="open")
    bench.settle()
    real = bench.connector.fetch
    bench.connector.fetch = lambda ids: replace(real(ids), complete=())
    for _ in range(30):
        bench.pass_time(minutes=1)
        bench.cycle()
    assert bench.connector.asked["fetch"] <= 4
