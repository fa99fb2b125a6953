"""Clocks whose cycles follow one another: next responses and periodic updates; and status times."""

from typing import Any

import pytest

from core.sla.policy import Metric, MetricKind, Target
from core.sla.verdict import State

HOUR = 3600


def metric(kind: MetricKind, hours: int = 1, **more: Any) -> Metric:
    return Metric(kind=kind, targets={None: Target(seconds=hours * HOUR)}, **more)


def cycles(world: Any, kind: MetricKind, story: Any, now: str = "16:00", **more: Any) -> list[Any]:
    rules = world.rules(world.policy(metrics={"it": metric(kind, **more)}))
    return list(world.judge(story, rules, now).clocks)


def lives(clocks: list[Any]) -> list[tuple[str, str, str | None, str]]:
    def shown(at: Any) -> str:
        return f"{at:%H:%M}"

    return [
        (clock.id.started_by, shown(clock.started_at), clock.completed_at and shown(clock.completed_at), clock.state)
        for clock in clocks
    ]


def conversation(world: Any) -> Any:
    story = world.story().says("09:00", "cat").says("09:30", "cat").says("10:00", "ann")
    return story.says("11:00", "cat").says("11:30", "cat").says("13:00", "ann").says("14:00", "cat")


def test_a_next_response_starts_with_the_oldest_unanswered_comment(world: Any) -> None:
    found = cycles(world, MetricKind.NEXT_RESPONSE, conversation(world))
    assert lives(found) == [("e4", "11:00", "13:00", "completed"), ("e7", "14:00", None, "running")]
    assert [clock.breached for clock in found] == [True, True]
    assert [clock.cycle for clock in found] == [1, 2]


def test_a_next_response_may_start_with_the_newest_comment_instead(world: Any) -> None:
    found = cycles(world, MetricKind.NEXT_RESPONSE, conversation(world), anchor="newest")
    assert lives(found) == [("e5", "11:30", "13:00", "completed"), ("e7", "14:00", None, "running")]


def test_comments_before_the_first_reply_count_when_that_is_wanted(world: Any) -> None:
    found = cycles(world, MetricKind.NEXT_RESPONSE, conversation(world), count_initial=True)
    assert [each[:2] for each in lives(found)] == [("e1", "09:00"), ("e4", "11:00"), ("e7", "14:00")]


def test_a_note_answers_nothing_and_asks_nothing(world: Any) -> None:
    story = conversation(world).says("14:30", "ann", public=False).says("15:00", "cat", public=False)
    assert lives(cycles(world, MetricKind.NEXT_RESPONSE, story))[-1] == ("e7", "14:00", None, "running")


def test_who_takes_part_in_a_request_asks_though_an_agent(world: Any) -> None:
    story = world.story(participants=("ann",)).says("09:00", "cat").says("10:00", "ann").says("11:00", "bob")
    found = cycles(world, MetricKind.NEXT_RESPONSE, story, count_initial=True)
    assert lives(found) == [("e1", "09:00", "11:00", "completed")]


def test_the_requester_asks_though_an_agent_and_an_automatic_comment_does_nothing(world: Any) -> None:
    story = world.story(requester="bob").says("09:10", "ann").says("10:00", "bob")
    assert lives(cycles(world, MetricKind.NEXT_RESPONSE, story)) == [("e2", "10:00", None, "running")]
    story = world.story().says("09:10", "ann").says("10:00", "cat", automated=True)
    assert cycles(world, MetricKind.NEXT_RESPONSE, story) == []


def test_a_status_can_end_an_open_question_without_result(world: Any) -> None:
    story = conversation(world).then("15:00", status="solved")
    (*_, last) = cycles(world, MetricKind.NEXT_RESPONSE, story, end_in=world.patterns("resolved"))
    assert (last.state, last.standing, last.due_at, last.reason) == (
        State.CANCELLED,
        None,
        None,
        "the ticket is resolved",
    )


