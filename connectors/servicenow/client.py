"""ServiceNow's endpoints: one call at a time, decoded JSON out. Knows no record.

The server takes no notice of names that it does not know: a filter with one brings the whole table. So columns are
tried on a row before they stand in a filter.
"""

import base64
import binascii
import json
import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

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
    perhaps,
    several,
)
from connectors.servicenow.shapes import rows, stored

__all__ = [
    "AT_ONCE",
    "BUCKETS",
    "LONGEST_QUERY",
    "SOME",
    "Api",
    "Closed",
    "Item",
    "Missing",
    "Reply",
    "Rows",
    "listed",
    "stops",
]

# None is there by default. An instance's own rules are told in its answers, by the hour, without what is left.
BUCKETS: tuple[Bucket, ...] = ()

TABLE = "/api/now/v2/table"

BATCH = "/api/now/v1/batch"

SOME = 100
"""Rows that are looked at where one would do: the first of them may be rows that may not be read."""

AT_ONCE = 150
"""Ids in one filter: an address may have 8192 bytes."""

LONGEST_QUERY = 6000

NEXT = re.compile(r'<([^<>]*)>;\s*rel="next"')

OFFSET = re.compile(r"[?&]sysparm_offset=(\d{1,12})")

CANCELLED = frozenset({500})

SHUT = frozenset({400, 403})

QUOTA = re.compile(r"maximum execution time|transaction cancel", re.IGNORECASE)

NOT_DONE = 202
"""What a session answers that has too much to do: it may never be done."""


class Closed(SourceRefused):
    """This one thing is not there, or not for this account; others may be. What keeps it out altogether is none."""


class Missing(Closed):
    """There is no such table at all."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page. items: as they came, perhaps fewer than asked for, or none: what may not be read is left out of it.

    asked: ServiceNow's clock when the request was sent, or a little before. after: where the next page begins, None
    where there is none. total: rows that match, also those that may not be read; None where it was not counted.
    """

    items: tuple[object, ...]
    asked: datetime
    after: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a write. said: an error's words. took: seconds, of one in a batch."""

    status: int
    row: Mapping[str, object] = field(default_factory=dict[str, object])
    said: str = ""
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One write of a batch. name: by which its answer is known."""

    name: str
    table: str
    sys_id: str
    values: Mapping[str, str]


class Api:
    """One instance. Every method makes its calls when it is called."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def page(
        self,
        table: str,
        query: str,
        columns: Sequence[str],
        limit: int,
        *,
        after: int = 0,
        counted: bool = False,
        labels: bool = False,
    ) -> Rows:
        """Return a page of a table, its values raw. counted: how many match, which takes long on large tables.

        labels: each value is an object of what is stored and what people see.
        Raises: Unreadable for an answer that was cut short; Closed where the table may not be asked, or is not there.
        """
        if len(query) > LONGEST_QUERY:
            raise SourceError(f"{table}: a filter of {len(query)} characters is too long for an address")
        params: dict[str, str | int] = {
            "sysparm_query": query,
            "sysparm_fields": ",".join(columns),
            "sysparm_limit": limit,
            "sysparm_offset": after,
            "sysparm_exclude_reference_link": "true",
            "sysparm_display_value": "all" if labels else "false",
            "sysparm_no_count": "false" if counted else "true",
        }
        began = time.monotonic()
        answer = self._http.call("GET", f"{TABLE}/{table}", params=params, expect=CANCELLED | SHUT, once=True)
        _open(answer, f"GET {TABLE}/{table}")
        if answer.status in CANCELLED:
            if QUOTA.search(answer.said):
                raise Unreadable(f"{table}: ServiceNow has cancelled the question: {answer.said}")
            raise RetryLater(f"GET {TABLE}/{table}: answered {answer.status} ({answer.said})")
        following = NEXT.search(answer.headers.get("link", ""))
        found = OFFSET.search(following[1]) if following else None
        told = answer.headers.get("x-total-count", "")
        return Rows(
            tuple(rows(answer.body)),
            _asked(answer, began),
            int(found[1]) if found and int(found[1]) > after else None,
            int(told) if told.isdecimal() else None,
        )

    def one(self, table: str, sys_id: str, columns: Sequence[str]) -> Mapping[str, object] | None:
        """Return one row; None where it is gone, or may not be read: nobody can tell which. Raises: Unreadable."""
        params = {"sysparm_fields": ",".join(columns), "sysparm_exclude_reference_link": "true"}
        answer = self._http.call("GET", f"{TABLE}/{table}/{sys_id}", params=params, expect=SHUT | {404})
        _open(answer, f"GET {TABLE}/{table}/{sys_id}")
        return perhaps(perhaps(answer.body).get("result")) or None if answer.status == 200 else None

    def count(self, table: str, query: str) -> int | None:
        """Return how many rows match, also those that may not be read; None where this user may not count them."""
        params = {"sysparm_query": query, "sysparm_count": "true"}
        expect = CANCELLED | SHUT
        answer = self._http.call("GET", f"/api/now/stats/{table}", params=params, expect=expect, once=True)
        told = perhaps(perhaps(perhaps(answer.body).get("result")).get("stats")).get("count")
        return int(told) if answer.status == 200 and isinstance(told, str) and told.isdecimal() else None

    def groups(self, table: str, column: str) -> tuple[str, ...] | None:
        """Return every value that a column has in some row; None where this user may not have them counted."""
        params = {"sysparm_count": "true", "sysparm_group_by": column}
        expect = CANCELLED | SHUT
        answer = self._http.call("GET", f"/api/now/stats/{table}", params=params, expect=expect, once=True)
        if answer.status != 200:
            return None
        groups = several(perhaps(answer.body).get("result"))
        parts = (perhaps(each) for row in groups for each in several(perhaps(row).get("groupby_fields")))
        # A column that is not known is left out without a word: then there is one group of everything.
        told = [(stored(each, "field"), stored(each, "value")) for each in parts]
        return None if not told or {name for name, _ in told} != {column} else tuple(sorted(value for _, value in told))

    def change(self, table: str, sys_id: str, values: Mapping[str, str], columns: Sequence[str]) -> Reply:
        """Change one row; return it as it is afterwards, which need not be as it was asked to be.

        Raises: RetryLater for an answer that says that it may never be done.
        """
        params = {"sysparm_fields": ",".join(columns), "sysparm_exclude_reference_link": "true"}
        answer = self._http.call(
            "PATCH", f"{TABLE}/{table}/{sys_id}", params=params, json=dict(values), expect=frozenset({400, 403, 404})
        )
        return _reply(answer.status, answer.body, answer.said)

    def batch(self, items: Sequence[Item], columns: Sequence[str]) -> Mapping[str, Reply]:
        """Make several changes in one call; return the answers by name. One that is missing was not made in time.

        Raises: Closed where the instance takes none so from this account.
        """
        asked = [_asking(item, columns) for item in items]
        body = {"batch_request_id": "1", "rest_requests": asked}
        # Whether rules count the batch or what is in it, nobody says: both.
        inside = [("PATCH", f"{TABLE}/{item.table}/{item.sys_id}") for item in items]
        answer = self._http.call("POST", BATCH, json=body, expect=SHUT | {404}, inside=inside)
        _open(answer, f"POST {BATCH}", SHUT | {404})
        _done(answer.status)
        found: dict[str, Reply] = {}
        for each in map(perhaps, several(fields_of(answer.body, "the answer").get("serviced_requests"))):
            status = each.get("status_code")
            if isinstance(status, int) and status != NOT_DONE:
                took = each.get("execution_time")
                reply = _reply(status, _unpacked(each.get("body")), "")
                found[stored(each, "id")] = replace(reply, took=took / 1000 if isinstance(took, int | float) else 0.0)
        return found

    def make(self, table: str, values: Mapping[str, str]) -> Reply:
        """Make one row, or return why it was not made."""
        answer = self._http.call("POST", f"{TABLE}/{table}", json=dict(values), expect=frozenset({400, 403, 404}))
        return _reply(answer.status, answer.body, answer.said)

    def readable(self, table: str, columns: Iterable[str], query: str = "") -> frozenset[str] | None:
        """Return which of these columns a row shows; None where no row is shown at all.

        A column that is not among them is not there, or may not be read, and must stand in no filter.
        """
        wanted = tuple(dict.fromkeys(("sys_id", *columns)))
        found = self.page(table, query, wanted, 1).items
        return frozenset(perhaps(found[0])) if found else None

    def told(self) -> tuple[Allowance, ...]:
        """Return the instance's limits as they are known."""
        return self._http.told()

    def calls(self) -> int:
        """Return how many calls were made."""
        return self._http.calls()


