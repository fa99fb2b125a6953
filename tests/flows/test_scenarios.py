"""Scenarios judged: what the schema says and the shared vectors leave open. 6 May 2024 is a Monday."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.flows.scenarios import Difference, Outcome, pauses, run
from core.settings.scenario_file import read_scenarios
from core.settings.scenario_values import Scenario, TicketScenario

Judge = Callable[..., list[Outcome]]

DAY = "2024-05-06"
WEEK = {"mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]]}
OFFICE = {"timezone": "UTC", "weekly": WEEK, "holidays": [], "breaks": {}, "shifts": {}}
RESOLUTION = {
    "kind": "resolution",
    "targets": {"*": 7200},
    "clock": "calendar",
    "stop_in": ["solved", "closed"],
    "reopen": "continue_excluding",
    "pause_in": ["pending"],
}
REPLY = {"kind": "next_response", "targets": {"*": 3600}, "clock": "calendar", "pause_in": []}


def case(
    metric: Mapping[str, Any], *events: tuple[str, str, Any], now: str = "12:00", created: str = "09:00", **more: Any
) -> dict[str, Any]:
    """Return one scenario. Events are (time, type, what it is changed to, or who writes)."""
    told = []
    for at, kind, what in events:
        event: dict[str, Any] = {"at": f"{DAY}T{at}:00Z", "type": kind}
        if kind == "comment":
            event |= {"author": what.removeprefix("private "), "public": not what.startswith("private")}
        elif what is not None:
            event["to"] = what
        told.append(event)
    policy = {"pause_accounting": "calendar", "calendar_change": "latest", **more.pop("policy", {})}
    ticket = {"created_at": f"{DAY}T{created}:00Z", "status": "open", "priority": "normal", **more.pop("ticket", {})}
    return {
        "id": "one",
        "calendars": {"main": OFFICE},
        "calendar": "main",
        "policy": {**policy, "metrics": {"clock": metric}},
        "ticket": {**ticket, "events": told},
        "now": f"{DAY}T{now}:00Z",
        **more,
    }


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Runs scenarios as files hold them."""

    def judged(*cases: Mapping[str, Any], kind: str = "sla_tickets") -> list[Outcome]:
        file = tmp_path / "cases.json"
        numbered = [{**one, "id": str(number)} for number, one in enumerate(cases)]
        file.write_text(json.dumps({"kind": kind, "version": 1, "cases": numbered}))
        return list(run(read_scenarios([file], lambda: None)))

    return judged


