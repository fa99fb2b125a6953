"""How calls prove who makes them: an API token at either of its two doors, a person's consent, a token, a password."""

import re
import threading
from collections.abc import Callable

import httpx

from connectors import RetryLater, SecretRef, SourceRefused, Unreadable, Vault, fields_of, text
from connectors.jira.oauth import ThreeLegged
from connectors.jira.settings import ApiToken, Basic, JiraSettings, OAuth3LO, PersonalAccessToken
from connectors.jira.signing import Flow, Signer, aim, basic, by_gateway, denied, refused

__all__ = ["Password", "TwoDoors", "authentication"]

CLOUD_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def authentication(
    settings: JiraSettings, resolve: Callable[[SecretRef], str], vault: Vault, plain: httpx.Client
) -> httpx.Auth:
    """Return what signs each call. plain: a client that signs nothing, for the token and the tenant endpoint."""
    match settings.auth:
        case ApiToken() as chosen:
            signature = basic(chosen.email, resolve(chosen.api_token))
            return TwoDoors(settings, lambda: signature, plain)
        case OAuth3LO(client_secret=reference) as chosen:
            return ThreeLegged(settings, chosen, lambda: resolve(reference), vault, plain)
        case PersonalAccessToken() as chosen:
            bearer = f"Bearer {resolve(chosen.token)}"
            advice = (
                "the personal access token has ended or was revoked, or this user may not log in any more; "
                "make a new one in Jira: Profile > Personal Access Tokens"
            )
            return Password(settings.url, lambda: bearer, "the user of the personal access token", advice)
        case Basic() as chosen:
            pair = basic(chosen.username, resolve(chosen.password))
            advice = "the user name or the password is wrong, or Jira's admin has switched passwords off for its API"
            return Password(settings.url, lambda: pair, f"'{chosen.username}'", advice)


class Password(Signer):
    """Signs each call in the same way, for a Data Center.

    who: as people read it in an error. advice: what may be wrong where the credentials are not taken.
    """

    def __init__(self, site: str, signature: Callable[[], str], who: str, advice: str) -> None:
        super().__init__(site)
        self._signature, self._who, self._advice = signature, who, advice

    def signed(self, request: httpx.Request) -> Flow:
        request.headers["authorization"] = self._signature()
        response = yield request
        if denied(response):
            raise SourceRefused(
                f"Jira asks {self._who} for a CAPTCHA after failed logins and looks at nothing else: "
                "log in by browser once as this user, then try again"
            )
        if refused(response):
            raise SourceRefused(f"Jira did not accept the credentials of {self._who}: {self._advice}")


class TwoDoors(Signer):
    """Signs with a Cloud API token, which is good at the site or, scoped or a service account's, at the gateway only.

    The two refuse a token that belongs to the other just as one that is wrong: both are tried, and the one that
    lets us in is kept to until it refuses.
    """

    def __init__(self, settings: JiraSettings, signature: Callable[[], str], plain: httpx.Client) -> None:
        super().__init__(settings.url)
        self._url, self._gateway = settings.url, settings.gateway
        self._signature, self._plain = signature, plain
        self._lock = threading.Lock()
        self._tenant: str | None = None
        self._door = ""  # of the site; that of the gateway goes by the site's id

    def signed(self, request: httpx.Request) -> Flow:
        request.headers["authorization"] = self._signature()
        asked, door = request.url, self._door
        aim(request, self._by(door, asked))
        response = yield request
        if not refused(response):
            return
        other = "" if door else self._cloud()
        if not door and not other:
            raise SourceRefused(
                "Jira did not accept the API token, and this is no site of Jira Cloud: a Data Center takes a "
                "personal access token (auth.method: personal_access_token)"
            )
        aim(request, self._by(other, asked))
        response = yield request
        if refused(response):
            raise SourceRefused(
                f"Jira did not accept the API token, neither at {self._site.host} nor, as a scoped one or a service "
                f"account's, at {httpx.URL(self._gateway).host}: it may be of another user or revoked, or have "
                "ended, as every token does after a year at most; make a new one"
            )
        # A gateway that is busy or knows no such path has not said yet that it takes the token.
        if response.status_code < 300 or response.status_code in {401, 403}:
            self._door = other

    def _by(self, door: str, asked: httpx.URL) -> httpx.URL:
        return by_gateway(asked, self._url, self._gateway, door) if door else asked

    def _cloud(self) -> str:
        """Return the site's id, asked for once; empty where it has none."""
        with self._lock:
            if self._tenant is None:
                self._tenant = self._asked()
            return self._tenant

    def _asked(self) -> str:
        where = f"{self._url}/_edge/tenant_info"
        try:
            answer = self._plain.get(where)
        except httpx.HTTPError as error:
            raise RetryLater(f"no answer from {where}: {type(error).__name__}") from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise RetryLater(f"{where} answered {answer.status_code}")
        try:
            cloud = text(fields_of(answer.json()), "cloudId") if answer.status_code == 200 else ""
        except (RecursionError, ValueError, Unreadable):  # a Data Center may answer any path with a page
            return ""
        return cloud if CLOUD_ID.fullmatch(cloud) else ""
