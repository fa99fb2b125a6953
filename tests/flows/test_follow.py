"""Hints: a ticket is looked at as soon as its source has told of it, and only where that brings something."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.errors import RetryLater, SourceError, SourceRefused
from core.flows.confirm import look
from core.flows.follow import REMEMBERED, follow
from core.flows.source import Done
from core.ports import Hint
from core.store import connections, hints, lost
from core.tickets import Presence


class Told:
    """A bench whose helpdesk tells by itself what happens to its tickets."""

    def __init__(self, bench: Any, *tickets: str) -> None:
        self.bench = bench
        for key in tickets:
            bench.ticket(key)
        bench.settle()
        bench.cycle()
        bench.pass_time(minutes=10)

    def tell(self, *told: Hint) -> int:
        bench = self.bench
        with bench.store.unit() as tx:
            return hints.note(tx, bench.source.id, told, bench.source.now(), bench.now)

    def follow(self) -> Done:
        return follow(self.bench.store, self.bench.source, self.bench.stop)

    def fetches(self) -> int:
        return self.bench.connector.asked["fetch"]

    def waiting(self) -> list[str]:
        with self.bench.store.view() as tx:
            return [each.ticket_id for each in hints.waiting(tx, self.bench.source.id, 100)]

    def presence(self, key: str) -> str:
        with self.bench.store.view() as tx:
            rows = tx.exec_driver_sql("SELECT source_id, presence FROM ticket").all()
        return dict(map(tuple, rows))[key]


@pytest.fixture
def desk(make_bench: Any) -> Told:
    return Told(make_bench(), "1", "2", "3")


def hint(ticket: str, name: str = "", at: Any = None, kind: Any = "changed") -> Hint:
    return Hint(ticket, at, kind, name or f"about-{ticket}")


def test_a_reply_that_no_export_shows_yet_is_seen_as_soon_as_a_hint_tells_of_it(desk: Told) -> None:
    bench = desk.bench
    bench.act("1", "answer", reply=True, exported=False)
    assert desk.tell(hint("1", at=bench.now)) == 1
    bench.pass_time(seconds=1)
    done = desk.follow()
    assert (done.flow, done.stored, done.reason) == ("follow", 1, "")
    bench.judge()
    assert bench.clocks("1")["first_response"].state == "completed"
    assert desk.waiting() == []


def test_many_hints_about_a_few_tickets_are_one_question(desk: Told) -> None:
    desk.tell(*(hint(ticket, f"{ticket}-{number}") for number in range(20) for ticket in ("1", "2", "3")))
    desk.follow()
    desk.follow()
    assert desk.fetches() == 1


def test_a_delivery_that_comes_again_is_not_followed_again(desk: Told) -> None:
    assert desk.tell(hint("1"), hint("1")) == 1
    desk.follow()
    assert desk.tell(hint("1")) == 0
    desk.follow()
    assert desk.fetches() == 1


@pytest.mark.parametrize("ago", [timedelta(minutes=1), timedelta(minutes=30)])
def test_what_is_known_beyond_a_hint_is_not_asked_for(desk: Told, ago: timedelta) -> None:
    bench = desk.bench
    desk.tell(hint("1", "first"))
    bench.pass_time(minutes=2)
    desk.follow()
    assert desk.fetches() == 1
    # It happened before that look; an hour ago the streams themselves had shown it.
    desk.tell(hint("1", "second", at=bench.now - ago))
    assert desk.follow().calls == 0
    assert (desk.fetches(), desk.waiting()) == (1, [])
    desk.tell(hint("1", "third", at=bench.now))
    desk.follow()
    assert desk.fetches() == 2


def test_what_happened_in_the_very_moment_up_to_which_all_is_known_is_looked_at(desk: Told) -> None:
    # What is settled is so up to an instant, without it.
    desk.tell(hint("1", at=desk.bench.now - timedelta(minutes=10)))
    desk.follow()
    assert desk.fetches() == 1


def test_a_helpdesk_whose_clock_is_ahead_tells_of_nothing_later_than_now(desk: Told) -> None:
    bench = desk.bench
    desk.tell(hint("1", at=bench.now + timedelta(days=1)))
    bench.pass_time(minutes=1)
    look(bench.store, bench.source, bench.connector, ["1"])
    desk.follow()
    assert (desk.fetches(), desk.waiting()) == (1, [])


def test_a_look_just_after_the_host_s_clock_was_set_forward_was_not_made_in_the_future(desk: Told) -> None:
    bench, hour = desk.bench, timedelta(hours=1)

    class Meter:
        """It knows how far the clocks are apart once an answer has come."""

        def skew(self) -> timedelta:
            return -hour if desk.fetches() else timedelta()

    source = replace(bench.source, host_now=lambda: bench.now + hour, meter=Meter())
    looked = look(bench.store, source, bench.connector, ["1"])
    assert looked.asked <= bench.now


def test_what_the_limits_left_out_of_a_look_goes_on_waiting(desk: Told) -> None:
    connector = desk.bench.connector
    desk.tell(hint("1"), hint("2"))
    real = connector.fetch
    connector.fetch = lambda ids: replace(real(ids[:1]), left_out=tuple(ids[1:]), after=timedelta(minutes=2))
    desk.follow()
    assert desk.waiting() == ["2"]
    desk.bench.pass_time(minutes=1)
    assert desk.follow() == Done("follow", "desk")
    connector.fetch = real
    desk.bench.pass_time(minutes=2)
    desk.follow()
    assert desk.waiting() == []


def test_a_hint_about_a_ticket_that_nobody_has_seen_is_followed_however_old_it_is(desk: Told) -> None:
    desk.bench.ticket("9")
    desk.tell(hint("9", at=desk.bench.now - timedelta(hours=1)))
    assert desk.follow().read > 0


def test_what_is_told_while_the_source_is_asked_goes_on_waiting(desk: Told) -> None:
    desk.tell(hint("1", "first"))
    real = desk.bench.connector.fetch

    def fetch(ids: Sequence[str]) -> Any:
        desk.tell(hint("1", "second"))
        return real(ids)

    desk.bench.connector.fetch = fetch
    desk.follow()
    assert desk.waiting() == ["1"]


def test_of_a_ticket_that_is_not_shown_nothing_is_believed(desk: Told) -> None:
    desk.bench.connector.delete("1")
    desk.bench.connector.forbidden.add("2")
    desk.tell(hint("1", kind="deleted"), hint("2", kind="deleted"), hint("3"))
    desk.follow()
    assert [desk.presence(key) for key in ("1", "2", "3")] == [Presence.PRESENT] * 3
    assert desk.waiting() == []


def test_a_ticket_that_is_known_to_be_lost_is_not_asked_for(desk: Told) -> None:
    bench = desk.bench
    with bench.store.unit() as tx:
        lost.lose(tx, bench.source.id, ["1"], Presence.DELETED, listed_at=None, asked=bench.now, seen_at=bench.now)
    desk.tell(hint("1", "first", at=bench.now))
    desk.follow()
    assert desk.fetches() == 0
    bench.pass_time(seconds=1)
    desk.tell(hint("1", "second", at=bench.now))
    desk.follow()
    assert desk.fetches() == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RetryLater("no answer"), "unreachable"),
        (SourceRefused("no rights"), "refused"),
        (SourceError("what?"), "failed"),
    ],
)
def test_a_look_that_fails_is_told_and_its_hints_wait(desk: Told, error: SourceError, state: str) -> None:
    desk.bench.connector.break_at("fetch", error)
    desk.tell(hint("1"))
    assert desk.follow().reason == str(error)
    with desk.bench.store.view() as tx:
        assert connections.get(tx, "desk").state == state
    assert desk.follow() == Done("follow", "desk")
    assert (desk.fetches(), desk.waiting()) == (1, ["1"])
    desk.bench.pass_time(seconds=31)
    assert desk.follow().read > 0
    assert desk.waiting() == []


def test_a_limit_that_forbids_a_look_is_no_failure_and_its_hints_wait(desk: Told) -> None:
    desk.bench.connector.break_at("fetch", RetryLater("no calls left", timedelta(minutes=2)))
    desk.tell(hint("1"))
    assert desk.follow().reason == ""
    assert desk.waiting() == ["1"]
    desk.bench.pass_time(minutes=3)
    desk.follow()
    assert desk.waiting() == []


def test_hints_are_forgotten_after_a_day_whether_they_were_followed_or_not(desk: Told) -> None:
    desk.bench.connector.break_at("fetch", RetryLater("no calls left", REMEMBERED))
    desk.tell(hint("1"))
    desk.follow()
    desk.bench.pass_time(seconds=REMEMBERED.total_seconds() + 700)
    desk.follow()
    assert desk.waiting() == []
    assert desk.fetches() == 1
    assert desk.tell(hint("1")) == 1


def test_a_helpdesk_that_cannot_be_asked_about_single_tickets_is_left_to_its_pulls(make_bench: Any) -> None:
    desk = Told(make_bench(fetches=False), "1")
    desk.tell(hint("1"))
    assert desk.follow() == Done("follow", "desk")


def test_a_ticket_that_waits_to_be_confirmed_is_asked_for_once(make_bench: Any) -> None:
    desk = Told(make_bench(), "1")
    desk.bench.pass_time(hours=1)
    desk.bench.judge()
    desk.tell(hint("1"))
    desk.follow()
    desk.bench.confirm()
    assert desk.fetches() == 1
    desk.bench.judge()
    assert desk.bench.clocks("1")["first_response"].confirmed
