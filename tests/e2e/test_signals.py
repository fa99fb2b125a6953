"""What a daemon does when it is told something from outside."""

import signal
import sqlite3
import time

import pytest

pytestmark = pytest.mark.timeout(120)


def test_sigterm_ends_the_daemon_within_ten_seconds_while_the_helpdesk_does_not_answer(
    helpdesk, hub_folder, until
) -> None:
    desk, hub = helpdesk(tickets=5), hub_folder()
    hub.write(desk)
    desk.stage("slow", path="/api/v2", seconds=60, times=1000)
    daemon = hub.start()
    until(lambda: '"running"' in hub.log(), why="the daemon runs")
    began = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(10) == 0
    assert time.monotonic() - began < 10


def test_sigterm_ends_the_daemon_within_ten_seconds_while_another_process_writes_to_its_database(
    helpdesk, hub_folder, until
) -> None:
    desk, hub = helpdesk(tickets=5), hub_folder()
    hub.write(desk, every="10m")
    daemon = hub.start()
    until(lambda: desk.writes() > 0, why="the daemon writes")
    other = sqlite3.connect(hub.path / "hub.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
        assert time.monotonic() - began < 10
    finally:
        other.close()
    hub.start()
    until(lambda: hub.log().count('"running"') == 2, why="the next daemon runs")


def test_sighup_has_secrets_read_again_and_puts_nothing_into_force(helpdesk, hub_folder, until) -> None:
    desk, hub = helpdesk(tickets=5), hub_folder()
    hub.write(desk)
    token = (hub.path / "secrets" / "token").read_text()
    hub.call("config", "apply")
    (hub.path / "secrets" / "token").write_text("an old one")
    daemon = hub.start()
    until(lambda: '"refused"' in hub.log(), why="the old token is refused")
    (hub.path / "secrets" / "token").write_text(token)
    hub.write(desk, response="2h")
    daemon.send_signal(signal.SIGHUP)
    until(lambda: "secrets read again" in hub.log(), why="the signal is heard")
    until(lambda: any(row["state"] == "ok" for row in hub.rows("status")), why="the new token is used")
    assert {row["revision"] for row in hub.rows("clocks")} <= {1}
