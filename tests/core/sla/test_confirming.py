"""A breach is confirmed where nothing that may still turn up can take it back."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sla.policy import Target
from core.tickets import Priority

HOUR = 3600


def rules(world: Any) -> Any:
    targets = {Priority.CRITICAL: Target(seconds=HOUR // 2), None: Target(seconds=2 * HOUR)}
    return world.rules(world.policy(metrics={"first_response": world.first_response(targets=targets)}))


@pytest.mark.parametrize(("horizon", "sure"), [("09:45", False), ("10:00", False), ("10:00:01", True)])
def test_what_a_raised_priority_makes_late_is_sure_when_all_before_it_is_known(
    world: Any, horizon: str, sure: bool
) -> None:
    story = world.story(priority="normal").then("10:00", priority="urgent")
    clock = world.clock(story.history(horizon), rules(world), "10:05", metric="first_response")
    assert (clock.breached, clock.confirmed) == (True, sure)
    assert clock.breached_at == world.at("09:30")


def test_what_was_late_before_stays_so_whatever_happens_behind_the_horizon(world: Any) -> None:
    story = world.story(priority="normal").then("11:30", priority="urgent")
    clock = world.clock(story.history("11:10"), rules(world), "11:40", metric="first_response")
    assert (clock.breached_at, clock.confirmed) == (world.at("09:30"), True)


acts = st.lists(
    st.tuples(st.integers(1, 300), st.sampled_from(["urgent", "normal", "reply", "pending", "open"])), max_size=8
)


@settings(max_examples=150, deadline=None)
@given(acts=acts, hidden=st.sets(st.integers(0, 7)), horizon=st.integers(1, 301))
def test_no_confirmed_breach_is_taken_back_by_what_was_still_to_come(
    world: Any, acts: list[tuple[int, str]], hidden: set[int], horizon: int
) -> None:
    """What lies behind the horizon may be known in part; then all of it is."""
    acts = sorted(acts)
    after = {minute for minute, _ in acts if minute >= horizon}

    def told(parts: list[tuple[int, str]]) -> Any:
        story = world.story("09:00", priority="normal")
        for minute, act in parts:
            at = world.at(f"{9 + minute // 60:02}:{minute % 60:02}")
            if act == "reply":
                story = story.says(at, "ann")
            elif act in {"pending", "open"}:
                story = story.then(at, status=act)
            else:
                story = story.then(at, priority=act)
        return story

    seen = [each for index, each in enumerate(acts) if not (each[0] in after and index in hidden)]
    mark = world.at(f"{9 + horizon // 60:02}:{horizon % 60:02}")
    before = world.clock(told(seen).history(mark), rules(world), "15:00", metric="first_response")
    if not (before.breached and before.confirmed):
        return
    cut = [each for each in acts if each[0] < horizon]
    at_the_horizon = world.clock(told(cut).history(), rules(world), mark, metric="first_response")
    assert at_the_horizon.breached
