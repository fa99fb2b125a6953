"""The hosts beside the site: the gateway, the authorization server, and what tells one of the other.

Here they share the site's address; only the paths tell them apart.
"""

import re

from connectors.emulation import Answer, Doc, Refusal
from connectors.jira.emulator.oauth import Authority

__all__ = ["cloud_id", "outside", "through_gateway"]

_GATEWAY = re.compile(r"(/ex/jira/([^/]+))(/.*)")


def cloud_id(seed: int) -> str:
    """Return the site's name at the gateway."""
    return f"e5b7c0de-0000-4000-8000-{seed:012x}"


def through_gateway(path: str, seed: int) -> tuple[str, str] | None:
    """Return the path as the site knows it, and what stood before it; None for a call that comes directly.

    Raises: Refusal (404) for another site's name.
    """
    found = _GATEWAY.fullmatch(path)
    if found is None:
        return None
    if found[2] != cloud_id(seed):
        raise Refusal(404, {"code": 404, "message": "Not Found"})
    return found[3], found[1]


def outside(
    authority: Authority, seed: int, method: str, path: str, given: Doc, authorization: str, base: str
) -> Answer | None:
    """Answer what is not the site's own; None for everything else.

    given: the form or JSON of a POST, else the query.
    """
    if path == "/_edge/tenant_info" and method == "GET":
        return Answer({"cloudId": cloud_id(seed)})
    if path == "/authorize" and method in ("GET", "POST"):
        return authority.authorize(method, {name: str(value) for name, value in given.items()})
    if path == "/oauth/token" and method == "POST":
        return authority.token(given)
    if path == "/oauth/token/accessible-resources" and method == "GET":
        grant = authority.grant(authorization.partition(" ")[2].strip())
        if grant is None:
            raise Refusal(401, {"code": 401, "message": "Unauthorized"})
        about: Doc = {"id": cloud_id(seed), "name": "emulator", "url": base}
        shown = sorted(grant.scopes - {"offline_access"})
        return Answer([{**about, "scopes": shown, "avatarUrl": f"{base}/avatar.png"}])
    return None
