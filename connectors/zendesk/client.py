"""Zendesk's endpoints: requests and paging, decoded JSON out. Knows no record."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors import (
    Allowance,
    Answer,
    Bucket,
    Http,
    RetryLater,
    SourceError,
    SourceRefused,
    Unreadable,
    fields_of,
    flag,
    rows,
    text,
)
from connectors.zendesk.shapes import moment

__all__ = ["BUCKETS", "Api", "CursorExpired", "Export", "Found", "Look", "Made"]

MINUTE = timedelta(minutes=1)

INCREMENTAL = "/api/v2/incremental/"

BUCKETS = (
    # Team, the smallest plan; the answers' own headers tell the account's true limit.
    Bucket("account", 200, MINUTE),
    Bucket(
        "incremental exports",
        10,
        MINUTE,
        path=r"^/api/v2/incremental/(?!users/cursor)",
        header="zendesk-ratelimit-incremental-exports",
    ),
    Bucket(
        "incremental users",
        20,
        MINUTE,
        path=r"^/api/v2/incremental/users/cursor",
        header="zendesk-ratelimit-incremental-exports-cursor",
    ),
    Bucket("search export", 100, MINUTE, path=r"^/api/v2/search/export"),
    # No limit is published for these calls. What is refused here is one job too many, and nothing else has to wait.
    Bucket("bulk updates", 200, MINUTE, frozenset({"PUT"}), r"^/api/v2/tickets/update_many"),
    Bucket(
        "ticket list",
        100,
        MINUTE,
        path=r"^/api/v2/tickets(\.json)?$",
        header="zendesk-ratelimit-tickets-index",
    ),
    Bucket(
        "deleted tickets",
        10,
        MINUTE,
        path=r"^/api/v2/deleted_tickets",
        header="zendesk-ratelimit-deleted-tickets-index",
    ),
)

MOST_JOBS = 30
"""Queued or running, in the account."""

LARGEST_PAGE = 1000

SMALLEST_PAGE = 100
"""A page of so few rows that still times out means trouble at the source, not a page too large."""

GOOD_PAGES = 20
"""In a row, after which a page twice as large is tried: each that times out costs half a minute and a call."""

LIST_PAGE = 100

MOST_PAGES = 300
"""No list that is read whole is nearly so long. Where pages have numbers, an endless list looks like any other."""

TOO_RECENT = "too recent start_time"

NOTHING = frozenset[int]()

EXPIRED = frozenset({400, 410, 422})
"""What a list answers to a cursor that it no longer knows."""

NOT_HERE = frozenset({403, 404})
"""What this account's plan or this user's role does not include."""


class CursorExpired(SourceError):
    """A list's cursor is no longer valid; the list is read anew."""


@dataclass(frozen=True, slots=True)
class Export:
    """One page of an incremental export. items: as they came.

    asked: the source's clock when the request was sent, or a little before.
    cursor: where to go on, empty when the answer names none. end: the last page for now.
    end_time: of the time-based exports, seconds since 1970.
    """

    items: tuple[object, ...]
    asked: datetime
    cursor: str
    end: bool
    end_time: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of one answer, and the source's clock when it was given. after: the next page's cursor, if any.

    there: false where this account or this user has no such list.
    """

    items: tuple[object, ...]
    date: datetime
    after: str = ""
    there: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """What became of something that was to be made: its row, or the status and what was said instead."""

    status: int
    row: Mapping[str, object]
    said: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One answer, and the source's clock when it was given."""

    body: Mapping[str, object]
    date: datetime


