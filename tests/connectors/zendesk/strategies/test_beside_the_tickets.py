"""Ratings, people and Zendesk's own clocks end as the account has them."""

import random
from typing import Any

import pytest

from connectors import Checkpoint
from core.store import tables


def live(account: Any, dice: random.Random) -> None:
    """Let people work for a while, with breaches ahead that come or are taken back."""
    stage = account.stage
    ticket = stage.new_ticket("A request", priority=dice.choice(("urgent", "high", "normal", "low")))
    for _ in range(dice.randrange(4)):
        stage.advance(dice.choice((0, 1, 60, 900, 4000)))
        act = dice.choice(("reply", "note", "priority", "solve"))
        if act == "priority":
            stage.priority(ticket, dice.choice(("urgent", "low")))
        else:
            getattr(stage, act)(ticket)


@pytest.mark.parametrize("seed", range(3))
def test_metric_events_that_come_late_or_are_taken_back_end_as_the_account_has_them(
    make_account: Any, seed: int
) -> None:
    account, dice = make_account(seed=seed + 30, tickets=30), random.Random(seed)
    reader = account.reader("exports")
    for _ in range(6):
        reader.pull()
        live(account, dice)
        account.stage.advance(dice.choice((0, 61, 700)))
    account.stage.advance(900)
    reader.pull()
    stored = {(row.source_id.partition(":")[0], row.withdrawn) for row in reader.rows(tables.native_clock)}
    told = [each for each in account.stage.truth()["metric_events"] if each["type"] != "measure"]
    assert any(each.get("deleted") for each in told)
    assert {each for each in stored if not each[1]} == {
        (str(each["id"]), False) for each in told if "deleted" not in each
    }
    assert {each for each in stored if each[1]} <= {(str(each["id"]), True) for each in told if "deleted" in each}


@pytest.mark.parametrize("read", ["exports", "lists"])
def test_ratings_end_as_the_account_has_them(account: Any, read: str) -> None:
    reader = account.reader(read)
    reader.pull()
    for score in ("good", "bad"):
        ticket = account.stage.new_ticket("Rate me")
        account.stage.solve(ticket)
        account.stage.advance(1000)
        account.stage.rate(ticket, "good")
        account.stage.advance(1)
        account.stage.rate(ticket, score, "private words")
        reader.pull()
    told = {
        (str(each["id"]), str(each["ticket_id"]), each["score"])
        for each in account.stage.truth()["satisfaction_ratings"]
    }
    assert {(row.source_id, row.ticket_source_id, row.score) for row in reader.rows(tables.rating)} == told
    assert len(told) > 2


def test_an_account_without_ratings_and_exports_is_read_all_the_same(account: Any) -> None:
    account.stage.features(satisfaction=False, exports=False)
    reader = account.reader("lists")
    reader.pull()
    assert (reader.rows(tables.rating), reader.rows(tables.native_clock)) == ([], [])
    assert reader.tickets()
    assert {row.finished_at is not None for row in reader.rows(tables.lane) if row.kind == "backfill"} == {True}


@pytest.mark.parametrize("read", ["exports", "lists"])
def test_the_past_is_over_after_one_reading(account: Any, read: str) -> None:
    account.stage.new_ticket("A moment ago", priority="urgent")
    reader = account.reader(read)
    reader.pull()
    assert [row.stream for row in reader.rows(tables.lane) if row.kind == "backfill" and row.finished_at is None] == []


def test_a_merged_ticket_says_into_which_one(account: Any) -> None:
    first, second = (account.stage.new_ticket("Twice") for _ in range(2))
    account.stage.advance(60)
    account.stage.merge(first, second)
    account.stage.advance(200)
    for read in ("exports", "lists"):
        reader = account.reader(read)
        reader.pull()
        found = {row.ticket_source_id: change[2] for row in reader.rows(tables.event) for change in row.changes
                 if change[0] == "merged_into"}  # fmt: skip
        assert found[str(first)] == str(second)
        assert str(second) not in found
        assert reader.tickets()[str(first)][2] == "merged"


@pytest.mark.parametrize("cursor", ["whole:7:abc", "whole:\ud800", "cursor:abc"])
def test_people_of_a_list_that_is_not_there_are_read_from_the_first_list_on(account: Any, cursor: str) -> None:
    connector = account.connector("lists")
    assert list(connector.pull("people", Checkpoint(cursor))) == list(connector.pull("people", Checkpoint("whole:0:")))
    assert list(connector.pull("people", Checkpoint(cursor)))
