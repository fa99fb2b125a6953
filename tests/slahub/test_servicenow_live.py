"""Living with a ServiceNow: what an admin types from the first check to live mode, and where nothing may be written."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.servicenow.emulator import KNOWN, Emulator, serve

FOLDER = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  now:
    connector: servicenow
    url: "{url}"
    auth: {{method: oauth_client, client_id: "{client}", client_secret: "file:now"}}
    budget: 100%
    backfill: {{since: null}}
    scope: {{tables: {{incident: "active=true^assignment_groupISNOTEMPTY", change_request: active=true}}}}
    write_back: {{due: SLA due, state: SLA state}}
policies:
  - name: standard
    calendar: always
    metrics:
      first_response: {{targets: {{other: 1h}}}}
      resolution: {{targets: {{other: 40h}}, pause_in: waiting/customer}}
"""
GROUP = "Network Support"


@pytest.fixture
def site() -> Emulator:
    return Emulator(seed=5, tickets=0)


@pytest.fixture
def hub(site: Emulator, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "hub"
    (folder / "secrets").mkdir(mode=0o700, parents=True)
    (folder / "secrets" / "now").write_text(KNOWN.client_secret)
    (folder / "secrets" / "now").chmod(0o600)
    with serve(site) as url:
        (folder / "hub.yaml").write_text(FOLDER.format(url=url, client=KNOWN.client_id))
        yield folder


def lived(site: Emulator, count: int = 3) -> list[str]:
    """Open incidents, and a change; let the first one wait for its caller. Return their numbers."""
    made = [site.stage.new_ticket(group=GROUP, impact=1, urgency=1) for _ in range(count)]
    made.append(site.stage.new_ticket(table="change_request"))
    site.stage.start_work(made[0])
    site.stage.advance(600)
    site.stage.hold(made[0], text="Which one?")
    site.stage.advance(600)
    return [site.stage.number_of(each) for each in made]


def edited(hub: Path, was: str, now: str) -> None:
    file = hub / "hub.yaml"
    text = file.read_text()
    assert was in text
    file.write_text(text.replace(was, now))


def shown(site: Emulator) -> dict[str, tuple[str, str]]:
    tickets: Any = site.stage.truth()["tickets"]
    return {
        each["number"]: (each["values"].get("u_sla_state", ""), each["values"].get("u_sla_due", "")) for each in tickets
    }


def test_check_says_who_reads_what_and_which_tickets_are_covered(call: Any, hub: Path, site: Emulator) -> None:
    incidents = len(lived(site)) - 1
    said = call(hub, "check")
    assert said.status == 0, said.err
    assert "now: works as the user of the OAuth client in 127.0.0.1:" in said.out
    assert "now: may read incident, read change_request, read sys_audit, read sys_journal_field" in said.out
    assert f"now: to read: {incidents + 1} tickets, {incidents + 1} open ones" in said.out
    assert re.search(rf"standard +{incidents + 1} ", said.out)
    assert "no policy        0" in said.out


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("assignment_groupISNOTEMPTY", "asignment_groupISNOTEMPTY", "asignment_group"),
        ("due: SLA due", "due: SLA die", "SLA die"),
        ("incident:", "incydent:", "there is no such table (GET /api/now/v2/table/incydent: "),
    ],
    ids=["a column in a query", "a field", "a table"],
)
def test_check_finds_a_name_that_is_not_there(
    call: Any, hub: Path, site: Emulator, was: str, now: str, told: str
) -> None:
    lived(site)
    edited(hub, was, now)
    said = call(hub, "check")
    assert said.status == 1
    problems = [each for each in said.err.splitlines() if each.startswith("! now: ")]
    assert problems
    assert all(told in each for each in problems)
    # A mistake does not go away by itself.
    assert "check again in a minute" not in said.out


def test_the_way_from_reading_to_live_mode_writes_each_ticket_once(call: Any, hub: Path, site: Emulator) -> None:
    first, *others = lived(site)
    done = {row["flow"]: row for row in call(hub, "run", "--once", "--json").rows}
    assert done["deliver"]["written"] == 0
    assert set(shown(site).values()) == {("", "")}
    said = call(hub, "connections", "live", "now", "--yes").out
    assert "the first round writes 4 tickets with about 1 call, in about 1 minute." in said
    assert call(hub, "run", "--once").status == 0
    assert shown(site)[first] == ("paused", "")
    assert all(state == "on_track" and due for each, (state, due) in shown(site).items() if each in others)
    site.stage.forget_calls()
    call(hub, "run", "--once")
    assert site.stage.writes()["count"] == 0
    assert call(hub, "status").err == ""


def test_tickets_clocks_and_reasons_are_told_in_the_instances_words(call: Any, hub: Path, site: Emulator) -> None:
    first = lived(site)[0]
    call(hub, "run", "--once")
    rows = {row["key"]: row for row in call(hub, "tickets", "--json").rows}
    mine = rows[first]
    assert (mine["phase"], mine["wait_on"]) == ("waiting", "customer")
    assert mine["source_status"] == "On Hold: Awaiting Caller"
    assert (mine["kind"], mine["priority"], mine["team_name"]) == ("incident", "critical", GROUP)
    said = call(hub, "explain", first).out
    assert f"now:{first}  resolution 1  paused on track" in said
    assert "• paused: public comment; status waiting/customer, by Ada Alder [agent]" in said
    assert f"now:{first}  first response 1  completed met" in said


def test_a_plan_tells_what_another_promise_would_have_made_of_the_past(call: Any, hub: Path, site: Emulator) -> None:
    lived(site)
    call(hub, "run", "--once")
    site.stage.advance(4 * 3600)
    edited(hub, "first_response: {targets: {other: 1h}}", "first_response: {targets: {other: 5m}}")
    said = call(hub, "plan")
    assert said.status == 1
    assert "policies.standard.metrics.first_response.targets.other: 1h -> 5m" in said.out
    assert "4 tickets replayed" in said.out


def test_a_connection_that_only_reads_says_so_and_writes_nothing(call: Any, hub: Path, site: Emulator) -> None:
    lived(site)
    edited(hub, "    budget: 100%\n", "    budget: 100%\n    read_only: true\n")
    said = call(hub, "check")
    assert said.status == 0
    assert "connections.now.read_only: the connection is set to `read_only: true`: nothing is written there" in said.out
    assert call(hub, "run", "--once").status == 0
    for name in ("live", "retract"):
        refused = call(hub, "connections", name, "now", "--yes")
        assert (refused.status, refused.out) == (2, "")
        assert refused.err == (
            "error: connections.now: the connection is set to `read_only: true`: nothing is written there\n"
        )
    edited(hub, "    budget: 100%\n", "    budget: 100%\n    mode: live\n")
    site.stage.forget_calls()
    assert call(hub, "run", "--once").status == 0
    assert len(call(hub, "clocks", "--json").rows) == 8
    assert set(shown(site).values()) == {("", "")}
    assert site.stage.writes()["count"] == 0
