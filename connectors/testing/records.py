"""What the kit asks of a record: who it is, when it changed, whom it names."""

from collections.abc import Iterable
from datetime import datetime

from core.tickets import Absence, Event, Label, Rating, Record, Ticket

__all__ = ["changed_at", "identity", "named_people"]


def identity(record: Record) -> tuple[str, ...]:
    """Return what makes a record the same one when it comes again."""
    if isinstance(record, Event):
        return "Event", record.ticket_id, record.stream, record.id
    if isinstance(record, Label):
        return "Label", record.field, record.value
    if isinstance(record, Absence):
        return "Absence", record.ticket_id
    return type(record).__name__, record.id


def changed_at(record: Record) -> datetime | None:
    """Return when the source last changed it, None where records say nothing of that."""
    if isinstance(record, Event):
        return record.latest or record.at
    if isinstance(record, Rating):
        return record.at
    return record.updated_at if isinstance(record, Ticket | Absence) else None


def named_people(records: Iterable[Record]) -> set[str]:
    """Return the ids of actors, authors, requesters and assignees."""
    people = set[str]()
    for record in records:
        if isinstance(record, Event):
            people.update(filter(None, (record.actor, *(comment.author for comment in record.comments))))
        elif isinstance(record, Ticket):
            for name in ("requester", "assignee"):
                if isinstance(value := record.values.get(name), str):
                    people.add(value)
    return people
