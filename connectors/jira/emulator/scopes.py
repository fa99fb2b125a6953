"""What an OAuth or scoped token has to allow for a call, by the classic scopes of the API's description."""

import re

from connectors.jira.emulator.answers import Call, Refusal
from connectors.jira.emulator.route import Route

__all__ = ["HUB_SCOPES", "check_scope", "scope_of"]

HUB_SCOPES = (
    "read:jira-work write:jira-work read:jira-user manage:jira-configuration manage:jira-project "
    "manage:jira-webhook read:servicedesk-request write:servicedesk-request manage:servicedesk-customer offline_access"
)
"""Everything that this site knows a use for."""

_API = (
    (re.compile(r"serverInfo"), ""),
    (re.compile(r"myself|users?(/.*)?"), "read:jira-user"),
    (re.compile(r"screens(/.*)?|screenscheme"), "manage:jira-project"),
    (re.compile(r"issuetypescreenscheme(/.*)?|field/(association|{.*)"), "manage:jira-configuration"),
    (re.compile(r"webhook(/.*)?"), "manage:jira-webhook"),
)
_DESK = (
    (re.compile(r"info"), ""),
    (re.compile(r"(servicedesk/{\w+}/)?organization(/.*)?"), "manage:servicedesk-customer"),
    (re.compile(r".*/(sla|queue)(/.*)?"), "read:jira-work"),
)


def scope_of(route: Route) -> str:
    """Return the scope that an endpoint takes; empty for one that takes none."""
    known, write = (_DESK, "write:servicedesk-request") if route.face == "desk" else (_API, "write:jira-work")
    for pattern, scope in known:
        if pattern.fullmatch(route.template):
            return scope
    if route.method == "GET" or route.reads:
        return "read:servicedesk-request" if route.face == "desk" else "read:jira-work"
    return "manage:jira-configuration" if (route.method, route.template) == ("POST", "field") else write


def check_scope(route: Route, call: Call) -> dict[str, str]:
    """Return no headers. Raises: Refusal (401) when the caller's token does not reach that far."""
    if call.scopes is not None and scope_of(route) not in {"", *call.scopes}:
        raise Refusal(401, {"code": 401, "message": "Unauthorized; scope does not match"})
    return {}