def listed(column: str, ids: Iterable[str]) -> str:
    """Return the clause that finds rows by their ids; at most `AT_ONCE` of them fit into an address."""
    return f"{column}IN{','.join(ids)}"


def _asking(item: Item, columns: Sequence[str]) -> dict[str, object]:
    params = {"sysparm_fields": ",".join(columns), "sysparm_exclude_reference_link": "true"}
    headers = [{"name": name, "value": "application/json"} for name in ("Content-Type", "Accept")]
    return {
        "id": item.name,
        "method": "PATCH",
        "url": f"{TABLE}/{item.table}/{item.sys_id}?{urlencode(params)}",
        "headers": headers,
        "body": base64.b64encode(json.dumps(dict(item.values)).encode()).decode(),
        "exclude_response_headers": True,
    }


def _reply(status: int, body: object, said: str) -> Reply:
    _done(status)
    whole = perhaps(body)
    error = perhaps(whole.get("error"))
    told = ": ".join(str(each) for each in (error.get("message"), error.get("detail")) if each)
    if status in {200, 201} and not error:
        return Reply(status, perhaps(whole.get("result")))
    return Reply(status, {}, (told or said or f"ServiceNow answered {status}")[:500])


def stops(error: SourceError) -> bool:
    """Say whether an error is about all that is asked, not about one table alone."""
    return isinstance(error, RetryLater) or (isinstance(error, SourceRefused) and not isinstance(error, Closed))


def _open(answer: Answer, what: str, shut: frozenset[int] = SHUT) -> None:
    if answer.status in shut:
        if "invalid table" in answer.said.casefold():
            raise Missing(f"there is no such table ({what}: {answer.said})")
        raise Closed(f"{what}: answered {answer.status} ({answer.said})")


def _done(status: int) -> None:
    if status == NOT_DONE:
        raise RetryLater("ServiceNow answered 202: it has too much to do, and perhaps it is never done")


def _unpacked(raw: object) -> object:
    if not isinstance(raw, str) or not raw:
        return {}
    try:
        found: object = json.loads(base64.b64decode(raw))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise Unreadable("an answer in a batch is not JSON") from error
    return found


def _asked(answer: Answer, began: float) -> datetime:
    # An answer bears the instant of its end; the rows were chosen when the work on it began.
    return answer.date - timedelta(seconds=math.ceil(time.monotonic() - began))
