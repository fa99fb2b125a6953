"""The shared ticket scenarios, read and judged as the command `scenarios` does it: one case a test, named by its id."""

import json
from pathlib import Path

import pytest

from core.flows.scenarios import run
from core.settings.scenario_file import read_scenarios
from core.settings.scenario_values import Scenario

FILE = Path(__file__).parents[2] / "vectors" / "sla_tickets.json"
SCENARIOS = read_scenarios([FILE], lambda: None)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[each.id for each in SCENARIOS])
def test_every_clock_of_a_scenario_stands_as_expected(scenario: Scenario) -> None:
    assert [outcome.differences for outcome in run([scenario])] == [()]


def test_a_clock_that_is_paused_before_it_is_due_says_no_due_time(tmp_path: Path) -> None:
    content = json.loads(FILE.read_text())
    paused = [
        result
        for case in content["cases"]
        for result in case["expected"].values()
        if result["state"] == "paused" and not result["breached"]
    ]
    for result in paused:
        result["due_at"] = None
    stricter = tmp_path / "sla_tickets.json"
    stricter.write_text(json.dumps(content))

    assert len(paused) > 5
    assert [
        outcome.scenario.id for outcome in run(read_scenarios([stricter], lambda: None)) if outcome.differences
    ] == []


def test_the_scenarios_are_all_there() -> None:
    assert len(SCENARIOS) == 84
