"""A revision that restates part of the past: which clocks that were over are judged by it."""

from dataclasses import replace
from typing import Any

import pytest

from core.sla.policy import Agreement, Restating

HOUR = 3600


def two(world: Any, **restating: Any) -> Any:
    """A revision, and one of ten o'clock with a minute for each reply that restates what is said."""
    old = world.rules(world.policy(), customers={("acme", "acme"): "acme"})
    metrics = {"first_response": world.first_response(60), "resolution": world.resolution(HOUR)}
    new = world.rules(world.policy(metrics=metrics), revision=2, applied_at="10:00", customers=old.customers)
    return old, replace(new, restates=Restating(**restating))


@pytest.mark.parametrize(
    ("restating", "revision"),
    [
        ({"since": "09:30"}, 2),
        ({"since": "09:31"}, 1),
        ({"policies": frozenset({"gold"})}, 2),
        ({"policies": frozenset({"silver"})}, 1),
        ({"calendars": frozenset({"office"})}, 2),
        ({"calendars": frozenset({"always"})}, 1),
        ({"customers": frozenset({"acme"})}, 2),
        ({"customers": frozenset({"other"})}, 1),
        ({"since": "09:00", "policies": frozenset({"gold"}), "customers": frozenset({"acme"})}, 2),
        ({"since": "09:31", "policies": frozenset({"gold"})}, 1),
        ({"policies": frozenset({"gold"}), "calendars": frozenset({"always"})}, 1),
    ],
)
def test_a_clock_that_was_over_is_restated_when_it_is_meant(world: Any, restating: Any, revision: int) -> None:
    given = {name: world.at(value) if name == "since" else value for name, value in restating.items()}
    story = world.story(organisation="7").says("09:30", "ann")
    first, resolution = world.judge(story, two(world, **given), "11:00").clocks
    assert (first.revision, first.breached) == (revision, revision == 2)
    assert resolution.revision == 2


def test_restating_a_policy_moves_clocks_into_it_and_out_of_it(world: Any) -> None:
    story = world.story().says("09:30", "ann")
    old = world.rules(world.policy("silver"))
    new = world.rules(world.policy("gold"), revision=2, applied_at="10:00")
    for name in ("silver", "gold"):
        restates = replace(new, restates=Restating(policies=frozenset({name})))
        clocks = world.judge(story, (old, restates), "11:00").clocks
        assert [(clock.id.policy, clock.revision) for clock in clocks] == [("gold", 2), ("gold", 2)]
    other = replace(new, restates=Restating(policies=frozenset({"bronze"})))
    assert world.judge(story, (old, other), "11:00").clocks[1].id.policy == "silver"


def test_a_policy_that_is_gone_takes_the_clocks_with_it_that_are_restated(world: Any) -> None:
    story = world.story().says("09:30", "ann")
    gone = world.rules(world.policy("other", agreement=Agreement.OLA), revision=2)
    gone = replace(gone, applied_at=world.at("10:00"))
    restates = replace(gone, restates=Restating(policies=frozenset({"gold"})))
    clocks = world.judge(story, (world.rules(world.policy()), restates), "11:00").clocks
    assert {clock.id.policy for clock in clocks} <= {"other"}


def test_a_clock_that_is_not_over_any_more_by_the_restating_revision_runs_on(world: Any) -> None:
    old, _ = two(world)
    taken = {"first_response": world.first_response(stop_on=frozenset({"assign"}))}
    new = world.rules(world.policy(metrics=taken), revision=2, applied_at="10:00")
    restates = replace(new, restates=Restating(since=world.at("09:00")))
    (clock,) = world.judge(world.story().says("09:30", "ann"), (old, restates), "11:00").clocks
    assert (clock.id.metric, clock.state, clock.revision) == ("first_response", "running", 2)


def test_what_was_restated_stays_so_under_later_revisions(world: Any) -> None:
    old, new = two(world, policies=frozenset({"gold"}))
    later = world.rules(world.policy(), revision=3, applied_at="12:00")
    story = world.story().says("09:30", "ann")
    first, resolution = world.judge(story, (old, new, later), "13:00").clocks
    assert (first.revision, first.breached) == (2, True)
    assert resolution.revision == 3
    again = replace(later, restates=Restating(since=world.at("09:30")))
    first, _ = world.judge(story, (old, new, again), "13:00").clocks
    assert (first.revision, first.breached) == (3, False)


def test_naming_nothing_restates_everything(world: Any) -> None:
    story = world.story().says("09:30", "ann").then("09:45", status="solved")
    assert {clock.revision for clock in world.judge(story, two(world), "11:00").clocks} == {2}
    assert Restating().everything
    assert not Restating(customers=frozenset({"acme"})).everything


def test_a_revision_in_which_nothing_happened_hides_none_of_those_after_it(world: Any) -> None:
    metrics = {"resolution": world.resolution(9 * 3600)}
    given = [
        world.rules(world.policy(metrics=metrics), revision=number, applied_at=at)
        for number, at in ((1, "08:00"), (2, "11:00"), (3, "12:00"), (4, "14:00"))
    ]
    story = world.story().then("12:30", status="solved")
    (clock,) = world.judge(story, given, "15:00").clocks
    assert (clock.revision, clock.completed_at) == (3, world.at("12:30"))
