"""What is read with its own cursor, by either strategy: the incremental exports, or the lists.

Streams have the same names in both, so that lanes and horizons mean the same. A checkpoint that one strategy
left is one that the other goes on from, at the latest where everything is known to be read.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from connectors import Checkpoint, Page, SourceError, Stream
from connectors.zendesk import (
    catalogue,
    cut,
    directory,
    events,
    exports,
    lists,
    mapping,
    native_clocks,
    open_tickets,
    ratings,
)
from connectors.zendesk.account import Account
from connectors.zendesk.exports import Source
from connectors.zendesk.sweep import Sweep, mark_of

__all__ = ["Strategy", "pull", "start", "streams"]

Strategy: TypeAlias = Literal["exports", "lists"]

MINUTES = timedelta(minutes=1)

WRITTEN_LATE = 45 * MINUTES
"""Metric events were seen 13 minutes behind their time, in a cursor that has passed there; twice that, and more."""


def streams(strategy: Strategy) -> Sequence[Stream]:
    """Return what is read."""
    exported = strategy == "exports"
    return (
        # Both change seldom. By lists each look reads them all; the exports have few calls.
        Stream("people", every=None if exported else 15 * MINUTES, timeless=True),
        Stream("organisations", every=15 * MINUTES if exported else 60 * MINUTES, timeless=True),
        Stream(catalogue.STREAM, every=60 * MINUTES, whole=True),
        Stream("tickets"),
        Stream(events.STREAM, carries_history=True),
        # Its events belong to the stream before it, which alone says how far history is whole.
        Stream(open_tickets.STREAM, once=True),
        Stream(ratings.STREAM, every=15 * MINUTES),
        Stream(native_clocks.STREAM, every=15 * MINUTES),
    )


def start(strategy: Strategy, stream: str, at: datetime | None) -> Checkpoint:
    """Return where everything changed at or after `at` begins; None: all there is."""
    second = 0 if at is None else int(at.timestamp())
    match stream:
        case open_tickets.STREAM:
            found = open_tickets.start()
        case catalogue.STREAM:
            found = Checkpoint("")
        case ratings.STREAM:
            found = ratings.start(second)
        case native_clocks.STREAM:
            found = Checkpoint(f"at:{max(0, second - int(WRITTEN_LATE.total_seconds()))}")
        case "people" | "organisations" if strategy == "lists":
            found = directory.start()
        case "organisations" if at is None:
            # The plain list costs none of the few calls that the exports share.
            found = Checkpoint(exports.LIST)
        case _:
            found = Sweep(second).checkpoint() if strategy == "lists" else Checkpoint(f"at:{second}")
    return found


def pull(account: Account, stream: str, since: Checkpoint, strategy: Strategy = "exports") -> Iterator[Page]:
    """Yield one stream's pages from a checkpoint on until it has caught up."""
    if stream == catalogue.STREAM:
        yield catalogue.read(account)
    elif stream == open_tickets.STREAM:
        yield from open_tickets.pull(account, since)
    elif stream == ratings.STREAM:
        yield from ratings.pull(account.api, since)
    elif stream == native_clocks.STREAM:
        yield from exports.pages_by_time(account.api, NATIVE_CLOCKS, since)
    elif stream not in {"tickets", "people", "organisations", events.STREAM}:
        raise SourceError(f"Zendesk has no stream '{stream}'")
    elif strategy == "lists":
        yield from _by_lists(account, stream, since)
    else:
        yield from _by_exports(account, stream, _exported(since))


NATIVE_CLOCKS = Source(
    "ticket_metric_events",
    "ticket_metric_events",
    native_clocks.statements,
    {"include_changes": "true"},
    overlap=WRITTEN_LATE,
    optional=True,
)


def _by_lists(account: Account, stream: str, since: Checkpoint) -> Iterator[Page]:
    if stream == "people":
        return directory.people(account.api, since)
    if stream == "organisations":
        return directory.organisations(account.api, since)
    return (lists.pictures if stream == "tickets" else lists.histories)(account, since.cursor)


def _by_exports(account: Account, stream: str, since: Checkpoint) -> Iterator[Page]:
    if stream == events.STREAM:
        return cut.pull(account, since)
    if stream == "tickets":
        read = mapping.each(stream, account.ticket)
        return exports.by_cursor(account.api, Source("tickets/cursor", "tickets", read), since)
    if stream == "people":
        read = mapping.each(stream, mapping.person)
        return exports.by_cursor(account.api, Source("users/cursor", "users", read), since)
    organisations = Source("organizations", "organizations", mapping.each(stream, mapping.organisation))
    listed = since.cursor.startswith(exports.LIST)
    return (exports.by_list if listed else exports.pages_by_time)(account.api, organisations, since)


def _exported(since: Checkpoint) -> Checkpoint:
    """Return where the exports go on from what the lists left: a list of people says nothing of an instant."""
    if since.cursor.startswith(directory.WHOLE):
        return Checkpoint("at:0")
    mark = mark_of(since.cursor)
    return since if mark is None else Checkpoint(f"at:{mark}")
