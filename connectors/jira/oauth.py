"""OAuth 2.0 (3LO): the hub works as a person who has consented, with tokens that are replaced every hour."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import httpx

from connectors import Consent, ConsentNeeded, SourceRefused, Vault
from connectors.jira.settings import JiraSettings, OAuth3LO
from connectors.jira.signing import Flow, Signer, aim, by_gateway, refused
from connectors.jira.tokens import Granted, InvalidGrant, Kept, Login

__all__ = ["ThreeLegged"]

NAME = "oauth"

EARLY = 60.0
"""Seconds before its end at which an access token is replaced; half its life if that is shorter."""

LASTS = timedelta(days=365)
"""After it, nothing but another consent helps."""

UNUSED = timedelta(days=90)

NOBODY = (
    "nobody has consented to this yet, or the key that the tokens are sealed with (hub.key, SLAHUB_KEY) is missing "
    "here or another than it was then; consent"
)

ENDED = (
    "the consent has ended: its refresh token is taken no more. That happens after 90 days without use, 365 days after "
    "the consent, and when the person or an admin takes it back; consent again"
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the last renewal of this process gave. spent: the refresh token that the vault held before it."""

    spent: str = field(repr=False)
    kept: Kept


class ThreeLegged(Signer):
    """Signs calls with a bearer token, all by the gateway; it is the `Consents` of its connection.

    A refresh token is good once, and the next one comes with the answer. So one thread at a time asks, and through
    the vault one process; what came is kept before it is used. If it cannot be kept, the one before is used again,
    for which Atlassian leaves ten minutes.
    """

    def __init__(
        self,
        settings: JiraSettings,
        app: OAuth3LO,
        secret: Callable[[], str],
        vault: Vault,
        plain: httpx.Client,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(settings.url)
        self._url, self._gateway, self._authorize = settings.url, settings.gateway, f"{settings.login}/authorize"
        self._app, self._vault, self._now = app, vault, now
        self._login = Login(settings, app, secret, plain)
        self._owner = f"{app.client_id} {settings.url}"
        self._lock = threading.Lock()
        self._kept: Kept | None = None
        self._answered: _Answer | None = None
        self._beyond = ""

    @property
    def returns_to(self) -> str:
        """Return the address on which the browser ends."""
        return self._app.redirect_uri

    def consent_url(self, state: str) -> str:
        """Return where a person consents."""
        asked = {
            "audience": "api.atlassian.com",
            "client_id": self._app.client_id,
            "scope": self._app.scope,
            "redirect_uri": self._app.redirect_uri,
            "state": state,
            "response_type": "code",
            "prompt": "consent",
        }
        return f"{self._authorize}?{urlencode(asked)}"

    def agreed(self, code: str) -> Consent:
        """Exchange the code of a consent for tokens, and keep them with the site and the person they are for."""
        try:
            granted = self._login.exchanged(code)
        except InvalidGrant as error:
            raise SourceRefused("the consent came too late or was used already; begin anew") from error
        lacks = self._lacks(granted.scope)
        if lacks:
            raise SourceRefused(
                f"the app '{self._app.client_id}' was not granted '{' '.join(lacks)}': give it these permissions in "
                "Atlassian's developer console, or write under auth.scope what it has"
            )
        if not granted.refresh:
            raise SourceRefused("Atlassian gave no refresh token: auth.scope must hold offline_access")
        cloud = self._cloud(granted)
        kept = Kept(
            owner=self._owner,
            cloud=cloud,
            who=_line(self._login.person(granted, cloud)),
            scope=granted.scope or self._app.scope,
            given_at=self._now(),
            access=granted.access,
            refresh=granted.refresh,
            fresh_until=self._fresh_until(granted),
        )
        self._vault.renew(NAME, lambda _: kept.dumped())
        with self._lock:
            self._kept = kept
        return self._told(kept)

    def consent(self) -> Consent | None:
        """Return what is kept of the consent that is in force."""
        kept = Kept.loaded(self._vault.read(NAME))
        return None if kept is None or kept.owner != self._owner or kept.ended else self._told(kept)

    def signed(self, request: httpx.Request) -> Flow:
        asked, kept = request.url, self._current()
        self._sign(request, asked, kept)
        response = yield request
        if kept.access == self._beyond or not refused(response):
            return
        newer = self._current(worn=kept.access)
        self._sign(request, asked, newer)
        response = yield request
        if refused(response):
            # Fresh as it is, it is refused: that is not for its age, and another one would be spent for nothing.
            self._beyond = newer.access

    def _sign(self, request: httpx.Request, asked: httpx.URL, kept: Kept) -> None:
        aim(request, by_gateway(asked, self._url, self._gateway, kept.cloud))
        request.headers["authorization"] = f"Bearer {kept.access}"

    def _current(self, worn: str = "") -> Kept:
        with self._lock:
            kept = self._kept
            if kept is None or not self._usable(kept, worn):
                kept = self._mine(self._vault.read(NAME))
            if not self._usable(kept, worn):
                # Written once as it is: where nothing can be kept, the refresh token is not spent.
                self._vault.renew(NAME, lambda current: self._mine(current).dumped())
                kept = self._mine(self._vault.renew(NAME, partial(self._renewed, worn=worn)))
            self._kept = kept
            return kept

    def _mine(self, current: str | None) -> Kept:
        kept = Kept.loaded(current)
        if kept is None or kept.owner != self._owner:
            raise ConsentNeeded(NOBODY)
        if kept.ended:
            raise ConsentNeeded(ENDED)
        return kept

    def _usable(self, kept: Kept, worn: str) -> bool:
        return kept.owner == self._owner and self._now() < kept.fresh_until and kept.access != worn

    def _renewed(self, current: str | None, worn: str) -> str:
        """Return the tokens to keep: another process may have obtained them meanwhile.

        An answer that could not be kept is not asked for again, as long as this process has it.
        """
        kept = stored = self._mine(current)
        if self._answered is not None and self._answered.spent == stored.refresh:
            kept = self._answered.kept
        if self._usable(kept, worn):
            return kept.dumped()
        try:
            granted = self._login.renewed(kept.refresh)
        except InvalidGrant:
            return replace(kept, ended=True).dumped()
        newer = replace(
            kept,
            scope=granted.scope or kept.scope,
            access=granted.access,
            refresh=granted.refresh or kept.refresh,
            fresh_until=self._fresh_until(granted),
        )
        self._answered = _Answer(stored.refresh, newer)
        return newer.dumped()

    def _fresh_until(self, granted: Granted) -> float:
        return self._now() + granted.lasts - min(EARLY, granted.lasts / 2)

    def _cloud(self, granted: Granted) -> str:
        places = self._login.places(granted)
        for each in places:
            if each.url.rstrip("/").lower() == self._url:
                return each.cloud
        others = ", ".join(sorted({_line(each.url) for each in places})) or "no site at all"
        raise SourceRefused(
            f"the consent is for {others}, and not for {self._url}: consent again and choose that site, or correct "
            "the connection's url"
        )

    def _lacks(self, granted: str) -> tuple[str, ...]:
        """Return the scopes that are asked for and were not granted. An answer that tells none is believed."""
        given = set(granted.split())
        return tuple(each for each in self._app.scope.split() if given and each not in given)

    def _told(self, kept: Kept) -> Consent:
        given = datetime.fromtimestamp(kept.given_at, UTC)
        return Consent(kept.who, self._url, given, given + LASTS, UNUSED, self._lacks(kept.scope))


def _line(said: str) -> str:
    """Return what somebody else wrote as a short line."""
    return "".join(each for each in said if each.isprintable())[:100]
