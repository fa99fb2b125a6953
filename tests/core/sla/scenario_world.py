"""Scenarios in the schema of the shared ones, told to the engine."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from core.calendar import Calendar
from core.sla.conditions import All, HasTag, In
from core.sla.policy import CalendarChoice, Metric, MetricKind, Policy, Reopen, Rules, StatusPattern, Target
from core.sla.verdict import Clock, State
from core.tickets import Priority

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


def calendar(name: str, said: Mapping[str, Any]) -> Calendar:
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


def metric(world: Any, policy: Mapping[str, Any], said: Mapping[str, Any]) -> Metric:
    def patterns(words: list[str]) -> frozenset[StatusPattern]:
        return frozenset(StatusPattern(world.statuses[word].phase, world.statuses[word].wait_on) for word in words)

    stop_on = [stop for stop in said.get("stop_on", []) if not stop.startswith("status:")]
    entered = [stop.removeprefix("status:") for stop in said.get("stop_on", []) if stop not in stop_on]
    switches = ("anchor", "clock", "count_initial", "customer_cancels", "from_creation", "start")
    return Metric(
        kind=MetricKind(said["kind"]),
        targets={
            None if priority == "*" else PRIORITIES[priority]: Target(seconds=allowed)
            for priority, allowed in said["targets"].items()
        },
        stop_on=frozenset(stop_on) | patterns(entered),
        stop_in=patterns(said.get("stop_in", [])),
        pause_in=patterns(said.get("pause_in", [])),
        run_in=patterns(said.get("run_in", [])),
        end_in=patterns(said.get("end_in", [])),
        reopen=Reopen(said.get("reopen", "continue_excluding")),
        pause_accounting=policy["pause_accounting"],
        calendar_change=policy["calendar_change"],
        **{switch: said[switch] for switch in switches if switch in said},
    )


def rules(world: Any, case: Mapping[str, Any]) -> dict[str, Rules]:
    """Return the rules of each metric alone: within an agreement the first policy that matches would take all.

    Only some wait to be attached; a tag says what is.
    """
    said = case["policy"]
    priorities = said.get("applies_if", {}).get("priority")
    when = All((In("priority", frozenset(PRIORITIES[one] for one in priorities)),) if priorities else ())
    calendars = {name: calendar(name, one) for name, one in case["calendars"].items()}
    alone = {}
    for name, one in said["metrics"].items():
        attached = HasTag(frozenset({"attached"})) if one.get("start") == "attached" else All()
        policy = Policy(
            name=name,
            metrics={name: metric(world, said, one)},
            calendar=CalendarChoice(case["calendar"], "field:calendar", {n: n for n in calendars}),
            when=All((when, attached)),
            match="now" if priorities else "completion",
        )
        alone[name] = Rules(1, instant(case["ticket"]["created_at"]), (policy,), calendars)
    return alone


def story(world: Any, case: Mapping[str, Any]) -> Any:
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


def clocks(world: Any, case: Mapping[str, Any]) -> dict[str, list[Clock]]:
    """Return each metric's clocks as the engine judges them, in their order."""
    mapping = world.mapping.__class__(
        status=world.mapping.status, priority=PRIORITIES, kind=world.mapping.kind, sides=world.mapping.sides
    )
    desk = world.desk.__class__(connection="acme", mapping=mapping, people=world.desk.people)
    now = instant(case["now"])
    history = story(world, case).history(horizon=now)
    return {
        name: list(world.judge(history, alone, now, desk=desk).clocks) for name, alone in rules(world, case).items()
    }


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
