"""Pauses, reopening, cancelling, breach and due of one clock."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.calendar import Calendar
from core.sla.policy import CalendarChoice, Reopen, Target
from core.sla.verdict import ClockId, Standing, State
from core.tickets import Presence, Priority

HOUR = 3600


def only(world: Any, metric: Any = None, **more: Any) -> Any:
    """Rules with one resolution clock."""
    return world.rules(world.policy(metrics={"resolution": metric or world.resolution()}, **more))


def test_a_pause_moves_the_due_instant_and_blanks_it_meanwhile(world: Any) -> None:
    story = world.story().then("10:00", status="pending")
    paused = world.clock(story, None, "11:00")
    assert (paused.state, paused.due_at, paused.elapsed_seconds) == (State.PAUSED, None, HOUR)
    resumed = world.clock(story.then("12:30", status="open"), None, "13:00")
    assert (resumed.state, resumed.due_at) == (State.RUNNING, world.at("15:30"))
    assert (resumed.paused_seconds, resumed.paused_wall_seconds) == (9000, 9000)


def test_a_pause_overnight_counts_its_open_time_only(world: Any) -> None:
    story = world.story("16:00").then("16:30", status="pending").then("Tue 09:15", status="open")
    clock = world.clock(story, None, "Tue 10:00")
    assert (clock.paused_seconds, clock.paused_wall_seconds) == (2700, 60_300)
    assert clock.due_at == world.at("Tue 12:45")


def test_by_the_wall_clock_a_pause_outside_opening_hours_moves_the_due_instant_too(world: Any) -> None:
    story = world.story("16:00").then("18:00", status="pending").then("19:30", status="open")
    clock = world.clock(story, only(world, world.resolution(pause_accounting="wall_clock")), "Tue 09:30")
    # One hour on Monday, an hour and a half owed for the pause, then four hours in all.
    assert clock.due_at == world.at("Tue 13:30")
    assert clock.remaining_seconds == 4 * HOUR


def test_closed_hours_are_no_pause(world: Any) -> None:
    assert world.clock(world.story("16:00"), None, "20:00").state is State.RUNNING


def test_a_reopened_clock_goes_on_without_the_time_it_was_solved(world: Any) -> None:
    story = world.story().then("10:00", status="solved").then("12:00", status="open")
    clock = world.clock(story, None, "12:30")
    assert (clock.state, clock.elapsed_seconds, clock.paused_seconds) == (State.RUNNING, 5400, 7200)
    assert (clock.completed_at, clock.cycle, clock.due_at) == (None, 1, world.at("15:00"))


def test_a_reopened_clock_goes_on_with_the_time_it_was_solved(world: Any) -> None:
    rules = only(world, world.resolution(reopen=Reopen.CONTINUE_INCLUDING))
    story = world.story().then("10:00", status="solved").then("14:00", status="open")
    clock = world.clock(story, rules, "14:00")
    assert (clock.breached, clock.breached_at, clock.elapsed_seconds) == (True, world.at("13:00"), 5 * HOUR)


def test_a_reopening_can_start_a_new_clock(world: Any) -> None:
    rules = only(world, world.resolution(reopen=Reopen.RESTART))
    story = world.story().then("10:00", status="solved").then("12:00", status="open")
    first, second = world.judge(story, rules, "12:30").clocks
    assert (first.id, first.state, first.completed_at) == (
        ClockId("gold", "resolution", "created"),
        State.COMPLETED,
        world.at("10:00"),
    )
    assert (second.id, second.cycle, second.started_at, second.due_at) == (
        ClockId("gold", "resolution", "e2"),
        2,
        world.at("12:00"),
        world.at("16:00"),
    )


def test_moving_on_within_the_stopping_statuses_keeps_the_first_end(world: Any) -> None:
    story = world.story().then("10:00", status="solved").then("12:00", status="closed")
    assert world.clock(story, None, "13:00").completed_at == world.at("10:00")


def test_solving_from_a_pause_keeps_the_pause_out(world: Any) -> None:
    story = world.story().then("10:00", status="pending").then("12:00", status="solved")
    clock = world.clock(story, None, "13:00")
    assert (clock.elapsed_seconds, clock.paused_seconds, clock.due_at) == (HOUR, 7200, world.at("15:00"))


def test_a_whole_event_is_judged_never_its_parts(world: Any) -> None:
    rules = world.rules(
        world.policy("gold", when=_priority("critical"), metrics={"resolution": world.resolution(HOUR)}),
        world.policy("plain"),
    )
    story = world.story(priority="urgent").then("11:00", status="solved", priority="low")
    clock = world.clock(story, rules, "12:00")
    assert (clock.id.policy, clock.standing) == ("plain", Standing.MET)


def _priority(word: str) -> Any:
    from core.sla.conditions import In

    return In("priority", frozenset({word}))


@pytest.mark.parametrize(
    ("breach", "now", "breached"),
    [
        ("after", "13:00:00", False),
        ("after", "13:00:00.000001", True),
        ("at", "12:59:59.999999", False),
        ("at", "13:00:00", True),
    ],
)
def test_a_breach_begins_after_or_at_the_due_instant(world: Any, breach: str, now: str, breached: bool) -> None:
    clock = world.clock(world.story(), only(world, world.resolution(breach=breach)), now)
    assert clock.breached is breached
    assert clock.breached_at == (world.at("13:00") if breached else None)


@pytest.mark.parametrize(("breach", "standing"), [("after", Standing.MET), ("at", Standing.BREACHED)])
def test_solved_at_the_due_instant(world: Any, breach: str, standing: Standing) -> None:
    rules = only(world, world.resolution(breach=breach))
    clock = world.clock(world.story().then("13:00", status="solved"), rules, "14:00")
    assert (clock.standing, clock.due_at) == (standing, world.at("13:00"))


def test_a_due_instant_at_closing_time_is_passed_overnight(world: Any) -> None:
    clock = world.clock(world.story("13:00"), None, "18:00")
    assert (clock.due_at, clock.breached, clock.remaining_seconds) == (world.at("17:00"), True, 0)


def test_paused_at_the_very_due_instant_is_in_time_until_it_goes_on(world: Any) -> None:
    story = world.story().then("13:00", status="pending")
    assert not world.clock(story, None, "14:00").breached
    clock = world.clock(story.then("15:00", status="open"), None, "15:00:01")
    assert (clock.breached, clock.breached_at) == (True, world.at("15:00"))


def test_a_breach_survives_pause_completion_and_reopening(world: Any) -> None:
    story = world.story()
    for at, status in (("14:00", "pending"), ("15:00", "solved"), ("16:00", "open")):
        clock = world.clock(story.then(at, status=status), None, at)
        assert (clock.standing, clock.breached_at, clock.due_at) == (
            Standing.BREACHED,
            world.at("13:00"),
            world.at("13:00"),
        )


def test_a_priority_change_moves_the_target_never_the_start(world: Any) -> None:
    metric = world.resolution(targets={Priority.CRITICAL: Target(seconds=HOUR), None: Target(seconds=4 * HOUR)})
    story = world.story().then("11:00", priority="urgent")
    clock = world.clock(story, only(world, metric), "11:30")
    assert (clock.started_at, clock.due_at, clock.breached) == (world.at("09:00"), world.at("10:00"), True)
    eased = world.clock(story.then("11:45", priority="low"), only(world, metric), "12:00")
    assert (eased.due_at, eased.breached) == (world.at("13:00"), False)


def test_without_a_target_for_the_priority_there_is_no_clock(world: Any) -> None:
    metric = world.resolution(targets={Priority.CRITICAL: Target(seconds=HOUR)})
    assert world.judge(world.story(), only(world, metric)).clocks == ()


def test_a_target_can_have_a_calendar_of_its_own(world: Any) -> None:
    metric = world.resolution(targets={None: Target(seconds=10 * HOUR, calendar="always")})
    clock = world.clock(world.story(), only(world, metric))
    assert (clock.due_at, clock.calendar) == (world.at("19:00"), "always")


@pytest.mark.parametrize(
    ("created", "due"),
    [("10:00", "Wed 10:00"), ("18:30", "Wed 17:00"), ("Fri 11:00", "1w Tue 11:00"), ("Sat 08:00", "1w Tue 08:00")],
)
def test_a_target_in_working_days_is_the_same_time_of_day_or_closing_time(world: Any, created: str, due: str) -> None:
    metric = world.resolution(targets={None: Target(working_days=2)})
    clock = world.clock(world.story(created), only(world, metric), created)
    assert clock.due_at == world.at(due)
    after = world.clock(world.story(created), only(world, metric), world.at(due) + timedelta(microseconds=1))
    assert (after.breached, after.breached_at) == (True, world.at(due))


def test_a_pause_moves_a_target_in_working_days_by_its_open_time(world: Any) -> None:
    metric = world.resolution(targets={None: Target(working_days=2)})
    story = world.story("10:00").then("11:00", status="pending").then("12:00", status="open")
    assert world.clock(story, only(world, metric), "13:00").due_at == world.at("Wed 11:00")


LATE = Calendar(name="late", timezone="UTC", weekly=(((12 * HOUR, 20 * HOUR),),) * 7)


@pytest.mark.parametrize(("change", "elapsed"), [("latest", 3 * HOUR), ("segment", 5 * HOUR)])
def test_a_new_calendar_measures_everything_or_what_comes_after_it(world: Any, change: str, elapsed: int) -> None:
    choice = CalendarChoice("office", "field:site", {"Night": "late"})
    policy = world.policy(metrics={"resolution": world.resolution(8 * HOUR, calendar_change=change)}, calendar=choice)
    rules = world.rules(policy, calendars={"office": world.office, "late": LATE})
    desk = replace(world.desk, labels={("field:site", "s2"): "NIGHT"})
    story = world.story("10:00", field__site="x").then("13:00", field__site="s2")
    clock = world.clock(story, rules, "15:00", desk=desk)
    assert (clock.elapsed_seconds, clock.calendar) == (elapsed, "late")


def test_a_calendar_without_open_time_is_never_due(world: Any) -> None:
    never = Calendar(name="never", timezone="UTC", weekly=((),) * 7)
    rules = world.rules(world.policy(calendar="never"), calendars={"never": never})
    clock = world.clock(world.story(), rules, "8w 10:00")
    assert (clock.state, clock.due_at, clock.next_check_at, clock.breached) == (State.RUNNING, None, None, False)


@pytest.mark.parametrize("calendar", ["office", "always"])
@pytest.mark.parametrize("target", [Target(seconds=10**12), Target(working_days=10**6)], ids=["open time", "days"])
def test_a_target_beyond_all_search_is_never_due(world: Any, calendar: str, target: Target) -> None:
    rules = only(world, world.resolution(targets={None: target}), calendar=calendar)
    clock = world.clock(world.story(), rules, "16:50")
    assert (clock.state, clock.standing, clock.due_at, clock.next_check_at, clock.breached) == (
        State.RUNNING,
        Standing.ON_TRACK,
        None,
        None,
        False,
    )
    assert clock.target_seconds == target.seconds


def test_a_clock_that_is_never_due_is_looked_at_when_little_is_left(world: Any) -> None:
    # Three open hours and no more.
    once = Calendar(
        name="once", timezone="UTC", weekly=((),) * 7, shifts={world.at("00:00").date(): ((9 * HOUR, 12 * HOUR),)}
    )
    rules = world.rules(
        world.policy(metrics={"resolution": world.resolution(3 * HOUR + 1)}, calendar="once"), calendars={"once": once}
    )
    before = world.clock(world.story(), rules, "09:30")
    assert (before.standing, before.due_at, before.next_check_at) == (Standing.ON_TRACK, None, world.at("11:15:01"))
    after = world.clock(world.story(), rules, "11:15:01")
    assert (after.standing, after.due_at, after.next_check_at) == (Standing.AT_RISK, None, None)


def test_a_cancelled_ticket_cancels_what_is_not_over(world: Any) -> None:
    story = world.story().says("09:30", "ann").then("10:00", status="void")
    judgement = world.judge(story, None, "18:00")
    first, resolution = judgement.clocks
    assert first.standing is Standing.MET
    assert (resolution.state, resolution.standing, resolution.due_at) == (State.CANCELLED, None, None)
    assert (resolution.elapsed_seconds, resolution.breached) == (HOUR, False)
    assert resolution.reason


def test_a_ticket_taken_up_again_runs_on(world: Any) -> None:
    story = world.story().then("10:00", status="void").then("12:00", status="open")
    clock = world.clock(story, None, "12:30")
    assert (clock.state, clock.elapsed_seconds) == (State.RUNNING, 5400)


def test_a_metric_that_names_the_cancelled_status_is_not_cancelled_by_it(world: Any) -> None:
    metric = world.resolution(stop_in=world.patterns("resolved", "cancelled"))
    clock = world.clock(world.story().then("10:00", status="void"), only(world, metric), "11:00")
    assert (clock.state, clock.completed_at) == (State.COMPLETED, world.at("10:00"))


def test_a_ticket_made_ahead_of_the_hubs_time_is_judged_at_its_creation(world: Any) -> None:
    clock = world.clock(world.story("09:00:02", status="pending"), None, "09:00")
    assert (clock.state, clock.elapsed_seconds, clock.paused_wall_seconds) == (State.PAUSED, 0, 0)


@pytest.mark.parametrize("presence", ["deleted", "trashed", "merged", "out_of_scope", "forbidden"])
def test_a_ticket_that_is_gone_cancels_what_is_not_over(world: Any, presence: str) -> None:
    story = world.story().says("09:30", "ann")
    history = story.history(presence=Presence(presence), updated_at=world.at("10:30"))
    first, resolution = world.judge(history, None, "18:00").clocks
    assert first.standing is Standing.MET
    assert (resolution.state, resolution.elapsed_seconds) == (State.CANCELLED, 5400)


@pytest.mark.parametrize("presence", ["deleted", "merged"])
def test_a_ticket_that_is_gone_and_of_which_no_event_is_known_is_judged_too(world: Any, presence: str) -> None:
    history = world.story().history(presence=Presence(presence), updated_at=world.at("10:30"))
    assert {clock.state for clock in world.judge(history, None, "18:00").clocks} == {State.CANCELLED}


@pytest.mark.parametrize("presence", ["present", "archived", "unseen"])
def test_a_ticket_that_is_merely_out_of_the_way_runs_on(world: Any, presence: str) -> None:
    assert world.clock(world.story().history(presence=Presence(presence))).state is State.RUNNING


def test_an_unmapped_status_is_never_counted_as_open(world: Any) -> None:
    story = world.story().says("09:30", "ann").then("10:00", status="limbo").then("11:00", status="open")
    judgement = world.judge(story, None, "12:00")
    first, resolution = judgement.clocks
    assert first.standing is Standing.MET
    assert (resolution.state, resolution.standing, resolution.due_at) == (State.UNKNOWN, None, None)
    assert "limbo" in resolution.reason
    assert judgement.unmapped == (("status", "limbo"),)


def test_an_unmapped_priority_is_unknown_only_where_targets_depend_on_it(world: Any) -> None:
    metrics = {
        "first_response": world.first_response(),
        "resolution": world.resolution(targets={Priority.HIGH: Target(seconds=HOUR), None: Target(seconds=2 * HOUR)}),
    }
    judgement = world.judge(world.story(priority="p9"), world.rules(world.policy(metrics=metrics)), "09:10")
    assert [clock.state for clock in judgement.clocks] == [State.RUNNING, State.UNKNOWN]
    assert judgement.unmapped == (("priority", "p9"),)
    assert "p9" in judgement.clocks[1].reason


@pytest.mark.parametrize("whole_since", [None, "09:01"])
def test_a_clock_is_unknown_until_the_history_is_read_back_to_the_creation(world: Any, whole_since: Any) -> None:
    since = whole_since and world.at(whole_since)
    judgement = world.judge(world.story().says("09:30", "ann").history(whole_since=since), None)
    assert {(clock.state, clock.reason) for clock in judgement.clocks} == {
        (State.UNKNOWN, "history not read back to the ticket's creation yet")
    }
    assert [clock.id.metric for clock in judgement.clocks] == ["first_response", "resolution"]


def test_an_attached_clock_starts_when_its_policy_begins_to_match(world: Any) -> None:
    metric = world.resolution(start="attached")
    rules = world.rules(world.policy("gold", when=_priority("critical"), metrics={"resolution": metric}))
    story = world.story().then("10:00", priority="urgent").then("11:00", priority="low")
    assert world.judge(story, rules, "11:30").clocks == ()
    clock = world.clock(story.then("12:00", priority="urgent"), rules, "12:30")
    assert (clock.started_at, clock.id.started_by, clock.elapsed_seconds) == (world.at("12:00"), "e3", 1800)


def test_a_status_that_held_before_the_start_is_not_entered(world: Any) -> None:
    metric = world.first_response(stop_on=frozenset(world.patterns("waiting")), start="attached")
    rules = world.rules(world.policy("gold", when=_priority("critical"), metrics={"resolution": metric}))
    story = world.story().then("10:00", status="pending").then("11:00", priority="urgent")
    assert world.clock(story, rules, "11:30").state is State.RUNNING
    assert world.clock(story.then("12:00", status="hold"), rules, "12:30").state is State.COMPLETED


def test_events_after_now_are_not_looked_at(world: Any) -> None:
    story = world.story().then("11:00", status="solved").then("12:00", priority="high")
    clock = world.clock(story, None, "10:00")
    assert (clock.state, clock.elapsed_seconds) == (State.RUNNING, HOUR)
    assert world.judge(story, None, "10:00").normal.priority is Priority.NORMAL


@pytest.mark.parametrize(
    ("breach", "horizon", "confirmed"),
    [
        ("after", "13:00", False),
        ("after", "13:00:00.000001", True),
        ("at", "13:00", True),
        ("at", "12:59:59", False),
        ("after", None, False),
    ],
)
def test_a_breach_is_confirmed_when_all_events_before_it_are_known(
    world: Any, breach: str, horizon: str | None, confirmed: bool
) -> None:
    rules = only(world, world.resolution(breach=breach))
    clock = world.clock(world.story().history(horizon), rules, "15:00")
    assert (clock.breached, clock.confirmed) == (True, confirmed)


@pytest.mark.parametrize(("horizon", "confirmed"), [("10:00", False), ("10:00:00.000001", True), (None, False)])
def test_a_met_clock_is_confirmed_when_all_events_up_to_its_completion_are_known(
    world: Any, horizon: str | None, confirmed: bool
) -> None:
    story = world.story().then("10:00", status="solved")
    assert world.clock(story.history(horizon), None, "15:00").confirmed is confirmed


def test_a_running_clock_that_is_not_late_needs_no_confirmation(world: Any) -> None:
    assert world.clock(world.story().history(None), None, "10:00").confirmed