SENTENCES = {
    "nothing has come of it before it is attached": (
        case({**RESOLUTION, "start": "attached"}, ("10:00", "status", "pending")),
        {"state": "inactive", "cycles": 0, "breached": False, "started_at": None},
    ),
    "it starts when the agreement is attached": (
        case({**RESOLUTION, "start": "attached"}, ("10:00", "attach", None)),
        {"state": "running", "started_at": f"{DAY}T10:00:00Z", "elapsed_seconds": 7200, "breached": False},
    ),
    "a priority at now that the policy is not for makes it inactive": (
        case(RESOLUTION, ("10:00", "priority", "cold"), policy={"applies_if": {"priority": ["normal", "hot"]}}),
        {"state": "inactive"},
    ),
    "a priority at now that the policy is for makes it run from the beginning": (
        case(
            {**RESOLUTION, "start": "attached"},
            ("10:00", "attach", None),
            ("11:00", "priority", "hot"),
            policy={"applies_if": {"priority": ["hot"]}},
        ),
        {"state": "running", "started_at": f"{DAY}T10:00:00Z"},
    ),
    "the target is that of the priority at now": (
        case({**RESOLUTION, "targets": {"low": 60, "high": 120}}, ("10:00", "priority", "high")),
        {"target_seconds": 120, "started_at": f"{DAY}T09:00:00Z", "breached": True},
    ),
    "the target is that of the priority at completion": (
        case(
            {**RESOLUTION, "targets": {"normal": 60, "high": 7200}},
            ("10:00", "priority", "high"),
            ("10:30", "status", "solved"),
            ("11:00", "priority", "normal"),
        ),
        {"state": "completed", "target_seconds": 7200, "breached": False},
    ),
    "without a target for the priority there is no clock": (
        case({**RESOLUTION, "targets": {"high": 60}}),
        {"state": "inactive"},
    ),
    "no priority at all is any priority": (
        case({**RESOLUTION, "targets": {"high": 60, "*": 7200}}, ticket={"priority": None}),
        {"target_seconds": 7200},
    ),
    "words for priorities are told apart, whatever they are": (
        case(
            {**RESOLUTION, "targets": {"urgent": 1, "critical": 2, "Level 2": 3, "level 2": 4, "high": 5, "*": 6}},
            ticket={"priority": "level 2"},
        ),
        {"target_seconds": 4},
    ),
    "a word that no target names has the target of any": (
        case({**RESOLUTION, "targets": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "*": 6}}, ticket={"priority": "f"}),
        {"target_seconds": 6},
    ),
    "hold is another status than pending": (
        case(RESOLUTION, ("10:00", "status", "hold"), ("11:00", "status", "pending")),
        {"state": "paused", "paused_seconds": 3600, "elapsed_seconds": 7200},
    ),
    "closed is another status than solved": (
        case({**RESOLUTION, "stop_in": ["closed"]}, ("10:00", "status", "solved")),
        {"state": "running"},
    ),
    "moving on within the statuses that stop it keeps the first end": (
        case(RESOLUTION, ("10:00", "status", "solved"), ("11:00", "status", "closed")),
        {"state": "completed", "completed_at": f"{DAY}T10:00:00Z"},
    ),
    "of two changes at one time the later in the list holds": (
        case(RESOLUTION, ("10:00", "status", "pending"), ("10:00", "status", "open")),
        {"state": "running", "paused_wall_seconds": 0},
    ),
    "without statuses that pause it nothing does": (
        case({key: part for key, part in RESOLUTION.items() if key != "pause_in"}, ("10:00", "status", "pending")),
        {"state": "running", "paused_seconds": 0},
    ),
    "without statuses that stop it nothing does": (
        case({**RESOLUTION, "stop_in": []}, ("10:00", "status", "solved")),
        {"state": "running"},
    ),
    "a clock that runs in no status stands still": (
        case({"kind": "status_time", "targets": {"*": 60}, "run_in": [], "stop_in": ["solved"], "clock": "always"}),
        {"state": "paused", "elapsed_seconds": 0, "paused_wall_seconds": 3 * 3600},
    ),
    "round the clock needs no calendar": (
        {
            **case({**RESOLUTION, "clock": "always"}, created="06:00"),
            "calendars": {},
            "calendar": None,
        },
        {"elapsed_seconds": 6 * 3600, "due_at": f"{DAY}T08:00:00Z"},
    ),
    "the customer's first message counts": (
        case(REPLY, ("09:00", "comment", "customer")),
        {"state": "running", "started_at": f"{DAY}T09:00:00Z", "cycles": 1, "breached": True, "cycles_breached": 1},
    ),
    "the customer's first message does not count where the switch is off": (
        case({**REPLY, "count_initial": False}, ("09:00", "comment", "customer"), ("10:00", "comment", "customer")),
        {"state": "inactive", "cycles": 0},
    ),
    "private comments are neither questions nor answers": (
        case(REPLY, ("10:00", "comment", "customer"), ("10:30", "comment", "private agent")),
        {"state": "running", "cycles": 1},
    ),
    "each question that is answered is a cycle": (
        case(
            REPLY,
            ("09:00", "comment", "customer"),
            ("09:10", "comment", "agent"),
            ("09:20", "comment", "customer"),
            ("11:30", "comment", "agent"),
        ),
        {"state": "completed", "cycles": 2, "cycles_breached": 1, "elapsed_seconds": 7800, "breached": True},
    ),
    "a cycle that the customer ends has no result": (
        case(
            {"kind": "periodic_update", "targets": {"*": 3600}, "clock": "calendar", "customer_cancels": True},
            ("09:30", "comment", "agent"),
            ("10:00", "comment", "customer"),
        ),
        {"state": "inactive", "cycles": 1},
    ),
    "taken by an agent a second time counts": (
        case(
            {
                "kind": "first_response",
                "targets": {"*": 60},
                "clock": "calendar",
                "stop_on": ["assign"],
                "start": "attached",
            },
            ("09:10", "assign", None),
            ("09:20", "attach", None),
            ("09:30", "assign", None),
        ),
        {"state": "completed", "completed_at": f"{DAY}T09:30:00Z"},
    ),
    "before the ticket there is nothing": (case(RESOLUTION, created="12:00", now="11:00"), {"state": "inactive"}),
    "a name says nothing where the kind says something else": (
        {
            **case(RESOLUTION, ("10:00", "status", "pending")),
            "policy": {"metrics": {"pausable_update": {**RESOLUTION, "pause_in": []}}},
        },
        {"state": "running", "elapsed_seconds": 3 * 3600},
    ),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_scenario_is_judged_as_its_schema_says(judge: Judge, sentence: str) -> None:
    given, expected = SENTENCES[sentence]
    (metric,) = given["policy"]["metrics"]
    (outcome,) = judge({**given, "expected": {metric: expected}})
    assert outcome.differences == ()


