"""The site's own SLA clock: cycles, goals and pauses, and the hours that they count."""

from datetime import UTC, date, datetime

import pytest

from connectors.jira.emulator.hours import ALWAYS, Hours, after, counted, is_open
from connectors.jira.emulator.sla_clock import Goal, Metric, Moment, read

HOUR = 3_600_000
OFFICE = Hours("Europe/Berlin", tuple((day, 9 * 60, 17 * 60) for day in range(5)), frozenset({date(2026, 4, 6)}))
PAUSED = frozenset({"Waiting for customer", "Pending"})
RESOLUTION = Metric(
    "1", "Time to resolution", "customfield_10020", False, PAUSED, {"1": Goal(4 * HOUR)}, Goal(40 * HOUR)
)
RESPONSE = Metric("2", "Time to first response", "customfield_10021", True, PAUSED, {}, Goal(8 * HOUR))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_reopened_issue_has_a_cycle_behind_it_and_a_new_one() -> None:
    moments = [
        Moment(1_771_189_653_902, "Waiting for support", "4", False),
        Moment(1_771_207_422_840, "Waiting for support", "4", False, answered=True),
        Moment(1_771_220_524_549, "In Progress", "4", False),
        Moment(1_771_220_756_427, "Pending", "4", False),
        Moment(1_771_259_871_388, "Resolved", "4", True),
        Moment(1_772_452_801_343, "Reopened", "4", False),
    ]
    found = read(RESOLUTION, moments)
    (done,) = found.completed
    assert done.stop == 1_771_259_871_388
    assert done.elapsed(done.stop) == 31_102_525
    assert done.breach() == 1_771_372_768_863
    assert not done.breached(done.stop)
    assert found.ongoing is not None
    assert found.ongoing.start == 1_772_452_801_343
    assert found.ongoing.breach() == 1_772_596_801_343
    assert found.ongoing.elapsed(1_772_452_801_343 + 1500) == 1500


def test_the_first_response_ends_with_an_answer_and_never_starts_again() -> None:
    moments = [
        Moment(0, "Open", None, False),
        Moment(HOUR, "Open", None, False, answered=True),
        Moment(2 * HOUR, "Resolved", None, True),
        Moment(3 * HOUR, "Open", None, False),
    ]
    found = read(RESPONSE, moments)
    assert [(one.start, one.stop) for one in found.completed] == [(0, HOUR)]
    assert found.ongoing is None


def test_a_paused_clock_has_no_breach_before_it_goes_on_unless_it_breached_already() -> None:
    waits = [Moment(0, "Open", "1", False), Moment(HOUR, "Pending", "1", False)]
    ongoing = read(RESOLUTION, waits).ongoing
    assert ongoing is not None
    assert ongoing.since is None
    assert ongoing.breach() is None
    assert ongoing.elapsed(9 * HOUR) == HOUR
    late = read(RESOLUTION, [waits[0], Moment(5 * HOUR, "Pending", "1", False)]).ongoing
    assert late is not None
    assert late.breach() == 4 * HOUR
    assert late.breached(5 * HOUR)


def test_a_change_of_priority_gives_the_running_cycle_its_goal_and_keeps_what_elapsed() -> None:
    ongoing = read(RESOLUTION, [Moment(0, "Open", "4", False), Moment(HOUR, "Open", "1", False)]).ongoing
    assert ongoing is not None
    assert ongoing.breach() == 4 * HOUR
    assert ongoing.elapsed(2 * HOUR) == 2 * HOUR


def test_an_issue_that_was_never_open_has_no_cycle() -> None:
    found = read(RESOLUTION, [Moment(0, "Done", None, True)])
    assert found.completed == ()
    assert found.ongoing is None


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-06T15:00", "2026-03-09T09:00", 2),  # Friday 16:00 to Monday 10:00 in Berlin
        ("2026-03-27T15:00", "2026-03-30T08:00", 2),  # the same over the clock change
        ("2026-04-03T08:00", "2026-04-07T08:00", 8),  # a holiday between
        ("2026-03-07T00:00", "2026-03-08T23:00", 0),
    ],
)
def test_office_hours_are_counted(start: str, end: str, hours: int) -> None:
    assert counted(OFFICE, at(start), at(end)) == hours * HOUR


def test_the_end_of_a_goal_is_found_in_open_time() -> None:
    assert after(OFFICE, at("2026-03-06T15:00"), 2 * HOUR) == at("2026-03-09T09:00")
    assert after(ALWAYS, 5, 7) == 12
    assert after(Hours("UTC", ((0, 60, 60),)), 0, 1) is None


def test_opening_hours_are_half_open() -> None:
    assert is_open(OFFICE, at("2026-03-06T08:00"))
    assert not is_open(OFFICE, at("2026-03-06T16:00"))
    assert is_open(ALWAYS, 0)


def test_a_clock_goes_on_after_a_pause_where_it_stopped() -> None:
    waits = [
        Moment(0, "Open", "1", False),
        Moment(HOUR, "Pending", "1", False),
        Moment(3 * HOUR, "Open", "1", False),
    ]
    ongoing = read(RESOLUTION, waits).ongoing
    assert ongoing is not None
    assert ongoing.breach() == 6 * HOUR
    assert ongoing.elapsed(4 * HOUR) == 2 * HOUR