def test_periodic_updates_follow_each_other_and_the_first_reply_starts_them(world: Any) -> None:
    story = world.story().says("10:00", "ann").says("10:45", "ann").says("11:00", "cat")
    found = cycles(world, MetricKind.PERIODIC_UPDATE, story)
    assert lives(found) == [("e1", "10:00", "10:45", "completed"), ("e2", "10:45", None, "running")]
    assert [clock.breached for clock in found] == [False, True]


def test_periodic_updates_can_begin_with_the_ticket(world: Any) -> None:
    found = cycles(world, MetricKind.PERIODIC_UPDATE, world.story().says("10:00", "ann"), from_creation=True)
    assert lives(found) == [("created", "09:00", "10:00", "completed"), ("e1", "10:00", None, "running")]


def test_a_customer_can_cancel_the_update_that_is_due(world: Any) -> None:
    story = world.story().says("10:00", "ann").says("10:30", "cat")
    (only,) = cycles(world, MetricKind.PERIODIC_UPDATE, story, customer_cancels=True)
    assert (only.state, only.reason, only.elapsed_seconds) == (State.CANCELLED, "the customer has written", 1800)


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_no_update_is_due_in_a_status_that_ends_them(world: Any, status: str) -> None:
    story = world.story().says("10:00", "ann").says("10:30", "ann", status=status).says("11:00", "ann")
    found = cycles(world, MetricKind.PERIODIC_UPDATE, story, end_in=world.patterns("resolved", "closed"))
    assert lives(found) == [("e1", "10:00", "10:30", "completed")]


def test_an_update_stands_still_where_the_policy_says_so(world: Any) -> None:
    story = world.story().says("10:00", "ann").then("10:15", status="pending").then("12:15", status="open")
    (only,) = cycles(world, MetricKind.PERIODIC_UPDATE, story, "12:30", pause_in=world.patterns("waiting/customer"))
    assert (only.elapsed_seconds, only.paused_seconds, only.due_at) == (1800, 7200, world.at("13:00"))


def test_a_deleted_ticket_owes_nobody_a_response_and_one_that_comes_back_does(world: Any) -> None:
    story = world.story().says("09:10", "ann").says("10:00", "cat").then("10:30", status="void")
    assert [clock.state for clock in cycles(world, MetricKind.NEXT_RESPONSE, story)] == [State.CANCELLED]
    story.then("11:00", status="open")
    assert lives(cycles(world, MetricKind.NEXT_RESPONSE, story)) == [("e2", "10:00", None, "running")]


def test_a_status_time_runs_in_its_statuses_only_and_goes_on_when_reopened(world: Any) -> None:
    story = world.story(status="new").then("10:00", status="hold").then("11:00", status="open")
    story.then("11:30", status="solved")
    patterns = {"run_in": world.patterns("new", "open"), "stop_in": world.patterns("resolved")}
    (only,) = cycles(world, MetricKind.STATUS_TIME, story, hours=2, **patterns)
    assert (only.state, only.elapsed_seconds, only.paused_seconds) == (State.COMPLETED, 5400, 3600)
    story.then("13:00", status="open")
    (only,) = cycles(world, MetricKind.STATUS_TIME, story, "13:15", hours=2, **patterns)
    assert (only.state, only.elapsed_seconds, only.due_at) == (State.RUNNING, 6300, world.at("13:30"))


def test_a_status_that_nobody_mapped_makes_the_clock_unknown_not_late(world: Any) -> None:
    story = world.story().says("09:10", "ann").says("10:00", "cat").then("10:15", status="in orbit")
    (only,) = cycles(world, MetricKind.NEXT_RESPONSE, story)
    assert (only.state, only.reason) == (State.UNKNOWN, "status in orbit has no meaning in the mapping yet")


def test_a_comment_of_somebody_unknown_asks_nothing_until_they_are_known(world: Any) -> None:
    story = world.story().says("09:10", "ann").says("10:00", "who")
    assert cycles(world, MetricKind.NEXT_RESPONSE, story) == []
    story.says("10:30", "cat").says("11:00", "who")
    (only,) = cycles(world, MetricKind.NEXT_RESPONSE, story, "12:00")
    assert (only.id.started_by, only.state, only.breached, only.confirmed) == ("e3", State.RUNNING, True, False)
