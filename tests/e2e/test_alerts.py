"""The daemon tells an admin, and goes on after a helpdesk has shut it out, without showing anybody what is old."""

import json
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = pytest.mark.timeout(200)

OUT = "access refused"


@dataclass
class Service:
    """What takes messages, as Apprise's json:// sends them. open: answers wait for it."""

    open: threading.Event = field(default_factory=threading.Event)
    messages: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    def titles(self) -> list[str]:
        return [each["title"] for each in self.messages]


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    made.open.set()

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            made.open.wait(30)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    server.daemon_threads = True
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.open.set()
    server.shutdown()
    thread.join()
    server.server_close()


def tell(hub, service: Service) -> None:
    """Have the hub's admin told by this service."""
    address = f"json://admin:correct-horse@127.0.0.1:{service.port}/hook/4711abcdef?rto=20"
    (hub.path / "secrets" / "alerts").write_text(address)
    (hub.path / "secrets" / "alerts").chmod(0o600)
    with (hub.path / "hub.yaml").open("a") as text:
        text.write('alerts: {to: "file:alerts", except: [disk]}\n')


def states(desk, ticket: int) -> list[str]:
    """All that the helpdesk's field of the state was ever set to."""
    return [
        event["value"]
        for each in desk.truth()["tickets"]
        if each["ticket"]["id"] == ticket
        for audit in each["audits"]
        for event in audit["events"]
        if event.get("field_name") == str(desk.fields["state"])
    ]


def test_a_refusal_is_told_at_once_and_a_new_secret_in_its_file_ends_it_before_anybody_sees_what_is_old(
    helpdesk, hub_folder, service, until
) -> None:
    desk, hub = helpdesk(tickets=3), hub_folder()
    hub.write(desk)
    tell(hub, service)
    secret = hub.path / "secrets" / "token"
    hub.start()
    until(lambda: '"running"' in hub.log(), why="the daemon runs")
    ticket = int(desk.stage("new_ticket"))
    desk.stage("advance", seconds=65)  # the export shows it at once
    until(lambda: desk.shown(ticket)["state"] == "sla_on_track", why="the ticket is known")
    desk.stage("revoke")
    until(lambda: service.titles() == [f"slahub: desk: {OUT}"], within=30, why="the admin is told")
    assert "slahub check" in service.messages[0]["message"]
    secret.write_text("a wrong one")
    until(lambda: hub.log().count("secrets read again") == 1, why="the file is read again")
    desk.stage("advance", seconds=1800)
    desk.stage("reply", ticket=ticket)  # in time, and nobody here knows
    desk.stage("advance", seconds=1260)
    desk.stage("allow")
    secret.write_text(desk.token)
    until(lambda: [row["standing"] for row in hub.rows("clocks", f"desk:{ticket}")][:1] == ["met"], why="caught up")
    until(lambda: len(service.messages) == 2, why="the admin is told that it is over")
    assert service.titles()[1] == f"slahub: desk: {OUT}, over"
    assert {"sla_at_risk", "sla_breached"}.isdisjoint(states(desk, ticket))
    assert hub.log().count("secrets read again") == 2
    said = hub.log() + json.dumps(service.messages) + hub.call("status", status=None)
    for secret_part in (desk.token, "correct-horse", "4711abcdef"):
        assert secret_part not in said


def test_a_daemon_that_is_killed_while_it_tells_has_told_at_most_twice_and_says_so(
    helpdesk, hub_folder, service, until
) -> None:
    desk, hub = helpdesk(tickets=3), hub_folder()
    hub.write(desk)
    tell(hub, service)
    desk.stage("revoke")
    service.open.clear()
    first = hub.start()
    until(lambda: service.messages, why="a message is under way")
    first.send_signal(signal.SIGKILL)
    first.wait()
    service.open.set()
    hub.start()
    until(lambda: len(service.messages) == 2, why="it is sent once more")
    until(lambda: [row["state"] for row in hub.rows("alerts", "list")] == ["sent"], why="it is settled")
    assert "You may have been told of this already" in service.messages[1]["message"]
    assert [row["doubts"] for row in hub.rows("alerts", "list")] == [1]
    assert "1 perhaps twice" in hub.call("status", status=None)
