"""Tickets that leave a connection's scope and come into it, through the whole loop."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import BaseModel

from connectors.testing.lists import STREAMS, ListConnector
from core.errors import RetryLater
from core.flows.configure import apply, in_force
from core.flows.evaluate import Active
from core.flows.rebuild import belief, rebuild
from core.flows.source import Progress
from core.flows.sync import sync
from core.ports import SCOPE, LaneKind, Slot, Stream
from core.settings import Offer
from core.store import findings, lanes, lists
from core.tickets import Label, OnLeave, SourceMapping

ACME, OTHER = "31", "32"


@pytest.fixture
def scoped(make_bench):
    """Give a maker of benches that read one brand."""

    def make(on_leave: OnLeave = OnLeave.END, **more):
        mapping = SourceMapping(scope={"brand": frozenset({ACME})}, on_leave=on_leave)
        bench = make_bench(mapping=mapping, **more)
        bench.connector.scope = lambda ticket: ticket.values.get("brand") == ACME
        return bench

    return make


def settled(bench) -> None:
    """Read the past to its end, and go round once."""
    bench.settle()
    bench.cycle()
    bench.cycle()


def seen(bench) -> dict[str, str]:
    with bench.store.view() as tx:
        rows = lists.ticket_rows(tx, lists.ticket_ids(tx, bench.source.id))
        return {row.source_id: row.presence for row in rows}


def test_a_ticket_that_leaves_ends_its_clocks_at_that_instant_and_is_written_no_more(scoped) -> None:
    bench = scoped()
    bench.ticket("1", brand=ACME)
    bench.ticket("2", brand=OTHER)
    settled(bench)
    assert bench.shown("1")[Slot.STATE] == "on track"
    assert (bench.clocks("2"), bench.shown("2")[Slot.STATE], seen(bench)) == ({}, None, {"1": "present"})
    bench.pass_time(minutes=10)
    left = bench.now
    bench.act("1", "moved", brand=OTHER)
    bench.pass_time(hours=3)
    writes = len(bench.connector.writes)
    settled(bench)
    clocks = bench.clocks("1")
    assert {(row.state, row.elapsed_seconds, row.standing) for row in clocks.values()} == {("cancelled", 600, None)}
    assert {row.reason for row in clocks.values()} == {"the ticket has left the scope of its connection"}
    assert (seen(bench), len(bench.connector.writes)) == ({"1": "out_of_scope"}, writes)
    assert bench.now > left


def test_a_ticket_that_comes_in_is_fetched_and_judged_from_its_beginning(scoped) -> None:
    bench = scoped()
    bench.ticket("1", brand=OTHER)
    settled(bench)
    bench.pass_time(minutes=5)
    bench.act("1", "answered", reply=True)
    settled(bench)
    assert seen(bench) == {}
    bench.pass_time(minutes=5)
    bench.act("1", "moved", brand=ACME)
    settled(bench)
    clocks = bench.clocks("1")
    assert (clocks["first_response"].state, clocks["first_response"].elapsed_seconds) == ("completed", 300)
    assert (clocks["resolution"].state, clocks["resolution"].elapsed_seconds) == ("running", 600)
    assert bench.shown("1")[Slot.STATE] == "on track"


def test_a_ticket_that_is_kept_is_written_outside_and_one_that_stands_still_is_not(scoped) -> None:
    bench = scoped(OnLeave.KEEP)
    bench.ticket("1", brand=ACME)
    settled(bench)
    bench.act("1", "moved", brand=OTHER)
    bench.pass_time(minutes=70)
    settled(bench)
    assert bench.shown("1")[Slot.STATE] == "breached"
    mapping = replace(bench.source.settings.mapping, on_leave=OnLeave.PAUSE)
    bench.source = replace(bench.source, settings=replace(bench.source.settings, mapping=mapping))
    bench.act("1", "noted", priority="high")
    settled(bench)
    assert {row.state for row in bench.clocks("1").values()} == {"paused"}
    assert bench.shown("1")[Slot.STATE] == "breached"
    bench.pass_time(minutes=70)
    bench.act("1", "back", brand=ACME)
    settled(bench)
    assert bench.shown("1")[Slot.STATE] == "on track"


def test_while_the_names_of_its_scope_are_not_known_nothing_is_written(make_bench) -> None:
    streams = (*STREAMS, Stream("names", whole=True))
    bench = make_bench(mapping=SourceMapping(scope={"brand": frozenset({"Acme"})}))
    connector = ListConnector(now=bench.source.host_now, streams=streams)
    bench.connector, bench.source = connector, replace(bench.source, connector=connector, backfill=connector)
    connector.scope = lambda ticket: True
    bench.ticket("1", brand=ACME)
    settled(bench)
    assert (bench.clocks("1"), connector.writes) == ({}, [])
    connector.add("names", Label("brand", ACME, "ACME"))
    settled(bench)
    assert bench.shown("1")[Slot.STATE] == "on track"


def test_everything_judged_again_elsewhere_is_the_same_in_scope_and_out(scoped, empty_store) -> None:
    bench = scoped()
    for key, brand in (("1", ACME), ("2", OTHER), ("3", ACME), ("4", OTHER)):
        bench.ticket(key, brand=brand)
    settled(bench)
    bench.pass_time(minutes=5)
    bench.act("1", "moved", brand=OTHER)
    bench.act("2", "moved", brand=ACME)
    settled(bench)
    rebuild(bench.store, empty_store, [bench.source], bench.active, bench.now)
    assert belief(empty_store, [bench.source]) == belief(bench.store, [bench.source])


@pytest.fixture
def searched(make_bench):
    """A bench whose scope is a search: `listing` says what it finds now."""
    streams = (Stream(SCOPE, whole=True), *STREAMS)
    bench = make_bench()
    connector = ListConnector(now=bench.source.host_now, streams=streams)
    bench.connector, bench.source = connector, replace(bench.source, connector=connector, backfill=connector)
    found: dict[str, frozenset[str]] = {"ids": frozenset()}
    connector.scope = lambda ticket: ticket.id in found["ids"]

    def listing(*ids: str) -> None:
        found["ids"] = frozenset(ids)
        connector._pages[SCOPE].clear()
        connector.add(SCOPE, settled_until=bench.now - timedelta(minutes=1), inside=ids)
        # The picture that a source shows says nothing of its search.

    bench.listing = listing
    return bench


def test_a_ticket_that_a_search_finds_no_more_has_left_with_its_last_change(searched) -> None:
    bench = searched
    for key in ("1", "2", "3"):
        bench.ticket(key, created=bench.now - timedelta(minutes=10))
    bench.listing("1", "2")
    settled(bench)
    assert seen(bench) == {"1": "present", "2": "present"}
    bench.pass_time(minutes=20)
    bench.act("1", "untagged", tags=())
    bench.pull()
    bench.pass_time(minutes=10)
    bench.listing("2")
    settled(bench)
    assert seen(bench) == {"1": "out_of_scope", "2": "present"}
    assert {(row.state, row.elapsed_seconds) for row in bench.clocks("1").values()} == {("cancelled", 1800)}
    assert {row.state for row in bench.clocks("2").values()} == {"running"}


def test_what_made_a_ticket_leave_a_search_is_read_before_it_is_let_go(searched) -> None:
    bench = searched
    for key in ("1", "2", "3"):
        bench.ticket(key, created=bench.now - timedelta(minutes=10))
    bench.listing("1", "2", "3")
    settled(bench)
    bench.pass_time(minutes=20)
    # The search finds what is open; the stream brings what the search finds.
    bench.act("1", "solved", exported=False, status="solved")
    bench.pass_time(minutes=10)
    bench.listing("2", "3")
    settled(bench)
    assert seen(bench)["1"] == "out_of_scope"
    clock = bench.clocks("1")["resolution"]
    assert (clock.state, clock.elapsed_seconds) == ("completed", 1800)
    asked = bench.connector.asked["fetch"]
    settled(bench)
    assert bench.connector.asked["fetch"] == asked


def test_a_ticket_that_is_kept_outside_a_search_is_looked_at_until_nobody_works_on_it(searched) -> None:
    bench = searched
    bench.configure(mapping=replace(bench.source.mapping, on_leave=OnLeave.KEEP))
    for key in ("1", "2", "3"):
        bench.ticket(key, created=bench.now - timedelta(minutes=10))
    bench.listing("1", "2", "3")
    settled(bench)
    bench.listing("2", "3")
    settled(bench)
    bench.pass_time(minutes=20)
    bench.act("1", "solved", exported=False, status="solved")
    bench.listing("2", "3")
    settled(bench)
    assert bench.clocks("1")["resolution"].state == "completed"
    bench.cycle()
    asked = bench.connector.asked["fetch"]
    bench.listing("2", "3")
    bench.pull()
    assert bench.connector.asked["fetch"] == asked


def test_a_list_waits_while_the_limits_leave_no_calls_for_those_who_leave(searched) -> None:
    bench = searched
    for key in ("1", "2", "3"):
        bench.ticket(key, created=bench.now - timedelta(minutes=10))
    bench.listing("1", "2", "3")
    settled(bench)
    bench.listing("2", "3")
    bench.connector.break_at("fetch", RetryLater("no calls are left"))
    bench.pull()
    assert seen(bench)["1"] == "present"
    bench.pass_time(minutes=10)
    settled(bench)
    assert seen(bench)["1"] == "out_of_scope"


def test_a_ticket_that_a_search_comes_to_find_is_fetched(searched) -> None:
    bench = searched
    for key in ("1", "2"):
        bench.ticket(key, created=bench.now - timedelta(minutes=10))
    bench.listing("1")
    settled(bench)
    bench.pass_time(minutes=20)
    bench.listing("1", "2")
    settled(bench)
    assert seen(bench) == {"1": "present", "2": "present"}
    assert bench.clocks("2")["resolution"].elapsed_seconds == 1800
    asked = bench.connector.asked["fetch"]
    settled(bench)
    assert bench.connector.asked["fetch"] == asked


def test_a_ticket_that_turns_out_to_be_outside_is_not_asked_for_again_and_again(searched) -> None:
    bench = searched
    for key in ("1", "2"):
        bench.ticket(key, created=bench.now - timedelta(minutes=10))
    bench.listing("1")
    settled(bench)
    bench.listing("1", "2")
    bench.connector.scope = lambda ticket: ticket.id == "1"
    settled(bench)
    asked = bench.connector.asked["fetch"]
    for _ in range(3):
        bench.pass_time(minutes=15)
        bench.confirm()
    assert (bench.connector.asked["fetch"], seen(bench)) == (asked, {"1": "present"})


def test_a_search_that_suddenly_finds_nothing_is_told_and_moves_nobody(searched) -> None:
    bench = searched
    for key in ("1", "2"):
        bench.ticket(key, created=bench.now - timedelta(minutes=10))
    bench.listing("1", "2")
    settled(bench)
    bench.listing()
    bench.pull()
    with bench.store.view() as tx:
        assert [each.code for each in findings.open_ones(tx, "desk")] == ["scope"]
    assert seen(bench) == {"1": "present", "2": "present"}
    bench.pull()
    assert seen(bench) == {"1": "out_of_scope", "2": "out_of_scope"}


class Options(BaseModel):
    """Settings of a connector that knows brands."""

    scope: dict[str, str | list[str]] = {}

    def scope_fields(self) -> dict[str, frozenset[str]]:
        return {"brand": frozenset(self.scope.get("brands", ()))} if self.scope.get("brands") else {}


OFFERS = {"lists": Offer(Options, ListConnector.mapping)}


def configured(bench, scope: dict[str, object] | None) -> None:
    """Apply a configuration with this scope, and open the connection by it."""
    connection = {"connector": "lists", "backfill": {"since": None}} | ({} if scope is None else {"scope": scope})
    apply(bench.store, {"connections": {"desk": connection}}, OFFERS, author="a", note="", now=bench.now)
    found = in_force(bench.store, OFFERS)
    assert found is not None
    read, active = found
    brands = (scope or {}).get("brands")
    bench.connector.scope = None if brands is None else lambda ticket: ticket.values.get("brand") in brands
    mapping = read.connections["desk"].mapping
    bench.active = Active((bench.rules(revision=active.revision),))
    bench.source = replace(bench.source, revision=active.revision)
    bench.configure(mapping=mapping)


@pytest.mark.parametrize("wider", [{"brands": [ACME, OTHER]}, {"brands": [OTHER]}, None])
def test_a_wider_scope_brings_in_whole_what_was_left_out_before(make_bench, wider) -> None:
    bench = make_bench(fetches=False)
    configured(bench, {"brands": [ACME]})
    bench.ticket("1", brand=ACME)
    bench.ticket("2", brand=OTHER)
    bench.ticket("3", brand=OTHER)
    settled(bench)
    bench.pass_time(minutes=2)
    bench.act("2", "answered", reply=True, status="closed")
    settled(bench)
    with bench.store.view() as tx:
        assert not lanes.backfilling(tx, bench.source.id)
    bench.pass_time(minutes=2)
    configured(bench, wider)
    with bench.store.view() as tx:
        assert lanes.backfilling(tx, bench.source.id)
    bench.judge()
    before = {row.state for row in bench.clocks("1").values()}
    assert before == (set() if wider == {"brands": [OTHER]} else {"running"})
    bench.pass_time(minutes=2)
    settled(bench)
    with bench.store.view() as tx:
        assert not lanes.backfilling(tx, bench.source.id)
    answered = bench.clocks("2")["first_response"]
    assert (answered.state, answered.elapsed_seconds) == ("completed", 120)
    assert bench.clocks("3")["resolution"].elapsed_seconds == 360
    assert seen(bench) == {
        "1": "out_of_scope" if wider == {"brands": [OTHER]} else "present",
        "2": "present",
        "3": "present",
    }


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [
        ({"brands": ["a"]}, {"brands": ["a"], "groups": "g"}, False),
        ({"brands": ["a", "b"]}, {"brands": "a"}, False),
        ({"brands": ["a"]}, {"groups": ["g"]}, True),
        ({"brands": ["a"]}, {"brands": ["a", "b"]}, True),
        ({"query": "tags:vip"}, {"query": "tags:gold"}, True),
        ({"query": "tags:vip"}, {"query": "tags:vip", "brands": ["a"]}, False),
        ({"brands": ["a"]}, {}, True),
        ({"brands": ["a"]}, None, True),
    ],
)
def test_the_past_is_read_again_only_where_the_scope_may_hold_more(make_bench, before, after, again) -> None:
    bench = make_bench()
    configured(bench, before)
    bench.connector.scope = lambda ticket: False
    bench.ticket("1", brand="z")
    settled(bench)
    configured(bench, after)
    with bench.store.view() as tx:
        assert lanes.backfilling(tx, bench.source.id) is again
        row = lanes.get(tx, bench.source.id, "ticket_events", LaneKind.BACKFILL)
    assert row is not None
    assert row.settled_until is not None


def test_the_past_is_not_read_again_where_nothing_was_left_out(make_bench) -> None:
    bench = make_bench()
    configured(bench, {"brands": [ACME]})
    bench.ticket("1", brand=ACME)
    settled(bench)
    configured(bench, None)
    with bench.store.view() as tx:
        assert not lanes.backfilling(tx, bench.source.id)


def test_a_connection_that_was_away_meanwhile_reads_again_what_its_old_scope_left_out(make_bench) -> None:
    bench = make_bench()
    configured(bench, {"brands": [ACME]})
    bench.ticket("1", brand=OTHER)
    settled(bench)
    apply(bench.store, {"connections": {}}, OFFERS, author="a", note="", now=bench.now)
    configured(bench, None)
    with bench.store.view() as tx:
        assert lanes.backfilling(tx, bench.source.id)


def test_a_lane_that_was_opened_again_is_not_finished_by_who_does_not_know_it(make_bench) -> None:
    bench = make_bench()
    configured(bench, {"brands": [ACME]})
    bench.ticket("1", brand=OTHER)
    settled(bench)
    old = bench.source
    configured(bench, None)
    bench.source = old
    settled(bench)
    with bench.store.view() as tx:
        assert lanes.backfilling(tx, bench.source.id)


def test_a_lane_that_is_opened_again_while_its_last_page_is_stored_is_not_finished(make_bench) -> None:
    bench = make_bench()
    configured(bench, {"brands": [ACME]})
    bench.ticket("1", brand=ACME)
    bench.ticket("2", brand=OTHER)
    bench.settle()
    before, again = bench.source, []

    def widen(progress: Progress) -> None:
        if progress.stream == "ticket_events" and progress.settled_until and not again:
            again.append(progress)
            configured(bench, None)

    bench.source = replace(before, report=widen)
    sync(bench.store, bench.source, frozenset({LaneKind.BACKFILL}), bench.stop)
    assert again
    with bench.store.view() as tx:
        row = lanes.get(tx, bench.source.id, "ticket_events", LaneKind.BACKFILL)
    assert row is not None
    assert (row.finished_at, row.checkpoint.cursor) == (None, lanes.REOPENED)


def test_another_search_knows_nothing_of_what_the_one_before_it_found(searched) -> None:
    bench = searched
    configured(bench, {"query": "tags:vip"})
    bench.connector.scope = lambda ticket: True
    for key in ("1", "2"):
        bench.ticket(key, created=bench.now - timedelta(minutes=10))
    for found in (("1", "2"), ("1",)):
        bench.listing(*found)
        bench.connector.scope = lambda ticket: True
        settled(bench)
        bench.pass_time(minutes=20)
    assert seen(bench) == {"1": "present", "2": "out_of_scope"}
    configured(bench, {"query": "tags:gold"})
    assert seen(bench) == {"1": "present", "2": "present"}
