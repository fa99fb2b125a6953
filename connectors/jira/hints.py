"""What a Jira webhook sends: an event about an issue, signed by a secret, or by a token in the header for an app.

Data Center's older releases sign nothing; what they send is not taken.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from connectors import Forged, Hint, check_signature, fields_of, header, perhaps, signed_content, text
from connectors.jira.shapes import identifier, moment

__all__ = ["hints"]

SIGNATURE = "X-Hub-Signature"
BEARER = "Authorization"
DELIVERY = "X-Atlassian-Webhook-Identifier"

METHOD = "sha256="
WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)

LEEWAY = timedelta(minutes=5)
"""Clocks differ, and deliveries that were not taken come again a quarter of an hour later, with a new token."""

LONGEST_TOKEN = 8192

DELETED = "jira:issue_deleted"


def hints(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
    """Return what one delivery says; see `TakesHints`. An event about something else than an issue gives nothing."""
    signed = header(headers, SIGNATURE)
    if signed or not header(headers, BEARER):
        check_signature(secret, body, signed.removeprefix(METHOD), bytes.hex)
    else:
        _check_token(header(headers, BEARER), secret, now)
    found = fields_of(signed_content(body), "the body")
    issue = perhaps(found.get("issue"))
    if issue.get("id") is None:
        return ()
    kind: Literal["changed", "deleted"] = "deleted" if text(found, "webhookEvent") == DELETED else "changed"
    told = header(headers, DELIVERY)
    delivery = told if WORD.fullmatch(told) else hashlib.sha256(body).hexdigest()
    return (Hint(str(int(identifier(issue))), moment(found.get("timestamp")), kind, delivery),)


def _check_token(bearer: str, secret: str, now: datetime) -> None:
    """Pass when an app's own token is signed with the app's secret and has not ended. Raises: Forged."""
    scheme, _, token = bearer.partition(" ")
    head, _, rest = token.strip().partition(".")
    claims, _, signature = rest.partition(".")
    if scheme.casefold() not in {"bearer", "jwt"} or len(token) > LONGEST_TOKEN or not signature or not secret:
        raise Forged("it is not signed")
    # What was no text in the environment was kept as it is.
    key, said = secret.encode(errors="surrogateescape"), f"{head}.{claims}".encode(errors="backslashreplace")
    digest = hmac.new(key, said, hashlib.sha256).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=")
    if not hmac.compare_digest(made, signature.encode(errors="backslashreplace")):
        raise Forged("its signature is not made with the secret")
    ends = moment(_part(claims).get("exp"))
    if _part(head).get("alg") != "HS256" or ends is None or ends + LEEWAY < now:
        raise Forged("its token has ended, or says nothing of its end")


def _part(encoded: str) -> Mapping[str, object]:
    try:
        return perhaps(json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))))
    except (ValueError, binascii.Error, RecursionError):
        return {}
