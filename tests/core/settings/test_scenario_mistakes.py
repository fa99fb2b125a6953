"""Mistakes in a scenario: where each is told, and which word is offered instead."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from core.errors import Problem, SettingsError
from core.settings import Configuration
from core.settings.scenario_file import read_scenarios
from core.settings.scenario_values import Folder

TICKET = """\
cases:
  - id: one
    calendars:
      office: {timezone: Europe/Berlin, weekly: {mon-fri: ["09:00-17:00"]}}
    policy: {metrics: {resolution: {targets: {urgent: 4h}}}}
    ticket:
      created_at: 2026-05-04T09:00:00Z
      events:
        - {at: 2026-05-04T09:10:00Z, type: status, to: open}
    now: 2026-05-04T10:00:00Z
    expected: {resolution: {state: running}}
"""
TIME = """\
cases:
  - id: one
    calendar: {timezone: Europe/Berlin, weekly: {mon-fri: ["09:00-17:00"]}}
    op: add
    input: {start: 2026-05-04T09:00:00Z, seconds: 3600}
    expected: {at: 2026-05-04T10:00:00Z}
"""

# What is written instead of what; the line, the key, what is said, the hint.
MISTAKES = [
    (TICKET, "now:", "nwo:", 10, "cases[1].nwo", "unknown key", "`now`"),
    (TICKET, "id: one", "id: one\n    notes: x", 3, "cases[1].notes", "unknown key", "`note`"),
    (
        TICKET,
        "office: {",
        "office: {breaks: {2026-05-04: [25:00-26:00]}, ",
        4,
        "cases[1].calendars.office.breaks.2026-05-04[1]",
        "no such time",
        "24:00",
    ),
    (TICKET, "Europe/Berlin", "Europe/Berlni", 4, "cases[1].calendars.office.timezone", "not a time zone", "Berlin"),
    (TICKET, "mon-fri", "mon-fry", 4, "cases[1].calendars.office.weekly.mon-fry", "`fry` is not a weekday", "`fri`"),
    (
        TICKET,
        '["09:00-17:00"]',
        '[["09:00","17:00"],["16:00","18:00"]]',
        4,
        "cases[1].calendars.office.weekly.mon-fri[2]",
        "overlaps",
        "",
    ),
    (
        TICKET,
        "policy:",
        "calendar: ofice\n    policy:",
        5,
        "cases[1].calendar",
        "no calendar `ofice`",
        "under `calendars`",
    ),
    (
        TICKET,
        "metrics",
        "pause_acounting: calendar, metrics",
        5,
        "cases[1].policy.pause_acounting",
        "unknown key",
        "`pause_accounting`",
    ),
    (
        TICKET,
        "urgent: 4h",
        "urgent: 4x",
        5,
        "cases[1].policy.metrics.resolution.targets.urgent",
        "`x` is not a unit",
        "s, m, h",
    ),
    (
        TICKET,
        "targets:",
        "kind: resolutoin, targets:",
        5,
        "cases[1].policy.metrics.resolution.kind",
        "found `resolutoin`",
        "`resolution`",
    ),
    (
        TICKET,
        "targets:",
        "pause_on: [hold], targets:",
        5,
        "cases[1].policy.metrics.resolution.pause_on",
        "unknown key",
        "`pause_in`",
    ),
    (
        TICKET,
        "targets:",
        "pause_in: [held], targets:",
        5,
        "cases[1].policy.metrics.resolution.pause_in[1]",
        "`held` is not a status",
        "`hold`",
    ),
    (
        TICKET,
        "{urgent: 4h}",
        "{a: 1h, b: 1h, c: 1h, d: 1h, e: 1h, f: 1h}",
        5,
        "cases[1].policy.metrics",
        "tell 5 priorities apart",
        "two scenarios",
    ),
    (
        TICKET,
        "metrics:",
        "applies_if: {prioritty: [a]}, metrics:",
        5,
        "cases[1].policy.applies_if.prioritty",
        "unknown key",
        "`priority`",
    ),
    (
        TICKET,
        "policy: {",
        "policy: gold # {",
        5,
        "cases[1].policy",
        "there is no policy `gold`, and no configuration",
        "--config DIR",
    ),
    (TICKET, "policy: {", "note: '{'\n    #", 2, "cases[1].policy", "is missing", "--config DIR"),
    (
        TICKET,
        "created_at:",
        "prioritty: high\n      created_at:",
        7,
        "cases[1].ticket.prioritty",
        "unknown key",
        "`priority`",
    ),
    (TICKET, "2026-05-04T09:00:00Z", "2026-05-04", 7, "cases[1].ticket.created_at", "no time of day", "T09:00:00Z"),
    (TICKET, "2026-05-04T09:00:00Z", "2026-05-04 09:00", 7, "cases[1].ticket.created_at", "in which zone", "timezone:"),
    (TICKET, "type: status", "type: statsu", 9, "cases[1].ticket.events[1].type", "nothing that happens", "`status`"),
    (TICKET, "to: open", "to: opne", 9, "cases[1].ticket.events[1].to", "`opne` is not a status", "`open`"),
    (
        TICKET,
        "type: status, to: open",
        "type: comment, author: agnt",
        9,
        "cases[1].ticket.events[1].author",
        "found `agnt`",
        "`agent`",
    ),
    (
        TICKET,
        "type: status, to: open",
        "type: calendar, to: hom",
        9,
        "cases[1].ticket.events[1].to",
        "no calendar `hom`",
        "",
    ),
    (TICKET, "T09:10", "T08:10", 9, "cases[1].ticket.events[1].at", "earlier than the ticket's creation", "order"),
    (TICKET, "T09:10", "T11:10", 9, "cases[1].ticket.events[1].at", "later than `now`", ""),
    (
        TICKET,
        "resolution: {state",
        "resoluton: {state",
        11,
        "cases[1].expected.resoluton",
        "no metric `resoluton`",
        "`resolution`",
    ),
    (TICKET, "state: running", "stat: running", 11, "cases[1].expected.resolution.stat", "unknown key", "`state`"),
    (
        TICKET,
        "state: running",
        "state: runing",
        11,
        "cases[1].expected.resolution.state",
        "found `runing`",
        "`running`",
    ),
    (
        TICKET,
        "state: running",
        "elapsed_seconds: 2 hrs",
        11,
        "cases[1].expected.resolution.elapsed_seconds",
        "`hrs` is not a unit",
        "",
    ),
    (TICKET, "{resolution: {state: running}}", "{}", 11, "cases[1].expected", "nothing is expected", ""),
    (TICKET, "cases:", "kind: sla_ticket\ncases:", 1, "kind", "found `sla_ticket`", "`sla_tickets`"),
    (TICKET, "cases:", "version: 2\ncases:", 1, "version", "no version that can be read", "1"),
    (TIME, "op: add", "op: ad", 4, "cases[1].op", "found `ad`", "`add`"),
    (TIME, "seconds: 3600", "second: 3600", 5, "cases[1].input.second", "unknown key", "`seconds`"),
    (TIME, "seconds: 3600", "seconds: 0", 5, "cases[1].input.seconds", "too little", "1 is the least"),
    (TIME, "{at:", "{until:", 6, "cases[1].expected.until", "unknown key", "at"),
    (TIME, "calendar: {", "calendar: office # {", 3, "cases[1].calendar", "no calendar `office`", "--config DIR"),
]


def told(path: Path, folder: Folder | None = None) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        read_scenarios([path], lambda: folder)
    return list(caught.value.problems)


def written(folder: Path, text: str, name: str = "tests.yaml") -> Path:
    (folder / name).write_text(dedent(text), "utf-8")
    return folder / name


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{each[4]}: {each[2]}" for each in MISTAKES])
def test_a_mistake_is_told_with_its_place_and_the_nearest_word(
    tmp_path: Path, mistake: tuple[str, str, str, int, str, str, str]
) -> None:
    text, right, wrong, line, key, says, hint = mistake
    assert right in text
    found = {each.key: each for each in told(written(tmp_path, text.replace(right, wrong, 1)))}
    assert key in found, [str(each) for each in found.values()]
    assert says in found[key].text
    assert hint in found[key].hint
    assert (Path(found[key].file).name, found[key].line) == ("tests.yaml", line)


@pytest.mark.parametrize("text", [TICKET, TIME])
def test_without_a_mistake_nothing_is_told(tmp_path: Path, text: str) -> None:
    assert [each.id for each in read_scenarios([written(tmp_path, text)], lambda: None)] == ["one"]


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files = [
        written(tmp_path, TICKET.replace("now:", "nwo:"), "a.yaml"),
        tmp_path / "b.yaml",
        written(tmp_path, '{"cases": [\n1,]}', "c.json"),
        written(tmp_path, "cases: [}", "d.yaml"),
        written(tmp_path, "cases: []", "e.yaml"),
        written(tmp_path, "- id: one", "f.yaml"),
    ]
    with pytest.raises(SettingsError) as caught:
        read_scenarios(files, lambda: None)
    found = [(Path(each.file).name, each.line) for each in caught.value.problems]
    assert found == [("a.yaml", 10), ("b.yaml", 1), ("c.json", 2), ("d.yaml", 1), ("e.yaml", 1), ("f.yaml", 1)]
    assert "this is not JSON" in str(caught.value)


def test_what_is_json_is_told_with_its_lines_too(tmp_path: Path) -> None:
    text = '{"cases": [\\n {"id": "a",\\n "op": "ad", "op": "add"}]}'.replace("\\n", "\n")
    assert [str(each).partition(": ")[2] for each in told(written(tmp_path, text, "tests.json"))] == [
        "cases[1].op: the key `op` stands twice, first in line 3"
    ]


def test_an_id_stands_once_in_a_file(tmp_path: Path) -> None:
    (problem,) = told(written(tmp_path, TICKET + TICKET.removeprefix("cases:\n")))
    assert (problem.key, problem.line) == ("cases[2].id", 12)
    assert "tests.yaml:2" in problem.text


def test_ids_that_are_no_words_are_told_each_and_not_compared(tmp_path: Path) -> None:
    text = TICKET.replace("id: one", "id: [one]")
    found = told(written(tmp_path, text + text.removeprefix("cases:\n")))
    assert [each.key for each in found] == ["cases[1].id", "cases[2].id"]


OF_THE_FOLDER = """\
cases:
  - policy: gold
    ticket: {created_at: 2026-05-04T09:00:00Z, connection: desk, customer: acme, priority: high}
    now: 2026-05-04T10:00:00Z
    expected: {resolution: {state: running}}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "key", "says", "hint"),
    [
        ("policy: gold", "policy: golt", "policy", "no policy `golt`", "`gold`"),
        ("policy: gold", "calendar: ofice", "calendar", "no calendar `ofice`", "`office`"),
        ("priority: high", "priority: urgent", "ticket.priority", "`urgent` is not a priority", "`critical`"),
        ("connection: desk", "connection: dsk", "ticket.connection", "no connection `dsk`", "`desk`"),
        ("customer: acme", "customer: acne", "ticket.customer", "no customer `acne`", "`acme`"),
        ("customer: acme", "kind: incidnt", "ticket.kind", "`incidnt` is not a kind", "`incident`"),
        ("resolution: {", "first_response: {", "expected.first_response", "no metric `first_response`", "resolution"),
    ],
)
def test_names_that_the_folder_does_not_have_are_told(
    load: Callable[..., Configuration], tmp_path: Path, right: str, wrong: str, key: str, says: str, hint: str
) -> None:
    configuration = load(
        """\
        connections:
          desk:
            connector: zendesk
            url: https://acme.zendesk.com
            auth: {method: api_token, email: a@b.c, api_token: "file:desk"}
        calendars: {office: {timezone: UTC, weekly: {mon-fri: "09:00-17:00"}}}
        customers: {acme: {is: {desk: {organisations: [ACME]}}}}
        policies:
          - {name: gold, calendar: office, metrics: {resolution: {targets: {other: 4h}}}}
        """
    )
    office = {"timezone": "UTC", "weekly": {"mon-fri": "09:00-17:00"}}
    folder = Folder(configuration.rules, {"office": office}, frozenset(configuration.connections))
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    assert read_scenarios([written(scenarios, OF_THE_FOLDER)], lambda: folder)
    (problem,) = told(written(scenarios, OF_THE_FOLDER.replace(right, wrong)), folder)
    assert problem.key == f"cases[1].{key}"
    assert says in problem.text
    assert hint in problem.hint
