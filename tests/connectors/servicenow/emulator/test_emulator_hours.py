"""The instance's own business time, over its schedules: entries of every kind, holidays, zones, clock changes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.servicenow.emulator import Emulator
from connectors.servicenow.emulator.change import insert
from connectors.servicenow.emulator.hours import Hours
from connectors.servicenow.emulator.repeats import happens

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
BERLIN, FLOATING, NIGHT = "Service Desk DE 8-17", "8-5 weekdays excluding holidays", "Night operations"


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator(tickets=0, start=START, host=lambda: 1e9)


def hours(emulator: Emulator, name: str, zone: str = "GMT") -> Hours:
    row = emulator.world.first("cmn_schedule", name=name)
    return Hours(emulator.world, "" if row is None else row.id, zone)


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())


@pytest.mark.parametrize(
    ("schedule", "zone", "start", "end", "open_hours"),
    [
        (BERLIN, "GMT", "2026-03-04T00:00", "2026-03-05T00:00", 9),
        (BERLIN, "GMT", "2026-03-04T08:00", "2026-03-04T10:30", 2.5),
        (BERLIN, "GMT", "2026-03-06T15:00", "2026-03-09T08:00", 2),  # over a weekend
        (BERLIN, "GMT", "2026-01-01T00:00", "2026-01-02T00:00", 0),  # a holiday of the child schedule
        (BERLIN, "GMT", "2026-04-30T00:00", "2026-05-01T00:00", 0),  # a closing day that comes once
        (BERLIN, "GMT", "2026-07-01T06:00", "2026-07-01T07:00", 1),  # `Z` times follow the zone into summer
        (BERLIN, "GMT", "2026-07-01T15:00", "2026-07-01T16:00", 0),
        (FLOATING, "US/Pacific", "2026-03-04T16:00", "2026-03-04T17:00", 1),
        (FLOATING, "Europe/Berlin", "2026-03-04T16:00", "2026-03-04T17:00", 0),
        (FLOATING, "GMT", "2026-03-07T00:00", "2026-03-08T00:00", 4),  # a Saturday morning
        (FLOATING, "GMT", "2026-05-25T00:00", "2026-05-26T00:00", 0),  # the last Monday of May
        (FLOATING, "GMT", "2026-11-26T00:00", "2026-11-27T00:00", 0),  # the fourth Thursday of November
        (FLOATING, "GMT", "2026-11-19T00:00", "2026-11-20T00:00", 9),
        (FLOATING, "GMT", "2026-03-04T18:00", "2026-03-04T20:00", 0),  # the pattern that has ended
        (NIGHT, "GMT", "2026-03-04T00:00", "2026-03-06T00:00", 16),
        (NIGHT, "GMT", "2026-03-08T00:00", "2026-03-09T12:00", 0),  # Sunday night is none
        (NIGHT, "GMT", "2026-03-06T00:00", "2026-03-08T00:00", 8),  # Thursday's goes into Friday
        ("", "GMT", "2026-03-07T00:00", "2026-03-08T00:00", 24),
    ],
)
def test_open_time_is_counted(
    emulator: Emulator, schedule: str, zone: str, start: str, end: str, open_hours: float
) -> None:
    assert hours(emulator, schedule, zone).counted(at(start), at(end)) == open_hours * 3600


@pytest.mark.parametrize(
    ("schedule", "start", "length", "due"),
    [
        (BERLIN, "2026-03-04T15:00", 2, "2026-03-05T08:00"),
        (BERLIN, "2026-03-06T15:30", 1, "2026-03-09T07:30"),
        (BERLIN, "2026-03-04T07:00", 9, "2026-03-04T16:00"),
        (BERLIN, "2026-03-27T15:00", 2, "2026-03-30T07:00"),  # summer began meanwhile
        ("", "2026-03-07T00:00", 48, "2026-03-09T00:00"),
    ],
)
def test_a_target_ends(emulator: Emulator, schedule: str, start: str, length: int, due: str) -> None:
    assert hours(emulator, schedule).after(at(start), length * 3600) == at(due)


def test_a_schedule_without_entries_never_opens(emulator: Emulator) -> None:
    empty = insert(emulator.world, "cmn_schedule", "admin", {"name": "Empty", "time_zone": "GMT"})
    found = Hours(emulator.world, empty.id, "GMT")
    assert found.after(at("2026-03-04T00:00"), 3600) is None
    assert found.counted(at("2026-03-04T00:00"), at("2026-03-05T00:00")) == 0


FIRST = date(2026, 3, 4)  # a Wednesday


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({"repeat_type": ""}, {4}),
        ({"repeat_type": "does_not_repeat"}, {4}),
        ({"repeat_type": "daily", "repeat_count": "3"}, {4, 7, 10, 13, 16}),
        ({"repeat_type": "weekdays"}, {4, 5, 6, 9, 10, 11, 12, 13, 16, 17}),
        ({"repeat_type": "weekends"}, {7, 8, 14, 15}),
        ({"repeat_type": "weekMWF"}, {4, 6, 9, 11, 13, 16}),
        ({"repeat_type": "weekTT"}, {5, 10, 12, 17}),
        ({"repeat_type": "weekly"}, {4, 11}),
        ({"repeat_type": "weekly", "repeat_count": "2", "days_of_week": "35"}, {4, 6}),
        ({"repeat_type": "specific", "days_of_week": "1,7"}, {8, 9, 15, 16}),
        ({"repeat_type": "weekly", "repeat_until": "20260310"}, {4}),
        ({"repeat_type": "weekly", "repeat_until": "00000000"}, {4, 11}),
        ({"repeat_type": "monthly"}, {4}),
        ({"repeat_type": "yearly", "yearly_type": "doy"}, {4}),
        ({"repeat_type": "yearly", "yearly_type": "float", "month": "3", "float_week": "2", "float_day": "1"}, {8}),
    ],
)
def test_an_entry_happens_on(values: dict[str, str], days: set[int]) -> None:
    assert {day for day in range(1, 18) if happens(values, FIRST, date(2026, 3, day))} == days


@pytest.mark.parametrize(
    ("kind", "day"), [("dom", date(2026, 4, 4)), ("nth", date(2026, 4, 1)), ("ldom", date(2026, 4, 30))]
)
def test_an_entry_comes_each_month(kind: str, day: date) -> None:
    values = {"repeat_type": "monthly", "monthly_type": kind}
    found = [one for one in (date(2026, 4, place) for place in range(1, 31)) if happens(values, FIRST, one)]
    assert found == [day]


def test_an_unknown_repetition_is_an_error() -> None:
    with pytest.raises(ValueError, match="fortnightly"):
        happens({"repeat_type": "fortnightly"}, FIRST, date(2026, 4, 1))


def clocks(site: Any, ticket: str) -> dict[str, dict[str, str]]:
    rows = site.rows("task_sla", f"task={ticket}^ORDERBYsys_created_on", sysparm_fields="")
    names = {row.id: row["name"] for row in site.emulator.world.all("contract_sla")}
    return {names[one["sla"]]: one for one in rows}


def test_clocks_start_pause_breach_and_start_again(open_site: Any) -> None:
    site = open_site(tickets=0)
    stage = site.stage
    ticket = stage.new_ticket(impact=1, urgency=1)
    found = clocks(site, ticket)
    assert set(found) == {"Priority 1 response (15 minutes)", "Priority 1 resolution (4 hours)"}
    resolution = "Priority 1 resolution (4 hours)"
    assert found[resolution]["planned_end_time"] == "2026-03-04 14:00:00"
    stage.advance(1200)
    response = clocks(site, ticket)["Priority 1 response (15 minutes)"]
    assert (response["has_breached"], response["stage"]) == ("true", "in_progress")
    stage.assign(ticket, "ben.birch")
    assert clocks(site, ticket)["Priority 1 response (15 minutes)"]["stage"] == "completed"
    stage.hold(ticket, 4)
    paused = clocks(site, ticket)[resolution]
    assert (paused["stage"], paused["pause_time"]) == ("paused", "2026-03-04 10:20:00")
    assert "Fiberline line repair" in clocks(site, ticket)
    stage.advance(3600)
    stage.start_work(ticket)
    going = clocks(site, ticket)[resolution]
    assert (going["stage"], going["planned_end_time"]) == ("in_progress", "2026-03-04 15:00:00")
    assert (going["pause_duration"], going["original_breach_time"]) == ("1970-01-01 01:00:00", "2026-03-04 14:00:00")
    assert clocks(site, ticket)["Fiberline line repair"]["stage"] == "completed"
    stage.advance(4 * 3600)
    late = clocks(site, ticket)[resolution]
    assert (late["has_breached"], late["planned_end_time"]) == ("true", "2026-03-04 15:00:00")
    stage.hold(ticket)
    stage.advance(600)
    stage.start_work(ticket)
    after = clocks(site, ticket)[resolution]
    # What is breached keeps its time, whatever pauses come later.
    assert (after["planned_end_time"], after["pause_duration"]) == ("2026-03-04 15:00:00", "1970-01-01 01:10:00")
    stage.resolve(ticket)
    stage.reopen(ticket)
    rows = site.rows("task_sla", f"task={ticket}^sla.name={resolution}")
    assert sorted(one["stage"] for one in rows) == ["completed", "in_progress"]


def test_a_retroactive_clock_takes_over_what_was_before_it(open_site: Any) -> None:
    site = open_site(tickets=0)
    stage, name = site.stage, "Priority 1 resolution (4 hours)"
    ticket = stage.new_ticket()
    stage.advance(3600)
    stage.hold(ticket)
    stage.advance(1800)
    stage.start_work(ticket)
    stage.advance(600)
    stage.edit(ticket, {"impact": "1", "urgency": "1"})
    found = clocks(site, ticket)[name]
    assert (found["start_time"], found["pause_duration"]) == ("2026-03-04 10:00:00", "1970-01-01 00:30:00")
    assert (found["planned_end_time"], found["duration"]) == ("2026-03-04 14:30:00", "1970-01-01 01:10:00")
    late = stage.new_ticket()
    stage.advance(5 * 3600)
    stage.edit(late, {"impact": "1", "urgency": "1"})
    found = clocks(site, late)[name]
    assert (found["has_breached"], found["business_percentage"]) == ("true", "125")


def test_a_pause_may_end_by_a_condition_of_its_own(open_site: Any) -> None:
    site = open_site(tickets=0)
    stage, name = site.stage, "Priority 1 resolution (4 hours)"
    row = site.emulator.world.first("contract_sla", name=name)
    row.values.update(when_to_resume="on_condition", resume_condition="urgency=2^EQ", when_to_cancel="never")
    ticket = stage.new_ticket(impact=1, urgency=1)
    stage.hold(ticket)
    stage.start_work(ticket)
    assert clocks(site, ticket)[name]["stage"] == "paused"
    stage.edit(ticket, {"urgency": "2"})
    assert clocks(site, ticket)[name]["stage"] == "in_progress"


def test_the_engine_may_run_late(open_site: Any) -> None:
    site = open_site(tickets=0)
    site.stage.configure("com.snc.sla.engine.async", "true")
    ticket = site.stage.new_ticket(impact=1, urgency=1)
    assert clocks(site, ticket) == {}
    site.stage.advance(10)
    found = clocks(site, ticket)["Priority 1 response (15 minutes)"]
    assert found["start_time"] == "2026-03-04 10:00:05"


def test_stored_numbers_are_stale_between_the_jobs(open_site: Any) -> None:
    site = open_site(tickets=0)
    ticket = site.stage.new_ticket(impact=1, urgency=1)
    site.stage.advance(1800)
    name = "Priority 1 resolution (4 hours)"
    assert clocks(site, ticket)[name]["business_percentage"] == "0"
    site.stage.advance(1800)
    refreshed = clocks(site, ticket)[name]
    assert (refreshed["business_percentage"], refreshed["sys_updated_by"]) == ("25", "system")
    assert refreshed["sys_updated_on"] == "2026-03-04 11:00:00"


def test_a_definition_that_changes_counts_from_then_on(open_site: Any) -> None:
    site = open_site(tickets=0)
    world = site.emulator.world
    for row in world.all("contract_sla"):
        row.values["active"] = "false"
    given = {"collection": "u_field_work", "active": "true", "duration": "1970-01-01 01:00:00"}
    conditions = {"start_condition": "active=true^EQ", "cancel_condition": "u_van=none^EQ", "when_to_cancel": "never"}
    insert(world, "contract_sla", "admin", {"name": "On site", "schedule_source": "no_schedule", **given, **conditions})
    ticket = site.stage.new_ticket(table="u_field_work")
    assert set(clocks(site, ticket)) == {"On site"}
    site.stage.edit(ticket, {"u_van": "none"})
    assert clocks(site, ticket)["On site"]["stage"] == "cancelled"
