"""Replacing names that are stored in clear by pseudonyms: all of a connection's, or those of people long gone."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select, update

from core.store import mentions, tables
from core.store.aging import OVER
from core.store.veiled import NAMED, STANDS, Veil

__all__ = ["clear", "hide", "unheard"]


def clear(tx: Connection, connection_id: int) -> set[str]:
    """Return the ids of people whose names are stored as the helpdesk has them."""
    person = tables.person.c
    rows = tx.execute(
        select(person.source_id).where(
            person.connection_id == connection_id,
            person.name != "",
            not_(person.name.startswith(NAMED, autoescape=True)),
            not_(person.name.startswith(STANDS, autoescape=True)),
        )
    )
    return set(rows.scalars())


def unheard(tx: Connection, connection_id: int, before: datetime) -> set[str]:
    """Return the ids of people all of whose tickets were over, and not heard of any more, since `before`.

    Not of people who have no ticket: some of them are agents who are new.
    """
    ticket = tables.ticket.c
    past = and_(ticket.phase.in_(OVER), ticket.updated_at < before)
    recent = or_(ticket.phase.is_(None), not_(past), ticket.resolved_at >= before)
    return (_met(tx, connection_id) - _met(tx, connection_id, recent)) & clear(tx, connection_id)


def hide(tx: Connection, connection_id: int, veil: Veil, people: Collection[str]) -> int:
    """Replace the names of these people; return how many."""
    person = tables.person.c
    for each in people:
        mine = (person.connection_id == connection_id, person.source_id == each)
        tx.execute(update(tables.person).where(*mine).values(name=veil.name(each)))
    return len(people)


def _met(tx: Connection, connection_id: int, *which: ColumnElement[bool]) -> set[str]:
    """Return the ids of people in tickets."""
    mention, ticket = tables.mention.c, tables.ticket.c
    here = (mention.connection_id == connection_id, mention.field == mentions.ACTOR)
    join = tables.mention.join(tables.ticket, mention.ticket_id == ticket.id)
    found = set(tx.execute(select(mention.value).select_from(join).where(*here, *which).distinct()).scalars())
    for column in (ticket.requester, ticket.assignee):
        theirs = select(column).where(ticket.connection_id == connection_id, column.is_not(None), *which)
        found.update(tx.execute(theirs.distinct()).scalars())
    return found
