"""What ends a first response, and what does not."""

from dataclasses import replace
from typing import Any

import pytest

from core.sla.history import RoleSpan
from core.sla.verdict import Standing, State
from core.tickets import Comment


def state(world: Any, story: Any, **more: Any) -> State:
    return world.clock(story, None, "12:00", metric="first_response", **more).state


def test_a_public_comment_of_an_agent_completes_it(world: Any) -> None:
    clock = world.clock(world.story().says("09:30", "ann"), None, "12:00", metric="first_response")
    assert (clock.state, clock.standing, clock.elapsed_seconds) == (State.COMPLETED, Standing.MET, 1800)
    assert clock.completed_at == world.at("09:30")
    assert clock.due_at == world.at("10:00")


@pytest.mark.parametrize(
    ("author", "more"),
    [
        pytest.param("cat", {}, id="customer"),
        pytest.param("ann", {"public": False}, id="private note"),
        pytest.param("ann", {"automated": True}, id="automated"),
        pytest.param("hub", {}, id="the hub itself"),
        pytest.param("-1", {}, id="the source itself"),
        pytest.param(None, {}, id="nobody"),
    ],
)
def test_other_comments_do_not(world: Any, author: str | None, more: dict[str, Any]) -> None:
    judgement = world.judge(world.story().says("09:30", author, **more), None, "09:40")
    assert {clock.state for clock in judgement.clocks} == {State.RUNNING}
    assert judgement.pending_since is None


def test_an_agent_who_asked_does_not_answer_himself(world: Any) -> None:
    story = world.story(requester="ann").says("09:30", "ann")
    assert state(world, story) is State.RUNNING
    assert state(world, story.says("09:40", "bob")) is State.COMPLETED


def test_the_requester_at_that_moment_counts(world: Any) -> None:
    story = world.story(requester="ann").says("09:30", "ann", requester="cat")
    assert state(world, story) is State.COMPLETED


def test_any_comment_of_an_event_counts(world: Any) -> None:
    comments = [Comment("1", "cat", public=True), Comment("2", "bob", public=True)]
    assert state(world, world.story().then("09:30", "cat", comments)) is State.COMPLETED


def test_a_private_comment_completes_it_where_the_policy_says_so(world: Any) -> None:
    metric = world.first_response(stop_on=frozenset({"agent_private_comment"}))
    rules = world.rules(world.policy(metrics={"first_response": metric}))
    clock = world.clock(world.story().says("09:30", "ann", public=False), rules, metric="first_response")
    assert clock.state is State.COMPLETED


def test_an_assignment_completes_it_where_the_policy_says_so(world: Any) -> None:
    metric = world.first_response(stop_on=frozenset({"assign"}))
    rules = world.rules(world.policy(metrics={"first_response": metric}))
    taken = world.clock(world.story().then("09:20", assignee="ann"), rules, metric="first_response")
    dropped = world.clock(world.story().then("09:20", assignee=None), rules, metric="first_response")
    at_once = world.clock(world.story(assignee="bob"), rules, metric="first_response")
    assert (taken.state, taken.elapsed_seconds) == (State.COMPLETED, 1200)
    assert dropped.state is State.RUNNING
    assert (at_once.state, at_once.elapsed_seconds) == (State.COMPLETED, 0)


def test_entering_a_status_completes_it_for_good(world: Any) -> None:
    metric = world.first_response(stop_on=frozenset(world.patterns("resolved")))
    rules = world.rules(world.policy(metrics={"first_response": metric}))
    story = world.story().then("09:20", status="solved").then("09:30", status="open")
    clock = world.clock(story, rules, metric="first_response")
    assert (clock.state, clock.completed_at) == (State.COMPLETED, world.at("09:20"))


def test_a_ticket_created_in_a_status_has_not_entered_it(world: Any) -> None:
    metric = world.first_response(stop_on=frozenset(world.patterns("open")))
    rules = world.rules(world.policy(metrics={"first_response": metric}))
    story = world.story(status="open").then("09:10", status="open")
    assert world.clock(story, rules, "09:15", metric="first_response").state is State.RUNNING
    clock = world.clock(
        story.then("09:20", status="pending").then("09:30", status="open"), rules, metric="first_response"
    )
    assert (clock.state, clock.completed_at) == (State.COMPLETED, world.at("09:30"))


def test_a_role_counts_as_of_the_comment(world: Any) -> None:
    people = {"eve": (RoleSpan(None, "end-user"), RoleSpan(world.at("09:30"), "agent"))}
    desk = replace(world.desk, people=people)
    assert state(world, world.story().says("09:29", "eve"), desk=desk) is State.RUNNING
    assert state(world, world.story().says("09:30", "eve"), desk=desk) is State.COMPLETED


def test_a_deleted_agent_stays_on_the_side_of_the_agents(world: Any) -> None:
    gone = (RoleSpan(None, "agent"), RoleSpan(world.at("09:10"), "deleted"))
    desk = replace(world.desk, people={"eve": gone, "joe": (RoleSpan(None, "deleted"),)})
    judgement = world.judge(world.story().says("09:30", "eve"), None, desk=desk)
    assert judgement.clocks[0].state is State.COMPLETED
    assert judgement.unmapped == (("role", "deleted"),)
    assert state(world, world.story().says("09:30", "joe"), desk=desk) is State.RUNNING


def test_nothing_is_confirmed_after_a_comment_whose_author_is_not_known(world: Any) -> None:
    story = world.story().says("09:30", "zoe").says("09:50", "ann")
    judgement = world.judge(story, None, "18:00")
    assert judgement.pending_since == world.at("09:30")
    assert [(clock.id.metric, clock.standing, clock.confirmed) for clock in judgement.clocks] == [
        ("first_response", Standing.MET, False),
        ("resolution", Standing.BREACHED, False),
    ]


def test_an_unknown_author_who_asked_is_a_customer(world: Any) -> None:
    judgement = world.judge(world.story(requester="zoe").says("09:30", "zoe"), None)
    assert judgement.pending_since is None


def test_an_unknown_author_after_the_reply_is_no_matter(world: Any) -> None:
    story = world.story().says("09:10", "ann").says("09:30", "zoe")
    assert world.judge(story, None).pending_since is None


def test_an_unknown_author_of_a_private_note_is_no_matter(world: Any) -> None:
    assert world.judge(world.story().says("09:30", "zoe", public=False), None).pending_since is None


def test_an_event_before_the_creation_counts_as_of_the_creation(world: Any) -> None:
    clock = world.clock(world.story("09:00").says("08:59", "ann"), metric="first_response")
    assert (clock.started_at, clock.completed_at) == (world.at("09:00"), world.at("09:00"))


def test_an_event_ahead_of_the_judged_instant_is_looked_at_when_its_time_has_come(world: Any) -> None:
    story = world.story().says("09:30", "ann")
    early = world.judge(story, None, "09:20")
    assert {clock.state for clock in early.clocks} == {State.RUNNING}
    assert early.next_check_at == world.at("09:30")
    assert world.clock(story, None, "09:30", metric="first_response").state is State.COMPLETED
