"""What the desk tells by itself: every event, or what a trigger says, signed as the documentation has it."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from connectors import Forged, Hint
from connectors.zendesk.emulator import Emulator
from connectors.zendesk.hints import hints

SECRET = "c2VjcmV0"


class Receiver(BaseHTTPRequestHandler):
    """Keeps what comes in."""

    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    answers: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        self.got.append((dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(self.answers.pop(0) if self.answers else 202)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[Receiver]]]:
    kind = type("Own", (Receiver,), {"got": [], "answers": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hooks/desk", kind
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def desk() -> Emulator:
    found = Emulator(seed=3, tickets=3, limits=False)
    found.world.webhooks.courier.pause = 0.001
    return found


def taken(got: list[tuple[dict[str, str], bytes]]) -> list[Hint]:
    now = datetime.now(UTC)
    return [each for headers, body in got for each in hints(headers, body, SECRET, now)]


def test_each_change_is_an_event_that_the_connector_takes_for_a_hint(desk: Emulator, receiver: Any) -> None:
    url, got = receiver[0], receiver[1].got
    desk.stage.webhook(url, SECRET)
    ticket = desk.stage.new_ticket()
    desk.stage.reply(ticket, status="pending")
    desk.stage.delete(ticket)
    assert desk.stage.webhooks_delivered()["failed"] == 0
    kinds = [json.loads(body)["type"].rpartition(".")[2] for _, body in got]
    assert kinds[:2] == ["created", "comment_added"]
    assert {"status_changed", "soft_deleted"} <= set(kinds)
    found = taken(got)
    assert {each.ticket_id for each in found} == {str(ticket)}
    assert len({each.delivery for each in found}) == len(found)
    assert [each.kind for each in found][-1] == "deleted"


def test_a_trigger_tells_of_all_that_somebody_else_did(desk: Emulator, receiver: Any) -> None:
    url, got = receiver[0], receiver[1].got
    desk.stage.webhook(url, SECRET, trigger=True)
    ticket = desk.stage.new_ticket()
    desk.stage.priority(ticket, "urgent")
    hub = next(one.id for one in desk.world.people.values() if one.email == "agent@example.test")
    desk.stage.priority(ticket, "low", by=hub)
    desk.stage.webhooks_delivered()
    assert [json.loads(body) for _, body in got] == [{"ticket_id": str(ticket)}] * 2
    assert len({each.delivery for each in taken(got)}) == 2


def test_deliveries_are_doubled_lost_turned_around_and_forged(desk: Emulator, receiver: Any) -> None:
    url, got = receiver[0], receiver[1].got
    tickets = [desk.stage.new_ticket() for _ in range(4)]
    desk.stage.webhook(url, SECRET, trigger=True)
    for trap, ticket in zip(("double", "lose", "reorder", "forge"), tickets, strict=True):
        desk.stage.webhook_trap(trap)
        desk.stage.note(ticket)
    assert desk.stage.webhooks_delivered()["lost"] == 1
    doubled, _, late, spoiled = map(str, tickets)
    assert [json.loads(body)["ticket_id"] for _, body in got] == [doubled, doubled, spoiled, late]
    (forged,) = got[2:3]
    with pytest.raises(Forged):
        taken([forged])
    assert [each.ticket_id for each in taken([*got[:2], *got[3:]])] == [doubled, doubled, late]
    with pytest.raises(ValueError, match="double, lose"):
        desk.stage.webhook_trap("burn")


def test_what_cannot_be_taken_now_comes_again(desk: Emulator, receiver: Any) -> None:
    url, kind = receiver
    kind.answers += [503, 429]
    desk.stage.webhook(url, SECRET)
    desk.stage.new_ticket()
    desk.stage.webhooks_delivered()
    assert len(kind.got) == 3
    assert len({json.loads(body)["id"] for _, body in kind.got}) == 1
