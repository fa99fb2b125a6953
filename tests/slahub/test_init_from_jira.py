"""A folder out of a Jira: files that the folder takes, and promises that hold once somebody has looked at them."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.jira.emulator import KNOWN, Emulator, serve
from core.settings import read_folder

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)

FOLDER = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  jira:
    connector: jira
    url: "{url}"
    auth: {{method: api_token, email: "{email}", api_token: "file:token"}}
    budget: 100%
    backfill: {{since: null}}
    scope: {{projects: [HELP]}}
"""


@pytest.fixture
def site() -> Emulator:
    return Emulator(seed=5, tickets=60, start=START, limits=False)


@pytest.fixture
def hub(site: Emulator, tmp_path: Path) -> Iterator[Path]:
    """A folder with a connection and nothing else."""
    folder = tmp_path / "hub"
    (folder / "secrets").mkdir(mode=0o700, parents=True)
    (folder / "secrets" / "token").write_text(KNOWN.api_token)
    (folder / "secrets" / "token").chmod(0o600)
    with serve(site) as url:
        (folder / "hub.yaml").write_text(FOLDER.format(url=url, email=KNOWN.email))
        yield folder


def looked_at(text: str) -> str:
    """Return the policies as somebody leaves them who takes the goals over: what was commented, in place of `none`."""
    return re.sub(
        r"^    sla: none\n    # Once .*\n((?:    # ?.*\n)+)",
        lambda found: re.sub(r"^    # ?", "    ", found[1], flags=re.MULTILINE),
        text,
        flags=re.MULTILINE,
    )


def test_the_files_make_a_sound_folder_that_promises_nothing_yet(call: Any, hub: Path) -> None:
    made = call(hub, "init", "--from", "jira")
    assert (made.status, made.err) == (0, "")
    assert made.out.splitlines()[:2] == [
        f"wrote {hub / 'mapping.from-jira.yaml'}: 2 words",
        f"wrote {hub / 'policies.from-jira.yaml'}: 1 policy",
    ]
    said = call(hub, "check")
    assert said.status == 0, said.err
    assert "is sound: 1 connection, 0 calendars, 1 policy." in said.out
    covered = re.search(r"help-center +(\d+)", said.out)
    assert covered is not None
    assert int(covered[1]) == int(re.findall(r"jira: (\d+) open tickets by policy", said.out)[0]) > 0
    call(hub, "run", "--once")
    assert call(hub, "clocks", "--json").rows == []


def test_goals_that_are_taken_over_make_the_due_times_that_jira_has(call: Any, hub: Path, site: Emulator) -> None:
    for status in ("Waiting for customer", "Pending"):
        site.stage.move_status(site.stage.new_ticket(), status)
    call(hub, "init", "--from", "jira")
    file = hub / "policies.from-jira.yaml"
    file.write_text(looked_at(file.read_text()))
    (policy,) = read_folder(hub).content["policies"]
    assert policy["metrics"]["first_response"]["targets"]["critical"] == "1h"
    assert policy["metrics"]["resolution"]["pause_in"] == ["waiting/customer", "waiting/internal"]
    assert call(hub, "check").status == 0
    site.stage.advance(600)
    call(hub, "run", "--once")
    rows = [row for row in call(hub, "report", "parity", "--json").rows if row["part"] == "clock" and "agrees" in row]
    # The goals of this project count round the clock, as `calendar: always` says, so that every due time is Jira's own.
    assert Counter((row["native_metric"], row["agrees"]) for row in rows).keys() == {
        ("Time to first response", True),
        ("Time to resolution", True),
    }
    assert len(rows) > 20


def test_a_folder_of_its_own_has_the_connection_and_its_words(call: Any, hub: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    assert call(hub, "init", "--from", "jira", str(fresh)).status == 0
    connection = read_folder(fresh).content["connections"]["jira"]
    assert connection["mapping"]["status"] == {"Escalated": "open", "In Review": "open"}
    assert call(fresh, "check").status == 0
