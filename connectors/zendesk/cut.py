"""Ticket events where the export cuts them short: the tickets concerned are read by their audits in the same pull.

Cut is an event that cannot be read or does not say whether its comment is public, and a second that holds
more events than a page: the export repeats such a page for ever.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from connectors import Checkpoint, Page, SetAside, Unreadable, perhaps, resumed
from connectors.zendesk import events
from connectors.zendesk.account import Account
from connectors.zendesk.changed import changed
from connectors.zendesk.client import CursorExpired
from connectors.zendesk.exports import Source, Turn, by_time, crowded, seconds
from connectors.zendesk.histories import AT_ONCE
from connectors.zendesk.shapes import number, second

__all__ = ["pull"]

MOST = 5000
"""Tickets that are read for one crowded second, and kept in a checkpoint until then."""


@dataclass(frozen=True, slots=True)
class _Todo:
    """What is to be read before the export goes on at the second `at`.

    ids: tickets to be read by their audits. second: list the tickets that changed since then before;
    after: where in that list.
    """

    at: int
    ids: tuple[int, ...] = ()
    second: int | None = None
    after: str = ""

    def checkpoint(self) -> Checkpoint:
        if not self.ids and self.second is None:
            return Checkpoint(f"at:{self.at}")
        parts = {"at": self.at, "ids": self.ids, "second": self.second, "after": self.after}
        return Checkpoint(json.dumps(parts, separators=(",", ":")))

    @classmethod
    def loaded(cls, cursor: str) -> "_Todo":
        if not cursor.startswith("{"):
            return cls(seconds(cursor))
        return resumed(cursor, cls._read)

    @classmethod
    def _read(cls, raw: Any) -> "_Todo":
        crowded = None if raw["second"] is None else second(raw["second"])
        ids = tuple(number({"id": each}, "id") for each in raw["ids"])
        return cls(second(raw["at"]), ids, crowded, str(raw["after"]))


def pull(account: Account, since: Checkpoint) -> Iterator[Page]:
    """Yield the events of all tickets, in the order of time except for those that had to be read by ticket."""
    todo = _Todo.loaded(since.cursor)
    for page, _ in _read(account, todo):
        yield page
    fields = account.layouts.get()
    source = Source("ticket_events", "ticket_events", lambda raw: events.exported(raw, fields), SIDELOAD)
    for turn in by_time(account.api, source, todo.at):
        todo, aside = _cut(turn)
        if not todo.ids and todo.second is None:
            yield turn.page
            continue
        yield replace(turn.page, checkpoint=todo.checkpoint(), settled_until=None, set_aside=aside)
        for page, over in _read(account, todo):
            # Only now nothing of what this page of the export told is missing.
            yield replace(page, settled_until=turn.page.settled_until) if over else page


SIDELOAD = {"include": "comment_events"}


def _cut(turn: Turn) -> tuple[_Todo, tuple[SetAside, ...]]:
    """Return what has to be read by ticket, and what stays unreadable because it names none."""
    known = {each.source_id for each in turn.page.set_aside if each.source_id}
    tickets: dict[str, int] = {}
    for raw in turn.raw:
        row = perhaps(raw)
        if str(row.get("id")) in known and (ticket := _ticket(row)) is not None:
            tickets[str(row.get("id"))] = ticket
    second = turn.crowded
    aside = tuple(
        each
        for each in turn.page.set_aside
        if each.source_id not in tickets and not (second is not None and each.source_id == f"second:{second}")
    )
    at = seconds(turn.page.checkpoint.cursor)
    return _Todo(at, tuple(sorted(set(tickets.values()), reverse=True)), second), aside


def _ticket(row: object) -> int | None:
    try:
        return number(perhaps(row), "ticket_id")
    except Unreadable:
        return None


def _read(account: Account, todo: _Todo) -> Iterator[tuple[Page, bool]]:
    """Yield pages of whole tickets, each with whether it is the last one."""
    while todo.second is not None:
        todo, aside = _listed(account, todo, todo.second)
        yield Page((), todo.checkpoint(), set_aside=aside), todo.second is None and not todo.ids
    while todo.ids:
        found = account.histories([str(each) for each in todo.ids[:AT_ONCE]])
        if found.interrupted and not found.done:
            raise found.interrupted
        done = {int(each) for each in found.done}
        todo = replace(todo, ids=tuple(each for each in todo.ids if each not in done))
        untold = sorted(done - {int(each.ticket_id) for each in found.complete})
        aside = (*found.set_aside, *(_lost(each) for each in untold))
        yield Page(found.records, todo.checkpoint(), complete=found.complete, set_aside=aside), not todo.ids
        if found.interrupted:
            raise found.interrupted


def _lost(ticket: int) -> SetAside:
    reason = "an event of this ticket cannot be read in the export, and its audits are not to be had"
    return SetAside(events.STREAM, f"ticket:{ticket}", reason, sha256(f"{ticket}: {reason}".encode()).hexdigest())


def _listed(account: Account, todo: _Todo, second: int) -> tuple[_Todo, tuple[SetAside, ...]]:
    """Return what is to be done after one more page of the tickets that changed since the crowded second."""
    try:
        page = changed(account.api, todo.after)
    except CursorExpired:
        page = changed(account.api, "")
    ids = {*todo.ids, *(each.id for each in page.rows if each.updated >= second)}
    if len(ids) > MOST:
        # A checkpoint that held them all would be written again with every few tickets.
        return _Todo(todo.at, todo.ids), (*page.set_aside, crowded(events.STREAM, second))
    over = not page.after or page.oldest < second
    found = tuple(sorted(ids, reverse=True))
    return _Todo(todo.at, found) if over else _Todo(todo.at, found, second, page.after), page.set_aside
