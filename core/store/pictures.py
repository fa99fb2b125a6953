"""Changes of fields of which a source keeps no log: what is different between two pictures of a ticket."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from core.ports import PICTURES
from core.store.absences import stored
from core.store.bulk import clean
from core.store.lists import settled_until
from core.store.observed import LAST
from core.tickets import Change, Event, Ticket

__all__ = ["differences"]


def differences(tx: Connection, connection_id: int, ids: Mapping[str, int], tickets: Sequence[Ticket]) -> list[Event]:
    """Return what has become of such fields since the pictures that are stored.

    It happened after the older picture was made, and after everything that had been seen when it was looked for last.
    ids: row ids by source id.
    """
    followed = sorted((each for each in tickets if None in each.gaps.values()), key=lambda each: each.version)
    if not followed:
        return []
    last = stored(tx, [ids[clean(each.id)] for each in followed])
    seen = settled_until(tx, connection_id)
    found: list[Event] = []
    for ticket in followed:
        old = last.get(clean(ticket.id))
        if old is not None and ticket.version <= old.version:
            continue
        last[clean(ticket.id)] = ticket
        changes = tuple(_changes(old, ticket)) if old is not None else ()
        if old is None or not changes:
            continue
        known = [at for at in (old.updated_at, seen) if at is not None and at <= ticket.updated_at]
        found.append(
            Event(
                ticket_id=ticket.id,
                stream=PICTURES,
                id=f"{ticket.id}:{ticket.version}",
                at=max(known, default=ticket.updated_at),
                order=LAST,
                actor=None,
                changes=changes,
                latest=ticket.updated_at,
            )
        )
    return found


def _changes(old: Ticket, new: Ticket) -> Iterator[Change]:
    for name in sorted(each for each, at in new.gaps.items() if at is None and each in new.values):
        before, after = old.values.get(name), new.values[name]
        if before != after:
            yield Change(name, before, after)
