"""What a business rule of an instance sends, and what is not believed."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import LARGEST_HINT, Forged, Hint, Unreadable
from connectors.servicenow.hints import hints

SECRET = "this secret is for testing only"
TICKET = "65e0c0f2ddaca1b54a64e4a71cf15b98"
BODY: dict[str, Any] = {"table": "incident", "sys_id": TICKET, "sys_updated_on": "2026-03-10 10:15:30"}


def taken(body: object, secret: str = SECRET, **headers: str) -> tuple[Hint, ...]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return hints(headers or {"x-hub-SECRET": SECRET, "content-type": "application/json"}, raw, secret)


def test_a_rule_names_the_row_and_when_it_was_changed(vendor: Path) -> None:
    (hint,) = taken((vendor / "samples" / "servicenow" / "push_hint.json").read_bytes())
    assert hint == Hint(TICKET, datetime(2026, 3, 10, 10, 15, 30, tzinfo=UTC), "changed", hint.delivery)


def test_the_same_again_is_the_same_delivery_and_another_change_is_not() -> None:
    first, again, other = taken(BODY), taken(BODY), taken({**BODY, "sys_updated_on": "2026-03-10 10:15:31"})
    assert first == again
    assert first[0].delivery != other[0].delivery


@pytest.mark.parametrize(("operation", "kind"), [("insert", "changed"), ("update", "changed"), ("delete", "deleted")])
def test_only_a_deletion_says_that_the_ticket_is_gone(operation: str, kind: str) -> None:
    assert taken({**BODY, "operation": operation})[0].kind == kind


@pytest.mark.parametrize("at", ["", "yesterday", "10.03.2026 11:15:30"])
def test_a_time_that_cannot_be_read_is_none(at: str) -> None:
    assert taken({**BODY, "sys_updated_on": at})[0].at is None


@pytest.mark.parametrize(
    ("secret", "headers"),
    [
        (SECRET, {"X-Hub-Secret": SECRET + "x"}),
        (SECRET, {"X-Hub-Secret": ""}),
        (SECRET, {"X-Hub-Secret": "\udcff☃"}),
        (SECRET, {"Authorization": SECRET}),
        (SECRET, {"X-Hub-Secret": SECRET, "x-hub-secret": "another"}),
        ("", {"X-Hub-Secret": ""}),
        ("", {"X-Hub-Secret": SECRET}),
    ],
)
def test_what_does_not_bear_the_secret_is_forged(secret: str, headers: dict[str, str]) -> None:
    with pytest.raises(Forged) as caught:
        taken(BODY, secret, **headers)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", [], {}, {"sys_id": None}, {"sys_id": "a/../b"}, {**BODY, "operation": 1}, b"[" * 100_000],
)
def test_what_names_no_row_is_unreadable(body: object) -> None:
    with pytest.raises(Unreadable):
        taken(body)


def test_a_body_that_is_too_large_is_not_read() -> None:
    with pytest.raises(Unreadable):
        taken(b'{"a": "' + b"x" * LARGEST_HINT + b'"}')


@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_bears_the_secret_is_read_or_unreadable(body: bytes) -> None:
    with suppress(Unreadable):
        taken(body)
