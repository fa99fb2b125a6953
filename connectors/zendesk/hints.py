"""What a Zendesk webhook sends: an event of its own, or what a trigger's JSON says."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors import Forged, Hint, check_signature, fields_of, header, signed_content, text
from connectors.zendesk.shapes import identifier, instant

__all__ = ["hints"]

SIGNATURE = "X-Zendesk-Webhook-Signature"
SIGNED_AT = "X-Zendesk-Webhook-Signature-Timestamp"
INVOCATION = "X-Zendesk-Webhook-Invocation-Id"

FRESH = timedelta(minutes=5)
"""What was signed longer ago, or is still to be signed, may have been caught and sent again by somebody else."""

EVENT = "zen:event-type:"
DELETED = frozenset({"ticket.soft_deleted", "ticket.permanently_deleted"})
TICKET = re.compile(r"zen:ticket:([0-9]{1,19})", re.ASCII)
DELIVERY = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)


def hints(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
    """Return what one delivery says; see `TakesHints`.

    A trigger's JSON holds the ticket's id as `ticket_id`; an event about something else gives nothing.
    """
    signed_at = header(headers, SIGNED_AT)
    message = signed_at.encode(errors="backslashreplace") + body
    check_signature(secret, message, header(headers, SIGNATURE), lambda digest: base64.b64encode(digest).decode())
    if abs(now - instant({SIGNED_AT: signed_at}, SIGNED_AT)) > FRESH:
        raise Forged(f"it was signed at {signed_at}, more than {FRESH.seconds // 60} minutes from now")
    found = fields_of(signed_content(body), "the body")
    kind = text(found, "type")
    if not kind.startswith(EVENT):
        return (Hint(identifier(found, "ticket_id"), None, "changed", _delivery(headers, "", message)),)
    about = TICKET.fullmatch(text(found, "subject"))
    if about is None:
        return ()
    at = instant(found, "time") if found.get("time") else None
    gone = kind.removeprefix(EVENT) in DELETED
    delivery = _delivery(headers, text(found, "id"), message)
    return (Hint(str(int(about[1])), at, "deleted" if gone else "changed", delivery),)


def _delivery(headers: Mapping[str, str], event: str, message: bytes) -> str:
    """Return what is the same when it is sent again: the event's id, which is signed, before that of the call."""
    for told in (event, header(headers, INVOCATION)):
        if DELIVERY.fullmatch(told):
            return told
    return hashlib.sha256(message).hexdigest()
