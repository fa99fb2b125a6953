"""Long work that is interrupted: it says so by its status, and goes on at the next start without complaint."""

import signal
import subprocess

import pytest

from slahub.cli.work import interruptible

pytestmark = pytest.mark.timeout(120)


def reading(desk) -> bool:
    """Say whether the past is being read: open tickets are searched for first."""
    return any("search" in each for each in desk.http.get(f"{desk.url}/_stage/writes").json()["calls"])


@pytest.mark.parametrize("arguments", [("sync", "desk"), ("run", "--once")])
def test_ctrl_c_ends_long_work_with_a_status_of_its_own(helpdesk, hub_folder, until, arguments) -> None:
    desk, hub = helpdesk(tickets=5), hub_folder()
    hub.write(desk)
    # The export asks to be left alone, so that the work waits.
    desk.stage("fail", path="incremental/ticket_events", status=429, headers={"Retry-After": "600"}, times=1000)
    with subprocess.Popen(hub.command(*arguments), stderr=subprocess.PIPE, text=True) as process:
        hub.running.append(process)
        until(lambda: reading(desk), why="the past is being read")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "interrupted; what is done is kept, and the next start goes on from there\n"


def test_a_second_ctrl_c_does_not_wait_for_a_safe_place() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.reached()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("arguments", [("sync", "desk"), ("run", "--once"), ("deliver",)])
def test_work_waits_for_the_limits_before_it_meets_the_helpdesk(helpdesk, hub_folder, arguments) -> None:
    desk, hub = helpdesk(tickets=5), hub_folder()
    hub.write(desk, mode="observe")
    hub.call("sync")
    desk.stage("fail", path="users/me", status=429, headers={"Retry-After": "3"}, times=1)
    said = hub.call(*arguments)
    assert "unreachable" not in said
    (row,) = hub.rows("status")
    assert row["state"] == "ok"
