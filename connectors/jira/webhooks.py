"""Registering webhooks: an app's own, which end after thirty days, or an admin's, which last.

An app has few of them, and its filters know few words: one names all projects of the scope.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors import Registered, Registration, SourceError, Untaken, perhaps, rows, several, text
from connectors.jira.client import Api, Reply
from connectors.jira.scope import Scope
from connectors.jira.shapes import moment

__all__ = ["Webhooks"]

EVENTS = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_deleted")

NAME = "slahub"

EVERYTHING = "tickets"

ADMIN = "/rest/webhooks/1.0/webhook"

MISSING = frozenset({404})

REFUSED = frozenset({400, 401, 403, 404})


class Webhooks:
    """Registers webhooks of one site. dynamic: as an OAuth app, which may register nothing else."""

    def __init__(self, api: Api, scope: Scope, *, dynamic: bool, restricted: bool) -> None:
        self._api, self._scope, self._dynamic, self._restricted = api, scope, dynamic, restricted

    def register(self, url: str, secret: str, known: Sequence[Registration]) -> Registered:
        """Return what is registered for `url`, all that is missing made; see `RegistersHints`."""
        return self._register_app(url) if self._dynamic else self._register_admin(url, secret, known)

    def renew(self, known: Sequence[Registration], now: datetime) -> Registered:
        """Have an app's webhooks last another thirty days; an admin's have no end."""
        ids = [int(each.id) for each in known if each.id.isdecimal()]
        if not self._dynamic or not ids:
            return Registered(tuple(known))
        reply = self._api.send("PUT", "~/webhook/refresh", {"webhookIds": ids})
        ends = moment(perhaps(reply.body).get("expirationDate"))
        return Registered(tuple(Registration(each.id, each.url, ends or each.expires_at, each.what) for each in known))

    def unregister(self, known: Sequence[Registration]) -> None:
        """Take webhooks back."""
        ids = [each.id for each in known if each.id.isdecimal()]
        if self._dynamic:
            if ids:
                self._api.send("DELETE", "~/webhook", {"webhookIds": [int(each) for each in ids]}, expect=MISSING)
            return
        for each in ids:
            self._api.send("DELETE", f"{ADMIN}/{each}", expect=MISSING)

    def _register_app(self, url: str) -> Registered:
        clause = f"project in ({', '.join(each.key for each in self._scope.projects())})"
        mine = [perhaps(raw) for raw in self._api.beans("~/webhook", size=100)]
        mine = [row for row in mine if row.get("url", url) == url]
        good = [row for row in mine if row.get("jqlFilter") == clause]
        # A project came into scope or left it: what was asked for before is no longer what is read.
        self.unregister([_app(row, url) for row in mine if row not in good[:1]])
        if good:
            return Registered((_app(good[0], url),))
        asked = {"url": url, "webhooks": [{"events": list(EVENTS), "jqlFilter": clause}]}
        reply = self._api.send("POST", "~/webhook", asked, expect=REFUSED)
        # The answer is good, too, where the one that was asked for is refused.
        results = rows(reply.body, "webhookRegistrationResult") if reply.good else []
        result = perhaps(next(iter(results), None))
        number = result.get("createdWebhookId")
        if number is None:
            told = " ".join(str(each) for each in several(result.get("errors")))
            return Registered((), (Untaken(EVERYTHING, told or _why(reply)),))
        made = Registration(str(number), url, None, EVERYTHING)
        there = [_app(row, url) for row in map(perhaps, self._api.beans("~/webhook", size=100))]
        return Registered(tuple(each for each in there if each.id == made.id) or (made,))

    def _register_admin(self, url: str, secret: str, known: Sequence[Registration]) -> Registered:
        found = self._api.get(ADMIN, expect=REFUSED)
        if not found.good:
            why = f"only an administrator of Jira may register webhooks ({_why(found)})"
            return Registered((), (Untaken(EVERYTHING, why),))
        mine = [each for each in map(perhaps, several(found.body)) if each.get("url") == url]
        ids = {each.id for each in known}
        kept = [each for each in (_admin(row, url) for row in mine) if each.id in ids][:1]
        # Of one that the hub does not know nobody knows the secret: what it sends could not be believed.
        self.unregister([each for each in (_admin(row, url) for row in mine) if each not in kept])
        if kept:
            return Registered(tuple(kept))
        projects = ", ".join(each.id for each in self._scope.projects()) if self._restricted else ""
        body: Mapping[str, object] = {
            "name": NAME,
            "url": url,
            "events": list(EVENTS),
            "filters": {"issue-related-events-section": f"project in ({projects})" if projects else ""},
            "excludeBody": False,
            "secret": secret,
        }
        made = self._api.send("POST", ADMIN, body, expect=REFUSED)
        if not made.good:
            return Registered((), (Untaken(EVERYTHING, _why(made)),))
        return Registered((_admin(perhaps(made.body), url),))


def _app(row: Mapping[str, object], url: str) -> Registration:
    return Registration(str(row.get("id")), url, moment(row.get("expirationDate")), EVERYTHING)


def _admin(row: Mapping[str, object], url: str) -> Registration:
    number = text(row, "self").rstrip("/").rpartition("/")[2]
    if not number.isdecimal():
        raise SourceError("Jira registered a webhook and does not say which; look under System, WebHooks")
    return Registration(number, url, None, EVERYTHING)


def _why(reply: Reply) -> str:
    return reply.said or f"Jira answered {reply.status}"
