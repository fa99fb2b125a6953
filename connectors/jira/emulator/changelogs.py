"""Histories whole: of one issue by page, and of many issues at once. Cloud alone has these."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import cast

from connectors.jira.emulator.answers import Answer, Call, Doc, bad_payload, refused, strings
from connectors.jira.emulator.issues import issue_of, issues_of
from connectors.jira.emulator.paging import page_bean
from connectors.jira.emulator.records import History, Item
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.shapes_history import history_doc, in_order, shown_field_id
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]

_MOST_ISSUES, _MOST_HISTORIES, _DEFAULT, _MOST_FIELDS, _A_PAGE = 1000, 10_000, 1000, 10, 100


@dataclass(frozen=True, slots=True)
class _Row:
    history: History
    items: list[Item]

    @property
    def place(self) -> tuple[int, int, int]:
        return self.history.created, self.history.issue_id, self.history.id


def of_issue(world: World, call: Call) -> Answer:
    """Answer a page of an issue's histories, oldest first."""
    issue = issue_of(world, call)
    path = f"issue/{call.args[0]}/changelog"
    return Answer(
        page_bean(
            world,
            call,
            path,
            in_order(issue),
            lambda one: history_doc(world, call, one),
            default=_A_PAGE,
            most=_A_PAGE,
        )
    )


def by_ids(world: World, call: Call) -> Answer:
    """Answer histories of an issue by their ids."""
    issue = issue_of(world, call)
    ids = call.json(changelogIds=list).get("changelogIds")
    wanted = set(cast("list[object]", ids or []))
    found = [history_doc(world, call, one) for one in in_order(issue) if one.id in wanted]
    return Answer({"startAt": 0, "maxResults": len(found), "total": len(found), "histories": found})


def bulk(world: World, call: Call) -> Answer:
    """Answer the histories of many issues, by date; a page counts histories over all of them."""
    body = call.json(issueIdsOrKeys=list, fieldIds=list, maxResults=int, nextPageToken=str)
    names = strings(body.get("issueIdsOrKeys") or [])
    if not 1 <= len(names) <= _MOST_ISSUES:
        raise refused(400, f"Between 1 and {_MOST_ISSUES} issues can be asked for at once.")
    fields = strings(body.get("fieldIds") or [])
    if len(set(fields)) > _MOST_FIELDS:
        raise refused(400, f"A maximum of {_MOST_FIELDS} unique field ids can be asked for.")
    size = body.get("maxResults")
    size = _DEFAULT if size is None else size
    if not isinstance(size, int) or not 1 <= size <= _MOST_HISTORIES:
        raise bad_payload()
    asked = hashlib.sha256(json.dumps([names, fields]).encode()).hexdigest()[:12]
    after = _read(asked, cast("str | None", body.get("nextPageToken")))
    rows = [
        _Row(history, items)
        for issue in issues_of(world, call, names)
        for history in issue.histories
        if (items := _chosen(world, history, fields))
    ]
    rows = sorted((one for one in rows if one.place > after), key=lambda one: one.place)
    page = rows[:size]
    logs = dict[int, list[Doc]]()
    numeric = "numeric_created" in world.traps
    for row in page:
        doc = history_doc(world, call, row.history, row.items, numeric=numeric)
        logs.setdefault(row.history.issue_id, []).append(doc)
    answer: Doc = {
        "issueChangeLogs": [{"issueId": str(number), "changeHistories": docs} for number, docs in logs.items()]
    }
    if len(rows) > size:
        answer["nextPageToken"] = _write(asked, page[-1].place)
    return Answer(answer)


def _chosen(world: World, history: History, fields: list[str]) -> list[Item]:
    """Return the items about these fields; all of them when none is named."""
    if not fields:
        return history.items
    drops = "bulk_filter_drops" in world.traps
    found = list[Item]()
    for item in history.items:
        field_id = shown_field_id(world, history, item)
        if field_id is None and not drops:
            field_id = item.field_id or item.field
        if field_id in fields:
            found.append(item)
    return found


def _write(asked: str, place: tuple[int, int, int]) -> str:
    return base64.urlsafe_b64encode(json.dumps([asked, *place]).encode()).decode().rstrip("=")


def _read(asked: str, token: str | None) -> tuple[int, int, int]:
    if token is None:
        return (0, 0, 0)
    try:
        found = cast("list[object]", json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))))
        name, created, issue_id, history_id = found
    except (binascii.Error, ValueError, TypeError):
        name, created, issue_id, history_id = "", 0, 0, 0
    if name != asked:
        raise refused(400, "The provided next page token is invalid or has expired.")
    return cast("int", created), cast("int", issue_id), cast("int", history_id)


ROUTES = (
    Route("GET", "issue/{issue}/changelog", of_issue, CLOUD, anonymous=True),
    Route("POST", "issue/{issue}/changelog/list", by_ids, CLOUD, anonymous=True, reads=True),
    Route("POST", "changelog/bulkfetch", bulk, CLOUD, anonymous=True, reads=True),
)
