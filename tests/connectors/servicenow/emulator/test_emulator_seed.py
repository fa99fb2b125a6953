import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.servicenow.emulator import TRAPS, Emulator
from connectors.servicenow.emulator.people import People
from connectors.servicenow.emulator.stamps import stamp

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


def site(seed: int = 5, tickets: int = 60, **more: Any) -> Emulator:
    return Emulator(seed=seed, tickets=tickets, start=START, host=lambda: 1e9, **more)


@pytest.mark.parametrize("traps", [(), ("all",)])
def test_the_same_seed_plays_the_same_past(traps: tuple[str, ...]) -> None:
    one, same, other = (site(seed, traps=traps).stage.truth() for seed in (5, 5, 6))
    assert one == same
    assert one["tickets"] != other["tickets"]


def test_people_do_the_same_for_the_same_seed() -> None:
    truths = []
    for _ in range(2):
        emulator = site(traps=["late_commits", "hidden_rows", "deleted", "equal_seconds"])
        people = People(emulator.world)
        for _ in range(80):
            emulator.stage.advance(600)
            people.step()
        truths.append(emulator.stage.truth()["tickets"])
    assert truths[0] == truths[1]
    assert len(truths[0]) > 60


def test_the_past_ends_at_the_start_and_begins_weeks_before() -> None:
    tickets = site(tickets=300, weeks=3).stage.truth()["tickets"]
    end = START.timestamp()
    opened = [one["values"]["sys_created_on"] for one in tickets]
    assert stamp(int(end - 21 * 86_400)) <= min(opened) < stamp(int(end - 20 * 86_400))
    updated = [one["values"]["sys_updated_on"] for one in tickets]
    assert stamp(int(end - 86_400)) < max(updated) <= stamp(int(end))


def test_the_past_is_of_all_kinds() -> None:
    truth = site(tickets=400).stage.truth()
    tickets = truth["tickets"]
    assert {one["table"] for one in tickets} == {
        *("incident", "sc_request", "sc_req_item", "sc_task", "problem", "change_request", "u_field_work")
    }
    incidents = [one["values"] for one in tickets if one["table"] == "incident"]
    assert {one["state"] for one in incidents} == {"1", "2", "3", "6", "7", "8"}
    assert {one.get("hold_reason") for one in incidents if one["state"] == "3"} >= {"1", "3", "4", "5"}
    assert {one["priority"] for one in incidents} == {"1", "2", "3", "4", "5"}
    assert {one["reopen_count"] for one in incidents} >= {"0", "1"}
    assert {one["reassignment_count"] for one in incidents} >= {"0", "1"}
    entries = [entry for one in tickets for save in one["updates"] for entry in save["journal"]]
    assert {one["element"] for one in entries} == {"comments", "work_notes"}
    clocks = [clock for one in tickets for clock in one["task_sla"]]
    assert {one["stage"] for one in clocks} == {"in_progress", "paused", "completed", "cancelled"}
    assert {one["has_breached"] for one in clocks} == {"true", "false"}
    assert len(truth["asmt_metric_result"]) > 10
    assert len(truth["cmdb_ci_outage"]) == 5


def test_saves_lead_from_the_first_values_to_the_present_ones() -> None:
    for traps in ((), ("all",)):
        for ticket in site(traps=traps).stage.truth()["tickets"]:
            values: dict[str, str] = {}
            for save in ticket["updates"]:
                for name, (old, new) in save["changes"].items():
                    assert values.get(name, old) == old, (ticket["number"], name)
                    values[name] = new
            lost = ticket["table"] == "u_field_work"  # a change of class drops columns
            assert lost or {name: ticket["values"].get(name, "") for name in values} == values


def test_without_traps_the_audit_tells_every_change_of_an_audited_table() -> None:
    emulator = site()
    for ticket in emulator.stage.truth()["tickets"]:
        if ticket["table"] in ("sc_task", "sc_request"):
            continue
        told = Counter(
            (row["fieldname"], row["oldvalue"], row["newvalue"], row["record_checkpoint"])
            for row in emulator.world.related("sys_audit", ticket["sys_id"])
        )
        done = Counter(
            (name, old, new, str(save["count"]))
            for save in ticket["updates"]
            for name, (old, new) in save["changes"].items()
        )
        done += Counter(
            (entry["element"], "", entry["value"], str(save["count"]))
            for save in ticket["updates"]
            if save["kind"] == "update"
            for entry in save["journal"]
        )
        assert told == done, ticket["number"]


def test_every_trap_of_the_past_leaves_its_mark() -> None:
    truth = site(tickets=400, traps=["all"]).stage.truth()
    presences = Counter(one["presence"] for one in truth["tickets"])
    assert set(presences) == {"present", "archived", "deleted", "hidden"}
    saves = [save for one in truth["tickets"] for save in one["updates"]]
    assert {save["audited"] for save in saves} == {True, False}
    assert {save["stamped"] for save in saves} == {True, False}
    stamps = Counter(one["values"]["sys_updated_on"] for one in truth["tickets"])
    assert stamps.most_common(1)[0][1] > 20
    assert any("sys_class_name" in save["changes"] for save in saves)


def test_traps_are_known_by_name() -> None:
    emulator = site(tickets=0)
    assert emulator.stage.traps(["all"]) == sorted(TRAPS)
    assert emulator.stage.traps(["slow_pages"], on=False) == sorted(set(TRAPS) - {"slow_pages"})
    with pytest.raises(ValueError, match="traps are"):
        emulator.stage.traps(["nothing"])


def test_a_thousand_tickets_are_there_within_a_second() -> None:
    began = time.process_time()
    Emulator(seed=5, tickets=2000, start=START)
    assert time.process_time() - began < 2
