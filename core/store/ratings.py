"""How satisfied requesters were: the newest word of each rating."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from core.store import tables
from core.store.bulk import Upsert, clean
from core.store.types import to_microseconds
from core.tickets import Rating

__all__ = ["add", "of_ticket"]

_RATING = Upsert(
    tables.rating,
    ("connection_id", "source_id", "ticket_source_id", "score", "at", "requester", "assignee", "team"),
    key=("connection_id", "source_id"),
    update=("ticket_source_id", "score", "at", "requester", "assignee", "team"),
    newest="at",
)


def add(tx: Connection, connection_id: int, given: Sequence[Rating]) -> None:
    """Store ratings that are not older than what is stored of them."""
    newest: dict[str, Rating] = {}
    for each in given:
        known = newest.get(clean(each.id))
        if known is None or each.at >= known.at:
            newest[clean(each.id)] = each
    _RATING.run(
        tx,
        [
            (
                connection_id,
                source_id,
                clean(each.ticket_id),
                clean(each.score),
                to_microseconds(each.at),
                each.requester and clean(each.requester),
                each.assignee and clean(each.assignee),
                each.team and clean(each.team),
            )
            for source_id, each in newest.items()
        ],
    )


def of_ticket(tx: Connection, connection_id: int, ticket_source_id: str) -> list[Rating]:
    """Return the ratings of one ticket, oldest first."""
    rating = tables.rating.c
    rows = tx.execute(
        select(
            rating.source_id,
            rating.ticket_source_id,
            rating.score,
            rating.at,
            rating.requester,
            rating.assignee,
            rating.team,
        )
        .where(rating.connection_id == connection_id, rating.ticket_source_id == ticket_source_id)
        .order_by(rating.at, rating.source_id)
    )
    return [Rating(*row) for row in rows]
