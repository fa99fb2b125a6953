"""Going live with a Jira: what the first round takes, and what team-managed projects do not take."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.jira.emulator import KNOWN, Emulator, serve

FOLDER = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  jira:
    connector: jira
    url: "{url}"
    auth: {{method: api_token, email: "{email}", api_token: "file:token"}}
    budget: 100%
    backfill: {{since: null}}
    write_back: {{due: SLA due, state: SLA state}}
policies:
  - {{name: all, calendar: always, metrics: {{resolution: {{targets: {{other: 40h}}}}}}}}
"""


@pytest.fixture
def site() -> Emulator:
    return Emulator(seed=5, tickets=0, limits=False)


@pytest.fixture
def hub(site: Emulator, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "hub"
    (folder / "secrets").mkdir(mode=0o700, parents=True)
    (folder / "secrets" / "token").write_text(KNOWN.api_token)
    (folder / "secrets" / "token").chmod(0o600)
    with serve(site) as url:
        (folder / "hub.yaml").write_text(FOLDER.format(url=url, email=KNOWN.email))
        yield folder


def test_the_first_round_takes_a_call_for_each_ticket(call: Any, hub: Path, site: Emulator) -> None:
    for _ in range(7):
        site.stage.new_ticket(project="HELP")
        site.stage.advance(1)
    call(hub, "run", "--once")
    said = call(hub, "connections", "live", "jira", "--yes").out
    assert "the first round writes 7 tickets with about 7 calls, in about 1 minute." in said


def test_what_is_the_same_of_many_tickets_is_told_once(call: Any, hub: Path, site: Emulator) -> None:
    keys = [site.stage.key_of(site.stage.new_ticket(project="TEAM")) for _ in range(13)]
    call(hub, "run", "--once")
    call(hub, "connections", "live", "jira", "--yes")
    call(hub, "run", "--once")
    said = call(hub, "status").err
    (line,) = [each for each in said.splitlines() if "team-managed" in each]
    assert line.count("project TEAM is team-managed and has none of the site's fields") == 1
    told = re.search(r"ticket (\S+) takes no more .* \(the same of (.*) and 2 more\)$", line)
    assert told is not None
    assert {told[1], *told[2].split(", ")} <= set(keys)
    assert len(told[2].split(", ")) == 10


def test_the_past_is_not_asked_again_for_its_last_seconds(call: Any, hub: Path, site: Emulator) -> None:
    site.stage.new_ticket(project="HELP")
    call(hub, "run", "--once")
    calls = site.stage.writes()["calls"]
    assert isinstance(calls, dict)
    assert calls["POST /rest/api/3/search/jql"] <= 6
