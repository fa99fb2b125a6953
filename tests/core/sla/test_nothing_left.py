"""Due instants of clocks that go on, or are done, with exactly nothing left."""

from datetime import timedelta
from typing import Any

import pytest

from core.calendar import Calendar
from core.sla.policy import CalendarChoice
from core.sla.verdict import Standing

HOUR = 3600
LATE = Calendar(name="late", timezone="UTC", weekly=(((12 * HOUR, 20 * HOUR),),) * 7)


def only(world: Any, metric: Any) -> Any:
    """Rules with one resolution clock."""
    return world.rules(world.policy(metrics={"resolution": metric}))


@pytest.mark.parametrize(("paused", "resumed"), [("17:00", "18:00"), ("17:00", "Tue 08:00"), ("18:00", "20:00")])
def test_paused_with_nothing_left_and_taken_up_in_closed_hours_is_due_at_the_closing_time_before(
    world: Any, paused: str, resumed: str
) -> None:
    rules = only(world, world.resolution(HOUR, pause_in=world.patterns("waiting")))
    story = (
        world.story("10:00").then("11:00", status="hold").then(paused, status="pending").then(resumed, status="open")
    )
    going_on = world.at(resumed) + timedelta(microseconds=1)
    closing = world.at("17:00")
    clock = world.clock(story, rules, resumed)
    assert (clock.due_at, clock.breached, clock.next_check_at) == (closing, False, going_on)
    later = world.clock(story, rules, going_on)
    assert (later.due_at, later.breached, later.breached_at) == (closing, True, world.at(resumed))
    solved = world.clock(story.then(resumed, status="solved"), rules, "Tue 12:00")
    assert (solved.due_at, solved.standing) == (closing, Standing.MET)


def test_a_breach_of_a_clock_taken_up_with_nothing_left_is_confirmed_from_then_on(world: Any) -> None:
    story = world.story("16:00").then("17:00", status="pending").then("18:00", status="open")
    rules = only(world, world.resolution(HOUR))
    confirmed = [
        world.clock(story.history(horizon), rules, "20:00").confirmed for horizon in ("17:30", "18:00", "18:00:01")
    ]
    assert confirmed == [False, False, True]


def test_paused_and_solved_with_nothing_left_was_due_at_the_closing_time_before(world: Any) -> None:
    rules = only(world, world.resolution(HOUR))
    story = world.story().then("10:00", status="pending").then("20:00", status="solved")
    clock = world.clock(story, rules, "21:00")
    assert (clock.due_at, clock.standing, clock.remaining_seconds) == (world.at("17:00"), Standing.MET, 0)


def test_nothing_left_when_the_calendar_changes_is_due_when_it_was_used_up(world: Any) -> None:
    choice = CalendarChoice("office", "field:site", {"Night": "late"})
    metric = world.resolution(HOUR, calendar_change="segment")
    rules = world.rules(
        world.policy(metrics={"resolution": metric}, calendar=choice),
        calendars={"office": world.office, "late": LATE},
    )
    # The late desk closed long before: what it was open then is no matter.
    story = world.story("10:00").then("11:00", status="pending", field__site="Night").then("11:30", status="open")
    clock = world.clock(story, rules, "11:45")
    assert (clock.due_at, clock.breached_at) == (world.at("11:00"), world.at("11:30"))


def test_a_calendar_that_comes_with_the_completion_counts_from_there_on(world: Any) -> None:
    choice = CalendarChoice("office", "field:site", {"Night": "late"})
    metric = world.resolution(4 * HOUR, calendar_change="segment")
    rules = world.rules(
        world.policy(metrics={"resolution": metric}, calendar=choice),
        calendars={"office": world.office, "late": LATE},
    )
    story = world.story("09:00").then("10:00", status="solved", field__site="Night")
    assert world.clock(story, rules, "11:00").due_at == world.at("15:00")
