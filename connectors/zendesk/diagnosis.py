"""What an account is like before anything is read from it: one question after the other, as the limits allow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from connectors import (
    Diagnosis,
    KnownNames,
    RetryLater,
    SourceError,
    SourceRefused,
    Ticket,
    Unreadable,
    readable,
    several,
    text,
)
from connectors.zendesk import measures
from connectors.zendesk.client import LARGEST_PAGE, LIST_PAGE, Api, Export, Look
from connectors.zendesk.fields import Layout
from connectors.zendesk.known_names import FIXED, clashes, custom_fields, defaults, named
from connectors.zendesk.mapping import ticket
from connectors.zendesk.open_tickets import OPEN
from connectors.zendesk.rights import credential, rights, unknown_scopes
from connectors.zendesk.settings import OAuthClient, ZendeskSettings
from connectors.zendesk.zones import iana

__all__ = ["Examination", "organisations_named", "unsolved"]

T = TypeVar("T")

LATELY = timedelta(minutes=10)
"""What changed within it is looked for in the export."""

RATE = timedelta(days=7)
"""How far back events are counted, to work out how many there are."""

MOST_ORGANISATIONS = 1000
"""So many names are read; more are asked for one by one."""

MOST_ASKED = 40
"""Names that are asked for one by one, a call each."""

LISTS = (
    ("team", "groups", "name"),
    ("brand", "brands", "name"),
    ("form", "ticket_forms", "name"),
    ("custom_status", "custom_statuses", "agent_label"),
)


@dataclass
class Examination:
    """Asks one account.

    layout: says where the hub's own fields stand among an account's ticket fields.
    granted: of what was tried, whether it was allowed; None where the limits left no room or it did not work.
    """

    api: Api
    settings: ZendeskSettings
    layout: Callable[[Sequence[object]], Layout]
    writes: bool
    granted: dict[str, bool | None] = field(default_factory=dict[str, "bool | None"])
    left_out: list[str] = field(default_factory=list[str])
    plain: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def diagnose(self, since: datetime | None) -> Diagnosis:
        """Return everything that can be found out. Raises: SourceError where not even the user can be asked for."""
        before, user = self.api.calls(), self._me()
        oauth = isinstance(self.settings.auth, OAuthClient)
        token = self._tried("the token", lambda: self.api.look("oauth/tokens/current")) if oauth else None
        mine = credential(self.settings, token.body if token else None)
        newest = self._tried("tickets", lambda: self.api.look("tickets", **_page("-updated_at")))
        exports = self.settings.read == "exports"
        exported = self._exported("exports", "tickets/cursor", "tickets", newest if exports else None, LATELY)
        told = self._exported("the event export", "ticket_events", "ticket_events", newest if exports else None, RATE)
        fields = self._tried("fields", lambda: self.api.offered("ticket_fields", "ticket_fields")) or []
        fits = self.layout(fields)
        names = {**FIXED, **self._names(), **(custom_fields(fields, fits) if self.granted["fields"] else {})}
        self._tried("search", lambda: self.api.look("search/export", **_search(OPEN)))
        oldest = self._tried("the oldest ticket", lambda: self._found("type:ticket"))
        counted = self._tried("the tickets' number", lambda: self._found(_since(since))) if since else oldest
        unsolved = self._tried("the open tickets' number", lambda: self._found(f"type:ticket {OPEN}"))
        people = self._tried("the people's number", lambda: self.api.look("users", page=1, per_page=1))
        began = measures.first(oldest)
        size = measures.Size(
            tickets=measures.count(counted),
            open_tickets=measures.count(unsolved),
            events=measures.events(told, newest, RATE, max(filter(None, (since, began)), default=None)),
            people=measures.count(people),
            organisations=len(names["organisation"].names) if "organisation" in names else 0,
        )
        return Diagnosis(
            account=urlsplit(self.settings.url).netloc.removesuffix(".zendesk.com"),
            instance=urlsplit(self.settings.url).netloc,
            user=f"{text(user, 'name')} ({text(user, 'role')})",
            signed_with=mine.words,
            expires_at=mine.expires_at,
            renewed=mine.renewed,
            rights=rights(user, mine, self.granted, exports=exports, writes=self.writes),
            zone=_zone(user),
            limits=self.api.told(),
            hold_back=measures.hold_back(newest, exported, LATELY) if newest and exported else None,
            history_from=began,
            tickets=size.tickets,
            open_tickets=size.open_tickets,
            events=size.events,
            people=size.people,
            backfill=measures.works(size, exports=exports),
            names=names,
            plain=frozenset(self.plain),
            remarks=clashes(fields, fits),
            left_out=tuple(self.left_out),
            calls=self.api.calls() - before,
        )

    def _me(self) -> Mapping[str, object]:
        try:
            return self.api.me()
        except SourceRefused as refused:
            if wrong := unknown_scopes(self.settings):
                raise SourceRefused(f"{refused}: {wrong}") from refused
            raise

    def _tried(self, what: str, ask: Callable[[], T | None]) -> T | None:
        """Return the answer, None where there is none; whether it was allowed is kept under `what`."""
        self.granted[what] = None
        try:
            found = ask()
        except SourceRefused:
            self.granted[what] = False
            return None
        except RetryLater as later:
            self.left_out.append(f"{what}: {later}")
            return None
        except SourceError as wrong:
            self.left_out.append(f"{what}: {wrong}")
            return None
        self.granted[what] = found is not None
        return found

    def _exported(self, what: str, path: str, key: str, newest: Look | None, back: timedelta) -> Export | None:
        """Return a page of an export that begins so long ago, by the account's own clock."""
        if newest is None:
            return None
        start = int((newest.date - back).timestamp())
        return self._tried(what, lambda: self.api.export(path, key, {"start_time": start}))

    def _found(self, query: str) -> Look | None:
        return self.api.look("search", query=query, sort_by="created_at", sort_order="asc", per_page=1)

    def _names(self) -> dict[str, KnownNames]:
        found: dict[str, KnownNames] = {}
        for name, resource, key in LISTS:
            rows = self._tried(resource, partial(self.api.offered, resource, resource))
            if rows is not None:
                found[name] = named(rows, key=key)
                self.plain |= {(name, each) for each in defaults(rows)} if name == "custom_status" else set()
        organisations = self._tried("organizations", self._organisations)
        return found if organisations is None else {**found, "organisation": organisations}

    def _organisations(self) -> KnownNames:
        found: list[object] = []
        after = ""
        while len(found) < MOST_ORGANISATIONS:
            page = self.api.page("organizations", after)
            found += page.items
            if not page.after or page.after == after:
                return named(found)
            after = page.after
        return named(found, whole=False)


