"""Ratings, and what the source states of its own clocks: the newest word, in whatever order it comes."""

from itertools import permutations
from typing import Any

import pytest

from core.store import native_clocks, ratings, tables
from core.tickets import NativeClock, Rating, Says


def test_an_older_rating_never_replaces_a_newer_one(desk: Any, open_desk: Any) -> None:
    told = [
        Rating("9", "1", "offered", desk.at(0)),
        Rating("9", "1", "bad", desk.at(5), "anna", "ben", "first line"),
        Rating("9", "1", "good", desk.at(7), "anna", "ben", "first line"),
    ]
    for number, order in enumerate(permutations(told)):
        place = open_desk(desk.store, f"desk {number}")
        for each in order:
            place.add(each)
        with desk.store.view() as tx:
            assert ratings.of_ticket(tx, place.id, "1") == [told[2]]
    together = open_desk(desk.store, "together")
    together.add(*told[::-1])
    with desk.store.view() as tx:
        assert ratings.of_ticket(tx, together.id, "1") == [told[2]]
        assert ratings.of_ticket(tx, together.id, "2") == []


def test_a_rating_and_a_statement_make_no_ticket_and_have_none_judged(desk: Any) -> None:
    desk.add(desk.ticket("1"))
    desk.judge_all()
    added = desk.add(
        Rating("9", "1", "good", desk.at(7)), NativeClock("7", "5", "reply_time", 1, Says.STARTED, desk.at(1))
    )
    assert (added.touched, desk.waiting()) == (frozenset(), set())
    assert len(desk.rows(tables.ticket)) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_was_withdrawn_stays_withdrawn(desk: Any, order: tuple[int, ...]) -> None:
    due = NativeClock("7", "1", "reply_time", 1, Says.DUE, desk.at(60))
    gone = NativeClock("7", "1", "reply_time", 1, Says.DUE, desk.at(60), withdrawn=True)
    target = NativeClock("8", "1", "reply_time", 1, Says.TARGET, desk.at(0), 3600, False, "Gold")
    for each in order:
        desk.add((due, gone, target)[each])
    desk.add(due, target)
    with desk.store.view() as tx:
        assert native_clocks.of_ticket(tx, desk.id, "1") == [target, gone]
