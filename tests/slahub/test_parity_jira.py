"""slahub report parity over a Jira with service desks, whose SLAs tell neither of pauses nor of hours."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.jira.emulator import KNOWN, Emulator, serve

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
WAITS = "pause_in: [waiting/customer, waiting/internal]"
FOLDER = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  jira:
    connector: jira
    url: "{url}"
    auth: {{method: api_token, email: "{email}", api_token: "file:token"}}
    budget: 100%
    backfill: {{since: null}}
calendars:
  office: {{timezone: Europe/Berlin, weekly: {{mon-fri: ["09:00-18:00"]}}}}
policies:
  - name: facilities
    when: {{project: FAC}}
    preset: jsm
    calendar: office
    metrics:
      first_response:
        targets: {{critical: {{in: 1h, calendar: always}}, high: {{in: 2h, calendar: always}}, normal: 4h, other: 8h}}
        {waits}
      resolution:
        targets: {{critical: {{in: 4h, calendar: always}}, high: {{in: 8h, calendar: always}}, normal: 24h, other: 40h}}
        {waits}
  - name: others
    preset: jsm
    calendar: office  # as nobody there has it
    metrics:
      first_response: {{targets: {{critical: 1h, high: 2h, normal: 4h, other: 8h}}, {waits}}}
      resolution: {{targets: {{critical: 4h, high: 8h, normal: 24h, other: 40h}}, {waits}}}
"""


@pytest.fixture(scope="module")
def rows(call: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What is said of a hub that promises the same at one service desk, and in office hours at the others."""
    folder = Path(tmp_path_factory.mktemp("parity") / "hub")
    (folder / "secrets").mkdir(mode=0o700, parents=True)
    (folder / "secrets" / "token").write_text(KNOWN.api_token)
    (folder / "secrets" / "token").chmod(0o600)
    with serve(Emulator(seed=1, tickets=100, start=START, limits=False)) as url:
        (folder / "hub.yaml").write_text(FOLDER.format(url=url, email=KNOWN.email, waits=WAITS))
        assert call(folder, "run", "--once").status == 0
        said = call(folder, "report", "parity", "--json")
    assert (said.status, said.err) == (0, "")
    return list(said.rows)


def of(rows: list[dict[str, Any]], facilities: bool) -> list[dict[str, Any]]:
    return [row for row in rows if row["part"] == "clock" and row["key"].startswith("FAC-") is facilities]


def test_the_same_promises_agree_though_pauses_and_hours_are_untold(rows: list[dict[str, Any]]) -> None:
    decided = [row for row in of(rows, facilities=True) if "agrees" in row]
    assert len(decided) > 20
    wrong = [row for row in decided if not row["agrees"]]
    assert len(wrong) <= 1
    assert {row["cause"] for row in wrong} <= {"priority_at_another_time"}


def test_other_hours_are_found_out_by_what_was_used_and_when_it_is_due(rows: list[dict[str, Any]]) -> None:
    differing = [row for row in of(rows, facilities=False) if row.get("agrees") is False]
    assert len(differing) > 20
    named = [row for row in differing if {"kind": "always"} in row["causes"][0].get("hints", ())]
    assert len(named) / len(differing) > 0.9
    assert {row["cause"] for row in named} == {"calendar"}


def test_what_stands_still_with_us_is_undecided_while_a_pause_is_untold(rows: list[dict[str, Any]]) -> None:
    open_ones = [
        row for row in of(rows, facilities=True) if row["state"] == "paused" and "difference_seconds" not in row
    ]
    assert {row["cause"] for row in open_ones} == {"still_ongoing"}
    assert all("agrees" not in row for row in open_ones)
