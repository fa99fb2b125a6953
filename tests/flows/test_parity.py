"""Parity over what is stored, on either database: which clocks are compared, and what comes out."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.flows import parity
from core.flows.parity import Comparison, Found
from core.settings import Mode
from core.sla.causes import Cause
from core.store import connections, native_clocks
from core.tickets import NativeClock, Says, SourceMapping

PAIRED = SourceMapping(native_metrics={"Time to first response": ("first_response",), "to close": ("closing",)})
WORD = "time to First Response"
HOUR = timedelta(hours=1)


def stated(
    ticket: str, start: datetime, seconds: int = 3600, word: str = WORD, *more: NativeClock
) -> list[NativeClock]:
    def said(number: int, says: Says, at: datetime, seconds: int | None = None) -> NativeClock:
        return NativeClock(f"{ticket}-{word}-{number}", ticket, word, 1, says, at, seconds)

    due = start + timedelta(seconds=seconds)
    return [said(1, Says.STARTED, start), said(2, Says.TARGET, start, seconds), said(3, Says.DUE, due)]


@pytest.fixture
def bench(make_bench: Callable[..., object]) -> Iterator[object]:
    """Two tickets an hour apart whose source has clocks of its own, and one that has none."""
    made = make_bench(mode=Mode.OBSERVE)
    made.configure(mapping=PAIRED)
    for key, seconds in (("1", 3600), ("2", 7200)):
        made.ticket(key)
        made.connector.add("tickets", *stated(key, made.now, seconds))
        made.pass_time(hours=1)
    made.ticket("3")
    # That the source tells of this later instant says that it has told of all before it.
    made.connector.add("tickets", NativeClock("z", "3", "other", 1, Says.STARTED, made.now))
    made.settle()
    made.pull()
    return made


def compared(bench, **more) -> tuple[Comparison, list[Found]]:
    found = Comparison(bench.store, bench.source, bench.active, bench.now, **more)
    return found, sorted((one for lot in found.lots() for one in lot.found), key=lambda one: one.key)


def test_stored_clocks_are_held_against_those_of_the_source(bench) -> None:
    found, rows = compared(bench)
    assert found.tickets == 2
    assert [(row.key, row.beside.weighed.agrees, row.beside.weighed.difference) for row in rows] == [
        ("1", True, 0),
        ("2", False, -3600),
    ]
    assert rows[1].beside.cause is Cause.TARGET
    (total,) = found.sums.values()
    assert (total.clocks, total.within_minute, total.share) == (2, 1, 0.5)
    assert total.samples == {Cause.TARGET: ["2"]}
    assert (found.unpaired, found.untimed, found.unjudged) == ({}, {}, 0)


def test_lots_follow_one_another_and_leave_nothing_out(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "BATCH", 1)
    found = Comparison(bench.store, bench.source, bench.active, bench.now)
    lots = [(lot.tickets, [one.key for one in lot.found]) for lot in found.lots()]
    assert sorted(lots) == [(1, ["1"]), (1, ["2"])]


def test_only_what_is_asked_for_is_compared(bench) -> None:
    start = bench.now - HOUR
    assert [row.key for row in compared(bench, since=start)[1]] == ["2"]
    assert len(compared(bench, metric="TIME TO FIRST RESPONSE")[1]) == 2
    assert len(compared(bench, metric="first_response")[1]) == 2
    assert compared(bench, metric="closing")[1] == []


def test_words_that_nothing_is_said_of_and_words_that_nothing_times_are_told(bench) -> None:
    for word in ("to close", "to approve"):
        bench.connector.add("tickets", *stated("1", bench.now, word=word))
    bench.pull()
    found, rows = compared(bench)
    assert (found.unpaired, found.untimed) == ({"to approve": 1}, {"to close": 1})
    assert len(rows) == 2
    bench.configure(mapping=replace(PAIRED, native_metrics={**PAIRED.native_metrics, "to approve": ()}))
    assert compared(bench)[0].unpaired == {}


def test_what_the_history_does_not_reach_back_to_is_named(bench) -> None:
    bench.ticket("4", created=bench.now - timedelta(days=2))
    bench.connector.add("tickets", *stated("4", bench.now - timedelta(days=2)))
    bench.pull()
    with bench.store.unit() as tx:
        tx.exec_driver_sql("UPDATE lane SET start_at = settled_until WHERE kind = 'backfill'")
    _, rows = compared(bench)
    assert {row.beside.cause for row in rows} == {Cause.MISSING_HISTORY}


def test_a_ticket_that_cannot_be_judged_holds_up_no_other(bench) -> None:
    (rules,) = bench.active.rules
    policies = tuple(replace(one, calendar=replace(one.calendar, default="gone")) for one in rules.policies)
    bench.active = replace(bench.active, rules=(replace(rules, policies=policies),))
    found, rows = compared(bench)
    assert (found.unjudged, rows) == (2, [])
    assert sorted(found.reasons)[0].startswith("1: SettingsError: policy standard uses calendar gone")


def test_what_the_source_tells_over_all_tickets_is_summed_up(bench) -> None:
    with bench.store.view() as tx:
        told = native_clocks.heard(tx, bench.source.id)
    assert (told.until, told.pauses, told.targets) == (bench.now, False, {WORD: 2})
    with bench.store.unit() as tx:
        other = connections.ensure(tx, "other", "lists").id
        native_clocks.add(tx, bench.source.id, [NativeClock("q", "2", WORD, 1, Says.PAUSED, bench.now, seconds=60)])
        assert not native_clocks.heard(tx, bench.source.id).pauses, "it keeps no list of its pauses"
        native_clocks.add(tx, bench.source.id, [NativeClock("p", "1", WORD, 1, Says.PAUSED, bench.now)])
        assert native_clocks.heard(tx, bench.source.id).pauses
        assert native_clocks.heard(tx, other) == native_clocks.Heard(None, pauses=False, targets={})
        assert native_clocks.carrying(tx, other, 0, 10) == []
        gone = [replace(each, withdrawn=True) for each in stated("1", bench.now)]
        native_clocks.add(tx, bench.source.id, gone)
        assert native_clocks.carried(tx, bench.source.id) == 1
