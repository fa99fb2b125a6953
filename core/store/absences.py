"""Tickets that a source shows no more: their last picture, with what the source still tells of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from core.store import tables
from core.store.bulk import chunks, clean
from core.store.recall import value
from core.store.snapshots import gaps_of, ids_of
from core.tickets import Absence, Presence, Ticket

__all__ = ["known", "pictures", "stored"]


def known(tx: Connection, connection_id: int, source_ids: Collection[str]) -> dict[str, int]:
    """Return the row ids of those of these tickets that have a row, by source id."""
    return ids_of(tx, connection_id, {clean(each) for each in source_ids})


def pictures(
    tx: Connection, rows: Mapping[str, int], absences: Sequence[Absence], shown: Sequence[Ticket]
) -> list[Ticket]:
    """Return the present picture of tickets that are gone; none for tickets that were never seen.

    rows: row ids by source id. shown: pictures in the same page.
    """
    last = stored(tx, rows.values())
    for ticket in sorted(shown, key=lambda each: each.version):
        old = last.get(clean(ticket.id))
        if old is None or ticket.version >= old.version:
            last[clean(ticket.id)] = replace(ticket, own={})
    found: list[Ticket] = []
    for absence in sorted(absences, key=lambda each: each.version):
        seen = last.get(clean(absence.ticket_id))
        if seen is not None and absence.version > seen.version:
            found.append(
                replace(
                    seen,
                    version=absence.version,
                    updated_at=absence.updated_at,
                    presence=absence.presence,
                    values={**seen.values, **absence.values},
                )
            )
    return found


def stored(tx: Connection, rows: Collection[int]) -> dict[str, Ticket]:
    """Return the pictures that these rows hold, by source id; what the hub shows on tickets is not among it."""
    ticket = tables.ticket.c
    found: dict[str, Ticket] = {}
    for chunk in chunks(rows):
        stored = tx.execute(
            select(
                ticket.source_id,
                ticket.key,
                ticket.url,
                ticket.created_at,
                ticket.updated_at,
                ticket.version,
                ticket.source_values,
                ticket.presence,
                ticket.gaps,
            ).where(ticket.id.in_(chunk), ticket.key.is_not(None))
        )
        for row in stored.all():
            values = {name: value(each) for name, each in row.source_values.items()}
            found[row.source_id] = Ticket(
                id=row.source_id,
                key=row.key,
                url=row.url,
                created_at=row.created_at,
                updated_at=row.updated_at,
                version=row.version,
                values=values,
                presence=Presence(row.presence),
                gaps={**gaps_of(row.gaps)},
            )
    return found
