"""How a connection stands: one stream's trouble, a source that is away, another instance."""

from datetime import timedelta

import pytest

from core.errors import RetryLater, SourceError, SourceRefused
from core.flows.evaluate import Active
from core.flows.probe import probe
from core.hub import Hub
from core.ports import LaneKind, Probe
from core.settings import Configuration, Mode, Pilot
from core.sla.verdict import State
from core.store import connections, findings, lanes, lists, runs
from core.tickets import Phase, SourceMapping, Status, Team


def standing(bench) -> tuple[str, list[str]]:
    with bench.store.view() as tx:
        return connections.get(tx, "desk").state, [each.code for each in findings.open_ones(tx, "desk")]


def hub_of(bench) -> Hub:
    now, ticks = bench.source.host_now, bench.source.ticks
    read = Configuration({}, bench.active.rules[-1])
    return Hub(bench.store, read, bench.active, {"desk": bench.source}, {}, now, ticks=ticks)


def test_a_stream_that_fails_keeps_no_other_waiting_and_is_left_alone_for_a_while(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    for _ in range(3):
        bench.connector.break_at("tickets", SourceError("answered 422"))
    done = bench.pull(LaneKind.LIVE)
    assert (done.reason, done.read) == ("answered 422", 3)
    assert standing(bench) == ("failed", ["failed"])
    bench.pull(LaneKind.LIVE)
    assert bench.connector.asked["tickets"] == 1
    for _ in range(2):
        bench.pass_time(seconds=31)
        bench.pull(LaneKind.LIVE)
    assert standing(bench) == ("failed", ["failed"])
    bench.pass_time(seconds=31)
    assert bench.pull(LaneKind.LIVE).reason == ""
    assert standing(bench) == ("ok", [])


def test_one_state_has_one_finding_and_none_when_all_is_well(make_bench) -> None:
    bench = make_bench()
    for error in (RetryLater("no answer"), SourceRefused("no longer valid"), SourceError("odd")):
        bench.connector.break_at("tickets", error)
        bench.pass_time(minutes=1)
        bench.pull(LaneKind.LIVE)
        state, codes = standing(bench)
        assert codes == [state]
    bench.pass_time(minutes=1)
    bench.pull()
    assert standing(bench) == ("ok", [])


def test_a_source_that_puts_us_off_for_long_is_shown_as_out_of_reach(make_bench) -> None:
    bench = make_bench()
    bench.pull()
    for minute in range(25):
        for stream in ("tickets", "ticket_events", "people"):
            bench.connector.break_at(stream, RetryLater("down for maintenance", timedelta(seconds=50)))
        bench.pass_time(minutes=1)
        assert bench.pull().reason == ""
        if minute == 5:
            assert standing(bench)[0] == "ok"
    assert standing(bench) == ("unreachable", ["unreachable"])


def test_what_was_read_before_a_failure_is_counted(make_bench) -> None:
    bench = make_bench()
    for key in ("1", "2", "3"):
        bench.ticket(key)
    bench.connector.break_at("tickets", RetryLater("no calls left", timedelta(minutes=1)), after=2)
    done = bench.pull(LaneKind.BACKFILL)
    with bench.store.view() as tx:
        rows = lanes.every(tx, bench.source.id)
        run = runs.recent(tx, 1)[0]
    assert done.read == sum(row.read for row in rows) > 2
    assert (run.outcome, run.counts["read"]) == ("done", done.read)


def test_a_stop_in_the_middle_of_a_pull_is_no_failure_and_puts_nothing_off(make_bench) -> None:
    bench = make_bench()

    def stopping(stream, since):
        bench.stop.set()
        raise RetryLater("stopping")

    bench.connector.pull = stopping
    assert bench.pull(LaneKind.LIVE).reason == ""
    assert standing(bench) == ("new", [])
    with bench.store.view() as tx:
        assert all(row.not_before is None for row in lanes.every(tx, bench.source.id))


def test_a_run_that_breaks_is_not_left_running(make_bench) -> None:
    bench = make_bench()

    def breaking(stream, since):
        raise KeyError(stream)

    bench.connector.pull = breaking
    with pytest.raises(KeyError):
        bench.pull(LaneKind.LIVE)
    with bench.store.view() as tx:
        assert runs.recent(tx, 1)[0].outcome == "failed"


def test_a_backfill_ends_where_the_live_lane_began(make_bench) -> None:
    bench = make_bench()
    for number in range(4):
        bench.ticket(str(number))
        bench.connector.add("ticket_events", settled_until=bench.now)
        bench.pass_time(hours=1)
    bench.pull(LaneKind.LIVE)
    bench.pass_time(hours=1)
    bench.connector.add("ticket_events", settled_until=bench.now)
    bench.ticket("late")
    bench.pull(LaneKind.BACKFILL)
    with bench.store.view() as tx:
        row = lanes.get(tx, bench.source.id, "ticket_events", LaneKind.BACKFILL)
    assert row.finished_at is not None
    assert row.read == 4


def test_another_instance_stops_the_connection_whatever_else_succeeds(make_bench) -> None:
    bench = make_bench()
    hub = hub_of(bench)
    bench.ticket("1")
    assert hub.probe(bench.source) == "ok"
    bench.connector._probe = Probe("a clone", "Clone")
    assert hub.probe(bench.source) == "stopped"
    bench.pull()
    assert standing(bench) == ("stopped", ["instance"])
    bench.connector.break_at("probe", RetryLater("away"))
    hub.probe(bench.source)
    assert not hub.usable(bench.source)
    assert "clone" in hub.deliver(bench.source, bench.stop).reason
    assert bench.connector.writes == []
    bench.connector._probe = Probe("lists-1", "Lists")
    assert hub.probe(bench.source) == "ok"
    assert standing(bench) == ("ok", [])


def test_nothing_is_asked_of_an_instance_that_this_process_has_not_met(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    asked = bench.connector.asked["tickets"]
    hub = hub_of(bench)
    assert not hub.usable(bench.source)
    bench.connector.break_at("probe", RetryLater("away"))
    assert "away" in hub.sync(bench.source, frozenset(LaneKind), bench.stop, forced=True).reason
    assert bench.connector.asked["tickets"] == asked
    bench.pass_time(seconds=31)
    assert hub.probe_due(bench.source)


def test_a_refused_connection_is_asked_again_after_ten_minutes(make_bench) -> None:
    bench = make_bench()
    hub = hub_of(bench)
    hub.probe(bench.source)
    bench.connector.break_at("tickets", SourceRefused("the token is not valid"))
    hub.sync(bench.source, frozenset(LaneKind), bench.stop)
    again = hub_of(bench)
    again.probe(bench.source)
    bench.connector.break_at("tickets", SourceRefused("the token is not valid"))
    again.sync(bench.source, frozenset(LaneKind), bench.stop, forced=True)
    bench.pass_time(minutes=9)
    assert not again.probe_due(bench.source)
    bench.pass_time(minutes=1)
    assert again.probe_due(bench.source)


def test_an_unmapped_value_is_no_finding_any_more_once_the_mapping_knows_it(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1", status="parked")
    bench.cycle()
    assert standing(bench)[1] == ["unmapped"]
    assert bench.clocks("1")["resolution"].state == State.UNKNOWN
    bench.configure(mapping=SourceMapping(status={("status", "parked"): Status(Phase.OPEN)}))
    probe(bench.store, bench.source)
    assert standing(bench)[1] == []


def test_a_pilot_is_named_by_team_as_people_call_it(make_bench) -> None:
    bench = make_bench(mode=Mode.PILOT, pilot=Pilot(teams=frozenset({"Network"})))
    bench.ticket("1", team="77")
    bench.ticket("2", team="78")
    bench.connector.add("tickets", Team("77", "Network"), Team("78", "Desk"))
    bench.cycle()
    assert {update.ticket_id for update in bench.connector.writes} == {"1"}


def test_back_to_observing_nothing_more_is_wished_for(make_bench) -> None:
    from core.store import marks

    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    bench.configure(mode=Mode.OBSERVE)
    bench.active = Active((bench.rules(1), bench.rules(2, response=7200, applied_at=bench.now)))
    with bench.store.unit() as tx:
        marks.everything(tx)
    bench.cycle()
    assert len(bench.connector.writes) == 1
    with bench.store.view() as tx:
        assert not any(row.wanted for row in lists.field_rows(tx, bench.source.id))
