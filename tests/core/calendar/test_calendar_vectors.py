"""Business time against what public libraries answer: one case a test, named by its id.

Where two answers are in use we give one kind throughout: closing time when an addition lands on it, and the
wall-clock reading (`expected_wall`) of hours that begin or end in a skipped or repeated hour.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.flows.scenarios import run
from core.settings.scenario_file import read_scenarios
from core.settings.scenario_values import Endpoints, Landing, Scenario, TimeScenario, Way

VECTORS = Path(__file__).parents[2] / "vectors" / "business_time.json"
SCENARIOS = [each for each in read_scenarios([VECTORS], lambda: None) if isinstance(each, TimeScenario)]


def ways(scenario: TimeScenario) -> tuple[Way, ...]:
    (found,) = scenario.expected.values()
    return found


LANDING = [each for each in SCENARIOS if any(way.landing for way in ways(each))]
ENDPOINT = [each for each in SCENARIOS if any(way.endpoints for way in ways(each))]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[each.id for each in SCENARIOS])
def test_business_time_agrees_with_the_public_libraries(scenario: Scenario) -> None:
    assert [outcome.differences for outcome in run([scenario])] == [()]


def test_the_kind_of_answer_is_the_same_in_all_cases() -> None:
    assert [outcome.scenario.id for outcome in run(SCENARIOS) if outcome.differences] == []


def test_the_vectors_hold_cases_for_both_choices() -> None:
    assert len(SCENARIOS) == 362
    assert len(LANDING) > 20
    assert len(ENDPOINT) >= 10
    assert all(len({way.value for way in ways(each)}) > 1 for each in ENDPOINT)


@pytest.mark.parametrize("scenario", LANDING, ids=[each.id for each in LANDING])
def test_landing_on_closing_time_is_always_answered_by_the_closing_time(scenario: TimeScenario) -> None:
    calendar, landed = scenario.calendar, scenario.calendar.add(scenario.at, timedelta(seconds=scenario.seconds))
    opening = [way.value for way in ways(scenario) if way.landing is Landing.OPENING]

    assert landed is not None
    assert not calendar.is_open(landed)
    assert calendar.is_open(landed - timedelta(microseconds=1))
    assert [calendar.next_open(landed)] == opening


@pytest.mark.parametrize("scenario", ENDPOINT, ids=[each.id for each in ENDPOINT])
def test_hours_that_end_in_a_skipped_or_repeated_hour_are_read_by_the_wall_clock(scenario: TimeScenario) -> None:
    ((key, both),) = scenario.expected.items()
    (outcome,) = run([replace(scenario, expected={key: tuple(way for way in both if way.endpoints is Endpoints.WALL)})])
    assert outcome.passed
