"""Pauses that move the due instant by their whole length: what a clock owes, and how it stands meanwhile."""

from typing import Any

import pytest

from core.sla.verdict import Standing, State

HOUR = 3600


def rules(world: Any, target: int, **more: Any) -> Any:
    """Rules with one resolution clock."""
    return world.rules(
        world.policy(metrics={"resolution": world.resolution(target, pause_accounting="wall_clock", **more)})
    )


@pytest.mark.parametrize("now", ["16:45", "16:50", "18:00", "Tue 08:00", "Tue 10:00"])
def test_a_paused_clock_stands_as_it_did_when_the_pause_began(world: Any, now: str) -> None:
    story = world.story("16:00").then("16:45", status="pending")
    clock = world.clock(story, rules(world, HOUR), now)
    assert (clock.state, clock.standing, clock.next_check_at) == (State.PAUSED, Standing.AT_RISK, None)


def test_a_clock_that_goes_on_stands_as_it_must_by_then(world: Any) -> None:
    story = world.story("16:00").then("16:45", status="pending").then("19:00", status="open")
    clock = world.clock(story, rules(world, HOUR), "20:00")
    assert (clock.standing, clock.remaining_seconds) == (Standing.ON_TRACK, 900 + 2 * HOUR)


def test_a_second_status_that_pauses_is_the_same_pause(world: Any) -> None:
    story = world.story("16:00").then("16:45", status="pending").then("18:00", status="hold")
    given = rules(world, HOUR, pause_in=world.patterns("waiting"), calendar_change="segment")
    assert world.clock(story, given, "19:00").standing is Standing.AT_RISK


def test_time_used_is_below_zero_while_pauses_are_owed(world: Any) -> None:
    story = world.story("17:00").then("18:00", status="pending").then("20:00", status="open")
    clock = world.clock(story, rules(world, 8 * HOUR), "21:00")
    assert (clock.elapsed_seconds, clock.remaining_seconds) == (-2 * HOUR, 10 * HOUR)
    assert clock.due_at == world.at("Wed 11:00")


def test_a_pause_after_the_due_instant_gives_nothing_back(world: Any) -> None:
    story = world.story("16:00").then("16:45", status="pending")
    for now in ("16:45", "16:50", "23:00", "Tue 08:00"):
        clock = world.clock(story, rules(world, 1800), now)
        assert (clock.breached_at, clock.elapsed_seconds, clock.remaining_seconds) == (world.at("16:30"), 2700, -900)
    solved = world.clock(story.then("Tue 09:00", status="solved"), rules(world, 1800), "Tue 10:00")
    assert (solved.standing, solved.due_at, solved.elapsed_seconds) == (Standing.BREACHED, world.at("16:30"), 2700)
    assert (solved.paused_seconds, solved.paused_wall_seconds) == (900, 16 * HOUR + 900)


def test_pauses_before_the_due_instant_are_still_owed_when_it_is_breached(world: Any) -> None:
    story = (
        world.story("16:00")
        .then("16:10", status="pending")
        .then("18:10", status="open")
        .then("Tue 11:00", status="pending")
        .then("Tue 18:00", status="open")
    )
    clock = world.clock(story, rules(world, 1800), "Wed 09:00")
    # Ten minutes until the pause, and of its two hours the 70 minutes outside the office are owed.
    assert (clock.breached_at, clock.elapsed_seconds) == (world.at("Tue 10:30"), 3600)
