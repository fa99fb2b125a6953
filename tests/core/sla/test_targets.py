"""Which share of the past each candidate target would have kept."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sla.targets import PERCENT, STEPS, Candidate, rounded_up, spread

MINUTE, HOUR = 60, 3600
TIMES = st.lists(st.integers(0, 200 * HOUR), max_size=30)


def test_each_candidate_counts_what_was_in_time_what_was_late_and_what_may_yet_be() -> None:
    found = spread([20 * MINUTE, HOUR, HOUR + 1, 3 * HOUR], going=[10 * MINUTE, 90 * MINUTE])
    by_target = {one.seconds: one for one in found.candidates}
    assert (found.finished, found.going) == (4, 2)
    assert list(by_target) == [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR]
    assert by_target[HOUR] == Candidate(HOUR, met=2, missed=3, undecided=1)
    assert by_target[HOUR].attained == 0.4
    assert by_target[4 * HOUR] == Candidate(4 * HOUR, met=4, missed=0, undecided=2)


def test_what_took_exactly_the_target_was_in_time() -> None:
    (one,) = (one for one in spread([HOUR]).candidates if one.seconds == HOUR)
    assert (one.met, one.missed) == (1, 0)


@pytest.mark.parametrize("going", [[], [HOUR]])
def test_where_nothing_was_ever_finished_no_target_is_enough(going: list[int]) -> None:
    found = spread([], going)
    assert (found.finished, found.going, found.enough) == (0, len(going), {})
    assert all(one.met == 0 for one in found.candidates)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, 5 * MINUTE),
        (1, 5 * MINUTE),
        (11 * MINUTE, 15 * MINUTE),
        (HOUR, HOUR),
        (HOUR + 1, 75 * MINUTE),
        (5 * HOUR + 1, 5 * HOUR + 30 * MINUTE),
        (8 * HOUR + 1, 9 * HOUR),
        (40 * HOUR, 40 * HOUR),
        (40 * HOUR + 1, 44 * HOUR),
    ],
)
def test_a_target_is_rounded_up_to_one_that_a_person_would_write(seconds: int, told: int) -> None:
    assert rounded_up(seconds) == told


def test_the_least_target_for_a_share_is_found() -> None:
    found = spread([minutes * MINUTE for minutes in range(1, 101)])
    assert {percent: one.seconds // MINUTE for percent, one in found.enough.items()} == {80: 90, 90: 90, 95: 105}


def test_a_share_that_clocks_which_are_late_already_forbid_is_not_promised() -> None:
    assert spread([HOUR] * 8, going=[100 * HOUR] * 3).enough == {}
    assert set(spread([HOUR] * 8, going=[100 * HOUR]).enough) == {80}


@given(TIMES, TIMES)
def test_a_longer_target_never_keeps_less_and_every_clock_is_counted_once(
    finished: list[int], going: list[int]
) -> None:
    found = spread(finished, going)
    shares = [one.attained for one in found.candidates if one.attained is not None]
    assert shares == sorted(shares)
    assert {one.met + one.missed + one.undecided for one in found.candidates} == {len(finished) + len(going)}
    assert [one.seconds for one in found.candidates] == sorted(set(STEPS) & {one.seconds for one in found.candidates})
    for percent in PERCENT:
        enough = found.enough.get(percent)
        if enough is not None:
            assert enough.attained is not None
            assert enough.attained >= percent / 100
            shorter = max((taken for taken in finished if rounded_up(taken) < enough.seconds), default=None)
            if shorter is not None:
                met = sum(taken <= shorter for taken in finished)
                decided = len(finished) + sum(taken > shorter for taken in going)
                assert met < ceil(decided * percent / 100)
