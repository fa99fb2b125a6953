"""What is done once a day with what is old, or was left half done."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from core.flows.old_enough import foreseen
from core.flows.stop import StopSignal
from core.hub import Hub
from core.settings import Configuration
from core.settings.values import Retention
from core.store import audit, connections, findings, forgetting, links, mentions, removal, runs, tables
from core.store.veiled import Veil
from core.tickets import Person

KEY = b"a key of the tests"
VEIL = Veil("desk", KEY)
WHO, NAME = "eva-4711", "Eva Müller-Öz"


@dataclass
class After:
    """A stop that is reached once it was asked for so often."""

    times: int

    def reached(self) -> bool:
        self.times -= 1
        return self.times < 0

    def wait(self, seconds: float) -> bool:
        return self.reached()


@pytest.fixture
def half(make_bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A helpdesk at which somebody is to be forgotten, which was broken off after the first row."""
    monkeypatch.setattr(removal, "ROWS_AT_ONCE", 1)
    bench = make_bench()
    bench.source = replace(bench.source, veil=VEIL)
    bench.connector.add("people", Person(WHO, NAME, "agent"))
    for key in ("1", "2", "3"):
        bench.ticket(key, owner=NAME)
        bench.act(key, "reply", reply=True, actor=WHO, status="open")
    bench.pull()
    bench.judge()
    with bench.store.unit() as tx:
        findings.note(tx, "desk", "x", "1", f"what {NAME} wrote is odd", bench.now)
    with bench.store.view() as tx:
        (found,) = forgetting.find(tx, NAME)

    def broken(rows: int) -> None:
        raise KeyboardInterrupt

    with bench.store.unit() as tx:
        forgetting.mark(tx, found, VEIL, bench.now)
    with pytest.raises(KeyboardInterrupt):
        forgetting.finish(bench.store, bench.source.id, VEIL, broken)
    assert left(bench)
    return bench


def hub_of(bench, **sources) -> Hub:
    rules = bench.active.rules[-1]
    return Hub(bench.store, Configuration({}, rules), bench.active, sources, {}, bench.source.host_now)


def everything(bench) -> list[str]:
    with bench.store.view() as tx:
        return [str(tuple(row)) for table in tables.metadata.tables.values() for row in tx.execute(table.select())]


def left(bench) -> list[str]:
    """The rows that name the person."""
    return [row for row in everything(bench) if NAME in row or WHO in row]


def trail(bench) -> list[Any]:
    with bench.store.view() as tx:
        return [(each.what, each.author, each.about) for each in audit.every(tx) if each.what != "age"]


def told(name: str = "desk") -> list[Any]:
    return [("forgotten", "daemon", {"connection": name, "digest": VEIL.digest("id", WHO)})]


def test_the_daily_job_ends_what_was_broken_off_of_forgetting_somebody_and_says_so_once(half) -> None:
    hub = hub_of(half, desk=half.source)
    done = hub.age(StopSignal(), author="daemon")
    assert done is not None
    assert (done.forgotten, left(half), trail(half)) == (1, [], told())
    half.pass_time(days=2)
    again = hub.age(StopSignal(), author="daemon")
    assert again is not None
    assert (again.forgotten, trail(half)) == (0, told())


def test_stopped_wherever_it_is_it_goes_on_the_next_day(half) -> None:
    hub, days = hub_of(half, desk=half.source), 0
    while left(half):
        days += 1
        assert days < 50
        half.pass_time(days=2)
        hub.age(After(2), author="daemon")
    assert days > 3
    assert trail(half) == told()


def test_it_is_ended_at_a_connection_too_that_is_not_configured_any_more(half, make_bench) -> None:
    other = make_bench(name="other")
    other.source = replace(other.source, veil=Veil("other", KEY))
    hub_of(half, other=other.source).age(StopSignal(), author="daemon")
    assert (left(half), trail(half)) == ([], told())


def test_two_who_end_it_at_once_hinder_nobody_and_say_so_once(half) -> None:
    said: list[str] = []
    other = partial(
        forgetting.finish, half.store, half.source.id, VEIL, ended=lambda tx, digest: said.append(f"other {digest}")
    )
    forgetting.finish(
        half.store, half.source.id, VEIL, lambda rows: other() and None, ended=lambda tx, digest: said.append(digest)
    )
    assert (left(half), said) == ([], [f"other {VEIL.digest('id', WHO)}"])


