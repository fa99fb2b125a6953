"""Messages on their way: by HTTP as Apprise's services take them, and by mail to a real server."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import requests
import responses
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from core.errors import SettingsError
from core.flows.alert_words import Message
from core.settings import Alerts, Problems, SecretRef, Secrets
from core.telemetry import clean_text
from slahub.notifying import recipients

HELLO = Message("slahub: desk: access refused", "desk: access refused\n  the token is not valid any more\n")


def recipient(address: str):
    secrets = Secrets(Path(), {"SLAHUB_X": address})
    (found,) = recipients(Alerts((SecretRef("${SLAHUB_X}"),)), secrets, Problems({}))
    return found


@pytest.fixture
def net() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def test_a_message_goes_out_as_the_service_takes_it(net: responses.RequestsMock) -> None:
    net.post("https://ops.example/hook/4711abcdef", status=200)
    one = recipient("jsons://ops.example/hook/4711abcdef")
    assert one.name == "${SLAHUB_X}"
    assert one.send(HELLO).reason == ""
    body = net.calls[0].request.body
    assert "access refused" in (body.decode() if isinstance(body, bytes) else str(body))


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_a_refusal_is_told_by_its_status_and_by_nothing_of_the_address(
    net: responses.RequestsMock, status: int
) -> None:
    net.post("https://ops.example/hook/4711abcdef", status=status, body="4711abcdef is unknown")
    outcome = recipient("jsons://ops.example/hook/4711abcdef").send(HELLO)
    assert (outcome.reason, outcome.doubtful) == (f"the service answered {status}", False)


def test_a_service_that_cannot_be_reached_has_not_taken_it(net: responses.RequestsMock) -> None:
    net.post("https://ops.example/hook", body=requests.exceptions.ConnectionError("refused"))
    outcome = recipient("jsons://ops.example/hook").send(HELLO)
    assert (outcome.reason, outcome.doubtful) == ("the service could not be reached, or did not take it", False)


def test_a_service_that_takes_it_and_says_nothing_leaves_a_doubt() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        outcome = recipient(f"json://127.0.0.1:{deaf.getsockname()[1]}/?rto=0.2").send(HELLO)
    assert outcome.doubtful


@pytest.mark.parametrize("address", ["nosuch://x", "hello", "json://a,json://b", "slack://"])
def test_an_address_of_no_service_or_of_several_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(SettingsError) as refused:
        recipient(address)
    assert "the address behind ${SLAHUB_X} is none of a service that Apprise knows" in str(refused.value)
    assert address not in str(refused.value)


def test_no_part_of_an_address_that_may_be_a_key_can_be_printed() -> None:
    recipient("jsons://admin:correct-horse@ops.example/hook/4711abcdef?token=9988aabbcc")
    shown = clean_text("at /hook/4711abcdef with correct-horse and 9988aabbcc on ops.example")
    assert shown == "at /hook/*** with *** and *** on ops.example"


@dataclass
class Mailbox:
    """A mail server's side of it."""

    refuses: bool = False
    mails: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return "550 no such mailbox"
        self.mails.append(envelope)
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, port
    server.stop()


def test_a_mail_arrives_at_a_real_server_as_a_person_reads_it(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    address = f"mailto://127.0.0.1:{port}?from=hub@example.com&to=admin@example.com&mode=insecure"
    assert recipient(address).send(HELLO).reason == ""
    (mail,) = box.mails
    assert mail.rcpt_tos == ["admin@example.com"]
    assert isinstance(mail.content, bytes)
    read = message_from_bytes(mail.content, policy=default)
    assert read["subject"] == HELLO.title
    body = read.get_body(("plain",))
    assert body is not None
    assert "the token is not valid any more" in body.get_content()


def test_a_mail_server_that_refuses_has_not_taken_it(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    box.refuses = True
    address = f"mailto://127.0.0.1:{port}?from=hub@example.com&to=admin@example.com&mode=insecure"
    assert recipient(address).send(HELLO).reason == "the service could not be reached, or did not take it"
