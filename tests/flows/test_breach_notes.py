"""Which breaches are noted on their tickets: confirmed ones, of today, once; and none where nobody asked for it."""

from datetime import timedelta

import pytest

from core.flows.noting import note
from core.store import connections, tables


class Notes:
    """What stands on the tickets."""

    def __init__(self, bench) -> None:
        self.left: list[tuple[str, str]] = []
        bench.connector.note = self.note
        bench.connector.noted = lambda ticket, mark: any(mark in text for _, text in self.left)

    def note(self, ticket: str, text: str) -> str:
        self.left.append((ticket, text))
        return ""


@pytest.fixture
def bench(make_bench):
    return make_bench(note=True)


def work(bench) -> None:
    bench.pull()
    bench.judge()
    bench.confirm()
    bench.judge()
    bench.deliver()
    note(bench.store, bench.source, bench.stop)


def breach(bench, key: str = "1") -> None:
    bench.ticket(key)
    work(bench)
    bench.pass_time(hours=1, seconds=5)
    bench.settle()


def test_a_confirmed_breach_is_noted_once_with_what_and_when(bench) -> None:
    notes = Notes(bench)
    breach(bench)
    for _ in range(3):
        work(bench)
        bench.pass_time(minutes=5)
    ((ticket, text),) = notes.left
    assert ticket == "1"
    said = "SLA breached: the first response was due 2026-05-11 10:00 (UTC), by policy standard. [slahub:"
    assert text.startswith(said)


def test_each_clock_that_breaches_is_noted_for_itself_and_no_change_notes_it_again(bench) -> None:
    notes = Notes(bench)
    breach(bench)
    work(bench)
    bench.act("1", "reply", reply=True)
    work(bench)
    bench.pass_time(hours=7)
    bench.settle()
    work(bench)
    assert ["first response" in text for _, text in notes.left] == [True, False]


def test_what_rests_on_silence_is_noted_when_it_is_confirmed(make_bench) -> None:
    bench = make_bench(note=True, fetches=False)
    notes = Notes(bench)
    open_one = bench.source.connector
    open_one.note, open_one.noted = bench.connector.note, bench.connector.noted
    bench.ticket("1")
    bench.settle()
    work(bench)
    bench.pass_time(hours=2)
    work(bench)
    assert notes.left == []
    bench.settle()
    bench.pass_time(seconds=5)
    work(bench)
    assert len(notes.left) == 1


def test_a_breach_that_was_none_is_not_noted(bench) -> None:
    notes = Notes(bench)
    breach(bench)
    bench.pull()
    bench.judge()
    bench.confirm()
    bench.judge()
    with bench.store.view() as tx:
        assert len(tx.execute(tables.note.select()).all()) == 1
    bench.act("1", "reply", reply=True, at=bench.now - timedelta(minutes=30))
    work(bench)
    assert notes.left == []


@pytest.mark.parametrize("without", ["setting", "arming", "recency"])
def test_nothing_is_noted_without(make_bench, without: str) -> None:
    bench = make_bench(note=without != "setting")
    notes = Notes(bench)
    bench.ticket("1")
    bench.settle()
    bench.pass_time(hours=1, seconds=5)
    if without == "recency":
        bench.pass_time(hours=40)
    if without == "arming":
        with bench.store.unit() as tx:
            connections.update(tx, bench.source.id, armed_at=bench.now - timedelta(seconds=1))
    bench.settle()
    for _ in range(2):
        work(bench)
    assert notes.left == []
    assert bench.shown("1")["state"] == "breached"
