"""What ServiceNow says of services that could not be used, as an admin reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.servicenow.emulator import KNOWN, Emulator, serve

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)

FOLDER = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  now:
    connector: servicenow
    url: "{url}"
    auth: {{method: basic, username: {user}, password: "file:password"}}
    budget: 100%
    backfill: {{since: null}}
    scope: {{tables: {{incident: active=true}}}}
"""


@pytest.fixture
def instance() -> Emulator:
    return Emulator(seed=5, tickets=6, start=START)


@pytest.fixture
def hub(instance: Emulator, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "hub"
    (folder / "secrets").mkdir(mode=0o700, parents=True)
    (folder / "secrets" / "password").write_text(KNOWN.password)
    (folder / "secrets" / "password").chmod(0o600)
    with serve(instance) as url:
        (folder / "hub.yaml").write_text(FOLDER.format(url=url, user=KNOWN.user))
        yield folder


def told(instance: Emulator) -> dict[str, tuple[str, str, str | None, set[str]]]:
    """Return of each outage its kind, its beginning and end, and the numbers of the tickets about it."""
    truth: Any = instance.stage.truth()
    numbers = {each["sys_id"]: each["number"] for each in truth["tickets"]}
    return {
        each["sys_id"]: (
            each["type"],
            f"{each['begin'].replace(' ', 'T')}Z",
            f"{each['end'].replace(' ', 'T')}Z" if each.get("end") else None,
            {numbers[about]} if (about := each.get("task_number")) in numbers else set(),
        )
        for each in truth["cmdb_ci_outage"]
    }


def test_every_outage_is_listed_with_what_was_down_and_the_tickets_about_it(
    call: Any, hub: Path, instance: Emulator
) -> None:
    ticket = instance.stage.new_ticket()
    mine = instance.stage.outage("ERP", 7200, "degradation", ticket)
    instance.stage.outage("Mail", None)
    instance.stage.advance(120)
    assert call(hub, "run", "--once").status == 0
    rows = {row["id"]: row for row in call(hub, "outages", "--json").rows}
    listed = {
        ident: (row["kind"], row["began_at"], row.get("ended_at"), set(row["tickets"])) for ident, row in rows.items()
    }
    truth = told(instance)
    assert listed.keys() == truth.keys()
    # Of tickets out of the query only the id is known.
    assert {ident: row[:3] for ident, row in listed.items()} == {ident: row[:3] for ident, row in truth.items()}
    assert listed[mine] == truth[mine]
    assert rows[mine]["service_names"] == ["ERP"]
    said = call(hub, "outages").out.splitlines()
    assert said[-1] == f"now: {len(truth)} outages"
    assert any("lasts" in line and "Mail" in line for line in said)
