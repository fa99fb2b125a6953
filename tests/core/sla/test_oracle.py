"""The engine held against the oracle, on tickets drawn at random.

A few hundred are drawn each time, always the same. To look further, at others:
`ORACLE_TICKETS=100000 ORACLE_SEED=7 make test ARGS=tests/core/sla/test_oracle.py`.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.core.sla.oracle.answers import CYCLES, expected
from tests.core.sla.oracle.drawn import scenario
from tests.core.sla.oracle.hours import open_steps
from tests.core.sla.oracle.smaller import smallest
from tests.core.sla.oracle.walk import instant
from tests.core.sla.scenario_clocks import clocks, differences

VECTORS = Path(__file__).parents[2] / "vectors"
SEED = os.environ.get("ORACLE_SEED", "1")
AT_ONCE = 50
TURNS = max(int(os.environ.get("ORACLE_TICKETS", "300")) // AT_ONCE, 1)


def cases(file: str) -> Any:
    return json.loads((VECTORS / file).read_text())["cases"]


def same(key: str, wanted: Any, said: Any, tolerance: int) -> bool:
    if key.endswith("_at") or key == "due_at_next_open":
        return abs(instant(wanted) - instant(said)) <= tolerance
    return bool(wanted == said) if isinstance(wanted, bool | str) else abs(wanted - said) <= tolerance


def test_the_oracle_answers_every_shared_scenario() -> None:
    wrong = {}
    for case in cases("sla_tickets.json"):
        answers = expected(case)
        for name, wanted in case["expected"].items():
            for key, value in wanted.items():
                if not same(key, value, answers[name].get(key), case.get("tolerance_seconds", 0)):
                    wrong[case["id"], name, key] = (answers[name].get(key), value)
    assert wrong == {}


def test_the_oracles_hours_answer_every_shared_question_of_length() -> None:
    wrong = {}
    for case in (case for case in cases("business_time.json") if case["op"] == "elapsed"):
        start, end = (instant(case["input"][key]) for key in ("start", "end"))
        step = 1 if start % 60 or end % 60 else 60
        seconds = open_steps(case["calendar"], start, end, step).count(1) * step
        if seconds != case.get("expected_wall", case["expected"])["seconds"]:
            wrong[case["id"]] = seconds
    assert wrong == {}


def test_the_tickets_drawn_reach_every_state_of_every_metric() -> None:
    random = Random("states")
    reached = set()
    for _ in range(200):
        case = scenario(random)
        for name, answer in expected(case).items():
            kind = case["policy"]["metrics"][name]["kind"]
            reached.add((kind, answer.get("state", "silent"), answer.get("breached", False)))
    for kind in ("first_response", "next_response", "periodic_update", "resolution", "status_time"):
        # The next reply begins another cycle at once, so that the last one is never completed.
        states = ("running", "paused") if kind == "periodic_update" else ("running", "paused", "completed")
        assert {(kind, state, False) for state in (*states, "inactive")} <= reached
        assert (kind, "running", True) in reached
    assert {kind for kind, state, _ in reached if state == "silent"} >= CYCLES


@pytest.mark.parametrize("turn", range(TURNS))
def test_the_engine_says_what_the_oracle_says(turn: int) -> None:
    def differing(case: Mapping[str, Any]) -> dict[str, list[str]]:
        answers = expected(case)
        found = {name: differences(each, answers[name]) for name, each in clocks(case).items()}
        return {name: each for name, each in found.items() if each}

    random = Random(f"{SEED}/{turn}")
    for number in range(AT_ONCE):
        case = scenario(random)
        for name in differing(case):
            small = smallest(case, lambda less, name=name: name in differing(less))
            told = json.dumps({**small, "expected": expected(small)})
            pytest.fail(f"ticket {number} of turn {turn}, seed {SEED}: {differing(small)}\n{told}")
