"""Whole tickets asked for directly: their present picture, all their events, and the people in them."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors import Coverage, Event, Record, RetryLater, SetAside, Ticket, Unreadable, fields_of, readable
from connectors.zendesk import events, mapping
from connectors.zendesk.client import Api, Found
from connectors.zendesk.fields import Layout
from connectors.zendesk.shapes import identifier

__all__ = ["AT_ONCE", "Histories", "histories"]

AT_ONCE = 10
"""Tickets a page: each costs a call of its own, and a page that is never finished is never kept."""


@dataclass(frozen=True, slots=True)
class Histories:
    """What was found. done: the ids that were asked for and answered, also those of tickets that are gone.

    unshown: those of them of which nothing was shown. interrupted: why the rest was not asked for.
    """

    records: tuple[Record, ...]
    complete: tuple[Coverage, ...]
    set_aside: tuple[SetAside, ...]
    done: tuple[str, ...]
    interrupted: RetryLater | None = None
    unshown: tuple[str, ...] = ()


def histories(api: Api, layout: Layout, site: str, ids: Sequence[str], shown: Found | None = None) -> Histories:
    """Return tickets, all their events and the people in both; at most 100 ids.

    A ticket that is not shown any more, or whose audits are not, leaves no record: neither when it was
    made nor where it went is known here: see `absent`.

    shown: the tickets, where Zendesk has been asked for them already.

    What the call limits cut short is returned as far as it came, with the interruption in it.
    """
    ids = tuple(dict.fromkeys(ids))
    if not ids:
        return Histories((), (), (), ())
    shown = shown or api.many("tickets", ids)
    records, aside = readable("tickets", shown.items, lambda raw: mapping.ticket(raw, layout, site, shown.date))
    known = {_id(raw) for raw in shown.items}
    found: list[Record] = list(records)
    unread: list[SetAside] = list(aside)
    complete: list[Coverage] = []
    done: list[str] = []
    told_of: set[str] = set()
    interrupted: RetryLater | None = None
    people: set[str] = set()
    try:
        for ticket_id in ids:
            audits = api.audits(ticket_id) if ticket_id in known else None
            if audits is not None:
                told, failed = events.audits(audits, layout)
                found += told
                unread += failed
                # An audit that cannot be read must not be taken for one that is no longer there.
                if not failed:
                    # The first answer's clock: what happened before it was there when the audits were read.
                    complete.append(Coverage(ticket_id, events.STREAM, until=shown.date))
                people.update(_people(told))
                told_of.add(ticket_id)
            done.append(ticket_id)
        people.update(_parties(records))
        found += _persons(api, sorted(people - mapping.MAPPING.system))
    except RetryLater as error:
        interrupted = error
    return Histories(
        records=tuple(record for record in found if _told(record, told_of)),
        complete=tuple(complete),
        set_aside=tuple(unread),
        done=tuple(done),
        interrupted=interrupted,
        unshown=tuple(each for each in done if each not in told_of),
    )


def _told(record: Record, told_of: Container[str]) -> bool:
    return not isinstance(record, Ticket) or record.id in told_of


def _persons(api: Api, ids: Sequence[str]) -> Iterator[Record]:
    for start in range(0, len(ids), 100):
        batch = ids[start : start + 100]
        users = api.many("users", batch).items
        found, _ = readable("people", users, mapping.person)
        yield from found
        known = {_id(raw) for raw in users}
        yield from (mapping.gone(source_id) for source_id in batch if source_id not in known)


def _people(told: Iterable[Event]) -> Iterator[str]:
    for event in told:
        for who in (event.actor, *(comment.author for comment in event.comments)):
            if who is not None:
                yield who


def _parties(tickets: Iterable[Ticket]) -> Iterator[str]:
    for ticket in tickets:
        for who in (ticket.values["requester"], ticket.values["assignee"]):
            if isinstance(who, str):
                yield who


def _id(raw: object) -> str:
    try:
        return identifier(fields_of(raw), "id")
    except Unreadable:
        return ""
