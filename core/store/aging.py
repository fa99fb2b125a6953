"""Removing what clocks follow from, once tickets are old enough: the clocks are sealed before, and stay."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, null, or_, select, update

from core.ports import Coverage
from core.store import connections, findings, links, tables
from core.store.bulk import chunks, clean
from core.tickets import Absence, Event, NativeClock, Rating, Record, Ticket

__all__ = [
    "Sealed",
    "complete",
    "count",
    "count_clocks",
    "count_events",
    "count_runs",
    "ledgers",
    "old",
    "remove",
    "remove_clocks",
    "remove_runs",
    "seal",
    "sealed",
    "tickets_sealed",
    "unsealed",
]

OVER = ("resolved", "closed", "cancelled")
KEPT = ("status", "priority")
"""Present values that stay: lists tell them."""

ROWS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ticket whose clocks may be sealed.

    ledgers: by (policy, metric, started_by), each as `core.sla.ledger_kept` has it; None where it cannot be told.
    """

    ticket: int
    input_version: int
    ledgers: Mapping[tuple[str, str, str], Mapping[str, object]] | None


def old(tx: Connection, connection_id: int, before: datetime, limit: int, after: int = 0) -> list[int]:
    """Return the row ids of tickets that were over, and of which nothing was heard, since `before`; ascending.

    Left out: those that wait to be judged, are parked or linked with others, and those with clocks that go on.
    """
    ticket = tables.ticket.c
    query = select(ticket.id).where(*_over(connection_id, before), ticket.id > after)
    return list(tx.execute(query.order_by(ticket.id).limit(limit)).scalars())


def count(tx: Connection, connection_id: int, before: datetime) -> int:
    """Return how many tickets `old` returns in all."""
    query = select(func.count()).select_from(tables.ticket).where(*_over(connection_id, before))
    return int(tx.execute(query).scalar_one())


def seal(tx: Connection, connection_id: int, one: Sealed, zones: str, at: datetime) -> bool:
    """Keep the ledger of each of a ticket's clocks; say whether that was all, and the ticket is what it was read as.

    Where it is not, nothing is kept and its events must stay.
    """
    connections.hold(tx, connection_id)
    kept = complete(tx, one)
    if kept:
        new = [{"clock_id": each, "sealed_at": at, "zones": zones, "content": said} for each, said in kept.items()]
        tx.execute(insert(tables.ledger), new)
    return kept is not None


def complete(tx: Connection, one: Sealed) -> Mapping[int, Mapping[str, object]] | None:
    """Return the ledger of each clock, by its row; None where that is not all, or the ticket is another by now."""
    ticket, clock = tables.ticket.c, tables.clock.c
    row = tx.execute(select(ticket.input_version, ticket.evaluated_version).where(ticket.id == one.ticket)).one()
    if one.ledgers is None or not one.input_version == row.input_version == row.evaluated_version:
        return None
    rows = tx.execute(
        select(clock.id, clock.policy, clock.metric, clock.started_by).where(
            clock.ticket_id == one.ticket, clock.gone.is_(False)
        )
    ).all()
    kept = {each.id: one.ledgers.get((each.policy, each.metric, each.started_by)) for each in rows}
    found = {row: ledger for row, ledger in kept.items() if ledger is not None}
    return found if len(found) == len(rows) == len(one.ledgers) else None


def remove(tx: Connection, connection_id: int, row_id: int, at: datetime) -> int:
    """Remove what a sealed ticket's clocks follow from; return how many events that were. The unit has sealed them."""
    ticket, event, rating = tables.ticket, tables.event.c, tables.rating
    columns = (ticket.c.source_id, ticket.c.source_values)
    source_id, values = tx.execute(select(*columns).where(ticket.c.id == row_id)).one()
    theirs = (event.connection_id == connection_id, event.ticket_source_id == source_id)
    removed = tx.execute(delete(tables.event).where(*theirs)).rowcount
    tx.execute(delete(tables.mention).where(tables.mention.c.ticket_id == row_id))
    tx.execute(delete(tables.coverage).where(tables.coverage.c.ticket_id == row_id))
    rated = (rating.c.connection_id == connection_id, rating.c.ticket_source_id == source_id)
    tx.execute(update(rating).where(*rated).values(requester=None, assignee=None))
    blank: dict[str, Any] = dict.fromkeys(("requester", "assignee", "next_check_at", "confirm_at", "settle_at"))
    kept = {name: values[name] for name in KEPT if name in values}
    tx.execute(update(ticket).where(ticket.c.id == row_id).values(**blank, gaps=null(), source_values=kept, aged_at=at))
    return removed


