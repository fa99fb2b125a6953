"""What is usual in a helpdesk, hour by hour of the week, and which silence is too long."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.flows.quiet import LEAST, silence, usual

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 5, 11, tzinfo=BERLIN)
MINUTE = timedelta(minutes=1)


def worked(until: datetime, *, every: float = 5, days: int = 28, hours: range = range(8, 18), seed: int = 1):
    """Return instants in office hours, on average so many minutes apart."""
    chance, found, at = random.Random(seed), [], until - timedelta(days=days)
    while at < until:
        local = at.astimezone(BERLIN)
        if local.weekday() < 5 and local.hour in hours:
            found.append(at.astimezone(UTC))
        at += MINUTE * chance.expovariate(1 / every)
    return found


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return (MONDAY + timedelta(days=day)).replace(hour=hour, minute=minute).astimezone(UTC)


def always(_: datetime) -> bool:
    return True


def test_a_silence_of_three_times_the_usual_gap_is_too_long_and_a_shorter_one_is_not() -> None:
    known = usual(worked(at(0, 0)), at(0, 0), BERLIN)
    assert known is not None
    gap = known.gaps[14]
    assert timedelta(minutes=5) < gap < timedelta(minutes=40)
    bound = max(3 * gap, LEAST)
    last = at(0, 14, 59) - bound
    assert silence(known, last + 2 * MINUTE, at(0, 14, 59), always) is None
    found = silence(known, last - 2 * MINUTE, at(0, 14, 59), always)
    assert found is not None
    assert found[1] == gap


def test_a_night_and_a_weekend_are_no_silence() -> None:
    known = usual(worked(at(0, 0)), at(0, 0), BERLIN)
    assert known is not None
    friday = at(-3, 17, 55)
    for when in (at(-3, 23), at(-2, 12), at(-1, 9), at(0, 5), at(0, 8, 5)):
        assert silence(known, friday, when, always) is None
    assert silence(known, friday, at(0, 9, 59), always) is not None


def test_a_day_that_the_calendars_close_is_none_either() -> None:
    known = usual(worked(at(0, 0)), at(0, 0), BERLIN)
    assert known is not None

    def open_after_tuesday(when: datetime) -> bool:
        return when >= at(1, 0)

    assert silence(known, at(-3, 17, 55), at(0, 15), open_after_tuesday) is None
    assert silence(known, at(-3, 17, 55), at(1, 8, 10), open_after_tuesday) is None
    assert silence(known, at(-3, 17, 55), at(1, 11), open_after_tuesday) is not None


def test_too_small_a_sample_says_nothing() -> None:
    assert usual([], at(0, 0), BERLIN) is None
    assert usual(worked(at(0, 0), every=90), at(0, 0), BERLIN) is None
    assert usual(worked(at(0, 0), days=20), at(0, 0), BERLIN) is None


def test_an_hour_in_which_something_happens_now_and_then_is_not_a_busy_one() -> None:
    instants = worked(at(0, 0))
    now_and_then = [at(-21, 22), at(-14, 22)]
    known = usual(sorted([*instants, *now_and_then]), at(0, 0), BERLIN)
    assert known is not None
    assert 22 not in known.gaps
    assert silence(known, at(0, 12), at(0, 22, 30), always) is None


@pytest.mark.parametrize("seed", range(5))
def test_weeks_of_ordinary_work_make_no_false_alarm(seed: int) -> None:
    """Two more weeks like the four before, looked at every ten minutes."""
    instants = worked(at(14, 0), every=6, days=42, seed=seed)
    known = usual([each for each in instants if each < at(0, 0)], at(0, 0), BERLIN)
    assert known is not None
    alarms = 0
    when, index = at(0, 0), 0
    while when < at(14, 0):
        while index < len(instants) and instants[index] <= when:
            index += 1
        alarms += silence(known, instants[index - 1], when, always) is not None
        when += 10 * MINUTE
    assert alarms == 0


def test_the_hour_goes_by_the_wall_clock_where_people_work_when_clocks_change() -> None:
    """The last Sunday of October lies between the four weeks and the Monday after."""
    monday = datetime(2026, 10, 26, 8, 30, tzinfo=BERLIN)
    until = datetime(2026, 10, 25, 23, tzinfo=BERLIN)
    known = usual(worked(until.astimezone(UTC)), until.astimezone(UTC), BERLIN)
    assert known is not None
    friday = datetime(2026, 10, 23, 17, 55, tzinfo=BERLIN).astimezone(UTC)
    assert silence(known, friday, datetime(2026, 10, 26, 7, 30, tzinfo=BERLIN).astimezone(UTC), always) is None
    assert silence(known, friday, (monday - timedelta(minutes=25)).astimezone(UTC), always) is None
