"""The tickets that people work on now, whole, before the past is read.

A search cursor lives an hour, and thousands of audits take longer: so first all are listed, then each is
fetched, and no cursor is held meanwhile.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from connectors import Checkpoint, Page, SetAside, fields_of, readable, resumed
from connectors.zendesk.account import Account
from connectors.zendesk.client import CursorExpired
from connectors.zendesk.histories import AT_ONCE
from connectors.zendesk.shapes import instant, number

__all__ = ["STREAM", "pull", "start"]

STREAM = "open_tickets"

OPEN = "status<solved"


@dataclass(frozen=True, slots=True)
class _Open:
    """How far the reading is. asked: the source's clock at the first search. ids: still to be fetched, newest first.

    fetched, records: tickets that were, and what they brought.
    """

    listed: bool = False
    after: str = ""
    asked: str = ""
    ids: tuple[int, ...] = ()
    fetched: int = 0
    records: int = 0

    def dumped(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.dumped())

    @classmethod
    def loaded(cls, cursor: str) -> "_Open":
        return resumed(cursor, cls._read)

    @classmethod
    def _read(cls, raw: Any) -> "_Open":
        asked = raw["asked"] and instant(raw, "asked").isoformat()
        ids = tuple(number({"id": each}, "id") for each in raw["ids"])
        counts = int(raw.get("fetched", 0)), int(raw.get("records", 0))
        return cls(bool(raw["listed"]), str(raw["after"]), asked, ids, *counts)


def start() -> Checkpoint:
    """Return where the reading begins."""
    return _Open().checkpoint()


def pull(account: Account, since: Checkpoint) -> Iterator[Page]:
    """Yield open tickets with all their events, newest first."""
    state = _Open.loaded(since.cursor)
    while not state.listed:
        state, aside = _listed(account, state)
        yield Page((), state.checkpoint(), set_aside=aside)
    if not state.ids:
        yield Page((), state.checkpoint(), _asked(state))
        return
    while state.ids:
        found = account.histories([str(each) for each in state.ids[:AT_ONCE]])
        if found.interrupted and not found.done:
            raise found.interrupted
        done = {int(each) for each in found.done}
        state = replace(
            state,
            ids=tuple(each for each in state.ids if each not in done),
            fetched=state.fetched + len(done),
            records=state.records + len(found.records),
        )
        # As many records a ticket as so far: nobody tells how many there will be.
        total = round(state.records / state.fetched * (state.fetched + len(state.ids))) if state.fetched else None
        yield Page(found.records, state.checkpoint(), _asked(state), found.complete, found.set_aside, total)
        if found.interrupted:
            raise found.interrupted


def _listed(account: Account, state: _Open) -> tuple[_Open, tuple[SetAside, ...]]:
    """Return the state after one more page of the search; one whose cursor has expired begins anew."""
    after = state.after
    try:
        page = account.api.search(OPEN, after)
    except CursorExpired:
        after = ""
        page = account.api.search(OPEN, after)
    wanted = [each for each in page.items if not account.skips(each)]
    ids, aside = readable(STREAM, wanted, lambda raw: number(fields_of(raw), "id"))
    known = {*state.ids, *ids}
    return _Open(
        listed=not page.after or page.after == after,
        after=page.after,
        asked=state.asked or page.date.isoformat(),
        ids=tuple(sorted(known, reverse=True)),
    ), aside


def _asked(state: _Open) -> datetime | None:
    return datetime.fromisoformat(state.asked) if state.asked and not state.ids else None
