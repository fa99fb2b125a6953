"""The search: every issue that changed at or after an instant, however the list moves while it is read.

Cloud pages by a token that names a place in the order, so nothing is skipped when issues move to its end. Data Center
pages by position: there each page is anchored in the one before it, and the search begins anew behind every instant
that has been read.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors import RetryLater, SourceError, Unreadable, fields_of, flag, perhaps, rows, text
from connectors.jira.client import Api, Reply
from connectors.jira.shapes import identifier, millis, moment, whole

__all__ = ["Found", "NotTaken", "Query", "Search", "updated_of"]

PAGE = 100
"""No answer of Cloud's has more rows with fields in it."""

HEAVY = 50
"""Data Center's rows bring their whole past along."""

IDS = 5000

DAWN = 315_532_800_000
"""No issue was changed before 1980; a search has to be bounded by something."""

REFUSED = frozenset({400})

AROUND = 2
"""Rows before the place where a page by position begins: one of them must have been seen on the page before."""

RESTARTS = 25

NOBODY = frozenset[str]()

MINUTE = 60_000
"""An instant in a query is one of a whole minute: how much finer Jira compares is not known."""


class NotTaken(SourceError):
    """Jira does not take a query: something in it does not exist, or is not shown to this user."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched. where: a clause without an order, empty for all. fields: of the rows. properties: of issues."""

    where: str
    fields: Sequence[str]
    properties: Sequence[str] = ()

    def asked(self) -> dict[str, object]:
        return {"fields": list(self.fields), **({"properties": list(self.properties)} if self.properties else {})}


@dataclass(frozen=True, slots=True)
class Found:
    """One page. items: as they came, some perhaps for the second time. asked: Jira's clock when it was asked."""

    items: tuple[object, ...]
    asked: datetime


