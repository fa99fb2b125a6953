"""What is written, when, and what is never written: the planner between desired, sent and shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import RetryLater, SourceError, Unreadable
from core.flows import deliver
from core.ports import Delivery, Outcome, Slot
from core.store import connections, findings, lists


def ready(bench, *keys: str):
    for key in keys:
        bench.ticket(key)
    bench.pull()
    bench.judge()
    return bench


def open_codes(bench) -> list[str]:
    with bench.store.view() as tx:
        return [each.code for each in findings.open_ones(tx, "desk")]


def test_an_older_picture_that_comes_after_a_write_provokes_no_second_write(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    before = bench.connector.ticket("1")
    bench.cycle()
    bench.connector.add("tickets", before)
    bench.cycle()
    assert len(bench.connector.writes) == 1


def test_a_ticket_has_one_write_under_way_at_most(make_bench) -> None:
    bench = ready(make_bench(jobs=True), "1")
    bench.deliver()
    bench.connector.settle = lambda jobs: iter(())
    bench.pass_time(hours=1, seconds=5)
    bench.settle()
    bench.pull()
    bench.judge()
    bench.deliver()
    assert len(bench.connector.writes) == 1
    del bench.connector.settle
    for _ in range(4):
        bench.pass_time(seconds=40)
        bench.deliver()
    assert len(bench.connector.writes) == 2
    assert bench.shown("1")["state"] == "breached"
    assert bench.shown("1")["breached_at"] == "2026-05-11T10:00:00Z"
    assert open_codes(bench) == []


def test_a_field_that_the_configuration_names_no_more_is_left_alone(make_bench) -> None:
    bench = ready(make_bench(), "1")
    bench.configure(write_back={slot: name for slot, name in bench.source.settings.write_back.items() if slot != "due"})
    bench.act("1", "wait", status="pending")
    bench.cycle()
    assert bench.connector.writes
    assert all(Slot.DUE not in update.fields for update in bench.connector.writes)


def test_a_refused_ticket_is_tried_again_once_there_is_something_new_to_show(make_bench) -> None:
    bench = ready(make_bench(), "1")
    bench.connector.answers["1"] = Delivery("1", Outcome.REFUSED, reason="not now")
    bench.deliver()
    bench.pass_time(minutes=5)
    bench.deliver()
    assert len(bench.connector.writes) == 1
    assert open_codes(bench) == ["write_refused"]
    bench.act("1", "reply", reply=True)
    bench.cycle()
    assert bench.shown("1")["metric"] == "resolution"


def test_a_slot_that_the_ticket_does_not_take_is_left_alone_while_the_others_are_shown(make_bench) -> None:
    bench = ready(make_bench(), "1")
    bench.connector.answers["1"] = Delivery(
        "1", Outcome.SHOWN, {Slot.STATE: "on track"}, refused={Slot.POLICY: "not on the screen"}
    )
    bench.deliver()
    bench.pass_time(minutes=5)
    bench.deliver()
    assert len(bench.connector.writes) == 1
    assert open_codes(bench) == ["write_refused"]


@pytest.mark.parametrize("outcome", [Outcome.CONFLICT, Outcome.RETRY])
def test_what_failed_is_looked_at_again_later_even_where_a_pull_came_between(make_bench, outcome: Outcome) -> None:
    bench = ready(make_bench(), "1")
    bench.connector.answers["1"] = Delivery("1", outcome, reason="somebody else was quicker")
    bench.deliver()
    bench.connector.add("tickets", bench.connector.ticket("1"))
    bench.pass_time(seconds=5)
    bench.pull()
    bench.deliver()
    assert (len(bench.connector.writes), bench.connector.asked["fetch"]) == (1, 0)
    bench.pass_time(seconds=30)
    bench.deliver()
    assert (len(bench.connector.writes), bench.connector.asked["fetch"]) == (2, 1)
    assert bench.shown("1")["state"] == "on track"


def test_a_value_that_is_never_taken_is_tried_ever_more_rarely_and_told(make_bench) -> None:
    bench = ready(make_bench(), "1", "2")
    real, tried = bench.connector.write_back, 0

    def never(updates):
        nonlocal tried
        for update in updates:
            tried += update.ticket_id == "1"
            failed = Delivery("1", Outcome.RETRY, reason="Requester: is suspended")
            yield from [failed] if update.ticket_id == "1" else real([update])

    bench.connector.write_back = never
    bench.pass_time(hours=2)
    for _ in range(120):
        bench.settle()
        bench.cycle()
        bench.pass_time(seconds=30)
    assert 3 < tried < 10
    with bench.store.view() as tx:
        (told,) = findings.open_ones(tx, "desk")
    assert (told.code, "Requester: is suspended" in told.text) == ("write_fails", True)
    assert bench.shown("2")["state"] == "breached"
    del bench.connector.write_back
    bench.act("1", "reply", reply=True)
    bench.cycle()
    assert bench.shown("1")["metric"] == "resolution"
    assert open_codes(bench) == []


def test_a_source_that_does_not_answer_makes_no_value_wait_ever_longer(make_bench) -> None:
    bench = ready(make_bench(), "1")
    for _ in range(5):
        bench.connector.break_at("write_back", RetryLater("away"))
        bench.deliver()
        bench.pass_time(seconds=31)
    assert bench.deliver().written == 1


def test_what_a_forgotten_job_was_to_write_is_looked_at_and_written_again(make_bench) -> None:
    bench = ready(make_bench(jobs=True), "1", "2")
    bench.deliver()

    def forgotten(jobs):
        yield from (Delivery("", Outcome.RETRY, job=job) for job in jobs)

    bench.connector.settle = forgotten
    bench.pass_time(seconds=5)
    bench.deliver()
    del bench.connector.settle
    for _ in range(3):
        bench.pass_time(seconds=40)
        bench.deliver()
    assert bench.connector.asked["fetch"] == 1
    assert bench.shown("1")["state"] == bench.shown("2")["state"] == "on track"


def test_what_a_job_says_of_some_tickets_stands_when_the_others_are_to_be_tried_again(make_bench) -> None:
    bench = ready(make_bench(jobs=True), "1", "2")
    bench.deliver()
    real = bench.connector.settle

    def partly(jobs):
        yield from (each for each in real(jobs) if each.ticket_id == "1")
        yield from (Delivery("", Outcome.RETRY, job=job) for job in jobs)

    bench.connector.settle = partly
    bench.pass_time(seconds=5)
    assert bench.deliver().written == 1
    with bench.store.view() as tx:
        assert {row.key for row in lists.field_rows(tx, bench.source.id) if not row.known} == {"2"}


def test_a_job_that_cannot_be_read_keeps_no_write_waiting(make_bench) -> None:
    bench = ready(make_bench(jobs=True), "1")
    bench.deliver()

    def unreadable(jobs):
        raise Unreadable("job_status is not an object")
        yield

    bench.connector.settle = unreadable
    ready(bench, "2")
    bench.pass_time(seconds=2)
    assert bench.deliver().reason == "job_status is not an object"
    assert [update.ticket_id for update in bench.connector.writes] == ["1", "2"]
    assert open_codes(bench) == ["failed"]
    del bench.connector.settle
    bench.pass_time(seconds=31)
    bench.deliver()
    assert bench.shown("1")["state"] == bench.shown("2")["state"] == "on track"
    bench.pull()
    assert open_codes(bench) == []


def test_answers_that_do_not_come_leave_their_tickets_to_be_looked_at(make_bench) -> None:
    bench = ready(make_bench(), "1", "2", "3")
    real = type(bench.connector).write_back

    def half(updates):
        yield from list(real(bench.connector, updates[:1]))
        raise SourceError("the rest was not understood")

    bench.connector.write_back = half
    done = bench.deliver()
    assert (done.written, done.reason) == (1, "the rest was not understood")
    del bench.connector.write_back
    bench.pass_time(seconds=31)
    assert bench.deliver().written == 2
    assert [update.ticket_id for update in bench.connector.writes] == ["1", "2", "3"]


def test_tickets_that_were_never_written_keep_no_others_waiting(make_bench, monkeypatch) -> None:
    monkeypatch.setattr(deliver, "FIRST_WRITES_AN_HOUR", 2)
    monkeypatch.setattr(deliver, "BATCH", 2)
    bench = ready(make_bench(), "1", "2")
    bench.deliver()
    ready(bench, *[str(number) for number in range(3, 9)])
    bench.act("1", "reply", reply=True)
    bench.pull()
    bench.judge()
    bench.pass_time(seconds=2)
    bench.deliver()
    assert [update.ticket_id for update in bench.connector.writes] == ["1", "2", "1"]
    bench.pass_time(hours=1)
    bench.pull()
    bench.deliver()
    assert len({update.ticket_id for update in bench.connector.writes}) == 4


def test_a_ticket_that_changes_all_the_time_is_written_six_times_an_hour_and_its_breach_besides(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    for number in range(8):
        bench.pass_time(minutes=1)
        bench.act("1", f"turn{number}", status=("pending", "open")[number % 2], reply=number == 0)
        bench.cycle()
    assert len(bench.connector.writes) == 6
    assert open_codes(bench) == ["busy"]
    bench.pass_time(hours=9)
    bench.cycle()
    assert bench.shown("1")["state"] == "breached"
    bench.cycle()
    assert open_codes(bench) == []


def test_a_stop_in_the_middle_is_no_failure(make_bench) -> None:
    bench = ready(make_bench(), "1")

    def stopping(updates):
        bench.stop.set()
        raise RetryLater("stopping")

    bench.connector.write_back = stopping
    assert bench.deliver().reason == ""
    assert open_codes(bench) == []


def test_a_source_that_asks_for_time_is_left_alone_until_then(make_bench) -> None:
    bench = ready(make_bench(), "1")
    bench.connector.break_at("write_back", RetryLater("too many calls", timedelta(minutes=5)))
    assert bench.deliver().reason == ""
    bench.ticket("2")
    bench.pull()
    bench.judge()
    for _ in range(4):
        bench.pass_time(minutes=1)
        bench.deliver()
    assert bench.connector.asked["write_back"] == 1
    bench.pass_time(minutes=2)
    bench.deliver()
    assert {update.ticket_id for update in bench.connector.writes} == {"1", "2"}


def test_what_a_source_that_asks_for_time_did_not_take_is_not_looked_at(make_bench) -> None:
    bench = ready(make_bench(), "1")
    for _ in range(9):
        bench.connector.break_at("write_back", RetryLater("too many jobs", timedelta(seconds=10)))
        bench.deliver()
        bench.pass_time(seconds=11)
    assert bench.connector.asked["fetch"] == 0
    assert bench.deliver().written == 1


def test_no_more_jobs_are_under_way_than_the_connector_says(make_bench, monkeypatch) -> None:
    monkeypatch.setattr(deliver, "BATCH", 1)
    bench = ready(make_bench(jobs=True), "1", "2", "3", "4")
    bench.connector.most_jobs = lambda: 2
    settled, bench.connector.settle = bench.connector.settle, lambda jobs: iter(())
    for _ in range(3):
        bench.deliver()
        bench.pass_time(seconds=31)
    assert len(bench.connector.writes) == 2
    bench.connector.settle = settled
    bench.deliver()
    assert len(bench.connector.writes) == 4


def test_a_mass_that_is_held_keeps_its_tickets_and_no_others_waiting(make_bench) -> None:
    from core.flows.evaluate import Active
    from core.store import marks

    bench = make_bench(at_once=1)
    for key in ("1", "2"):
        bench.ticket(key)
    bench.cycle()
    bench.active = Active((bench.rules(1), bench.rules(2, response=7200, applied_at=bench.now)))
    with bench.store.unit() as tx:
        marks.everything(tx)
    bench.cycle()
    bench.ticket("3")
    bench.cycle()
    assert [update.ticket_id for update in bench.connector.writes] == ["1", "2", "3"]
    with bench.store.unit() as tx:
        row = connections.get(tx, "desk")
        assert (row.held, row.held_revision) == (2, 2)
        connections.update(tx, row.id, released_revision=2)
    bench.cycle()
    assert bench.shown("1")["due"] == "2026-05-11T11:00:00Z"
    with bench.store.view() as tx:
        assert connections.get(tx, "desk").held == 0
        assert all(not row.pending for row in lists.field_rows(tx, bench.source.id))


def test_an_unasked_value_is_not_taken_for_an_overwriting(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    ticket = bench.connector.ticket("1")
    bench.connector.add("tickets", replace(ticket, own={**ticket.own, "due": "old"}, version=2))
    bench.cycle()
    assert bench.shown("1")["due"] == "2026-05-11T10:00:00Z"
    assert open_codes(bench) == []


def test_a_connection_that_withholds_writes_is_left_alone_in_any_mode(make_bench) -> None:
    bench = ready(make_bench(), "1")
    bench.connector.withheld = lambda: "it is read only"
    bench.deliver()
    assert bench.connector.writes == []
    assert open_codes(bench) == []
    bench.connector.withheld = lambda: ""
    bench.deliver()
    assert bench.connector.writes
