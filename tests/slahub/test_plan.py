"""slahub plan and targets: a draft tried on what is stored, and which targets would have been kept."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest


def _shorten(fresh: Any, before: str = "{other: 40h}", after: str = "{other: 4h}") -> None:
    file = fresh.folder / "hub.yaml"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def _dump(fresh: Any) -> list[str]:
    with closing(sqlite3.connect(fresh.folder / "hub.db")) as database:
        return list(database.iterdump())


def test_a_folder_that_is_in_force_changes_no_clock(loop: Any) -> None:
    said = loop("plan")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("0 changes against revision 1\n")
    assert "No clock would be different." in said.out
    assert "it changes no clock of" in said.out


def test_a_shorter_target_is_told_with_its_difference_its_sums_and_its_groups(fresh: Any) -> None:
    _shorten(fresh)
    before = _dump(fresh)
    said = fresh("plan")
    assert (said.status, said.err) == (1, "")
    lines = said.out.splitlines()
    assert lines[0] == "policies.standard.metrics.resolution.targets.other: 40h -> 4h"
    assert lines[1] == "1 change against revision 1"
    assert lines[3].startswith(f"{len(fresh('tickets', '--json').rows)} tickets replayed in ")
    words = [line.split("  ")[0] for line in lines]
    assert {"clocks", "breached", "attained", "at risk", "newly breached", "moved"} <= set(words)
    assert [word for word in words if word in {"policy", "customer", "team", "month"}] == ["policy", "team", "month"]
    assert "Put into force now, it changes clocks of" in said.out
    assert [line for line in lines if line != line.rstrip()] == []
    assert _dump(fresh) == before


def test_scripts_read_every_number_and_the_clocks_behind_it(fresh: Any) -> None:
    _shorten(fresh)
    rows = fresh("plan", "--tickets", "--json").rows
    groups = {"total", "policy", "customer", "team", "month"}
    assert {row["part"] for row in rows} == {"difference", "clock", "open", "coverage", "run", "completeness", *groups}
    (total,) = (row for row in rows if row["part"] == "total")
    clocks = [row for row in rows if row["part"] == "clock"]
    assert total["tickets"] == len(fresh("tickets", "--json").rows)
    assert total["from"]["clocks"] == total["to"]["clocks"] == len(fresh("clocks", "--json").rows)
    for kind, count in total["changes"].items():
        behind = [row["key"] for row in clocks if row["change"] == kind]
        assert len(behind) == count
        assert set(total["samples"].get(kind, [])) <= set(behind)
    for by in ("policy", "customer", "team", "month"):
        groups = [row for row in rows if row["part"] == by]
        assert sum(row["changes"]["moved"] for row in groups) == total["changes"]["moved"] > 0
        assert sum(row["to"]["at_risk_seconds"] for row in groups) == total["to"]["at_risk_seconds"]
    assert {"policy", "outcome", "due_at", "target_seconds", "at_risk_seconds"} == clocks[0]["to"].keys()
    assert clocks[0]["to"]["due_at"].endswith("Z")


def test_what_stands_now_is_what_the_clocks_show(fresh: Any) -> None:
    _shorten(fresh)
    shown = fresh("clocks", "--json").rows
    (total,) = (row for row in fresh("plan", "--json").rows if row["part"] == "total")
    assert total["from"]["breached"] == sum(row.get("standing") == "breached" for row in shown)
    assert total["from"]["met"] == sum(row.get("standing") == "met" for row in shown)


def test_the_clocks_that_change_are_listed_and_can_be_narrowed(fresh: Any) -> None:
    _shorten(fresh)
    listed = fresh("plan", "--change", "newly-breached").out
    head = next(line for line in listed.splitlines() if line.startswith("ticket "))
    assert head.split()[:5] == ["ticket", "policy", "metric", "change", "now"]
    assert "newly breached" in listed
    month = next(row["month"] for row in fresh("plan", "--tickets", "--json").rows if row["part"] == "clock")
    assert fresh("plan", "--month", month).status == 1
    narrowed = fresh("plan", "--json", "--month", month, "--policy", "standard", "--team", "nobody")
    assert narrowed.status == 0
    assert next(row for row in narrowed.rows if row["part"] == "total")["tickets"] == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--change", "worse"), "error: --change: `worse` is no kind of change (one of appears, vanishes,"),
        (("--sample", "0"), "Invalid value for '--sample'"),
    ],
)
def test_what_cannot_be_meant_is_refused(loop: Any, arguments: tuple[str, ...], text: str) -> None:
    said = loop("plan", *arguments)
    assert said.status == 2
    assert text in said.err


def test_mistakes_in_the_draft_are_told_before_anything_is_replayed(fresh: Any) -> None:
    _shorten(fresh, "{other: 40h}", "{other: 40 bananas}")
    said = fresh("plan")
    assert (said.status, said.out) == (2, "")
    assert "hub.yaml:" in said.err


def test_without_anything_in_force_there_is_nothing_to_try(command: Any, hub_file: Any) -> None:
    said = command("--config", hub_file.parent, "plan")
    assert (said.status, said.out) == (2, "")
    assert "nothing is in force yet" in said.err


def test_candidate_targets_are_told_by_priority_with_what_is_promised(loop: Any) -> None:
    said = loop("targets", "first-response")
    assert (said.status, said.err) == (0, "")
    *lines, complete = said.out.splitlines()
    assert complete.startswith("complete? desk: ")
    assert lines[0] == "standard: first response, in the open time of calendar office"
    assert lines[1].startswith("priority  finished  going")
    assert lines[1].endswith("80 % in  90 % in  95 % in  promised")
    assert {line.split()[0] for line in lines[2:]} > {"all", "critical", "normal"}
    assert all(line.endswith("1h") for line in lines[2:])


def test_the_share_that_the_promised_target_kept_is_what_the_clocks_show(loop: Any) -> None:
    clocks = [row for row in loop("clocks", "--json").rows if row["metric"] == "first_response"]
    (whole, *each, complete) = loop("targets", "first_response", "--json").rows
    assert complete["part"] == "completeness"
    (promised,) = (one for one in whole["candidates"] if one["seconds"] == whole["promised_seconds"])
    late = sum(row.get("standing") == "breached" for row in clocks)
    assert (promised["met"], promised["missed"]) == (sum(row.get("standing") == "met" for row in clocks), late)
    assert sum(row["finished"] for row in each) == whole["finished"]
    assert sum(row["going"] for row in each) == whole["going"]
    assert "priority" not in whole
    one, _ = loop("targets", "first_response", "--priority", "critical", "--policy", "standard", "--json").rows
    assert one == next(row for row in each if row["priority"] == "critical")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("resulution",), "no metric is called `resulution` (did you mean `resolution`?)"),
        (("resolution", "--priority", "hi"), "--priority: no priority is called `hi`"),
        (("resolution", "--connection", "dask"), "no connection is called `dask` (did you mean `desk`?)"),
    ],
)
def test_targets_of_what_does_not_exist_are_refused(loop: Any, arguments: tuple[str, ...], told: str) -> None:
    said = loop("targets", *arguments)
    assert (said.status, said.out) == (2, "")
    assert told in said.err


def test_targets_of_clocks_that_nothing_has_are_none(loop: Any) -> None:
    said = loop("targets", "resolution", "--calendar", "always")
    assert said.status == 0
    assert said.out.startswith("no clock of these was ever finished or is going\n")
