"""Business time against what public libraries answer: one case a test, named by its id.

Where two answers are in use we give one kind throughout: closing time when an addition lands on it, and the
wall-clock reading (`expected_wall`) of hours that begin or end in a skipped or repeated hour.
"""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.calendar import Calendar, Spans

Case = dict[str, Any]

VECTORS = Path(__file__).parents[2] / "vectors" / "business_time.json"
CASES: list[Case] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def spans(texts: list[list[str]]) -> Spans:
    return tuple((seconds(start), seconds(end)) for start, end in texts)


def calendar_of(case: Case) -> Calendar:
    given = case["calendar"]
    return Calendar(
        name=case["id"],
        timezone=given["timezone"],
        weekly=tuple(spans(given["weekly"][day]) for day in WEEK),
        holidays={date.fromisoformat(day): "holiday" for day in given["holidays"]},
        shifts={date.fromisoformat(day): spans(hours) for day, hours in given["shifts"].items()},
        breaks={date.fromisoformat(day): spans(hours) for day, hours in given["breaks"].items()},
    )


def expected(case: Case) -> object:
    wanted = case.get("expected_wall", case["expected"])
    match case["op"]:
        case "elapsed":
            return timedelta(seconds=wanted["seconds"])
        case "is_open":
            return wanted["open"]
        case _:
            return datetime.fromisoformat(wanted["at"])


def answer(case: Case) -> object:
    calendar, given = calendar_of(case), case["input"]
    match case["op"]:
        case "elapsed":
            return calendar.elapsed(datetime.fromisoformat(given["start"]), datetime.fromisoformat(given["end"]))
        case "add":
            return calendar.add(datetime.fromisoformat(given["start"]), timedelta(seconds=given["seconds"]))
        case "is_open":
            return calendar.is_open(datetime.fromisoformat(given["at"]))
        case "next_open":
            return calendar.next_open(datetime.fromisoformat(given["at"]))
        case unknown:
            raise AssertionError(f"{case['id']}: unknown operation {unknown}")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_business_time_agrees_with_the_public_libraries(case: Case) -> None:
    assert answer(case) == expected(case)


def test_the_vectors_hold_cases_for_both_choices() -> None:
    landing = [case for case in CASES if "at_next_open" in case["expected"]]
    endpoint = [case for case in CASES if case.get("dst_endpoint_rule")]

    assert len(landing) > 20
    assert len(endpoint) >= 10
    assert all(case["expected"] != case["expected_wall"] for case in endpoint)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if "at_next_open" in case["expected"]],
    ids=[case["id"] for case in CASES if "at_next_open" in case["expected"]],
)
def test_landing_on_closing_time_is_always_answered_by_the_closing_time(case: Case) -> None:
    calendar, landed = calendar_of(case), answer(case)

    assert isinstance(landed, datetime)
    assert not calendar.is_open(landed)
    assert calendar.is_open(landed - timedelta(microseconds=1))
    assert calendar.next_open(landed) == datetime.fromisoformat(case["expected"]["at_next_open"])
