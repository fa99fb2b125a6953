"""The smallest scenario that still shows what a large one shows."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Scenario = Mapping[str, Any]


def smallest(case: Scenario, shows: Callable[[Scenario], bool]) -> Scenario:
    """Leave out one thing after the other as long as it is not missed."""
    while True:
        for less in lesser(case):
            if shows(less):
                case = less
                break
        else:
            return case


def lesser(case: Scenario) -> Iterator[Scenario]:
    """Yield the scenario with one thing less: a metric, an event, a switch of the policy, the calendar's odd dates."""
    policy, ticket = case["policy"], case["ticket"]
    for name in policy["metrics"] if len(policy["metrics"]) > 1 else ():
        yield {**case, "policy": {**policy, "metrics": {name: policy["metrics"][name]}}}
    for place in range(len(ticket["events"])):
        yield {**case, "ticket": {**ticket, "events": ticket["events"][:place] + ticket["events"][place + 1 :]}}
    if "applies_if" in policy:
        yield {**case, "policy": {key: value for key, value in policy.items() if key != "applies_if"}}
    for switch, plain in (("pause_accounting", "calendar"), ("calendar_change", "latest")):
        if policy[switch] != plain:
            yield {**case, "policy": {**policy, switch: plain}}
    for name, calendar in case["calendars"].items():
        for key in ("holidays", "breaks", "shifts"):
            if calendar[key]:
                yield {**case, "calendars": {**case["calendars"], name: {**calendar, key: type(calendar[key])()}}}
        if name != case["calendar"] and all(event.get("to") != name for event in ticket["events"]):
            yield {**case, "calendars": {key: value for key, value in case["calendars"].items() if key != name}}
