"""What credentials of an account are, how long they last, and what they must allow. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from connectors import Right, Unreadable, perhaps, several, text
from connectors.zendesk.settings import ApiToken, OAuthClient, ZendeskSettings
from connectors.zendesk.shapes import instant

__all__ = ["LIGHT", "Credential", "credential", "rights", "unknown_scopes"]

TOKENS_END = datetime(2027, 4, 30, tzinfo=UTC)
"""From this day on Zendesk takes no API token any more."""

LIGHT = 1
"""`role_type` of an agent who may comment privately and change nothing."""

RESOURCES = (
    "tickets", "users", "auditlogs", "organizations", "hc", "apps", "triggers", "automations", "targets", "webhooks",
    "macros", "requests", "satisfaction_ratings", "dynamic_content", "any_channel", "web_widget",
)  # fmt: skip
SCOPES = ("read", "write", "impersonate", *(f"{one}:{do}" for one in RESOURCES for do in ("read", "write")))


@dataclass(frozen=True, slots=True)
class Credential:
    """What a call is signed with. scopes: None where there are none, as of an API token."""

    words: str
    expires_at: datetime | None
    renewed: bool
    scopes: frozenset[str] | None


def credential(settings: ZendeskSettings, token: Mapping[str, object] | None) -> Credential:
    """Return what the calls are signed with. token: what Zendesk says of it, where it says something."""
    match settings.auth:
        case ApiToken() as chosen:
            return Credential(f"the API token of {chosen.email}", TOKENS_END, renewed=False, scopes=None)
        case OAuthClient() as chosen:
            told = perhaps((token or {}).get("token"))
            scopes = [each for each in several(told.get("scopes")) if isinstance(each, str)]
            try:
                ends = instant(told, "expires_at")
            except Unreadable:
                ends = None
            words = f"a token of the OAuth client {chosen.client_id}"
            return Credential(words, ends, renewed=True, scopes=frozenset(scopes or chosen.scope.split()))


def unknown_scopes(settings: ZendeskSettings) -> str:
    """Return what is wrong with the scopes that are asked for: one misspelt makes a token that opens nothing."""
    if not isinstance(settings.auth, OAuthClient):
        return ""
    found: list[str] = []
    for scope in settings.auth.scope.split():
        if scope not in SCOPES:
            near = get_close_matches(scope, SCOPES, n=1)
            found.append(f"'{scope}'" + (f" (did you mean '{near[0]}'?)" if near else ""))
    return (
        f"auth.scope: Zendesk knows no scope {', '.join(found)}, and lets a token with it do nothing" if found else ""
    )


def rights(
    user: Mapping[str, object], mine: Credential, asked: Mapping[str, bool | None], *, exports: bool, writes: bool
) -> tuple[Right, ...]:
    """Return each right that the configured work needs.

    asked: what was tried, by right. exports: whether they are read. writes: whether anything is shown on tickets.
    """
    admin = "let an admin of Zendesk own the credentials"
    scope = "" if mine.scopes is None else ", and let auth.scope hold 'read'"
    found = [
        Right("read tickets", asked.get("tickets"), "reading anything at all", f"{admin}{scope}"),
        Right(
            "search",
            asked.get("search"),
            "reading open and archived tickets, and the census",
            "let an agent own the credentials",
        ),
        Right("ticket fields", asked.get("fields"), "finding the fields of write_back", f"{admin}{scope}"),
    ]
    if exports:
        advice = f"{admin}{scope}; where not even an admin may, write read: lists"
        found.insert(1, Right("incremental exports", asked.get("exports"), "reading what has changed", advice))
    if writes:
        found.append(Right("write tickets", _may_write(user, mine), "showing values on tickets", _writing(mine)))
    return tuple(found)


def _may_write(user: Mapping[str, object], mine: Credential) -> bool:
    if text(user, "role") == "end-user" or user.get("role_type") == LIGHT:
        return False
    return mine.scopes is None or not mine.scopes.isdisjoint({"write", "tickets:write"})


def _writing(mine: Credential) -> str:
    if mine.scopes is not None and mine.scopes.isdisjoint({"write", "tickets:write"}):
        return "write auth.scope: read tickets:write, or leave auth.scope out"
    return "use the credentials of an agent who is not a light agent"
