"""Tickets and their events without the incremental exports: sweeps over what has changed, latest change first.

A ticket that changes while its list is paged moves to the front: it is newer than the beginning of the sweep,
and comes with the next one. A sweep that is broken off goes on where it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from connectors import Absence, Coverage, Event, Page, Record, SetAside, readable
from connectors.zendesk import events, mapping
from connectors.zendesk.account import Account
from connectors.zendesk.changed import Row, changed, row
from connectors.zendesk.client import CursorExpired
from connectors.zendesk.exports import ARCHIVED_SOONEST
from connectors.zendesk.histories import AT_ONCE
from connectors.zendesk.shapes import epoch
from connectors.zendesk.sweep import Sweep
from connectors.zendesk.trash import deletion, trashed
from connectors.zendesk.windows import stamp

__all__ = ["histories", "pictures"]

LAG = 30
"""Seconds before a sweep's beginning that the next one reads again: no list promises to be up to date at once."""

WINDOW = int(timedelta(days=30).total_seconds())
"""Archived tickets are searched for by when they were created: the search's cursor lives an hour, and its
window is listed whole before any ticket of it is read."""

CLOSED = "status:closed"


def pictures(account: Account, cursor: str) -> Iterator[Page]:
    """Yield present pictures of the tickets that changed since."""
    state = Sweep.loaded(cursor)
    while True:
        step = _listed(account, state, deletions=False)
        state = step.state
        read = mapping.each("tickets", partial(account.ticket, seen=epoch(state.asked)))
        records, unread = read([each.raw for each in step.rows])
        yield _page(state, records, (*step.set_aside, *unread))
        if state.part == "done":
            return


def histories(account: Account, cursor: str) -> Iterator[Page]:
    """Yield the tickets that changed since, whole, and those that were deleted since."""
    state = Sweep.loaded(cursor)
    while True:
        # A search is listed to its end before any ticket is read: its cursor lives an hour.
        if state.ids and not (state.part == "archived" and state.after):
            found = account.histories([str(each) for each in state.ids[:AT_ONCE]])
            if found.interrupted and not found.done:
                raise found.interrupted
            done = {int(each) for each in found.done}
            state = replace(state, ids=tuple(each for each in state.ids if each not in done))
            yield _page(state, found.records, found.set_aside, found.complete)
            if found.interrupted:
                raise found.interrupted
        else:
            step = _listed(account, state, deletions=True)
            ids = dict.fromkeys((*step.state.ids, *(each.id for each in step.rows)))
            state = replace(step.state, ids=tuple(ids))
            yield _page(state, step.records, step.set_aside)
        if state.part == "done" and not state.ids:
            return


def _page(
    state: Sweep,
    records: tuple[Record, ...],
    set_aside: tuple[SetAside, ...],
    complete: tuple[Coverage, ...] = (),
) -> Page:
    """Return a page; the last one of a sweep proves that all which changed before the sweep's beginning is read."""
    if state.part != "done" or state.ids:
        return Page(records, state.checkpoint(), complete=complete, set_aside=set_aside)
    mark = max(state.mark, state.asked - LAG)
    return Page(records, Sweep(mark).checkpoint(), epoch(mark), complete, set_aside)


@dataclass(frozen=True, slots=True)
class _Step:
    """One page of a list, and where the sweep is after it."""

    state: Sweep
    rows: tuple[Row, ...] = ()
    records: tuple[Record, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


def _listed(account: Account, state: Sweep, *, deletions: bool) -> _Step:
    if state.part == "tickets":
        return _changed(account, state, deletions=deletions)
    if state.part == "deleted":
        return _deleted(account, state)
    return _archived(account, state)


def _changed(account: Account, state: Sweep, *, deletions: bool) -> _Step:
    try:
        page = changed(account.api, state.after)
    except CursorExpired:
        page = changed(account.api, "")
    asked = state.asked or int(page.asked.timestamp())
    # A list that is read anew shows again what this sweep has done already.
    done = asked if state.upto is None else state.upto
    rows = tuple(each for each in page.rows if each.updated >= state.mark and not done < each.updated < asked)
    upto = min(done, page.oldest)
    if page.after and page.oldest >= state.mark:
        return _Step(replace(state, asked=asked, after=page.after, upto=upto), rows, (), page.set_aside)
    over = replace(state, asked=asked, after="", upto=None)
    return _Step(replace(over, part="deleted") if deletions else _past(over), rows, (), page.set_aside)


def _deleted(account: Account, state: Sweep) -> _Step:
    """Read which tickets lie in the trash; Zendesk keeps them there for thirty days."""
    try:
        page = account.api.page("deleted_tickets", state.after, optional=True)
    except CursorExpired:
        page = account.api.page("deleted_tickets", "", optional=True)
    told, aside = readable(events.STREAM, page.items, lambda raw: _deletion(raw, state.mark))
    records = tuple(record for pair in told for record in pair)
    if page.after and page.after != state.after:
        return _Step(replace(state, after=page.after), (), records, aside)
    return _Step(_past(replace(state, after="")), (), records, aside)


def _deletion(raw: object, mark: int) -> tuple[Absence, Event] | None:
    """Return that a ticket was deleted, unless that is known."""
    gone = trashed(raw)
    return None if int(gone.updated_at.timestamp()) < mark else (gone, deletion(raw))


def _past(state: Sweep) -> Sweep:
    """Return what follows the lists: archived tickets, which are on none, where any can have changed since the mark."""
    if state.asked - state.mark <= ARCHIVED_SOONEST.total_seconds():
        return replace(state, part="done")
    return replace(state, part="archived", before=state.asked)


def _archived(account: Account, state: Sweep) -> _Step:
    """Search for closed tickets that were created in one window of time."""
    since = state.before - WINDOW
    query = f"{CLOSED} updated>={stamp(state.mark)}" if state.mark > 0 else CLOSED
    inside = f"{query} created>={stamp(since)} created<{stamp(state.before)}"
    try:
        page = account.api.search(inside, state.after)
    except CursorExpired:
        page = account.api.search(inside, "")
    rows, aside = readable("tickets", page.items, row)
    if page.after and page.after != state.after:
        return _Step(replace(state, after=page.after), rows, (), aside)
    empty = not (page.items or state.after)
    if empty and not (page.there and account.api.search(f"{query} created<{stamp(since)}", "").items):
        return _Step(replace(state, part="done"), rows, (), aside)
    following = replace(state, after="", before=since)
    return _Step(following, rows, (), aside)
