"""That the benchmarks run and compare like with like. No time is held to anything."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from benchmarks import calendar, engine, store
from benchmarks.__main__ import table
from benchmarks.measure import Result, medians
from benchmarks.tickets import EVENTS, NOW, START, desk, histories, office, rules
from core.sla import judge
from core.sla.verdict import State
from core.store import tables


def test_the_naive_walk_over_the_days_finds_the_calendars_open_time() -> None:
    office_hours = office()
    for days in range(0, 300, 7):
        start = START + timedelta(days=days, hours=days % 24, minutes=13)
        end = start + timedelta(days=days % 30, hours=9)
        assert calendar.walked(office_hours, start, end) == office_hours.elapsed(start, end)


def test_the_tickets_have_two_clocks_some_of_which_still_run() -> None:
    shared, revision = desk(), rules()
    clocks = [judge(history, shared, [revision], NOW).clocks for history in histories(20)]
    assert {len(each) for each in clocks} == {2}
    assert {clock.state for each in clocks for clock in each} >= {State.COMPLETED, State.RUNNING}
    assert {len(history.events) for history in histories(5)} == {EVENTS}


def test_engine_and_calendar_can_be_measured() -> None:
    found = [*engine.measure(3, runs=1), *calendar.measure(3, runs=1)]
    assert all(each.rate > 0 and each.bound > 0 for each in found)


def test_both_databases_of_a_pair_hold_the_same_rows_in_the_end(stores: Any) -> None:
    pair = stores(), stores()
    store.measure(*pair, runs=2, tickets=3)
    counts = []
    for each in pair:
        with each.view() as tx:
            filled = (tables.ticket, tables.event, tables.mention)
            counts.append([tx.scalar(select(func.count()).select_from(one)) for one in filled])
    assert counts[0] == counts[1]
    assert counts[0][:2] == [9, 9 * EVENTS]


def test_the_first_run_of_each_work_is_not_counted() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    spent = [100.0, 1.0, 3.0, 2.0]
    clock = [now]

    def work(run: int) -> None:
        clock[0] += spent[run]

    assert medians({"work": work}, 3, lambda: clock[0]) == {"work": 2.0}


def test_the_table_says_how_many_times_the_bound_something_takes() -> None:
    line = table([Result("engine", "tickets", 500.0, "bare", 2000.0)]).splitlines()[-1]
    assert line == "| engine | 500 tickets | bare | 2,000 | 4 | cpu |"
