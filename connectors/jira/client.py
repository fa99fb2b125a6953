"""Jira's endpoints: one call at a time, and the five ways in which it pages. Decoded JSON out; knows no record."""

import math
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors import (
    Allowance,
    Answer,
    Bucket,
    Http,
    SourceRefused,
    Unreadable,
    fields_of,
    flag,
    perhaps,
    rows,
    several,
    text,
)
from connectors.jira.shapes import person_of, whole

__all__ = ["BUCKETS", "HEADERS", "Api", "Reply", "Site"]

SECOND = timedelta(seconds=1)

BUCKETS = (
    # Bursts, by endpoint and method; what the answers' headers tell may be one of several other limits.
    Bucket("requests", 100, SECOND, told=False),
    Bucket("edits", 50, SECOND, frozenset({"PUT", "DELETE"})),
)

HEADERS: Mapping[str, str] = {
    # Without these, names come in the language of the calling user's profile.
    "X-Force-Accept-Language": "true",
    "Accept-Language": "en",
    "X-Atlassian-Token": "no-check",
    "X-ExperimentalApi": "opt-in",
}

LOGIN = "x-seraph-loginreason"

NOT_LOGGED_IN = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")

CALLERS = ("x-aaccountid", "x-ausername")
"""Headers in which Cloud and Data Center say to whom an answer was given."""

ONE_ISSUE = frozenset({"jira-per-issue-on-write"})
"""Why an answer asks for a rest that no other issue needs."""

ME = "~/myself"

MOST_TASKS = 5

LONGEST_LIST = 100_000
"""Rows of a list that is short by its nature; one that goes on for ever ends here."""

NOTHING = frozenset[int]()