def count_events(tx: Connection, connection_id: int, row_id: int) -> int:
    """Return how many events `remove` would remove."""
    ticket, event = tables.ticket.c, tables.event.c
    join = tables.event.join(tables.ticket, event.ticket_source_id == ticket.source_id)
    mine = (event.connection_id == connection_id, ticket.id == row_id)
    return int(tx.execute(select(func.count()).select_from(join).where(*mine)).scalar_one())


def count_clocks(tx: Connection, connection_id: int, before: datetime, more: Collection[int]) -> int:
    """Return how many clocks `remove_clocks` would remove in all. more: tickets that would be sealed by then."""
    ticket, clock = tables.ticket.c, tables.clock.c
    query = select(func.count()).select_from(tables.clock.join(tables.ticket, clock.ticket_id == ticket.id))
    old = (ticket.connection_id == connection_id, ticket.updated_at < before)
    found = int(tx.execute(query.where(*old, ticket.aged_at.is_not(None))).scalar_one())
    for chunk in chunks(sorted(more)):
        found += int(tx.execute(query.where(*old, ticket.aged_at.is_(None), ticket.id.in_(chunk))).scalar_one())
    return found


def remove_clocks(tx: Connection, connection_id: int, before: datetime, limit: int) -> int:
    """Remove the sealed clocks of tickets of which nothing was heard since `before`; return how many."""
    ticket, clock, field = tables.ticket.c, tables.clock, tables.field
    rows = tx.execute(
        select(ticket.id)
        .where(ticket.connection_id == connection_id, ticket.aged_at.is_not(None), ticket.updated_at < before)
        .where(exists().where(clock.c.ticket_id == ticket.id))
        .order_by(ticket.id)
        .limit(limit)
    ).scalars()
    tickets = list(rows)
    ids = list(tx.execute(select(clock.c.id).where(clock.c.ticket_id.in_(tickets))).scalars())
    for chunk in chunks(ids):
        tx.execute(delete(tables.ledger).where(tables.ledger.c.clock_id.in_(chunk)))
        tx.execute(delete(tables.verdict).where(tables.verdict.c.clock_id.in_(chunk)))
        tx.execute(delete(clock).where(clock.c.id.in_(chunk)))
    for chunk in chunks(tickets):
        tx.execute(delete(field).where(field.c.ticket_id.in_(chunk)))
    return len(ids)


def count_runs(tx: Connection, before: datetime) -> int:
    """Return how many runs `remove_runs` would remove in all."""
    return int(tx.execute(select(func.count()).select_from(tables.run).where(*_ended(before))).scalar_one())


def remove_runs(tx: Connection, before: datetime) -> int:
    """Remove a part of what is told of runs that began before and have ended; return how many."""
    run = tables.run.c
    ids = select(run.id).where(*_ended(before)).order_by(run.id).limit(ROWS_AT_ONCE)
    found = list(tx.execute(ids).scalars())
    for chunk in chunks(found):
        tx.execute(delete(tables.run).where(run.id.in_(chunk)))
    return len(found)


def sealed(tx: Connection, connection_id: int) -> set[int]:
    """Return the row ids of tickets whose clocks are sealed."""
    ticket = tables.ticket.c
    rows = tx.execute(select(ticket.id).where(ticket.connection_id == connection_id, ticket.aged_at.is_not(None)))
    return set(rows.scalars())


def tickets_sealed(tx: Connection) -> int:
    """Return how many tickets have sealed clocks, over all connections."""
    query = select(func.count()).select_from(tables.ticket).where(tables.ticket.c.aged_at.is_not(None))
    return int(tx.execute(query).scalar_one())


