"""What people and scripts list: tickets, clocks, the state of connections. Keys are those others script against."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from core.ports import LaneKind
from core.store import tables
from core.store.connections import ConnectionRow
from core.store.scope import presence
from core.tickets import Presence

__all__ = [
    "ClockRow",
    "FieldRow",
    "TicketRow",
    "clock_rows",
    "counts",
    "field_rows",
    "settled_until",
    "ticket_ids",
    "ticket_rows",
    "unresolved",
]

_BATCH = 500


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as it is listed: the cache of the active revision over the source's picture."""

    id: int
    connection: str
    source_id: str
    key: str
    url: str
    created_at: datetime
    updated_at: datetime
    presence: str
    phase: str | None
    wait_on: str | None
    priority: str | None
    kind: str | None
    requester: str | None
    assignee: str | None
    team: str | None
    organisation: str | None
    customer: str | None
    resolved_at: datetime | None
    source_status: Any
    source_priority: Any
    parked_reason: str


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock as it is stored; durations are as of `judged_at`."""

    id: int
    ticket: int
    connection: str
    key: str
    policy: str
    revision: int
    agreement: str
    calendar: str
    team: str | None
    metric: str
    started_by: str
    cycle: int
    state: str
    standing: str | None
    confirmed: bool
    since: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None
    target_seconds: int | None
    elapsed_seconds: int
    remaining_seconds: int | None
    breached: bool
    breached_at: datetime | None
    paused_seconds: int
    headline: bool
    next_check_at: datetime | None
    reason: str
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of one ticket: what it should show, and what it shows."""

    connection: str
    source_id: str
    key: str
    slot: str
    wanted: bool
    desired: str | None
    known: bool
    shown: str | None
    pending: bool
    refused_reason: str


def ticket_ids(tx: Connection, connection_id: int, *, key: str | None = None) -> list[int]:
    """Return row ids of tickets whose picture is known, by source id order of arrival; or the one with `key`."""
    ticket = tables.ticket
    query = select(ticket.c.id).where(ticket.c.connection_id == connection_id, ticket.c.created_at.is_not(None))
    if key is not None:
        query = query.where((ticket.c.key == key) | (ticket.c.source_id == key))
    return list(tx.execute(query.order_by(ticket.c.created_at, ticket.c.id)).scalars())


def ticket_rows(tx: Connection, ids: Sequence[int]) -> Iterator[TicketRow]:
    """Yield the tickets with these row ids, in that order."""
    ticket = tables.ticket
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        rows = {
            row.id: row
            for row in tx.execute(
                select(ticket, tables.connection.c.name.label("connection_name"))
                .join(tables.connection, tables.connection.c.id == ticket.c.connection_id)
                .where(ticket.c.id.in_(batch))
            )
        }
        for each in batch:
            row = rows[each]
            values = row.source_values
            yield TicketRow(
                id=row.id,
                connection=row.connection_name,
                source_id=row.source_id,
                key=row.key or row.source_id,
                url=row.url,
                created_at=row.created_at,
                updated_at=row.updated_at,
                presence=str(presence(row.presence, row.listed)),
                phase=row.phase,
                wait_on=row.wait_on,
                priority=row.priority,
                kind=row.kind,
                requester=row.requester,
                assignee=row.assignee,
                team=row.team,
                organisation=row.organisation,
                customer=row.customer,
                resolved_at=row.resolved_at,
                source_status=values.get("status"),
                source_priority=values.get("priority"),
                parked_reason=row.parked_reason,
            )


