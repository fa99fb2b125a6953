"""Webhooks on their way: delivered at least once, signed, and sometimes doubled, late or lost."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from connectors.emulation import Courier, Parcel
from connectors.jira.emulator import courier as jira
from connectors.jira.emulator.courier import bearer, signature


@pytest.fixture
def courier() -> Courier:
    return jira.courier(pause=0.001)


def parcel(receiver: Any, content: bytes, **headers: str) -> Parcel:
    return Parcel(receiver.url, content, headers)


def test_a_parcel_arrives_as_it_was_handed_over(courier: Courier, receiver: Any) -> None:
    content = '{"name":"Größe"}'.encode()
    courier.send(parcel(receiver, content, **{"X-Hub-Signature": signature("secret", content)}))
    assert courier.wait()
    body, headers = receiver.got[0]
    expected = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature"] == expected
    assert "x-atlassian-webhook-retry" not in headers


def test_what_the_receiver_cannot_take_comes_again_and_says_so(courier: Courier, receiver: Any) -> None:
    receiver.answers = [503, 429]
    courier.send(parcel(receiver, b"{}", **{"X-Atlassian-Webhook-Identifier": "abc"}))
    assert courier.wait()
    assert [headers.get("x-atlassian-webhook-retry") for _, headers in receiver.got] == [None, "1", "2"]
    assert {headers["x-atlassian-webhook-identifier"] for _, headers in receiver.got} == {"abc"}


def test_after_five_more_tries_it_is_given_up(courier: Courier, receiver: Any) -> None:
    receiver.answers = [500] * 10
    courier.send(parcel(receiver, b"{}"))
    assert courier.wait()
    assert len(receiver.got) == 6
    assert len(courier.failed) == 1


def test_a_refusal_ends_it_at_once(courier: Courier, receiver: Any) -> None:
    receiver.answers = [404]
    courier.send(parcel(receiver, b"{}"))
    assert courier.wait()
    assert len(receiver.got) == 1


def test_deliveries_are_doubled_lost_and_turned_around(courier: Courier, receiver: Any) -> None:
    courier.trap("double")
    courier.send(parcel(receiver, b"1"))
    courier.trap("lose")
    courier.send(parcel(receiver, b"2"))
    courier.trap("reorder")
    courier.send(parcel(receiver, b"3"))
    courier.send(parcel(receiver, b"4"))
    assert courier.wait()
    assert receiver.bodies() == [b"1", b"1", b"4", b"3"]
    assert courier.lost == 1


def test_one_that_was_held_back_comes_at_last(courier: Courier, receiver: Any) -> None:
    courier.trap("reorder")
    courier.send(parcel(receiver, b"1"))
    assert courier.wait()
    assert receiver.bodies() == [b"1"]


def test_an_unknown_trap_is_refused(courier: Courier) -> None:
    with pytest.raises(ValueError, match="double, lose"):
        courier.trap("nothing")


def test_an_app_is_told_who_sends_by_a_signed_token() -> None:
    head, claims, mark = bearer("hub", "secret", 1000).split(".")
    assert json.loads(base64.urlsafe_b64decode(claims + "==")) == {"iss": "hub", "iat": 1000, "exp": 1180}
    expected = hmac.new(b"secret", f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(mark + "=") == expected
