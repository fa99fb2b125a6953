"""What a helpdesk's log does not tell of single fields: nobody guesses it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.sla.ledger import explained
from core.sla.policy import Reopen
from core.sla.tried import tried
from core.sla.verdict import State

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def gaps(world: Any, story: Any, **told: Any) -> Any:
    return replace(
        story.history(), gaps={name: at if isinstance(at, datetime) else world.at(at) for name, at in told.items()}
    )


def test_a_clock_that_began_before_all_it_goes_by_was_told_is_unknown(world: Any) -> None:
    history = gaps(world, world.story().then("10:00", status="pending"), status="09:30")
    clock = world.clock(history, None, "11:00")
    assert (clock.state, clock.due_at) == (State.UNKNOWN, None)
    assert clock.reason == "the helpdesk's log does not tell all of 'status' before 2024-05-06T09:30:00Z"


def test_a_clock_that_began_later_is_known(world: Any) -> None:
    rules = world.rules(world.policy(metrics={"resolution": world.resolution(reopen=Reopen.RESTART)}))
    story = world.story().then("10:00", status="solved").then("12:00", status="open")
    first, second = world.judge(gaps(world, story, status="11:00"), rules, "12:30").clocks
    assert (first.state, second.state) == (State.UNKNOWN, State.RUNNING)


@pytest.mark.parametrize("told", [{"field:region": "12:00"}, {"status": "09:00"}])
def test_a_gap_in_what_a_clock_does_not_go_by_or_before_its_ticket_is_none(world: Any, told: Any) -> None:
    assert world.clock(gaps(world, world.story(), **told), None, "11:00").state is State.RUNNING


def test_where_nobody_tells_what_was_written_only_clocks_that_wait_for_it_are_unknown(world: Any) -> None:
    metrics = {"first_response": world.first_response(), "resolution": world.resolution()}
    rules = world.rules(world.policy(metrics=metrics))
    history = gaps(world, world.story(), comments=NEVER)
    states = {each.id.metric: each.state for each in world.judge(history, rules, "10:00").clocks}
    assert states == {"first_response": State.UNKNOWN, "resolution": State.RUNNING}


def test_when_a_ticket_was_resolved_is_not_guessed(world: Any) -> None:
    story = world.story().then("10:00", status="solved")
    assert world.judge(story, None, "12:00").normal.resolved_at == world.at("10:00")
    assert world.judge(gaps(world, story, status="11:00"), None, "12:00").normal.resolved_at is None


def test_a_plan_and_an_explanation_say_so_too(world: Any) -> None:
    history, rules = gaps(world, world.story(), status="09:30"), world.rules()
    assert {str(each.outcome) for each in tried(history, world.desk, rules, world.at("11:00")).clocks} == {"unknown"}
    assert {each.unknown for each in explained(history, world.desk, (rules,), world.at("11:00"))} == {"gap"}
