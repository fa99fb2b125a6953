"""Input that nobody should send: each kind has one defined end, and its row in docs/sla-engine.md."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.calendar import Calendar
from core.errors import SettingsError
from core.sla.policy import CalendarChoice, Target
from core.sla.verdict import Standing, State
from core.tickets import Priority

HOUR = 3600


def only(judgement: Any, metric: str = "resolution") -> Any:
    return [clock for clock in judgement.clocks if clock.id.metric == metric][-1]


@pytest.mark.parametrize("since", [None, "09:30"])
def test_a_history_that_starts_late_makes_every_clock_unknown(world: Any, since: str | None) -> None:
    history = world.story().says("09:40", "ann").history(whole_since=None if since is None else world.at(since))
    clocks = world.judge(history).clocks
    assert {clock.state for clock in clocks} == {State.UNKNOWN}
    assert {clock.reason for clock in clocks} == {"history not read back to the ticket's creation yet"}
    assert {clock.due_at for clock in clocks} == {None}
    figures = {(one.elapsed_seconds, one.paused_seconds, one.paused_wall_seconds, one.target_seconds) for one in clocks}
    assert figures == {(0, 0, 0, HOUR), (0, 0, 0, 4 * HOUR)}
    assert {(one.confirmed, one.breached, one.cycle) for one in clocks} == {(False, False, 1)}
    assert {(one.id.started_by, one.revision, one.calendar, one.agreement) for one in clocks} == {
        ("created", 1, "office", "sla")
    }


def test_events_at_one_instant_are_taken_in_their_order(world: Any) -> None:
    stopped = world.story().then("10:00", status="solved").then("10:00", status="open")
    assert only(world.judge(stopped, now="11:00")).state is State.RUNNING
    started = world.story().then("10:00", status="open").then("10:00", status="solved")
    assert only(world.judge(started, now="11:00")).completed_at == world.at("10:00")


def test_an_event_before_the_creation_counts_as_of_it(world: Any) -> None:
    story = world.story().then("08:00", status="pending").then("10:00", status="open")
    assert only(world.judge(story, now="11:00")).paused_seconds == HOUR


def test_a_ticket_from_the_future_is_judged_at_its_creation(world: Any) -> None:
    judgement = world.judge(world.story("12:00"), now="10:00")
    assert {(clock.state, clock.elapsed_seconds) for clock in judgement.clocks} == {(State.RUNNING, 0)}


def test_an_event_from_the_future_waits_for_its_time(world: Any) -> None:
    judgement = world.judge(world.story().then("09:50", status="solved"), now="09:10")
    assert only(judgement).state is State.RUNNING
    assert judgement.next_check_at == world.at("09:45")
    assert world.judge(world.story().then("09:20", status="solved"), now="09:10").next_check_at == world.at("09:20")


def test_a_status_or_priority_that_nobody_mapped_is_named(world: Any) -> None:
    judgement = world.judge(world.story().then("09:30", status="in orbit"))
    assert only(judgement).reason == "status in orbit has no meaning in the mapping yet"
    targets = {Priority.CRITICAL: Target(seconds=HOUR), None: Target(seconds=4 * HOUR)}
    rules = world.rules(world.policy(metrics={"resolution": world.resolution(targets=targets)}))
    assert only(world.judge(world.story(priority="P0"), rules)).reason == (
        "priority P0 has no meaning in the mapping yet"
    )
    assert only(world.judge(world.story(priority="P0"))).state is State.RUNNING


def test_a_comment_of_somebody_unknown_leaves_what_follows_unconfirmed(world: Any) -> None:
    judgement = world.judge(world.story().says("09:30", "who"), now="12:00")
    clock = only(judgement, "first_response")
    assert (clock.breached, clock.confirmed) == (True, False)
    assert judgement.pending_since == world.at("09:30")


def never_open(world: Any) -> Any:
    return world.rules(calendars={"office": Calendar("office", "UTC", ((),) * 7)})


def test_a_calendar_without_open_time_uses_none_and_is_never_due(world: Any) -> None:
    clock = only(world.judge(world.story(), never_open(world), now="9w 09:00"))
    assert (clock.state, clock.standing, clock.due_at, clock.elapsed_seconds, clock.next_check_at) == (
        State.RUNNING,
        Standing.ON_TRACK,
        None,
        0,
        None,
    )


def test_a_target_that_no_calendar_reaches_is_never_due(world: Any) -> None:
    days = {None: Target(working_days=5)}
    rules = replace(never_open(world), policies=(world.policy(metrics={"resolution": world.resolution(targets=days)}),))
    clock = only(world.judge(world.story(), rules, now="9w 09:00"))
    assert (clock.due_at, clock.target_seconds, clock.standing) == (None, None, Standing.ON_TRACK)
    huge = world.rules(world.policy(metrics={"resolution": world.resolution(10**11)}))
    assert only(world.judge(world.story(), huge)).due_at is None


def test_a_day_that_the_zone_has_skipped_is_never_open(world: Any) -> None:
    apia = Calendar("apia", "Pacific/Apia", (((9 * HOUR, 17 * HOUR),),) * 7)
    rules = world.rules(
        world.policy(calendar="apia", metrics={"resolution": world.resolution(targets={None: Target(working_days=1)})}),
        calendars={"apia": apia},
        applied_at="00:00",
    )
    assert not apia.has_date(date(2011, 12, 30))
    created = world.at("00:00").replace(year=2011, month=12, day=29, hour=20)
    story = world.story(created)
    clock = only(world.judge(story, rules, created))
    # Ten in the morning of the 29th, ten hours behind; the next day is the 31st, fourteen ahead.
    assert clock.due_at == world.at("00:00").replace(year=2011, month=12, day=30, hour=20)


def test_a_calendar_that_is_not_there_is_an_error_of_the_ticket(world: Any) -> None:
    rules = world.rules(world.policy(calendar=CalendarChoice("nowhere")))
    with pytest.raises(SettingsError, match="policy gold uses calendar nowhere, which is not configured"):
        world.judge(world.story(), rules)
