"""Scenarios in the schema of the shared ones, read and judged as the command `scenarios` does it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.flows.scenarios import clocks as judged
from core.settings.positions import Problems
from core.settings.scenario_around import Around
from core.settings.scenario_case import ticket_scenario
from core.sla.verdict import Clock, State


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def clocks(case: Mapping[str, Any]) -> dict[str, list[Clock]]:
    """Return each metric's clocks as the engine judges them, in their order."""
    problems, metrics = Problems(None), case["policy"]["metrics"]
    asked = {**case, "expected": {name: {"state": "running"} for name in metrics}}
    scenario = ticket_scenario(Around("", None, lambda: None, problems), 0, asked)
    assert scenario is not None, problems.found()
    found = list(judged(scenario))
    return {name: [clock for clock in found if clock.id.metric == name] for name in metrics}


def differences(clocks: Sequence[Clock], expected: Mapping[str, Any], tolerance: int = 0) -> list[str]:
    """Return what is not as expected. The counts are of all clocks, the other keys of the last."""
    found: list[str] = []
    for key, got in (("cycles", len(clocks)), ("cycles_breached", sum(clock.breached for clock in clocks))):
        if key in expected and got != expected[key]:
            found.append(f"{key}: {got}, expected {expected[key]}")
    last = clocks[-1] if clocks else None
    if "state" not in expected:
        return found
    if expected["state"] == "inactive":
        if last is not None and last.state not in {State.INACTIVE, State.CANCELLED}:
            found.append(f"state: {last.state}, expected inactive")
        return found
    if last is None:
        return [*found, f"no clock, expected {expected}"]
    if "due_after" in expected and last.due_at is not None and last.due_at <= instant(expected["due_after"]):
        found.append(f"due_at: {last.due_at}, expected none before {expected['due_after']}")
    for key, wanted in expected.items():
        if key in {"cycles", "cycles_breached", "due_after", "due_at_next_open"}:
            continue
        got = getattr(last, key)
        if isinstance(got, datetime):
            same = abs(got - instant(wanted)) <= timedelta(seconds=tolerance)
        elif isinstance(got, int) and not isinstance(wanted, bool):
            same = abs(got - wanted) <= tolerance
        else:
            same = got == wanted
        if not same:
            found.append(f"{key}: {got}, expected {wanted}")
    if expected["state"] == "paused" and expected.get("breached") is False and last.due_at is not None:
        found.append(f"due_at: {last.due_at}, expected none while paused")
    return found
