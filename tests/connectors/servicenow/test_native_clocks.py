"""ServiceNow's own SLA clocks as statements: what stands of them, and nothing that a job has yet to refresh."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import Checkpoint, NativeClock, Page, Says
from connectors.servicenow.native_clocks import STREAM, statements
from connectors.servicenow.shapes import stamp
from connectors.servicenow.words import MAPPING
from core.sla.native import NativeReading, read
from core.sla.parity import pairs_of
from tests.connectors.servicenow.desk import NOON, Desk, ident, incident, staffed

TICKET = "65e0c0f2ddaca1b54a64e4a71cf15b98"


def row(sys_id: str = "a1", **more: str) -> dict[str, Any]:
    """Return a clock that runs: eight hours for a resolution, of the schedule."""
    return {
        "sys_id": sys_id, "task": TICKET, "sla": "4aeb", "stage": "in_progress", "active": "true",
        "start_time": "2026-03-09 07:58:12", "end_time": "", "planned_end_time": "2026-03-09 15:58:12",
        "pause_time": "", "pause_duration": "", "duration": "1970-01-01 00:10:00",
        "business_duration": "1970-01-01 00:10:00", "schedule": "9588", "sys_updated_on": "2026-03-09 08:08:12",
        "sla.name": "Priority 3 resolution (8 hours)", "sla.type": "SLA", "sla.target": "resolution",
        "sla.duration": "1970-01-01 08:00:00", "sla.duration_type": "", **more,
    }  # fmt: skip


PAUSED = {"stage": "paused", "pause_time": "2026-03-09 09:40:00", "pause_duration": "1970-01-01 00:30:00"}
RESPONSE = {"sla.name": "Priority 3 response (1 hour)", "sla.target": "response", "sla.duration": "1970-01-01 01:00:00"}


def stated(*rows: dict[str, Any]) -> tuple[NativeClock, ...]:
    found, aside = statements(rows)
    assert aside == ()
    return found


def reading(*rows: dict[str, Any]) -> tuple[NativeReading, ...]:
    return read(stated(*rows), NOON)


def at(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


def test_a_clock_that_runs_says_when_it_began_what_is_allowed_and_when_it_is_due() -> None:
    (found,) = reading(row())
    assert found == NativeReading(
        "SLA resolution", 1, "running", "Priority 3 resolution (8 hours)", 28800, True,
        at("2026-03-09 07:58:12"), at("2026-03-09 15:58:12"), breached_at=at("2026-03-09 15:58:12"),
    )  # fmt: skip


def test_what_was_used_is_stated_of_a_clock_that_has_ended_and_of_no_other() -> None:
    assert not [each for each in stated(row(), row("a2", **PAUSED)) if each.says is Says.ELAPSED]
    over = row(stage="completed", end_time="2026-03-09 14:20:00", duration="1970-01-02 01:00:00")
    told = {each.business: each.seconds for each in stated(over) if each.says is Says.ELAPSED}
    assert told == {True: 600, False: 90000}


def test_a_clock_that_stands_still_is_not_late_by_the_due_time_from_before() -> None:
    (found,) = reading(row(**PAUSED))
    assert (found.state, found.breached, found.due_at) == ("paused", False, at("2026-03-09 15:58:12"))
    (late,) = reading(row(**PAUSED | {"pause_time": "2026-03-09 16:00:00"}))
    assert late.breached_at == at("2026-03-09 15:58:12")
    assert [each.seconds for each in stated(row(**PAUSED)) if each.says is Says.PAUSED] == [1800]


def test_a_clock_that_goes_on_says_so_in_place_of_its_pause_and_may_pause_again() -> None:
    rows = [row(), row(**PAUSED), row(pause_duration="1970-01-01 03:25:22"), row(**PAUSED)]
    kept: dict[str, NativeClock] = {}
    shown: list[str] = []
    for each in rows:
        kept |= {said.id: said for said in stated(each)}
        shown += [found.state for found in read(kept.values(), NOON)]
    assert shown == ["running", "paused", "running", "paused"]


@pytest.mark.parametrize(
    ("stage", "active", "state"),
    [
        ("completed", "false", "completed"),
        ("cancelled", "false", "completed"),
        ("achieved", "false", "completed"),
        ("breached", "true", "running"),
        ("breached", "false", "completed"),
        ("paused", "true", "running"),
    ],
)
def test_the_stages_of_both_engines_are_known(stage: str, active: str, state: str) -> None:
    (found,) = reading(row(stage=stage, active=active))
    assert found.state == state
    if state == "completed":
        assert found.completed_at == at("2026-03-09 08:08:12"), "without an end it is when the row was last changed"


def test_clocks_of_one_type_and_target_take_turns_by_their_start() -> None:
    second = row("00", start_time="2026-03-09 14:20:00", **{"sla.name": "Priority 2 resolution (4 hours)"})
    found = reading(second, row(), row("b1", **RESPONSE))
    assert [(each.metric, each.cycle, each.policy) for each in found] == [
        ("SLA resolution", 1, "Priority 3 resolution (8 hours)"),
        ("SLA response", 1, "Priority 3 response (1 hour)"),
        ("SLA resolution", 2, "Priority 2 resolution (4 hours)"),
    ]


def test_rows_that_were_made_anew_say_the_same_in_place_of_the_old_ones() -> None:
    assert {each.id for each in stated(row("old"))} == {each.id for each in stated(row("new"))}


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({}, "SLA resolution"),
        ({"sla.type": "OLA"}, "OLA resolution"),
        ({"sla.type": "Underpinning contract", "sla.target": "response"}, "Underpinning contract response"),
        ({"sla.type": ""}, "SLA resolution"),
        ({"sla.target": ""}, "Priority 3 resolution (8 hours)"),
    ],
)
def test_a_clock_is_called_by_its_type_and_target_else_by_its_name(more: dict[str, str], word: str) -> None:
    assert {each.metric for each in stated(row(**more))} == {word}


def test_what_ends_at_another_thing_than_a_time_allows_nothing_that_could_be_compared() -> None:
    for more in ({"sla.duration_type": "3cb1"}, {"sla.duration": ""}, {"sla.duration": "1969-12-31 23:00:00"}):
        assert not [each for each in stated(row(**more)) if each.says is Says.TARGET]


def test_days_of_an_allowance_are_whole_ones_of_24_hours() -> None:
    (target,) = [each for each in stated(row(**{"sla.duration": "1970-01-03 00:00:00"})) if each.says is Says.TARGET]
    assert (target.seconds, target.business) == (2 * 86400, True)
    (plain,) = [each for each in stated(row(schedule="")) if each.says is Says.TARGET]
    assert plain.business is False


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (row(stage="dreaming"), "the stage 'dreaming' is not known"),
        (row(start_time="yesterday"), "'start_time' is not a time"),
        (row(**{"sla.name": "", "sla.target": ""}), "its SLA definition is gone, or may not be read"),
        ("?", "an SLA of a task is not an object"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_and_the_others_count(odd: object, reason: str) -> None:
    found, (aside,) = statements([odd, row("a2")])
    assert (aside.reason, aside.stream, len(aside.payload_hash)) == (reason, "native_clocks", 64)
    assert {each.cycle for each in found} == {1}


def test_a_row_that_is_not_ready_says_nothing() -> None:
    assert stated(row(stage="starting"), row(task="")) == ()


def test_the_words_for_type_and_target_are_paired_with_metrics() -> None:
    pairs = pairs_of(MAPPING.native_metrics)
    assert pairs["ola response"] == (("ola", "response"), ("ola", "first_response"))
    assert pairs["underpinning contract resolution"] == (("vendor", "resolution"),)
    assert pairs["sla resolution"] == (("sla", "resolution"),)


# Read over the Table API.


def desk() -> Desk:
    """Return an instance with clocks of two tickets, and one of a table that is not read."""
    made = staffed(Desk())
    for number in (1, 2):
        incident(made, number, NOON - timedelta(hours=1))
    clock(made, 11, 1, hours=9)
    clock(made, 12, 1, hours=1, **{"sla.name": "Priority 2 resolution (4 hours)", "start_time": "2026-03-09 14:20:00"})
    clock(made, 21, 2, hours=2)
    clock(made, 31, 3, hours=2, **{"task.sys_class_name": "change_request", "sla.collection": "change_request"})
    return made


def clock(made: Desk, number: int, ticket: int, hours: int, **more: str) -> None:
    own = {"task": ident(ticket), "sys_updated_on": stamp(NOON - timedelta(hours=hours))}
    told = {"task.sys_class_name": "incident", "sla.collection": "incident"}
    made.add("task_sla", **row(ident(number), **{**own, **told, **more}))


def pulled(made: Desk, since: Checkpoint | None = None, at: datetime | None = None) -> tuple[list[NativeClock], Page]:
    connector = made.connector()
    pages = list(connector.pull(STREAM, since or connector.start(STREAM, at)))
    records = [each for page in pages for each in page.records if isinstance(each, NativeClock)]
    return records, pages[-1]


def test_the_clocks_of_tickets_in_the_tables_that_are_read_are_told() -> None:
    found, last = pulled(desk())
    assert {(each.ticket_id, each.cycle) for each in found} == {(ident(1), 1), (ident(1), 2), (ident(2), 1)}
    assert last.settled_until is not None


def test_with_a_clock_that_has_changed_come_the_others_of_its_ticket() -> None:
    found, _ = pulled(desk(), at=NOON - timedelta(minutes=90))
    assert {(each.ticket_id, each.cycle) for each in found} == {(ident(1), 1), (ident(1), 2)}


def test_reading_goes_on_where_it_ended() -> None:
    made = desk()
    _, last = pulled(made)
    assert pulled(made, last.checkpoint)[0] == []
    made.tables["task_sla"][2] |= {"stage": "completed", "sys_updated_on": stamp(NOON + timedelta(minutes=10))}
    made.now = NOON + timedelta(minutes=15)
    found, _ = pulled(made, last.checkpoint)
    assert {each.ticket_id for each in found} == {ident(2)}
    assert Says.COMPLETED in {each.says for each in found}


@pytest.mark.parametrize("how", ["refused", "closed", "absent"])
def test_where_they_may_not_be_read_there_are_none_and_that_is_no_failure(how: str) -> None:
    made = desk()
    if how == "absent":
        del made.tables["task_sla"]
    else:
        getattr(made, how).add("task_sla")
    assert pulled(made)[0] == []


def test_rows_that_were_not_asked_for_are_not_taken_for_a_ticket_s() -> None:
    made = desk()
    made.unknown.add("task")
    found, last = pulled(made)
    assert (found, last.settled_until) == ([], None)


def test_clocks_are_read_each_quarter_of_an_hour_since_they_change_by_themselves() -> None:
    (stream,) = [each for each in desk().connector().streams() if each.name == STREAM]
    assert (stream.every, stream.carries_history) == (timedelta(minutes=15), False)
