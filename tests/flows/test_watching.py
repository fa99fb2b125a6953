"""What is looked at now and then, and told as findings of the hub and of each connection."""

import shutil
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.calendar import Calendar
from core.flows.evaluate import Active
from core.flows.watching import Watch
from core.sla.conditions import In
from core.sla.policy import CalendarChoice, Policy
from core.store import connections, deliveries, fields, findings, lists, queue

Space = namedtuple("Space", "total used free")  # as the standard library gives it
GIB = 1024**3


def told(bench, code: str, connection: str = "desk") -> list[str]:
    with bench.store.view() as tx:
        return [each.text for each in findings.open_ones(tx, connection) if each.code == code]


def look(bench, watch: Watch | None = None) -> None:
    (watch or Watch()).look(bench.store, [bench.source], bench.active, bench.now)


@pytest.fixture
def disk(monkeypatch):
    """Set what is free on every disk."""

    def has(free: float, total: float = 100) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Space(int(total * GIB), 0, int(free * GIB)))

    has(50)
    return has


def test_a_well_connection_has_nothing_to_tell(make_bench, disk) -> None:
    bench = make_bench()
    bench.ticket("1")
    bench.cycle()
    look(bench)
    with bench.store.view() as tx:
        assert findings.open_ones(tx, None) == []


def test_a_connection_that_is_not_read_any_more_is_behind_until_it_has_caught_up(make_bench, disk) -> None:
    bench, watch = make_bench(), Watch()
    bench.settle()
    bench.cycle()
    look(bench, watch)
    bench.pass_time(minutes=15)
    look(bench, watch)
    assert told(bench, "lag") == []
    bench.pass_time(minutes=2)
    look(bench, watch)
    assert "is not known yet" in told(bench, "lag")[0]
    look(bench, Watch())
    assert len(told(bench, "lag")) == 1, "a restart forgets nothing"
    bench.settle()
    bench.cycle()
    look(bench, watch)
    assert told(bench, "lag") == []


def test_after_a_refusal_a_gap_is_caught_up_before_anybody_is_told_of_it(make_bench, disk) -> None:
    bench, watch = make_bench(), Watch()
    bench.settle()
    bench.cycle()
    look(bench, watch)
    with bench.store.unit() as tx:
        connections.update(tx, bench.source.id, state="refused", reason="no longer valid")
    for _ in range(10):
        bench.pass_time(minutes=10)
        look(bench, watch)
    assert told(bench, "lag") == []
    with bench.store.unit() as tx:
        connections.update(tx, bench.source.id, state="ok", reason="")
    look(bench, watch)
    assert told(bench, "lag") == []
    bench.settle()
    bench.pull()
    bench.pass_time(minutes=1)
    look(bench, watch)
    assert told(bench, "lag") == []


def test_a_disk_is_told_when_it_is_nearly_full_and_until_it_has_room_again(make_bench, disk) -> None:
    bench = make_bench()
    mine = bench.store.path is not None  # a server has its own disk
    for free, full in ((2.1, False), (1.9, True), (2.1, True), (2.6, False)):
        disk(free)
        look(bench)
        assert bool(told(bench, "disk", "")) is (full and mine), free
    disk(0.9, 8)
    look(bench)
    assert told(bench, "disk", "") == []
    disk(0.7, 8)
    look(bench)
    said = "only 0.7 GiB of 8.0 GiB are free where the database is"
    assert [said in text for text in told(bench, "disk", "")] == [True] * mine


def test_parked_tickets_are_told_together_with_the_reason_of_one(make_bench, disk) -> None:
    bench = make_bench()
    for key in ("A-1", "A-2"):
        bench.ticket(key)
    bench.cycle()
    with bench.store.unit() as tx:
        for ticket in lists.ticket_ids(tx, bench.source.id):
            queue.park(tx, ticket, 9, "ValueError: a day without hours", bench.now)
    look(bench)
    assert told(bench, "parked") == [
        "2 tickets could not be judged and are parked (A-1, A-2): ValueError: a day without hours"
    ]


def test_a_write_without_an_answer_is_told_after_a_quarter_of_an_hour(make_bench, disk) -> None:
    bench = make_bench()
    bench.ticket("A-1")
    bench.pull()
    bench.judge()
    with bench.store.unit() as tx:
        found = fields.wishes(tx, bench.source.id, bench.now, masses=True, firsts=True, limit=10)
        deliveries.sent(tx, found, bench.now, "another:1:one")
    bench.pass_time(minutes=14)
    look(bench)
    assert told(bench, "write_doubtful") == []
    bench.pass_time(minutes=2)
    look(bench)
    assert told(bench, "write_doubtful") == [
        "fields of 1 ticket were sent over 15 minutes ago, and no answer came (A-1)"
    ]


def test_a_desk_where_nothing_changes_any_more_is_told_of_though_it_answers(make_bench, disk) -> None:
    bench = make_bench()
    begin = bench.now - timedelta(days=28)
    for minute in range(0, 28 * 24 * 60, 60):
        bench.ticket(str(minute), created=begin + timedelta(minutes=minute))
    bench.cycle()
    bench.pass_time(minutes=100)
    bench.settle()
    bench.pull()
    look(bench)
    assert told(bench, "quiet") == []
    bench.pass_time(minutes=60)
    bench.settle()
    bench.pull()
    look(bench)
    (said,) = told(bench, "quiet")
    assert "at this time of the week the longest gap is usually 1h 0m" in said


def calendars(bench, *closed: date) -> Active:
    week = tuple([((8 * 3600, 17 * 3600),)] * 7)
    office = Calendar("office", "Europe/Berlin", week, holidays=dict.fromkeys(closed, "Day"))
    rules = bench.active.rules[-1]
    return Active((replace(rules, calendars={**rules.calendars, "office": office}),))


@pytest.mark.parametrize(
    ("month", "closed", "count"),
    [
        (10, (date(2026, 12, 25),), 1),
        (10, (date(2026, 12, 25), date(2027, 1, 1)), 0),
        (9, (date(2026, 12, 25),), 0),
        (10, (), 0),
    ],
)
def test_a_calendar_without_holidays_next_year_is_missed_in_autumn(make_bench, disk, month, closed, count) -> None:
    bench = make_bench()
    bench.active = calendars(bench, *closed)
    Watch().look(bench.store, [bench.source], bench.active, datetime(2026, month, 5, tzinfo=UTC))
    assert len(told(bench, "no_holidays", "")) == count


def test_tickets_without_a_policy_are_told_below_95_percent(make_bench, disk) -> None:
    bench = make_bench()
    rules = bench.active.rules[-1]
    only = [replace(each, when=In("priority", frozenset({"high"}))) for each in rules.policies]
    bench.active = Active((replace(rules, policies=tuple(only)),))
    for number in range(40):
        bench.ticket(str(number), priority="high" if number >= 2 else "low")
    bench.cycle()
    look(bench)
    assert told(bench, "coverage") == []
    bench.ticket("x", priority="low")
    bench.cycle()
    look(bench)
    assert told(bench, "coverage")[0].startswith("no policy covers 3 of 41 tickets that people work on (0, 1, x)")
    none = Policy("nothing", {}, CalendarChoice("always"))
    bench.active = Active((replace(rules, policies=(*only, none)),))
    look(bench)
    assert told(bench, "coverage") == []