class Api:
    """One account. Every method makes its calls when it is called or, for iterators, when asked for the next."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._page, self._good = LARGEST_PAGE, 0
        self._me: str | None = None

    def export(
        self, path: str, key: str, position: Mapping[str, str | int], *, optional: bool = False
    ) -> Export | None:
        """Return the page of an incremental export at `position`; None when that is less than a minute ago.

        Such a position is not an error: nothing newer can be read yet.
        optional: None as well where the plan or the role has no such export.
        """
        while True:
            began = time.monotonic()
            answer = self._http.call(
                "GET",
                f"{INCREMENTAL}{path}.json",
                params={**position, "per_page": self._page},
                expect=frozenset({400, 422, 504}) | (NOT_HERE if optional else NOTHING),
            )
            if optional and answer.status in NOT_HERE:
                return None
            if answer.status == 504:
                if self._page <= SMALLEST_PAGE:
                    raise RetryLater(f"{path}: Zendesk times out even on pages of {self._page} rows")
                self._page, self._good = max(SMALLEST_PAGE, self._page // 2), 0
                continue
            if answer.status != 200:
                if TOO_RECENT in answer.said.casefold():
                    return None
                raise SourceError(f"{path}: Zendesk answered {answer.status}: {_said(answer)}")
            self._good += 1
            if self._good >= GOOD_PAGES:
                self._page, self._good = min(LARGEST_PAGE, 2 * self._page), 0
            body = fields_of(answer.body, "the export's answer")
            return Export(
                items=tuple(rows(body, key)),
                # An answer bears the instant of its end; the rows were chosen when the work on it began.
                asked=answer.date - timedelta(seconds=math.ceil(time.monotonic() - began)),
                cursor=text(body, "after_cursor"),
                end=flag(body, "end_of_stream", default=False),
                end_time=moment(body.get("end_time")),
            )

    def everything(self, resource: str, *, optional: bool = False) -> list[object]:
        """Return all rows of a short list. optional: empty where the plan or the role has no such list."""
        found: list[object] = []
        for page in self._pages(f"/api/v2/{resource}.json", resource, expect=NOT_HERE if optional else NOTHING):
            found += page or ()
        return found

    def offered(self, path: str, key: str) -> list[object] | None:
        """Return all rows of a short list; None where the plan or the role has no such list."""
        found: list[object] = []
        for page in self._pages(f"/api/v2/{path}.json", key, expect=NOT_HERE):
            if page is None:
                return None
            found += page
        return found

    def page(
        self, resource: str, after: str, params: Mapping[str, str | int] | None = None, *, optional: bool = False
    ) -> Found:
        """Return one page of a list, from its beginning where `after` is empty.

        optional: nothing, and not `there`, where the plan or the role has no such list.
        Raises: CursorExpired.
        """
        asked: dict[str, str | int] = {"page[size]": LIST_PAGE, **(params or {})}
        if after:
            asked["page[after]"] = after
        began = time.monotonic()
        expect = (NOT_HERE if optional else NOTHING) | (EXPIRED if after else NOTHING)
        answer = self._http.call("GET", f"/api/v2/{resource}.json", params=asked, expect=expect)
        # An answer bears the instant of its end; the rows were chosen when the work on it began.
        date = answer.date - timedelta(seconds=math.ceil(time.monotonic() - began))
        if answer.status in NOT_HERE:
            return Found((), date, there=False)
        if answer.status != 200:
            raise CursorExpired(f"{resource}: Zendesk answered {answer.status}: {_said(answer)}")
        return Found(tuple(rows(answer.body, resource)), date, _after(answer.body))

    def audits(self, ticket_id: str) -> list[object] | None:
        """Return all audits of a ticket, oldest first; None when it is gone, also in the midst of them."""
        found: list[object] = []
        for page in self._pages(f"/api/v2/tickets/{ticket_id}/audits.json", "audits", expect=frozenset({404})):
            if page is None:
                return None
            found += page
        return found

    def many(self, resource: str, ids: Sequence[str]) -> Found:
        """Return those of at most 100 records that exist, with the clock of the answer."""
        answer = self._http.call("GET", f"/api/v2/{resource}/show_many.json", params={"ids": ",".join(ids)})
        return Found(tuple(rows(answer.body, resource)), answer.date)

    def single(self, ticket_id: str) -> Found | None:
        """Return one ticket, nothing where Zendesk knows none, None where this user may not see it."""
        answer = self._http.call("GET", f"/api/v2/tickets/{ticket_id}.json", expect=NOT_HERE)
        row = fields_of(answer.body, "the answer").get("ticket") if answer.status == 200 else None
        return None if answer.status == 403 else Found(() if row is None else (row,), answer.date)

    def search(self, query: str, after: str, size: int = LIST_PAGE, *, optional: bool = True) -> Found:
        """Return one page of the ticket search. optional: nothing where the role or plan has none.

        size: at most 1000. Raises: CursorExpired; a cursor lives an hour.
        """
        params: dict[str, str | int] = {"query": query, "filter[type]": "ticket", "page[size]": size}
        if after:
            params["page[after]"] = after
        answer = self._http.call("GET", "/api/v2/search/export.json", params=params, expect=NOT_HERE | EXPIRED)
        if optional and answer.status in NOT_HERE and not after:
            return Found((), answer.date, there=False)
        if answer.status != 200:
            branch = CursorExpired if after else SourceError
            raise branch(f"ticket search: Zendesk answered {answer.status}: {_said(answer)}")
        return Found(tuple(rows(answer.body, "results")), answer.date, _after(answer.body))

    def update_many(self, tickets: Sequence[Mapping[str, object]]) -> tuple[str, str]:
        """Queue one change for each ticket; return the job's id, or an empty id and why it was not taken."""
        answer = self._http.call(
            "PUT",
            "/api/v2/tickets/update_many.json",
            json={"tickets": list(tickets)},
            expect=frozenset({400, 404, 409, 422}),
        )
        if answer.status != 200:
            return "", f"Zendesk answered {answer.status}: {_said(answer)}"
        job = fields_of(fields_of(answer.body, "the answer").get("job_status"), "job_status")
        return text(job, "id"), ""

    def comment(self, ticket_id: str, said: str) -> str:
        """Write a private comment; return why it was not taken, empty where it was. Nothing is sent twice."""
        answer = self._http.call(
            "PUT",
            f"/api/v2/tickets/{ticket_id}.json",
            json={"ticket": {"comment": {"body": said, "public": False}}},
            expect=frozenset({400, 403, 404, 422}),
            once=True,
        )
        return "" if answer.status == 200 else f"Zendesk answered {answer.status}: {_said(answer)}"

    def wrote(self, author: str | None) -> bool:
        """Say whether this is the user behind the credentials, who is asked for once."""
        if self._me is None:
            self._me = str(self.me().get("id"))
        return author == self._me

    def jobs(self, ids: Sequence[str]) -> list[object]:
        """Return the jobs that Zendesk still knows."""
        answer = self._http.call(
            "GET", "/api/v2/job_statuses/show_many.json", params={"ids": ",".join(ids)}, expect=frozenset({404})
        )
        if answer.status == 200:
            return rows(answer.body, "job_statuses")
        # One unknown job may hide the others: each is asked about by itself.
        singly = (self._http.call("GET", f"/api/v2/job_statuses/{each}.json", expect=frozenset({404})) for each in ids)
        return [fields_of(one.body, "the answer").get("job_status") for one in singly if one.status == 200]

    def most_jobs(self) -> int:
        """Return how many of the account's jobs may be ours at once."""
        return max(1, int(MOST_JOBS * self._http.share()))

    def make(self, resource: str, key: str, body: Mapping[str, object]) -> Made:
        """Make one thing of the account's set-up, or return why it was not made."""
        answer = self._http.call(
            "POST", f"/api/v2/{resource}.json", json={key: dict(body)}, expect=NOT_HERE | {400, 422}
        )
        if answer.status not in {200, 201}:
            return Made(answer.status, {}, f"Zendesk answered {answer.status}: {_said(answer)}")
        return Made(answer.status, fields_of(fields_of(answer.body, "the answer").get(key), key))

    def me(self) -> Mapping[str, object]:
        """Return the user behind the credentials. Raises: SourceRefused for the anonymous one."""
        answer = self._http.call("GET", "/api/v2/users/me.json")
        user = fields_of(fields_of(answer.body, "the answer").get("user"), "user")
        if not user.get("id"):
            raise SourceRefused("Zendesk took no notice of the credentials and answered as to an anonymous visitor")
        return user

    def may_export(self) -> bool:
        """Say whether this user may read the incremental exports; asks the one with the most calls to spare."""
        params = {"start_time": 0, "per_page": 1}
        answer = self._http.call("GET", f"{INCREMENTAL}users/cursor.json", params=params, expect=NOT_HERE)
        return answer.status == 200

    def may_search(self) -> bool:
        """Say whether this user may search for tickets."""
        return self.search("status:closed", "").there

    def has(self, resource: str) -> bool:
        """Say whether this account has such a list, and this user may read it."""
        return self.page(resource, "", {"page[size]": 1}, optional=True).there

    def look(self, path: str, **params: str | int) -> Look | None:
        """Return one answer as it came; None where the plan or the role has no such thing."""
        answer = self._http.call("GET", f"/api/v2/{path}.json", params=params, expect=NOT_HERE)
        return Look(fields_of(answer.body, "the answer"), answer.date) if answer.status == 200 else None

    def told(self) -> tuple[Allowance, ...]:
        """Return the account's limits as its answers told them."""
        return self._http.told()

    def calls(self) -> int:
        """Return how many calls were made."""
        return self._http.calls()

    def _pages(self, path: str, key: str, *, expect: frozenset[int]) -> Iterator[list[object] | None]:
        """Yield the pages of a list; None at last where an expected status ends it."""
        position: dict[str, str | int] | None = {"page[size]": LIST_PAGE}
        number = 1
        while position is not None:
            answer = self._http.call("GET", path, params=position, expect=expect)
            if answer.status != 200:
                yield None
                return
            yield rows(answer.body, key)
            number += 1
            following = _following(answer.body, number)
            if following == position or number > MOST_PAGES:
                raise Unreadable(f"{path}: Zendesk answers with one page after the other, and with no last one")
            position = following


def _following(body: object, number: int) -> dict[str, str | int] | None:
    """Return where the next page is; some lists know page numbers only, and ignore what they do not know."""
    if after := _after(body):
        return {"page[size]": LIST_PAGE, "page[after]": after}
    whole = fields_of(body, "the answer")
    return {"page": number, "per_page": LIST_PAGE} if "meta" not in whole and whole.get("next_page") else None


def _after(body: object) -> str:
    """Return the next page's cursor. `links.next` is no guide: it is set on the last page too."""
    meta = fields_of(body, "the answer").get("meta")
    if meta is None:
        return ""
    page = fields_of(meta, "meta")
    return text(page, "after_cursor") if flag(page, "has_more", default=False) else ""


def _said(answer: Answer) -> str:
    return answer.said or "no explanation"