def test_the_calendar_of_a_scenario_changes_with_its_event(judge: Judge) -> None:
    late = {**OFFICE, "weekly": {"mon": [["11:00", "17:00"]]}}
    given = case(RESOLUTION, ("11:00", "calendar", "Main"), calendars={"main": OFFICE, "Main": late})
    expected = {"elapsed_seconds": 3600, "calendar": "Main"}
    assert [each.differences for each in judge({**given, "expected": {"clock": expected}})] == [()]
    segments = {**given, "policy": {**given["policy"], "calendar_change": "segment"}}
    (outcome,) = judge({**segments, "expected": {"clock": expected}})
    assert outcome.differences == (Difference("clock", "elapsed_seconds", 3600, 3 * 3600),)


def test_only_the_keys_that_are_there_are_compared_and_with_their_tolerance(judge: Judge) -> None:
    wrong = {"due_at": f"{DAY}T11:00:30Z", "elapsed_seconds": 3 * 3600 - 31, "cycles": 2}
    (outcome,) = judge({**case(RESOLUTION), "tolerance_seconds": 30, "expected": {"clock": wrong}})
    assert [(each.key, each.expected, each.got) for each in outcome.differences] == [
        ("elapsed_seconds", 3 * 3600 - 31, 3 * 3600),
        ("cycles", 2, 1),
    ]


ON_CLOSING = {"due_at": f"{DAY}T17:00:00Z", "due_at_next_open": "2024-05-07T09:00:00Z"}
TURNED = {"due_at": f"{DAY}T16:00:00Z", "due_at_next_open": f"{DAY}T17:00:00Z"}
ALL_DAY = {**RESOLUTION, "targets": {"*": 8 * 3600}}


@pytest.mark.parametrize(
    ("order", "passed"),
    [
        ([ON_CLOSING], [True]),
        ([TURNED], [True]),
        ([ON_CLOSING, TURNED, ON_CLOSING], [True, False, True]),
        ([TURNED, ON_CLOSING], [True, False]),
        ([{"due_at": f"{DAY}T16:00:00Z"}, TURNED], [False, True]),
    ],
)
def test_of_two_kinds_of_answers_either_is_right_but_always_the_same(
    judge: Judge, order: list[dict[str, str]], passed: list[bool]
) -> None:
    outcomes = judge(*({**case(ALL_DAY), "expected": {"clock": each}} for each in order))
    assert [each.passed for each in outcomes] == passed


def test_an_answer_of_the_other_kind_says_so(judge: Judge) -> None:
    _, other = judge(*({**case(ALL_DAY), "expected": {"clock": each}} for each in (ON_CLOSING, TURNED)))
    (difference,) = other.differences
    assert difference.why == "the next opening, where it was the closing time before"


CHANGE = {
    "calendar": {"timezone": "Europe/Berlin", "weekly": {"sun": [["01:00", "02:30"]]}},
    "op": "elapsed",
    "input": {"start": "2024-03-31T00:00:00Z", "end": "2024-03-31T12:00:00Z"},
    "dst_endpoint_rule": True,
}
"""At 02:00 the clocks go to 03:00: an hour by the wall, one and a half from end point to end point."""


