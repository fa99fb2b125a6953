"""When somebody is told that a connection is behind, and when it only has to catch up."""

from datetime import UTC, datetime, timedelta

from core.flows.lag import Catching, follow

NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)
ALLOWED = timedelta(minutes=15)


def looks(*seen: float | str | None) -> list[bool]:
    """Return whether it was late at each look, a minute apart. seen: minutes behind; `away`: it refuses."""
    standing, told = Catching(), []
    for minute, each in enumerate(seen):
        behind = timedelta(minutes=each) if isinstance(each, int | float) else None
        at = NOON + timedelta(minutes=minute)
        standing = follow(standing, behind, ALLOWED, at, away=each == "away")
        told.append(standing.late)
    return told


def test_what_was_well_is_late_as_soon_as_it_is_further_behind_than_allowed() -> None:
    assert looks(1, 14, 15, 16, 17, 3) == [False, False, False, True, True, False]


def test_what_was_away_is_given_time_to_catch_up_and_more_for_as_long_as_it_does() -> None:
    assert not any(looks(1, "away", "away", *range(600, 20, -5), 3))
    assert not any(looks(*range(600, 20, -5), 3))
    stuck = looks(1, "away", *[600] * 30)
    assert stuck.index(True) == 2 + 16


def test_a_gap_that_only_seems_to_shrink_is_late() -> None:
    saw = looks(1, "away", *[30, 31, 30.5, 31.5] * 10)
    assert saw.index(True) == 2 + 16


def test_it_stays_late_while_it_refuses_and_until_it_has_caught_up() -> None:
    assert looks(1, 16, "away", 90, 60, 20, 15) == [False, True, True, True, True, True, False]


def test_what_was_never_read_to_its_end_is_not_behind() -> None:
    assert looks(None, None, 700, None) == [False, False, False, False]
