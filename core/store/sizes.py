"""How much waits: to be judged, to be written, for an answer, for a person."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from core.store import hints, queue, tables, waiting
from core.store.fields import open_wishes
from core.store.waiting import Wait

__all__ = ["sizes"]


def sizes(tx: Connection, connection_id: int) -> Mapping[str, int]:
    """Return the sizes of a connection's queues.

    Returns: `judging` tickets with new input, `parked` ones that could not be judged, `writing` ones to be written,
        `writes_parked` ones whose write waits for a person, `in_doubt` ones of whose write no answer has come,
        `pending` ones of whose write a job is to tell, and `hints` that were not followed yet.
    """
    ticket = tables.ticket.c
    new = select(func.count()).where(
        ticket.connection_id == connection_id,
        ticket.created_at.is_not(None),
        ticket.input_version > ticket.evaluated_version,
    )
    writes = waiting.counts(tx, connection_id)
    return {
        "judging": tx.execute(new).scalar_one(),
        "parked": queue.parked(tx, connection_id),
        "writing": open_wishes(tx, connection_id),
        "writes_parked": writes.get(Wait.PARKED, 0),
        "in_doubt": writes.get(Wait.IN_DOUBT, 0),
        "pending": writes.get(Wait.PENDING, 0),
        "hints": hints.waiting_count(tx, connection_id),
    }
