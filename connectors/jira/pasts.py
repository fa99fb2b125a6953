"""The past of issues that were shown: their whole changelog, all their comments, and their links to other sites."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from connectors import Unreadable, fields_of, perhaps, rows, several, text
from connectors.jira.client import Api
from connectors.jira.events import remote
from connectors.jira.shapes import identifier, whole

__all__ = ["AT_ONCE", "LINKS", "NOT_SHOWN", "Pasts", "Row", "items_of"]

AT_ONCE: Final = 100

MOST_HISTORIES = 10_000
"""Of all issues together, on one page of changelogs."""

NOT_SHOWN: Final = frozenset({403, 404})

LINKS: Final = "slahub:remotelink"
"""Where a row keeps what was asked for besides."""

Row: TypeAlias = dict[str, object]


class Pasts:
    """Completes the rows of a search or another answer."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def complete(self, shown: Sequence[Row]) -> None:
        """Put the whole changelog and all comments into rows. One that is not shown any more gets none.

        Jira shows strangers next to nothing, too: what is not shown is believed under good credentials only.
        """
        if self._api.site().cloud:
            logs = self._changelogs([identifier(row) for row in shown if row.get("id") is not None])
            for row in shown:
                row["changelog"] = logs.get(str(row.get("id")))
        else:
            for row in shown:
                log = perhaps(row.get("changelog"))
                if len(several(log.get("histories"))) < whole(log, "total", 0) or not log:
                    again = self._api.get(
                        f"~/issue/{identifier(row)}", {"fields": "id", "expand": "changelog"}, NOT_SHOWN
                    )
                    row["changelog"] = perhaps(again.body).get("changelog") if again.good else None
        for row in shown:
            if row.get("changelog") is not None:
                self._comment(row)
            if row.get("changelog") is not None:
                self._link(row)
        if any(row.get("changelog") is None for row in shown):
            self._api.me()

    def _comment(self, row: Row) -> None:
        fields = dict(perhaps(row.get("fields")))
        page = perhaps(fields.get("comment"))
        found = several(page.get("comments"))
        desk = perhaps(fields.get("project")).get("projectTypeKey") == "service_desk"
        unsaid = desk and any("jsdPublic" not in perhaps(each) for each in found)
        if unsaid or not page or len(found) < whole(page, "total", 0):
            path = f"~/issue/{identifier(row)}/comment"
            every = self._api.counted(path, "comments", {"orderBy": "created", "expand": "properties"})
            found = list(every or ())
            if every is None or len(found) < whole(page, "total", 0):
                row["changelog"] = None
                return
            fields["comment"] = {"comments": found}
            row["fields"] = fields

    def _changelogs(self, ids: Sequence[str]) -> dict[str, object]:
        """Return the changelog of each issue that is shown; one may be spread over several pages."""
        found: dict[str, list[object]] = {}
        for first in range(0, len(ids), 1000):
            batch = ids[first : first + 1000]
            token: str | None = None
            used = set[str]()
            while True:
                body: Row = {"issueIdsOrKeys": list(batch), "maxResults": MOST_HISTORIES}
                answer = fields_of(
                    self._api.ask("~/changelog/bulkfetch", body | ({"nextPageToken": token} if token else {})).body
                )
                for each in map(fields_of, rows(answer, "issueChangeLogs")):
                    found.setdefault(identifier(each, "issueId"), []).extend(several(each.get("changeHistories")))
                token = text(answer, "nextPageToken")
                if not token:
                    break
                if token in used:
                    raise Unreadable("changelogs: Jira answers with the same page again and again")
                used.add(token)
            if used:
                # A later page may be empty because it was given to a stranger.
                self._api.me()
        silent = [each for each in ids if not found.get(each)]
        # An issue that is not shown is left out without a word, like one to which nothing has happened yet.
        there = self._there(silent)
        return {each: {"histories": found.get(each, [])} for each in ids if found.get(each) or each in there}

    def _there(self, ids: Sequence[str]) -> set[str]:
        there = set[str]()
        for first in range(0, len(ids), AT_ONCE):
            body = {"issueIdsOrKeys": list(ids[first : first + AT_ONCE]), "fields": ["id"]}
            there |= {
                identifier(fields_of(each)) for each in rows(self._api.ask("~/issue/bulkfetch", body).body, "issues")
            }
        return there

    def _link(self, row: Row) -> None:
        """Put an issue's links to other sites into its row, asked for where its past tells of any."""
        if not any(map(remote, items_of(row))):
            return
        reply = self._api.get(f"~/issue/{identifier(row)}/remotelink", expect=NOT_SHOWN)
        if not reply.good:
            row["changelog"] = None
            return
        row[LINKS] = reply.body


def items_of(row: Row) -> Iterator[Mapping[str, object]]:
    """Yield the items of an issue's changelog."""
    for each in several(perhaps(row.get("changelog")).get("histories")):
        yield from map(perhaps, several(perhaps(each).get("items")))
