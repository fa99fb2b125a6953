"""The shared ticket scenarios, for the metrics that the engine knows."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.calendar import Calendar
from core.sla.conditions import All, HasTag, In
from core.sla.policy import CalendarChoice, Metric, MetricKind, Policy, Reopen, Rules, StatusPattern, Target
from core.sla.verdict import Clock
from core.tickets import Priority

FILE = Path(__file__).parents[2] / "vectors" / "sla_tickets.json"
KNOWN = frozenset(MetricKind)
CASES = [
    case
    for case in json.loads(FILE.read_text())["cases"]
    if any(metric["kind"] in KNOWN for metric in case["policy"]["metrics"].values())
]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PRIORITIES = {
    "urgent": Priority.CRITICAL,
    "critical": Priority.CRITICAL,
    "high": Priority.HIGH,
    "level 2": Priority.HIGH,
    "normal": Priority.NORMAL,
    "moderate": Priority.NORMAL,
    "low": Priority.LOW,
    "level 4": Priority.LOW,
}
AUTHORS = {"agent": "ann", "customer": "cat"}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seconds(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def calendar(name: str, said: dict[str, Any]) -> Calendar:
    def spans(found: list[list[str]]) -> tuple[tuple[int, int], ...]:
        return tuple((seconds(start), seconds(end)) for start, end in found)

    return Calendar(
        name=name,
        timezone=said["timezone"],
        weekly=tuple(spans(said["weekly"].get(day, [])) for day in DAYS),
        holidays={date.fromisoformat(day): day for day in said["holidays"]},
        shifts={date.fromisoformat(day): spans(found) for day, found in said["shifts"].items()},
        breaks={date.fromisoformat(day): spans(found) for day, found in said["breaks"].items()},
    )


def metric(world: Any, policy: dict[str, Any], said: dict[str, Any]) -> Metric:
    def patterns(words: list[str]) -> frozenset[StatusPattern]:
        return frozenset(StatusPattern(world.statuses[word].phase, world.statuses[word].wait_on) for word in words)

    stop_on = [stop for stop in said.get("stop_on", []) if not stop.startswith("status:")]
    entered = [stop.removeprefix("status:") for stop in said.get("stop_on", []) if stop not in stop_on]
    return Metric(
        kind=MetricKind(said["kind"]),
        targets={
            None if priority == "*" else PRIORITIES[priority]: Target(seconds=allowed)
            for priority, allowed in said["targets"].items()
        },
        clock=said["clock"],
        start=said.get("start", "created"),
        stop_on=frozenset(stop_on) | patterns(entered),
        stop_in=patterns(said.get("stop_in", [])),
        pause_in=patterns(said.get("pause_in", [])),
        run_in=patterns(said.get("run_in", [])),
        end_in=patterns(said.get("end_in", [])),
        anchor=said.get("anchor", "oldest"),
        count_initial=said.get("count_initial", False),
        customer_cancels=said.get("customer_cancels", False),
        from_creation=said.get("from_creation", False),
        reopen=Reopen(said.get("reopen", "continue_excluding")),
        pause_accounting=policy["pause_accounting"],
        calendar_change=policy["calendar_change"],
    )


def rules(world: Any, case: dict[str, Any]) -> Rules:
    """One policy for each metric, because only some wait to be attached; a tag says what is attached."""
    said = case["policy"]
    priorities = said.get("applies_if", {}).get("priority")
    when = All((In("priority", frozenset(PRIORITIES[one] for one in priorities)),) if priorities else ())
    policies = []
    for name, one in said["metrics"].items():
        if one["kind"] in KNOWN:
            attached = HasTag(frozenset({"attached"})) if one.get("start") == "attached" else All()
            policies.append(
                Policy(
                    name=name,
                    metrics={name: metric(world, said, one)},
                    calendar=CalendarChoice(case["calendar"], "field:calendar", {n: n for n in case["calendars"]}),
                    when=All((when, attached)),
                    match="now" if priorities else "completion",
                )
            )
    calendars = {name: calendar(name, one) for name, one in case["calendars"].items()}
    return Rules(1, instant(case["ticket"]["created_at"]), tuple(policies), calendars)


def story(world: Any, case: dict[str, Any]) -> Any:
    ticket = case["ticket"]
    told = world.story(
        instant(ticket["created_at"]), status=ticket["status"], priority=ticket["priority"], assignee=None
    )
    told.values["field:calendar"] = case["calendar"]
    for event in ticket["events"]:
        at = instant(event["at"])
        match event["type"]:
            case "status" | "priority":
                told.then(at, **{event["type"]: event["to"]})
            case "comment":
                told.says(at, AUTHORS[event["author"]], public=event["public"])
            case "calendar":
                told.then(at, field__calendar=event["to"])
            case "assign":
                told.then(at, assignee="ann")
            case "attach":
                told.then(at, tags=("attached",))
    return told


def differences(clocks: list[Clock], expected: dict[str, Any], tolerance: int) -> list[str]:
    """The keys describe the last cycle; `cycles` and `cycles_breached` count over all of them."""
    counted = {"cycles": len(clocks), "cycles_breached": sum(clock.breached for clock in clocks)}
    if not clocks:
        return [] if expected in ({"state": "inactive"}, {"state": "inactive", "cycles": 0}) else ["no clock"]
    clock = max(clocks, key=lambda one: one.cycle)
    found = []
    for key, wanted in expected.items():
        if key == "due_at_next_open":
            continue
        got = counted[key] if key in counted else getattr(clock, key)
        if key == "state" and got == "cancelled":
            got = "inactive"
        if isinstance(got, datetime):
            same = abs(got - instant(wanted)) <= timedelta(seconds=tolerance)
        elif isinstance(wanted, int) and not isinstance(wanted, bool):
            same = abs(got - wanted) <= tolerance
        else:
            same = got == wanted
        if not same:
            found.append(f"{key}: {got}, expected {wanted}")
    if expected["state"] == "paused" and not expected["breached"] and clock.due_at is not None:
        found.append(f"due_at: {clock.due_at}, expected none while paused")
    return found


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_every_clock_of_a_scenario_stands_as_expected(world: Any, case: dict[str, Any]) -> None:
    revision = rules(world, case)
    mapping = world.mapping.__class__(
        status=world.mapping.status, priority=PRIORITIES, kind=world.mapping.kind, sides=world.mapping.sides
    )
    desk = world.desk.__class__(connection="acme", mapping=mapping, people=world.desk.people)
    clocks: dict[str, list[Clock]] = {}
    for policy in revision.policies:
        # Alone, because within an agreement the first match would take all.
        alone = Rules(1, revision.applied_at, (policy,), revision.calendars)
        for clock in world.judge(story(world, case), alone, instant(case["now"]), desk=desk).clocks:
            clocks.setdefault(clock.id.metric, []).append(clock)
    found = {
        name: differences(clocks.get(name, []), expected, case.get("tolerance_seconds", 0))
        for name, expected in case["expected"].items()
        if case["policy"]["metrics"][name]["kind"] in KNOWN
    }
    assert not any(found.values()), found


def test_the_scenarios_are_all_there() -> None:
    assert len(CASES) == 84
