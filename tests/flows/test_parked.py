"""Writes that wait: parked after refusals and failures, in doubt after a kill, held; seen and let go by an admin."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.flows import deliver
from core.flows.evaluate import Active
from core.ports import Delivery, Outcome
from core.store import connections, findings, marks, waiting
from core.store.deliveries import PARKED_AFTER
from core.store.waiting import Wait


def waits(bench) -> list[tuple[str, Wait, str]]:
    with bench.store.view() as tx:
        return [(each.key, each.wait, each.reason) for each in waiting.every(tx, bench.source.id)]


def open_codes(bench) -> list[str]:
    with bench.store.view() as tx:
        return [each.code for each in findings.open_ones(tx, "desk")]


def release(bench, key: str = "") -> int:
    with bench.store.unit() as tx:
        connections.hold(tx, bench.source.id)
        return waiting.release(tx, bench.source.id, key)


def overwrite(bench, key: str, **own: str) -> None:
    ticket = bench.connector.ticket(key)
    bench.connector.add("tickets", replace(ticket, own={**ticket.own, **own}, version=ticket.version + 1))
    bench.cycle()


def ready(bench, *keys: str):
    for key in keys:
        bench.ticket(key)
    bench.pull()
    bench.judge()
    return bench


def test_what_always_fails_is_parked_in_the_end_and_tried_once_more_when_it_is_let_go(make_bench) -> None:
    bench = ready(make_bench(), "1")
    tried = 0

    def never(updates):
        nonlocal tried
        for update in updates:
            tried += 1
            yield Delivery(update.ticket_id, Outcome.RETRY, reason="Requester: is suspended")

    bench.connector.write_back = never
    for _ in range(3 * PARKED_AFTER):
        bench.deliver()
        bench.pass_time(hours=5)
    assert tried == PARKED_AFTER
    assert waits(bench) == [("1", Wait.PARKED, f"failed {PARKED_AFTER} times: Requester: is suspended")]
    assert release(bench) == 1
    bench.deliver()
    assert tried == PARKED_AFTER + 1
    del bench.connector.write_back
    bench.pass_time(hours=5)
    bench.deliver()
    assert bench.shown("1")["state"] == "on track"
    assert (waits(bench), open_codes(bench)) == ([], [])


def test_what_is_refused_is_parked_with_its_reason_and_let_go_by_its_key_alone(make_bench) -> None:
    bench = ready(make_bench(), "1", "2")
    for key in ("1", "2"):
        bench.connector.answers[key] = Delivery(key, Outcome.REFUSED, reason="closed")
    bench.deliver()
    assert waits(bench) == [("1", Wait.PARKED, "closed"), ("2", Wait.PARKED, "closed")]
    assert release(bench, "3") == 0
    assert release(bench, "2") == 1
    bench.deliver()
    assert [update.ticket_id for update in bench.connector.writes] == ["1", "2", "2"]
    assert waits(bench) == [("1", Wait.PARKED, "closed")]


def test_what_somebody_keeps_overwriting_is_set_right_once_more_when_it_is_let_go(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    for _ in range(2):
        overwrite(bench, "1", state="mine")
    assert waits(bench) == [("1", Wait.PARKED, "overwritten by somebody")]
    release(bench)
    bench.cycle()
    assert bench.shown("1")["state"] == "on track"
    overwrite(bench, "1", state="mine")
    bench.cycle()
    assert bench.shown("1")["state"] == "mine"
    assert open_codes(bench) == ["overwritten"]


def test_a_write_whose_process_was_killed_is_in_doubt_and_told_until_it_was_looked_at(make_bench) -> None:
    bench = ready(make_bench(), "1")

    def killed(_):
        raise KeyboardInterrupt

    bench.connector.write_back = killed
    with pytest.raises(KeyboardInterrupt):
        bench.deliver()
    del bench.connector.write_back
    assert [wait for _, wait, _ in waits(bench)] == [Wait.IN_DOUBT]
    bench.pass_time(minutes=3)
    bench.connector.fetch = killed
    with pytest.raises(KeyboardInterrupt):
        bench.deliver()
    assert open_codes(bench) == ["in_doubt"]
    del bench.connector.fetch
    bench.deliver()
    assert (waits(bench), open_codes(bench)) == ([], [])
    assert bench.shown("1")["state"] == "on track"


def test_what_is_held_is_listed_and_one_ticket_of_it_can_be_let_go(make_bench) -> None:
    bench = make_bench(at_once=1)
    for key in ("1", "2", "3"):
        bench.ticket(key)
    bench.cycle()
    bench.active = Active((bench.rules(1), bench.rules(2, response=7200, applied_at=bench.now)))
    with bench.store.unit() as tx:
        marks.everything(tx)
    bench.cycle()
    assert [(key, wait) for key, wait, _ in waits(bench)] == [(key, Wait.HELD) for key in ("1", "2", "3")]
    assert release(bench, "2") == 1
    bench.deliver()
    assert [update.ticket_id for update in bench.connector.writes[3:]] == ["2"]


def test_a_breach_that_comes_while_others_are_written_goes_before_the_rest_of_them(make_bench, monkeypatch) -> None:
    monkeypatch.setattr(deliver, "BATCH", 2)
    bench = make_bench()
    bench.ticket("6", created=bench.now - timedelta(minutes=10))
    ready(bench, "1", "2", "3", "4", "5")
    with bench.store.unit() as tx:
        connections.update(tx, bench.source.id, armed_at=bench.now - timedelta(days=1))

    def meanwhile(updates):
        del bench.connector.write_back
        bench.pass_time(minutes=55)
        bench.settle()
        bench.pull()
        bench.judge()
        yield from bench.connector.write_back(updates)

    bench.connector.write_back = meanwhile
    bench.deliver()
    order = [update.ticket_id for update in bench.connector.writes]
    assert sorted(order[:2]) != ["6"]
    assert order[2] == "6"