def unsolved(api: Api, layout: Layout, site: str, most: int) -> Iterator[Ticket]:
    """Yield at most so many tickets that nobody has solved, as the search finds them."""
    after, size = "", min(most, LARGEST_PAGE)
    while most > 0:
        page = api.search(OPEN, after, size)
        tickets, _ = readable("open_tickets", page.items[:most], lambda raw: ticket(raw, layout, site))
        yield from tickets
        most -= len(page.items)
        if not page.after or page.after == after:
            return
        after = page.after


def organisations_named(api: Api, words: Sequence[str]) -> dict[str, str]:
    """Return by id the organisations that have one of these ids or names."""
    ids = [word for word in words if word.isdecimal()]
    found: list[object] = []
    for first in range(0, len(ids), LIST_PAGE):
        found += api.many("organizations", ids[first : first + LIST_PAGE]).items
    for word in [word for word in words if not word.isdecimal()][:MOST_ASKED]:
        answer = api.look("organizations/autocomplete", name=word)
        found += several(answer.body.get("organizations")) if answer else []
    return dict(named(found).names)


def _page(sort: str) -> dict[str, str | int]:
    return {"sort": sort, "page[size]": LIST_PAGE}


def _search(query: str) -> dict[str, str | int]:
    return {"query": query, "filter[type]": "ticket", "page[size]": 1}


def _since(since: datetime) -> str:
    return f"type:ticket updated>={since:%Y-%m-%dT%H:%M:%SZ}"


def _zone(user: Mapping[str, object]) -> str:
    """Return the zone of the user who asks: accounts do not tell their own, and give it to those who set none."""
    try:
        return text(user, "iana_time_zone") or iana(text(user, "time_zone")) or ""
    except Unreadable:
        return ""
