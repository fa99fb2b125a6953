"""The daemon as a process over a helpdesk as a process."""

import json
import signal
import time
from datetime import datetime, timedelta

import pytest

pytestmark = pytest.mark.timeout(280)


def test_one_cycle_brings_due_times_into_the_helpdesk_and_a_second_writes_nothing(helpdesk, hub_folder) -> None:
    desk, hub = helpdesk(), hub_folder()
    hub.write(desk)
    rows = [json.loads(line) for line in hub.call("run", "--once", "--json").splitlines()]
    written = sum(row["written"] for row in rows)
    assert written > 0
    assert {"flow", "connection", "read", "stored", "evaluated", "changed", "written", "calls", "seconds"} <= set(
        rows[0]
    )
    before = desk.writes()
    again = [json.loads(line) for line in hub.call("run", "--once", "--json").splitlines()]
    assert sum(row["written"] for row in again) == 0
    assert desk.writes() == before


def test_observe_mode_sends_no_write_at_all(helpdesk, hub_folder) -> None:
    desk, hub = helpdesk(), hub_folder()
    hub.write(desk, mode="observe")
    hub.call("run", "--once")
    assert desk.writes() == 0
    assert any(row["breached"] for row in hub.rows("clocks"))


def test_sigterm_ends_the_daemon_within_ten_seconds_and_a_second_one_is_refused(helpdesk, hub_folder, until) -> None:
    desk, hub = helpdesk(), hub_folder()
    hub.write(desk)
    first = hub.start()
    until(lambda: "running" in hub.log(), why="the daemon runs")
    refused = hub.call("run", status=2)
    assert str(first.pid) in refused
    began = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert time.monotonic() - began < 10
    hub.start()
    until(lambda: hub.log().count("running") >= 2, why="the next daemon runs")


def breached_after(desk, ticket: int, due: datetime) -> float | None:
    """Seconds from the due time to the helpdesk's own record of the state turning to breached."""
    for each in desk.truth()["tickets"]:
        if each["ticket"]["id"] == ticket:
            for audit in each["audits"]:
                for event in audit["events"]:
                    if event.get("field_name") == str(desk.fields["state"]) and event["value"] == "sla_breached":
                        return (datetime.fromisoformat(audit["created_at"]) - due).total_seconds()
    return None


def test_a_breach_shows_within_two_seconds_of_its_due_time(helpdesk, hub_folder, until) -> None:
    desk, hub = helpdesk(tickets=3), hub_folder()
    hub.write(desk, response="90s")
    hub.start()
    until(lambda: "running" in hub.log(), why="the daemon runs")
    tickets = [int(desk.stage("new_ticket")) for _ in range(3)]
    desk.stage("advance", seconds=65)  # the export shows them at once
    until(lambda: all(desk.shown(ticket)["state"] == "sla_breached" for ticket in tickets), within=150)
    late = []
    for ticket in tickets:
        due = datetime.fromisoformat(desk.shown(ticket)["breached_at"])
        late.append(breached_after(desk, ticket, due))
    # The helpdesk records whole seconds; the machine may be busy with other tests at one due time, not at all.
    assert min(late) <= 2, late
    assert max(late) <= 15, late


def test_a_reply_in_the_last_second_that_is_not_exported_at_due_never_shows_as_a_breach(
    helpdesk, hub_folder, until
) -> None:
    desk, hub = helpdesk(tickets=3), hub_folder()
    hub.write(desk, response="90s")
    hub.start()
    until(lambda: "running" in hub.log(), why="the daemon runs")
    ticket = int(desk.stage("new_ticket"))
    desk.stage("advance", seconds=65)  # the export shows it at once
    until(lambda: desk.shown(ticket)["due"], within=120, why="the due time is shown")
    due = datetime.fromisoformat(desk.shown(ticket)["due"])
    until(lambda: datetime.fromisoformat(desk.stage("now")) >= due - timedelta(seconds=1), within=120)
    desk.stage("reply", ticket=ticket)
    until(lambda: desk.shown(ticket)["metric"] == "resolution", within=120, why="the reply has met the first response")
    assert breached_after(desk, ticket, due) is None


def test_wrong_credentials_pause_their_connection_and_the_others_go_on(helpdesk, hub_folder) -> None:
    good, bad, hub = helpdesk(), helpdesk(seed=4), hub_folder()
    hub.write(good)
    text = (hub.path / "hub.yaml").read_text()
    connection = text[text.index("  desk:") : text.index("policies:")]
    other = connection.replace("  desk:", "  other:").replace(good.url, bad.url)
    (hub.path / "hub.yaml").write_text(text.replace("policies:", other + "policies:"))
    bad.stage("revoke")
    hub.call("run", "--once", status=1)
    states = {row["connection"]: row["state"] for row in hub.rows("status")}
    assert states == {"desk": "ok", "other": "refused"}


def test_a_database_of_a_newer_version_is_refused_with_advice(helpdesk, hub_folder) -> None:
    import sqlite3

    desk, hub = helpdesk(), hub_folder()
    hub.write(desk)
    hub.call("config", "apply")
    with sqlite3.connect(hub.path / "hub.db") as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()
    said = hub.call("status", status=2)
    assert "newer" in said