def ledgers(tx: Connection, row_id: int) -> list[tuple[Mapping[str, Any], str]] | None:
    """Return what is kept of each of a ticket's clocks, and by which zones it was read; None: they are not sealed."""
    ticket, clock, ledger = tables.ticket.c, tables.clock.c, tables.ledger.c
    if tx.execute(select(ticket.aged_at).where(ticket.id == row_id)).scalar() is None:
        return None
    rows = tx.execute(
        select(ledger.content, ledger.zones)
        .join_from(tables.ledger, tables.clock, ledger.clock_id == clock.id)
        .where(clock.ticket_id == row_id)
        .order_by(clock.agreement, clock.policy, clock.metric, clock.cycle)
    )
    return [(content, zones) for content, zones in rows]


def unsealed(
    tx: Connection, connection_id: int, records: Sequence[Record], complete: Sequence[Coverage], at: datetime
) -> tuple[Sequence[Record], Sequence[Coverage]]:
    """Return what a page brings of tickets whose clocks are not sealed: the others' past is not taken in again.

    What has happened since is told to an admin: no clock can follow from it.
    """
    named = {name for each in records if (name := _ticket(each)) is not None}
    ticket = tables.ticket.c
    known: dict[str, datetime] = {}
    for chunk in chunks({clean(each) for each in (*named, *(each.ticket_id for each in complete))}):
        rows = tx.execute(
            select(ticket.source_id, ticket.updated_at).where(
                ticket.connection_id == connection_id, ticket.source_id.in_(chunk), ticket.aged_at.is_not(None)
            )
        )
        known.update(dict(rows.all()))
    if not known:
        return records, complete
    for each in records:
        if isinstance(each, Ticket) and clean(each.id) in known and each.updated_at > known[clean(each.id)]:
            _tell(tx, connection_id, each, at)
    kept = [each for each in records if (name := _ticket(each)) is None or clean(name) not in known]
    return kept, [each for each in complete if clean(each.ticket_id) not in known]


def _ticket(record: Record) -> str | None:
    if isinstance(record, Ticket):
        return record.id
    return record.ticket_id if isinstance(record, Absence | Event | NativeClock | Rating) else None


def _tell(tx: Connection, connection_id: int, ticket: Ticket, at: datetime) -> None:
    name = tx.execute(select(tables.connection.c.name).where(tables.connection.c.id == connection_id)).scalar_one()
    text = (
        f"{ticket.key} has changed, but its past was removed by age and its clocks are sealed: it is not judged any "
        "more; `retention.tickets` says when that happens"
    )
    findings.note(tx, name, "sealed_ticket", ticket.key, text, at)


def _ended(before: datetime) -> tuple[ColumnElement[bool], ...]:
    run = tables.run.c
    return run.started_at < before, run.ended_at.is_not(None)


def _over(connection_id: int, before: datetime) -> tuple[ColumnElement[bool], ...]:
    ticket, clock = tables.ticket.c, tables.clock.c
    goes_on = exists().where(
        clock.ticket_id == ticket.id, clock.gone.is_(False), clock.state.in_(("running", "paused"))
    )
    return (
        ticket.connection_id == connection_id,
        ticket.aged_at.is_(None),
        ticket.key.is_not(None),
        ticket.phase.in_(OVER),
        ticket.updated_at < before,
        or_(ticket.resolved_at.is_(None), ticket.resolved_at < before),
        ticket.input_version <= ticket.evaluated_version,
        ticket.parked_at.is_(None),
        ~goes_on,
        ~_linked(connection_id),
    )


def _linked(connection_id: int) -> ColumnElement[bool]:
    """Say whether a ticket refers to others, or others to it: their clocks may follow from its past too."""
    ticket, mention = tables.ticket.c, tables.mention.c
    refers = and_(mention.field == links.LINKED, mention.ticket_id == ticket.id)
    referred = and_(
        mention.field == links.LINKED,
        mention.connection_id == connection_id,
        mention.value.in_((ticket.key, ticket.source_id)),
    )
    return exists().where(or_(refers, referred))
