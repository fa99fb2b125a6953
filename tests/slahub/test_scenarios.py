"""slahub scenarios: what admins see of the tests of their policies."""

import json
import re
from pathlib import Path

import pytest

from core.assets import folder as shipped

VECTORS = Path(__file__).parents[1] / "vectors"
TICKETS, TIMES = VECTORS / "sla_tickets.json", VECTORS / "business_time.json"


def changed(path: Path, target: Path, case: str, *keys: str, to: object) -> Path:
    """Write the cases of a file again, one value of one case changed."""
    content = json.loads(path.read_text())
    (found,) = (each for each in content["cases"] if each["id"] == case)
    for key in keys[:-1]:
        found = found[key]
    found[keys[-1]] = to
    target.write_text(json.dumps(content, indent=1))
    return target


@pytest.mark.parametrize(
    ("files", "last"),
    [
        ([TICKETS], "84 passed, 0 failed"),
        ([TIMES], "362 passed, 0 failed"),
        ([TICKETS, TIMES], "446 passed, 0 failed"),
    ],
)
def test_the_shared_vectors_pass(command, files: list[Path], last: str) -> None:
    said = command("scenarios", *files)
    assert (said.status, said.out, said.err) == (0, f"{last}\n", "")


def test_scripts_get_a_line_for_each_case(command) -> None:
    said = command("scenarios", "--json", TICKETS)
    assert (said.status, said.err, len(said.rows)) == (0, "", 84)
    assert {(row["passed"], json.dumps(row["differences"])) for row in said.rows} == {(True, "[]")}
    assert [row["id"] for row in said.rows] == [each["id"] for each in json.loads(TICKETS.read_text())["cases"]]


