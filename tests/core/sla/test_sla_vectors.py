"""The shared ticket scenarios, judged by the engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.sla.scenario_world import clocks, differences

FILE = Path(__file__).parents[2] / "vectors" / "sla_tickets.json"
CASES = json.loads(FILE.read_text())["cases"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_every_clock_of_a_scenario_stands_as_expected(world: Any, case: dict[str, Any]) -> None:
    found = {
        name: differences(found, case["expected"][name], case.get("tolerance_seconds", 0))
        for name, found in clocks(world, case).items()
    }
    assert not any(found.values()), found


def test_the_scenarios_are_all_there() -> None:
    assert len(CASES) == 84