class Search:
    """Searches one site. Raises: NotTaken."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._by_age = False

    def changed(self, query: Query, since: int) -> Iterator[Found]:
        """Yield all issues that changed at or after `since` (milliseconds since 1970), first those changed longest ago.

        There is one page at least, perhaps an empty one.
        """
        since = max(since, DAWN)
        return self._by_token(query, since) if self._api.site().cloud else self._by_position(query, since)

    def ids(self, where: str, since: int = 0) -> Iterator[Found]:
        """Yield the ids of all issues in a clause that changed at or after `since`, thousands at a time, some twice."""
        pages = self._ids_by_token if self._api.site().cloud else self._ids_by_position
        jql, begun = self._jql(where, max(since, DAWN), None, "key ASC"), False
        try:
            for page in pages(jql):
                begun = True
                yield page
        except NotTaken:
            if self._by_age or begun:
                raise
            yield from pages(self._jql(where, max(since, DAWN), self._now(), "key ASC"))
            self._by_age = True

    def _ids_by_token(self, jql: str) -> Iterator[Found]:
        return self._tokens({"jql": jql, "fields": ["id"], "maxResults": IDS})

    def _ids_by_position(self, jql: str) -> Iterator[Found]:
        start, before, restarts, stuck = 0, NOBODY, 0, 0
        while True:
            at = max(0, start - AROUND)
            page = self._asked({"jql": jql, "fields": ["id"], "maxResults": IDS, "startAt": at})
            items = rows(page.body, "issues")
            if start and before.isdisjoint(_ids(items[:AROUND])):
                start, before, restarts = 0, NOBODY, _once_more(restarts)
                continue
            yield Found(tuple(items), page.asked)
            there = at + len(items)
            if _last(page.body, there, start):
                return
            if there <= start:
                stuck = _once_more(stuck)
                continue
            stuck = 0
            start, before = there, frozenset(_ids(items))

    def _by_token(self, query: Query, since: int) -> Iterator[Found]:
        body, begun = {**query.asked(), "maxResults": PAGE}, False
        try:
            for page in self._tokens({**body, "jql": self._jql(query.where, since, None)}):
                begun = True
                yield page
        except NotTaken:
            if self._by_age or begun:
                raise
            now = self._now()
            yield from self._tokens({**body, "jql": self._jql(query.where, since, now)})
            self._by_age = True

    def _tokens(self, body: Mapping[str, object]) -> Iterator[Found]:
        """Yield the pages of a search by token. Pages may be short or empty; the last one has no token."""
        token, used = "", set[str]()
        while True:
            page = self._asked({**body, "nextPageToken": token} if token else body)
            answer = fields_of(page.body, "the answer")
            yield Found(tuple(rows(answer, "issues")), page.asked)
            token = text(answer, "nextPageToken")
            if not token or flag(answer, "isLast", default=False):
                return
            if token in used:
                raise Unreadable("search: Jira answers with the same page again and again")
            used.add(token)

    def _by_position(self, query: Query, since: int) -> Iterator[Found]:
        """Yield the pages of a search by position.

        Rows leave their places for the end of the list while it is read, and what was behind them moves up. So the
        search begins anew at the last minute that was read; where one minute fills more than a page, each page begins
        with rows of the one before it, and where none of them is there any more, the minute is read again.
        """
        start, before, restarts, stuck = 0, NOBODY, 0, 0
        while True:
            at = max(0, start - AROUND)
            page = self._dated(query, since, {"expand": ["changelog"], "maxResults": HEAVY, "startAt": at})
            items = rows(page.body, "issues")
            if start and before.isdisjoint(_ids(items[:AROUND])):
                start, before, restarts = 0, NOBODY, _once_more(restarts)
                continue
            yield Found(tuple(items), page.asked)
            there = at + len(items)
            if _last(page.body, there, start):
                return
            if there <= start:
                stuck = _once_more(stuck)
                continue
            stuck = 0
            latest = max((when for when in map(updated_of, items) if when is not None), default=since)
            if latest // MINUTE > since // MINUTE:
                since, start, before = latest, 0, NOBODY
            else:
                start, before = there, frozenset(_ids(items))

    def _dated(self, query: Query, since: int, place: Mapping[str, object]) -> Reply:
        body = {**query.asked(), **place}
        if not self._by_age:
            try:
                return self._asked({**body, "jql": self._jql(query.where, since, None)})
            except NotTaken:
                found = self._asked({**body, "jql": self._jql(query.where, since, self._now())})
                self._by_age = True
                return found
        return self._asked({**body, "jql": self._jql(query.where, since, self._now())})

    def _jql(self, where: str, since: int, now: datetime | None, order: str = "updated ASC, key ASC") -> str:
        """Return a query bounded by an instant. No zone is in it, and no local time that may be there twice or never.

        now: Jira's clock, where this release takes no instants and has to be told an age.
        """
        if now is None and self._by_age:
            now = self._now()
        # A minute more than the age, in whole minutes: what is read twice does no harm.
        since -= since % MINUTE
        bound = str(since) if now is None else f'"-{math.ceil((millis(now) - since) / MINUTE) + 1}m"'
        clause = f"({where}) AND " if where else ""
        return f"{clause}updated >= {bound} ORDER BY {order}"

    def _now(self) -> datetime:
        return self._api.get("/rest/api/2/serverInfo").asked

    def _asked(self, body: Mapping[str, object]) -> Reply:
        path = "~/search/jql" if self._api.site().cloud else "~/search"
        reply = self._api.ask(path, body, REFUSED)
        if not reply.good:
            raise NotTaken(f"Jira does not take the query: {reply.said or reply.status}")
        return reply


def updated_of(raw: object) -> int | None:
    """Return when an issue was changed last, in milliseconds since 1970."""
    at = moment(perhaps(perhaps(raw).get("fields")).get("updated"))
    return None if at is None else millis(at)


def _ids(items: Sequence[object]) -> list[str]:
    return [identifier(perhaps(each)) for each in items if perhaps(each).get("id") is not None]


def _last(body: object, there: int, start: int) -> bool:
    """Say whether a page by position ends the list: a short one may be the server's choice. there: where it ends."""
    return there >= whole(fields_of(body), "total", there + (there > start))


def _once_more(restarts: int) -> int:
    if restarts >= RESTARTS:
        raise RetryLater("search: the list of issues moves faster than it can be read")
    return restarts + 1
