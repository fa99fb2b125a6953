"""What Zendesk's webhooks send, signed as its documentation says."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import Forged, Hint, Unreadable
from connectors.zendesk.hints import hints

SECRET = "dGhpcyBzZWNyZXQgaXMgZm9yIHRlc3Rpbmcgb25seQ=="
SIGNED_AT = "2026-03-05T09:30:00Z"
NOW = datetime(2026, 3, 5, 9, 30, 2, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "account_id": 22129848,
    "id": "1d3ea182-bac9-4f6a-ae3d-2d1bcb5e2ad4",
    "type": "zen:event-type:ticket.status_changed",
    "subject": "zen:ticket:35436",
    "time": "2026-03-05T09:29:58.906338593Z",
    "zendesk_event_version": "2022-11-06",
    "detail": {"id": "35436", "status": "OPEN", "via": {"channel": "web_service"}},
    "event": {"current": "OPEN", "previous": "NEW", "meta": {"sequence": {"id": "01H", "position": 1, "total": 1}}},
}
HAPPENED = datetime(2026, 3, 5, 9, 29, 58, 906338, tzinfo=UTC)


def taken(body: object, signed_at: str = SIGNED_AT, now: datetime = NOW, **more: str) -> tuple[Hint, ...]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = hmac.new(SECRET.encode(), signed_at.encode() + raw, hashlib.sha256).digest()
    headers = {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": signed_at,
        "X-Zendesk-Webhook-Invocation-Id": "01H2FT8AVBY3CDGJ91GMZ5SNAF",
        "X-Zendesk-Account-Id": "22129848",
        **more,
    }
    return hints(headers, raw, SECRET, now)


def test_an_event_names_its_ticket_its_time_and_itself() -> None:
    assert taken(EVENT) == (Hint("35436", HAPPENED, "changed", "1d3ea182-bac9-4f6a-ae3d-2d1bcb5e2ad4"),)


@pytest.mark.parametrize(
    ("kind", "means"),
    [
        ("ticket.created", "changed"),
        ("ticket.comment_added", "changed"),
        ("ticket.merged", "changed"),
        ("ticket.undeleted", "changed"),
        ("ticket.soft_deleted", "deleted"),
        ("ticket.permanently_deleted", "deleted"),
        ("ticket.something_new", "changed"),
    ],
)
def test_only_a_deletion_says_that_the_ticket_is_gone(kind: str, means: str) -> None:
    (hint,) = taken({**EVENT, "type": f"zen:event-type:{kind}"})
    assert hint.kind == means


@pytest.mark.parametrize("subject", ["zen:user:1500", "zen:organization:7", "", "zen:ticket:", "zen:ticket:5/../6"])
def test_an_event_about_something_else_is_no_hint(subject: str) -> None:
    assert taken({**EVENT, "subject": subject}) == ()


@pytest.mark.parametrize("ticket", [35436, "35436"])
def test_a_trigger_s_text_names_the_ticket(ticket: object) -> None:
    assert taken({"ticket_id": ticket}) == (Hint("35436", None, "changed", "01H2FT8AVBY3CDGJ91GMZ5SNAF"),)


def test_a_delivery_without_a_name_is_called_by_what_was_signed() -> None:
    nameless = {key: value for key, value in EVENT.items() if key != "id"}
    first, second = (taken(nameless, **{"X-Zendesk-Webhook-Invocation-Id": odd}) for odd in ("", "a b\n"))
    assert first == second
    assert len(first[0].delivery) == 64


def test_an_event_without_a_time_is_a_hint_all_the_same() -> None:
    (hint,) = taken({**EVENT, "time": None})
    assert hint.at is None


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", [], {}, {"ticket_id": "{{ticket.id}}"}, {"ticket_id": None}, {**EVENT, "time": "yesterday"}],
)
def test_a_signed_body_of_another_shape_is_unreadable(body: object) -> None:
    with pytest.raises(Unreadable):
        taken(body)


@pytest.mark.parametrize("apart", [timedelta(minutes=5), -timedelta(minutes=5)])
def test_what_was_signed_minutes_ago_may_be_somebody_s_copy(apart: timedelta) -> None:
    signed = datetime.fromisoformat(SIGNED_AT)
    assert taken(EVENT, now=signed + apart)
    with pytest.raises(Forged, match="more than 5 minutes"):
        taken(EVENT, now=signed + apart * 1.01)


@pytest.mark.parametrize("signed_at", ["", "yesterday", "2026-03-05T09:30:00"])
def test_a_signature_of_no_time_is_unreadable(signed_at: str) -> None:
    with pytest.raises(Unreadable, match="Timestamp' is not a time"):
        taken(EVENT, signed_at)
