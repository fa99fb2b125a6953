"""What the sources state of their own clocks: one statement a row, withdrawn ones flagged."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from core.store import tables
from core.store.bulk import Upsert, chunks, clean
from core.store.types import to_microseconds
from core.tickets import NativeClock, Says

__all__ = ["Heard", "add", "carried", "carrying", "heard", "of_ticket", "of_tickets"]

_STATED = ("ticket_source_id", "metric", "cycle", "says", "at", "seconds", "business", "policy", "withdrawn")
_CLOCK = Upsert(
    tables.native_clock,
    ("connection_id", "source_id", *_STATED),
    key=("connection_id", "source_id"),
    update=_STATED,
    # True is more than false: what was withdrawn stays so, in whatever order the pages come.
    newest="withdrawn",
)


def add(tx: Connection, connection_id: int, given: Sequence[NativeClock]) -> None:
    """Store statements; one that was withdrawn never comes back."""
    latest: dict[str, NativeClock] = {}
    for each in given:
        known = latest.get(clean(each.id))
        if known is None or each.withdrawn >= known.withdrawn:
            latest[clean(each.id)] = each
    _CLOCK.run(
        tx,
        [
            (
                connection_id,
                source_id,
                clean(each.ticket_id),
                clean(each.metric),
                each.cycle,
                each.says,
                to_microseconds(each.at),
                each.seconds,
                each.business,
                each.policy and clean(each.policy),
                each.withdrawn,
            )
            for source_id, each in latest.items()
        ],
    )


def of_ticket(tx: Connection, connection_id: int, ticket_source_id: str) -> list[NativeClock]:
    """Return the statements about one ticket's clocks, also the withdrawn ones, by instant."""
    return of_tickets(tx, connection_id, [ticket_source_id]).get(ticket_source_id, [])


def of_tickets(tx: Connection, connection_id: int, ticket_source_ids: Collection[str]) -> dict[str, list[NativeClock]]:
    """Return by ticket the statements about its clocks, also the withdrawn ones, by instant."""
    clock = tables.native_clock.c
    found: defaultdict[str, list[NativeClock]] = defaultdict(list)
    for chunk in chunks(ticket_source_ids):
        rows = tx.execute(
            select(
                clock.source_id,
                clock.ticket_source_id,
                clock.metric,
                clock.cycle,
                clock.says,
                clock.at,
                clock.seconds,
                clock.business,
                clock.policy,
                clock.withdrawn,
            )
            .where(clock.connection_id == connection_id, clock.ticket_source_id.in_(chunk))
            .order_by(clock.at, clock.id)
        )
        for source_id, ticket, metric, cycle, says, *rest in rows:
            found[ticket].append(NativeClock(source_id, ticket, metric, cycle, Says(says), *rest))
    return dict(found)


def carrying(tx: Connection, connection_id: int, after: int, most: int) -> list[int]:
    """Return the row ids of the next tickets with a picture that the source has a target for, ascending.

    after: the row id of the last one before them; 0 to begin with.
    """
    ticket = tables.ticket.c
    query = select(ticket.id).where(*_carrying(connection_id), ticket.id > after)
    return list(tx.execute(query.order_by(ticket.id).limit(most)).scalars())


def carried(tx: Connection, connection_id: int) -> int:
    """Return how many tickets there are that the source has a target for."""
    query = select(func.count()).select_from(tables.ticket).where(*_carrying(connection_id))
    return int(tx.execute(query).scalar_one())


def _carrying(connection_id: int) -> tuple[ColumnElement[bool], ...]:
    ticket, clock = tables.ticket.c, tables.native_clock.c
    promised = (
        select(clock.id)
        .where(
            clock.connection_id == connection_id,
            clock.ticket_source_id == ticket.source_id,
            clock.says == Says.TARGET,
            clock.withdrawn.is_(False),
        )
        .exists()
    )
    return ticket.connection_id == connection_id, ticket.key.is_not(None), promised


@dataclass(frozen=True, slots=True)
class Heard:
    """How much a source tells of its own clocks.

    until: the latest instant of which anything was stated that had happened by then; None: nothing was.
    pauses: it tells of each pause, not of the present one alone. targets: by the source's word, how many were stated.
    """

    until: datetime | None
    pauses: bool
    targets: Mapping[str, int]


def heard(tx: Connection, connection_id: int) -> Heard:
    """Return what there is of statements that hold, over all tickets."""
    clock = tables.native_clock.c
    query = (
        select(clock.metric, clock.says, func.max(clock.at), func.count(), func.count(clock.seconds))
        .where(clock.connection_id == connection_id, clock.withdrawn.is_(False))
        .group_by(clock.metric, clock.says)
    )
    rows = tx.execute(query).all()
    # A due instant may lie ahead.
    return Heard(
        until=max((at for _, says, at, _, _ in rows if says != Says.DUE), default=None),
        pauses=any(says == Says.PAUSED and counted < count for _, says, _, count, counted in rows),
        targets={metric: count for metric, says, _, count, _ in sorted(rows) if says == Says.TARGET},
    )
