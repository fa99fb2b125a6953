"""Each rule of taking hints fails for a connector that breaks it, and says how."""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from connectors import Forged, Hint, Unreadable
from connectors.testing import ConnectorSuite, HintedLists, Sent, Signs, Taking
from tests.connectors.testing.conftest import now

BODIES = [json.dumps({"ticket": "1", "gone": gone, "id": f"d{gone}"}).encode() for gone in (False, True)]
SUITE = ConnectorSuite()


def signed(body: bytes) -> Sent:
    signature = hmac.digest(b"secret", body, "sha256").hex()
    return Sent({"X-Signature": signature, "X-Other": "1"}, body, "secret", now())


class TestLists(ConnectorSuite):
    @pytest.fixture
    def connector(self) -> Taking:
        return HintedLists(now=now)

    @pytest.fixture
    def taking(self, connector: Taking) -> Taking:
        return connector

    @pytest.fixture
    def signs(self) -> Signs:
        return signed

    @pytest.fixture
    def bodies(self) -> Sequence[bytes]:
        return BODIES

    def test_records_hold_utc_instants_and_the_sources_own_values(self, connector: Taking) -> None:
        pytest.skip("it has no tickets")


class Broken(HintedLists):
    def __init__(self) -> None:
        super().__init__(now=now)

    def taken(self, sent: Sent) -> tuple[Hint, ...]:
        return super().hints(sent.headers, sent.body, sent.secret, sent.at)


class Trusting(Broken):
    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        return self.taken(signed(body))


class Anonymous(Broken):
    """Takes a signature without a secret for a good one."""

    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        return super().hints(headers, body, secret, now) if secret else ()


class Counting(Broken):
    numbers = count()

    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        found = super().hints(headers, body, secret, now)
        return tuple(replace(each, delivery=str(next(self.numbers))) for each in found)


class Exact(Broken):
    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        return super().hints(headers, body, secret, now) if "X-Signature" in headers else ()


class Nameless(Broken):
    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        return tuple(replace(each, delivery="") for each in super().hints(headers, body, secret, now))


class Local(Broken):
    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        found = super().hints(headers, body, secret, now)
        return tuple(replace(each, at=now.replace(tzinfo=None)) for each in found)


class Silent(Broken):
    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        super().hints(headers, body, secret, now)
        return ()


class Greedy(Broken):
    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        try:
            return super().hints(headers, body, secret, now)
        except Unreadable:
            return ()


Test = Callable[..., Any]


@pytest.mark.parametrize(
    ("broken", "test", "said"),
    [
        (Trusting, SUITE.test_what_was_not_signed_so_is_forged, "was not refused as forged"),
        (Anonymous, SUITE.test_what_was_not_signed_so_is_forged, "no secret was not refused as forged"),
        (Counting, SUITE.test_the_same_again_gives_the_same_hints, "the same body gave"),
        (Exact, SUITE.test_the_headers_order_and_case_do_not_matter, "with the headers"),
        (Nameless, SUITE.test_what_the_source_sends_gives_hints, "without a ticket or a delivery"),
        (Local, SUITE.test_what_the_source_sends_gives_hints, "not an aware UTC instant"),
        (Silent, SUITE.test_what_the_source_sends_gives_hints, "gives a hint"),
    ],
)
def test_a_broken_rule_is_noticed(broken: type[Broken], test: Test, said: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=said):
        test(broken(), signed, BODIES)


def test_a_body_without_bounds_is_noticed() -> None:
    with pytest.raises(pytest.fail.Exception, match="was read"):
        SUITE.test_a_signed_body_that_is_too_large_or_too_deep_is_unreadable(Greedy(), signed)


class Careless(Broken):
    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        if not hmac.compare_digest(headers["X-Signature"], signed(body).headers["X-Signature"]):
            raise Forged("no")
        return (Hint(json.loads(body)["ticket"], None, "changed", "1"),)


@pytest.mark.parametrize(
    "test", [SUITE.test_whatever_is_signed_is_read_or_unreadable, SUITE.test_whatever_else_comes_is_forged]
)
def test_an_error_outside_the_tree_is_noticed(test: Test) -> None:
    # Several at once, where several examples fail in different ways.
    with pytest.raises((AttributeError, KeyError, TypeError, ExceptionGroup)):
        test(Careless(), signed)
