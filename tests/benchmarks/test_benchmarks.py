"""That the benchmarks run and compare like with like. No time is held to anything."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from benchmarks import bare, calendar, engine, hub, store
from benchmarks.__main__ import PAGE, Size, tables, written
from benchmarks.desk import open_desk
from benchmarks.measure import Result, Table, medians, rates
from benchmarks.tickets import EVENTS, NOW, START, desk, histories, office, rules
from core.sla import judge
from core.sla.verdict import State
from core.store import Store
from core.store import tables as tables_


def test_the_naive_walk_over_the_days_finds_the_calendars_open_time() -> None:
    office_hours = office()
    for days in range(0, 300, 7):
        start = START + timedelta(days=days, hours=days % 24, minutes=13)
        end = start + timedelta(days=days % 30, hours=9)
        assert calendar.walked(office_hours, start, end) == office_hours.elapsed(start, end)


def test_the_tickets_have_four_clocks_some_of_which_still_run() -> None:
    shared, revision = desk(), rules()
    clocks = [judge(history, shared, [revision], NOW).clocks for history in histories(20)]
    assert {len(each) for each in clocks} == {4}
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
            filled = (tables_.ticket, tables_.event, tables_.mention)
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
    line = rates("rates", [Result("engine", "tickets", 500.0, "bare", 2000.0)]).markdown().splitlines()[-1]
    assert line == "| engine | 500 tickets | bare | 2,000 | 4 | cpu |"


def test_all_tables_are_measured_and_whole_and_have_their_place_on_the_page() -> None:
    tiny = Size(tickets=30, pulls=1, runs=1, judged=3, rows=10, stored=(5, 50), tried=40, issues=30, changes=2)
    page = PAGE.read_text(encoding="utf-8")
    found = {each.name: each for each in tables(tiny)}
    names = {"spans", "rates", "ticks", "starting", "plan", "backfill", "polls", "jira", "servicenow", "hints"}
    assert set(found) == names
    for each in found.values():
        assert each.rows
        assert {len(row) for row in each.rows} == {len(each.head)}
        assert all(cell for row in each.rows for cell in row)
        assert each.markdown() in written(page, each)
    (poll,) = found["polls"].rows
    # Lanes due, calls, and rows written.
    assert poll[1:4] == ("3", "3", "0")
    assert [row[0] for row in found["backfill"].rows] == ["SQLite", "PostgreSQL"]
    assert [row[0] for row in found["jira"].rows] == ["Cloud", "Data Center"]
    assert all(int(row[6]) > 0 for row in found["jira"].rows), "tickets are written"
    ((*_, quiet, written_back, _),) = found["servicenow"].rows
    assert int(quiet) > 0
    assert int(written_back) > 0
    assert [row[0] for row in found["hints"].rows] == ["Zendesk", "Jira Cloud"]


def test_a_table_replaces_its_forerunner_and_leaves_the_rest_of_the_page() -> None:
    page = "before\n<!-- one -->\nold\n<!-- end one -->\nbetween\n<!-- two -->\n<!-- end two -->\nafter\n"
    table = Table("one", ("What", "How"), [("it", "\\1")])
    expected = page.replace("old\n", f"\n{table.markdown()}\n")
    assert written(page, table) == expected
    assert written(expected, table) == expected


def test_hub_and_bare_loop_store_the_same_rows(stores: Any) -> None:
    by_hub, by_loop = stores(), stores()
    with open_desk(25) as served:
        with hub.open_source(by_hub, served.url) as source:
            assert hub.pull(by_hub, source).reason == ""
        bare.pull(by_loop, served.url)
    assert stored(by_hub) == stored(by_loop)


def stored(each: Store) -> dict[str, Any]:
    """Return what is in the database that has no number of its own, in a form in which it can be compared."""
    event, ticket, mention = tables_.event.c, tables_.ticket.c, tables_.mention.c
    with each.view() as tx:
        return {
            "events": {tuple(row) for row in tx.execute(select(event.source_id, event.at, event.actor))},
            "tickets": {tuple(row) for row in tx.execute(select(ticket.source_id, ticket.updated_at))},
            "mentions": set(
                tx.execute(
                    select(mention.field, mention.value, ticket.source_id).join_from(
                        tables_.mention, tables_.ticket, mention.ticket_id == ticket.id
                    )
                )
            ),
            "people": tx.scalar(select(func.count()).select_from(tables_.person)),
        }
