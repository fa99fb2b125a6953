"""How Jira's webhooks are brought: at least once, tried six times, and proven by a signature or an app's token."""

import base64
import hashlib
import hmac
import json

from connectors.emulation import Courier

__all__ = ["bearer", "courier", "signature"]

AGAIN = frozenset({408, 409, 425, 429, *range(500, 600)})


def courier(pause: float = 0.05) -> Courier:
    """Return who brings them; a server tries once. pause: seconds, instead of 5 to 15 minutes."""
    return Courier(pause=pause, tries=6, again=AGAIN, counting="X-Atlassian-Webhook-Retry")


def signature(secret: str, content: bytes) -> str:
    """Return `X-Hub-Signature` over the raw bytes."""
    return "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def bearer(client_id: str, secret: str, now: int) -> str:
    """Return the token with which an OAuth app's webhooks come; `now` in epoch seconds."""
    claims = {"iss": client_id, "iat": now, "exp": now + 180}
    head = ".".join(_part(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "HS256"}, claims))
    return f"{head}.{_part(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())}"


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
