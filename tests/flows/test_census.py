"""What a census finds: tickets that are gone, hidden, back, elsewhere, or were never brought."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.testing.lists import ListConnector
from core.errors import RetryLater, SourceError
from core.flows import census as flow
from core.flows.census import take
from core.flows.rebuild import belief, rebuild
from core.hub import Hub
from core.ports import Census, LaneKind, Page, SetAside, Slot
from core.settings import Backfill, Configuration, Mode
from core.store import census, connections, findings, lanes, lists, runs, tables
from core.tickets import Absence, OnLeave, Presence, SourceMapping, Ticket
from slahub.cli.counting import counted

SUPPORT, SALES = "10001", "10002"
MINE = ("1", "2", "3", "4", "5")


@pytest.fixture
def desk(make_bench):
    """Give a maker of benches over two projects that have been read to their end: five tickets, and one."""

    def make(on_leave: OnLeave = OnLeave.END, **more):
        bench = make_bench(mapping=SourceMapping(on_leave=on_leave), **more)
        bench.connector.parts = "project"
        for key in MINE:
            bench.ticket(key, project=SUPPORT)
        bench.ticket("9", project=SALES)
        settled(bench)
        count(bench)
        bench.pass_time(minutes=10)
        return bench

    return make


def settled(bench) -> None:
    bench.settle()
    bench.cycle()
    bench.cycle()


def count(bench, *, forced: bool = True):
    return take(bench.store, bench.source, bench.stop, forced=forced)


def seen(bench) -> dict[str, str]:
    with bench.store.view() as tx:
        rows = lists.ticket_rows(tx, lists.ticket_ids(tx, bench.source.id))
        return {row.source_id: row.presence for row in rows}


def status(bench, key: str) -> str | None:
    with bench.store.view() as tx:
        (row,) = [each for each in lists.ticket_rows(tx, lists.ticket_ids(tx, bench.source.id)) if each.key == key]
        return row.source_status


def told(bench) -> dict[str, str]:
    with bench.store.view() as tx:
        return {each.code: each.text for each in findings.open_ones(tx, "desk")}


def row(bench, value: str = SUPPORT) -> census.CensusRow:
    with bench.store.view() as tx:
        return next(each for each in census.latest(tx, bench.source.id) if each.value == value)


def state(bench, key: str) -> tuple[str, int]:
    clock = bench.clocks(key)["resolution"]
    return clock.state, clock.elapsed_seconds


def present(bench) -> dict[str, str]:
    return dict.fromkeys((*MINE, "9"), "present")


def test_a_census_of_what_is_all_there_changes_nothing_and_says_so(desk) -> None:
    bench = desk()
    asked = bench.connector.asked["fetch"]
    done = count(bench)
    assert (done.read, done.changed, done.reason) == (6, 0, "")
    assert (bench.connector.asked["fetch"], told(bench), seen(bench)) == (asked, {}, present(bench))
    found = row(bench)
    assert (found.part, found.listed, found.present, found.unseen, found.deleted, found.believed) == (
        SUPPORT,
        5,
        5,
        0,
        0,
        True,
    )


def test_a_ticket_that_is_there_and_not_shown_is_forbidden_and_back_as_soon_as_it_is_shown(desk) -> None:
    bench = desk()
    bench.connector.forbidden.add("2")
    count(bench)
    settled(bench)
    assert seen(bench) == present(bench) | {"2": "forbidden"}
    assert (row(bench).deleted, row(bench).forbidden) == (0, 1)
    bench.connector.forbidden.clear()
    count(bench)
    settled(bench)
    assert seen(bench) == present(bench)


def test_a_deleted_ticket_ends_its_clocks_where_it_was_last_known_to_be_there(desk) -> None:
    bench = desk()
    bench.pass_time(minutes=20)
    count(bench)
    bench.pass_time(minutes=30)
    bench.connector.delete("2")
    count(bench)
    settled(bench)
    assert seen(bench) == present(bench) | {"2": "deleted"}
    assert (state(bench, "2"), state(bench, "3")) == (("cancelled", 1800), ("running", 3600))
    assert bench.clocks("2")["resolution"].reason == "the ticket was deleted"
    assert told(bench) == {"census_lost": f"1 ticket of project {SUPPORT} has been deleted, or hidden one by one: 2"}
    found = row(bench)
    assert (found.listed, found.present, found.deleted, found.lost) == (4, 4, 1, 1)
    with bench.store.view() as tx:
        (event,) = tx.execute(tables.event.select().where(tables.event.c.stream == "census")).all()
    assert (event.at, event.latest_at) == (bench.now - timedelta(minutes=30), bench.now)
    asked = bench.connector.asked["fetch"]
    count(bench)
    assert (told(bench), row(bench).lost, row(bench).deleted) == ({}, 0, 1)
    assert bench.connector.asked["fetch"] == asked


def test_a_breach_that_was_looked_at_before_the_deletion_stays_one(desk) -> None:
    bench = desk(mode=Mode.OBSERVE)
    bench.pass_time(minutes=51)
    bench.judge()
    bench.confirm()
    settled(bench)
    assert bench.clocks("2")["first_response"].breached
    bench.connector.delete("2")
    bench.pass_time(minutes=5)
    count(bench)
    settled(bench)
    clock = bench.clocks("2")["first_response"]
    assert (clock.state, clock.breached, clock.elapsed_seconds) == ("cancelled", True, 3660)


def test_a_ticket_that_an_index_has_not_caught_up_with_is_asked_for_and_stays(desk) -> None:
    bench = desk()
    bench.connector.lag = timedelta(hours=1)
    bench.pass_time(hours=2)
    bench.act("2", "noted", priority="high", at=bench.now - timedelta(minutes=90), exported=False)
    bench.act("3", "noted", priority="high", at=bench.now - timedelta(minutes=30), exported=False)
    asked = bench.connector.asked["fetch"]
    count(bench)
    assert (seen(bench), told(bench)) == (present(bench), {})
    assert bench.connector.asked["fetch"] == asked + 1
    settled(bench)
    assert bench.clocks("3")["resolution"].state == "running"


def test_a_ticket_that_no_list_has_is_asked_for_once_a_week_unless_it_changes(desk) -> None:
    bench = desk(mode=Mode.OBSERVE)
    archived = {"1", "2"}
    plain = bench.connector.census

    def unarchived(since) -> Iterator[Census]:
        return (replace(each, ids=each.ids - archived) for each in plain(since))

    bench.connector.census = unarchived
    bench.pass_time(days=2)

    def asks() -> int:
        before = bench.connector.asked["fetch"]
        count(bench)
        return bench.connector.asked["fetch"] - before

    assert [asks(), asks()] == [1, 0]
    bench.pass_time(days=6)
    assert asks() == 0
    bench.act("1", "noted", priority="high")
    settled(bench)
    bench.pass_time(hours=1)
    assert asks() == 1
    bench.connector.delete("2")
    assert (asks(), seen(bench)["2"]) == (1, "present")
    bench.pass_time(days=1)
    assert (asks(), seen(bench)["2"], told(bench).keys()) == (1, "deleted", {"census_lost"})
    archived.clear()
    count(bench)
    bench.connector.delete("1")
    assert (asks(), seen(bench)["1"]) == (1, "deleted")


def archive(bench, *ids: str) -> set[str]:
    """Put tickets where no list has them and a direct look tells so; return the set of those that are there."""
    put_away, connector = set(ids), bench.connector
    counts, looks = connector.census, connector.fetch

    def absent(source_id: str) -> Absence:
        picture = connector.ticket(source_id)
        return Absence(source_id, Presence.ARCHIVED, picture.version + 1, picture.updated_at)

    def census_(since) -> Iterator[Census]:
        return (replace(each, ids=each.ids - put_away) for each in counts(since))

    def fetch(ids) -> Page:
        page = looks([each for each in ids if each not in put_away])
        return replace(page, records=(*page.records, *map(absent, sorted(put_away.intersection(ids)))))

    connector.census, connector.fetch = census_, fetch
    return put_away


def test_archived_tickets_are_neither_missed_nor_doubted_nor_asked_for_again(desk) -> None:
    bench = desk()
    archive(bench, "1", "2")
    count(bench)
    assert seen(bench) == present(bench) | dict.fromkeys("12", "archived")
    asked = bench.connector.asked["fetch"]
    bench.connector.delete("3")
    # Three of five are not listed, and but for those that are archived it would be doubted.
    count(bench)
    assert (bench.connector.asked["fetch"], row(bench).believed) == (asked + 1, True)
    assert seen(bench) == present(bench) | dict.fromkeys("12", "archived") | {"3": "deleted"}
    count(bench)
    assert (bench.connector.asked["fetch"], told(bench), row(bench).lost) == (asked + 1, {}, 0)
    assert (row(bench).listed, row(bench).present, row(bench).unseen) == (2, 2, 0)


def test_an_archived_ticket_that_a_list_has_again_is_present_and_can_be_archived_once_more(desk) -> None:
    bench = desk()
    put_away = archive(bench, "1", "2")
    count(bench)
    bench.pass_time(minutes=5)
    put_away.discard("1")
    count(bench)
    settled(bench)
    assert seen(bench) == present(bench) | {"2": "archived"}
    assert state(bench, "1")[0] == "running"
    assert row(bench).back == 1
    # What told of its archiving comes once more, from before it was taken out.
    bench.connector.add("tickets", absence(bench, "1", 1))
    settled(bench)
    assert seen(bench)["1"] == "present"
    bench.connector.add("tickets", absence(bench, "1", 2))
    bench.pull()
    assert seen(bench)["1"] == "archived"


def absence(bench, source_id: str, later: int) -> Absence:
    picture = bench.connector.ticket(source_id)
    return Absence(source_id, Presence.ARCHIVED, picture.version + later, picture.updated_at)


def test_where_archived_tickets_are_listed_one_that_is_missing_is_asked_for(desk) -> None:
    bench = desk()
    counts = bench.connector.census
    bench.connector.census = lambda since: (replace(each, archived=True) for each in counts(since))
    bench.connector.add("tickets", absence(bench, "1", 1))
    settled(bench)
    asked = bench.connector.asked["fetch"]
    count(bench)
    assert (seen(bench)["1"], bench.connector.asked["fetch"], row(bench).back) == ("archived", asked, 0)
    bench.connector.delete("1")
    count(bench)
    assert (seen(bench)["1"], row(bench).lost) == ("deleted", 1)


def test_tickets_hidden_one_by_one_are_doubted_once_and_asked_for_once_a_week(desk) -> None:
    bench = desk(mode=Mode.OBSERVE)
    bench.pass_time(days=2)
    bench.connector.forbidden.update("123")
    count(bench)
    assert told(bench).keys() == {"census_shrunk"}
    count(bench)
    assert seen(bench) == present(bench) | dict.fromkeys("123", "forbidden")
    asked = bench.connector.asked["fetch"]
    bench.pass_time(days=1)
    count(bench)
    assert (bench.connector.asked["fetch"], row(bench).believed, row(bench).forbidden) == (asked, True, 3)
    bench.connector.delete("1")
    bench.connector.forbidden.discard("1")
    bench.pass_time(days=7)
    for _ in range(2):
        count(bench)
    assert seen(bench) == present(bench) | {"1": "deleted", "2": "forbidden", "3": "forbidden"}
    bench.connector.forbidden.clear()
    count(bench)
    assert seen(bench) == present(bench) | {"1": "deleted"}


def test_a_ticket_that_is_younger_than_the_index_is_not_even_asked_for(desk) -> None:
    bench = desk()
    bench.connector.lag = timedelta(minutes=5)
    bench.ticket("6", project=SUPPORT)
    settled(bench)
    bench.pass_time(minutes=3)
    asked = bench.connector.asked["fetch"]
    count(bench)
    assert (row(bench).listed, seen(bench)["6"], bench.connector.asked["fetch"]) == (5, "present", asked)


def test_a_moved_ticket_is_stored_where_it_is_now_and_out_of_scope_if_that_is_out(desk) -> None:
    bench = desk()
    bench.connector.scope = lambda ticket: ticket.values.get("project") == SUPPORT
    bench.act("2", "moved", project="10003", exported=False)
    bench.pass_time(minutes=5)
    count(bench)
    assert seen(bench) == present(bench) | {"2": "out_of_scope", "9": "present"}
    assert row(bench).lost == 0
    assert {code for code in told(bench) if code != "census_shrunk"} == set()


def test_half_of_a_part_that_is_missing_moves_nobody_until_another_census_says_so_too(desk) -> None:
    bench = desk()
    bench.connector.delete("1", "2", "3")
    asked = bench.connector.asked["fetch"]
    count(bench)
    assert (seen(bench), bench.connector.asked["fetch"]) == (present(bench), asked)
    text = told(bench)["census_shrunk"]
    assert text.startswith(
        f"of 5 tickets that are kept of project {SUPPORT} the helpdesk lists only 2; nobody is moved"
    )
    assert not row(bench).believed
    assert not count(bench, forced=False).read
    bench.pass_time(hours=1)
    assert count(bench, forced=False).changed == 3
    assert seen(bench) == present(bench) | dict.fromkeys("123", "deleted")
    assert told(bench).keys() == {"census_lost"}


def test_what_comes_back_before_it_was_believed_is_forgotten(desk) -> None:
    bench = desk()
    bench.connector.delete(*MINE)
    count(bench)
    bench.connector.restore(*MINE)
    count(bench)
    bench.connector.delete(*MINE)
    count(bench)
    assert (seen(bench), told(bench).keys()) == (present(bench), {"census_shrunk"})


def test_a_round_that_broke_off_does_not_count_as_the_other_census(desk) -> None:
    bench = desk()
    bench.connector.delete("1", "2", "3")
    for _ in range(2):
        bench.connector.break_at("census", RetryLater("no calls left", timedelta(minutes=2)), after=1)
        assert count(bench).reason == ""
        bench.pass_time(minutes=3)
        assert (row(bench).believed, seen(bench)) == (False, present(bench))
    count(bench)
    assert seen(bench) == present(bench)
    count(bench)
    assert seen(bench) == present(bench) | dict.fromkeys("123", "deleted")


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("on_leave", OnLeave)
def test_a_hidden_part_is_forbidden_and_when_it_is_back_nothing_was_lost(desk, on_leave, named: bool) -> None:
    bench = desk(on_leave)
    told_of(bench, named=named)
    bench.connector.hidden.add(SUPPORT)
    count(bench)
    assert (seen(bench), told(bench).keys()) == (present(bench), {"census_shrunk"})
    bench.pass_time(minutes=50)
    count(bench)
    settled(bench)
    assert seen(bench) == dict.fromkeys(MINE, "forbidden") | {"9": "present"}
    assert told(bench).keys() == {"census_hidden"}
    assert "what becomes of its 5 tickets is not known" in told(bench)["census_hidden"]
    away = {OnLeave.END: "cancelled", OnLeave.PAUSE: "paused", OnLeave.KEEP: "cancelled"}[on_leave]
    assert state(bench, "1") == (away, 0)
    writes = len(bench.connector.writes)
    bench.pass_time(hours=9)
    bench.act("2", "answered", reply=True, at=bench.now - timedelta(hours=9, minutes=30), exported=False)
    settled(bench)
    assert {update.ticket_id for update in bench.connector.writes[writes:]} == {"9"}
    bench.connector.hidden.clear()
    count(bench)
    settled(bench)
    assert (seen(bench), told(bench)) == (present(bench), {})
    assert (row(bench).back, row(bench).forbidden) == (5, 0)
    assert state(bench, "1") == ("running", 10 * 3600)
    assert (bench.clocks("1")["first_response"].breached, bench.clocks("2")["first_response"].state) == (
        True,
        "completed",
    )
    assert bench.shown("1")[Slot.STATE] == "breached"
    with bench.store.view() as tx:
        rows = tx.execute(tables.event.select().where(tables.event.c.stream == "census")).all()
    assert len(rows) == 5
    assert all(each.withdrawn_at is not None for each in rows)


def told_of(bench, *, named: bool) -> None:
    """Let the helpdesk name its hidden parts, or not even that."""
    if named:
        plain = bench.connector.census

        def whole(since) -> Iterator[Census]:
            yield from plain(since)
            for value in bench.connector.hidden:
                yield Census("Support", "project", value, None, bench.now)

        bench.connector.census = whole


def test_a_ticket_that_is_still_missing_when_its_part_is_back_was_deleted(desk) -> None:
    bench = desk(OnLeave.PAUSE)
    bench.connector.hidden.add(SUPPORT)
    count(bench)
    count(bench)
    assert seen(bench)["1"] == "forbidden"
    bench.pass_time(minutes=5)
    bench.connector.delete("1")
    bench.connector.hidden.clear()
    count(bench)
    settled(bench)
    assert seen(bench) == present(bench) | {"1": "deleted"}
    assert state(bench, "1") == ("cancelled", 0)


def test_a_helpdesk_that_names_no_part_at_all_is_not_believed_at_once(desk) -> None:
    bench = desk()
    bench.connector.hidden.update((SUPPORT, SALES))
    count(bench)
    assert (seen(bench), row(bench, SALES).believed) == (present(bench), False)
    count(bench)
    assert set(seen(bench).values()) == {"forbidden"}


def test_a_part_that_the_scope_does_not_hold_is_left_as_it_is(desk) -> None:
    bench = desk()
    scope = SourceMapping(scope={"project": frozenset({SUPPORT})})
    bench.configure(mapping=scope)
    bench.connector.hidden.add(SALES)
    asked = bench.connector.asked["fetch"]
    for _ in range(2):
        count(bench)
    assert (seen(bench), told(bench), bench.connector.asked["fetch"]) == (present(bench), {}, asked)


def test_nothing_is_said_any_more_of_a_part_that_has_left_the_scope(desk) -> None:
    bench = desk()
    bench.connector.hidden.add(SALES)
    count(bench)
    assert told(bench).keys() == {"census_shrunk"}
    bench.configure(mapping=SourceMapping(scope={"project": frozenset({SUPPORT})}))
    count(bench)
    assert told(bench) == {}


def test_what_no_page_has_brought_is_fetched_and_told(desk) -> None:
    bench = desk()
    bench.pass_time(minutes=30)
    lose_page(bench, "6")
    bench.pass_time(minutes=30)
    settled(bench)
    assert "6" not in seen(bench)
    count(bench)
    settled(bench)
    assert seen(bench)["6"] == "present"
    assert state(bench, "6") == ("running", 1800)
    assert row(bench).repaired == 1
    assert told(bench)["census_repaired"].startswith(
        f"1 ticket of project {SUPPORT} had been brought by no page, and has been fetched now."
    )
    count(bench)
    assert (told(bench), row(bench).repaired) == ({}, 0)


def lose_page(bench, key: str) -> None:
    """A ticket comes into being, and every page skips it."""
    bench.ticket(key, project=SUPPORT)
    for stream in ("tickets", "ticket_events"):
        bench.connector.direct.extend(bench.connector._pages[stream].pop().records)


def test_a_new_ticket_that_is_merely_to_come_is_no_repair(desk) -> None:
    bench = desk()
    lose_page(bench, "6")
    count(bench)
    assert (seen(bench)["6"], row(bench).repaired, told(bench)) == ("present", 0, {})


def test_while_the_past_is_read_nothing_is_taken_for_skipped(make_bench) -> None:
    bench = make_bench()
    bench.connector.parts = "project"
    for key in MINE:
        bench.ticket(key, project=SUPPORT, created=bench.now - timedelta(hours=1))
    with bench.store.view() as tx:
        assert lanes.every(tx, bench.source.id) == []
    assert count(bench).read == 0
    bench.pull(LaneKind.LIVE)
    asked = bench.connector.asked["fetch"]
    count(bench)
    assert (seen(bench), bench.connector.asked["fetch"], told(bench), row(bench).unseen) == ({}, asked, {}, 5)
    settled(bench)
    count(bench)
    assert (row(bench).present, row(bench).unseen, row(bench).repaired) == (5, 0, 0)


def test_what_has_not_changed_since_the_past_was_read_from_is_not_asked_for(make_bench) -> None:
    bench = make_bench(mode=Mode.OBSERVE, backfill=Backfill(since=timedelta(days=30)))
    bench.connector.parts = "project"
    bench.ticket("old", project=SUPPORT, created=bench.now - timedelta(days=60))
    lose_page(bench, "older")
    for key in ("1", "2"):
        bench.ticket(key, project=SUPPORT)
    settled(bench)
    bench.pass_time(minutes=5)
    asked = bench.connector.asked["fetch"]
    count(bench)
    assert row(bench).listed == 3
    assert bench.connector.asked["fetch"] == asked + 1
    assert seen(bench).keys() == {"1", "2", "older"}
    bench.ticket("stale", project=SUPPORT, created=bench.now - timedelta(days=60))
    settled(bench)
    asked = bench.connector.asked["fetch"]
    count(bench)
    assert (seen(bench)["stale"], bench.connector.asked["fetch"]) == ("present", asked)


@pytest.mark.parametrize("dated", [True, False])
def test_a_change_that_nobody_was_shown_at_its_time_is_asked_for_where_the_list_tells_of_it(desk, dated: bool) -> None:
    bench = desk()
    bench.connector.dated = dated
    bench.act("1", "hidden", exported=False, status="solved")
    count(bench)
    # It may be on its way.
    assert status(bench, "1") == "new"
    bench.pass_time(minutes=10)
    settled(bench)
    for _ in range(2):
        asked = bench.connector.asked["fetch"]
        count(bench)
    assert status(bench, "1") == ("solved" if dated else "new")
    # Once it is known nobody asks again.
    assert bench.connector.asked["fetch"] == asked


def test_a_listed_ticket_that_is_not_shown_is_told_of(desk) -> None:
    bench = desk()
    plain = bench.connector.census

    def more(since) -> Iterator[Census]:
        for each in plain(since):
            yield replace(each, ids=each.ids | {"77"}) if each.value == SUPPORT else each

    bench.connector.census = more
    count(bench)
    assert row(bench).unseen == 1
    assert told(bench)["census_unseen"].startswith(
        f"the helpdesk lists 1 ticket of project {SUPPORT} and does not show"
    )


def test_what_cannot_be_read_or_asked_about_is_not_taken_for_deleted(desk) -> None:
    bench = desk()
    bench.connector.delete("1", "2")
    plain = bench.connector.fetch
    bench.connector.fetch = lambda ids: replace(plain(ids), left_out=("1",), after=timedelta(minutes=2))
    count(bench)
    assert seen(bench) == present(bench) | {"2": "deleted"}
    bench.pass_time(minutes=1)
    bench.connector.fetch = plain
    count(bench)
    assert seen(bench)["1"] == "present"
    bench.pass_time(minutes=2)
    count(bench)
    assert seen(bench)["1"] == "deleted"
    assert (row(bench).lost, row(bench).deleted) == (2, 2)


@pytest.mark.parametrize(("source_id", "gone"), [("1", {"2"}), ("", set())])
def test_a_ticket_that_cannot_be_read_is_there(desk, source_id: str, gone: set[str]) -> None:
    bench = desk()
    bench.connector.delete("1", "2")
    aside = SetAside("tickets", source_id, "no date", "0" * 64)
    plain = bench.connector.fetch
    bench.connector.fetch = lambda ids: replace(plain(ids), set_aside=(aside,))
    count(bench)
    assert seen(bench) == present(bench) | dict.fromkeys(gone, "deleted")


@pytest.mark.parametrize("what", ["census", "fetch"])
def test_a_census_that_fails_moves_nobody_and_is_told(desk, what: str) -> None:
    bench = desk()
    bench.connector.delete("1")
    bench.connector.break_at(what, SourceError("what?"))
    assert count(bench).reason == "what?"
    with bench.store.view() as tx:
        row_ = connections.get(tx, "desk")
        assert row_ is not None
        assert (row_.state, runs.recent(tx, 1)[0].flow, runs.recent(tx, 1)[0].outcome) == ("failed", "census", "failed")
    assert seen(bench) == present(bench)
    bench.pass_time(seconds=31)
    count(bench)
    bench.pull()
    assert seen(bench)["1"] == "deleted"
    with bench.store.view() as tx:
        assert connections.get(tx, "desk").state == "ok"


def test_what_was_broken_off_between_two_batches_goes_on_and_counts_all(desk, monkeypatch) -> None:
    monkeypatch.setattr(flow, "BATCH", 1)
    bench = desk()
    bench.connector.delete("1", "2")
    lose_page(bench, "6")
    bench.pass_time(minutes=5)
    settled(bench)
    plain, looks = bench.connector.fetch, []

    def killed(ids) -> Page:
        looks.append(ids)
        if len(looks) in {2, 4}:
            raise KeyboardInterrupt
        return plain(ids)

    bench.connector.fetch = killed
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            count(bench)
    count(bench)
    assert seen(bench) == present(bench) | {"1": "deleted", "2": "deleted", "6": "present"}
    assert (row(bench).lost, row(bench).repaired, row(bench).present) == (2, 1, 4)
    assert told(bench).keys() == {"census_lost", "census_repaired"}


def test_pages_from_before_a_ticket_was_lost_say_nothing_of_it_whenever_they_come(desk) -> None:
    bench = desk()
    old = bench.connector.ticket("1")
    bench.pass_time(minutes=5)
    bench.act("1", "noted", priority="high", exported=False)
    late = bench.connector.direct[-2:]
    bench.pass_time(minutes=5)
    bench.connector.delete("1")
    count(bench)
    assert seen(bench)["1"] == "deleted"
    bench.connector.add("tickets", old)
    bench.connector.add("tickets", *[each for each in late if isinstance(each, Ticket)])
    settled(bench)
    assert seen(bench)["1"] == "deleted"
    bench.pass_time(minutes=5)
    bench.act("1", "again", priority="low")
    settled(bench)
    assert seen(bench)["1"] == "present"
    assert state(bench, "1")[0] == "running"


def test_all_of_it_judged_again_elsewhere_is_the_same(desk, empty_store) -> None:
    bench = desk()
    bench.connector.delete("1", "2")
    bench.pass_time(minutes=5)
    count(bench)
    bench.connector.restore("2")
    bench.act("3", "moved", project="10003")
    count(bench)
    settled(bench)
    assert seen(bench) == present(bench) | {"1": "deleted"}
    rebuild(bench.store, empty_store, [bench.source], bench.active, bench.now)
    assert belief(empty_store, [bench.source]) == belief(bench.store, [bench.source])


def test_a_deleted_ticket_of_which_not_all_is_known_is_asked_for_no_more(make_bench) -> None:
    bench = make_bench(backfill=Backfill(since=timedelta(days=30)))
    bench.connector.parts = "project"
    for key in ("1", "2", "3"):
        bench.ticket(key, project=SUPPORT, created=bench.now - timedelta(days=60))
        bench.act(key, "noted", priority="high")
    bench.connector.delete("1")
    settled(bench)
    bench.pass_time(minutes=1)
    bench.confirm()
    asked = bench.connector.asked["fetch"]
    count(bench)
    bench.judge()
    assert (seen(bench)["1"], bench.connector.asked["fetch"]) == ("deleted", asked + 1)
    for _ in range(3):
        bench.pass_time(minutes=15)
        bench.confirm()
    assert bench.connector.asked["fetch"] == asked + 1


def test_what_was_believed_of_a_hidden_ticket_stays_on_record(desk) -> None:
    bench = desk()
    for hidden in ({SUPPORT}, {SUPPORT}, set[str]()):
        bench.connector.hidden = hidden
        count(bench)
        bench.judge()
        bench.pass_time(minutes=1)
    clock = bench.clocks("1")["resolution"]
    with bench.store.view() as tx:
        held = tables.verdict.select().where(tables.verdict.c.clock_id == clock.id).order_by(tables.verdict.c.id)
        states = [(each.state, each.standing) for each in tx.execute(held)]
    assert states == [("running", "on_track"), ("cancelled", None), ("running", "on_track")]


def test_one_a_day_is_taken_and_one_as_soon_as_the_past_is_read(make_bench) -> None:
    bench = make_bench()
    bench.connector.parts = "project"
    bench.ticket("1", project=SUPPORT, created=bench.now - timedelta(hours=1))
    assert count(bench, forced=False).read == 0
    bench.pull(LaneKind.LIVE)
    assert count(bench, forced=False).read == 0
    bench.pass_time(hours=1)
    settled(bench)
    assert count(bench, forced=False).read == 1
    bench.pass_time(hours=23)
    assert count(bench, forced=False).read == 0
    bench.pass_time(hours=1)
    assert count(bench, forced=False).read == 1
    bench.set_clock(hours=-30)
    assert count(bench, forced=False).read == 1


def test_a_helpdesk_that_lists_nothing_is_left_alone(make_bench) -> None:
    bench = make_bench(fetches=False)
    bench.ticket("1", project=SUPPORT)
    settled(bench)
    assert count(bench) == replace(count(bench), read=0, calls=0, reason="")
    assert not hasattr(bench.source.connector, "census")
    assert isinstance(ListConnector(now=bench.source.host_now), flow.TakesCensus)


def hub_of(bench) -> Hub:
    sources = {"desk": bench.source}
    return Hub(bench.store, Configuration({}, bench.rules()), bench.active, sources, {}, bench.source.host_now)


def test_a_census_that_is_asked_for_is_told_part_by_part(desk, capsys) -> None:
    bench = desk()
    bench.connector.delete("1")
    assert counted(hub_of(bench), [bench.source], bench.stop, as_json=False) == 0
    said = capsys.readouterr()
    heads, support, sales, done = said.out.splitlines()
    assert heads.split("  ")[0] == "connection"
    assert support.split() == ["desk", SUPPORT, "4", "4", "0", "0", "1", "0", "0"]
    assert sales.split() == ["desk", SALES, "1", "1", "0", "0", "0", "0", "0"]
    assert done.startswith("desk          census    5 read, 1 changed, ")
    assert said.err == f"! desk: 1 ticket of project {SUPPORT} has been deleted, or hidden one by one: 1\n"
    bench.connector.hidden.add(SALES)
    hub = hub_of(bench)
    assert [counted(hub, [bench.source], bench.stop, as_json=True) for _ in range(2)] == [1, 1]
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    hidden = [each for each in rows if each["value"] == SALES]
    assert [(each["believed"], each["shown"], each["forbidden"]) for each in hidden] == [
        (False, False, 0),
        (True, False, 1),
    ]
    assert "listed" not in hidden[0]


def test_a_census_that_its_limits_break_off_is_waited_for(desk, capsys) -> None:
    bench = desk()
    bench.connector.delete("1")
    bench.connector.break_at("fetch", RetryLater("no calls left", timedelta(seconds=30)))
    ticks = iter(range(1000))
    bench.source = replace(bench.source, ticks=lambda: float(next(ticks)))
    assert counted(hub_of(bench), [bench.source], bench.stop, as_json=False) == 0
    assert seen(bench)["1"] == "deleted"


def test_before_anything_is_read_a_census_says_so(make_bench, capsys) -> None:
    bench = make_bench()
    assert counted(hub_of(bench), [bench.source], bench.stop, as_json=False) == 1
    assert capsys.readouterr().err == "desk: nothing has been read of it yet; run 'slahub sync' first\n"


def test_the_daemon_takes_a_census_of_what_it_has_read(desk) -> None:
    bench = desk()
    bench.connector.delete("1")
    bench.pass_time(days=1)
    hub = hub_of(bench)
    assert hub.census(bench.source, bench.stop).changed == 1
    assert hub.census(bench.source, bench.stop).read == 0
