"""Every row is found, however the table moves while it is read, and whatever of it may not be read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import process_time

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import RetryLater, SourceError
from connectors.servicenow.keyset import Asked, Keyset, Place
from connectors.servicenow.shapes import stamp, stored
from tests.connectors.servicenow.desk import NOON, SECOND, Desk, ident

START = NOON - timedelta(days=2)
COLUMNS = ("sys_id", "sys_updated_on", "number", "state")
UNTIL = NOON - timedelta(seconds=30)


def filled(seconds: Sequence[int]) -> Desk:
    desk, at = Desk(), START
    for number, more in enumerate(seconds, 1):
        at += timedelta(seconds=more)
        desk.add("incident", sys_id=ident(number), sys_updated_on=stamp(at), number=f"INC{number}", state="1")
    desk.tables.setdefault("incident", [])
    return desk


def read(
    desk: Desk, size: int = 3, since: datetime = START - SECOND, until: datetime = UNTIL, where: str = ""
) -> set[str]:
    of = Asked("incident", COLUMNS, where, size=size)
    found = list(Keyset(desk.api()).changed(of, Place(since), until))
    return {stored(row, "sys_id") for batch in found for row in batch.items}.union(*(each.broken for each in found))


def everyone(desk: Desk) -> set[str]:
    return {row["sys_id"] for row in desk.tables["incident"]}


steps = st.lists(st.lists(st.integers(1, 30), max_size=4), max_size=25)
"""Which rows are changed ahead of each call."""

apart = st.lists(st.sampled_from([0, 0, 0, 1, 59, 3600]), min_size=1, max_size=30)


@settings(deadline=None)
@given(seconds=apart, moves=steps, size=st.integers(1, 7))
def test_no_row_is_passed_over_while_others_change(seconds: list[int], moves: list[list[int]], size: int) -> None:
    desk = filled(seconds)
    left = list(moves)

    def move() -> None:
        desk.now += SECOND
        for number in left.pop(0) if left else ():
            for row in desk.tables["incident"]:
                if row["sys_id"] == ident(number):
                    row["sys_updated_on"] = stamp(desk.now)

    desk.before = move
    # What has moved behind the end is found by the next pass.
    first = read(desk, size)
    desk.before = lambda: None
    assert first | read(desk, size, UNTIL - timedelta(minutes=4), desk.now) == everyone(desk)


@settings(deadline=None)
@given(seconds=apart, hidden=st.sets(st.integers(1, 30)), size=st.integers(1, 7))
def test_rows_that_may_not_be_read_hide_none_of_the_others(seconds: list[int], hidden: set[int], size: int) -> None:
    desk = filled(seconds)
    desk.hidden = set(map(ident, hidden))
    assert read(desk, size) == everyone(desk) - desk.hidden


@settings(deadline=None)
@given(seconds=apart, gone=steps, hidden=st.sets(st.integers(1, 30)), size=st.integers(1, 7))
def test_a_sweep_finds_all_that_stay_while_others_are_deleted(
    seconds: list[int], gone: list[list[int]], hidden: set[int], size: int
) -> None:
    desk = filled(seconds)
    desk.hidden = set(map(ident, hidden))
    left = list(gone)

    def delete() -> None:
        out = set(map(ident, left.pop(0) if left else ()))
        desk.tables["incident"] = [row for row in desk.tables["incident"] if row["sys_id"] not in out]

    desk.before = delete
    of = Asked("incident", ("sys_id",), size=size)
    found = {stored(row, "sys_id") for batch in Keyset(desk.api()).sweep(of) for row in batch.items}
    assert found >= everyone(desk) - desk.hidden


@settings(deadline=None)
@given(seconds=apart, late=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 90)), max_size=6))
def test_what_is_committed_long_after_its_stamp_is_found_by_a_pass_that_begins_before_the_last_ones_end(
    seconds: list[int], late: list[tuple[int, int]]
) -> None:
    desk = filled(seconds)
    before = read(desk)
    for number, (age, _) in enumerate(late, 100):
        at = UNTIL - timedelta(seconds=min(age, 119))
        desk.add("incident", sys_id=ident(number), sys_updated_on=stamp(at), number="INC", state="1")
    assert before | read(desk, 3, UNTIL - timedelta(minutes=4), UNTIL) == everyone(desk)


@pytest.mark.parametrize("cut", ["error", "both", "truncated"])
def test_a_page_that_is_cut_short_or_cancelled_is_asked_again_for_less_and_is_no_end(cut: str) -> None:
    desk = filled([0] * 20 + [5] * 20)
    desk.slow, desk.cut = 2, cut
    assert read(desk, 16) == everyone(desk)


@pytest.mark.parametrize("cut", ["error", "both", "truncated"])
def test_a_row_that_no_answer_can_hold_is_told_by_its_id_and_the_others_are_read(cut: str) -> None:
    desk = filled([0, 0, 1, 1, 0, 2])
    desk.corrupt, desk.cut = {ident(2), ident(5)}, cut
    of = Asked("incident", COLUMNS, size=4)
    found = list(Keyset(desk.api()).changed(of, Place(START - SECOND), UNTIL))
    assert {stored(row, "sys_id") for batch in found for row in batch.items} == everyone(desk) - desk.corrupt
    assert {each for batch in found for each in batch.broken} == desk.corrupt


def test_a_time_that_takes_too_long_is_read_in_shorter_ones() -> None:
    desk = filled([3600] * 30)
    desk.longest = timedelta(hours=3)
    assert read(desk, 5) == everyone(desk)


def test_where_even_one_second_is_cancelled_the_table_is_left_for_later() -> None:
    desk = filled([1, 1])
    desk.longest = timedelta(0)
    with pytest.raises(RetryLater, match="one second"):
        read(desk)


def test_an_instance_that_takes_no_notice_of_a_filter_is_not_believed() -> None:
    desk = filled([1, 1, 1])
    desk.unknown = {"sys_updated_on"}
    with pytest.raises(SourceError, match="takes no notice"):
        read(desk, since=NOON - timedelta(hours=1))


def test_each_group_of_a_query_is_bounded() -> None:
    desk = filled([1, 1, 1, 1])
    desk.tables["incident"][0]["state"] = "7"
    desk.tables["incident"][1]["state"] = "6"
    assert read(desk, where="state=7^NQstate=6^ORDERBYnumber") == {ident(1), ident(2)}
    assert read(desk, since=START + SECOND, where="state=7^NQstate=6") == {ident(2)}


def test_rows_of_one_second_are_read_in_calls_that_grow_with_their_number() -> None:
    desk = filled([0] * 300)
    assert len(read(desk, 50)) == 300
    assert len(desk.asked) <= 300 / 50 * 2 + 6


def test_rows_that_come_again_behind_their_own_place_are_not_read_for_ever() -> None:
    desk = Desk()
    desk.add("incident", sys_id="0", sys_updated_on=stamp(START))
    desk.unknown = {"sys_id"}
    with pytest.raises(SourceError, match="rows behind a place"):
        list(Keyset(desk.api()).sweep(Asked("incident", COLUMNS)))


def test_a_table_that_counts_rows_without_end_and_shows_none_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = filled([])
    answer = desk.answer

    def endless(request: httpx.Request) -> httpx.Response:
        found = answer(request)
        found.headers["x-total-count"] = "9" * 30
        return found

    monkeypatch.setattr(desk, "answer", endless)
    with pytest.raises(SourceError, match="says that there are more rows, and shows none of the first"):
        list(Keyset(desk.api()).sweep(Asked("incident", COLUMNS)))
    assert len(desk.asked) < 400


def test_a_long_link_that_leads_nowhere_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = filled([0])
    answer, began = desk.answer, process_time()

    def linked(request: httpx.Request) -> httpx.Response:
        found = answer(request)
        found.headers["link"] = 60_000 * "<"
        return found

    monkeypatch.setattr(desk, "answer", linked)
    assert len(read(desk, 50)) == 1
    assert process_time() - began < 2
