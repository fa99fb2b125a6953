"""Numbers out of an account's answers: how much there is, how late it is exported, how many calls it takes. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from connectors import HoldBack, Unreadable, Work, perhaps, several
from connectors.zendesk.client import LARGEST_PAGE, LIST_PAGE, Export, Look
from connectors.zendesk.exports import HELD_BACK
from connectors.zendesk.shapes import epoch, instant, moment

__all__ = ["Size", "count", "events", "first", "hold_back", "works"]

PEOPLE_WITH = 10
"""Open tickets whose people are asked for in one call."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much the backfill reads; None for what was not found out."""

    tickets: int | None
    open_tickets: int | None
    events: int | None
    people: int | None
    organisations: int


def count(found: Look | None) -> int | None:
    """Return how many there are of what was asked for."""
    told = None if found is None else found.body.get("count")
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def first(found: Look | None) -> datetime | None:
    """Return when the first ticket of a search was made."""
    rows = [] if found is None else several(found.body.get("results"))
    try:
        return instant(perhaps(rows[0]), "created_at") if rows else None
    except Unreadable:
        return None


def events(told: Export | None, newest: Look | None, back: timedelta, since: datetime | None) -> int | None:
    """Return how many events there are from `since` on, at the rate of one page of them.

    told: a page that begins `back` before `newest` was answered.
    """
    if told is None or newest is None or since is None:
        return None
    start = newest.date - back
    last = moment(told.end_time)
    end = told.asked if told.end or last is None else epoch(last)
    seconds = max(1.0, (end - start).total_seconds())
    return ceil(len(told.items) / seconds * max(0.0, (newest.date - since).total_seconds()))


def hold_back(newest: Look, exported: Export, since: timedelta) -> HoldBack:
    """Return how old a change must be to be exported, by those that both answers could hold.

    newest: tickets, the latest change first. exported: a later answer that begins `since` before them.
    """
    there = {perhaps(row).get("id"): moment(perhaps(row).get("generated_timestamp")) for row in exported.items}
    known = [at for at in there.values() if at is not None]
    present = [epoch(at) for at in known]
    missing: list[datetime] = []
    for row in map(perhaps, several(newest.body.get("tickets"))):
        try:
            at = instant(row, "updated_at")
        except Unreadable:
            continue
        seen = there.get(row.get("id"))
        if exported.end and newest.date - at < since and (seen is None or seen < int(at.timestamp())):
            missing.append(at)
    return HoldBack(
        reckoned=HELD_BACK,
        missing=exported.asked - min(missing) if missing else None,
        present=exported.asked - max(present) if present else None,
    )


def works(size: Size, *, exports: bool) -> tuple[Work, ...]:
    """Return the calls of a backfill by the limit that they count in; the account's counts all of them.

    exports: whether they are read; by lists each ticket costs a call of its own.
    """
    organisations = _pages(size.organisations, LIST_PAGE)
    if not exports:
        listed = _pages(size.tickets, LIST_PAGE)
        people = _pages(size.people, LIST_PAGE) + _pages(size.tickets, PEOPLE_WITH)
        every = (size.tickets or 0) + 3 * listed + people + organisations
        return Work("ticket list", 2 * listed), Work("search export", listed), Work("account", every)
    # Metric events are about as many as events.
    exported = _pages(size.tickets, LARGEST_PAGE) + 2 * _pages(size.events, LARGEST_PAGE)
    people = _pages(size.people, LARGEST_PAGE)
    search = _pages(size.open_tickets, LIST_PAGE)
    histories = (size.open_tickets or 0) + 2 * _pages(size.open_tickets, PEOPLE_WITH)
    return (
        Work("incremental exports", exported),
        Work("incremental users", people),
        Work("search export", search),
        Work("account", exported + people + search + histories + organisations),
    )


def _pages(rows: int | None, size: int) -> int:
    return ceil((rows or 0) / size)
