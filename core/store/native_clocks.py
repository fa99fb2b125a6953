"""What the sources state of their own clocks: one statement a row, withdrawn ones flagged."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from core.store import tables
from core.store.bulk import Upsert, clean
from core.store.types import to_microseconds
from core.tickets import NativeClock, Says

__all__ = ["add", "of_ticket"]

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
    clock = tables.native_clock.c
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
        .where(clock.connection_id == connection_id, clock.ticket_source_id == ticket_source_id)
        .order_by(clock.at, clock.id)
    )
    return [
        NativeClock(source_id, ticket, metric, cycle, Says(says), *rest)
        for source_id, ticket, metric, cycle, says, *rest in rows
    ]
