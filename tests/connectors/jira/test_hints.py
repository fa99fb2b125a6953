"""What Jira's webhooks say, and whose word is not taken."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from connectors import Forged, Unreadable
from connectors.jira.hints import hints

Sample: TypeAlias = Callable[[str], Any]
NOW = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
SECRET = "It's a Secret to Everybody"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def token(secret: str = SECRET, **claims: Any) -> dict[str, str]:
    def part(raw: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(raw).encode()).rstrip(b"=").decode()

    said = f"{part({'alg': claims.pop('alg', 'HS256')})}.{part({'exp': int(NOW.timestamp()) + 180, **claims})}"
    mark = hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()
    return {"Authorization": f"Bearer {said}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"}


BODY = json.dumps(
    {"timestamp": 1772452803045, "webhookEvent": "jira:issue_updated", "issue": {"id": "100585", "key": "HELP-1"}}
).encode()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("webhook_issue_created", "changed"),
        ("webhook_issue_updated", "changed"),
        ("webhook_issue_updated_priority", "changed"),
        ("webhook_comment_created", "changed"),
        ("webhook_issue_deleted", "deleted"),
    ],
)
def test_the_vendors_own_deliveries_are_read(sample: Sample, name: str, kind: str) -> None:
    raw = sample(name)
    (found,) = hints(raw["headers"], raw["raw_body_utf8"].encode(), raw["secret"], NOW)
    assert found.kind == kind
    assert found.ticket_id == json.loads(raw["raw_body_utf8"])["issue"]["id"]
    assert found.delivery == raw["headers"]["X-Atlassian-Webhook-Identifier"]
    assert found.at is not None


def test_a_changed_byte_is_forged() -> None:
    with pytest.raises(Forged):
        hints(signed(BODY), BODY.replace(b"100585", b"100586"), SECRET, NOW)


@pytest.mark.parametrize("headers", [{}, {"X-Hub-Signature": "sha256="}, {"Authorization": "Basic aGk6aGk="}])
def test_what_nobody_signed_is_forged(headers: dict[str, str]) -> None:
    with pytest.raises(Forged):
        hints(headers, BODY, SECRET, NOW)


def test_an_apps_delivery_is_known_by_its_token() -> None:
    (found,) = hints(token(), BODY, SECRET, NOW)
    assert found.ticket_id == "100585"
    assert found.delivery == hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize(
    "headers",
    [
        token("another"),
        token(alg="none"),
        token(exp=int((NOW - timedelta(hours=1)).timestamp())),
        token(exp=None),
        {"Authorization": "Bearer a.b"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Bearer " + "a" * 10_000},
    ],
)
def test_a_token_that_is_wrong_or_has_ended_is_forged(headers: dict[str, str]) -> None:
    with pytest.raises(Forged):
        hints(headers, BODY, SECRET, NOW)


def test_without_a_secret_nothing_is_taken() -> None:
    for headers in (signed(BODY, ""), token("")):
        with pytest.raises(Forged):
            hints(headers, BODY, "", NOW)


def test_a_secret_that_is_no_text_forges_nothing_and_breaks_nothing() -> None:
    with pytest.raises(Forged, match="not made with the secret"):
        hints(token(), BODY, "\udcff", NOW)


def test_an_event_about_no_issue_gives_nothing() -> None:
    body = b'{"timestamp": 1772452803045, "webhookEvent": "sprint_closed", "sprint": {"id": 4}}'
    assert hints(signed(body), body, SECRET, NOW) == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"issue": {"id": "HELP-1"}}', b"[" * 100_000])
def test_a_signed_body_that_is_not_as_promised_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        hints(signed(body), body, SECRET, NOW)