def test_a_case_that_fails_is_shown_with_what_is_different_and_what_the_clock_did(command, tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    result = {"state": "paused", "due_at": "2026-01-28T13:05:00Z", "elapsed_seconds": -7500, "breached": False}
    changed(TICKETS, file, "sla-chatwoot-doc-s01", "expected", "first_response", to=result)
    said = command("scenarios", file)
    assert (said.status, said.err) == (1, "")
    assert said.out == (
        "sla-chatwoot-doc-s01: first response, Wednesday inside hours\n"
        "metric          key              expected                              got\n"
        "first_response  state            paused                                running\n"
        "first_response  due_at           2026-01-28T13:05:00Z (Wed 13:05 UTC)  2026-01-28T12:00:00Z (Wed 12:00 UTC)\n"
        "first_response  elapsed_seconds  -7500 (-2h 05m)                       0 (0s)\n"
        "first_response, by policy scenario in calendar main (UTC):\n"
        "  2026-01-28T10:00:00Z (Wed 10:00 UTC)  started\n"
        "  2026-01-28T10:00:00Z (Wed 10:00 UTC)  now: running\n"
        "  2026-01-28T12:00:00Z (Wed 12:00 UTC)  due\n"
        "\n"
        "83 passed, 1 failed\n"
    )


def test_a_question_that_is_answered_otherwise_is_shown_with_the_question(command, tmp_path: Path) -> None:
    file = changed(TIMES, tmp_path / "cases.json", "bt-bh-run-s001", "expected", "at", to="2022-11-05T10:45:30Z")
    said = command("scenarios", file)
    assert said.status == 1
    assert said.out == (
        "bt-bh-run-s001\n"
        "key  expected                                 got\n"
        "at   2022-11-05T10:45:30Z (Sat 12:45:30 EET)  2022-11-05T10:45:00Z (Sat 12:45 EET)\n"
        "asked: 2022-10-31T14:45:00Z (Mon 16:45 EET) and 40h 00m of open time after it\n"
        "\n"
        "361 passed, 1 failed\n"
    )


def test_scripts_get_what_is_different(command, tmp_path: Path) -> None:
    case, result = "sla-chatwoot-doc-s01", {"due_at": None, "breached": True}
    file = changed(TICKETS, tmp_path / "cases.json", case, "expected", "first_response", to=result)
    said = command("scenarios", "--json", file)
    (row,) = (row for row in said.rows if not row["passed"])
    assert (said.status, row) == (
        1,
        {
            "id": case,
            "passed": False,
            "differences": [
                {"metric": "first_response", "key": "due_at", "got": "2026-01-28T12:00:00Z"},
                {"metric": "first_response", "key": "breached", "expected": True, "got": False},
            ],
            "title": "first response, Wednesday inside hours",
            "file": str(file),
        },
    )


def test_a_file_with_a_mistake_keeps_every_other_from_being_run(command, tmp_path: Path) -> None:
    file = changed(TICKETS, tmp_path / "cases.json", "sla-chatwoot-doc-s01", "expected", to={"first_respons": {}})
    line = next(
        n for n, text in enumerate(file.read_text().splitlines(), 1) if "first_respons" in text and "{}" in text
    )
    said = command("scenarios", TIMES, file, tmp_path / "none.yaml")
    assert (said.status, said.out) == (2, "")
    assert said.err.splitlines() == [
        f"error: {file}:{line}: cases[1].expected.first_respons: "
        "there is no metric `first_respons` (did you mean `first_response`?)",
        f"error: {tmp_path / 'none.yaml'}:1: cannot be read: No such file or directory",
    ]


@pytest.mark.parametrize(("name", "last"), [("starter", "5 passed, 0 failed"), ("msp", "5 passed, 0 failed")])
def test_the_examples_bring_tests_of_their_own_that_pass(command, name: str, last: str) -> None:
    folder = shipped("config") / "examples" / name
    files = sorted((folder / "scenarios").glob("*.yaml"))
    said = command("--config", folder, "scenarios", *files)
    assert (said.status, said.out, said.err) == (0, f"{last}\n", "")
    assert command("scenarios", "--config", folder, *files) == said


def test_a_policy_that_changes_fails_its_test(command, tmp_path: Path) -> None:
    for path in (shipped("config") / "examples" / "starter").glob("*.yaml"):
        text = path.read_text("utf-8").replace("pause_in: [waiting/customer]", "pause_in: []")
        (tmp_path / path.name).write_text(text, "utf-8")
    files = (shipped("config") / "examples" / "starter" / "scenarios").glob("*.yaml")
    said = command("--config", tmp_path, "scenarios", *files)
    assert said.status == 1
    assert re.search(r"^resolution +paused_seconds +21600 \(6h 00m\) +0 \(0s\)$", said.out, re.MULTILINE)
    assert said.out.endswith("\n4 passed, 1 failed\n")


OWN = """\
cases:
  - calendars: {office: {timezone: UTC, weekly: {mon-fri: "09:00-17:00"}}}
    policy: {metrics: {resolution: {targets: {other: 4h}}}}
    ticket: {created_at: 2026-05-04T09:00:00Z}
    now: 2026-05-04T10:00:00Z
    expected: {resolution: {remaining_seconds: 3h}}
"""


def test_the_folder_is_read_only_where_a_scenario_names_something_in_it(command, tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text("polices: []\n")
    (tmp_path / "scenarios").mkdir()
    file = tmp_path / "scenarios" / "own.yaml"
    file.write_text(OWN)
    assert command("--config", tmp_path, "scenarios", file).out == "1 passed, 0 failed\n"
    file.write_text(OWN.replace("policy: {metrics: {resolution: {targets: {other: 4h}}}}", "policy: gold"))
    said = command("--config", tmp_path, "scenarios", file)
    assert (said.status, said.out) == (2, "")
    assert "hub.yaml:1: polices: unknown key" in said.err


def test_without_a_folder_it_is_said_how_to_name_one(command, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(OWN.replace("policy: {metrics: {resolution: {targets: {other: 4h}}}}", "policy: gold"))
    said = command("--config", tmp_path / "none", "scenarios", file)
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        f"error: {file}:3: cases[1].policy: there is no policy `gold`, and no configuration "
        "(write it here, with its metrics, or name its folder: slahub scenarios --config DIR FILE)\n"
    )
