"""Read by lists an account ends in the same rows as read by its exports, whatever changes meanwhile."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from connectors import Checkpoint
from core.ports import LaneKind
from core.store import tables


def same(one: Any, other: Any) -> None:
    assert one.events() == other.events()
    assert one.tickets() == other.tickets()


def played(account: Any) -> None:
    """Let happen what makes tickets differ in where they are."""
    stage = account.stage
    for number, act in ((2, "solve"), (3, "close"), (4, "delete"), (5, "reply")):
        ticket = stage.new_ticket(f"Request {number}", priority="high")
        stage.advance(90)
        getattr(stage, act)(ticket)
    first, second, third = (stage.new_ticket("Twice") for _ in range(3))
    stage.advance(60)
    stage.merge(first, second)
    stage.delete(third)
    stage.restore(third)
    stage.advance(600)


def test_both_strategies_end_in_the_same_tickets_and_events(account: Any) -> None:
    played(account)
    by_exports = account.reader("exports")
    by_exports.pull()
    account.stage.features(exports=False)
    by_lists = account.reader("lists")
    by_lists.pull()
    exported, listed = by_exports.tickets(), by_lists.tickets()
    # A ticket that lay in the trash before anybody looked is on no list; its deletion is all that is told.
    trashed = {key for key, row in exported.items() if row[2] in {"trashed", "deleted"}}
    assert trashed
    assert {key: row for key, row in exported.items() if key not in trashed} == listed
    assert "merged" in {row[2] for row in listed.values()}
    told = {who: row for who, row in by_exports.events().items() if row[0] not in trashed}
    assert told == {who: row for who, row in by_lists.events().items() if row[0] not in trashed}


def test_a_ticket_that_is_deleted_while_it_is_watched_ends_in_the_trash_either_way(account: Any) -> None:
    readers = [account.reader(read) for read in ("exports", "lists")]
    doomed, spared = (account.stage.new_ticket("Watched", priority="normal") for _ in range(2))
    account.stage.advance(700)
    for reader in readers:
        reader.pull()
    account.stage.delete(doomed)
    account.stage.delete(spared)
    account.stage.advance(200)
    for reader in readers:
        reader.pull()
    assert readers[1].tickets()[str(doomed)][2] == "trashed"
    account.stage.restore(spared)
    account.stage.advance(200)
    for reader in readers:
        reader.pull()
    same(*readers)
    assert readers[1].tickets()[str(spared)][2] == "present"


def test_archived_tickets_come_from_the_search(make_account: Callable[..., Any]) -> None:
    account = make_account(tickets=12)
    ticket = account.stage.new_ticket("Long ago")
    account.stage.close(ticket)
    account.stage.advance(125 * 86400)
    assert account.emulator.world.tickets[ticket].archived
    by_exports, by_lists = account.reader("exports"), account.reader("lists")
    by_exports.pull()
    by_lists.pull()
    same(by_exports, by_lists)
    assert by_lists.tickets()[str(ticket)][2] == "archived"


@pytest.mark.parametrize("seed", range(2))
def test_what_changes_between_the_pages_is_not_lost(make_account: Callable[..., Any], seed: int) -> None:
    account = make_account(seed=seed + 10, tickets=130)
    dice, world, stage = random.Random(seed), account.emulator.world, account.stage
    reader = account.reader("lists")

    def drift() -> None:
        if dice.random() > 0.3:
            return
        stage.advance(dice.choice((0, 1, 20)))
        ticket = dice.choice([one for one in world.tickets.values() if one.status not in ("closed", "deleted")])
        act = dice.choice(("reply", "note", "solve", "delete", "new"))
        if act == "new":
            stage.new_ticket("Meanwhile", priority="low")
        elif act == "solve":
            stage.edit(ticket.id, {"status": "solved" if ticket.status != "solved" else "open"})
        else:
            getattr(stage, act)(ticket.id)

    reader.before = drift
    for _ in range(3):
        reader.pull()
        stage.advance(100)
    reader.before = lambda: None
    stage.advance(700)
    reader.pull()
    other = account.reader("exports")
    other.pull()
    trashed = {key for key, row in other.tickets().items() if row[2] in {"trashed", "deleted"}}
    told = {who: row for who, row in reader.events().items() if row[0] not in trashed}
    assert told == {who: row for who, row in other.events().items() if row[0] not in trashed}
    listed = reader.tickets()
    assert {key: row for key, row in listed.items() if key not in trashed} == {
        key: row for key, row in other.tickets().items() if key not in trashed
    }
    assert {listed[key][2] for key in trashed & listed.keys()} <= {"trashed"}


@pytest.mark.parametrize(("before", "after"), [("exports", "lists"), ("lists", "exports")])
def test_another_strategy_goes_on_where_the_first_was(account: Any, before: str, after: str) -> None:
    reader = account.reader(before)
    reader.pull()
    first = account.stage.new_ticket("Before the change", priority="urgent")
    account.stage.advance(700)
    reader.pull()
    settled = reader.settled()
    second = account.stage.new_ticket("At the change")
    account.stage.reply(first)
    account.stage.advance(700)
    turned = account.turned(reader, after)
    turned.pull()
    account.stage.reply(second)
    account.stage.advance(700)
    turned.pull()
    assert turned.settled() > settled
    fresh = account.reader("exports")
    fresh.pull()
    trashed = {key for key, row in fresh.tickets().items() if row[2] in {"trashed", "deleted"}}
    assert {key: row for key, row in turned.events().items() if row[0] not in trashed} == {
        key: row for key, row in fresh.events().items() if row[0] not in trashed
    }
    lists_of = [{k: r for k, r in each.tickets().items() if k not in trashed} for each in (turned, fresh)]
    assert lists_of[0] == lists_of[1]
    if after == "lists":
        audited = sum(count for path, count in turned.calls.items() if path.endswith("/audits"))
        assert audited <= 6


def test_a_strategy_that_is_changed_in_the_midst_of_the_past_loses_nothing(account: Any) -> None:
    account.stage.advance(120)
    for before, after in (("exports", "lists"), ("lists", "exports")):
        reader = account.reader(before, open_first=False)
        stopped = 0

        def stop() -> None:
            nonlocal stopped
            stopped += 1
            if stopped > 9:
                raise RuntimeError("killed")

        reader.before = stop
        with pytest.raises(RuntimeError):
            reader.pull()
        turned = account.turned(reader, after)
        turned.pull()
        turned.pull()
        fresh = account.reader(after)
        fresh.pull()
        # What lay in the trash from the beginning is on no list, and stays known from the exports.
        assert fresh.events().items() <= turned.events().items()
        assert fresh.tickets().items() <= turned.tickets().items()
        assert after == "lists" or fresh.tickets() == turned.tickets()


def test_a_poll_that_finds_nothing_costs_three_calls_and_a_changed_ticket_a_few(account: Any) -> None:
    account.stage.advance(120)
    reader = account.reader("lists")
    reader.pull()
    account.stage.advance(300)
    reader.calls.clear()
    for stream in ("tickets", "ticket_events"):
        since = next(row for row in reader.rows(tables.lane) if row.stream == stream and row.kind == "live")
        list(reader.source.connector.pull(stream, Checkpoint(since.cursor)))
    assert reader.calls == {"tickets": 2, "deleted_tickets": 1}
    ticket = account.stage.new_ticket("Changed")
    account.stage.advance(300)
    reader.calls.clear()
    reader.pull(LaneKind.LIVE)
    tickets = {path: count for path, count in reader.calls.items() if path.startswith("tickets")}
    assert tickets == {"tickets": 2, "tickets/show_many": 1, f"tickets/{ticket}/audits": 1}
