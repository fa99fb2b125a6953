"""A folder out of a ServiceNow: schedules become calendars, definitions policies, and their due times are its own."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.servicenow.emulator import KNOWN, Emulator, serve
from core.settings import read_folder

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)

FOLDER = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  now:
    connector: servicenow
    url: "{url}"
    auth: {{method: oauth_client, client_id: "{client}", client_secret: "file:now"}}
    budget: 100%
    backfill: {{since: null}}
    scope: {{tables: {{incident: opened_by!=NULL}}}}
"""


@pytest.fixture
def site() -> Emulator:
    return Emulator(seed=5, tickets=60, start=START)


@pytest.fixture
def hub(site: Emulator, tmp_path: Path) -> Iterator[Path]:
    """A folder with a connection and nothing else."""
    folder = tmp_path / "hub"
    (folder / "secrets").mkdir(mode=0o700, parents=True)
    (folder / "secrets" / "now").write_text(KNOWN.client_secret)
    (folder / "secrets" / "now").chmod(0o600)
    with serve(site) as url:
        (folder / "hub.yaml").write_text(FOLDER.format(url=url, client=KNOWN.client_id))
        yield folder


def test_schedules_become_calendars_and_definitions_policies(call: Any, hub: Path) -> None:
    made = call(hub, "init", "--from", "now")
    assert made.status == 0
    assert f"wrote {hub / 'policies.from-now.yaml'}: 5 policies" in made.out
    content = read_folder(hub).content
    desk, night = content["calendars"]["service-desk-de-8-17"], content["calendars"]["night-operations"]
    assert (desk["timezone"], desk["weekly"]) == ("Europe/Berlin", {"mon-fri": ["08:00-17:00"]})
    assert {"date": "2026-11-26", "name": "Thanksgiving US"} in [
        {**each, "date": str(each["date"])} for each in desk["holidays"]
    ]
    assert (night["timezone"], night["weekly"]) == ("America/New_York", {"mon-thu": ["22:00-06:00"]})
    # Whose hours are those of whoever asks is switched off, and nothing is promised by it.
    assert "8-5-weekdays-excluding-holidays" not in content["calendars"]
    policies = {each["name"]: each for each in content["policies"]}
    assert policies["priority-4-and-5-resolution"]["sla"] == "none"
    assert policies["incident-sla-critical"]["metrics"]["response"]["targets"] == {"critical": "15m"}
    assert policies["incident-sla-high-normal"]["metrics"]["resolution"]["targets"] == {"high": "4h", "normal": "8h"}
    assert policies["fiberline-line-repair"]["agreement"] == "vendor"


def test_the_folder_is_sound_and_judges_tickets_as_the_instance_does(call: Any, hub: Path, site: Emulator) -> None:
    for impact in (1, 2):
        site.stage.new_ticket(impact=impact, urgency=1)
    site.stage.advance(600)
    call(hub, "init", "--from", "now")
    said = call(hub, "check")
    assert said.status == 0, said.err
    # One calendar for each time zone of the people who call.
    assert re.search(r"is sound: 1 connection, 6 calendars, \d+ policies\.", said.out)
    assert call(hub, "run", "--once").status == 0
    theirs: defaultdict[str, set[str]] = defaultdict(set)
    tickets: Any = site.stage.truth()["tickets"]
    for ticket in tickets:
        theirs[ticket["number"]] |= {each["planned_end_time"] for each in ticket["task_sla"]}
    ours = [each for each in call(hub, "clocks", "--json").rows if each.get("due_at")]
    responses = [each for each in ours if each["metric"] == "response"]
    assert len(responses) > 10
    assert {each["target_seconds"] for each in responses} == {900, 1800, 3600}
    assert [each for each in responses if due(each) not in theirs[str(each["key"])]] == []


def due(row: dict[str, Any]) -> str:
    return str(row["due_at"]).replace("T", " ").removesuffix("Z")


def test_where_the_definitions_say_it_all_every_due_time_is_the_instances_own(
    call: Any, hub: Path, site: Emulator
) -> None:
    call(hub, "init", "--from", "now")
    call(hub, "run", "--once")
    rows = [row for row in call(hub, "report", "parity", "--json").rows if row["part"] == "clock" and "agrees" in row]
    agreeing = Counter(row["native_metric"] for row in rows if row["agrees"])
    assert agreeing["SLA response"] > 10
    assert agreeing["SLA resolution"] > 10
    # What is not promised here, and clocks that are counted in another way where definitions took turns.
    assert {row["cause"] for row in rows if not row["agrees"]} <= {
        "no_clock",
        "another_cycle",
        "priority_at_another_time",
    }


def test_a_folder_of_its_own_has_the_connection_and_no_leave_to_write(call: Any, hub: Path, tmp_path: Path) -> None:
    file, fresh = hub / "hub.yaml", tmp_path / "fresh"
    file.write_text(file.read_text().replace("    budget: 100%\n", "    budget: 100%\n    mode: live\n"))
    assert call(hub, "init", "--from", "now", str(fresh)).status == 0
    connection = read_folder(fresh).content["connections"]["now"]
    assert connection["scope"] == {"tables": {"incident": "opened_by!=NULL"}}
    said = call(fresh, "check", "--json")
    assert said.status == 0, said.err
    assert {row["code"]: row for row in said.rows}["configured"]["mode"] == "observe"
