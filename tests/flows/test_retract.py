"""Taking off the tickets what the hub shows there: all of it, once, and nothing brings it back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.errors import RetryLater, SettingsError
from core.flows.retract import begin, left, retract, retraction
from core.flows.source import Done
from core.ports import Delivery, Outcome, Slot
from core.settings import Mode
from core.store import lists


@pytest.fixture
def shows(make_bench: Callable[..., Any]) -> Callable[..., Any]:
    """Give a maker of benches that only observe by now; tickets 1 to 4 show their SLA, 3 is solved and 4 closed."""

    def make(**settings: object) -> Any:
        bench = make_bench(**settings)
        for key in "1234":
            bench.ticket(key)
        bench.cycle()
        bench.pass_time(minutes=10)
        bench.act("3", "solved", status="solved")
        bench.act("4", "solved", status="closed")
        bench.cycle()
        bench.cycle()
        assert all(bench.shown(key)["state"] for key in "1234")
        bench.connector.writes.clear()
        bench.configure(mode=Mode.OBSERVE)
        return bench

    return make


def clear(bench: Any) -> Done:
    """Run until nothing is left, as the command does."""
    begin(bench.store, bench.source)
    done = Done("retract", "desk")
    for _ in range(5):
        done += retract(bench.store, bench.source, bench.active, bench.stop, process=bench.process)
        if not left(bench.store, bench.source):
            break
        bench.pass_time(seconds=60)
    return done


def blank(bench: Any, key: str) -> bool:
    return set(bench.shown(key).values()) == {None}


@pytest.mark.parametrize("jobs", [False, True])
def test_everything_that_can_be_written_is_cleared_and_what_is_closed_is_counted(shows: Any, jobs: bool) -> None:
    bench = shows(jobs=jobs)
    size = retraction(bench.store, bench.source)
    assert (size.tickets, size.closed, size.calls) == (3, 1, 3)
    done = clear(bench)
    assert (done.flow, done.written, done.reason) == ("retract", 3, "")
    assert [blank(bench, key) for key in "1234"] == [True, True, True, False]
    assert {value for write in bench.connector.writes for value in write.fields.values()} == {None}


def test_only_what_shows_something_is_written(shows: Any) -> None:
    bench = shows()
    clear(bench)
    (first,) = (dict(write.fields) for write in bench.connector.writes if write.ticket_id == "1")
    # Nothing was ever breached here.
    assert set(first) == set(Slot) - {Slot.BREACHED_AT}


def test_a_second_time_nothing_is_written_and_no_evaluation_brings_it_back(shows: Any) -> None:
    bench = shows()
    clear(bench)
    written = len(bench.connector.writes)
    assert clear(bench).written == 0
    bench.act("1", "reply", reply=True)
    for _ in range(2):
        bench.pass_time(hours=2)
        bench.cycle()
    assert retraction(bench.store, bench.source).tickets == 0
    assert len(bench.connector.writes) == written
    assert blank(bench, "1")


def test_an_evaluation_in_between_changes_nothing(shows: Any) -> None:
    bench = shows(jobs=True)
    begin(bench.store, bench.source)
    retract(bench.store, bench.source, bench.active, bench.stop, process=bench.process)
    bench.act("1", "reply", reply=True)
    bench.pull()
    bench.judge()
    clear(bench)
    assert [blank(bench, key) for key in "123"] == [True] * 3


def test_while_it_writes_nothing_is_cleared(shows: Any) -> None:
    bench = shows()
    bench.configure(mode=Mode.PILOT)
    with pytest.raises(
        SettingsError, match=r"connections\.desk\.mode: is pilot: nothing is cleared while the hub writes"
    ):
        retract(bench.store, bench.source, bench.active, bench.stop, process=bench.process)
    assert bench.connector.writes == []


def test_it_goes_on_where_it_was_broken_off(shows: Any) -> None:
    bench = shows()
    bench.connector.break_at("write_back", RetryLater("gone"))
    begin(bench.store, bench.source)
    first = retract(bench.store, bench.source, bench.active, bench.stop, process=bench.process)
    assert (first.written, first.reason) == (0, "gone")
    bench.source = replace(bench.source, rests={})
    bench.pass_time(minutes=5)
    assert clear(bench).written == 3
    assert [blank(bench, key) for key in "123"] == [True] * 3


def test_a_write_whose_process_died_is_cleared_too(shows: Any) -> None:
    bench = shows()
    bench.configure(mode=Mode.LIVE)
    bench.act("1", "reply", reply=True)
    bench.pull()
    bench.judge()
    bench.connector.break_at("write_back", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bench.deliver()
    bench.configure(mode=Mode.OBSERVE)
    bench.pass_time(minutes=5)
    assert retraction(bench.store, bench.source).tickets == 3
    clear(bench)
    assert [blank(bench, key) for key in "123"] == [True] * 3


def test_a_first_write_of_which_nobody_knows_what_became_is_cleared_too(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.pull()
    bench.judge()
    real = bench.connector.write_back

    def killed(updates: Any) -> Any:
        list(real(updates))
        raise KeyboardInterrupt

    bench.connector.write_back = killed
    with pytest.raises(KeyboardInterrupt):
        bench.deliver()
    bench.connector.write_back = real
    assert not blank(bench, "1")
    bench.configure(mode=Mode.OBSERVE)
    bench.pass_time(minutes=5)
    clear(bench)
    assert blank(bench, "1")


def test_what_refuses_is_not_tried_for_ever(shows: Any) -> None:
    bench = shows()
    bench.connector.answers["2"] = Delivery("2", Outcome.REFUSED, reason="closed prevents ticket update")
    done = clear(bench)
    assert (done.written, left(bench.store, bench.source)) == (2, 0)
    assert [blank(bench, key) for key in "123"] == [True, False, True]


def test_what_somebody_entered_in_our_fields_is_cleared_too(shows: Any) -> None:
    bench = shows()
    ticket = bench.connector.ticket("1")
    mine = replace(ticket, own={**ticket.own, "policy": "mine"}, version=ticket.version + 1)
    bench.connector.add("tickets", mine)
    bench.pull()
    clear(bench)
    assert blank(bench, "1")


def test_a_connection_that_goes_live_again_shows_everything_again(shows: Any) -> None:
    bench = shows()
    before = {key: bench.shown(key) for key in "12"}
    clear(bench)
    bench.configure(mode=Mode.LIVE)
    for key in "12":
        bench.act(key, "touched", team="second")
    bench.cycle()
    bench.cycle()
    assert {key: bench.shown(key) for key in "12"} == before
    with bench.store.view() as tx:
        assert not any(row.refused_reason for row in lists.field_rows(tx, bench.source.id))
