"""The loop over one connection: what is pulled is judged, what is judged is shown, and nothing more is written."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import RetryLater, SourceRefused
from core.flows.evaluate import Active
from core.flows.rebuild import belief, rebuild
from core.ports import Delivery, LaneKind, Outcome, Slot
from core.settings import Mode, Pilot
from core.store import connections, findings, lanes, lists, marks
from core.tickets import Person


def test_a_due_time_comes_back_into_the_ticket(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    assert bench.shown("1") == {
        "due": "2026-05-11T10:00:00Z",
        "due_day": "2026-05-11",
        "state": "on track",
        "metric": "first_response",
        "policy": "standard",
        "breached_at": None,
    }


def test_a_second_cycle_with_nothing_new_writes_nothing(make_bench) -> None:
    bench = make_bench()
    for key in ("1", "2", "3"):
        bench.ticket(key)
    assert bench.cycle().written == 3
    before = len(bench.connector.writes)
    assert bench.cycle().written == 0
    assert len(bench.connector.writes) == before


def test_observe_mode_writes_nothing(make_bench) -> None:
    bench = make_bench(mode=Mode.OBSERVE)
    bench.ticket("1")
    bench.cycle()
    bench.pass_time(hours=3)
    bench.cycle()
    assert bench.connector.writes == []
    assert bench.clocks("1")["first_response"].breached


def test_pilot_mode_writes_to_the_named_tickets_only(make_bench) -> None:
    bench = make_bench(mode=Mode.PILOT, pilot=Pilot(tickets=frozenset({"2"})))
    bench.ticket("1")
    bench.ticket("2")
    bench.cycle()
    assert {update.ticket_id for update in bench.connector.writes} == {"2"}


def test_tickets_that_were_resolved_before_the_hub_was_armed_are_left_alone(make_bench) -> None:
    bench = make_bench()
    long_ago = bench.now - timedelta(days=60)
    bench.ticket("1", created=long_ago)
    bench.act("1", "solve", at=long_ago + timedelta(hours=1), status="solved")
    bench.cycle()
    assert bench.connector.writes == []


def test_a_reply_meets_the_first_response_and_the_resolution_takes_the_headline(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    bench.pass_time(minutes=30)
    bench.act("1", "reply", reply=True)
    bench.cycle()
    assert bench.clocks("1")["first_response"].standing == "met"
    assert bench.shown("1")["metric"] == "resolution"
    assert bench.shown("1")["due"] == "2026-05-11T17:00:00Z"


def test_a_breach_on_silence_is_confirmed_by_a_direct_look(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.settle()
    bench.cycle()
    bench.pass_time(hours=1, seconds=1)
    bench.judge()
    assert not bench.clocks("1")["first_response"].confirmed
    bench.confirm()
    bench.judge()
    bench.deliver()
    assert bench.connector.asked["fetch"] == 1
    assert bench.shown("1")["state"] == "breached"
    assert bench.shown("1")["breached_at"] == "2026-05-11T10:00:00Z"


def test_a_reply_just_before_due_that_is_not_exported_yet_never_becomes_a_breach(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.settle()
    bench.cycle()
    bench.pass_time(minutes=59, seconds=59)
    bench.act("1", "reply", reply=True, exported=False)
    for _ in range(5):
        bench.pass_time(seconds=1)
        bench.judge()
        bench.confirm()
        bench.judge()
        bench.deliver()
    assert all(update.fields.get(Slot.STATE) != "breached" for update in bench.connector.writes)
    assert bench.clocks("1")["first_response"].standing == "met"


def test_a_field_that_an_agent_overwrites_is_set_right_once_and_then_reported(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    for round_number in (1, 2):
        bench.pass_time(seconds=5)
        ticket = bench.connector.ticket("1")
        bench.connector.add("tickets", ticket_with(ticket, due="tomorrow"))
        bench.cycle()
        if round_number == 1:
            assert bench.shown("1")["due"] == "2026-05-11T10:00:00Z"
    assert bench.shown("1")["due"] == "tomorrow"
    with bench.store.view() as tx:
        assert [each.code for each in findings.open_ones(tx, "desk")] == ["overwritten"]


def ticket_with(ticket, **own):
    return replace(ticket, own={**ticket.own, **own}, version=ticket.version + 1)


def test_pending_jobs_are_asked_after_and_block_a_second_write(make_bench) -> None:
    bench = make_bench(jobs=True)
    bench.ticket("1")
    bench.pull()
    bench.judge()
    bench.deliver()
    assert len(bench.connector.writes) == 1
    bench.deliver()
    assert len(bench.connector.writes) == 1
    assert bench.shown("1")["state"] == "on track"


def test_a_write_whose_answer_was_lost_is_looked_at_before_anything_is_sent_again(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.pull()
    bench.judge()
    bench.connector.break_at("write_back", RetryLater("the line broke"))
    bench.deliver()
    assert bench.connector.writes == []
    bench.pass_time(minutes=1)
    bench.deliver()
    assert bench.connector.asked["fetch"] == 1
    assert len(bench.connector.writes) == 1
    assert bench.shown("1")["state"] == "on track"


def test_a_refused_write_is_not_tried_again(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.connector.answers["1"] = Delivery("1", Outcome.REFUSED, reason="closed")
    bench.cycle()
    bench.pass_time(minutes=5)
    bench.cycle()
    assert len(bench.connector.writes) == 1
    with bench.store.view() as tx:
        assert [each.code for each in findings.open_ones(tx, "desk")] == ["write_refused"]


def test_a_revision_that_would_change_too_many_tickets_waits_for_release(make_bench) -> None:
    bench = make_bench(at_once=2)
    for key in ("1", "2", "3"):
        bench.ticket(key)
    bench.cycle()
    assert len(bench.connector.writes) == 3
    bench.active = Active((bench.rules(1), bench.rules(2, response=7200, applied_at=bench.now)))
    with bench.store.unit() as tx:
        marks.everything(tx)
    bench.cycle()
    assert len(bench.connector.writes) == 3
    with bench.store.unit() as tx:
        row = connections.get(tx, "desk")
        assert row.held == 3
        connections.update(tx, row.id, released_revision=2)
    bench.cycle()
    assert len(bench.connector.writes) == 6


def test_refused_credentials_pause_the_connection_and_are_told(make_bench) -> None:
    bench = make_bench()
    bench.connector.break_at("tickets", SourceRefused("the token is not valid"))
    done = bench.pull()
    assert "token" in done.reason
    with bench.store.view() as tx:
        assert connections.get(tx, "desk").state == "refused"


def test_a_limit_that_is_used_up_ends_one_lane_and_the_others_go_on(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.connector.break_at("tickets", RetryLater("no calls left", timedelta(minutes=1)))
    bench.pull(LaneKind.LIVE)
    with bench.store.view() as tx:
        rows = {row.stream: row for row in lanes.every(tx, bench.source.id) if row.kind is LaneKind.LIVE}
    assert rows["tickets"].not_before == bench.now + timedelta(minutes=1)
    assert rows["ticket_events"].read == 1


def test_an_author_who_becomes_known_later_is_judged_again(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.pass_time(minutes=10)
    bench.act("1", "reply", reply=True, actor="carla")
    bench.cycle()
    assert bench.clocks("1")["first_response"].state == "running"
    bench.connector.add("people", Person("carla", "Carla", "agent"))
    bench.cycle()
    assert bench.clocks("1")["first_response"].standing == "met"


@pytest.mark.parametrize("jobs", [False, True])
def test_a_process_that_died_between_sending_and_hearing_leaves_nothing_wrong(make_bench, jobs: bool) -> None:
    bench = make_bench(jobs=jobs)
    bench.ticket("1")
    bench.pull()
    bench.judge()

    class KilledError(BaseException):
        pass

    def dies(updates):
        list(type(bench.connector).write_back(bench.connector, updates))
        raise KilledError

    bench.connector.write_back = dies
    with pytest.raises(KilledError):
        bench.deliver()
    del bench.connector.write_back
    bench.process = "the next one"
    bench.pass_time(seconds=10)
    bench.deliver()
    bench.deliver()
    assert bench.shown("1")["state"] == "on track"


def test_the_belief_is_the_same_in_a_database_built_anew(make_bench, empty_store) -> None:
    bench = make_bench()
    for key in ("1", "2", "3"):
        bench.ticket(key)
        bench.pass_time(minutes=7)
        bench.cycle()
    bench.act("1", "reply", reply=True)
    bench.act("2", "wait", status="pending")
    bench.pass_time(hours=2)
    bench.cycle()
    rebuild(bench.store, empty_store, [bench.source], bench.active, bench.now)
    assert belief(empty_store, [bench.source]) == belief(bench.store, [bench.source])
    with bench.store.view() as tx:
        assert len(lists.ticket_ids(tx, bench.source.id)) == 3
