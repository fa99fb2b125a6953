"""The daemon's address: where it listens, where it refuses to, and that it ends with the daemon."""

import json
import signal
import socket
import time

import httpx
import pytest

pytestmark = pytest.mark.timeout(120)


def address(hub) -> str:
    """Return where the newest daemon listens, as its log says."""
    lines = [json.loads(line) for line in hub.log().splitlines() if '"listening"' in line]
    return f"http://{lines[-1]['http']}"


def listen(hub, where: str, before: str = "127.0.0.1:0") -> None:
    file = hub.path / "hub.yaml"
    file.write_text(file.read_text().replace(before, where))


def test_a_daemon_answers_until_sigterm_ends_it_and_once_serves_nothing(helpdesk, hub_folder, until) -> None:
    desk, hub = helpdesk(tickets=5), hub_folder()
    hub.write(desk)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        listen(hub, f"127.0.0.1:{other.getsockname()[1]}")
        # The port is taken, and nobody needs it.
        hub.call("run", "--once")
        said = hub.call("run", status=2)
        assert "hub.http" in said
        assert "Traceback" not in said
        assert "write a free one" in said
        listen(hub, "127.0.0.1:0", before=f"127.0.0.1:{other.getsockname()[1]}")
    daemon = hub.start()
    until(lambda: '"running"' in hub.log(), why="the daemon runs")
    with httpx.Client(base_url=address(hub), trust_env=False) as http:
        assert [http.get(path).status_code for path in ("/healthz", "/readyz", "/")] == [200, 200, 404]
        until(lambda: 'slahub_source_calls_total{connection="desk"}' in http.get("/metrics").text, why="calls")
        began = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
        assert time.monotonic() - began < 10
        with pytest.raises(httpx.HTTPError):
            http.get("/healthz")


@pytest.mark.parametrize("command", [("run",), ("check", "--offline")], ids=["run", "check"])
@pytest.mark.parametrize("where", ["0.0.0.0:8321", "[::]:8321", "hub.example:8321"])
def test_an_address_that_others_can_reach_is_refused_with_what_to_do(hub_folder, where, command) -> None:
    hub = hub_folder()
    hub.write(Nowhere())
    listen(hub, where)
    said = hub.call(*command, status=2)
    assert "hub.yaml:2: hub.http" in said
    assert "reverse proxy" in said
    assert not (hub.path / "hub.db").exists()


class Nowhere:
    """A helpdesk that nobody asks."""

    kind, url, token = "zendesk", "https://desk.example.com", "none"
    auth, scope = '{method: api_token, email: "hub@example.com", api_token: "file:token"}', "{}"
    budget = "100%"


def test_a_hint_that_was_answered_outlives_a_killed_daemon_and_is_followed_by_the_next(
    helpdesk, hub_folder, until
) -> None:
    desk, hub = helpdesk(tickets=3), hub_folder()
    hub.write(desk, every="10m")
    (hub.path / "secrets" / "hints").write_text("of-the-test")
    file = hub.path / "hub.yaml"
    file.write_text(file.read_text().replace("every: 10m", 'every: 10m\n    hints: {secret: "file:hints"}'))
    hub.call("run", "--once")
    daemon = hub.start()
    until(lambda: '"running"' in hub.log(), why="the daemon runs")
    # Nothing is heard of the helpdesk's tickets while it takes its time.
    desk.stage("slow", path="/api/v2/tickets/show_many", seconds=10, times=1)
    ticket = int(desk.stage("new_ticket"))
    desk.stage("webhook", url=f"{address(hub)}/hooks/desk", secret="of-the-test", trigger=True)
    desk.stage("priority", ticket=ticket, priority="urgent")
    assert desk.stage("webhooks_delivered") == {"sent": 1, "failed": 0, "lost": 0}
    daemon.kill()
    daemon.wait()
    assert desk.shown(ticket)["due"] is None
    hub.start()
    until(lambda: desk.shown(ticket)["due"], why="the next daemon follows the hint")
    assert "the last hint came" in hub.call("status")
