"""The suite's single checks: each fails with a sentence for the connector's author."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NoReturn

import pytest

from connectors.testing.records import identity
from core.ports import Checkpoint, Connector, Page
from core.tickets import (
    REMOTE_LINKS,
    Absence,
    Event,
    NativeClock,
    Outage,
    OutageWithdrawn,
    Person,
    Rating,
    Record,
    SourceValue,
    Ticket,
)

__all__ = ["check", "check_instant", "check_record", "drained", "events_of", "fail", "identities", "records_of"]

PAGES = 10_000
NO_OFFSET = timedelta(0)


def fail(text: str) -> NoReturn:
    """Fail the running test with a sentence."""
    pytest.fail(text)


def check(good: bool, text: str) -> None:
    """Fail with `text` unless `good`."""
    if not good:
        fail(text)


def drained(connector: Connector, stream: str, since: Checkpoint) -> list[Page]:
    """Return all pages from `since` on."""
    pages = list[Page]()
    for page in connector.pull(stream, since):
        pages.append(page)
        check(len(pages) < PAGES, f"pull of {stream} does not end: {PAGES} pages, the last cursor is {page.checkpoint}")
    return pages


def records_of(pages: Iterable[Page]) -> Iterator[Record]:
    """Yield the records of several pages."""
    return (record for page in pages for record in page.records)


def identities(pages: Iterable[Page]) -> set[tuple[str, ...]]:
    """Return who is on the pages."""
    return {identity(record) for record in records_of(pages)}


def events_of(records: Iterable[Record]) -> dict[tuple[str, ...], Event]:
    """Return the events among the records by identity, each of them the same wherever it comes."""
    found = dict[tuple[str, ...], Event]()
    for record in records:
        if isinstance(record, Event):
            first = found.setdefault(identity(record), record)
            check(first == record, f"event {record.id} of {record.stream} came in two forms: {first} and {record}")
    return found


def check_instant(at: datetime | None, what: str) -> None:
    """Fail unless `at` is absent or an aware UTC datetime."""
    check(at is None or at.utcoffset() == NO_OFFSET, f"{what} is not an aware UTC instant: {at!r}")


def check_record(record: Record) -> None:
    """Fail unless the record holds aware instants, plain ids and source values only."""
    who = " ".join(identity(record))
    check(all(identity(record)), f"{who}: an empty id")
    match record:
        case Ticket():
            check_instant(record.created_at, f"created_at of {who}")
            check_instant(record.updated_at, f"updated_at of {who}")
            check(bool(record.key), f"{who} has no key")
            for name, value in record.values.items():
                check_value(value, f"{name} of {who}")
            check_links(record.values.get(REMOTE_LINKS), who)
        case Event():
            check_instant(record.at, f"at of {who}")
            check_instant(record.latest, f"latest of {who}")
            check(record.latest is None or record.latest >= record.at, f"latest of {who} is before at")
            for change in record.changes:
                check_value(change.before, f"{change.field} of {who}, before")
                check_value(change.after, f"{change.field} of {who}, after")
                if change.field == REMOTE_LINKS:
                    check_links(change.before, who)
                    check_links(change.after, who)
                check(
                    not change.initial or change.before is None, f"{change.field} of {who}: initial, but has a before"
                )
        case Person():
            check_instant(record.since, f"since of {who}")
        case Absence():
            check_instant(record.updated_at, f"updated_at of {who}")
        case Rating() | NativeClock():
            check_instant(record.at, f"at of {who}")
        case Outage():
            check_instant(record.began_at, f"began_at of {who}")
            check_instant(record.ended_at, f"ended_at of {who}")
            check_value(record.services, f"services of {who}")
            check_value(record.tickets, f"tickets of {who}")
        case OutageWithdrawn():
            check_instant(record.at, f"at of {who}")
        case _:
            pass


def check_links(value: SourceValue, who: str) -> None:
    """Fail unless these are remote links: several, or None."""
    good = value is None or (isinstance(value, tuple) and bool(value))
    check(good, f"{REMOTE_LINKS} of {who}: expected a tuple of addresses or keys, or None, got {value!r}")


def check_value(value: object, what: str) -> None:
    """Fail unless it is text, sorted texts or None: a normal word would be an enumeration's member."""
    if isinstance(value, tuple):
        parts: list[object] = [*value]
        texts = [each for each in parts if type(each) is str]
        check(texts == parts and texts == sorted(texts), f"{what}: expected sorted texts, got {value!r}")
    else:
        check(value is None or type(value) is str, f"{what}: expected the source's own text, got {value!r}")