@dataclass(frozen=True, slots=True)
class Site:
    """What kind of Jira it is. root: of its platform API. name: as people call its address."""

    cloud: bool
    version: str
    title: str

    @property
    def root(self) -> str:
        return "/rest/api/3" if self.cloud else "/rest/api/2"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. asked: Jira's clock when the request was sent, or a little before; over: when it was answered, or
    a little after, which it tells by the second. said: an error's words.

    caller: to whom it was given, where it says so.
    """

    status: int
    body: object
    asked: datetime
    over: datetime
    said: str = ""
    caller: str = ""

    @property
    def good(self) -> bool:
        return self.status < 300


class Api:
    """One site. Methods make their calls when they are called or, for iterators, when asked for the next.

    A path that begins with `~/` is below the root of the platform API of this kind of Jira. Safe in threads.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._lock = threading.Lock()
        self._site: Site | None = None
        self._myself: str | None = None
        self._caller: str | None = None  # as answers name this user; empty where they do not

    def site(self) -> Site:
        """Return what kind of Jira this is, asked for once."""
        with self._lock:
            if self._site is None:
                told = fields_of(self._called("GET", "/rest/api/2/serverInfo").body, "serverInfo")
                cloud = text(told, "deploymentType").casefold() == "cloud"
                self._site = Site(cloud, text(told, "version"), text(told, "serverTitle"))
                if not cloud:
                    self._http.unpublished()
            return self._site

    def me(self) -> Mapping[str, object]:
        """Return the user behind the credentials. Raises: SourceRefused for the anonymous one."""
        reply = self.get(ME)
        user = fields_of(reply.body, "the answer")
        if not (user.get("accountId") or user.get("name") or user.get("key")):
            raise SourceRefused("Jira took no notice of the credentials and answered as to an anonymous visitor")
        self._caller = reply.caller
        return user

    def wrote(self, author: str | None) -> bool:
        """Say whether this is the user behind the credentials, who is asked for once."""
        if self._myself is None:
            self._myself = person_of(self.me()) or ""
        return author is not None and author == self._myself

    def known(self) -> None:
        """Have it said once who calls, so that an answer that was given to somebody else is noticed."""
        if self._caller is None:
            self.me()

    def get(self, path: str, params: Mapping[str, str | int] | None = None, expect: frozenset[int] = NOTHING) -> Reply:
        """Return one answer of a good status, or of one that is expected."""
        return self._called("GET", self._at(path), params=params, expect=expect)

    def ask(self, path: str, body: object, expect: frozenset[int] = NOTHING) -> Reply:
        """Return the answer to a question that is put by POST and changes nothing."""
        return self._called("POST", self._at(path), json=body, expect=expect, reads=True)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str | int] | None = None,
        expect: frozenset[int] = NOTHING,
    ) -> Reply:
        """Return the answer to a call that changes something; nothing is sent twice that may have arrived.

        One of the status 429 says that this issue alone has been written too often.
        """
        return self._called(method, self._at(path), json=body, params=params, expect=expect)

    def beans(
        self, path: str, params: Mapping[str, str | int] | None = None, *, size: int = 50, key: str = "values"
    ) -> Iterator[object]:
        """Yield the rows of a list in pages that say themselves which is the last."""
        first = self.get(path, {**(params or {}), "startAt": 0, "maxResults": size})
        yield from self._beans(path, params or {}, size, key, first.body)

    def offered(
        self, path: str, params: Mapping[str, str | int] | None = None, *, size: int = 50
    ) -> Iterator[object] | None:
        """Return the rows of such a list; None where this site has none, or not for this user."""
        first = self.get(path, {**(params or {}), "startAt": 0, "maxResults": size}, frozenset({403, 404}))
        return self._beans(path, params or {}, size, "values", first.body) if first.good else None

    def _beans(self, path: str, params: Mapping[str, str | int], size: int, key: str, raw: object) -> Iterator[object]:
        start = 0
        while start < LONGEST_LIST:
            body = fields_of(raw)
            found = rows(body, key)
            yield from found
            start += len(found)
            if not found or flag(body, "isLast", default=start >= whole(body, "total", start)):
                return
            raw = self.get(path, {**params, "startAt": start, "maxResults": size}).body

    def counted(
        self, path: str, key: str, params: Mapping[str, str | int] | None = None, *, size: int = 100
    ) -> Iterator[object] | None:
        """Return the rows of a list in pages that say how many there are in all; None where it is not to be had."""
        first = self.get(path, {**(params or {}), "startAt": 0, "maxResults": size}, frozenset({403, 404}))
        return self._counted(path, key, params or {}, size, first.body) if first.good else None

    def _counted(
        self, path: str, key: str, params: Mapping[str, str | int], size: int, body: object
    ) -> Iterator[object]:
        start = 0
        while True:
            found = rows(body, key)
            yield from found
            start += len(found)
            if not found or start >= whole(fields_of(body), "total", start):
                return
            body = self.get(path, {**params, "startAt": start, "maxResults": size}).body

    def desk(self, path: str, expect: frozenset[int] = frozenset({401, 403, 404})) -> Iterator[object] | None:
        """Return the rows of a service desk's list; None where this site has no such list, or shows it not to us.

        401 is what an app is answered whose consent leaves a list out; credentials that are bad are so elsewhere, too.
        """
        first = self.get(f"/rest/servicedeskapi/{path}", {"start": 0, "limit": 50}, expect)
        return self._desk(path, first.body) if first.good else None

    def _desk(self, path: str, body: object) -> Iterator[object]:
        start = 0
        while start < LONGEST_LIST:
            found = rows(body, "values")
            yield from found
            start += len(found)
            if not found or flag(fields_of(body), "isLastPage", default=True):
                return
            body = self.get(f"/rest/servicedeskapi/{path}", {"start": start, "limit": 50}).body

    def array(self, path: str, params: Mapping[str, str | int] | None = None) -> list[object]:
        """Return a list that comes whole, as a bare array."""
        body = self.get(path, params).body
        found = several(body)
        if body != [] and not found:
            raise Unreadable(f"{path}: the answer is not a list")
        return found

    def arrays(self, path: str, params: Mapping[str, str | int] | None = None, *, size: int = 200) -> Iterator[object]:
        """Yield the rows of a list of bare arrays. Its end is an empty one: a short one may be the server's choice."""
        start = 0
        while start < LONGEST_LIST:
            found = self.array(path, {**(params or {}), "startAt": start, "maxResults": size})
            yield from found
            start += len(found)
            if not found:
                return

    def most_tasks(self) -> int:
        """Return how many bulk edits may be under way at once; Jira takes a handful."""
        return max(1, int(MOST_TASKS * self._http.share() + 1e-9))

    def told(self) -> tuple[Allowance, ...]:
        """Return the site's limits as they are known."""
        return self._http.told()

    def calls(self) -> int:
        """Return how many calls were made."""
        return self._http.calls()

    def _at(self, path: str) -> str:
        return self.site().root + path[1:] if path.startswith("~/") else path

    def _called(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        expect: frozenset[int] = NOTHING,
        reads: bool = False,
    ) -> Reply:
        began = time.monotonic()
        answer = self._http.call(method, path, params=params, json=json, expect=expect, reads=reads, apart=ONE_ISSUE)
        if any(word in answer.headers.get(LOGIN, "") for word in NOT_LOGGED_IN):
            raise SourceRefused(
                "Jira did not accept the credentials and answered as to an anonymous visitor: the token may have ended"
            )
        # An answer bears the instant of its end; what is in it was chosen when the work on it began.
        asked = answer.date - timedelta(seconds=math.ceil(time.monotonic() - began))
        caller = next((name for header in CALLERS if (name := answer.headers.get(header, ""))), "")
        if self._caller and caller != self._caller and path != self._at(ME):
            # A token that has ended is answered as a stranger, to whom much is not shown. Where it is still good,
            # this site does not name its callers everywhere.
            self.me()
            self._caller = ""
        return Reply(answer.status, answer.body, asked, answer.date + SECOND, _said(answer), caller)


def _said(answer: Answer) -> str:
    """Return what Jira says of an error: its own sentences where there are any."""
    body = perhaps(answer.body)
    told = [each for each in several(body.get("errorMessages")) if isinstance(each, str)]
    told += [f"{key}: {each}" for key, each in perhaps(body.get("errors")).items() if isinstance(each, str)]
    told += [
        each for each in (perhaps(one).get("message") for one in several(body.get("errors"))) if isinstance(each, str)
    ]
    return (" ".join(told) or answer.said)[:500]
