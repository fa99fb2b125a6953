"""What an instance's business rule sends: which row has changed. It proves itself by the shared secret in a header.

The body is not signed: whoever has the secret can say that any ticket has changed, which costs a look at it.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

from connectors import Forged, Hint, fields_of, header, signed_content, text
from connectors.servicenow.shapes import moment, sys_id

__all__ = ["HEADER", "hints"]

HEADER = "X-Hub-Secret"

DELETED = "delete"


def hints(headers: Mapping[str, str], body: bytes, secret: str) -> tuple[Hint, ...]:
    """Return what one delivery says; see `TakesHints`.

    The rule's JSON holds the row's `sys_id`, its `sys_updated_on` and what was done to it, as `operation`.
    """
    _check(header(headers, HEADER), secret)
    found = fields_of(signed_content(body), "the body")
    gone = text(found, "operation") == DELETED
    kind: Literal["changed", "deleted"] = "deleted" if gone else "changed"
    # A row has no name for what was done to it last; the same words again are the same delivery again.
    return (Hint(sys_id(found), moment(text(found, "sys_updated_on")), kind, hashlib.sha256(body).hexdigest()),)


def _check(given: str, secret: str) -> None:
    """Pass where the secret is the one that is shared, compared in constant time. Raises: Forged."""
    if not secret:
        raise Forged("there is no secret that it could prove itself with")
    if not given:
        raise Forged(f"it has no {HEADER}")
    # What was no text in the environment was kept as it is.
    wanted = secret.encode(errors="surrogateescape")
    if not hmac.compare_digest(wanted, given.encode(errors="backslashreplace")):
        raise Forged(f"its {HEADER} is not the one that is shared")