@pytest.mark.parametrize(
    ("both", "passed"),
    [([(5400, 3600)], [True]), ([(3600, 1)], [True]), ([(5400, 3600), (3600, 1)], [True, False]), ([(1, 2)], [False])],
)
def test_of_two_readings_of_a_change_of_the_clocks_either_is_right_but_always_the_same(
    judge: Judge, both: list[tuple[int, int]], passed: list[bool]
) -> None:
    cases = [{**CHANGE, "expected": {"seconds": at}, "expected_wall": {"seconds": wall}} for at, wall in both]
    assert [each.passed for each in judge(*cases, kind="business_time")] == passed


def test_the_reading_by_the_wall_is_right_only_where_the_rule_is_named(judge: Judge) -> None:
    answers = {"expected": {"seconds": 5400}, "expected_wall": {"seconds": 3600}}
    (outcome,) = judge({**CHANGE, **answers, "dst_endpoint_rule": False}, kind="business_time")
    assert [(each.metric, each.key, each.expected, each.got) for each in outcome.differences] == [
        ("", "seconds", 5400, 3600)
    ]


CALENDARS = {
    "a holiday closes the whole day, hours of its own or not": (
        {"holidays": [DAY, DAY], "shifts": {DAY: [["10:00", "12:00"]]}},
        8 * 3600,
    ),
    "hours of a date are instead of the weekday's": ({"shifts": {DAY: [["10:00", "12:00"]]}}, 10 * 3600),
    "no hours of a date close it": ({"shifts": {DAY: []}}, 8 * 3600),
    "breaks are cut out once, however often they stand": (
        {"breaks": {DAY: [["12:30", "13:30"], ["12:00", "13:00"], ["08:00", "09:30"]]}},
        14 * 3600,
    ),
    "breaks are cut out of the hours of a date": (
        {"shifts": {DAY: [["10:00", "12:00"]]}, "breaks": {DAY: [["11:00", "13:00"]]}},
        9 * 3600,
    ),
    "a calendar may never open": ({"weekly": {}}, 0),
    "a calendar may open on a date only": ({"weekly": {"mon": []}, "shifts": {DAY: [["10:00", "24:00"]]}}, 14 * 3600),
    "a night shift is two spans": (
        {"weekly": {"mon": [["22:00", "24:00"]], "tue": [["00:00", "06:00"]]}},
        8 * 3600,
    ),
    "the configuration's words do as well": (
        {"weekly": {"mon-tue": ["09:00-12:00", ["13:00", "17:00"]]}, "holidays": [{"date": DAY, "name": "ours"}]},
        7 * 3600,
    ),
}


@pytest.mark.parametrize("sentence", CALENDARS)
def test_a_calendar_is_read_as_the_schema_says(judge: Judge, sentence: str) -> None:
    more, seconds = CALENDARS[sentence]
    asked = {"start": f"{DAY}T00:00:00Z", "end": "2024-05-08T00:00:00Z"}
    calendar = {**OFFICE, **more}
    outcomes = judge(
        {"calendar": calendar, "op": "elapsed", "input": asked, "expected": {"seconds": seconds}}, kind="business_time"
    )
    assert [each.differences for each in outcomes] == [()]


def test_a_date_that_a_zone_has_skipped_may_be_named(judge: Judge) -> None:
    apia = {"timezone": "Pacific/Apia", "weekly": {day: [["00:00", "24:00"]] for day in ("thu", "fri", "sat")}}
    calendar = {**apia, "holidays": ["2011-12-30"], "shifts": {"2011-12-30": []}}
    asked = {"start": "2011-12-29T10:00:00Z", "end": "2011-12-31T10:00:00Z"}
    outcomes = judge(
        {"calendar": calendar, "op": "elapsed", "input": asked, "expected": {"seconds": 48 * 3600}},
        kind="business_time",
    )
    assert [each.differences for each in outcomes] == [()]


def test_where_a_clock_stood_still_is_known(judge: Judge) -> None:
    events = (("09:30", "status", "pending"), ("10:00", "status", "open"), ("11:00", "status", "solved"))
    (outcome,) = judge({**case(RESOLUTION, *events), "expected": {"clock": {"state": "running"}}})
    scenario: Scenario = outcome.scenario
    assert isinstance(scenario, TicketScenario)
    (stood,) = pauses(scenario, outcome.clocks["clock"])
    assert (f"{stood.since:%H:%M}", f"{stood.until:%H:%M}", stood.status) == ("09:30", "10:00", "waiting/customer")
