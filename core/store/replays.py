"""A whole past read again: the tickets of a connection in lots, and the clocks that stand on them now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, and_, or_, select, type_coerce

from core.store import tables
from core.store.bulk import chunks, plain_rows

__all__ = ["STANDING", "Standing", "evenly", "standing", "ticket_ids"]


class Standing(NamedTuple):
    """A clock as it is stored. Instants are microseconds; elapsed: seconds, as of `judged_at`."""

    ticket: int
    policy: str
    metric: str
    started_by: str
    revision: int
    agreement: str
    calendar: str
    state: str
    breached: bool
    completed_at: int | None
    due_at: int | None
    target_seconds: int | None
    elapsed_seconds: int
    judged_at: int


_CLOCK = tables.clock.c
STANDING = (
    _CLOCK.ticket_id,
    _CLOCK.policy,
    _CLOCK.metric,
    _CLOCK.started_by,
    _CLOCK.revision,
    _CLOCK.agreement,
    _CLOCK.calendar,
    _CLOCK.state,
    _CLOCK.breached,
    type_coerce(_CLOCK.completed_at, BigInteger),
    type_coerce(_CLOCK.due_at, BigInteger),
    _CLOCK.target_seconds,
    _CLOCK.elapsed_seconds,
    type_coerce(_CLOCK.judged_at, BigInteger),
)
"""The columns of a `Standing`, in its order."""


@dataclass(frozen=True, slots=True)
class Stood:
    """What stands on some tickets. current: those whose stored clocks say what judging them at that instant would."""

    current: frozenset[int]
    clocks: dict[int, list[Standing]]


def ticket_ids(tx: Connection, connection_id: int) -> Sequence[int]:
    """Return the row ids of all tickets whose picture is known and whose clocks are not sealed, ascending."""
    ticket = tables.ticket.c
    query = select(ticket.id).where(
        ticket.connection_id == connection_id, ticket.key.is_not(None), ticket.aged_at.is_(None)
    )
    return tx.execute(query.order_by(ticket.id)).scalars().all()


def evenly(ids: Sequence[int], count: int) -> Sequence[int]:
    """Return `count` of them at equal distances, always the same ones; all of them where there are no more."""
    return ids if count >= len(ids) else [ids[place * len(ids) // count] for place in range(count)]


def standing(tx: Connection, ids: Sequence[int], revision: int, now: datetime) -> Stood:
    """Return the clocks that stand on these tickets (row ids), and which tickets need not be judged to know them.

    revision: the newest one. now: in the source's time.
    """
    ticket, clock = tables.ticket.c, tables.clock.c
    current = set[int]()
    found: defaultdict[int, list[Standing]] = defaultdict(list)
    settled = and_(
        ticket.input_version <= ticket.evaluated_version,
        ticket.evaluated_revision == revision,
        ticket.parked_at.is_(None),
        or_(ticket.next_check_at.is_(None), ticket.next_check_at > now),
    )
    for chunk in chunks(ids):
        current.update(tx.execute(select(ticket.id).where(ticket.id.in_(chunk), settled)).scalars())
        rows = tx.execute(select(*STANDING).where(clock.ticket_id.in_(chunk), clock.gone.is_(False)))
        for row in plain_rows(rows):
            found[row[0]].append(Standing._make(row))
    return Stood(frozenset(current), found)