def test_a_name_that_is_old_enough_itself_does_not_hide_from_what_is_to_be_ended(half) -> None:
    for key in ("1", "2", "3"):
        half.act(key, "solve", at=half.now, actor="ben", status="solved")
    half.pull()
    half.judge()
    half.pass_time(days=400)
    kept = Configuration({}, half.active.rules[-1])
    kept = replace(kept, retention=replace(kept.retention, names=timedelta(days=30)))
    hub = replace(hub_of(half, desk=half.source), configuration=kept)
    hub.age(StopSignal(), author="daemon")
    assert left(half) == []


def test_without_a_key_nothing_is_ended_and_nothing_breaks(half) -> None:
    half.source = replace(half.source, veil=Veil("desk"))
    done = hub_of(half, desk=half.source).age(StopSignal(), author="daemon")
    assert done is not None
    assert (done.forgotten, trail(half)) == (0, [])
    with half.store.view() as tx:
        assert forgetting.pending(tx, connections.every(tx)[0].id, VEIL) == [WHO]


@pytest.mark.parametrize("names", [30, 300])
def test_a_name_goes_no_later_than_the_past_of_the_last_ticket_in_which_it_occurs(make_bench, names: int) -> None:
    bench = make_bench()
    bench.source = replace(bench.source, veil=VEIL)
    bench.connector.add("people", Person(WHO, NAME, "agent"), Person("new", "Nina Neu", "agent"))
    bench.ticket("1")
    bench.act("1", "solve", reply=True, actor=WHO, status="solved")
    bench.settle()
    bench.pull()
    bench.judge()
    bench.pass_time(days=70)
    bench.settle()
    bench.pull()
    bench.judge()
    kept = Configuration({}, bench.active.rules[-1])
    kept = replace(kept, retention=Retention(tickets=timedelta(days=60), names=timedelta(days=names)))
    hub = replace(hub_of(bench, desk=bench.source), configuration=kept)
    done = hub.age(StopSignal(), author="daemon")
    assert done is not None
    assert (done.tickets, done.names) == (1, 2)
    assert not any(NAME in row for row in left(bench))
    with bench.store.view() as tx:
        people = dict(map(tuple, tx.execute(select(tables.person.c.source_id, tables.person.c.name))))
    assert people["new"] == "Nina Neu"


def test_a_trial_says_the_figures_of_the_real_thing_and_changes_nothing(half) -> None:
    for key in ("sealed", "linked", "parked", "heard", "other", "again"):
        half.ticket(key)
        half.act(key, "solve", reply=True, actor="ben", status="solved")
    half.ticket("open")
    for key in ("1", "2", "3"):
        half.act(key, "solve", actor="ben", status="solved")
    half.settle()
    half.pull()
    half.judge()
    half.pass_time(days=100)
    half.settle()
    half.pull()
    half.judge()
    ticket, clock = tables.ticket, tables.clock
    with half.store.unit() as tx:
        begun = runs.begin(tx, "sync", half.source.id, "", half.now - timedelta(days=90))
        runs.end(tx, begun, half.now - timedelta(days=90), "done", {}, "")
        tx.execute(update(ticket).where(ticket.c.key == "parked").values(parked_at=half.now))
        tx.execute(update(ticket).where(ticket.c.key == "again").values(input_version=ticket.c.input_version + 1))
        odd = select(ticket.c.id).where(ticket.c.key == "other").scalar_subquery()
        tx.execute(update(clock).where(clock.c.ticket_id == odd).values(policy="another"))
        linked = tx.execute(select(ticket.c.id).where(ticket.c.key == "linked")).scalar_one()
        mentions.note(tx, half.source.id, [((links.LINKED, "heard"), linked)])
        # As it was stored before the person was to be forgotten.
        tx.execute(update(ticket).where(ticket.c.key == "1").values(source_values={"owner": NAME}))
    lengths = Retention(timedelta(days=60), timedelta(days=70), timedelta(days=30), timedelta(days=50))
    hub = hub_of(half, desk=half.source)
    hub = replace(hub, configuration=replace(hub.configuration, retention=lengths))
    before = everything(half)
    said = foreseen(
        half.store, [half.source], {half.source.id: VEIL}, half.active, lengths, half.stop, now=half.now, key=KEY
    )
    assert everything(half) == before
    done = hub.age(half.stop, author="daemon", forced=True)
    assert said == done
    with half.store.view() as tx:
        sealed = set(tx.execute(select(ticket.c.key).where(ticket.c.aged_at.is_not(None))).scalars())
    assert (sealed, done.tickets, done.left, done.forgotten) == ({"2", "3", "sealed"}, 3, 1, 1)
    assert min(done.events, done.clocks, done.runs, done.names) > 0