def clock_rows(tx: Connection, connection_id: int, *, tickets: Sequence[int] | None = None) -> list[ClockRow]:
    """Return the clocks that are promised today, by ticket, soonest due first."""
    clock, ticket = tables.clock, tables.ticket
    query = (
        select(clock, ticket.c.key, ticket.c.source_id, tables.connection.c.name.label("connection_name"))
        .join(ticket, ticket.c.id == clock.c.ticket_id)
        .join(tables.connection, tables.connection.c.id == ticket.c.connection_id)
        .where(ticket.c.connection_id == connection_id, ~clock.c.gone)
        .order_by(ticket.c.created_at, ticket.c.id, clock.c.agreement, clock.c.policy, clock.c.metric, clock.c.cycle)
    )
    if tickets is not None:
        query = query.where(clock.c.ticket_id.in_(tickets))
    return [
        ClockRow(
            id=row.id,
            ticket=row.ticket_id,
            connection=row.connection_name,
            key=row.key or row.source_id,
            policy=row.policy,
            revision=row.revision,
            agreement=row.agreement,
            calendar=row.calendar,
            team=row.team,
            metric=row.metric,
            started_by=row.started_by,
            cycle=row.cycle,
            state=row.state,
            standing=row.standing,
            confirmed=row.confirmed,
            since=row.since,
            started_at=row.started_at,
            completed_at=row.completed_at,
            due_at=row.due_at,
            target_seconds=row.target_seconds,
            elapsed_seconds=row.elapsed_seconds,
            remaining_seconds=row.remaining_seconds,
            breached=row.breached,
            breached_at=row.breached_at,
            paused_seconds=row.paused_seconds,
            headline=row.headline,
            next_check_at=row.next_check_at,
            reason=row.reason,
            judged_at=row.judged_at,
        )
        for row in tx.execute(query)
    ]


def field_rows(tx: Connection, connection_id: int) -> list[FieldRow]:
    """Return every field that the hub has a wish for or has seen, by ticket."""
    field, ticket = tables.field, tables.ticket
    rows = tx.execute(
        select(field, ticket.c.key, ticket.c.source_id, tables.connection.c.name.label("connection_name"))
        .join(ticket, ticket.c.id == field.c.ticket_id)
        .join(tables.connection, tables.connection.c.id == ticket.c.connection_id)
        .where(ticket.c.connection_id == connection_id)
        .order_by(ticket.c.created_at, ticket.c.id, field.c.slot)
    )
    return [
        FieldRow(
            connection=row.connection_name,
            source_id=row.source_id,
            key=row.key or row.source_id,
            slot=row.slot,
            wanted=row.wanted,
            desired=row.desired,
            known=row.known,
            shown=row.shown,
            pending=row.sent_at is not None,
            refused_reason=row.refused_reason,
        )
        for row in rows
    ]


def settled_until(tx: Connection, connection_id: int) -> datetime | None:
    """Return the least instant up to which the history streams have shown everything new; None: one has not yet.

    A stream's present begins with its live lane; until that has been read, the end of its past stands for it.
    """
    lane = tables.lane.c
    rows = tx.execute(
        select(lane.stream, lane.kind, lane.settled_until, lane.start_at, lane.finished_at).where(
            lane.connection_id == connection_id, lane.carries_history
        )
    ).all()
    begun = {row.stream: row.start_at for row in rows if row.kind == LaneKind.LIVE}
    reached: dict[str, datetime] = {}
    for row in rows:
        past = row.kind == LaneKind.BACKFILL
        if row.settled_until is None or (past and (row.finished_at is None or row.settled_until < begun[row.stream])):
            continue
        reached[row.stream] = max(row.settled_until, reached.get(row.stream, row.settled_until))
    return min(reached.values(), default=None) if reached.keys() == begun.keys() else None


def unresolved(tx: Connection, connection_id: int) -> int:
    """Return how many judged tickets are neither resolved nor gone nor out of scope."""
    ticket = tables.ticket
    over = ("resolved", "closed", "cancelled")
    query = select(func.count()).where(
        ticket.c.connection_id == connection_id,
        ticket.c.phase.is_not(None),
        ticket.c.phase.not_in(over),
        ticket.c.presence != Presence.OUT_OF_SCOPE,
        ticket.c.listed.is_not(False),
    )
    return int(tx.execute(query.select_from(ticket)).scalar_one())


def counts(tx: Connection, row: ConnectionRow) -> dict[str, int]:
    """Return how many tickets, set-aside records, parked tickets, unmapped values and open findings there are."""
    ticket, finding, aside = tables.ticket, tables.finding, tables.set_aside

    def count(table: Any, *where: Any) -> int:
        return int(tx.execute(select(func.count()).select_from(table).where(*where)).scalar_one())

    mine = (ticket.c.connection_id == row.id, ticket.c.created_at.is_not(None))
    ours = (finding.c.connection == row.name, finding.c.ended_at.is_(None))
    return {
        "tickets": count(ticket, *mine),
        "set_aside": count(aside, aside.c.connection_id == row.id),
        "parked": count(ticket, *mine, ticket.c.parked_at.is_not(None)),
        "unmapped": count(finding, *ours, finding.c.code == "unmapped"),
        "findings": count(finding, *ours),
    }
