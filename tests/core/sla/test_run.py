"""The automaton on rows of integers."""

import pytest

from core.sla.run import (
    CANCELLED,
    ENDED,
    ENDS,
    EXCLUDING,
    GONE,
    INCLUDING,
    MAYBE,
    PAUSES,
    RESTART,
    RUNNING,
    STOPPED,
    STOPS,
    UNCLEAR,
    UNKNOWN,
    UNMATCHED,
    run,
)


def lives(*rows: tuple[int, int], reopen: int = EXCLUDING, now: int = 100) -> list[tuple[int, int, int]]:
    """Return (first row, last row, state) of every cycle."""
    at, masks = zip(*rows, strict=True)
    return [(cycle.first, cycle.last, cycle.state) for cycle in run(at, masks, now, reopen)]


@pytest.mark.parametrize("reopen", [EXCLUDING, INCLUDING, RESTART])
def test_a_clock_that_was_completed_stays_so_when_its_ticket_is_cancelled(reopen: int) -> None:
    assert lives((0, 0), (10, STOPS), (20, GONE), reopen=reopen) == [(0, 1, STOPPED)]


def test_a_reply_on_a_cancelled_ticket_completes_nothing() -> None:
    assert lives((0, 0), (10, GONE), (20, GONE | ENDS)) == [(0, 1, CANCELLED)]


def test_a_reply_that_cancels_the_ticket_completes_the_clock() -> None:
    assert lives((0, 0), (10, GONE | ENDS)) == [(0, 1, ENDED)]


def test_what_nobody_understands_after_a_completion_may_be_a_reopening() -> None:
    assert lives((0, 0), (10, STOPS), (20, UNCLEAR)) == [(0, 2, UNKNOWN)]
    assert lives((0, 0), (10, STOPS), (20, UNCLEAR), reopen=RESTART) == [(0, 1, STOPPED)]


def test_a_completed_clock_survives_its_start_condition() -> None:
    assert lives((0, 0), (10, STOPS), (20, UNMATCHED)) == [(0, 1, STOPPED)]


def test_a_clock_whose_start_condition_ends_begins_anew() -> None:
    assert lives((0, UNMATCHED), (10, 0), (20, UNMATCHED), (30, PAUSES), (40, 0)) == [(3, 4, RUNNING)]
    assert lives((0, 0), (20, UNMATCHED)) == []


def test_the_first_comment_that_might_complete_it_is_remembered_for_each_cycle() -> None:
    rows = [(0, 0), (5, MAYBE), (7, MAYBE), (10, STOPS), (15, STOPS | MAYBE), (20, 0), (30, MAYBE | PAUSES)]
    at, masks = zip(*rows, strict=True)
    assert [cycle.maybe for cycle in run(at, masks, 100, RESTART)] == [5, 30]
    assert [cycle.maybe for cycle in run(at, masks, 100, EXCLUDING)] == [5]


def test_a_comment_before_a_new_beginning_is_forgotten() -> None:
    at, masks = (0, 5, 10, 20), (0, MAYBE, UNMATCHED, 0)
    assert [cycle.maybe for cycle in run(at, masks, 100, EXCLUDING)] == [None]


def test_two_rows_at_one_instant_are_taken_in_their_order() -> None:
    assert lives((0, 0), (10, STOPS), (10, 0), reopen=RESTART) == [(0, 1, STOPPED), (2, 2, RUNNING)]
