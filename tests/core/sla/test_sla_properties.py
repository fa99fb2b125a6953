"""What holds for every ticket: random lives, judged at random instants."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar.instants import SECOND, to_us
from core.sla import shown
from core.sla.found import find
from core.sla.policy import Reopen
from core.sla.program import program
from core.sla.timeline import timeline
from core.sla.verdict import Judgement, State
from tests.core.sla.lives import (
    GRID,
    accountings,
    end,
    lives,
    reopens,
    rules,
    starts,
    tell,
    waits,
)


def stands(judgement: Judgement) -> list[Any]:
    return [
        (
            clock.id,
            clock.cycle,
            clock.state,
            clock.standing,
            clock.due_at,
            clock.breached_at,
            clock.confirmed,
            clock.since,
        )
        for clock in judgement.clocks
    ]


@given(starts, lives, reopens)
def test_judging_at_an_event_needs_nothing_of_what_comes_later(
    world: Any, start: int, life: list[Any], reopen: Reopen
) -> None:
    whole = tell(world, start, life)
    for number in range(len(life) + 1):
        part = tell(world, start, life[:number])
        last = [event.at for event in whole.events].count(end(part))
        if number < len(life) and last and whole.events[number].at == end(part):
            continue
        given_rules = rules(world, reopen)
        now = end(part)
        judged, expected = (world.judge(story, given_rules, now) for story in (whole, part))
        # What comes later is known of in one thing only: when to look again.
        looks = [expected.next_check_at, *[event.at for event in whole.events if event.at > now][:1]]
        assert judged.next_check_at == min((at for at in looks if at is not None), default=None)
        assert replace(judged, next_check_at=None) == replace(expected, next_check_at=None)


@settings(max_examples=200)
@given(starts, lives, reopens, accountings, waits, st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_nothing_changes_before_the_next_check_and_something_does_then(
    world: Any, start: int, life: list[Any], reopen: Reopen, accounting: str, wait: int, share: float
) -> None:
    story, given_rules = tell(world, start, life), rules(world, reopen, pause_accounting=accounting)
    now = end(story) + wait * GRID
    judged = world.judge(story, given_rules, now)
    following = judged.next_check_at
    until = following if following is not None else now + timedelta(days=60)
    assert until > now
    between = now + (until - now) * share
    if now < between < until:
        later = world.judge(story, given_rules, between)
        assert (stands(later), shown(later), later.next_check_at) == (stands(judged), shown(judged), following)
    if following is not None:
        assert stands(world.judge(story, given_rules, following)) != stands(judged)


@settings(max_examples=200)
@given(starts, lives, reopens, accountings, st.integers(0, 40), waits)
def test_a_clock_stands_throughout_a_pause_as_it_did_when_the_pause_began(
    world: Any, start: int, life: list[Any], reopen: Reopen, accounting: str, before: int, wait: int
) -> None:
    story, given_rules = tell(world, start, life), rules(world, reopen, pause_accounting=accounting)
    now = end(story) + before * GRID
    story.then(now, status="pending")
    first, later = (
        {clock.id: clock.standing for clock in world.judge(story, given_rules, at).clocks if clock.state == "paused"}
        for at in (now, now + wait * GRID)
    )
    assert first == later


@given(starts, lives, reopens, accountings)
def test_once_breached_a_clock_stays_so_while_its_target_stays(
    world: Any, start: int, life: list[Any], reopen: Reopen, accounting: str
) -> None:
    life = [(later, what) for later, what in life if what[0] != "priority"]
    story, given_rules = tell(world, start, life), rules(world, reopen, pause_accounting=accounting)
    breached: dict[Any, Any] = {}
    for now in [story.created, *(event.at for event in story.events), end(story) + timedelta(days=3)]:
        for clock in world.judge(story, given_rules, now).clocks:
            assert clock.breached_at == breached.get(clock.id, clock.breached_at)
            if clock.breached:
                breached[clock.id] = clock.breached_at
                assert clock.remaining_seconds is not None
                assert clock.remaining_seconds <= 0


@given(starts, lives, reopens, st.integers(0, 8))
def test_a_private_note_changes_nothing(world: Any, start: int, life: list[Any], reopen: Reopen, place: int) -> None:
    noted = [*life[:place], (0, ("note", "ann")), *life[place:]]
    plain, other = tell(world, start, life), tell(world, start, noted)
    # Identities of events differ by the note; restarted clocks are named after them.
    other.events = [replace(event, id=f"e{number}") for number, event in enumerate(_without_note(other, place), 1)]
    now = end(plain) + timedelta(hours=1)
    assert world.judge(other, rules(world, reopen), now) == world.judge(plain, rules(world, reopen), now)
    kept = tell(world, start, noted)
    assert [stand[1:] for stand in stands(world.judge(kept, rules(world, reopen), now))] == [
        stand[1:] for stand in stands(world.judge(plain, rules(world, reopen), now))
    ]


def _without_note(story: Any, place: int) -> list[Any]:
    return [event for number, event in enumerate(story.events) if number != min(place, len(story.events) - 1)]


@given(starts, lives, reopens, waits)
def test_the_stretches_of_a_clock_add_up_to_its_time(
    world: Any, start: int, life: list[Any], reopen: Reopen, wait: int
) -> None:
    story = tell(world, start, life)
    now = end(story) + wait * GRID
    given_rules = rules(world, reopen)
    ready = program(world.desk, given_rules)
    rows = timeline(story.history(), world.desk, ready, now)
    clocks = {clock.id: clock for clock in world.judge(story, given_rules, now).clocks}
    for found in find(ready, rows, to_us(now)):
        clock = next(c for c in clocks.values() if (c.id.metric, c.cycle) == (found.plan.name, found.number))
        sums = Counter[bool]()
        last = rows.at[found.cycle.first]
        for begin, stop, counted, _ in found.cycle.stretches:
            assert begin == last
            last = stop
            sums[counted] += world.office.elapsed_us(begin, stop)
        if clock.state is not State.CANCELLED:
            assert last == to_us(clock.completed_at or now)
        assert (clock.elapsed_seconds, clock.paused_seconds) == (sums[True] // SECOND, sums[False] // SECOND)
        assert clock.remaining_seconds == clock.target_seconds - clock.elapsed_seconds


@pytest.mark.parametrize("accounting", ["calendar", "wall_clock"])
@settings(max_examples=50)
@given(start=starts, life=lives, wait=waits)
def test_measuring_each_stretch_by_its_calendar_is_the_same_when_there_is_one(
    world: Any, accounting: str, start: int, life: list[Any], wait: int
) -> None:
    story = tell(world, start, life)
    now = end(story) + wait * GRID
    found = [
        world.judge(
            story,
            rules(world, Reopen.CONTINUE_EXCLUDING, calendar_change=change, pause_accounting=accounting),
            now,
        )
        for change in ("latest", "segment")
    ]
    assert found[0] == found[1]
