import time
from datetime import UTC, datetime

import pytest

from connectors.jira.emulator import Emulator
from connectors.jira.emulator.people import People

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


def site(seed: int = 5, **more: object) -> Emulator:
    return Emulator(seed=seed, tickets=60, start=START, host=lambda: 1e9, **more)


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
@pytest.mark.parametrize("traps", [(), ("all",)])
def test_the_same_seed_plays_the_same_past(flavour, traps):
    one, same, other = (site(seed, flavour=flavour, traps=traps).stage.truth() for seed in (5, 5, 6))
    assert one == same
    assert one["issues"] != other["issues"]


def test_people_do_the_same_for_the_same_seed():
    truths = []
    for _ in range(2):
        emulator = site()
        people = People(emulator.world)
        for _ in range(80):
            emulator.stage.advance(600)
            people.step()
        truths.append(emulator.stage.truth()["issues"])
    assert truths[0] == truths[1]
    assert len(truths[0]) > 60


def test_the_past_ends_at_the_start_and_begins_weeks_before():
    truth = Emulator(seed=5, tickets=300, start=START, host=lambda: 1e9, weeks=3).stage.truth()
    end = START.timestamp() * 1000
    assert all(end - 21 * 86_400_000 <= one["created"] <= one["updated"] <= end for one in truth["issues"])
    first, last = min(one["created"] for one in truth["issues"]), max(one["updated"] for one in truth["issues"])
    assert first < end - 20 * 86_400_000
    assert last > end - 86_400_000


def test_the_past_is_of_all_kinds():
    truth = Emulator(seed=5, tickets=300, start=START, host=lambda: 1e9).stage.truth()
    issues = truth["issues"]
    fields = {item["field"] for one in issues for history in one["histories"] for item in history["items"]}
    assert fields >= {
        "assignee",
        "labels",
        "Link",
        "Organizations",
        "priority",
        "RemoteIssueLink",
        "Request participants",
        "resolution",
        "Severity",
        "status",
    }
    assert {one["project_id"] for one in issues} == {10000, 10001, 10002, 10003}
    comments = [comment for one in issues for comment in one["comments"]]
    assert {one["public"] for one in comments} == {True, False}
    reopened = [one for one in issues if sum(_resolves(history) for history in one["histories"]) > 1]
    assert reopened


def _resolves(history) -> bool:
    return any(item["field"] == "resolution" and item["to"] for item in history["items"])


def test_histories_lead_from_the_first_status_to_the_present_one():
    for traps in ((), ("all",)):
        for issue in site(traps=traps).stage.truth()["issues"]:
            at = str(issue["first_status_id"])
            for history in issue["histories"]:
                for item in history["items"]:
                    if item["field"] == "status":
                        assert item["from"] == at, issue["key"]
                        at = item["to"]
            assert at == str(issue["status_id"]), issue["key"]


def test_a_thousand_issues_are_there_within_a_second():
    began = time.process_time()
    Emulator(seed=5, tickets=2000, start=START)
    assert time.process_time() - began < 2
