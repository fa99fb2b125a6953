"""Somebody else's values in the hub's fields: set right once, then reported; blanks no less than words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.ports import Delivery, Outcome
from core.store import findings


def overwrite(bench, key: str, **own: str | None) -> None:
    """An agent, or an automation, writes into the hub's fields."""
    ticket = bench.connector.ticket(key)
    changed = replace(ticket, own={**ticket.own, **own}, version=ticket.version + 1, updated_at=bench.now)
    bench.connector.add("tickets", changed)


def told(bench) -> list[tuple[str, str]]:
    with bench.store.view() as tx:
        return [(each.code, each.text) for each in findings.open_ones(tx, "desk")]


def written(bench, what: Callable[[], None], times: int = 20) -> int:
    """Return how often the ticket was written while `what` happened so many times."""
    before = len(bench.connector.writes)
    for _ in range(times):
        bench.pass_time(minutes=11)
        what()
        bench.cycle()
    return len(bench.connector.writes) - before


def answered(bench):
    """A ticket that waits for its customer: what was due shows no more."""
    bench.ticket("1")
    bench.cycle()
    bench.pass_time(minutes=5)
    bench.act("1", "reply", reply=True, status="pending")
    bench.cycle()
    assert bench.shown("1")["due"] is None
    return bench


@pytest.mark.parametrize(("slot", "value"), [("due", "2026-01-01"), ("breached_at", "2026-01-01"), ("state", "met")])
def test_what_is_overwritten_again_and_again_is_set_right_once_and_told(make_bench, slot: str, value: str) -> None:
    bench = answered(make_bench())
    assert written(bench, lambda: overwrite(bench, "1", **{slot: value})) == 1
    assert told(bench) == [("overwritten", f"ticket 1 somebody keeps overwriting {slot}; it is left alone now")]


def test_a_source_that_never_clears_a_field_is_not_asked_to_for_ever(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    real = bench.connector.write_back

    def keeps(updates):
        for update in updates:
            kept = {slot: value for slot, value in update.fields.items() if value is not None}
            for delivery in real([replace(update, fields=kept)]):
                ticket = bench.connector.ticket(update.ticket_id)
                yield replace(delivery, shown={slot: ticket.own[slot] for slot in update.fields})

    bench.connector.write_back = keeps
    bench.pass_time(minutes=5)
    bench.act("1", "reply", reply=True, status="pending")
    assert written(bench, lambda: None) == 2
    assert [code for code, _ in told(bench)] == ["overwritten"]


def test_what_is_left_alone_is_written_again_once_there_is_something_new_to_show(make_bench) -> None:
    bench = answered(make_bench())
    written(bench, lambda: overwrite(bench, "1", due="2026-01-01"), times=3)
    bench.act("1", "more", status="open")
    bench.cycle()
    assert bench.shown("1")["due"] not in {None, "2026-01-01"}
    assert told(bench) == []


def test_a_clearing_that_did_not_arrive_is_not_taken_for_overwritten(make_bench) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    bench.pass_time(minutes=5)
    bench.act("1", "reply", reply=True, status="pending")
    bench.connector.answers["1"] = Delivery("1", Outcome.RETRY, reason="not now")
    bench.cycle()
    assert bench.shown("1")["due"] is not None
    bench.pass_time(minutes=1)
    bench.cycle()
    assert bench.shown("1")["due"] is None
    assert written(bench, lambda: overwrite(bench, "1", due="2026-01-01"), times=3) == 1
